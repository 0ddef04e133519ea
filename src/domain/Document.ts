/**
 * JSON as amends handles it: the content of a resource is a document.
 *
 * Equality ignores the order of keys, absent is not null, and `canonicalText` is the one text form of a document
 * (members in code-unit order, no white space), so that two machines digest the same bytes.
 */

/** Any JSON value, read-only. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject

/** A JSON object, read-only. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** The JSON content of a resource: what files hold under `spec:`. */
export type Document = JsonObject

/** Tells a JSON object from the other JSON values. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Tells a JSON array from the other JSON values. */
export const isArray = (value: Json | undefined): value is ReadonlyArray<Json> => Array.isArray(value)

const arrayInto = (items: ReadonlyArray<Json>, add: (text: string) => void): void => {
  add("[")
  for (let i = 0; i < items.length; i++) {
    if (i > 0) add(",")
    canonicalInto(items[i] ?? null, add)
  }
  add("]")
}

const objectInto = (object: JsonObject, add: (text: string) => void): void => {
  let before = "{"
  // Without a comparator, sort compares code units.
  for (const key of Object.keys(object).sort()) {
    const member = object[key]
    if (member === undefined) continue
    add(`${before}${JSON.stringify(key)}:`)
    before = ","
    canonicalInto(member, add)
  }
  add(before === "{" ? "{}" : "}")
}

/** Gives out canonical text bit by bit, so that the text of something large never has to be there as a whole. */
export const canonicalInto = (value: Json, add: (text: string) => void): void => {
  if (typeof value !== "object" || value === null) add(JSON.stringify(value))
  else if (isArray(value)) arrayInto(value, add)
  else objectInto(value as JsonObject, add)
}

/** Renders a value as canonical text: members sorted by code unit, no white space. */
export const canonicalText = (value: Json): string => {
  let text = ""
  canonicalInto(value, (more) => {
    text += more
  })
  return text
}

const equalObjects = (a: JsonObject, b: JsonObject): boolean => {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
}

/** Compares two values deeply, ignoring the order of keys; `undefined` stands for absent and differs from null. */
export const equalJson = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true
  if (isArray(a) && isArray(b)) return a.length === b.length && a.every((item, index) => equalJson(item, b[index]))
  return isObject(a) && isObject(b) && equalObjects(a, b)
}

const identicalObjects = (a: JsonObject, b: JsonObject): boolean => {
  const [keys, others] = [Object.keys(a), Object.keys(b)]
  return keys.length === others.length && keys.every((key, at) => key === others[at] && isIdentical(a[key], b[key]))
}

/** Compares two values deeply, the order of keys included. */
const isIdentical = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true
  if (isArray(a) && isArray(b)) return a.length === b.length && a.every((item, at) => isIdentical(item, b[at]))
  return isObject(a) && isObject(b) && identicalObjects(a, b)
}

const sharedMembers = (object: JsonObject, known: JsonObject): JsonObject =>
  identicalObjects(object, known)
    ? known
    : Object.fromEntries(
      Object.entries(object).map(([key, member]) => [
        key,
        shared(member, Object.hasOwn(known, key) ? known[key] : undefined)
      ])
    )

const shared = (value: Json, known: Json | undefined): Json => {
  // Equal texts are one only where the one that is known is handed on.
  if (known === undefined || value === known) return known ?? value
  if (isArray(value)) return isIdentical(value, known) ? known : value
  return isObject(value) && isObject(known) ? sharedMembers(value, known) : value
}

/** A document whose parts are those of a known one where they are the same, so that memory holds them once. */
export const sharing = <D extends Document>(document: D, known: Document | undefined): D => shared(document, known) as D

/** Applies `f` to every scalar of a value, keeping its shape; `path` is the JSON Pointer segments of the scalar. */
export const mapScalars = (
  value: Json,
  f: (scalar: null | boolean | number | string, path: ReadonlyArray<string>) => Json,
  path: ReadonlyArray<string> = []
): Json => {
  if (isArray(value)) return value.map((item, index) => mapScalars(item, f, [...path, String(index)]))
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, mapScalars(member, f, [...path, key])])
    )
  }
  return f(value, path)
}
