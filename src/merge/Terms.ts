/**
 * What the places of a document mean while it merges: how a list merges, what counts as nothing, which values are
 * alike.
 *
 * There are two sets of terms. Plain ones go by a table of paths, and absent is not null. Those of a kind go by its
 * field roles: the canonical form decides, null counts as absent, and what a side cannot show counts as unchanged.
 */
import { canonicalValue, isNothing, isReadOnly } from "../domain/Canonical.ts"
import { equalJson, type Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { matches, type Path } from "../domain/Pointer.ts"
import { sameValue, type Value } from "./Value.ts"

/** A list whose elements are told apart by a field. */
export interface Keyed {
  readonly keyed: string
  /**
   * Under which name the key tells elements apart in other lists, too, so that one that changed lists was moved. It is
   * the path that the way is given for, unless said otherwise; `list` where the key means nothing outside its list.
   */
  readonly identity?: string
}

/**
 * How a place merges, where that is not by the members of an object, and for anything else as a whole. `set`,
 * `sequence` and keyed are for lists, `text` for strings that hold line breaks; `atomic` is for anything.
 */
export type Way = "atomic" | "set" | "sequence" | "text" | Keyed

/** Ways by JSON Pointer, in which `*` stands for any member or element: `{ "/tags": "set" }`. */
export interface DocumentRules {
  readonly [pointer: string]: Way
}

/** The way of a list whose elements are told apart by a field. */
export const keyed = (field: string, identity?: string): Keyed =>
  identity === undefined ? { keyed: field } : { keyed: field, identity }

/** What places mean. */
export interface Terms {
  /** Whether any place may be atomic or text, beside lists. */
  readonly hasWays: boolean
  /** The patterns of lists whose elements may move: there may be several for one identity. */
  readonly movable: ReadonlyArray<string>
  readonly wayAt: (path: Path) => Way | undefined
  readonly isNone: (value: Value | undefined) => boolean
  readonly same: (path: Path, a: Value | undefined, b: Value | undefined) => boolean
  /** Whether a place is theirs, whatever the others say. */
  readonly isTheirs: (path: Path) => boolean
  /** A side as it is known: where it says nothing, base stands in for it. */
  readonly known: (path: Path, side: Value | undefined, base: Value | undefined) => Value | undefined
  /** A value as it compares. */
  readonly form: (path: Path, value: Value) => Value
}

const starsIn = (pattern: string): number => pattern.split("/").filter((segment) => segment === "*").length

type Ways = ReadonlyArray<readonly [pattern: string, way: Way]>

/** With the identity that each list has unless it says otherwise; the pattern with the fewest stars first. */
const waysOf = (rules: DocumentRules): Ways =>
  Object.entries(rules)
    .toSorted(([a], [b]) => starsIn(a) - starsIn(b))
    .map(([pattern, way]) =>
      [pattern, typeof way === "string" || way.identity !== undefined ? way : { ...way, identity: pattern }] as const
    )

const movableIn = (ways: Ways): ReadonlyArray<string> => {
  const lists = ways.filter(([, way]) => typeof way === "object" && way.identity !== "list")
  const identities = new Set(lists.map(([, way]) => typeof way === "object" ? way.identity : ""))
  const isOne = identities.size === lists.length && lists.every(([pattern]) => starsIn(pattern) === 0)
  return isOne ? [] : lists.map(([pattern]) => pattern)
}

const termsOf = (rules: DocumentRules): Terms => {
  const ways = waysOf(rules)
  return {
    hasWays: ways.some(([, way]) => way === "atomic" || way === "text"),
    movable: movableIn(ways),
    wayAt: (path) => ways.find(([pattern]) => matches(pattern, path))?.[1],
    isNone: (value) => value === undefined,
    same: (_, a, b) => sameValue(a, b),
    isTheirs: () => false,
    known: (_, side) => side,
    form: (_, value) => value
  }
}

/** Terms by their rules, since the same rules are asked for again and again. */
const known = new WeakMap<DocumentRules, Terms>()

/** The terms of rules; where several patterns mean a place, the one with the fewest stars counts. */
export const plainTerms = (rules: DocumentRules): Terms => {
  const terms = known.get(rules) ?? termsOf(rules)
  known.set(rules, terms)
  return terms
}

/** Documents of a kind hold JSON only. */
const jsonOf = (value: Value | undefined): Json | undefined => value as Json | undefined

/** Tells whether two values of a kind mean the same at a place. */
const sameOfKind = (kind: Kind, path: Path, a: Json | undefined, b: Json | undefined): boolean => {
  const nothing = [a, b].filter((value) => isNothing(kind, value, path)).length
  if (a === undefined || b === undefined || nothing > 0) return nothing === 2
  return equalJson(a, b) || equalJson(canonicalValue(kind, a, path), canonicalValue(kind, b, path))
}

/** The terms of a kind. Its lists have no identity beyond themselves: APIs name their elements list by list. */
export const kindTerms = (kind: Kind): Terms => {
  const { mask, roles } = kind
  const isAt = (path: Path, patterns: ReadonlyArray<string>) => patterns.some((pattern) => matches(pattern, path))
  return {
    hasWays: roles.texts.length > 0,
    movable: [],
    wayAt: (path) => {
      if (isAt(path, roles.sets)) return "set"
      if (isAt(path, roles.sequences)) return "sequence"
      if (isAt(path, roles.texts)) return "text"
      const role = roles.keyed.find((one) => matches(one.path, path))
      return role === undefined ? undefined : keyed(role.key, "list")
    },
    isNone: (value) => value === undefined || value === null,
    same: (path, a, b) => sameOfKind(kind, path, jsonOf(a), jsonOf(b)),
    isTheirs: (path) => isReadOnly(kind, path),
    known: (path, side, base) => {
      if (side === undefined) return isAt(path, roles.writeOnly) ? base : side
      return typeof side === "string" && mask?.test(side) === true && isAt(path, roles.sensitive) ? base : side
    },
    form: (path, value) => canonicalValue(kind, value as Json, path)
  }
}
