/**
 * What keeps a plan from being applied, before anything is written.
 */
import { Effect } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { Plan } from "../domain/Plan.ts"
import { Journal } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { Refusal } from "./Failure.ts"

const unfinishedBatch = ([newest, ...others]: ReadonlyArray<BatchSummary>, hint: string): Refusal =>
  new Refusal({
    reason: "UnfinishedBatch",
    summary: "a batch is not finished",
    detail: `${newest?.id ?? ""} was not finished${
      others.length === 0 ? "" : `, nor ${others.length === 1 ? "was one more" : `were ${others.length} more`}`
    }; nothing is written before it is`,
    hint
  })

const refusing = (hint: string): Effect.Effect<void, StateError | Refusal, Journal> =>
  Effect.gen(function*() {
    const unfinished = yield* (yield* Journal).unfinished
    if (unfinished.length > 0) return yield* unfinishedBatch(unfinished, hint)
  })

/** Refuses while a batch is unfinished. */
export const refuseUnfinished = refusing("finish it with: amends recover")

/** The same for an apply, which can take it back by itself. */
export const refuseUnfinishedForApply = refusing(
  "finish it with: amends recover (or run with --auto-recover to take it back first)"
)

/** Refuses to overwrite what somebody else edited. */
export const refuseConflicts = ({ conflicts }: Plan): Effect.Effect<void, Refusal> =>
  conflicts.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "Conflicts",
      summary: "somebody else changed what the plan would overwrite",
      detail: conflicts.map(({ address, path }) => `${address} at ${path}`).join("\n"),
      hint: "declare their value, or set lifecycle.conflict to force (overwrite) or keep (leave theirs)",
      addresses: [...new Set(conflicts.map(({ address }) => address))]
    })
  )

/** Refuses steps that cannot be taken back, unless there is consent. */
export const refuseIrreversible = (
  { steps }: Plan,
  consent: "given" | "not given"
): Effect.Effect<void, Refusal> => {
  const found = steps.flatMap(({ action, address, reversibility }) =>
    reversibility._tag === "none" ? [{ address, why: `${address}: ${action}: ${reversibility.why}` }] : []
  )
  if (found.length === 0 || consent === "given") return Effect.void
  return Effect.fail(
    new Refusal({
      reason: "Irreversible",
      summary: "the plan has steps that cannot be taken back",
      detail: found.map(({ why }) => why).join("\n"),
      hint: "run with --allow-irreversible to consent",
      addresses: found.map(({ address }) => address)
    })
  )
}

/** Refuses a saved plan that was used before. */
export const refuseUsed = Effect.fnUntraced(function*(
  { hash }: Plan
): Effect.fn.Return<void, StateError | Refusal, Journal> {
  if (!(yield* (yield* Journal).used(hash))) return
  return yield* new Refusal({
    reason: "UsedPlan",
    summary: "the plan was used before",
    detail: "a saved plan is applied once",
    hint: "plan again; `amends batches` shows what came of it"
  })
})
