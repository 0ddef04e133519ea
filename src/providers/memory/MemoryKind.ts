/**
 * A kind of the in-memory world: its description, and how the imagined server behaves beyond what a description says.
 *
 * The engine sees the description only. Whatever is said here is what real servers do without announcing it: a create
 * that needs a second call, an answer that is not the whole resource, a refusal to delete what others refer to.
 */
import type { Document } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"

/** How the server treats one kind; each part has a default that asks nothing of the caller. */
export interface MemoryKind {
  readonly kind: Kind
  /** Pointers of the top-level fields that each call of a create takes; what is in no group goes with the first. */
  readonly createIn?: ReadonlyArray<ReadonlyArray<string>>
  /** Whether an update merges what it is sent (RFC 7386) or replaces the whole document. Default: merge. */
  readonly updates?: "merge" | "replace"
  /** Whether a write is answered with the whole resource or with its id alone. Default: whole. */
  readonly answers?: "whole" | "bare"
  /**
   * Whether unknown references, and deletes of what is referred to, are refused; `cascade` refuses the first and
   * deletes the referrers with what they refer to. Default: checked.
   */
  readonly references?: "checked" | "unchecked" | "cascade"
  /** What becomes of a name with its resource: it is free, stays taken, or a create brings the old resource back. */
  readonly deletes?: "hard" | "keepsName" | "revives"
  /** Whether the server gives an id again once it is free. Default: never. */
  readonly ids?: "rising" | "reused"
  /** How many resources there may be. */
  readonly quota?: number
  /** Whether the server keeps sets and texts without case in an order and a form of its own. */
  readonly ownForms?: boolean
  /** Top-level texts that the server writes in its own form, without saying so: in small letters. */
  readonly normalises?: ReadonlyArray<string>
  /** Read-only members that the server adds to every answer. */
  readonly serverMade?: Document
}

/** What is answered instead of a secret by kinds that have a mask. */
export const maskText = "***"

/** The first call of a create has no group of its own when a kind names none. */
export const groupOf = (memoryKind: MemoryKind, field: string): number =>
  Math.max(0, (memoryKind.createIn ?? []).findIndex((group) => group.includes(`/${field}`)))
