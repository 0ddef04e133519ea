/**
 * A loopback server for the tests of described kinds: each test says in a few lines what its API does, and this does
 * the rest, counts writes, and strikes a request with a fault when asked to.
 */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { FaultName } from "../../../src/testing.ts"

export type Row = { [key: string]: unknown }

export interface Asked {
  readonly method: string
  /** Segments of the path, decoded. */
  readonly path: ReadonlyArray<string>
  readonly query: URLSearchParams
  readonly headers: { readonly [name: string]: string | undefined }
  readonly body: Row
  /** The body as it came. */
  readonly sent: unknown
}

export interface Told {
  readonly status: number
  readonly body?: unknown
  /** A body that is no JSON, as it is. */
  readonly page?: string
  readonly headers?: { readonly [name: string]: string }
}

export type Handle = (asked: Asked) => Told

export interface Api {
  readonly url: string
  /** Everything that was asked, in order. */
  readonly asked: ReadonlyArray<Asked>
  readonly writes: () => ReadonlyArray<Asked>
  readonly strike: (fault: FaultName) => void
  /** Looks at each request first: answers it, cuts it off, never answers, or lets it pass. */
  meddle: (asked: Asked) => Told | "cut" | "cutAfter" | "hang" | undefined
}

/** Tells reads from writes, also where everything is a POST. */
export const isRead = ({ method, path: [first = ""] }: Asked): boolean =>
  method === "GET" || /\.(list|info)$/.test(first)

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const refusals: { readonly [F in FaultName]?: Told } = {
  refused: { status: 400, body: { error: "refused" } },
  unauthorized: { status: 401, body: { error: "who are you" } },
  throttled: { status: 429, body: { error: "later" }, headers: { "retry-after": "0" } }
}

const answer = (response: ServerResponse, { body, headers = {}, page, status }: Told): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(page ?? (body === undefined ? undefined : JSON.stringify(body)))
}

/** Gives every id in an answer another value. */
const withOtherId = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null),
    (key, member: unknown) => /^(id|_id|uuid|name)$/.test(key) ? `${String(member)}-other` : member
  )

const askedOf = async (request: IncomingMessage): Promise<Asked> => {
  const text = await readBody(request)
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const sent: unknown = text === "" ? undefined : JSON.parse(text)
  return {
    method: request.method ?? "",
    path: url.pathname.split("/").slice(1).map(decodeURIComponent),
    query: url.searchParams,
    headers: request.headers as Asked["headers"],
    body: typeof sent === "object" && sent !== null && !Array.isArray(sent) ? sent as Row : {},
    sent
  }
}

/** Starts a server that does what `handle` says, for the length of the scope. */
export const startApi = (handle: Handle): Effect.Effect<Api, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const asked: Array<Asked> = []
      const faults: Array<FaultName> = []
      const api: Pick<Api, "meddle"> = { meddle: () => undefined }
      const serve = async (request: IncomingMessage, response: ServerResponse) => {
        const one = await askedOf(request)
        asked.push(one)
        const meddled = api.meddle(one)
        if (meddled === "hang") return
        if (typeof meddled === "object") return answer(response, meddled)
        if (meddled === "cutAfter") handle(one)
        if (meddled !== undefined) return request.socket.destroy()
        const [fault] = faults
        const struck = fault !== undefined && isRead(one) === (fault === "otherId") ? faults.shift() : undefined
        if (struck === "lostBefore") return request.socket.destroy()
        const refusal = struck === undefined ? undefined : refusals[struck]
        if (refusal !== undefined) return answer(response, refusal)
        const told = handle(one)
        if (struck === "lostAfter") return request.socket.destroy()
        return answer(response, struck === "otherId" ? { ...told, body: withOtherId(told.body) } : told)
      }
      const server = createServer((request, response) =>
        void serve(request, response).catch(() => request.socket.destroy())
      )
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const { port } = server.address() as AddressInfo
      return Object.assign(api, {
        server,
        url: `http://127.0.0.1:${port}`,
        asked,
        writes: () => asked.filter((one) => !isRead(one)),
        strike: (fault: FaultName) => void faults.push(fault)
      })
    }),
    ({ server }) =>
      Effect.promise(() =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        })
      )
  )
