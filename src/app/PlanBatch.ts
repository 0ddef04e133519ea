/**
 * Plans a batch: reads the files, the heads and the remote, and answers what an apply would do. Writes nothing remote.
 *
 * Everything that is wrong with the files comes first and all at once, then everything that keeps the plan from being
 * one. An unfinished batch does not refuse a plan: it is told, and what applies a plan refuses.
 */
import { Clock, Effect, Result } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import { sharing } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Move } from "../domain/Move.ts"
import type { Plan } from "../domain/Plan.ts"
import { renderPointer } from "../domain/Pointer.ts"
import { sealedIn } from "../domain/Sealed.ts"
import type { Head } from "../domain/Version.ts"
import { Observer } from "../executor/Observer.ts"
import { type OpenHead, plan, type PlanInput, type PlanOptions as EngineOptions } from "../executor/Planner.ts"
import { isThere } from "../executor/Referrers.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Registry } from "../providers/Registry.ts"
import { Journal, Versions } from "../state/Journal.ts"
import { Leases } from "../state/Leases.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { openedIn } from "./BatchView.ts"
import { checkedWorkspace } from "./CheckedWorkspace.ts"
import type { AppError, Refusal } from "./Failure.ts"
import { untilReadsShow } from "./Lagging.ts"
import { afterMoves } from "./Moves.ts"
import { alsoList, observe, type Observed } from "./Observe.ts"
import { readingPatiently } from "./Patience.ts"
import { refusalOfPlan } from "./PlanRefusals.ts"
import { type HeldOut, heldOut, heldOutWith, quarantined, refuseHeldOut } from "./Quarantine.ts"
import { addressIn, type AppServices, over } from "./Session.ts"
import type { StateServices, StateUse } from "./StateAccess.ts"
import { withMovedName } from "./Validate.ts"
import type { Declared, LoadedWorkspace, Problem, WorkspaceSettings } from "./Workspace.ts"

export type { AppServices } from "./Session.ts"

/** What the user asked for beside the files; addresses as typed. */
export interface PlanOptions {
  /** Nothing is desired: everything known is deleted. */
  readonly destroy: boolean
  readonly targets: ReadonlyArray<string>
  readonly replace: ReadonlyArray<string>
  /** Take over what is there; write nothing. */
  readonly refreshOnly: boolean
  /** Take over unmanaged resources of the same name. */
  readonly adopt: boolean
}

/** Plan everything that is declared, and nothing else. */
export const planDefaults: PlanOptions = { destroy: false, targets: [], replace: [], refreshOnly: false, adopt: false }

/** A plan with what it was made of. */
export interface PlannedBatch {
  readonly plan: Plan
  readonly settings: WorkspaceSettings
  /** The providers' kinds. Its providers live only while the verb runs. */
  readonly registry: Registry
  /** Batches that keep every write from going on, newest first. */
  readonly unfinished: ReadonlyArray<BatchSummary>
  /** Who runs the newest of them at this moment. */
  readonly runBy?: string
  readonly warnings: ReadonlyArray<Problem>
  /** Addresses that are renamed with it, without a remote write. */
  readonly moves?: ReadonlyArray<Move>
  /** What the plan leaves out, because its batches keep failing or because it needs one whose do. */
  readonly heldOut?: ReadonlyArray<HeldOut>
}

/** Tells whether a plan changes anything remotely. */
export const changesAnything = ({ steps }: Plan): boolean => steps.length > 0

const engineOptions = Effect.fnUntraced(function*(options: PlanOptions): Effect.fn.Return<EngineOptions, Refusal> {
  const { adopt, destroy, refreshOnly } = options
  const targets: ReadonlyArray<Address> = yield* Effect.forEach(options.targets, addressIn)
  const replace: ReadonlyArray<Address> = yield* Effect.forEach(options.replace, addressIn)
  return { destroy, targets, replace, refreshOnly, adopt }
})

/** Opens what a head holds. */
export const openHead = (sealer: Sealer["Service"]) => (head: Head): Effect.Effect<OpenHead, StateError> =>
  Effect.zipWith(
    sealer.open(head.declared),
    sealer.open(head.observed),
    (declared, observed) => {
      const secretPaths = [
        ...new Set([head.declared, head.observed].flatMap((one) => sealedIn(one).map(renderPointer)))
      ]
      // Mostly the same, and there for each resource: it is in memory once.
      return {
        ...head,
        declared: sharing(declared, observed),
        observed,
        ...(secretPaths.length === 0 ? {} : { secretPaths })
      }
    }
  )

/** Kinds that may refer to something that the plan deletes, so that strangers among them can be told. */
export const referringTo = (registry: Registry, { steps }: Plan): ReadonlyArray<string> => {
  const leaving = new Set(steps.flatMap(({ action, kind }) => action === "delete" ? [kind] : []))
  return [...registry.kinds.values()]
    .filter(({ roles }) => roles.references.some(({ kind }) => leaving.has(kind)))
    .map(({ name }) => name)
}

type Making = Omit<PlanInput, keyof Observed>

const planOver = (making: Making, seen: Observed): Effect.Effect<Plan, Refusal> => {
  const planned = plan({ ...making, ...seen })
  return Result.isSuccess(planned) ? Effect.succeed(planned.success) : Effect.fail(refusalOfPlan(planned.failure))
}

/** Deletes and replaces are known only once there is a plan; then those who may refer to them are listed. */
const planWithReferrers = Effect.fnUntraced(function*(making: Making, seen: Observed, registry: Registry) {
  const first = yield* planOver(making, seen)
  const missing = referringTo(registry, first).filter((kind) => !seen.listed.has(kind))
  return missing.length === 0 ? first : yield* planOver(making, yield* alsoList(seen, registry, missing))
})

/** Everything but what is held out, as targets; a plan of nothing where nothing is left. */
const leavingOut = (making: Making, out: ReadonlyArray<HeldOut>): Making => {
  if (out.length === 0) return making
  const left = new Set(out.map(({ address }) => address))
  const { options: { targets } } = making
  if (targets.length > 0) return making
  const all = [...making.desired, ...making.heads].map(({ address }) => address)
  const others = [...new Set(all)].filter((address) => !left.has(address))
  return others.length === 0
    ? { ...making, desired: [], heads: [] }
    : { ...making, options: { ...making.options, targets: others } }
}

/** Plans without what is held out, until nothing of that comes in with what is deleted or replaced. */
const planWithout = Effect.fnUntraced(function*(
  making: Making,
  out: ReadonlyArray<HeldOut>,
  widen: (held: ReadonlyArray<HeldOut>, made: Plan) => ReadonlyArray<HeldOut>,
  planWhole: (making: Making) => Effect.Effect<Plan, ProviderError | Refusal>
) {
  for (let held = out;;) {
    const made = yield* planWhole(leavingOut(making, held))
    const wider = making.options.targets.length > 0 ? held : widen(held, made)
    if (wider === held) return { plan: made, heldOut: held }
    held = wider
  }
})

const withMovedNames = (
  resources: ReadonlyArray<Declared>,
  { kinds }: Registry,
  heads: ReadonlyArray<OpenHead>
): ReadonlyArray<Declared> => {
  const names = new Map(
    heads.flatMap(({ address, defaultName }) => defaultName === undefined ? [] : [[address, defaultName]])
  )
  return names.size === 0 ? resources : resources.map((declared) => {
    const name = names.get(declared.address)
    const kind = kinds.get(declared.kind)
    return name === undefined || kind === undefined ? declared : withMovedName(declared, kind, name)
  })
}

/** Whoever holds the lease runs what is unfinished. */
const holder = Effect.gen(function*() {
  const lease = yield* (yield* Leases).show
  return lease === undefined || lease.leftMs === 0 || lease.ownerAlive === "dead" ? {} : { runBy: lease.owner }
})

/**
 * What an unfinished batch made, or made again on its way back, is no stranger's: recovery decides what becomes of it.
 * Until then it is planned as if it was not there.
 */
const withoutUnfinished = Effect.fnUntraced(function*(seen: Observed, unfinished: ReadonlyArray<BatchSummary>) {
  const journal = yield* Journal
  const entries = yield* Effect.forEach(unfinished, ({ id }) => journal.toFold(id))
  const touched = new Set(entries.flatMap((all) => openedIn(all)?.plan.steps ?? []).map(({ address }) => address))
  return { ...seen, namesakes: new Map([...seen.namesakes].filter(([address]) => !touched.has(address))) }
})

const kindsIn = ({ kinds }: Registry, of: ReadonlyArray<{ readonly kind: string }>): ReadonlyArray<Kind> =>
  [...new Set(of.map(({ kind }) => kind))].flatMap((name) => kinds.get(name) ?? [])

/** Plans over files that are read and a state that is open. */
export const planIn = Effect.fn("PlanBatch.planIn")(function*(
  { resources: written, ...settings }: LoadedWorkspace,
  registry: Registry,
  options: PlanOptions
): Effect.fn.Return<PlannedBatch, StateError | ProviderError | Refusal, StateServices> {
  const sealer = yield* Sealer
  sealer.learn(settings.secrets)
  const wanted = yield* engineOptions(options)
  const kept = yield* Effect.forEach(yield* (yield* Versions).heads, openHead(sealer))
  const { done: moves, heads } = yield* Effect.fromResult(afterMoves(settings.moved ?? [], kept))
  const resources = withMovedNames(written, registry, heads)
  const out = heldOut(yield* quarantined(settings.quarantineAfter), resources, heads)
  yield* refuseHeldOut(out, [...options.targets, ...options.replace])
  const { parallelism } = settings.policies
  const remote = readingPatiently(registry, settings.policies)
  const declared = options.destroy ? [] : resources
  const unfinished = yield* (yield* Journal).unfinished
  yield* untilReadsShow(kindsIn(registry, [...heads, ...declared]))
  const observed = yield* observe({ registry: remote, heads, declared, parallelism })
  const seen = yield* withoutUnfinished(observed, unfinished)
  const making: Making = {
    workspace: settings.name,
    createdAt: yield* Clock.currentTimeMillis,
    desired: resources,
    heads,
    kinds: registry.kinds,
    options: wanted,
    seal: (kind, document, secretPaths) => sealer.seal(document, [...kind.roles.sensitive, ...secretPaths]),
    digest: sealer.digest
  }
  const standing = heads.filter((head) => isThere(head, seen.observed.get(head.address)))
  const widen = (held: ReadonlyArray<HeldOut>, made: Plan) => heldOutWith(held, made, resources, standing)
  return {
    ...(yield* planWithout(making, out, widen, (one) => planWithReferrers(one, seen, remote))),
    settings,
    registry,
    unfinished,
    ...(unfinished.length === 0 ? {} : yield* holder),
    warnings: settings.warnings,
    ...(moves.length === 0 ? {} : { moves })
  }
}, (planning) => Effect.flatMap(Observer, ({ within }) => within({ _tag: "plan" }, planning)))

/** Plans, and goes on with the plan while the state is open. */
export const planThen = <A, E extends AppError, R>(
  options: PlanOptions,
  use: StateUse,
  then: (planned: PlannedBatch) => Effect.Effect<A, E, R>
) =>
  Effect.scoped(
    Effect.flatMap(checkedWorkspace, ({ registry, workspace }) =>
      over(workspace, use, Effect.flatMap(planIn(workspace, registry, options), then)))
  )

/** Plans a batch. A workspace without a state is planned as an empty one, and gets none from it. */
export const planBatch = (options: PlanOptions): Effect.Effect<PlannedBatch, AppError, AppServices> =>
  planThen(options, "read", Effect.succeed)
