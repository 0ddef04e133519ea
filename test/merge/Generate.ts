/**
 * Documents for the laws of merging, by a seed: a base and what two sides made of it, related as real ones are. They
 * nest, repeat keys, hold numbers that no double holds, emoji, and names that objects have of their own.
 */
import { keyed, Numeral, type Value } from "../../src/merge/Merge.ts"

export type Random = (below: number) => number

/** The same numbers for the same seed (mulberry32). */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

export const pick = <A>(random: Random, among: ReadonlyArray<A>): A => {
  const found = among[random(among.length)]
  if (found === undefined) throw new Error("nothing to pick from")
  return found
}

const scalars: ReadonlyArray<Value> = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  new Numeral("1.0"),
  new Numeral("9007199254740993"),
  new Numeral("9007199254740992.0"),
  new Numeral("1e400"),
  new Numeral("-0"),
  "",
  "a",
  "1",
  "🙂 é",
  "e\u0301",
  "two\nlines\n",
  "one\ntwo\nthree\nfour\n"
]
const names = ["a", "b", "🙂", "", "/", "~", "__proto__", "constructor", "toString"]

/** How the fields of the documents merge. */
export const rules = {
  "/set": "set",
  "/seq": "sequence",
  "/text": "text",
  "/groups": keyed("id"),
  "/groups/*/members": keyed("id"),
  "/groups/*/tags": "set",
  "/whole": "atomic"
} as const

const many = <A>(random: Random, most: number, make: () => A): ReadonlyArray<A> =>
  Array.from({ length: random(most + 1) }, make)

const plain = (random: Random, depth: number): Value => {
  const what = depth === 0 ? 0 : random(4)
  if (what < 2) return pick(random, scalars)
  if (what === 2) return many(random, 3, () => plain(random, depth - 1))
  return Object.fromEntries(many(random, 3, () => [pick(random, names), plain(random, depth - 1)] as const))
}

const memberOf = (random: Random): Value => ({
  id: pick(random, ["m", "n", "o", "p", 1]),
  ...random(2) === 0 ? { v: pick(random, scalars) } : {},
  ...random(3) === 0 ? { w: plain(random, 1) } : {}
})

const groupOf = (random: Random): Value => ({
  ...random(12) === 0 ? {} : { id: pick(random, ["x", "y", "z"]) },
  ...random(4) === 0 ? {} : { members: many(random, 3, () => memberOf(random)) },
  ...random(2) === 0 ? { tags: many(random, 3, () => pick(random, scalars)) } : {}
})

const fields: Readonly<Record<string, (random: Random) => Value>> = {
  set: (random) => many(random, 4, () => pick(random, scalars)),
  seq: (random) => many(random, 6, () => plain(random, 1)),
  text: (random) => many(random, 8, () => pick(random, ["a\n", "b\n", "c\n", "}\n", "🙂\n"])).join(""),
  groups: (random) => many(random, 3, () => groupOf(random)),
  whole: (random) => plain(random, 2),
  free: (random) => plain(random, 3),
  other: (random) => plain(random, 2)
}
const fieldNames = Object.keys(fields)

export interface Members {
  readonly [key: string]: Value
}

/** A document. */
export const documentOf = (random: Random): Members =>
  Object.fromEntries(fieldNames.flatMap((name) => random(4) === 0 ? [] : [[name, fields[name]?.(random) ?? null]]))

const isObject = (value: Value | undefined): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Numeral)

const without = (members: Members, key: string): Members =>
  Object.fromEntries(Object.entries(members).filter(([name]) => name !== key))

const withMember = (members: Members, key: string, value: Value): Members =>
  Object.fromEntries([...Object.entries(members).filter(([name]) => name !== key), [key, value]])

const editedList = (random: Random, list: ReadonlyArray<Value>): Value => {
  const at = random(list.length + 1)
  const [before, item, after] = [list.slice(0, at), list[at], list.slice(at + 1)]
  switch (random(4)) {
    case 0:
      return [...before, ...after]
    case 1:
      return [...before, ...item === undefined ? [] : [item], plain(random, 1), ...after]
    case 2:
      return [...after, ...before, ...item === undefined ? [] : [item]]
    default:
      return item === undefined ? list : [...before, edited(random, item), ...after]
  }
}

/** The value with one small change. */
export const edited = (random: Random, value: Value): Value => {
  if (Array.isArray(value) && random(6) > 0) return editedList(random, value)
  if (!isObject(value) || random(10) === 0) return plain(random, 1)
  const keys = Object.keys(value)
  const key = keys.length === 0 || random(5) === 0 ? pick(random, names) : pick(random, keys)
  const inner = value[key]
  if (inner === undefined) return withMember(value, key, plain(random, 1))
  return random(6) === 0 ? without(value, key) : withMember(value, key, edited(random, inner))
}

/** Moves a member from one group to another. */
const moved = (random: Random, document: Members): Members => {
  const groups = document["groups"]
  if (!Array.isArray(groups) || groups.length < 2) return document
  const [from, to] = [random(groups.length), random(groups.length)]
  const membersOf = (at: number): ReadonlyArray<Value> => {
    const members = isObject(groups[at]) ? groups[at]["members"] : undefined
    return Array.isArray(members) ? members : []
  }
  const member = membersOf(from)[0]
  if (member === undefined || from === to) return document
  const set = (group: Value, members: ReadonlyArray<Value>): Value =>
    isObject(group) ? withMember(group, "members", members) : group
  const after = groups.map((group: Value, at) =>
    at === from
      ? set(group, membersOf(from).slice(1))
      : at === to
      ? set(group, [...membersOf(to), member])
      : group
  )
  return { ...document, groups: after }
}

const editedDocument = (random: Random, document: Members): Members =>
  Array.from({ length: random(4) }).reduce<Members>((now) => {
    const name = pick(random, fieldNames)
    if (random(6) === 0) return moved(random, now)
    const value = now[name]
    if (value === undefined) return withMember(now, name, fields[name]?.(random) ?? null)
    return random(8) === 0 ? without(now, name) : withMember(now, name, edited(random, value))
  }, document)

/** A base and two sides of it. */
export const threeOf = (
  random: Random
): { readonly base: Members; readonly ours: Members; readonly theirs: Members } => {
  const base = documentOf(random)
  return { base, ours: editedDocument(random, base), theirs: editedDocument(random, base) }
}
