/**
 * One place of a document while it is merged: the three values that stand there, and what came of them.
 *
 * All comparing goes by the kind's canonical form, in which null counts as absent; values are carried as they were
 * written, so that what nobody changed keeps its spelling.
 */
import { canonicalValue, isNothing } from "../domain/Canonical.ts"
import type { Conflict } from "../domain/Conflict.ts"
import { equalJson, isArray, type Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { matches, type Path, renderPointer } from "../domain/Pointer.ts"

/** Where we are. Elements of keyed lists go by their key, not by an index that differs from side to side. */
export interface Place {
  readonly kind: Kind
  readonly path: Path
}

/** What stands at a place; `undefined` for absent. */
export interface Sides {
  readonly base: Json | undefined
  readonly ours: Json | undefined
  readonly theirs: Json | undefined
}

/** What came of a place: a value (`undefined` for absent) and the conflicts at it or below. */
export interface Merged {
  readonly value: Json | undefined
  readonly conflicts: ReadonlyArray<Conflict>
}

/** Merges what stands at a place. */
export type Merge = (place: Place, sides: Sides) => Merged

/** A place without a conflict. */
export const settled = (value: Json | undefined): Merged => ({ value, conflicts: [] })

/** The place of a member or element. */
export const below = (place: Place, segment: string): Place => ({ kind: place.kind, path: [...place.path, segment] })

/** Tells whether one of the patterns means this place. */
export const isAt = (place: Place, patterns: ReadonlyArray<string>): boolean =>
  patterns.some((pattern) => matches(pattern, place.path))

/** Tells whether nothing stands there; null members count as absent. */
export const isNone = (value: Json | undefined): value is null | undefined => value === undefined || value === null

/** Tells whether two values mean the same at a place. */
export const equalAt = (place: Place, a: Json | undefined, b: Json | undefined): boolean => {
  const { kind, path } = place
  const nothing = [a, b].filter((value) => isNothing(kind, value, path)).length
  if (a === undefined || b === undefined || nothing > 0) return nothing === 2
  return equalJson(canonicalValue(kind, a, path), canonicalValue(kind, b, path))
}

/** Takes the side that changed, or what both say; `undefined` where both changed it differently. */
export const takeChanged = (place: Place, { base, ours, theirs }: Sides): Merged | undefined => {
  if (equalAt(place, ours, theirs)) return settled(equalJson(ours, base) ? theirs : ours)
  if (equalAt(place, ours, base)) return settled(theirs)
  return equalAt(place, theirs, base) ? settled(ours) : undefined
}

const typeOf = (value: Json | undefined): string => isArray(value) ? "array" : typeof value

const kindOfConflict = ({ base, ours, theirs }: Sides): Conflict["kind"] => {
  if (isNone(ours) || isNone(theirs)) return "delete-edit"
  if (isNone(base)) return "add-add"
  return typeOf(ours) === typeOf(base) && typeOf(theirs) === typeOf(base) ? "edit-edit" : "type-change"
}

/** Both sides changed one place, and nothing says how to have both. */
export const conflicting = (place: Place, sides: Sides): Merged => ({
  value: sides.ours,
  conflicts: [{ path: renderPointer(place.path), kind: kindOfConflict(sides), ...sides }]
})
