/**
 * The lists of the monitoring API: `GET /{kind}?limit&offset&sort&order`.
 *
 * Without `sort` everything comes, in no particular order. Query parameters that the API does not know are ignored,
 * as real servers do; known ones with a wrong value are refused.
 */
import { accept, type Answer, type KindOperations, refuse, type View } from "./Answer.ts"
import type { Json, JsonObject } from "./Json.ts"
import type { World } from "./World.ts"

interface Page {
  readonly limit: number
  readonly offset: number
  readonly sort: string | undefined
  readonly descending: boolean
}

const count = (text: string | null, fallback: number): number | undefined => {
  if (text === null) return fallback
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

const parsePage = (query: URLSearchParams, pageLimit: number): Page | string => {
  const limit = count(query.get("limit"), pageLimit)
  const offset = count(query.get("offset"), 0)
  const order = (query.get("order") ?? "asc").toLowerCase()
  if (limit === undefined || offset === undefined) return "limit and offset must be integers of at least 0"
  if (order !== "asc" && order !== "desc") return "order must be asc or desc"
  return {
    limit: Math.min(limit, pageLimit),
    offset,
    sort: query.get("sort") ?? undefined,
    descending: order === "desc"
  }
}

const compare = (left: Json | undefined, right: Json | undefined): number => {
  if (typeof left === "number" && typeof right === "number") return left - right
  const [before, after] = [String(left), String(right)]
  return before < after ? -1 : Number(before > after)
}

const sorted = (resources: ReadonlyArray<JsonObject>, key: string, descending: boolean): ReadonlyArray<JsonObject> => {
  const sign = descending ? -1 : 1
  return [...resources].sort((left, right) =>
    sign * (compare(left[key], right[key]) || compare(left["id"], right["id"]))
  )
}

const sortable = (value: Json | undefined): boolean =>
  value !== undefined && (value === null || typeof value !== "object")

/** Answers one page of a kind. */
export const list = (world: World, kind: KindOperations, query: URLSearchParams, view: View & ListBound): Answer => {
  const page = parsePage(query, view.pageLimit ?? Number.MAX_SAFE_INTEGER)
  if (typeof page === "string") return refuse(400, page)
  const { descending, limit, offset, sort } = page
  if (sort === undefined || sort === "id") {
    const ids = sort === undefined ? kind.ids(world) : kind.risingIds(world)
    const inOrder = sort === "id" && descending ? ids.toReversed() : ids
    return accept({ results: inOrder.slice(offset, offset + limit).map((id) => kind.render(world, id, view)) })
  }
  const all = kind.ids(world).map((id) => kind.render(world, id, view))
  if (!all.every((resource) => sortable(resource[sort]))) {
    return refuse(400, "sort must name a field that holds one value")
  }
  return accept({ results: sorted(all, sort, descending).slice(offset, offset + limit) })
}

/** The bound on one list answer; null for none. */
export interface ListBound {
  readonly pageLimit: number | null
}
