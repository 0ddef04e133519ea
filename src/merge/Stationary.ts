/**
 * A quick look whether any element may have changed lists at all. Most merges move nothing, and to find out in full
 * costs more than all the rest of them.
 */
import { parsePointer, type Path } from "../domain/Pointer.ts"
import type { Sides } from "./Node.ts"
import type { Keyed, Terms } from "./Terms.ts"
import { isList, isMembers, Numeral, type Value, worth } from "./Value.ts"

/** The key of an element as text; `undefined` where it has none. */
export const keyOf = (item: Value, field: string): string | undefined => {
  const value = isMembers(item) && Object.hasOwn(item, field) ? item[field] : undefined
  if (typeof value === "string") return value
  return typeof value === "number" || value instanceof Numeral ? worth(value) : undefined
}

/** The identity of an element; `undefined` where its key means nothing outside its list. */
export const identityOf = ({ identity }: Keyed, key: string): string | undefined =>
  identity === undefined || identity === "list" ? undefined : `${identity}\u0000${key}`

/** A walk through one document: where each element stands, as long as none stands there twice. */
interface Walk {
  readonly terms: Terms
  /** Where we are; pushed and popped. */
  readonly path: Array<string>
  readonly standing: Map<string, string>
  hasTwice: boolean
}

type Patterns = ReadonlyArray<Path>

const onward = (patterns: Patterns, depth: number, segment: string): Patterns => {
  const next = patterns.filter((pattern) => pattern[depth] === "*" || pattern[depth] === segment)
  return next.length === patterns.length ? patterns : next
}

const into = (walk: Walk, patterns: Patterns, segment: string, [value, at]: readonly [Value, string]): void => {
  const next = onward(patterns, walk.path.length, segment)
  if (next.length === 0) return
  walk.path.push(segment)
  look(walk, next, value, at)
  walk.path.pop()
}

const lookInList = (walk: Walk, patterns: Patterns, items: ReadonlyArray<Value>, at: string): void => {
  const depth = walk.path.length
  const way = patterns.some(({ length }) => length === depth) ? walk.terms.wayAt(walk.path) : undefined
  for (let index = 0; index < items.length; index++) {
    const item = items[index] ?? null
    const key = typeof way === "object" ? keyOf(item, way.keyed) : undefined
    const id = typeof way === "object" && key !== undefined ? identityOf(way, key) : undefined
    if (id !== undefined) {
      if (walk.standing.has(id)) walk.hasTwice = true
      walk.standing.set(id, at)
    }
    const segment = key ?? String(index)
    into(walk, patterns, segment, [item, id ?? `${at}/${segment}`])
  }
}

const look = (walk: Walk, patterns: Patterns, value: Value, at: string): void => {
  if (isList(value)) {
    lookInList(walk, patterns, value, at)
    return
  }
  if (!isMembers(value)) return
  for (const key of Object.keys(value)) into(walk, patterns, key, [value[key] ?? null, `${at}/${key}`])
}

/** Tells whether surely no element changed lists; where identities are ambiguous, it is not sure. */
export const isStationary = (terms: Terms, { base, ours, theirs }: Sides): boolean => {
  const patterns = terms.movable.map(parsePointer)
  const standingIn = (document: Value | undefined): ReadonlyMap<string, string> | undefined => {
    const walk: Walk = { terms, path: [], standing: new Map(), hasTwice: false }
    if (document !== undefined) look(walk, patterns, document, "")
    return walk.hasTwice ? undefined : walk.standing
  }
  const [was, mine, other] = [standingIn(base), standingIn(ours), standingIn(theirs)]
  if (was === undefined || mine === undefined || other === undefined) return false
  for (const [id, at] of was) {
    if ((mine.get(id) ?? at) !== at || (other.get(id) ?? at) !== at) return false
  }
  return true
}
