/**
 * What the transport promises beyond answers: a request that never got a connection was not sent.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { type AddressInfo, createServer, type Server } from "node:net"
import { makeTransport } from "../../../src/providers/http/Transport.ts"
import { answer, loopback } from "./Loopback.ts"

const silentServer = Effect.map(
  Effect.acquireRelease(
    Effect.promise(() =>
      new Promise<Server>((resolve) => {
        const server = createServer((socket) => socket.on("error", () => socket.destroy()))
        server.listen(0, "127.0.0.1", () => resolve(server))
      })
    ),
    (server) => Effect.sync(() => server.close())
  ),
  (server) => (server.address() as AddressInfo).port
)

const request = (path: string) => ({ method: "POST", path, headers: [], body: "{}" })

describe("a request that waits for a connection", () => {
  const setup = (timeoutMs: number) =>
    Effect.gen(function*() {
      const server = yield* loopback((response, { path }) => path === "/hang" ? undefined : answer(response, 200, {}))
      const transport = yield* makeTransport({ origin: server.url, connections: 1, timeoutMs })
      const hanging = yield* Effect.forkChild(Effect.flip(transport.send(request("/hang"))), { startImmediately: true })
      yield* Effect.sleep(1).pipe(Effect.repeat({ until: () => server.seen.length === 1, times: 1_000 }))
      return { server, transport, hanging }
    })

  it.live("was not sent when its time is over", () =>
    Effect.gen(function*() {
      // A server that takes connections and never answers the handshake.
      const port = yield* silentServer
      const transport = yield* makeTransport({ origin: `https://127.0.0.1:${port}`, connections: 1, timeoutMs: 60 })
      const late = yield* Effect.flip(transport.send(request("/late")))
      assert.deepStrictEqual([late.sent, late.status], [false, 0])
      assert.match(late.detail, /60 ms|60ms/)
    }))

  it.live("is not sent once it was interrupted", () =>
    Effect.gen(function*() {
      const { hanging, server, transport } = yield* setup(5_000)
      const waiting = yield* Effect.forkChild(transport.send(request("/gone")), { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(hanging)
      yield* transport.send(request("/next"))
      assert.deepStrictEqual(server.seen.map(({ path }) => path), ["/hang", "/next"])
    }))

  it.live("fails as not sent when the transport closes", () =>
    Effect.gen(function*() {
      const { server } = yield* setup(5_000)
      const fiber = yield* Effect.scoped(Effect.gen(function*() {
        const transport = yield* makeTransport({ origin: server.url, connections: 1, timeoutMs: 5_000 })
        const first = transport.send(request("/hang"))
        const second = transport.send(request("/never"))
        const both = Effect.all([Effect.flip(first), Effect.flip(second)], { concurrency: 2 })
        const running = yield* Effect.forkDetach(both, { startImmediately: true })
        yield* Effect.sleep(1).pipe(Effect.repeat({ until: () => server.seen.length === 2, times: 1_000 }))
        return running
      }))
      const [first, second] = yield* Fiber.join(fiber)
      assert.deepStrictEqual([first.sent, second.sent], [true, false])
    }))
})

describe("an answer", () => {
  it.live("may carry its ETag behind its body, which stands where the head has none", () =>
    Effect.gen(function*() {
      const server = yield* loopback((response, { path }) => {
        response.writeHead(200, { trailer: "ETag", ...(path === "/both" ? { etag: "\"head\"" } : {}) })
        response.write("{}")
        response.addTrailers({ etag: "\"tail\"", "content-type": "text/plain" })
        response.end()
      })
      const transport = yield* makeTransport({ origin: server.url, connections: 1, timeoutMs: 5_000 })
      const [tail, both] = [yield* transport.send(request("/tail")), yield* transport.send(request("/both"))]
      assert.deepStrictEqual([tail.headers["etag"], both.headers["etag"]], ["\"tail\"", "\"head\""])
      assert.isUndefined(tail.headers["content-type"])
    }))
})
