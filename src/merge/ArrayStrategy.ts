/**
 * How arrays merge: one strategy per array, chosen by the field roles of the kind, from a table.
 *
 * Without a role an array is atomic, since position alone does not tell which element is which. Keyed lists recurse
 * even where one side alone changed, because an element may hold fields that a side cannot show. Sequences are to
 * join the table.
 */
import { canonicalValue } from "../domain/Canonical.ts"
import { canonicalText, isObject, type Json, type JsonObject } from "../domain/Document.ts"
import { matches } from "../domain/Pointer.ts"
import { below, conflicting, type Merge, type Merged, type Place, settled, type Sides, takeChanged } from "./Node.ts"

/** How one array merges. */
export type ArrayStrategy =
  | { readonly _tag: "atomic" }
  | { readonly _tag: "set" }
  | { readonly _tag: "keyed"; readonly key: string }

/** The three arrays; a base that holds none counts as empty. */
export interface ArraySides {
  readonly base: ReadonlyArray<Json>
  readonly ours: ReadonlyArray<Json>
  readonly theirs: ReadonlyArray<Json>
}

interface Asked {
  readonly place: Place
  /** As they stand, for reporting. */
  readonly sides: Sides
  readonly arrays: ArraySides
  readonly merge: Merge
}

/** The strategy of the array at a place. */
export const strategyAt = ({ kind, path }: Place): ArrayStrategy => {
  if (kind.roles.sets.some((pattern) => matches(pattern, path))) return { _tag: "set" }
  const keyed = kind.roles.keyed.find((role) => matches(role.path, path))
  return keyed === undefined ? { _tag: "atomic" } : { _tag: "keyed", key: keyed.key }
}

/** The elements of an array by their canonical text, or by that of their key. */
const byText = (place: Place, items: ReadonlyArray<Json>): ReadonlyMap<string, Json> => {
  const element = below(place, "*")
  return new Map(items.map((item) => [canonicalText(canonicalValue(place.kind, item, element.path)), item]))
}

const mergeAtomic = ({ place, sides }: Asked): Merged => takeChanged(place, sides) ?? conflicting(place, sides)

/** Stays what all three have; comes what either side adds. */
const mergeSet = ({ place, sides, arrays }: Asked): Merged => {
  const taken = takeChanged(place, sides)
  if (taken !== undefined) return taken
  const base = byText(place, arrays.base)
  const ours = byText(place, arrays.ours)
  const theirs = byText(place, arrays.theirs)
  const stays = [...ours].filter(([text]) => theirs.has(text) || !base.has(text))
  const comes = [...theirs].filter(([text]) => !ours.has(text) && !base.has(text))
  return settled([...stays, ...comes].map(([, item]) => item))
}

type Elements = ReadonlyMap<string, JsonObject>

/** The elements by key, or `undefined` where a key is missing, no scalar, or there twice. */
const byKey = (place: Place, key: string, items: ReadonlyArray<Json>): Elements | undefined => {
  const path = [...place.path, "*", key]
  const entries = items.flatMap((item): ReadonlyArray<readonly [string, JsonObject]> => {
    const value = isObject(item) && Object.hasOwn(item, key) ? item[key] : undefined
    const scalar = typeof value === "string" || typeof value === "number"
    return scalar && isObject(item) ? [[String(canonicalValue(place.kind, value, path)), item]] : []
  })
  const elements = new Map(entries)
  return elements.size === items.length ? elements : undefined
}

const inOrder = (keys: Iterable<string>, among: Elements): string =>
  JSON.stringify([...keys].filter((key) => among.has(key)))

/** Keys of `other` that `lead` lacks go behind the one they follow in `other`. */
const interleave = (lead: ReadonlyArray<string>, other: ReadonlyArray<string>): ReadonlyArray<string> => {
  const known = new Set(lead)
  const followers = new Map<string | undefined, Array<string>>()
  let anchor: string | undefined
  for (const key of other) {
    if (known.has(key)) anchor = key
    else followers.set(anchor, [...(followers.get(anchor) ?? []), key])
  }
  return [...followers.get(undefined) ?? [], ...lead.flatMap((key) => [key, ...followers.get(key) ?? []])]
}

/** Ours leads where we reordered what was there; otherwise theirs, who may have. */
const orderOf = (base: Elements, ours: Elements, theirs: Elements): ReadonlyArray<string> => {
  const common = new Map([...base].filter(([key]) => ours.has(key) && theirs.has(key)))
  const weReordered = inOrder(ours.keys(), common) !== inOrder(base.keys(), common)
  return weReordered
    ? interleave([...ours.keys()], [...theirs.keys()])
    : interleave([...theirs.keys()], [...ours.keys()])
}

/** Recurses per key. Two elements of one key, or an element without, leave nothing to go by: atomic. */
const mergeKeyed = (asked: Asked, key: string): Merged => {
  const { place, arrays, merge } = asked
  const base = byKey(place, key, arrays.base)
  const ours = byKey(place, key, arrays.ours)
  const theirs = byKey(place, key, arrays.theirs)
  if (base === undefined || ours === undefined || theirs === undefined) return mergeAtomic(asked)
  const merged = orderOf(base, ours, theirs).map((name) =>
    merge(below(place, name), { base: base.get(name), ours: ours.get(name), theirs: theirs.get(name) })
  )
  return {
    value: merged.flatMap(({ value }) => value === undefined ? [] : [value]),
    conflicts: merged.flatMap(({ conflicts }) => conflicts)
  }
}

type Strategies = {
  readonly [T in ArrayStrategy["_tag"]]: (
    asked: Asked,
    strategy: Extract<ArrayStrategy, { readonly _tag: T }>
  ) => Merged
}

const strategies: Strategies = {
  atomic: mergeAtomic,
  set: mergeSet,
  keyed: (asked, { key }) => mergeKeyed(asked, key)
}

/** Merges an array by its strategy. */
export const mergeArray = (asked: Asked): Merged => {
  const strategy = strategyAt(asked.place)
  switch (strategy._tag) {
    case "atomic":
      return strategies.atomic(asked, strategy)
    case "set":
      return strategies.set(asked, strategy)
    case "keyed":
      return strategies.keyed(asked, strategy)
  }
}
