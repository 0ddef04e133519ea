/**
 * The port to the upkeep of an open state: letting go of the past, copies, a new key, and releases from quarantine.
 *
 * Nothing here changes what a batch, a head or a recovery rests on. What writes does so under the lease, like every
 * other writer.
 */
import { Context, type Effect } from "effect"
import type { Address, BatchId } from "../domain/Ids.ts"
import type { RetentionRule } from "../domain/Retention.ts"
import type { Lease } from "./Leases.ts"
import type { StateError } from "./StateError.ts"

/** What may go. */
export interface Pruning {
  readonly rules: ReadonlyArray<RetentionRule>
  /** Batches whose journals are needed although the rules would let them go. */
  readonly needed: ReadonlySet<BatchId>
  /** Addresses that something unfinished is about: no version of theirs goes. */
  readonly untouched: ReadonlySet<Address>
  /** Which contents are looked at: all, or only those of versions that go, which takes a moment. */
  readonly contents: "all" | "of what goes"
  /** How long it may take; it goes on the next time. Milliseconds. */
  readonly budgetMs: number
}

/** What went, or would go. */
export interface Pruned {
  readonly versions: number
  /** Batches whose journals went; what became of them is still known. */
  readonly batches: number
  readonly entries: number
  /** Of content; the file shrinks when it is compacted, or what is free is used again. */
  readonly bytes: number
  /** Whether everything was looked at within the time. */
  readonly whole: boolean
}

/** A copy that was made, and what it holds. */
export interface Copied {
  readonly file: string
  readonly bytes: number
  readonly resources: number
  readonly batches: number
  readonly entries: number
}

/** What the last look for drift found, in numbers. */
export interface DriftNote {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly compared: number
  readonly edited: number
  readonly deleted: number
  readonly recreated: number
  readonly unmanaged: number
}

export class Upkeep extends Context.Service<Upkeep, {
  /** Tells what `prune` would let go; writes nothing. */
  readonly prunable: (pruning: Pruning) => Effect.Effect<Pruned, StateError>
  /** Lets go of old versions and of the journals of old batches. The chain holds over what is left. */
  readonly prune: (lease: Lease, pruning: Pruning) => Effect.Effect<Pruned, StateError>
  /** Digests that stand anywhere in the state, so also of every content that is kept outside and still needed. */
  readonly named: Effect.Effect<ReadonlySet<string>, StateError>
  /** Gives free space back to the file system where there is much of it; answers the bytes. */
  readonly compact: Effect.Effect<number, StateError>
  /** Copies the state while it is in use, and checks the copy. Fails as Exists where the file is there. */
  readonly backup: (file: string) => Effect.Effect<Copied, StateError>
  /** Goes on under a new key; the old one is kept, sealed under the new one, for what was sealed before. */
  readonly rotate: (lease: Lease) => Effect.Effect<void, StateError>
  /** Since when failures count anew for addresses that were released from quarantine; milliseconds since the epoch. */
  readonly released: Effect.Effect<ReadonlyMap<Address, number>, StateError>
  /** The last look for drift. */
  readonly lastDrift: Effect.Effect<DriftNote | undefined, StateError>
  /** Keeps what a look for drift found; needs no lease, for nothing rests on it. */
  readonly noteDrift: (note: DriftNote) => Effect.Effect<void, StateError>
  readonly release: (lease: Lease, address: Address, actor: string) => Effect.Effect<void, StateError>
}>()("amends/Upkeep") {}
