/**
 * Places of a document by the pointers that conflicts use: members by name, elements of keyed lists by key.
 *
 * Tells which places differ between two documents, and takes some of them from one document into another.
 */
import { parsePointer, type Path, renderPointer } from "../domain/Pointer.ts"
import { keyOf } from "./Stationary.ts"
import { plainTerms, type Terms } from "./Terms.ts"
import type { DocumentRules } from "./Terms.ts"
import { isList, isMembers, sameValue, type Value } from "./Value.ts"

/** What a value holds, by the segment of a pointer; `undefined` where it is told from others as a whole only. */
const partsOf = (terms: Terms, path: Path, value: Value | undefined): ReadonlyMap<string, Value> | undefined => {
  const way = terms.wayAt(path)
  if (isMembers(value)) return way === "atomic" ? undefined : new Map(Object.entries(value))
  if (!isList(value) || typeof way !== "object") return undefined
  const parts = new Map<string, Value>()
  for (const item of value) {
    const key = keyOf(item, way.keyed)
    if (key === undefined || parts.has(key)) return undefined
    parts.set(key, item)
  }
  return parts
}

/** The pointers of the places that differ between two documents, as deep as they can be told apart. */
export const changedPlaces = (
  before: Value | undefined,
  after: Value | undefined,
  rules: DocumentRules = {}
): ReadonlyArray<string> => {
  const terms = plainTerms(rules)
  const found: Array<string> = []
  const compare = (path: Path, a: Value | undefined, b: Value | undefined): void => {
    if (sameValue(a, b)) return
    const [was, is] = [partsOf(terms, path, a), partsOf(terms, path, b)]
    if (was === undefined || is === undefined || isList(a) !== isList(b)) {
      found.push(renderPointer(path))
      return
    }
    const count = found.length
    for (const key of new Set([...was.keys(), ...is.keys()])) compare([...path, key], was.get(key), is.get(key))
    // A list whose elements stand in another order.
    if (found.length === count) found.push(renderPointer(path))
  }
  compare([], before, after)
  return found
}

/** Tells whether one place is the other, or lies in it. */
export const areRelated = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)

const withPart = (
  terms: Terms,
  path: Path,
  value: Value | undefined,
  [key, part]: [string, Value | undefined]
): Value | undefined => {
  if (isList(value)) {
    const way = terms.wayAt(path)
    const is = (item: Value): boolean => typeof way === "object" && keyOf(item, way.keyed) === key
    if (part === undefined) return value.filter((item) => !is(item))
    return value.some(is) ? value.map((item) => is(item) ? part : item) : [...value, part]
  }
  const members = isMembers(value) ? value : {}
  const entries = Object.entries(members)
  if (part === undefined) return Object.fromEntries(entries.filter(([name]) => name !== key))
  return Object.fromEntries(
    Object.hasOwn(members, key)
      ? entries.map(([name, member]) => [name, name === key ? part : member])
      : [...entries, [key, part]]
  )
}

/** A document with some of its places as they are in another one. */
export const withPlaces = (
  document: Value | undefined,
  from: Value | undefined,
  pointers: ReadonlyArray<string>,
  rules: DocumentRules = {}
): Value | undefined => {
  const terms = plainTerms(rules)
  const take = (
    path: Path,
    [key, ...rest]: Path,
    into: Value | undefined,
    other: Value | undefined
  ): Value | undefined => {
    if (key === undefined) return other
    const [mine, theirs] = [partsOf(terms, path, into)?.get(key), partsOf(terms, path, other)?.get(key)]
    if (mine === undefined && theirs === undefined) return into
    return withPart(terms, path, into, [key, take([...path, key], rest, mine, theirs)])
  }
  return pointers.reduce<Value | undefined>((now, pointer) => take([], parsePointer(pointer), now, from), document)
}
