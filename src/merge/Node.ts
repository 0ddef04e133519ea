/**
 * One place of a document while it is merged: the three values that stand there, and what came of them.
 *
 * What two values mean is for the terms of the merge to say; values are carried as they were written, so that what
 * nobody changed keeps its spelling.
 */
import type { ConflictKind, Ranges, Severity, Suggestion } from "../domain/Conflict.ts"
import { type Path, renderPointer } from "../domain/Pointer.ts"
import { type DocumentConflict, type Draft, settledDraft } from "./Draft.ts"
import type { Moves } from "./Moves.ts"
import type { Terms } from "./Terms.ts"
import { isList, Numeral, sameSpelled, Unsettled, type Value } from "./Value.ts"

/** Where we are. Elements of keyed lists go by their key, not by an index that differs from side to side. */
export interface Place {
  readonly terms: Terms
  readonly path: Path
  /** The same from the nearest element with an identity, whatever moved around it. */
  readonly at: string
  readonly moves: Moves
}

/** What stands at a place; `undefined` for absent. */
export interface Sides {
  readonly base: Value | undefined
  readonly ours: Value | undefined
  readonly theirs: Value | undefined
}

/** What came of a place: the value, with holes for conflicts, and what a person should know though it merged. */
export interface Merged {
  readonly draft: Draft<DocumentConflict>
  readonly notes: ReadonlyArray<DocumentConflict>
}

/** Merges what stands at a place. */
export type Merge = (place: Place, sides: Sides) => Merged

const nothing: ReadonlyArray<never> = []

/** A place without a conflict. */
export const settled = (value: Value | undefined): Merged => ({ draft: settledDraft(value), notes: nothing })

/** The place of a member or element. */
export const below = ({ terms, path, at, moves }: Place, segment: string): Place => ({
  terms,
  path: [...path, segment],
  at: moves.isNone ? at : `${at}/${segment}`,
  moves
})

/** Takes the side that changed, or what both say; `undefined` where both changed it differently. */
export const takeChanged = ({ terms, path }: Place, { base, ours, theirs }: Sides): Merged | undefined => {
  if (terms.same(path, ours, theirs)) return settled(sameSpelled(ours, base) ? theirs : ours)
  if (terms.same(path, ours, base)) return settled(theirs)
  return terms.same(path, theirs, base) ? settled(ours) : undefined
}

const typeOf = (value: Value | undefined): string => {
  if (value === null) return "null"
  if (isList(value)) return "array"
  return value instanceof Numeral ? "number" : typeof value
}

/** How the sides disagree. */
export const kindOfConflict = ({ terms }: Place, { base, ours, theirs }: Sides): ConflictKind => {
  if (terms.isNone(ours) || terms.isNone(theirs)) return "delete-edit"
  if (terms.isNone(base)) return "add-add"
  if (base instanceof Unsettled) return "edit-edit"
  return typeOf(ours) === typeOf(base) && typeOf(theirs) === typeOf(base) ? "edit-edit" : "type-change"
}

const bare = (text: string): string => text.replaceAll(/\s+/g, "")

const severityOf = ({ ours, theirs }: Sides): Severity =>
  typeof ours === "string" && typeof theirs === "string" && bare(ours) === bare(theirs) ? "info" : "critical"

const suggestionsFor = ({ ours, theirs }: Sides): ReadonlyArray<Suggestion> => {
  const both = isList(ours) && isList(theirs) ? ["keep-both" as const] : []
  return ["take-ours", "take-theirs", ...both, "edit-range"]
}

/** What is said about a conflict beside its sides. */
interface About {
  readonly kind?: ConflictKind
  readonly severity?: Severity
  readonly ranges?: Ranges
  readonly suggestions?: ReadonlyArray<Suggestion>
}

/** A conflict about a place. */
export const conflictAbout = (place: Place, { base, ours, theirs }: Sides, about: About = {}): DocumentConflict => ({
  path: renderPointer(place.path),
  kind: about.kind ?? kindOfConflict(place, { base, ours, theirs }),
  severity: about.severity ?? severityOf({ base, ours, theirs }),
  base,
  ours,
  theirs,
  ...(about.ranges === undefined ? {} : { ranges: about.ranges }),
  suggestions: about.suggestions ?? suggestionsFor({ base, ours, theirs })
})

/** Both sides changed one place, and nothing says how to have both. */
export const conflicting = (place: Place, sides: Sides, about: About = {}): Merged => ({
  draft: { _tag: "hole", conflict: conflictAbout(place, sides, about) },
  notes: nothing
})

/** The place as a whole: the side that changed, or a conflict. */
export const mergeWhole: Merge = (place, sides) => takeChanged(place, sides) ?? conflicting(place, sides)
