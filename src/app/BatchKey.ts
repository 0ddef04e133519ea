/**
 * The caller's name of a batch: asked again with the same content, it answers what came of that batch.
 *
 * The content is what the caller asked for (the declared resources and the options, or a saved plan), not the plan:
 * that is another one as soon as the first run has changed the remote.
 */
import { Effect } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { Json } from "../domain/Document.ts"
import type { Digest } from "../domain/Ids.ts"
import type { Plan } from "../domain/Plan.ts"
import { Journal } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { Refusal } from "./Failure.ts"
import type { PlanOptions } from "./PlanBatch.ts"
import type { Declared } from "./Workspace.ts"

/** The content of a batch that is planned from files. */
export const contentOfFiles = (resources: ReadonlyArray<Declared>, options: PlanOptions): Json => {
  const { adopt, destroy, refreshOnly, replace, targets } = options
  return {
    options: { adopt, destroy, refreshOnly, replace: replace.toSorted(), targets: targets.toSorted() },
    resources: resources.toSorted((a, b) => a.address < b.address ? -1 : 1).map(
      ({ address, dependsOn, lifecycle, spec }) => ({ address, spec, dependsOn, lifecycle: { ...lifecycle } })
    )
  }
}

/** The content of a batch that runs a saved plan. */
export const contentOfPlan = ({ hash }: Plan): Json => ({ plan: hash })

const otherContent = (batch: BatchSummary): Refusal =>
  new Refusal({
    reason: "KeyMismatch",
    summary: "the batch key is already used for something else",
    detail: `batch ${batch.id} was run under this key with other content`,
    hint: "use a new key for new content"
  })

/** The batch of that key, if there is one; one with other content is refused. */
export const batchOfKey = Effect.fn("BatchKey.batchOfKey")(function*(
  batchKey: string | undefined,
  content: Digest
): Effect.fn.Return<BatchSummary | undefined, StateError | Refusal, Journal> {
  const journal = yield* Journal
  const known = batchKey === undefined ? undefined : yield* journal.byKey(batchKey)
  if (known === undefined) return undefined
  const opened = known.pruned === true ? undefined : yield* journal.opened(known.id)
  const of = opened === undefined ? known.content : opened.content
  const same = of !== undefined && of === content
  return same ? known : yield* otherContent(known)
})
