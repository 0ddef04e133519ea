/**
 * Requests against real sockets: what each way of going wrong means for a read and for a write.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import type { Client, Request } from "../../../src/providers/http/Client.ts"
import type { ProviderError } from "../../../src/providers/ProviderError.ts"
import { answer, clientOf, type Handler, loopback } from "./Loopback.ts"

const read: Request = { method: "GET", path: "/a" }
const write: Request = { method: "POST", path: "/a", body: { name: "x" } }

const facts = ({ mayLand, reason, status }: ProviderError) => [reason, status ?? 0, mayLand ?? false]

const failure = (client: Client, request: Request) => Effect.flip(client.send(request))

/** What a read and a write come to with a server that treats both alike. */
const outcomes = (handler: Handler, options: Parameters<typeof clientOf>[1] = {}) =>
  Effect.gen(function*() {
    const server = yield* loopback(handler)
    const client = yield* clientOf(server.url, options)
    return { read: yield* failure(client, read), write: yield* failure(client, write), server }
  })

// A self-signed certificate for localhost, valid for a hundred years and trusted by nobody.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTjMpV9MqGY0nl1zH
4k/s5mZGIb7mvtneQfQjNkdN1GuhRANCAAQl+KWnexbno76g7UusCbFIX1RjOzM7
LUiyyYIVqnpUd+NtG8jfwK3/DG0qsjnRv7ad+mpId+aAyKOeF7n0eA/s
-----END PRIVATE KEY-----`
const cert = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUfbCGJuh7GcNYElXfzRgSVY5chckwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMDIwNTQ0M1oYDzIxMjYxMDI3
MjA1NDQzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQl+KWnexbno76g7UusCbFIX1RjOzM7LUiyyYIVqnpUd+NtG8jfwK3/
DG0qsjnRv7ad+mpId+aAyKOeF7n0eA/so28wbTAdBgNVHQ4EFgQUiXRBtuLSZL0t
vrijkOwDyyOhwr4wHwYDVR0jBBgwFoAUiXRBtuLSZL0tvrijkOwDyyOhwr4wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZI
zj0EAwIDSQAwRgIhAJeSEPQZN7Kb6i5K1zyPbNc2zlI0Liy6Bd8ZAWT6ud6SAiEA
sXS0z5XyHvlPykwRf0ntfHfaSd2tZl0XlpqahnD58qU=
-----END CERTIFICATE-----`

const tlsServer = Effect.acquireRelease(
  Effect.promise(() =>
    new Promise<ReturnType<typeof createTlsServer>>((resolve) => {
      const server = createTlsServer({ key, cert }, (_, response) => response.end("{}"))
      server.listen(0, "127.0.0.1", () => resolve(server))
    })
  ),
  (server) => Effect.sync(() => server.close())
)

describe("an answer", () => {
  it.live("is the JSON of it, over connections that are kept", () =>
    Effect.gen(function*() {
      const server = yield* loopback((response, { body, method }) => answer(response, 200, { method, body }))
      const client = yield* clientOf(server.url, { base: { origin: server.url, prefix: "/v1" } })
      const replies = [yield* client.send(read), yield* client.send(write)]
      assert.deepStrictEqual(replies.map(({ json, status }) => ({ json, status })), [
        { status: 200, json: { method: "GET", body: "" } },
        { status: 200, json: { method: "POST", body: `{"name":"x"}` } }
      ])
      assert.deepStrictEqual(server.seen.map(({ path }) => path), ["/v1/a", "/v1/a"])
      assert.strictEqual(server.seen[1]?.headers["content-type"], "application/json")
      for (let i = 0; i < 8; i++) yield* client.send(read)
      assert.isAtMost(server.connections(), 2)
    }))

  it.live("may be empty, and may come after an early hint", () =>
    Effect.gen(function*() {
      const server = yield* loopback((response) => {
        response.writeEarlyHints({ link: "</x>; rel=preload" })
        answer(response, 204)
      })
      const client = yield* clientOf(server.url)
      const reply = yield* client.send({ method: "DELETE", path: "/a" })
      assert.strictEqual(reply.status, 204)
      assert.notProperty(reply, "json")
    }))

  it.live("is put together from its pieces, also in the middle of a character", () =>
    Effect.gen(function*() {
      const bytes = Buffer.from(JSON.stringify({ text: "…".repeat(1_000) }))
      const server = yield* loopback((response) => {
        response.write(bytes.subarray(0, 11))
        response.end(bytes.subarray(11))
      })
      const client = yield* clientOf(server.url)
      assert.deepStrictEqual((yield* client.send(read)).json, { text: "…".repeat(1_000) })
    }))

  it.live("of 202 is none for a write, unless the caller follows it up", () =>
    Effect.gen(function*() {
      const server = yield* loopback((response) => answer(response, 202, {}))
      const client = yield* clientOf(server.url)
      assert.deepStrictEqual(facts(yield* failure(client, write)), ["Ambiguous", 202, true])
      assert.strictEqual((yield* client.send({ ...write, accepts: "later" })).status, 202)
    }))
})

describe("what surely was not sent", () => {
  it.live("is a refused connection", () =>
    Effect.gen(function*() {
      const { url } = yield* Effect.scoped(loopback(() => undefined))
      const client = yield* clientOf(url)
      for (const request of [read, write]) {
        const error = yield* failure(client, request)
        assert.deepStrictEqual(facts(error), ["NotSent", 0, false])
        assert.include(error.detail, "ECONNREFUSED")
      }
    }))

  it.live("is a handshake that fails, and a certificate that nobody vouches for", () =>
    Effect.gen(function*() {
      const plain = yield* loopback((response) => answer(response, 200, {}))
      const noTls = yield* clientOf(plain.url.replace("http:", "https:"))
      assert.deepStrictEqual(facts(yield* failure(noTls, write)), ["NotSent", 0, false])
      const { port } = (yield* tlsServer).address() as AddressInfo
      const error = yield* failure(yield* clientOf(`https://127.0.0.1:${port}`), write)
      assert.deepStrictEqual(facts(error), ["NotSent", 0, false])
      assert.match(error.detail, /self-signed|SELF_SIGNED/)
      assert.lengthOf(plain.seen, 0)
    }))
})

describe("a write without a whole answer is in doubt", () => {
  it.live("when the connection is cut", () =>
    Effect.gen(function*() {
      const cut = yield* outcomes((response) => response.socket?.destroy())
      assert.deepStrictEqual(facts(cut.read), ["Ambiguous", 0, false])
      assert.deepStrictEqual(facts(cut.write), ["Ambiguous", 0, true])
    }))

  it.live("when it takes too long, and the request is aborted then", () =>
    Effect.gen(function*() {
      let closed = 0
      const late = yield* outcomes((response) => response.on("close", () => closed++), { timeoutMs: 60 })
      assert.deepStrictEqual(facts(late.read), ["Ambiguous", 0, false])
      assert.deepStrictEqual(facts(late.write), ["Ambiguous", 0, true])
      assert.include(late.write.detail, "within 60 ms")
      yield* Effect.sleep(1).pipe(Effect.repeat({ until: () => closed === 2, times: 1_000 }))
      assert.strictEqual(closed, 2)
    }))

  it.live("when its body ends too soon", () =>
    Effect.gen(function*() {
      const cut = yield* outcomes((response) => {
        response.writeHead(200, { "content-length": 100 })
        response.write("{", () => response.socket?.destroy())
      })
      assert.deepStrictEqual(facts(cut.read), ["Ambiguous", 200, false])
      assert.deepStrictEqual(facts(cut.write), ["Ambiguous", 200, true])
    }))

  it.live("when its body stalls", () =>
    Effect.gen(function*() {
      const stalled = yield* outcomes((response) => {
        response.writeHead(200)
        response.write("{")
      }, { timeoutMs: 60 })
      assert.deepStrictEqual(facts(stalled.write), ["Ambiguous", 200, true])
    }))

  it.live("when its body is too large, as declared or as it comes", () =>
    Effect.gen(function*() {
      const handlers: ReadonlyArray<Handler> = [
        (response) => response.writeHead(200, { "content-length": 1_001 }).write("{"),
        (response) => answer(response, 200, "x".repeat(1_001), { "transfer-encoding": "chunked" })
      ]
      for (const handler of handlers) {
        const huge = yield* outcomes(handler, { responseBytesMax: 1_000 })
        assert.deepStrictEqual(facts(huge.read), ["Malformed", 200, false])
        assert.deepStrictEqual(facts(huge.write), ["Ambiguous", 200, true])
      }
    }))

  it.live("when it is a page for people", () =>
    Effect.gen(function*() {
      const page = "\n<!doctype html><title>Sign in</title>\n<body>"
      const html = yield* outcomes((response) => answer(response, 200, page, { "content-type": "text/html" }))
      assert.deepStrictEqual(facts(html.read), ["Malformed", 200, false])
      assert.deepStrictEqual(facts(html.write), ["Ambiguous", 200, true])
      assert.strictEqual(html.read.detail, "<!doctype html><title>Sign in</title>")
    }))

  it.live("but not when the page says that it was refused", () =>
    Effect.gen(function*() {
      const html = yield* outcomes((response) => answer(response, 413, "<html>too large</html>"))
      assert.deepStrictEqual(facts(html.write), ["Rejected", 413, false])
    }))
})

describe("redirects", () => {
  const to = (location: (nth: number) => string, status = 307): Handler => (response, { path }, nth) =>
    path === "/end?x=1"
      ? answer(response, 200, { end: true })
      : answer(response, status, undefined, { location: location(nth) })

  it.live("of a read are followed on the same host, five of them", () =>
    Effect.gen(function*() {
      const server = yield* loopback(to((nth) => nth < 5 ? `/hop${nth}` : "/end?x=1"))
      const client = yield* clientOf(server.url)
      assert.deepStrictEqual((yield* client.send(read)).json, { end: true })
      const endless = yield* loopback(to((nth) => `/hop${nth}`))
      const error = yield* failure(yield* clientOf(endless.url), read)
      assert.deepStrictEqual(facts(error), ["Rejected", 307, false])
      assert.lengthOf(endless.seen, 6)
    }))

  it.live("to another host are never followed", () =>
    Effect.gen(function*() {
      const other = yield* loopback((response) => answer(response, 200, {}))
      const server = yield* loopback(to(() => `${other.url}/login?next=hunter2`))
      const client = yield* clientOf(server.url, { auth: { _tag: "bearer", token: "token" } })
      const error = yield* failure(client, read)
      assert.deepStrictEqual(facts(error), ["Rejected", 307, false])
      assert.include(error.detail, `${other.url}/login;`)
      assert.notInclude(error.detail, "hunter2")
      assert.lengthOf(other.seen, 0)
    }))

  it.live("of a write are refusals, but 303 follows what was done", () =>
    Effect.gen(function*() {
      for (
        const [status, reason] of [[301, "Rejected"], [302, "Rejected"], [308, "Rejected"], [303, "Ambiguous"]] as const
      ) {
        const server = yield* loopback(to(() => "/end?x=1", status))
        const error = yield* failure(yield* clientOf(server.url), write)
        assert.deepStrictEqual(facts(error), [reason, status, false])
        assert.lengthOf(server.seen, 1)
      }
    }))
})

describe("the error", () => {
  it.live("has the server's words, without the credentials that it repeats", () =>
    Effect.gen(function*() {
      const server = yield* loopback((response, { headers }) =>
        answer(response, 400, { error: { message: `no: ${headers.authorization} ${headers["x-id"]}` } })
      )
      const basic = yield* clientOf(server.url, { auth: { _tag: "basic", username: "u", password: "hunter2" } })
      const error = yield* failure(basic, { ...write, path: "/a?q=1" })
      assert.strictEqual(error.detail, "no: Basic (secret) undefined")
      assert.strictEqual(error.request, "POST /a")
      assert.strictEqual(error.status, 400)
      const headers = yield* clientOf(server.url, { auth: { _tag: "headers", headers: { "X-Id": " hunter2\n" } } })
      assert.strictEqual((yield* failure(headers, write)).detail, "no: undefined (secret)")
    }))

  it.live("is one line of bounded length", () =>
    Effect.gen(function*() {
      const server = yield* loopback((response) => answer(response, 400, `${"x".repeat(5_000)}\nmore`))
      const error = yield* failure(yield* clientOf(server.url), write)
      assert.isAtMost(error.detail.length, 301)
      const empty = yield* loopback((response) => answer(response, 500))
      assert.include((yield* failure(yield* clientOf(empty.url), write)).detail, "500 and nothing else")
    }))

  it.live("tells how long the server asked to wait, and the next requests do", () =>
    Effect.gen(function*() {
      const at: Array<number> = []
      const server = yield* loopback((response, _, nth) => {
        at.push(performance.now())
        if (nth === 1) answer(response, 429, { error: "slow down" }, { "retry-after": "0.2" })
        else answer(response, 200, {})
      })
      const client = yield* clientOf(server.url)
      const error = yield* failure(client, write)
      assert.deepStrictEqual([error.reason, error.retryAfterMs], ["Throttled", 200])
      yield* client.send(write)
      assert.isAtLeast((at[1] ?? 0) - (at[0] ?? 0), 195)
    }))
})

describe("interrupting", () => {
  it.live("aborts the request and lets the next one in", () =>
    Effect.gen(function*() {
      let closed = false
      const server = yield* loopback((response, { path }) => {
        if (path === "/hang") response.on("close", () => (closed = true))
        else answer(response, 200, {})
      })
      const client = yield* clientOf(server.url, { concurrency: 1 })
      const hanging = yield* Effect.forkChild(client.send({ ...write, path: "/hang" }), { startImmediately: true })
      const waiting = yield* Effect.forkChild(client.send(read), { startImmediately: true })
      yield* Effect.sleep(1).pipe(Effect.repeat({ until: () => server.seen.length === 1, times: 1_000 }))
      yield* Fiber.interrupt(hanging)
      assert.deepStrictEqual((yield* Fiber.join(waiting)).json, {})
      assert.isTrue(closed)
    }))
})
