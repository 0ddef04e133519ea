/**
 * What an answer says, as the description reads it: the document in its envelope, whether it is a refusal after all or
 * stands for nothing there, and the id, token and guard that it brings.
 *
 * An answer of success that cannot be tied to the resource leaves a write in doubt; to a read it is Malformed.
 */
import { isNothing } from "../../domain/Canonical.ts"
import { type Document, equalJson, isArray, isObject, type Json } from "../../domain/Document.ts"
import { covers, getAt, parsePointer, type Path } from "../../domain/Pointer.ts"
import type { Reply } from "../http/Client.ts"
import type { ConditionsDescription } from "../KindDescription.ts"
import type { Observation } from "../Provider.ts"
import type { Described } from "./Described.ts"
import { joinId, splitId, withFields } from "./RemoteId.ts"
import { shaped } from "./Shape.ts"

const holdsAt = (json: Json | undefined, place: string, wanted: Json | ReadonlyArray<Json>): boolean => {
  const value = getAt(json, parsePointer(place)) ?? null
  return isArray(wanted as Json)
    ? (wanted as ReadonlyArray<Json>).some((one) => equalJson(one, value))
    : equalJson(wanted as Json, value)
}

/** Tells whether an answer holds all of what conditions ask for. */
export const holds = (json: Json | undefined, conditions: ConditionsDescription): boolean =>
  Object.entries(conditions).every(([place, wanted]) => holdsAt(json, place, wanted as Json))

/** How a body stands to what every answer of success has to hold. */
export type Success = "yes" | "refusal" | "untold"

/** Whether an answer is one of success. An empty one says nothing else than its status. */
export const successOf = ({ understanding: { success } }: Described, json: Json | undefined): Success => {
  const places = Object.keys(success)
  if (places.length === 0 || json === undefined) return "yes"
  if (holds(json, success)) return "yes"
  return places.every((place) => getAt(json, parsePointer(place)) === undefined) ? "untold" : "refusal"
}

/** The document that an answer holds at a place; a list of one is that one. */
export const documentAt = (json: Json | undefined, at: "none" | Path): Json | undefined => {
  if (at === "none") return undefined
  const found = getAt(json, at)
  return isArray(found) && found.length === 1 ? found[0] : found
}

/** Tells whether a document stands for nothing there. */
export const isAbsent = ({ understanding: { absentWhen } }: Described, document: Json | undefined): boolean =>
  absentWhen.some((conditions) => holds(document, conditions))

/** The value that a header has, once. */
export const headerOf = (headers: Reply["headers"], name: string): string | undefined => {
  const value = headers[name]
  return typeof value === "string" ? value : undefined
}

const scalarAt = (document: Json, path: Path | undefined): string | undefined => {
  const value = path === undefined ? undefined : getAt(document, path)
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined
}

/** What of an observation an answer brings beside the document. */
export const marksOf = (
  { kind, token, version }: Described,
  raw: Json,
  headers: Reply["headers"] | undefined
): Pick<Observation, "guard" | "token"> => {
  const guard = kind.capabilities.guard === "etag"
    ? headers === undefined ? undefined : headerOf(headers, "etag")
    : scalarAt(raw, version?.field)
  const changes = token === undefined ? guard : scalarAt(raw, token)
  return {
    ...(guard === undefined ? {} : { guard }),
    ...(changes === undefined ? {} : { token: changes })
  }
}

/** What is known of a resource before an answer about it is read: its id, or what names its collection. */
export interface Known {
  readonly id?: string
  readonly document?: Document
}

const namesIn = ({ naming }: Described, document: Document): ReadonlyArray<Json | undefined> =>
  naming.fields.map((field) => getAt(document, field))

const countOf = ({ naming }: Described): number => naming.fields.length + (naming.serverId === undefined ? 0 : 1)

/** A document in the shape of `spec`; fields that stand in paths are filled in where an answer lacks them. */
export const documentOf = (described: Described, raw: Document, known: Known): Document => {
  const { fields } = described.naming
  const document = shaped(raw, described.understanding)
  const from = known.document === undefined ? [] : namesIn(described, known.document)
  const parts = known.id === undefined ? [] : splitId(known.id, countOf(described)) ?? []
  return withFields(withFields(document, fields, from), fields, parts)
}

/** The remote id that an answer names, with the server's own at a place of its own; `undefined` where it names none. */
export const idOf = (described: Described, raw: Document, document: Document, at?: Path): string | undefined => {
  const { naming } = described
  const names = namesIn(described, document)
  if (naming.serverId === undefined) return joinId(names)
  const own = getAt(raw, at ?? naming.serverId)
  return own === undefined || typeof own === "boolean" ? undefined : joinId([...names, own])
}

/** Tells whether a document has nothing for a name, as a default of the server may: no path leads to it. */
export const isNameless = (described: Described, document: Document): boolean =>
  namesIn(described, document).some((name) => name === "")

/** Tells whether two remote ids are of one resource: the case of a name may not count. */
export const isSameId = ({ kind, naming }: Described, a: string, b: string): boolean =>
  a === b ||
  (naming.fields.some((field) => kind.roles.caseInsensitive.some((pattern) => covers(pattern, field))) &&
    a.toLowerCase() === b.toLowerCase())

/** The id at the end of the address that an answer gives of what it made. */
export const idInLocation = (
  described: Described,
  headers: Reply["headers"],
  document: Document
): string | undefined => {
  const location = headerOf(headers, "location")
  const segment = location?.split(/[?#]/, 1)[0]?.replace(/\/$/, "").split("/").at(-1)
  if (segment === undefined || segment === "" || described.naming.serverId === undefined) return undefined
  try {
    return joinId([...namesIn(described, document), decodeURIComponent(segment)])
  } catch {
    return undefined
  }
}

/**
 * Whether a document that answers a write is the whole resource, as far as that can be told: it holds every field that
 * is there by now. What an API never gives back is not looked for.
 */
export const isWhole = ({ kind }: Described, document: Document, expected: Document | undefined): boolean =>
  Object.entries(expected ?? {}).every(([key, value]) =>
    document[key] !== undefined || isNothing(kind, value, [key]) ||
    kind.roles.writeOnly.some((pattern) => covers(pattern, [key]))
  )

/** Tells an object from what else an answer may hold. */
export const isDocument = (value: Json | undefined): value is Document => isObject(value)
