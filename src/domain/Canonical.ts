/**
 * The canonical form of a document under its kind's roles: two documents mean the same exactly when their
 * canonical forms are equal.
 *
 * What the server makes is dropped; null members, and an empty text or list or zero where the kind says so, are absent;
 * case-insensitive strings are lowered, remote ids in references are texts (APIs give numbers, the engine knows texts),
 * and sets are sorted by their canonical text with duplicates dropped.
 */
import { canonicalText, type Document, equalJson, isArray, isObject, type Json } from "./Document.ts"
import { type Kind, plainRoles } from "./Kind.ts"
import { matches, type Path, renderPointer } from "./Pointer.ts"

const { closed: open } = plainRoles

const some = (patterns: ReadonlyArray<string>, path: Path): boolean => patterns.some((p) => matches(p, path))

const membersOf = ({ roles }: Kind, path: Path): ReadonlyArray<string> | undefined =>
  roles.closed === open ? undefined : roles.closed[renderPointer(path)]

/** Tells whether a member is the server's: by name, or because the closed object that holds it does not name it. */
export const isReadOnly = (kind: Kind, path: Path): boolean => {
  const key = path[path.length - 1]
  if (key === undefined) return false
  return some(kind.roles.readOnly, path) || membersOf(kind, path.slice(0, -1))?.includes(key) === false
}

/** Tells whether a value at a place means that nothing is there. */
export const isNothing = (kind: Kind, value: Json | undefined, path: Path): boolean =>
  value === undefined || value === null ||
  ((value === "" || value === 0 || (isArray(value) && value.length === 0)) && some(kind.roles.blank, path))

const sorted = (items: ReadonlyArray<Json>): ReadonlyArray<Json> => {
  const byText = new Map(items.map((item) => [canonicalText(item), item]))
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? [])
}

const canonicalAt = (kind: Kind, value: Json, path: Path): Json => {
  if (isArray(value)) {
    const items = value.map((item, index) => canonicalAt(kind, item, [...path, String(index)]))
    return some(kind.roles.sets, path) ? sorted(items) : items
  }
  if (isObject(value)) {
    const known = membersOf(kind, path)
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, member]) => {
        const at = [...path, key]
        const made = known?.includes(key) === false || some(kind.roles.readOnly, at)
        return made || isNothing(kind, member, at) ? [] : [[key, canonicalAt(kind, member, at)]]
      })
    )
  }
  if (typeof value === "number") return kind.roles.references.some((r) => matches(r.path, path)) ? String(value) : value
  return typeof value === "string" && some(kind.roles.caseInsensitive, path) ? value.toLowerCase() : value
}

/** Brings a document into the canonical form of its kind. */
export const canonical = (kind: Kind, document: Document): Document => {
  const form = canonicalAt(kind, document, [])
  return isObject(form) ? form : {}
}

/** Tells whether two documents of a kind mean the same. */
export const same = (kind: Kind, a: Document, b: Document): boolean =>
  equalJson(a, b) || equalJson(canonical(kind, a), canonical(kind, b))

/** Normalises the value at one path of a document of that kind, for comparing single fields. */
export const canonicalValue = (kind: Kind, value: Json, path: Path): Json => canonicalAt(kind, value, path)
