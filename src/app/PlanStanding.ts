/**
 * Whether what a saved plan rests on still stands at the remote: read once more before its batch opens, because others
 * may have written while the plan waited. What they write after that is found when each step captures its resource.
 */
import { Effect } from "effect"
import { same } from "../domain/Canonical.ts"
import type { Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Plan, Step } from "../domain/Plan.ts"
import { renderPointer } from "../domain/Pointer.ts"
import { differences, unmet } from "../executor/Overlay.ts"
import { isLeftBehind } from "../executor/PlanSteps.ts"
import { recall } from "../executor/Recall.ts"
import type { Observation } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import { Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { Refusal } from "./Failure.ts"
import { afterMoves } from "./Moves.ts"
import { observe, type Observed } from "./Observe.ts"
import { readingPatiently } from "./Patience.ts"
import { openHead, type PlannedBatch } from "./PlanBatch.ts"

/** A step with its documents opened. */
interface Opened {
  readonly step: Step
  readonly before: Document | undefined
  readonly desired: Document | undefined
}

const openStep = Effect.fnUntraced(function*(step: Step): Effect.fn.Return<Opened, StateError, Sealer> {
  const sealer = yield* Sealer
  return {
    step,
    before: step.before === undefined ? undefined : yield* sealer.open(step.before),
    desired: step.desired === undefined ? undefined : yield* sealer.open(step.desired)
  }
})

/** Reads what the steps stand on, and who has the names of what they create. */
const look = Effect.fnUntraced(function*(
  { moves = [], plan, registry, settings }: PlannedBatch,
  steps: ReadonlyArray<Opened>
) {
  const sealer = yield* Sealer
  const touched = new Set(plan.steps.map(({ address }) => address))
  const moved = yield* Effect.fromResult(afterMoves(moves, yield* (yield* Versions).heads))
  const heads = moved.heads.filter(({ address }) => touched.has(address))
  return yield* observe({
    registry: readingPatiently(registry, settings.policies),
    heads: yield* Effect.forEach(heads, openHead(sealer)),
    declared: steps.flatMap(({ desired, step: { address, kind } }) =>
      desired === undefined ? [] : [{ address, kind, spec: desired }]
    ),
    parallelism: settings.policies.parallelism
  })
})

const isAlreadySo = (kind: Kind, { desired, step }: Opened, now: Document): boolean =>
  desired !== undefined && step.resets.length === 0 && unmet(kind, now, desired).length === 0

const changed = (kind: Kind, opened: Opened, now: Observation | undefined): string | undefined => {
  const { before, step } = opened
  // What an earlier replace left behind was gone when it was planned.
  if (before === undefined) return undefined
  if (now === undefined) return step.action === "delete" ? undefined : "somebody deleted it meanwhile"
  const document = recall(kind, now.document, before)
  if (step.conflict === "force" || same(kind, document, before) || isAlreadySo(kind, opened, document)) return undefined
  return `somebody changed ${differences(kind, before, document).map(renderPointer).join(", ")} meanwhile`
}

/** What happened to the resource of a step since it was planned. */
const happened = (kind: Kind, opened: Opened, { leftBehind, namesakes, observed }: Observed): string | undefined => {
  const { action, address, remoteId } = opened.step
  if (isLeftBehind(opened.step)) return changed(kind, opened, leftBehind.get(opened.step.id))
  const others = namesakes.get(address) ?? []
  if (action === "create") return others.length > 0 ? "somebody else created it meanwhile" : undefined
  const now = action === "adopt" ? others.find(({ id }) => id === remoteId) : observed.get(address)
  return changed(kind, opened, now)
}

const refuse = (found: ReadonlyArray<readonly [Step, string]>): Effect.Effect<void, Refusal> =>
  found.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "StalePlan",
      summary: "the plan is stale",
      detail: found.map(([{ address }, what]) => `${address}: ${what}`).join("\n"),
      hint: "plan again; nothing was written",
      addresses: [...new Set(found.map(([{ address }]) => address))]
    })
  )

/** Refuses a plan when the remote is not any more as it was when it was made. */
export const refuseDrifted = Effect.fn("PlanStanding.refuseDrifted")(function*(
  planned: PlannedBatch
): Effect.fn.Return<void, Refusal | ProviderError | StateError, Sealer | Versions> {
  const { plan, registry } = planned
  const steps = yield* Effect.forEach(inQuestion(plan), openStep)
  if (steps.length === 0) return
  const seen = yield* look(planned, steps)
  const found = steps.flatMap((one) => {
    const kind = registry.kinds.get(one.step.kind)
    const what = kind === undefined ? undefined : happened(kind, one, seen)
    return what === undefined ? [] : [[one.step, what] as const]
  })
  return yield* refuse(found)
})

/** The half of a replace that creates stands on nothing of its own. */
const inQuestion = ({ steps }: Plan): ReadonlyArray<Step> => steps.filter(({ replaces }) => replaces !== "create")
