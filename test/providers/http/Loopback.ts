/**
 * A loopback server whose every answer a test writes itself, and a client of it.
 */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type Client, type ClientOptions, makeClient } from "../../../src/providers/http/Client.ts"

/** What a server got to see of a request. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

export interface Loopback {
  readonly url: string
  readonly seen: ReadonlyArray<Seen>
  readonly connections: () => number
}

/** Answers a request that was read in full; `nth` counts from 1. */
export type Handler = (response: ServerResponse, seen: Seen, nth: number) => void

/** Answers JSON, or text where it is one. */
export const answer = (response: ServerResponse, status: number, body?: unknown, headers = {}): void => {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body)
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(text)
}

/** A server for the length of the scope. */
export const loopback = (handler: Handler): Effect.Effect<Loopback, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() =>
      new Promise<Loopback & { readonly stop: () => void }>((resolve) => {
        const seen: Array<Seen> = []
        let connections = 0
        const server = createServer((request, response) => {
          const chunks: Array<Buffer> = []
          request.on("data", (chunk: Buffer) => chunks.push(chunk))
          request.on("end", () => {
            const { headers, method = "", url = "" } = request
            const one = { method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") }
            seen.push(one)
            handler(response, one, seen.length)
          })
        })
        server.on("connection", () => {
          connections += 1
        })
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo
          const stop = () => {
            server.close()
            server.closeAllConnections()
          }
          resolve({ url: `http://127.0.0.1:${port}`, seen, connections: () => connections, stop })
        })
      })
    ),
    ({ stop }) => Effect.sync(stop)
  )

/** A client of an origin. */
export const clientOf = (
  origin: string,
  options: Partial<ClientOptions> = {}
): Effect.Effect<Client, never, Scope.Scope> =>
  makeClient({
    provider: "p",
    base: { origin, prefix: "" },
    auth: { _tag: "none" },
    concurrency: 10,
    timeoutMs: 5_000,
    ...options
  })
