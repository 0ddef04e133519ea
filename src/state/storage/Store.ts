/**
 * What a hand of the state layer gives: rows in and out, synchronously, in transactions.
 *
 * The rules of the journal (order, group commit, fencing, poison, leases) are written once above this, so that the
 * memory hand obeys the very rules the SQLite hand does. Everything here throws StateError and nothing else. Full
 * and Busy are thrown only where surely nothing was written.
 */
import type { Effect } from "effect"
import type { BatchSummary, Wish } from "../../domain/Batch.ts"
import type { Address, BatchId, Digest } from "../../domain/Ids.ts"
import type { Head, Version } from "../../domain/Version.ts"
import type { AuditDraft, Recorded } from "./AuditBook.ts"
import type { AuditStore } from "./AuditStore.ts"
import type { ChainHead } from "./Chain.ts"
import type { Job, Reply } from "./Job.ts"
import type { LeaseRow } from "./Owner.ts"
import type { Gap, Row, RowDraft } from "./Row.ts"

export interface Store {
  /** One turn of the event loop, in which what is ready comes in before a commit blocks; absent without a disk. */
  readonly turn?: Effect.Effect<void>
  /** Commits jobs in order in one durable transaction; a refused job (Fenced, Duplicate) leaves the others alone. */
  readonly commit: (jobs: ReadonlyArray<Job>) => ReadonlyArray<Reply>
  /** What is read of each row of a batch, by seq, but for those of a kind that is left out. */
  readonly rows: <A>(batch: BatchId, read: (row: Row) => A, without?: RowDraft["kind"]) => ReadonlyArray<A>
  /** The first row of a batch. */
  readonly first: (batch: BatchId) => Row | undefined
  /** At most `count` rows of the workspace after place `n`. */
  readonly rowsAfter: (n: number, count: number) => ReadonlyArray<Row>
  /** The places where rows were let go, in order. */
  readonly gaps: () => ReadonlyArray<Gap>
  /** The newest link, as it was kept apart from the rows. */
  readonly chainHead: () => ChainHead
  /** Batches, newest first. */
  readonly batches: (which: "all" | "unfinished") => ReadonlyArray<BatchSummary>
  readonly byKey: (batchKey: string) => BatchSummary | undefined
  readonly wish: (batch: BatchId) => Wish | undefined
  /** Keeps what was asked of a batch, and the record of it; tells whether it is there and not over. */
  readonly ask: (batch: BatchId, wish: Wish, audit: AuditDraft) => boolean
  /** The newest row of that kind. */
  readonly newest: (batch: BatchId, kind: Row["kind"]) => Row | undefined
  readonly used: (planHash: Digest) => boolean
  readonly heads: () => ReadonlyArray<Head>
  readonly headCount: () => number
  /** Every address that has versions, in order. */
  readonly addresses: () => ReadonlyArray<Address>
  /** Versions of an address, newest first. */
  readonly lineage: (address: Address) => ReadonlyArray<Version>
  /** Looks at some contents of heads and versions after a place: where it came to, and the first that is unfit. */
  readonly checkContents: (after: number, count: number) => { readonly last?: number; readonly unfit?: string }
  /** The counter in the state. */
  readonly generation: () => number
  /** The counter beside the state; `undefined` where it is missing. */
  readonly generationBeside: () => number | undefined
  /** Writes the counter beside the state, durably. */
  readonly keepGeneration: (generation: number) => void
  /** Makes sure that `bytes` of the disk are set aside for recording compensations. */
  readonly reserve: (bytes: number) => void
  /** Gives back what was set aside; tells whether there was any. */
  readonly freeReserve: () => boolean
  readonly lease: () => LeaseRow | undefined
  /** Replaces the lease if it still is the one expected, and records that; tells whether it was. */
  readonly swapLease: (expected: LeaseRow | undefined, next: LeaseRow, audit?: Recorded) => boolean
  readonly audit: AuditStore
}
