/**
 * How the provider contract compares documents: what was declared has to be there, under the kind's canonical form,
 * as far as the API shows it. Masks and write-only fields show nothing. Pure.
 */
import { canonicalValue, isNothing, isReadOnly } from "../domain/Canonical.ts"
import { type Document, equalJson, isArray, isObject, type Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { getAt, matches, type Path, renderPointer, select, setAt } from "../domain/Pointer.ts"

const isAt = (patterns: ReadonlyArray<string>, path: Path): boolean => patterns.some((p) => matches(p, path))

/** Tells whether a value is what the API shows instead of a secret. */
export const isMask = (kind: Kind, value: Json | undefined): boolean =>
  typeof value === "string" && kind.mask?.test(value) === true

/** A document with every place blanked that the API does not show: masked, write-only and read-only fields. */
const blanked = (kind: Kind, value: Json, path: Path = []): Json | undefined => {
  if (isAt(kind.roles.writeOnly, path) || isReadOnly(kind, path)) return undefined
  if (kind.mask !== undefined && isAt(kind.roles.sensitive, path)) return undefined
  if (isArray(value)) return value.flatMap((item, index) => blanked(kind, item, [...path, String(index)]) ?? [])
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const kept = blanked(kind, member, [...path, key])
      return kept === undefined ? [] : [[key, kept]]
    })
  )
}

const lacksAt = (kind: Kind, declared: Json, observed: Json | undefined, path: Path): ReadonlyArray<string> => {
  if (isObject(declared) && isObject(observed)) {
    return Object.entries(declared).flatMap(([key, member]) =>
      lacksAt(kind, member, getAt(observed, [key]), [...path, key])
    )
  }
  const form = (value: Json | undefined): Json | undefined =>
    value === undefined || isNothing(kind, value, path) ? undefined : canonicalValue(kind, value, path)
  return equalJson(form(declared), form(observed)) ? [] : [renderPointer(path)]
}

/** Pointers at which an observed document does not hold what was declared. */
export const lacks = (kind: Kind, declared: Document, observed: Document): ReadonlyArray<string> =>
  lacksAt(kind, blanked(kind, declared) ?? {}, blanked(kind, observed), [])

/** Like `lacks`, in both directions: nothing declared is missing and nothing else is there. */
export const differs = (kind: Kind, a: Document, b: Document): ReadonlyArray<string> => [
  ...new Set([...lacks(kind, a, b), ...lacks(kind, b, a)])
]

/** Pointers at which a document holds a mask although no role says that the field is secret. */
export const undeclaredMasks = (kind: Kind, value: Json, path: Path = []): ReadonlyArray<string> => {
  if (isArray(value)) return value.flatMap((item, index) => undeclaredMasks(kind, item, [...path, String(index)]))
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, member]) => undeclaredMasks(kind, member, [...path, key]))
  }
  return isMask(kind, value) && !isAt(kind.roles.sensitive, path) ? [renderPointer(path)] : []
}

/** A document with members replaced; objects merge. */
export const overlaid = (document: Document, members: Document): Document => ({
  ...document,
  ...Object.fromEntries(
    Object.entries(members).map(([key, member]) => {
      const there = getAt(document, [key])
      return [key, isObject(there) && isObject(member) ? overlaid(there, member) : member]
    })
  )
})

/** A before-image with what the API did not show put back from what was declared, as the engine does. */
export const unmasked = (kind: Kind, before: Document, declared: Document): Document =>
  [...kind.roles.sensitive, ...kind.roles.writeOnly].flatMap((pattern) => select(declared, pattern)).reduce<Document>(
    (document, [path, value]) => {
      const shown = getAt(document, path)
      const result = shown === undefined || isMask(kind, shown) ? setAt(document, path, value) : document
      return isObject(result) ? result : document
    },
    before
  )

/** The ids that a document refers to, by the role that says so. */
export const referencesOf = (kind: Kind, document: Document) =>
  kind.roles.references.flatMap((role) =>
    select(document, role.path).map(([path, id]) => ({ kind: role.kind, at: renderPointer(path), id: String(id) }))
  )

/** Forbids changes deep in a value, so that a function that is said to be pure cannot write into what it was given. */
export const frozen = <A extends Json>(value: A): A => {
  if (isArray(value) || isObject(value)) Object.values(value).forEach(frozen)
  return Object.freeze(value)
}
