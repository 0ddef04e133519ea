/**
 * A job for the one writer: what is committed whole or not at all, under one lease.
 *
 * Texts are made when a job is queued, so that nothing is rendered while the file is locked. The two jobs that may be
 * large, opening a batch and ending it, make theirs one by one as they are written.
 */
import type { BatchSummary } from "../../domain/Batch.ts"
import type { EndedAs } from "../../domain/Entry.ts"
import type { BatchId, Digest } from "../../domain/Ids.ts"
import type { Author } from "../../domain/Version.ts"
import type { Lease } from "../Leases.ts"
import type { StateError } from "../StateError.ts"
import type { AuditDraft } from "./AuditBook.ts"
import type { HeadDraft } from "./Lineage.ts"
import type { RowDraft } from "./Row.ts"

/** Texts to write, perhaps made as one goes through them; the same each time. */
export interface Texts<A> extends Iterable<A> {
  readonly length: number
}

/** Texts that are made one by one. */
export const oneByOne = <A, B>(items: ReadonlyArray<A>, make: (item: A) => B): Texts<B> => ({
  length: items.length,
  *[Symbol.iterator]() {
    for (const item of items) yield make(item)
  }
})

/** A version that is to stay whatever retention says, or no longer. */
export interface Pinning {
  readonly _tag: "pin" | "unpin"
  readonly by: Author
  readonly version: Digest
}

/** What a job does besides appending its rows. */
export type Work =
  | { readonly _tag: "append" }
  | { readonly _tag: "open"; readonly summary: BatchSummary }
  | { readonly _tag: "end"; readonly as: EndedAs; readonly heads: Texts<HeadDraft> }
  | { readonly _tag: "heads"; readonly by: Author; readonly heads: Texts<HeadDraft> }
  | Pinning
  | { readonly _tag: "generation"; readonly to: number }
  | { readonly _tag: "note" }
  | { readonly _tag: "letGo"; readonly stubs: ReadonlyArray<Stub> }

/** A record of the audit trail that is let go of, and its mark. */
export interface Stub {
  readonly n: number
  readonly mark: string
}

export interface Job {
  readonly batch: BatchId
  readonly lease: Lease
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly rows: Texts<RowDraft>
  /** About how many characters it stores: near enough to bytes for keeping groups small. */
  readonly size: number
  readonly work: Work
  /** What is recorded of it in the audit trail, in the same transaction. */
  readonly audit?: ReadonlyArray<AuditDraft>
}

/** What came of a job: the seq of its last row, or why it was refused without harm to its neighbours. */
export type Reply = number | StateError

/** An append of rows only. */
export const justAppend: Work = { _tag: "append" }

/** Tells whether one of a job's rows is of a kind. */
export const holds = ({ rows }: Pick<Job, "rows">, kind: RowDraft["kind"]): boolean =>
  [...rows].some((row) => row.kind === kind)

/**
 * Tells whether a job leads forward: it opens a batch or announces a write. On a full disk such a job is refused, and
 * the reserve is kept for what has to be recorded anyway.
 */
export const isForward = (job: Job): boolean =>
  job.work._tag === "append" ? holds(job, "intended") : job.work._tag !== "end"
