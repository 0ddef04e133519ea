/**
 * The three-way merge of documents: per place, the side that changed wins, and where both changed differently it is a
 * conflict, never a guess.
 *
 * Pure. All conflicts come back at once. What a side cannot show counts as unchanged by it: read-only fields are
 * theirs (the server's), write-only fields that an answer leaves out and masked secrets stand for what base has.
 */
import { isReadOnly } from "../domain/Canonical.ts"
import type { ThreeWayCompare } from "../domain/Conflict.ts"
import { isArray, isObject, type Json } from "../domain/Document.ts"
import { getAt } from "../domain/Pointer.ts"
import { mergeArray } from "./ArrayStrategy.ts"
import {
  below,
  conflicting,
  isAt,
  isNone,
  type Merge,
  type Merged,
  type Place,
  settled,
  type Sides,
  takeChanged
} from "./Node.ts"

/** A side that holds a mask, or leaves out what is never given back, says nothing: base stands in for it. */
const known = (place: Place, side: Json | undefined, base: Json | undefined): Json | undefined => {
  const { mask, roles } = place.kind
  if (side === undefined) return isAt(place, roles.writeOnly) ? base : side
  return typeof side === "string" && mask?.test(side) === true && isAt(place, roles.sensitive) ? base : side
}

/** The members of all sides, in the order of base, then ours, then theirs. */
const membersOf = ({ base, ours, theirs }: Sides): ReadonlyArray<string> => [
  ...new Set([base, ours, theirs].flatMap((side) => isObject(side) ? Object.keys(side) : []))
]

const mergeObject = (place: Place, sides: Sides): Merged => {
  const members = membersOf(sides).map((key) =>
    [
      key,
      mergeAt(below(place, key), {
        base: getAt(sides.base, [key]),
        ours: getAt(sides.ours, [key]),
        theirs: getAt(sides.theirs, [key])
      })
    ] as const
  )
  return {
    value: Object.fromEntries(members.flatMap(([key, { value }]) => value === undefined ? [] : [[key, value]])),
    conflicts: members.flatMap(([, { conflicts }]) => conflicts)
  }
}

const mergeAt: Merge = (place, given) => {
  if (isReadOnly(place.kind, place.path)) return settled(given.theirs)
  const base = given.base
  const sides = { base, ours: known(place, given.ours, base), theirs: known(place, given.theirs, base) }
  const { ours, theirs } = sides
  if (isObject(ours) && isObject(theirs) && (isObject(base) || isNone(base))) return mergeObject(place, sides)
  if (isArray(ours) && isArray(theirs) && (isArray(base) || isNone(base))) {
    return mergeArray({ place, sides, arrays: { base: base ?? [], ours, theirs }, merge: mergeAt })
  }
  return takeChanged(place, sides) ?? conflicting(place, sides)
}

/** Compares two sides with what both came from; conflicts are sorted by path, which does not depend on the sides. */
export const threeWay: ThreeWayCompare = (kind, base, ours, theirs) => {
  const { value, conflicts } = mergeObject({ kind, path: [] }, { base, ours, theirs })
  return conflicts.length === 0
    ? { _tag: "merged", document: isObject(value) ? value : {} }
    : { _tag: "conflict", conflicts: conflicts.toSorted((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0) }
}
