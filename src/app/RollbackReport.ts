/**
 * What a rollback would do and what stands in its way, as data: the dry run, the refusal and the real run say the same.
 *
 * Values are masked: a secret is never in a report. A conflict that is critical and not settled blocks the rollback.
 */
import type { Action } from "../domain/Change.ts"
import type { ConflictKind, Severity } from "../domain/Conflict.ts"
import type { Json } from "../domain/Document.ts"
import type { Address, BatchId, Digest } from "../domain/Ids.ts"
import type { Version } from "../domain/Version.ts"
import type { Take } from "../merge/Resolve.ts"

/** Who changed a place after the version that is taken out; `outside` is an edit that no version holds. */
export type Touch =
  | {
    readonly _tag: "version"
    readonly version: Digest
    readonly batch: BatchId
    readonly actor?: string
    /** Milliseconds since the epoch. */
    readonly at: number
  }
  | { readonly _tag: "outside" }

/**
 * `dependency`: something would be left that refers to nothing. `cycle`: what comes back would depend on itself.
 * `secret`: what stood there is only known as a mask.
 */
export type RollbackConflictKind = ConflictKind | "dependency" | "cycle" | "secret"

/** One thing that a person should know of before, or has to settle. */
export interface RollbackConflict {
  readonly address: Address
  /** JSON Pointer; empty for the whole resource. */
  readonly path: string
  readonly kind: RollbackConflictKind
  readonly severity: Severity
  readonly why: string
  /** What the version that is taken out made of it. */
  readonly base?: Json
  /** What is there now. */
  readonly ours?: Json
  /** What stood there before. */
  readonly theirs?: Json
  readonly touchedBy: ReadonlyArray<Touch>
  /** How it is settled; absent while it is open. */
  readonly settled?: Take | "value"
  /** Commands, to be pasted. */
  readonly suggestions: ReadonlyArray<string>
}

/** What happens to one resource. */
export interface RollbackItem {
  readonly address: Address
  readonly action: Action
  /** The versions that are taken out, newest first; none of what only follows, such as a reference to a new id. */
  readonly reverts: ReadonlyArray<Digest>
  /** The places that change, as pointers. */
  readonly changes: ReadonlyArray<string>
  /** Later changes that are lost with `--to`, newest first. */
  readonly drops: ReadonlyArray<Touch>
  readonly notes: ReadonlyArray<string>
}

/** What a rollback would do. */
export interface RollbackReport {
  /** Why there is nothing to take back, where there is not. */
  readonly note?: string
  readonly items: ReadonlyArray<RollbackItem>
  readonly conflicts: ReadonlyArray<RollbackConflict>
}

/** Tells whether a conflict has to be settled before anything is written. */
export const isBlocking = ({ settled, severity }: RollbackConflict): boolean =>
  severity === "critical" && settled === undefined

/** Who made a version. */
export const touchOf = ({ actor, at, batch, id }: Version): Touch => ({
  _tag: "version",
  version: id,
  batch,
  at,
  ...(actor === undefined ? {} : { actor })
})
