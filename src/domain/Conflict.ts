/**
 * Conflicts are values: two sides disagree about one place of a document, a text or a tree.
 *
 * `Merged | Conflict` is what the three-way compare answers that planner, verdict and compensation are handed.
 */
import type { Document, Json } from "./Document.ts"
import type { Kind } from "./Kind.ts"

/**
 * How much a person has to look. `critical`: content would be lost either way; `warning`: a program decided, or may
 * well have to; `info`: the sides differ by nothing that matters.
 */
export type Severity = "critical" | "warning" | "info"

/** What may be done about a conflict. The last two name versions and paths, and come from taking versions out. */
export type Suggestion =
  | "take-ours"
  | "take-theirs"
  | "keep-both"
  | "edit-range"
  | { readonly undoFirst: ReadonlyArray<string> }
  | { readonly narrowTo: ReadonlyArray<string> }

/** What stands where in each input: elements or lines from 0, without the last. */
export interface Ranges {
  readonly base: Range
  readonly ours: Range
  readonly theirs: Range
}

interface Range {
  readonly start: number
  readonly end: number
}

/** How two sides may disagree about a place of a document. */
export type ConflictKind =
  | "edit-edit"
  | "add-add"
  | "delete-edit"
  | "type-change"
  /** Both sides reordered a keyed list, differently. */
  | "order"
  /** Both sides moved one element, to different places; the values are those places. */
  | "move-move"
  /** Each side moved one element into the other. */
  | "move-cycle"
  /** A keyed list in which a key is missing or there twice: it merges as a whole. */
  | "unkeyed"
  /** A document that is nested too deeply to be merged place by place: it merges as a whole. */
  | "too-deep"

/** One place where two sides disagree. An absent side is `undefined`. */
export interface Conflict<V = Json, K = ConflictKind> {
  /** JSON Pointer; elements of keyed lists go by their key. */
  readonly path: string
  readonly kind: K
  readonly severity: Severity
  readonly base: V | undefined
  readonly ours: V | undefined
  readonly theirs: V | undefined
  /** Where it is less than the whole value at the path. */
  readonly ranges?: Ranges
  readonly suggestions: ReadonlyArray<Suggestion>
}

/** The answer of a three-way compare: one document, or the places where the sides disagree. */
export type ThreeWay =
  | { readonly _tag: "merged"; readonly document: Document }
  | { readonly _tag: "conflict"; readonly conflicts: ReadonlyArray<Conflict> }

/** Compares two sides with what both came from, under the roles of the kind. */
export type ThreeWayCompare = (kind: Kind, base: Document, ours: Document, theirs: Document) => ThreeWay
