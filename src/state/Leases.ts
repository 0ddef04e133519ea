/**
 * The port to the lease: the time-bound right to write for a workspace, with a rising epoch (fencing).
 *
 * It is taken only when it is ours, expired, or its owner is provably dead; never by a blind epoch + 1, or a woken
 * zombie could steal it back.
 */
import { Context, type Effect } from "effect"
import type { Epoch } from "../domain/Ids.ts"
import type { StateError } from "./StateError.ts"

/** A held lease. */
export interface Lease {
  readonly epoch: Epoch
  readonly owner: string
}

/** What `lease show` prints. */
export interface LeaseView {
  readonly epoch: Epoch
  readonly owner: string
  /** Milliseconds left; 0 where it has expired. */
  readonly leftMs: number
  readonly ownerAlive: "alive" | "dead" | "unknown"
}

export class Leases extends Context.Service<Leases, {
  /** Takes the lease for `lifeMs`, or fails as Held with the holder. The previous owner is told for the journal. */
  readonly acquire: (lifeMs: number) => Effect.Effect<Lease & { readonly previous?: string }, StateError>
  /** Extends it; fails as Fenced where somebody else took it. */
  readonly renew: (lease: Lease, lifeMs: number) => Effect.Effect<void, StateError>
  readonly release: (lease: Lease) => Effect.Effect<void, StateError>
  /** Milliseconds that are left of it; 0 when lost. Reads no disk: for the send gate (W8). */
  readonly left: (lease: Lease) => Effect.Effect<number>
  readonly show: Effect.Effect<LeaseView | undefined, StateError>
  /** Takes it away from whoever holds it. */
  readonly break: Effect.Effect<LeaseView | undefined, StateError>
}>()("amends/Leases") {}
