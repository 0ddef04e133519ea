/**
 * The shapes a document takes on its way to the imagined server and back: merge patches (RFC 7386), what a write
 * leaves there, what a read shows, and what of a before-image may be written again. All pure.
 */
import { canonicalValue } from "../../domain/Canonical.ts"
import { type Document, equalJson, isArray, isObject, type Json } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import { getAt, matches, parsePointer, type Path, setAt } from "../../domain/Pointer.ts"
import { maskText, type MemoryKind } from "./MemoryKind.ts"

const some = (patterns: ReadonlyArray<string>, path: Path): boolean => patterns.some((p) => matches(p, path))

const isMasked = (kind: Kind, value: Json, path: Path): boolean =>
  kind.mask !== undefined && typeof value === "string" && some(kind.roles.sensitive, path) && kind.mask.test(value)

/** Applies a merge patch: objects merge, null removes, anything else replaces. */
export const patched = (value: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(value) ? Object.entries(value) : [])
  for (const [key, member] of Object.entries(patch)) {
    if (member === null) merged.delete(key)
    else merged.set(key, patched(merged.get(key), member))
  }
  return Object.fromEntries(merged)
}

/** Like `patched`, for whole documents. */
export const patchedDocument = (document: Document, patch: Document): Document => {
  const result = patched(document, patch)
  return isObject(result) ? result : {}
}

/** The merge patch that leads from one document to what another asks for; a member that `to` does not name stays. */
export const patchBetween = (kind: Kind, from: Document, to: Document, path: Path = []): Document =>
  Object.fromEntries(
    Object.entries(to).flatMap(([key, wanted]) => {
      const at = [...path, key]
      const there = getAt(from, [key])
      if (some(kind.roles.readOnly, at) || isMasked(kind, wanted, at)) return []
      if (isObject(wanted) && isObject(there)) {
        const inner = patchBetween(kind, there, wanted, at)
        return Object.keys(inner).length === 0 ? [] : [[key, inner]]
      }
      const absent = there === undefined || there === null
      const equal = wanted === null || absent
        ? wanted === null && absent
        : equalJson(canonicalValue(kind, wanted, at), canonicalValue(kind, there, at))
      return equal ? [] : [[key, wanted]]
    })
  )

/** Puts the kind's defaults where nothing is said, as the server does after every write. */
export const withDefaults = (kind: Kind, document: Document): Document =>
  Object.entries(kind.roles.defaults).reduce<Document>((filled, [pointer, value]) => {
    const path = parsePointer(pointer)
    const missing = getAt(filled, path) === undefined && isObject(getAt(filled, path.slice(0, -1)))
    const result = missing ? setAt(filled, path, value) : filled
    return isObject(result) ? result : filled
  }, document)

const mapMembers = (value: Json, f: (member: Json, path: Path) => Json | undefined, path: Path = []): Json => {
  if (isArray(value))
    return value.map((item, index) =>
      mapMembers(f(item, [...path, String(index)]) ?? null, f, [...path, String(index)])
    )
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const kept = f(member, [...path, key])
      return kept === undefined ? [] : [[key, mapMembers(kept, f, [...path, key])]]
    })
  )
}

const mapDocument = (document: Document, f: (member: Json, path: Path) => Json | undefined): Document => {
  const result = mapMembers(document, f)
  return isObject(result) ? result : {}
}

/** What a read shows of a stored document: secrets masked, write-only fields left out, server-made ones added. */
export const shown = (memoryKind: MemoryKind, document: Document, updatedAt: number): Document => {
  const { kind } = memoryKind
  const visible = mapDocument(document, (member, path) => {
    if (some(kind.roles.writeOnly, path)) return undefined
    return kind.mask !== undefined && some(kind.roles.sensitive, path) ? maskText : member
  })
  const token = kind.capabilities.changeToken
  const made = { ...visible, ...memoryKind.serverMade }
  const result = token === undefined ? made : setAt(made, parsePointer(token), updatedAt)
  return isObject(result) ? result : made
}

/** What of a before-image may be written: no read-only fields, no masks, references passed through `remap`. */
export const writable = (kind: Kind, before: Document, remap: (kind: string, id: string) => string): Document =>
  mapDocument(before, (member, path) => {
    if (some(kind.roles.readOnly, path) || isMasked(kind, member, path)) return undefined
    const reference = kind.roles.references.find((role) => matches(role.path, path))
    return reference !== undefined && typeof member === "string" ? remap(reference.kind, member) : member
  })
