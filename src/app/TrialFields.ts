/**
 * What a server made of what it was sent: which fields it added, changed, hid or reordered. Pure.
 *
 * A field that is declared and comes back otherwise makes every apply go back, so those are bad; one that is only added
 * is none of the user's, and is best said to be read-only.
 */
import { canonicalValue, isNothing, isReadOnly } from "../domain/Canonical.ts"
import { type Document, equalJson, isArray, isObject, type Json, type JsonObject } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { covers, getAt, parsePointer, type Path, renderPointer } from "../domain/Pointer.ts"
import { bad, good, type Lesson } from "./Lesson.ts"

type Way = "added" | "defaulted" | "hidden" | "masked" | "case" | "order" | "changed"

interface Difference {
  readonly path: Path
  readonly way: Way
}

const mask = /^(?:[*•x]{3,}|\(?(?:hidden|redacted|masked|secret)\)?)$/i

const textWay = (sent: Json, seen: Json): Way | undefined => {
  if (typeof sent !== "string" || typeof seen !== "string") return undefined
  if (mask.test(seen)) return "masked"
  return sent.toLowerCase() === seen.toLowerCase() ? "case" : undefined
}

const isReordered = (sent: ReadonlyArray<Json>, seen: ReadonlyArray<Json>): boolean =>
  sent.length === seen.length && sent.every((one) => seen.some((other) => equalJson(one, other)))

const isWriteOnly = (kind: Kind, path: Path): boolean => kind.roles.writeOnly.some((pattern) => covers(pattern, path))

const isEmpty = (value: Json): boolean =>
  value === null || value === "" || (isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0)

const listDifferences = (
  kind: Kind,
  sent: ReadonlyArray<Json>,
  seen: ReadonlyArray<Json>,
  path: Path
): ReadonlyArray<Difference> => {
  if (isReordered(sent, seen)) return [{ path, way: "order" }]
  const pairs = sent.map((one, index) => differencesAt(kind, one, seen[index], [...path, "*"]))
  // What servers add to elements makes no difference.
  return sent.length === seen.length && pairs.flat().every(({ way }) => way === "added" || way === "masked")
    ? pairs.flat().filter(({ way }) => way === "masked")
    : [{ path, way: "changed" }]
}

const memberDifferences = (kind: Kind, sent: Document, seen: Document, path: Path): ReadonlyArray<Difference> => [
  ...Object.entries(sent).flatMap(([key, value]) => differencesAt(kind, value, seen[key], [...path, key])),
  ...Object.entries(seen).flatMap(([key, value]): ReadonlyArray<Difference> => {
    const at = [...path, key]
    return key in sent || isEmpty(value) || isReadOnly(kind, at) ? [] : [{ path: at, way: "added" }]
  })
]

const differencesAt = (kind: Kind, sent: Json, seen: Json | undefined, path: Path): ReadonlyArray<Difference> => {
  if (isReadOnly(kind, path) || isWriteOnly(kind, path)) return []
  if (seen === undefined || (seen === null && sent !== null)) {
    return isNothing(kind, sent, path) ? [] : [{ path, way: "hidden" }]
  }
  if (equalJson(canonicalValue(kind, sent, path), canonicalValue(kind, seen, path))) return []
  if (isObject(sent) && isObject(seen)) return memberDifferences(kind, sent, seen, path)
  if (isArray(sent) && isArray(seen)) return listDifferences(kind, sent, seen, path)
  if (typeof seen === "string" && kind.mask?.test(seen) === true) return []
  return [{ path, way: textWay(sent, seen) ?? "changed" }]
}

/** What is said of each way, and what the description should say. */
const wording: {
  readonly [W in Way]: (fields: string, pointers: ReadonlyArray<string>) => Lesson
} = {
  added: (fields, pointers) => good("fields", `the server adds ${fields}`, { readOnly: pointers }),
  defaulted: (fields) => good("fields", `the server puts ${fields} where nothing is said`),
  hidden: (fields, pointers) =>
    bad(
      "fields",
      `the server takes ${fields} and does not give it back`,
      "describe it so, as below, or every apply goes back",
      {
        writeOnly: pointers
      }
    ),
  masked: (fields, pointers) =>
    bad("fields", `the server masks ${fields}`, "describe it so, as below", { sensitive: pointers }),
  case: (fields, pointers) =>
    bad("fields", `the server changes the case of ${fields}`, "describe it so, as below, or every apply goes back", {
      caseInsensitive: pointers
    }),
  order: (fields, pointers) =>
    bad("fields", `the server changes the order of ${fields}`, "describe it so, as below, or every apply goes back", {
      sets: pointers
    }),
  changed: (fields, pointers) =>
    bad(
      "fields",
      `the server makes something else of ${fields}`,
      "write it as the server gives it back, and take it out of readOnly again; else leave it out of the files",
      { readOnly: pointers }
    )
}

const masksOf = (sent: Json, seen: Json | undefined): ReadonlyArray<string> => {
  if (typeof seen === "string") return seen !== sent && mask.test(seen) ? [seen] : []
  if (isArray(seen)) return seen.flatMap((one, index) => masksOf(isArray(sent) ? sent[index] ?? null : null, one))
  if (!isObject(seen) || !isObject(sent)) return []
  return Object.entries(seen).flatMap(([key, value]) => masksOf(sent[key] ?? null, value))
}

/** Both sides of a comparison, and which fields are known to be the user's. */
export interface Compared {
  readonly sent: Document
  readonly seen: Document
  readonly isYours: (path: Path) => boolean
}

/** Compares what was sent with what came back. */
export const fieldLessons = (kind: Kind, { isYours, seen, sent }: Compared): ReadonlyArray<Lesson> => {
  const found = memberDifferences(kind, sent, seen, []).map(({ path, way }): Difference => ({
    path,
    way: way === "added" && isYours(path) ? "defaulted" : way
  }))
  const all = Map.groupBy(found, ({ way }) => way)
  const lessons = [...all].map(([way, differences]): Lesson => {
    const pointers = [...new Set(differences.map(({ path }) => renderPointer(path)))]
    const lesson = wording[way](pointers.join(", "), pointers)
    if (way !== "defaulted") return lesson
    const defaults = Object.fromEntries(pointers.map((at) => [at, getAt(seen, parsePointer(at)) ?? null]))
    return { ...lesson, says: { defaults } }
  })
  const masks = [...new Set(masksOf(sent, seen))]
  const says: JsonObject = { mask: masks }
  const shown = all.has("masked") && masks.length > 0
    ? [bad("fields", `what stands for a secret: ${masks.join(", ")}`, "describe it so, as below", says)]
    : []
  return lessons.length === 0 ? [good("fields", "they come back as they were sent")] : [...lessons, ...shown]
}

const scalarsIn = (value: Json, path: Path = []): ReadonlyArray<readonly [string, Json]> =>
  isObject(value)
    ? Object.entries(value).flatMap(([key, member]) => scalarsIn(member, [...path, key]))
    : isArray(value)
    ? []
    : [[renderPointer(path), value]]

/** The single values of a document that differ from those of another, by pointer; lists are not looked into. */
export const changedScalars = (before: Document, after: Document): ReadonlyArray<string> => {
  const was = new Map(scalarsIn(before))
  return scalarsIn(after).flatMap(([pointer, value]) => {
    const old = was.get(pointer)
    return old !== undefined && old !== value ? [pointer] : []
  })
}
