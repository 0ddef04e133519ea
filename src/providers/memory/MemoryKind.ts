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
  /** Whether unknown references, and deletes of what is referred to, are refused. Default: checked. */
  readonly references?: "checked" | "unchecked"
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
