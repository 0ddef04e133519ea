/**
 * A second server of the monitoring API: by other habits than the sandbox's, one for each place where the documentation
 * leaves room, and with a memory that tests look into, edit behind the back of amends, and disturb.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import {
  type Collection,
  handle,
  type Handled,
  inserted,
  nameOf,
  Refusal,
  type Row,
  rowsOf,
  touched,
  type World
} from "./OtherApi.ts"
import { type Habits, plain } from "./OtherHabits.ts"

/** What happens to a request instead of a plain answer. */
export type Mischief =
  | keyof typeof statuses
  | "failAfter"
  | "dropBefore"
  | "dropAfter"
  | "truncate"
  | "hang"
  | "hangAfter"

/** Mischief that answers without doing anything. */
const statuses = { refuse: 400, deny: 401, miss: 404, throttle: 429, fail: 500, busy: 503 } as const
export interface Seen {
  readonly method: string
  readonly path: string
  readonly body: string
  /** Which write this is, from 1; 0 for a read. */
  readonly write: number
}

export interface OtherServer {
  readonly url: string
  readonly seen: Array<Seen>
  readonly rows: { readonly [C in Collection]: Map<string, Row> }
  /** Asked for each request before it is handled. */
  meddle: (seen: Seen) => Mischief | undefined
  habits: Habits
  /** What a refusal by mischief says. */
  words: string
  readonly writes: () => ReadonlyArray<Seen>
  /** Somebody else's edit of what bears that name. */
  readonly edit: (collection: Collection, name: string, change: Row) => void
  readonly add: (collection: Collection, row: Row) => string
  readonly remove: (collection: Collection, name: string) => void
  /** What is there, ids and times aside, references by name. */
  readonly held: () => ReadonlyArray<string>
  readonly close: () => Promise<void>
}

const encode = (value: unknown): string =>
  JSON.stringify(
    value,
    (key, member: unknown) =>
      typeof member === "bigint" || (key === "id" && typeof member === "string" && /^\d+$/.test(member))
        ? (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(String(member))
        : member
  )

const enveloped = (habits: Habits, { data }: Handled): unknown =>
  habits.envelope
    ? { success: true, data: data ?? null, error: null, version: "2.3", service: "other", stackTrace: null }
    : data

const echoed = (habits: Habits, body: string): string =>
  habits.echo === "nothing" || body === ""
    ? ""
    : habits.echo === "body"
    ? `; body was ${body}`
    : `; body was ${Buffer.from(body).toString("base64")} or ${encodeURIComponent(body)} or ${JSON.stringify(body)}`

const html = "<html><head><title>404 Not Found</title></head><body>nginx</body></html>"

const refused = (habits: Habits, { status, message }: Refusal, body: string): Handled & { readonly type?: string } => {
  const error = `${message}${echoed(habits, body)}`
  if (status === 404 && habits.missing === "html") return { status, data: html, type: "text/html" }
  const style = status === 404 && habits.missing !== "html" ? habits.missing : habits.errors
  const trace = style === "falseSuccess" ? null : `at ${body}`
  const envelope = { success: false, data: null, error, version: "2.3", service: "other", stackTrace: trace }
  if (style === "text") return { status, data: error, type: "text/plain" }
  if (style === "message") return { status, data: { error: { message: error, code: "E1" } } }
  return { status: style === "falseSuccess" && status !== 404 ? 200 : status, data: envelope }
}

const answer = (
  habits: Habits,
  response: ServerResponse,
  { status, data, type }: Handled & { readonly type?: string }
) => {
  const text = data === undefined ? "" : type === undefined ? encode(data) : String(data)
  const headers = {
    ...(text === "" ? {} : { "content-type": type ?? "application/json; charset=utf-8" }),
    ...(habits.closes ? { connection: "close" } : {}),
    ...(habits.chunked || text === "" ? {} : { "content-length": String(Buffer.byteLength(text)) })
  }
  response.writeHead(status, headers)
  if (!habits.chunked) return response.end(text)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 17) response.write(bytes.subarray(at, at + 17))
  return response.end()
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const handled = (world: World, request: IncomingMessage, text: string): Handled & { readonly type?: string } => {
  const { habits } = world
  try {
    if (request.headers["x-client-id"] === undefined || request.headers["x-client-secret"] === undefined) {
      throw new Refusal(401, "who are you?")
    }
    const done = handle(world, request.method ?? "", new URL(request.url ?? "", "http://x"), text)
    return done.status === 204 ? done : { ...done, data: enveloped(habits, done) }
  } catch (error) {
    return refused(habits, error instanceof Refusal ? error : new Refusal(500, String(error)), text)
  }
}

interface Disturbing {
  readonly mischief: Mischief
  readonly world: World
  readonly words: string
}

const disturb = (
  { mischief, words, world }: Disturbing,
  request: IncomingMessage,
  response: ServerResponse,
  text: string
) => {
  if (mischief === "hang") return
  const answers = mischief in statuses
  if (!answers && mischief !== "dropBefore") handled(world, request, text)
  if (mischief === "hangAfter") return
  if (mischief === "dropBefore" || mischief === "dropAfter") return void request.socket.destroy()
  if (mischief === "truncate") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "4000" }).write("{\"success\": tr")
    return void setTimeout(() => request.socket.destroy(), 5)
  }
  const status = answers ? statuses[mischief as keyof typeof statuses] : 500
  answer(world.habits, response, refused(world.habits, new Refusal(status, words), text))
}

const find = (world: World, collection: Collection, name: string): Row => {
  const row = [...world.rows[collection].values()].find((one) => nameOf(one) === name)
  if (row === undefined) throw new Error(`no ${name} among ${collection}`)
  return row
}

/** What is there by what it says, not by its ids. */
const heldBy = (world: World): ReadonlyArray<string> => {
  const names = new Map(
    [...world.rows["notification-channels"].values()].map((row) => [String(row["id"]), nameOf(row)])
  )
  const watchlists = new Map([...world.rows.watchlists.values()].map((row) => [String(row["id"]), nameOf(row)]))
  const named = (refers: unknown) => rowsOf(refers).map(({ id }) => String(names.get(String(id)) ?? id)).sort()
  const ofAgent = ({ channelsConfigurations, remindersConfigurations, rule, ...row }: Row): Row => {
    const { watchlistId, ...others } = rule as Row
    const list = watchlistId === undefined ? {} : { watchlist: watchlists.get(String(watchlistId)) ?? watchlistId }
    return {
      ...row,
      muteDuration: row["muteDuration"] || null,
      delay: row["delay"] || null,
      rule: { ...others, ...list },
      on: named(channelsConfigurations),
      remind: named(remindersConfigurations)
    }
  }
  // Empty is nothing, and so are the defaults of this server; addresses mean the same in any case.
  const said = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([, value]) => (value ?? "") !== ""))
  const asset = (row: Row): string => encode(said({ ...row, address: String(row["address"] ?? "").toLowerCase() }))
  const ofWatchlist = (row: Row): Row => ({ ...row, assets: rowsOf(row["assets"]).map(asset).sort() })
  return Object.entries(world.rows).flatMap(([collection, rows]) =>
    [...rows.values()].map(({ id: _id, createdAt: _c, updatedAt: _u, ...row }) => {
      const told = collection === "custom-agents" ? ofAgent(row) : collection === "watchlists" ? ofWatchlist(row) : row
      const members = Object.entries(said(told)).sort(([a], [b]) => a < b ? -1 : 1)
      return `${collection} ${encode(Object.fromEntries(members))}`
    })
  ).sort()
}

const faceOf = (world: World): Omit<OtherServer, "url" | "close"> => {
  const seen: Array<Seen> = []
  return {
    seen,
    rows: world.rows,
    meddle: () => undefined,
    words: "not today",
    get habits() {
      return world.habits
    },
    set habits(habits) {
      world.habits = habits
    },
    writes: () => seen.filter(({ write }) => write > 0),
    edit: (collection, name, change) => {
      const row = find(world, collection, name)
      Object.assign(row, change)
      touched(world, row)
    },
    add: (collection, row) => String(inserted(world, collection, row)["id"]),
    remove: (collection, name) => void world.rows[collection].delete(String(find(world, collection, name)["id"])),
    held: () => heldBy(world)
  }
}

/** Starts the server on a free loopback port. */
export const startOtherServer = async (habits: Partial<Habits> = {}): Promise<OtherServer> => {
  const world: World = {
    habits: { ...plain, ...habits },
    next: habits.firstId ?? 1n,
    tick: 0,
    rows: { watchlists: new Map(), "notification-channels": new Map(), "custom-agents": new Map() }
  }
  const face = faceOf(world)
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await bodyOf(request)
    const method = request.method ?? ""
    const write = method === "GET" ? 0 : face.writes().length + 1
    const seen = { method, path: request.url ?? "", body: text, write }
    face.seen.push(seen)
    const mischief = face.meddle(seen)
    if (world.habits.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, world.habits.latencyMs))
    if (mischief !== undefined) return disturb({ mischief, world, words: face.words }, request, response, text)
    return answer(world.habits, response, handled(world, request, text))
  }
  const server = createServer((request, response) =>
    void serve(request, response).catch(() => request.socket.destroy())
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(face, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  })
}
