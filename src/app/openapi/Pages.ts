/**
 * How a list goes on, told from the names of its parameters and of what it answers.
 */
import type { JsonObject } from "../../domain/Document.ts"
import type { Operation } from "./Collections.ts"
import { type Flat, propertiesOf, typesOf } from "./Schemas.ts"

const limits = /^(limit|per_?page|page_?size|size|count|max_?results|first|top|take)$/i
const offsets = /^(offset|skip|start)$/i
const pages = /^(page|page_?(number|no|index))$/i
const cursors = /^(cursor|after|starting_?after|page_?token|next_?token|continuation(_?token)?|marker)$/i
const nextCursor = /^(next_?(cursor|token|page_?token)|cursor|continuation(_?token)?|end_?cursor)$/i
const nextAddress = /^(next|next_?(url|link|page_?url)|@odata\.nextLink)$/i

interface Found {
  readonly at: string
  readonly schema: Flat
}

/** Properties one and two levels down. */
const placesIn = (schema: Flat, at = ""): ReadonlyArray<Found & { readonly name: string }> =>
  [...propertiesOf(schema)].flatMap(([name, property]) => {
    const here = `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`
    const inside = at === "" && typesOf(property).includes("object") ? placesIn(property, here) : []
    return [{ name, at: here, schema: property }, ...inside]
  })

const sizeOf = (schema: Flat): number => {
  const { default: usual, maximum } = schema
  if (typeof maximum === "number" && maximum > 0) return Math.min(Math.trunc(maximum), 1_000)
  return typeof usual === "number" && usual > 0 ? Math.trunc(usual) : 100
}

/** Proposes `pages` for a list; `undefined` where nothing speaks for any. */
export const pagesOf = (list: Operation): JsonObject | string | undefined => {
  const query = list.parameters.filter((parameter) => parameter.in === "query")
  const named = (pattern: RegExp) => query.find(({ name }) => pattern.test(name))
  const limit = named(limits)
  const size: JsonObject = limit === undefined ? {} : { limit: limit.name, size: sizeOf(limit.schema) }
  const places = list.answer === undefined ? [] : placesIn(list.answer)
  const cursor = named(cursors)
  const next = places.find(({ name, schema }) => nextCursor.test(name) && typesOf(schema).includes("string"))
  if (cursor !== undefined && next !== undefined) return { cursor: cursor.name, at: next.at, ...size }
  const offset = named(offsets)
  if (offset !== undefined) return { offset: offset.name, ...size }
  const page = named(pages)
  if (page !== undefined) {
    const first = page.schema["minimum"] ?? page.schema["default"]
    return { page: page.name, ...size, ...(first === 0 ? { first } : {}) }
  }
  if (list.answerHeaders.includes("link")) return "link"
  const address = places.find(({ name, schema }) => nextAddress.test(name) && typesOf(schema).includes("string"))
  return address === undefined ? undefined : { next: address.at }
}
