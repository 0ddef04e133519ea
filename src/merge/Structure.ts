/**
 * The three-way merge of documents: per place, the side that changed wins, and where both changed differently it is a
 * conflict, never a guess.
 *
 * Pure. All conflicts come back at once. What a document means is for the terms to say: a table of paths, or the field
 * roles of a kind. A document that is nested too deeply, or in which elements would move into each other, merges as a
 * whole.
 */
import type { Conflict, ThreeWayCompare } from "../domain/Conflict.ts"
import type { Document, Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { Limits } from "../domain/Limits.ts"
import { conflictsOf, type DocumentConflict, type Draft, mapDraft, objectDraft } from "./Draft.ts"
import { mergeList } from "./ListMerge.ts"
import { type Moves, noMoves, relocate } from "./Moves.ts"
import {
  below,
  conflictAbout,
  conflicting,
  type Merge,
  type Merged,
  mergeWhole,
  type Place,
  settled,
  type Sides,
  takeChanged
} from "./Node.ts"
import { mergeStrings } from "./SequenceMerge.ts"
import { type DocumentRules, kindTerms, plainTerms, type Terms } from "./Terms.ts"
import { isDeeper, isList, isMembers, type Members, type Value } from "./Value.ts"

/** What comes of a merge of documents: the document, or the conflicts with the draft they stand in. */
export type DocumentMerge =
  | {
    readonly _tag: "merged"
    /** `undefined` where nothing is left of it. */
    readonly document: Value | undefined
    /** What was decided, and a person should know: another order, a list that merged as a whole. */
    readonly notes: ReadonlyArray<DocumentConflict>
  }
  | {
    readonly _tag: "conflict"
    /** By path. */
    readonly conflicts: ReadonlyArray<DocumentConflict>
    readonly notes: ReadonlyArray<DocumentConflict>
    /** Its holes are numbers in `conflicts`. */
    readonly draft: Draft
  }

const memberOf = (side: Value | undefined, key: string): Value | undefined =>
  isMembers(side) && Object.hasOwn(side, key) ? side[key] : undefined

/** The members of all sides, in the order of base, then ours, then theirs. */
const membersOf = ({ base, ours, theirs }: Sides): Iterable<string> => {
  const members = new Set<string>()
  for (const side of [base, ours, theirs]) {
    if (isMembers(side)) { for (const key of Object.keys(side)) members.add(key) }
  }
  return members
}

const mergeObject: Merge = (place, sides) => {
  const notes: Array<DocumentConflict> = []
  const members: Array<readonly [string, Draft<DocumentConflict>]> = []
  for (const key of membersOf(sides)) {
    const merged = mergeAt(below(place, key), {
      base: memberOf(sides.base, key),
      ours: memberOf(sides.ours, key),
      theirs: memberOf(sides.theirs, key)
    })
    members.push([key, merged.draft])
    for (const note of merged.notes) notes.push(note)
  }
  return { draft: objectDraft(members), notes }
}

const isAbsent = (value: Value | undefined): value is undefined => value === undefined

/** Tells whether sides merge as values of one shape: all have it, or base has none, or something is moved into it. */
const areAll = <V extends Value>(
  { terms, at, moves }: Place,
  { base, ours, theirs }: Sides,
  is: (value: Value | undefined) => value is V
): boolean => {
  if (!is(base) && !terms.isNone(base)) return false
  if (is(ours) && is(theirs)) return true
  return isAbsent(base) && moves.through.has(at) && ((is(ours) && isAbsent(theirs)) || (isAbsent(ours) && is(theirs)))
}

/** Tells whether one side removed what holds an element of which it is open where it is. */
const isGuarded = ({ at, moves }: Place, { base, ours, theirs }: Sides): boolean =>
  moves.guarded.has(at) && base !== undefined && (ours === undefined) !== (theirs === undefined)

const isAtomic = ({ terms, path }: Place): boolean => terms.hasWays && terms.wayAt(path) === "atomic"

const areStrings = (sides: Sides): sides is { readonly base: string; readonly ours: string; readonly theirs: string } =>
  typeof sides.base === "string" && typeof sides.ours === "string" && typeof sides.theirs === "string"

const mergeScalars: Merge = (place, sides) => {
  const taken = takeChanged(place, sides)
  if (taken !== undefined) return taken
  const isText = place.terms.hasWays && areStrings(sides) && place.terms.wayAt(place.path) === "text"
  return (isText ? mergeStrings(place, sides) : undefined) ?? conflicting(place, sides)
}

const listOf = (value: Value | undefined): ReadonlyArray<Value> => isList(value) ? value : []

const mergeAt: Merge = (place, given) => {
  const { terms, path } = place
  if (terms.isTheirs(path)) return settled(given.theirs)
  const base = given.base
  const sides = { base, ours: terms.known(path, given.ours, base), theirs: terms.known(path, given.theirs, base) }
  if (areAll<Members>(place, sides, isMembers)) {
    return isAtomic(place) ? mergeWhole(place, sides) : mergeObject(place, sides)
  }
  if (areAll<ReadonlyArray<Value>>(place, sides, isList)) {
    const lists = { base: listOf(base), ours: listOf(sides.ours), theirs: listOf(sides.theirs) }
    return mergeList({ place, sides, lists, merge: mergeAt })
  }
  if (isGuarded(place, sides)) return conflicting(place, sides, { kind: "delete-edit" })
  return mergeScalars(place, sides)
}

const byPath = (a: DocumentConflict, b: DocumentConflict): number => a.path < b.path ? -1 : a.path > b.path ? 1 : 0

const outcomeOf = ({ draft, notes }: Merged): DocumentMerge => {
  if (draft._tag === "value") return { _tag: "merged", document: draft.value, notes }
  const conflicts = conflictsOf(draft).toSorted(byPath)
  const numbers = new Map(conflicts.map((conflict, at) => [conflict, at]))
  return { _tag: "conflict", conflicts, notes, draft: mapDraft(draft, (conflict) => numbers.get(conflict) ?? 0) }
}

const rootOf = (terms: Terms, moves: Moves): Place => ({ terms, path: [], at: "", moves })

const wholeDocument = (terms: Terms, sides: Sides, kind: "too-deep" | "move-cycle"): DocumentMerge => {
  const root = rootOf(terms, noMoves)
  const taken = takeChanged(root, sides)
  if (taken !== undefined) return outcomeOf(taken)
  const conflict = conflictAbout(root, sides, { kind, severity: "critical", suggestions: ["take-ours", "take-theirs"] })
  return outcomeOf({ draft: { _tag: "hole", conflict }, notes: [] })
}

const movesIn = (terms: Terms, sides: Sides) =>
  terms.movable.length > 0 ? relocate(terms, sides) : { sides, moves: noMoves, isCircular: false }

/** Merges documents by rules. An absent side is `undefined`: a document that is new, or deleted. */
export const mergeDocument = (sides: Sides, rules: DocumentRules = {}): DocumentMerge => {
  const terms = plainTerms(rules)
  if (Object.values(sides).some((side) => isDeeper(side, Limits.mergeDepthMax))) {
    return wholeDocument(terms, sides, "too-deep")
  }
  const moved = movesIn(terms, sides)
  if (moved.isCircular) return wholeDocument(terms, sides, "move-cycle")
  return outcomeOf(mergeAt(rootOf(terms, moved.moves), moved.sides))
}

/** Merges documents of a kind by its field roles. An absent side is `undefined`: a resource that is new, or deleted. */
export const mergeOfKind = (kind: Kind, sides: Sides): DocumentMerge =>
  outcomeOf(mergeAt(rootOf(kindTerms(kind), noMoves), sides))

/** Compares two sides with what both came from; conflicts are sorted by path, which does not depend on the sides. */
export const threeWay: ThreeWayCompare = (kind, base, ours, theirs) => {
  const merge = outcomeOf(mergeObject(rootOf(kindTerms(kind), noMoves), { base, ours, theirs }))
  if (merge._tag === "conflict")
    return { _tag: "conflict", conflicts: merge.conflicts as ReadonlyArray<Conflict<Json>> }
  return { _tag: "merged", document: isMembers(merge.document) ? merge.document as Document : {} }
}
