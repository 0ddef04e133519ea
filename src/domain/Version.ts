/**
 * Heads and versions: what was last applied, and what was before that.
 *
 * A head is the newest version of an address together with where it lives; every ending of a batch writes the heads
 * as they now are, in its own transaction (rule 6).
 */
import type { Address, BatchId, Digest } from "./Ids.ts"
import type { SealedDocument } from "./Sealed.ts"

/** How a version came to be; `forget` lets go of a resource that is still there. */
export type Origin = "apply" | "import" | "adopt" | "compensation" | "accept" | "rollback" | "merge" | "move" | "forget"

/** Says that a version stays, whatever retention says. */
export interface Pin {
  readonly actor: string
  readonly reason?: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Versions that were let go between a version and the next one below it that is left. */
export interface Gap {
  readonly versions: number
  /** The next one below; absent where there is none. */
  readonly older?: Digest
}

/** One committed content of a resource. */
export interface Version {
  /** Content address with its place in the lineage. */
  readonly id: Digest
  readonly address: Address
  readonly batch: BatchId
  readonly parents: ReadonlyArray<Digest>
  readonly origin: Origin
  /** Versions that this one takes out; empty for most. */
  readonly reverts: ReadonlyArray<Digest>
  /** The declared fields; absent once deleted. */
  readonly document?: SealedDocument
  /** The whole document as observed when it was committed: what a field held that was declared only later. */
  readonly observed?: SealedDocument
  /** Who made it; of one that a batch made, who opened that. */
  readonly actor?: string
  /** Why, as said by who made it; of one that a batch made, the reason of that. */
  readonly reason?: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly pinned?: Pin
  /** Its parent, and perhaps more, were let go. */
  readonly gap?: Gap
}

/** Who writes heads outside of a batch, and why. */
export interface Author {
  readonly actor: string
  readonly reason?: string
}

/** Last applied: the head of an address's lineage. */
export interface Head {
  readonly address: Address
  readonly provider: string
  readonly kind: string
  readonly remoteId: string
  /** The declared fields, references resolved. */
  readonly declared: SealedDocument
  /** The whole document as observed after the last write. */
  readonly observed: SealedDocument
  readonly token?: string
  /** Addresses it refers to or was declared to depend on, for ordering deletes. */
  readonly dependsOn: ReadonlyArray<Address>
  /** Replaced resources whose delete is not done yet. */
  readonly deposed: ReadonlyArray<string>
  readonly version: Digest
  readonly preventDestroy: boolean
  /** The remote's own name where the files say none, of a resource that was moved: the name it had before. */
  readonly defaultName?: string
  /** The version it had under the address that it was moved from, until it is written anew. */
  readonly movedFrom?: Digest
}

/** What an ending does to one address: a new head, or none. */
export type HeadChange =
  | {
    readonly _tag: "set"
    readonly head: Omit<Head, "version">
    readonly origin: Origin
    /** The version that it goes on from, where the address has none of its own. */
    readonly parent?: Digest
    /** A batch wrote it: that makes a version also where it declares the same as before. */
    readonly wrote?: true
    /** Versions that it takes out, kept with the version that it makes. */
    readonly reverts?: ReadonlyArray<Digest>
  }
  | {
    readonly _tag: "drop"
    readonly address: Address
    readonly origin: Origin
    readonly reverts?: ReadonlyArray<Digest>
  }
