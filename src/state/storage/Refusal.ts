/**
 * Why a job is refused although the state is well: told to its waiter, without harm to its neighbours in the group.
 *
 * Both hands decide the same way, inside the transaction and before the job has written anything.
 */
import type { BatchSummary } from "../../domain/Batch.ts"
import type { BatchId } from "../../domain/Ids.ts"
import type { Lease } from "../Leases.ts"
import { StateError } from "../StateError.ts"

/** The lease under which a job was queued is not the one that is stored. */
export const fencedOff = (lease: Lease): StateError =>
  new StateError({
    reason: "Fenced",
    operation: "append",
    detail: `the lease of ${lease.owner} (epoch ${lease.epoch}) was lost`,
    hint: "The new holder finishes what was begun; see `amends status`."
  })

/** Another batch has that batch key, or that id. */
export const alreadyThere = (known: BatchSummary): StateError =>
  new StateError({
    reason: "Duplicate",
    operation: "open",
    detail: known.batchKey === undefined
      ? `batch ${known.id} exists already`
      : `batch ${known.id} already has the key ${known.batchKey}`,
    hint: `See what came of it with \`amends show ${known.id}\`, or use another --batch-key.`
  })

/** There is no such batch, or it has ended. */
export const notOpen = (batch: BatchId): StateError =>
  new StateError({
    reason: "Missing",
    operation: "append",
    detail: `there is no unfinished batch ${batch}`,
    hint: "See `amends batches`."
  })
