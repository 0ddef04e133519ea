/**
 * Reads of the monitoring API: one resource, or all of a kind page by page. Nothing here modifies anything, and nothing
 * is tried again here: how often that is worth it, whoever asks decides.
 *
 * A page is asked for with the last resource of the page before as its first: as long as that is what comes, nothing
 * moved in between; where something was deleted meanwhile, the listing starts over, so that no resource is missed.
 */
import { Effect } from "effect"
import { isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import type { Client, Request } from "../http/Client.ts"
import type { Observation } from "../Provider.ts"
import type { ProviderError } from "../ProviderError.ts"
import { idIn, openEnvelope, resultsIn } from "./Envelope.ts"
import type { Resource } from "./Resource.ts"

/** How many resources are asked for at once, and how often a listing under which the kind moves starts over. */
const pageSize = 500
const restartsMax = 5
/** Resources that are read at once where a list has excerpts only. */
const readsAtOnce = 8

/** A read through the envelope. */
export const readData = (client: Client, path: string): Effect.Effect<Json | undefined, ProviderError> => {
  const request: Request = { method: "GET", path }
  return Effect.flatMap(client.send(request), ({ json, status }) => {
    const opened = openEnvelope(json, "read")
    return opened._tag === "data"
      ? Effect.succeed(opened.data)
      : Effect.fail(client.failure(request, opened.meaning, { status, ...opened }))
  })
}

const malformed = (client: Client, path: string, detail: string): ProviderError =>
  client.failure({ method: "GET", path }, { reason: "Malformed", mayLand: false }, { detail })

/** A resource as the engine sees it. */
export const observation = (resource: Resource, id: string, raw: JsonObject): Observation => {
  const token = raw["updatedAt"]
  return {
    id,
    document: resource.toDocument(raw),
    ...(typeof token === "string" || typeof token === "number" ? { token: String(token) } : {})
  }
}

/** The raw resources of one page, by id. */
const readPage = Effect.fnUntraced(function*(client: Client, path: string) {
  const results = resultsIn(yield* readData(client, path))
  if (results === undefined) return yield* malformed(client, path, "the answer is no list of resources")
  const page = new Map(results.flatMap((raw) => {
    const id = idIn(raw)
    return id === undefined ? [] : [[id, raw] as const]
  }))
  if (results.some((raw) => idIn(raw) === undefined)) {
    return yield* malformed(client, path, "a resource in the list has no id")
  }
  return page
})

type Page = ReadonlyMap<string, JsonObject>

/** Reads on from what was found; answers whether the listing is whole, or the kind moved meanwhile. */
const readOn = Effect.fnUntraced(function*(client: Client, resource: Resource, found: Map<string, JsonObject>) {
  let largest = 0
  let last: string | undefined
  for (;;) {
    // A server whose pages hold one resource would answer the anchor for ever: then go on without it.
    const anchor = largest > 1 ? last : undefined
    const offset = anchor === undefined ? found.size : found.size - 1
    const path = `${resource.collection}?limit=${pageSize}&offset=${offset}&sort=id&order=asc`
    const page: Page = yield* readPage(client, path)
    if (anchor !== undefined && !page.has(anchor)) return "moved"
    const fresh = [...page].filter(([id]) => !found.has(id))
    if (fresh.length === 0) return "whole"
    for (const [id, raw] of fresh) found.set(id, raw)
    last = fresh.at(-1)?.[0]
    largest = Math.max(largest, page.size)
  }
})

/** Without a limit the server answers everything. */
const readAtOnce = (client: Client, resource: Resource) => readPage(client, resource.collection)

const readPages = Effect.fnUntraced(function*(client: Client, resource: Resource) {
  for (let restart = 0; restart < restartsMax; restart++) {
    const found = new Map<string, JsonObject>()
    if ((yield* readOn(client, resource, found)) === "whole") return found
  }
  // The kind never stood still, or the server does not page as it says.
  return yield* readAtOnce(client, resource)
})

const readAll = (client: Client, resource: Resource) =>
  Effect.catch(
    readPages(client, resource),
    // A server that refuses this size of pages, or this order, may still answer without.
    (error) => error.reason === "Rejected" ? readAtOnce(client, resource) : Effect.fail(error)
  )

const readListed = Effect.fnUntraced(function*(client: Client, resource: Resource, id: string) {
  const raw = (yield* readAll(client, resource)).get(id)
  if (raw === undefined) return undefined
  if (resource.isWhole(raw)) return observation(resource, id, raw)
  return yield* malformed(client, `${resource.collection}/${id}`, "it is in the list, and there is no answer about it")
})

/** A 404 in words that are not the API's may come from a proxy, or be how this server says that it has none. */
const isStrangeAbsence = ({ reason, status }: ProviderError): boolean =>
  reason === "Malformed" && (status === 404 || status === 410)

/** Reads one resource by its id, or `undefined` where there is none. */
export const observe = Effect.fnUntraced(function*(client: Client, resource: Resource, id: string) {
  const path = `${resource.collection}/${encodeURIComponent(id)}`
  const data = yield* readData(client, path).pipe(
    Effect.catch((error) => {
      if (error.reason === "NotFound") return Effect.succeed("absent" as const)
      return isStrangeAbsence(error) ? Effect.succeed(null) : Effect.fail(error)
    })
  )
  if (data === "absent") return undefined
  // The listing tells: a proxy without the API behind it answers none.
  if (data === undefined || data === null) return yield* readListed(client, resource, id)
  const found = isObject(data) ? idIn(data) : undefined
  if (!isObject(data) || found === undefined) return yield* malformed(client, path, "the answer is no resource")
  if (found === id) return observation(resource, id, data)
  if (!resource.namesHideIds) return yield* malformed(client, path, `the answer has another id: ${found}`)
  return yield* readListed(client, resource, id)
})

/** Reads all resources of a kind; those that a list has as excerpts only are read one by one. */
export const list = Effect.fnUntraced(function*(client: Client, resource: Resource) {
  const found = yield* readAll(client, resource)
  const all = yield* Effect.forEach(found, ([id, raw]) =>
    resource.isWhole(raw)
      ? Effect.succeed(observation(resource, id, raw))
      : observe(client, resource, id), { concurrency: readsAtOnce })
  return all.filter((one) => one !== undefined)
})
