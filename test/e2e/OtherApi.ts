/**
 * What the second server of the monitoring API does with a request, written from the documentation alone: it shares
 * no code with the sandbox or the provider, so that a misreading those have in common shows here.
 */
import type { Habits, Part } from "./OtherHabits.ts"

export type Row = { [key: string]: unknown }
export type Collection = "watchlists" | "notification-channels" | "custom-agents"

/** The server's memory. */
export interface World {
  habits: Habits
  next: bigint
  tick: number
  readonly rows: { readonly [C in Collection]: Map<string, Row> }
}

export class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const takes: { readonly [C in Collection]: ReadonlyArray<string> } = {
  watchlists: ["name", "description", "assets", "mode"],
  "notification-channels": ["name", "type", "configuration"],
  "custom-agents": [
    "agentName",
    "agentType",
    "severity",
    "state",
    "rule",
    "channelsConfigurations",
    "remindersConfigurations",
    "muteDuration",
    "delay"
  ]
}
const types = ["Email", "Slack", "Discord", "Telegram", "Webhook", "Defender", "PagerDuty"]
export const rowsOf = (value: unknown): ReadonlyArray<Row> => Array.isArray(value) ? value as ReadonlyArray<Row> : []
export const nameOf = (row: Row): unknown => row["name"] ?? row["agentName"]
const hash = (text: string): number => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 9973, 7)
const demand = (holds: boolean, message: string, status = 400): void => {
  if (!holds) throw new Refusal(status, message)
}

export const touched = (world: World, row: Row): Row => {
  const at = Date.UTC(2026, 0, 1) + 1500 * world.tick++
  const iso = new Date(at).toISOString()
  row["updatedAt"] = world.habits.clock === "seconds" ? `${iso.slice(0, 16)}:00Z` : iso
  row["createdAt"] ??= row["updatedAt"]
  return row
}

export const inserted = (world: World, collection: Collection, fields: Row): Row => {
  const id = String(world.next)
  world.next += 1n + BigInt(hash(id) % 3)
  const row = touched(world, { id, ...fields })
  world.rows[collection].set(id, row)
  return row
}

// --- what a request may hold

const checkFields = (world: World, collection: Collection, body: Row): void => {
  const unknown = Object.keys(body).filter((field) => !takes[collection].includes(field))
  demand(!world.habits.strict || unknown.length === 0, `property ${unknown.join()} should not exist`)
}

const checkAsset = (asset: Row): void => {
  const wrong = Object.keys(asset).filter((field) => !["chain", "type", "address", "name"].includes(field))
  demand(wrong.length === 0, `assets: property ${wrong.join()} should not exist`)
  demand(typeof asset["chain"] === "string" && typeof asset["type"] === "string", "assets: chain and type are required")
}

const checkAgent = (world: World, body: Row): void => {
  demand(["High", "Medium", undefined].includes(body["severity"] as string), "severity must be High or Medium")
  demand(["enabled", "disabled"].includes(body["state"] as string), "state must be enabled or disabled")
  for (const field of ["channelsConfigurations", "remindersConfigurations"]) {
    for (const channel of rowsOf(body[field])) {
      demand(Object.keys(channel).join() === "id", `${field} takes ids only`)
      demand(
        /^\d+$/.test(String(channel["id"])) && typeof channel["id"] !== "string",
        `${field}: id must be an integer`
      )
      demand(
        world.rows["notification-channels"].has(String(channel["id"])),
        `channel ${channel["id"]} is not there`,
        422
      )
    }
  }
}

const checkChannel = (body: Row): void => {
  demand(body["type"] === undefined || types.includes(String(body["type"])), "type is not one of the known")
  demand(typeof (body["configuration"] ?? {}) === "object", "configuration must be an object")
}

const assetKey = (asset: Row): string =>
  [asset["chain"], asset["type"], asset["address"] ?? asset["name"]].join().toLowerCase()

const withAssets = (before: ReadonlyArray<Row>, given: ReadonlyArray<Row>, mode: unknown): ReadonlyArray<Row> => {
  const keys = new Set(given.map(assetKey))
  const others = before.filter((asset) => !keys.has(assetKey(asset)))
  if (mode === "remove") return others
  const fresh = [...new Map(given.map((asset) => [assetKey(asset), asset])).values()]
  return mode === "add" ? [...others, ...fresh] : fresh
}

// --- what an answer holds

const aged = (world: World, value: unknown): unknown => {
  const empty = value === null || value === ""
  const { empties } = world.habits
  if (!empty || empties === "asSent") return value
  return empties === "null" ? null : empties === "blank" ? "" : undefined
}

const addressed = (world: World, address: unknown): unknown => {
  if (typeof address !== "string" || world.habits.addresses === "asSent") return address
  const lower = address.toLowerCase()
  if (world.habits.addresses === "lower") return lower
  return lower.replace(
    /^0x(.*)$/,
    (_, hex: string) => `0x${[...hex].map((c, i) => i % 2 ? c.toUpperCase() : c).join("")}`
  )
}

const extra = (world: World, what: Row): Row => world.habits.extras ? what : {}
const jumbled = <A>(world: World, items: ReadonlyArray<A>): ReadonlyArray<A> =>
  world.habits.order === "random" ? items.toSorted(() => Math.random() - 0.5) : items

const shownWatchlist = (world: World, row: Row): Row => ({
  ...row,
  description: aged(world, row["description"] ?? null),
  assets: jumbled(world, rowsOf(row["assets"])).map((asset) => ({
    ...asset,
    ...extra(world, { id: hash(assetKey(asset)), tags: ["x"], contract: { verified: null } }),
    address: aged(world, addressed(world, asset["address"] ?? null)),
    name: aged(world, asset["name"] ?? null)
  })),
  ...extra(world, {
    alertPolicies: [],
    alertsTagsStats: { a: 1 },
    createdBy: "someone@example.org",
    createdByUserId: 7
  })
})

const shownChannel = (world: World, row: Row): Row => {
  const configuration = { ...row["configuration"] as Row }
  const mask = (value: unknown) => world.habits.masked && value !== undefined ? "***" : value
  if (configuration["value"] !== undefined) configuration["value"] = mask(configuration["value"])
  if (configuration["headers"] !== undefined) {
    configuration["headers"] = rowsOf(configuration["headers"]).map((header) => ({
      ...header,
      value: mask(header["value"]),
      ...extra(world, { headerId: 3 })
    }))
  }
  return {
    ...row,
    configuration: { ...configuration, ...extra(world, { verified: true, retries: { max: 3 } }) },
    ...extra(world, { channelsAlertPolicies: [], remindersAlertPolicies: null, teamId: 12 })
  }
}

const shownAgent = (world: World, row: Row): Row => {
  const { channelsConfigurations, remindersConfigurations, rule, ...rest } = row
  const channels = world.rows["notification-channels"]
  const whole = (refers: unknown) =>
    jumbled(world, rowsOf(refers)).map(({ id }) => shownChannel(world, channels.get(String(id)) ?? { id }))
  const defaults = world.habits.defaults ? { muteDuration: rest["muteDuration"] ?? 0, delay: rest["delay"] ?? 0 } : {}
  return {
    ...rest,
    ...defaults,
    muteDuration: aged(world, rest["muteDuration"] ?? defaults.muteDuration ?? null),
    rule: {
      ...rule as Row,
      ...extra(world, { ruleString: "if", chainDisplayName: "Ethereum", monitoredAddressAlias: null })
    },
    alertPolicies: [{
      id: 1,
      ...extra(world, { name: "policy", status: null }),
      channelsConfigurations: whole(channelsConfigurations),
      remindersConfigurations: whole(remindersConfigurations)
    }],
    ...extra(world, { agentDescription: "made here", tags: [], lastRun: null })
  }
}

export const shown = (world: World, collection: Collection, row: Row): Row => {
  const show = { watchlists: shownWatchlist, "notification-channels": shownChannel, "custom-agents": shownAgent }
  const answer = show[collection](world, row)
  if (world.habits.clock === "absent") delete answer["updatedAt"]
  return answer
}

// --- the calls

const created = (world: World, collection: Collection, body: unknown): ReadonlyArray<Row> => {
  demand(
    Array.isArray(body) === (collection === "notification-channels"),
    "an array is for channels, and only for them"
  )
  const given = Array.isArray(body) ? rowsOf(body) : [body as Row]
  for (const row of given) {
    checkFields(world, collection, row)
    const late = collection === "watchlists" && (row["assets"] ?? row["mode"]) !== undefined
    demand(!world.habits.strict || !late, "assets are not taken here")
    demand(typeof nameOf(row) === "string", "a name is required")
    if (collection === "notification-channels") checkChannel(row)
    if (collection === "custom-agents") checkAgent(world, row)
    if (collection === "custom-agents")
      demand(typeof row["rule"] === "object" && typeof row["agentType"] === "string", "rule and agentType are required")
  }
  // The create of a watchlist does not take assets: what it is given of them is not kept.
  return given.map(({ assets: _assets, ...row }) =>
    inserted(world, collection, collection === "watchlists" ? { ...row, assets: [] } : row)
  )
}

const merged = (world: World, before: unknown, given: unknown): unknown => {
  const objects = [before, given].every((value) => typeof value === "object" && value !== null && !Array.isArray(value))
  return objects && world.habits.nested === "merge" ? { ...before as Row, ...given as Row } : given
}

const patched = (world: World, collection: Collection, row: Row, body: Row): void => {
  checkFields(world, collection, body)
  const { mode, assets, ...fields } = body
  if (collection === "watchlists") {
    demand(["replaceAll", "add", "remove", undefined].includes(mode as string), "mode is not known")
    rowsOf(assets).forEach(checkAsset)
    if (assets !== undefined) row["assets"] = withAssets(rowsOf(row["assets"]), rowsOf(assets), mode)
  }
  if (collection === "notification-channels") checkChannel(fields)
  if (collection === "custom-agents") {
    checkAgent(world, fields)
    demand(fields["agentType"] === undefined || fields["agentType"] === row["agentType"], "agentType cannot change")
  }
  for (const [field, value] of Object.entries(fields)) row[field] = merged(world, row[field], value)
  touched(world, row)
}

const removed = (world: World, collection: Collection, id: string): void => {
  const users = [...world.rows["custom-agents"].values()].filter((agent) =>
    [...rowsOf(agent["channelsConfigurations"]), ...rowsOf(agent["remindersConfigurations"])].some((one) =>
      String(one["id"]) === id
    )
  )
  if (collection === "notification-channels") {
    demand(world.habits.usedChannels === "deleted" || users.length === 0, "the channel is in use", 409)
    for (const agent of users) {
      agent["channelsConfigurations"] = rowsOf(agent["channelsConfigurations"]).filter((one) =>
        String(one["id"]) !== id
      )
    }
  }
  world.rows[collection].delete(id)
}

const listed = (world: World, collection: Collection, query: URLSearchParams): ReadonlyArray<Row> => {
  const { order, sorting, paging } = world.habits
  const all = [...world.rows[collection].values()]
  const sort = query.get("sort")
  demand(sort === null || sorting !== "refused", "sort is not allowed here")
  const byHash = (a: Row, b: Row) => hash(String(a["id"])) - hash(String(b["id"]))
  const ordered = order === "random" ? all.toSorted(byHash) : order === "newest" ? all.toReversed() : all
  const direction = query.get("order")?.toLowerCase() === "desc" ? -1 : 1
  const compare = (a: Row, b: Row) =>
    a[sort ?? ""] === b[sort ?? ""] ? 0 : String(a[sort ?? ""]) < String(b[sort ?? ""]) ? -1 : 1
  const sorted = sort === null || sorting === "ignored" ?
    ordered :
    ordered.toSorted((a, b) =>
      direction * (sort === "id" ? Number(BigInt(String(a["id"])) - BigInt(String(b["id"]))) : compare(a, b))
    )
  if (paging === "ignored") return sorted
  const limit = Number(query.get("limit") ?? (paging === "alwaysCapped" ? 5 : Infinity))
  const offset = Number(query.get("offset") ?? 0)
  return sorted.slice(offset, offset + (paging === "obeyed" ? limit : Math.min(limit, 5)))
}

/** The row that a path means; an agent also goes by its name, and a name that looks like a number wins over an id. */
const meant = (world: World, collection: Collection, key: string): Row => {
  const rows = world.rows[collection]
  const byName = collection === "custom-agents" ? [...rows.values()].find((row) => row["agentName"] === key) : undefined
  const row = byName ?? rows.get(key)
  if (row === undefined) throw new Refusal(404, `${collection} ${key} not found`)
  return row
}

export type Handled = { readonly status: number; readonly data?: unknown }

type Parse = (text: string, revive: (key: string, value: unknown, at: { source?: string }) => unknown) => unknown

/** Ids beyond what a double holds stay as they were written. */
const decode = (text: string): Row =>
  (JSON.parse as Parse)(
    text,
    (_key, value, { source = "" }) =>
      typeof value === "number" && !Number.isSafeInteger(value) && /^\d+$/.test(source) ? BigInt(source) : value
  ) as Row

const cut = (part: Part, row: Row, whole: () => Row): Handled =>
  part === "none" ? { status: 204 } : { status: 200, data: part === "id" ? { id: row["id"] } : whole() }

/** Does what a request asks. */
export const handle = (world: World, method: string, url: URL, text: string): Handled => {
  const [, name = "", key] = url.pathname.split("/").map(decodeURIComponent)
  if (!Object.hasOwn(takes, name)) throw new Refusal(404, "no such route")
  const collection = name as Collection
  const show = (row: Row) => shown(world, collection, row)
  const body = text === "" ? {} : decode(text)
  if (method === "GET" && key === undefined) {
    const rows = jumbled(world, listed(world, collection, url.searchParams)).map(show)
    return {
      status: 200,
      data: world.habits.lists === "results" ? { results: rows, ...extra(world, { total: 99 }) } : rows
    }
  }
  if (method === "POST") {
    const rows = created(world, collection, body)
    const many = (data: Handled) =>
      Array.isArray(body) && data.data !== undefined
        ? { ...data, data: rows.map((row) => world.habits.posts === "id" ? { id: row["id"] } : show(row)) }
        : data
    const [row] = rows
    if (row === undefined) return { status: 200, data: [] }
    const answer = many(cut(world.habits.posts, row, () => show(row)))
    return answer.status === 200 ? { ...answer, status: 201 } : answer
  }
  const row = meant(world, collection, key ?? "")
  if (method === "GET") return { status: 200, data: show(row) }
  if (method === "PATCH") {
    const stale = row["updatedAt"]
    patched(world, collection, row, body)
    return cut(
      world.habits.patches,
      row,
      () => world.habits.clock === "lazy" ? { ...show(row), updatedAt: stale } : show(row)
    )
  }
  demand(method === "DELETE", "method not allowed", 405)
  removed(world, collection, String(row["id"]))
  return world.habits.deletes === "accepted"
    ? { status: 202, data: null }
    : cut(world.habits.deletes, row, () => row)
}
