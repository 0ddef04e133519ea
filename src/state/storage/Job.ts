/**
 * A job for the one writer: what is committed whole or not at all, under one lease.
 *
 * Texts are made when a job is queued, so that nothing is rendered while the file is locked.
 */
import type { BatchSummary } from "../../domain/Batch.ts"
import type { EndedAs } from "../../domain/Entry.ts"
import type { BatchId } from "../../domain/Ids.ts"
import type { Lease } from "../Leases.ts"
import type { StateError } from "../StateError.ts"
import type { HeadDraft } from "./Lineage.ts"
import type { RowDraft } from "./Row.ts"

/** What a job does besides appending its rows. */
export type Work =
  | { readonly _tag: "append" }
  | { readonly _tag: "open"; readonly summary: BatchSummary }
  | { readonly _tag: "end"; readonly as: EndedAs; readonly heads: ReadonlyArray<HeadDraft> }
  | { readonly _tag: "heads"; readonly actor: string; readonly heads: ReadonlyArray<HeadDraft> }
  | { readonly _tag: "generation"; readonly to: number }

export interface Job {
  readonly batch: BatchId
  readonly lease: Lease
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly rows: ReadonlyArray<RowDraft>
  readonly work: Work
}

/** What came of a job: the seq of its last row, or why it was refused without harm to its neighbours. */
export type Reply = number | StateError

/** An append of rows only. */
export const justAppend: Work = { _tag: "append" }

/**
 * Tells whether a job leads forward: it opens a batch or announces a write. On a full disk such a job is refused, and
 * the reserve is kept for what has to be recorded anyway.
 */
export const isForward = (job: Job): boolean =>
  job.work._tag === "append" ? job.rows.some((row) => row.kind === "intended") : job.work._tag !== "end"

/** Characters that a job stores: near enough to bytes for keeping groups small. */
export const sizeOf = (job: Job): number => {
  const heads = "heads" in job.work ? job.work.heads : []
  return job.rows.reduce((sum, row) => sum + row.body.length, 0) +
    heads.reduce((sum, head) => sum + (head.declared?.length ?? 0) + (head.observed?.length ?? 0), 0)
}
