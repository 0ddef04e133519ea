/**
 * Conflicts are values: two sides disagree about one place of a document.
 *
 * `Merged | Conflict` is what the three-way compare answers that planner, verdict and compensation are handed.
 */
import type { Document, Json } from "./Document.ts"
import type { Kind } from "./Kind.ts"

/** One place where two sides disagree. An absent side is `undefined`. */
export interface Conflict {
  /** JSON Pointer. */
  readonly path: string
  readonly kind: "edit-edit" | "add-add" | "delete-edit" | "type-change"
  readonly base: Json | undefined
  readonly ours: Json | undefined
  readonly theirs: Json | undefined
}

/** The answer of a three-way compare: one document, or the places where the sides disagree. */
export type ThreeWay =
  | { readonly _tag: "merged"; readonly document: Document }
  | { readonly _tag: "conflict"; readonly conflicts: ReadonlyArray<Conflict> }

/** Compares two sides with what both came from, under the roles of the kind. */
export type ThreeWayCompare = (kind: Kind, base: Document, ours: Document, theirs: Document) => ThreeWay
