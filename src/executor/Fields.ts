/**
 * Questions about single fields while planning: which are no longer declared, which somebody else edited, which force
 * a replace, and which secrets cannot be brought back.
 */
import { canonical } from "../domain/Canonical.ts"
import { type Document, equalJson, isObject, type Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { covers, getAt, matches, overlaps, parsePointer, type Path, renderPointer, select } from "../domain/Pointer.ts"
import { isUnknown } from "../domain/Template.ts"
import { unknownSecrets } from "./Recall.ts"

/** Fields that were declared and are not any more. */
export interface Removed {
  /** Go back to their default or are cleared. */
  readonly resets: ReadonlyArray<string>
  /** Stay as they are. */
  readonly unmanaged: ReadonlyArray<string>
}

const resettable = (kind: Kind, path: Path): boolean =>
  kind.roles.defaults[renderPointer(path)] !== undefined ||
  kind.roles.clearable.some((pattern) => matches(pattern, path))

const removedAt = (kind: Kind, was: Json, is: Json | undefined, path: Path): ReadonlyArray<Path> => {
  if (is === undefined && path.length > 0 && resettable(kind, path)) return [path]
  const open = isObject(was) && (is === undefined || (isObject(is) && !isUnknown(is)))
  if (!open) return is === undefined ? [path] : []
  const members = Object.entries(was)
  if (members.length === 0) return is === undefined ? [path] : []
  return members.flatMap(([key, member]) => removedAt(kind, member, isObject(is) ? is[key] : undefined, [...path, key]))
}

/** Compares what was declared with what is, fields left alone aside. */
export const removedFields = (kind: Kind, was: Document, is: Document, ignores: ReadonlyArray<string>): Removed => {
  const paths = removedAt(kind, was, is, []).filter((path) => !ignores.some((pointer) => covers(pointer, path)))
  return {
    resets: paths.filter((path) => resettable(kind, path)).map(renderPointer),
    unmanaged: paths.filter((path) => !resettable(kind, path)).map(renderPointer)
  }
}

/** Names each place that patterns mean in one of the documents; a pointer without `*` stays as it is. */
export const expand = (patterns: ReadonlyArray<string>, documents: ReadonlyArray<Document>): ReadonlyArray<string> => [
  ...new Set(patterns.flatMap((pattern) =>
    pattern.includes("*")
      ? documents.flatMap((document) => select(document, pattern).map(([path]) => renderPointer(path)))
      : [pattern]
  ))
]

/** The sides of a compare with what was last applied. */
export interface Sides {
  readonly seen: Document
  readonly known: Document
}

/** Of the places that would be written, those that somebody else edited since they were last applied. */
export const edited = (kind: Kind, { known, seen }: Sides, places: ReadonlyArray<Path>): ReadonlyArray<Path> => {
  if (places.length === 0 || equalJson(seen, known)) return []
  const [now, then] = [canonical(kind, seen), canonical(kind, known)]
  return places.filter((path) => !equalJson(getAt(now, path), getAt(then, path)))
}

/** Of the places that would be written, those at which two documents agree. */
export const agreeing = (kind: Kind, a: Document, b: Document, places: ReadonlyArray<Path>): ReadonlyArray<Path> => {
  if (places.length === 0) return []
  const [left, right] = [canonical(kind, a), canonical(kind, b)]
  return places.filter((path) => equalJson(getAt(left, path), getAt(right, path)))
}

/** The immutable fields that change: at a differing place, above it, or below one that differs as a whole. */
export const immutableIn = (
  kind: Kind,
  before: Document,
  after: Document,
  places: ReadonlyArray<Path>
): ReadonlyArray<string> => {
  if (places.length === 0) return []
  const changed = kind.roles.immutable.flatMap((pattern) => {
    const hits = places.filter((path) => covers(pattern, path)).map(renderPointer)
    const path = parsePointer(pattern)
    const under = !pattern.includes("*") && places.some((place) => covers(renderPointer(place), path)) &&
      !equalJson(getAt(before, path), getAt(after, path))
    return hits.length > 0 ? hits : under ? [pattern] : []
  })
  return [...new Set(changed)]
}

/** Secrets of a document that an update of these places would overwrite and cannot bring back. */
export const lostSecrets = (kind: Kind, seen: Document, places: ReadonlyArray<Path>): ReadonlyArray<string> => {
  const pointers = places.map(renderPointer)
  const masked = unknownSecrets(kind, seen).filter((secret) => pointers.some((pointer) => overlaps(secret, pointer)))
  const unread = places.filter((path) =>
    getAt(seen, path) === undefined && kind.roles.writeOnly.some((pattern) => covers(pattern, path))
  ).map(renderPointer)
  return [...new Set([...masked, ...unread])]
}
