/**
 * A plan: the ordered, immutable set of changes, with the observation it rests on. It is data, frozen when a batch
 * opens, and never code that is replayed (rule 3).
 *
 * Documents in a plan are sealed, so a saved plan holds no secret in clear. Steps name what they depend on; the
 * list itself is in a legal order, so a reader can go through it from the top.
 */
import type { Action } from "./Change.ts"
import type { Address, Digest, StepId } from "./Ids.ts"
import type { Reversibility } from "./Kind.ts"
import type { SealedDocument } from "./Sealed.ts"
import type { Origin } from "./Version.ts"

/** What to do with a field that somebody else changed since it was last applied. */
export type ConflictPolicy = "stop" | "force" | "keep"

/** What a step does to its resource. `guard` changes nothing itself: it holds the way back of a reference. */
export type StepAction = "create" | "update" | "delete" | "adopt" | "guard"

/** One change of a batch. */
export interface Step {
  readonly id: StepId
  readonly address: Address
  readonly kind: string
  readonly provider: string
  readonly action: StepAction
  /** Which half of a replace this is; both have the same address. */
  readonly replaces?: "create" | "delete"
  /** The remote id, absent for a create. */
  readonly remoteId?: string
  /** The declared fields, with references unresolved; absent for delete and guard. */
  readonly desired?: SealedDocument
  /** What of `desired` is declared afterwards, where that is less. */
  readonly declares?: SealedDocument
  /** Pointers of fields that are no longer declared and go back to their default or null. */
  readonly resets: ReadonlyArray<string>
  /** Pointers the user wants left alone. */
  readonly ignores: ReadonlyArray<string>
  /** What planning observed; absent means that nothing was there. */
  readonly before?: SealedDocument
  /** The change token or guard of that observation. */
  readonly token?: string
  /** The head's version this step rests on; another one at apply makes a saved plan stale. Absent for no head. */
  readonly basis?: Digest
  readonly preventDestroy: boolean
  readonly conflict: ConflictPolicy
  /** Addresses it refers to or was declared to depend on; they become the head's. */
  readonly refersTo: ReadonlyArray<Address>
  readonly dependsOn: ReadonlyArray<StepId>
  /** How its compensation restores what was: exact, lossy (why) or none (why). */
  readonly reversibility: Reversibility
  /** Whether the API refuses a write over an edit it has seen meanwhile. */
  readonly guarded: boolean
}

/** What the user sees of one address: the action, and how the document changes. */
export interface PlannedChange {
  readonly address: Address
  readonly action: Action
  /** Deletes first or creates first; only for a replace. */
  readonly createFirst?: boolean
  readonly before?: SealedDocument
  readonly after?: SealedDocument
  readonly reversibility: Reversibility
  readonly guarded: boolean
  /** Pointers that differ. */
  readonly differs: ReadonlyArray<string>
  /** Sentences for the user: `no longer managed`, why a replace, what makes it lossy. */
  readonly notes: ReadonlyArray<string>
}

/** Somebody's edit since last apply. */
export interface ResourceDrift {
  readonly address: Address
  /** Pointers at which the remote differs from what was last applied. */
  readonly paths: ReadonlyArray<string>
  readonly kind: "edited" | "deleted" | "token"
}

/** A declared field that somebody else changed since last apply, and that the plan would write. */
export interface PlannedConflict {
  readonly address: Address
  readonly path: string
}

/** A head that takes over what is declared and observed now, without a remote write. */
export interface HeadRefresh {
  readonly address: Address
  readonly declared: SealedDocument
  readonly observed: SealedDocument
  readonly token?: string
  readonly refersTo: ReadonlyArray<Address>
  readonly preventDestroy: boolean
}

/** The ordered set of changes of one batch. */
export interface Plan {
  readonly format: 1
  readonly workspace: string
  /** Digest of everything below; the plan's name and what makes it single use. */
  readonly hash: Digest
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** What a refused apply would overwrite: somebody's edits of declared fields, under `conflict: stop`. */
  readonly conflicts: ReadonlyArray<PlannedConflict>
  /** Addresses whose head is written anew although nothing changes remotely (the files caught up with the remote). */
  readonly refreshes: ReadonlyArray<HeadRefresh>
  /** Addresses no longer declared and no longer there: their heads are dropped without a remote write. */
  readonly drops: ReadonlyArray<Address>
  /** How the versions come to be that it makes, and which ones each address takes out; by an apply when absent. */
  readonly made?: {
    readonly origin: Origin
    readonly reverts: { readonly [address: Address]: ReadonlyArray<Digest> }
  }
  readonly steps: ReadonlyArray<Step>
  readonly changes: ReadonlyArray<PlannedChange>
  readonly drift: ReadonlyArray<ResourceDrift>
}

/** The addresses that a plan does something to, be it only to what is recorded of them. */
export const addressesIn = ({ drops, refreshes, steps }: Plan): ReadonlySet<Address> =>
  new Set([...steps.map(({ address }) => address), ...refreshes.map(({ address }) => address), ...drops])
