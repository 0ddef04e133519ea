/**
 * Lays a declared document over an observed one: `spec` is partial, so a field that is not declared stays as it is.
 *
 * Objects recurse, scalars and arrays are taken from the declaration. An array whose observed elements hold all that
 * the declared ones say stays as observed, so that fields a server adds to elements make no difference.
 */
import { canonicalValue } from "../domain/Canonical.ts"
import { type Document, equalJson, isArray, isObject, type Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { covers, getAt, matches, parsePointer, type Path, withAt } from "../domain/Pointer.ts"

const isSet = (kind: Kind, path: Path): boolean => kind.roles.sets.some((pattern) => matches(pattern, path))

const holds = (kind: Kind, observed: Json, declared: Json, path: Path): boolean =>
  equalJson(canonicalValue(kind, overlayAt(kind, observed, declared, path), path), canonicalValue(kind, observed, path))

const holdsAll = (
  kind: Kind,
  observed: ReadonlyArray<Json>,
  declared: ReadonlyArray<Json>,
  path: Path
): boolean => {
  if (observed.length !== declared.length) return false
  if (!isSet(kind, path))
    return declared.every((item, i) => holds(kind, observed[i] ?? null, item, [...path, String(i)]))
  const free = new Set(observed.keys())
  return declared.every((item) => {
    const at = [...free].find((index) => holds(kind, observed[index] ?? null, item, [...path, String(index)]))
    return at !== undefined && free.delete(at)
  })
}

const overlayAt = (kind: Kind, observed: Json | undefined, declared: Json, path: Path): Json => {
  if (isArray(declared)) {
    const kept = isArray(observed) && holdsAll(kind, observed, declared, path)
    return kept ? observed : declared
  }
  if (!isObject(declared)) return declared
  const base = isObject(observed) ? observed : {}
  const members = Object.entries(declared).map(([key, member]) =>
    [key, overlayAt(kind, Object.hasOwn(base, key) ? base[key] : undefined, member, [...path, key])] as const
  )
  return { ...base, ...Object.fromEntries(members) }
}

const isThere = (document: Document, pointer: string): boolean =>
  (getAt(document, parsePointer(pointer)) ?? null) !== null

/** Of members that stand for each other, only the declared one is left. */
const withoutAlternatives = ({ roles }: Kind, document: Document, declared: Document): Document =>
  roles.alternatives.filter((group) => group.some((one) => isThere(declared, one))).flatMap((group) =>
    group.filter((one) => !isThere(declared, one))
  ).reduce<Document>((done, pointer) => withAt(done, parsePointer(pointer), undefined), document)

const reset = (kind: Kind, document: Document, pointer: string): Document => {
  const value = kind.roles.defaults[pointer]
  const clears = value !== undefined || kind.roles.clearable.some((pattern) => matches(pattern, parsePointer(pointer)))
  return clears ? withAt(document, parsePointer(pointer), value ?? null) : document
}

/** What a declaration leaves to others: fields no longer declared, and fields the user wants left alone. */
export interface Overlaying {
  readonly resets: ReadonlyArray<string>
  readonly ignores: ReadonlyArray<string>
}

/** The document that a resource should hold: the declaration over what was observed. */
export const overlay = (kind: Kind, observed: Document, declared: Document, how: Overlaying): Document => {
  const laid = overlayAt(kind, observed, declared, [])
  const chosen = withoutAlternatives(kind, isObject(laid) ? laid : {}, declared)
  const target = how.resets.reduce((document, pointer) => reset(kind, document, pointer), chosen)
  return how.ignores.reduce<Document>((document, pointer) => {
    const path = parsePointer(pointer)
    return withAt(document, path, getAt(observed, path))
  }, target)
}

const differencesAt = (a: Json | undefined, b: Json | undefined, path: Path): ReadonlyArray<Path> => {
  if (equalJson(a, b)) return []
  if (!isObject(a) || !isObject(b)) return [path]
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return keys.flatMap((key) => differencesAt(a[key], b[key], [...path, key]))
}

/** Lists the places at which two documents differ in canonical form; arrays count as a whole. */
export const differences = (kind: Kind, a: Document, b: Document): ReadonlyArray<Path> =>
  // Mostly nothing differs, and then no canonical form is needed to see it.
  equalJson(a, b) ? [] : differencesAt(canonicalValue(kind, a, []), canonicalValue(kind, b, []), [])

/** Lists the declared places that do not hold what was declared. */
export const unmet = (kind: Kind, observed: Document, declared: Document): ReadonlyArray<Path> =>
  differences(kind, observed, overlay(kind, observed, declared, { resets: [], ignores: [] }))
    .filter((path) => !kind.roles.writeOnly.some((pattern) => covers(pattern, path)))
