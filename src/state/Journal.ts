/**
 * The port to the journal: append-only entries of batches, heads and versions written by every ending.
 *
 * Entries of one batch commit in the order they were queued, without holes (W2). Each append is conditional on the
 * lease's epoch in the same transaction (W7). After a failed append the writer is poisoned and appends nothing more
 * until the state is opened again (W9).
 */
import { Context, type Effect } from "effect"
import type { BatchSummary, Wish } from "../domain/Batch.ts"
import type { Ended, Entry, EntryBody, Leased, Opened } from "../domain/Entry.ts"
import type { Address, BatchId, Digest } from "../domain/Ids.ts"
import type { Author, Head, HeadChange, Version } from "../domain/Version.ts"
import type { Lease } from "./Leases.ts"
import type { StateError } from "./StateError.ts"

export class Journal extends Context.Service<Journal, {
  /** Opens a batch: `opened` and `leased`, durable. A known batch key fails as Duplicate. */
  readonly open: (batch: BatchId, lease: Lease, opened: Opened, leased: Leased) => Effect.Effect<void, StateError>
  /** Appends entries and waits until they are durable (joins the running group). Answers the seq of the last. */
  readonly append: (
    batch: BatchId,
    lease: Lease,
    bodies: ReadonlyArray<EntryBody>
  ) => Effect.Effect<number, StateError>
  /** Queues entries that ride on the next commit, at the latest after `Limits.rideMs`. Fails only when poisoned. */
  readonly ride: (batch: BatchId, lease: Lease, bodies: ReadonlyArray<EntryBody>) => Effect.Effect<void, StateError>
  /** Ends a batch: the entry and the heads as they now are, one transaction, durable. */
  readonly end: (
    batch: BatchId,
    lease: Lease,
    ended: Ended,
    heads: ReadonlyArray<HeadChange>
  ) => Effect.Effect<void, StateError>
  /** Durable entries of a batch in order. */
  readonly entries: (batch: BatchId) => Effect.Effect<ReadonlyArray<Entry>, StateError>
  /** The same as the engine folds them: its plan has no `changes`, which are for showing and half of what it takes. */
  readonly toFold: (batch: BatchId) => Effect.Effect<ReadonlyArray<Entry>, StateError>
  /** What a batch was opened with; its plan may have no steps and no changes. */
  readonly opened: (batch: BatchId) => Effect.Effect<Opened | undefined, StateError>
  /** Batches, newest first. */
  readonly batches: Effect.Effect<ReadonlyArray<BatchSummary>, StateError>
  /** Batches without an `ended`, newest first. */
  readonly unfinished: Effect.Effect<ReadonlyArray<BatchSummary>, StateError>
  /** The batch with that key, if any. */
  readonly byKey: (batchKey: string) => Effect.Effect<BatchSummary | undefined, StateError>
  /** What was last asked of a batch by somebody who does not hold its lease. */
  readonly wish: (batch: BatchId) => Effect.Effect<Wish | undefined, StateError>
  /** Asks something of a batch; needs no lease. Tells whether the batch is there and not over. */
  readonly ask: (batch: BatchId, wish: Wish) => Effect.Effect<boolean, StateError>
  /** The newest `control` entry of a batch. */
  readonly control: (batch: BatchId) => Effect.Effect<Entry | undefined, StateError>
  /** Tells whether a saved plan with that hash has been used by a batch. */
  readonly used: (planHash: Digest) => Effect.Effect<boolean, StateError>
  /** Checks the chain over all rows, and what versions hold; answers the first broken place, or nothing. */
  readonly verify: Effect.Effect<string | undefined, StateError>
  /** Counter that rises with every opened batch, kept in the state and beside it. */
  readonly generation: Effect.Effect<number, StateError>
}>()("amends/Journal") {}

/** Heads and lineages. Written by `Journal.end`, and by `write` where no batch is needed (import, forget). */
export class Versions extends Context.Service<Versions, {
  readonly heads: Effect.Effect<ReadonlyArray<Head>, StateError>
  /** How many heads there are. */
  readonly count: Effect.Effect<number, StateError>
  /** Every address that has versions, in order. */
  readonly addresses: Effect.Effect<ReadonlyArray<Address>, StateError>
  /** Versions of an address, newest first. */
  readonly lineage: (address: Address) => Effect.Effect<ReadonlyArray<Version>, StateError>
  /** Changes heads outside a batch, under the lease. */
  readonly write: (
    lease: Lease,
    by: Author,
    heads: ReadonlyArray<HeadChange>
  ) => Effect.Effect<void, StateError>
  /** Says that a version stays, whatever retention says; or that it need not any more. Who and why is kept. */
  readonly pin: (lease: Lease, by: Author, version: Digest) => Effect.Effect<void, StateError>
  readonly unpin: (lease: Lease, by: Author, version: Digest) => Effect.Effect<void, StateError>
}>()("amends/Versions") {}
