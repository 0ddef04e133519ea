/**
 * Merges lists whose elements are told apart by a field: element by element, wherever they stand.
 *
 * It recurses even where one side alone changed, because an element may hold fields that a side cannot show. A key that
 * is missing or there twice leaves nothing to go by: then the list merges as a whole, and a note says so. One side's
 * order is taken where the other left it; where both reordered, it is ours, with a note.
 */
import { type DocumentConflict, listDraft } from "./Draft.ts"
import type { Moved } from "./Moves.ts"
import {
  below,
  conflictAbout,
  conflicting,
  type Merge,
  type Merged,
  mergeWhole,
  type Place,
  type Sides
} from "./Node.ts"
import { identityOf, keyOf } from "./Stationary.ts"
import type { Keyed } from "./Terms.ts"
import { isMembers, type Value } from "./Value.ts"

/** Three lists; a base that holds none counts as empty. */
export interface Lists {
  readonly base: ReadonlyArray<Value>
  readonly ours: ReadonlyArray<Value>
  readonly theirs: ReadonlyArray<Value>
}

/** A list to merge. */
export interface Asked {
  readonly place: Place
  /** As they stand, for reporting. */
  readonly sides: Sides
  readonly lists: Lists
  readonly merge: Merge
}

type Elements = ReadonlyMap<string, Value>

/** The elements by key, or `undefined` where a key is missing, no scalar, or there twice. */
const byKey = ({ terms, path }: Place, field: string, items: ReadonlyArray<Value>): Elements | undefined => {
  const at = [...path, "*", field]
  const elements = new Map<string, Value>()
  for (const item of items) {
    const key = isMembers(item) ? keyOf(item, field) : undefined
    if (key === undefined) return undefined
    elements.set(String(terms.form(at, key)), item)
  }
  return elements.size === items.length ? elements : undefined
}

const among = (keys: Iterable<string>, others: ReadonlySet<string>): string =>
  JSON.stringify([...keys].filter((key) => others.has(key)))

/** Keys of `other` that `lead` lacks go behind the one they follow in `other`. */
const interleave = (lead: ReadonlyArray<string>, other: ReadonlyArray<string>): ReadonlyArray<string> => {
  const known = new Set(lead)
  const followers = new Map<string | undefined, Array<string>>()
  let anchor: string | undefined
  for (const key of other) {
    if (known.has(key)) anchor = key
    else {
      const behind = followers.get(anchor)
      if (behind === undefined) followers.set(anchor, [key])
      else behind.push(key)
    }
  }
  return [...followers.get(undefined) ?? [], ...lead.flatMap((key) => [key, ...followers.get(key) ?? []])]
}

interface Order {
  readonly keys: ReadonlyArray<string>
  /** Whether both sides reordered what was there, differently. */
  readonly isContested: boolean
}

/** Ours leads where we reordered what was there; otherwise theirs, who may have. */
const orderOf = (base: Elements, ours: Elements, theirs: Elements): Order => {
  const [mine, other] = [[...ours.keys()], [...theirs.keys()]]
  const common = new Set([...base.keys()].filter((key) => ours.has(key) && theirs.has(key)))
  const [was, weHave, theyHave] = [among(base.keys(), common), among(mine, common), among(other, common)]
  return {
    keys: weHave === was ? interleave(other, mine) : interleave(mine, other),
    isContested: weHave !== was && theyHave !== was && weHave !== theyHave
  }
}

const deleted = (place: Place, sides: Sides): Merged => conflicting(place, sides, { kind: "delete-edit" })

/** An element that both sides moved: it stands where the chosen side put it. */
const contested = ({ place, merge }: Asked, move: Moved): Merged => {
  const inside = place.moves.contested.get(move.id) ?? contest(place, move, merge)
  place.moves.contested.set(move.id, inside)
  const of = move.lists.ours === place.at ? "ours" : move.lists.theirs === place.at ? "theirs" : "base"
  return { draft: { _tag: "slot", conflict: inside.conflict, of, draft: inside.draft }, notes: inside.notes }
}

/** Merges it under the place that both moved it from, whichever of its places comes first. */
const contest = (place: Place, move: Moved, merge: Merge) => {
  const at: Place = { ...place, path: move.from }
  const { draft, notes } = merge({ ...at, at: move.id }, move.sides)
  const conflict = conflictAbout(at, move.places, {
    kind: "move-move",
    severity: "critical",
    suggestions: ["take-ours", "take-theirs"]
  })
  return { conflict, draft, notes }
}

/** What both sides moved is a conflict of moves, wherever it can be answered. */
const kindOfStranded = ({ lists }: Moved): "move-move" | "delete-edit" =>
  lists.ours !== lists.base && lists.theirs !== lists.base ? "move-move" : "delete-edit"

/** The element of a key: where it stands in an identity, whatever list each side has it in. */
const element = (asked: Asked, way: Keyed, key: string, sides: Sides): Merged => {
  const { place, merge } = asked
  const id = place.moves.isNone ? undefined : identityOf(way, key)
  if (id === undefined || !place.moves.known.has(id)) return merge(below(place, key), sides)
  const move = place.moves.moved.get(id)
  if (move?.fate === "move-move") return contested(asked, move)
  const at: Place = { ...below(place, key), at: id }
  if (move === undefined) return merge(at, sides)
  if (move.fate === "stranded") return conflicting(at, sides, { kind: kindOfStranded(move) })
  return move.fate === "move-delete" ? deleted(at, move.sides) : merge(at, move.sides)
}

/** Where elements stood that both sides moved away, should somebody want them back there. */
const formerly = (asked: Asked): ReadonlyArray<Merged> => {
  const { moves, at } = asked.place
  if (moves.isNone) return []
  return [...moves.moved.values()]
    .filter(({ fate, lists }) => fate === "move-move" && lists.base === at)
    .map((move) => contested(asked, move))
}

const unkeyed = (asked: Asked): Merged => {
  const { place, sides } = asked
  const merged = mergeWhole(place, sides)
  if ([sides.ours, sides.theirs].every((side) => place.terms.same(place.path, side, sides.base))) return merged
  const note = conflictAbout(place, sides, { kind: "unkeyed", severity: "warning" })
  return { draft: merged.draft, notes: [...merged.notes, note] }
}

const orderNote = ({ place, sides }: Asked): DocumentConflict =>
  conflictAbout(place, sides, { kind: "order", severity: "warning", suggestions: ["take-ours", "take-theirs"] })

/** Recurses per key. */
export const mergeKeyed = (asked: Asked, way: Keyed): Merged => {
  const { place, lists } = asked
  const base = byKey(place, way.keyed, lists.base)
  const ours = byKey(place, way.keyed, lists.ours)
  const theirs = byKey(place, way.keyed, lists.theirs)
  if (base === undefined || ours === undefined || theirs === undefined) return unkeyed(asked)
  const { keys, isContested } = orderOf(base, ours, theirs)
  const merged = [
    ...keys.map((key) =>
      element(asked, way, key, { base: base.get(key), ours: ours.get(key), theirs: theirs.get(key) })
    ),
    ...formerly(asked)
  ]
  return {
    draft: listDraft(merged.map(({ draft }) => draft)),
    notes: [...merged.flatMap(({ notes }) => notes), ...isContested ? [orderNote(asked)] : []]
  }
}
