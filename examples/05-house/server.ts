/**
 * The doors and badges of a house, behind one address that takes `{ call, with }` and answers `{ ok }` or `{ fault }`:
 * an API that no description fits. It keeps everything in memory. `node examples/05-house/server.ts 4180`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

type Row = { readonly [field: string]: unknown }

/** What the next write meets, for tests. */
export type Trouble = "refused" | "unauthorized" | "throttled" | "lostBefore" | "lostAfter"

/** A house that runs. */
export interface House {
  readonly url: string
  /** How many calls changed something, or tried to. */
  readonly writes: () => number
  /** Everything there is, by kind. */
  readonly rows: () => { readonly door: ReadonlyArray<Row>; readonly badge: ReadonlyArray<Row> }
  readonly meet: (trouble: Trouble) => void
  readonly close: () => Promise<void>
}

interface State {
  readonly door: Map<string, Row>
  readonly badge: Map<string, Row>
  made: number
  writes: number
  trouble?: Trouble | undefined
}

type Told = { readonly ok: unknown } | { readonly fault: string; readonly says: string }

const fault = (name: string, says: string): Told => ({ fault: name, says })

const isKind = (kind: unknown): kind is "door" | "badge" => kind === "door" || kind === "badge"

const create = (state: State, kind: "door" | "badge", given: Row): Told => {
  state.made += 1
  const id = kind === "door" ? String(given["name"]) : `b${state.made}`
  if (state[kind].has(id)) return fault("taken", `there is a ${kind} ${id} already`)
  const missing = (given["doors"] as ReadonlyArray<string> | undefined)?.find((door) => !state.door.has(door))
  if (missing !== undefined) return fault("refused", `there is no door ${missing}`)
  const row = { ...given, id, rev: 1 }
  state[kind].set(id, row)
  return { ok: row }
}

const change = (state: State, kind: "door" | "badge", { id, rev, set }: Row): Told => {
  const row = state[kind].get(String(id))
  if (row === undefined) return fault("absent", `there is no ${kind} ${String(id)}`)
  if (rev !== undefined && rev !== row["rev"]) return fault("stale", `it is at ${String(row["rev"])} by now`)
  if (set === undefined) {
    state[kind].delete(String(id))
    return { ok: null }
  }
  const next = { ...row, ...(set as Row), rev: Number(row["rev"]) + 1 }
  state[kind].set(String(id), next)
  return { ok: next }
}

const carryOut = (state: State, call: unknown, given: Row): Told => {
  const { kind } = given
  if (!isKind(kind)) return fault("refused", `there is no kind ${String(kind)}`)
  if (call === "all") return { ok: [...state[kind].values()] }
  if (call === "one") return { ok: state[kind].get(String(given["id"])) ?? null }
  if (call === "create") return create(state, kind, given["document"] as Row)
  return call === "change" ? change(state, kind, given) : fault("refused", `there is no call ${String(call)}`)
}

const isWrite = (call: unknown): boolean => call === "create" || call === "change"

const statuses: { readonly [T in Trouble]?: number } = { unauthorized: 401, throttled: 429 }

const bodyOf = async (request: IncomingMessage): Promise<Row> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Row
}

const answer = (response: ServerResponse, status: number, told: Told): void => {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(told))
}

const handle = async (state: State, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { call, with: given } = await bodyOf(request)
  const trouble = isWrite(call) ? state.trouble : undefined
  if (isWrite(call)) {
    state.writes += 1
    state.trouble = undefined
  }
  if (trouble === "refused") return answer(response, 200, fault("refused", "not today"))
  const status = trouble === undefined ? undefined : statuses[trouble]
  if (status !== undefined) return answer(response, status, fault("refused", "not like this"))
  if (trouble === "lostBefore") return void request.socket.destroy()
  const told = carryOut(state, call, given as Row)
  if (trouble === "lostAfter") return void request.socket.destroy()
  answer(response, 200, told)
}

/** Starts a house. */
export const startHouse = (port = 0): Promise<House> => {
  const state: State = { door: new Map(), badge: new Map(), made: 0, writes: 0 }
  const server = createServer((request, response) => {
    handle(state, request, response).catch(() => answer(response, 400, fault("refused", "not understood")))
  })
  return new Promise((resolve) =>
    server.listen(port, "127.0.0.1", () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        writes: () => state.writes,
        rows: () => ({ door: [...state.door.values()], badge: [...state.badge.values()] }),
        meet: (trouble) => {
          state.trouble = trouble
        },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          })
      }))
  )
}

if (process.argv[1]?.endsWith("05-house/server.ts") === true) {
  const { url } = await startHouse(Number(process.argv[2] ?? 4180))
  console.log(`a house at ${url}`)
}
