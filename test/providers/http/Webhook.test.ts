/**
 * One POST to a webhook: what is sent, what its end is called, and that nothing of the address is in it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { Limits } from "../../../src/domain/Limits.ts"
import { type Posted, postOnce } from "../../../src/providers/http/Webhook.ts"
import { answer, type Handler, loopback } from "./Loopback.ts"
import { proxyServer } from "./ProxyServer.ts"

const path = "/hooks/secret-path?sig=secret-sig"
const body = "{\"event\":\"stuck\"}"

const posted = (origin: string, timeoutMs = 5_000): Effect.Effect<Posted> =>
  postOnce({})({ url: `${origin}${path}`, body, timeoutMs })

/** Posts to a server that behaves like this. */
const against = (handler: Handler) =>
  Effect.gen(function*() {
    const server = yield* loopback(handler)
    return { server, came: yield* posted(server.url) }
  })

/** A server that speaks no HTTP: it does this with each connection. */
const rawServer = (act: (socket: Socket) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() =>
        new Promise<Server>((resolve) => {
          const server = createServer((socket) => {
            socket.on("error", () => socket.destroy())
            act(socket)
          })
          server.listen(0, "127.0.0.1", () => resolve(server))
        })
      ),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => (server.address() as AddressInfo).port
  )

describe("a webhook", () => {
  it.live("is posted JSON at its whole address, once", () =>
    Effect.gen(function*() {
      const { came, server } = yield* against((response) => answer(response, 200, "thank you"))
      assert.deepStrictEqual(came, { _tag: "answered", status: 200 })
      assert.strictEqual(server.seen.length, 1)
      const [seen] = server.seen
      assert.deepInclude(seen, { method: "POST", path, body })
      assert.deepInclude(seen?.headers, { "content-type": "application/json", "user-agent": "amends" })
    }))

  it.live("is heard when it asks to wait", () =>
    Effect.gen(function*() {
      const { came } = yield* against((response) => answer(response, 429, "", { "retry-after": "3" }))
      assert.deepStrictEqual(came, { _tag: "answered", status: 429, retryAfterMs: 3_000 })
    }))

  it.live("is not followed to where it redirects", () =>
    Effect.gen(function*() {
      const { came, server } = yield* against((response) => answer(response, 307, "", { location: "/elsewhere" }))
      assert.deepStrictEqual(came, { _tag: "answered", status: 307 })
      assert.strictEqual(server.seen.length, 1)
    }))

  it.live("has answered also where its answer is larger than anybody reads", () =>
    Effect.gen(function*() {
      const { came } = yield* against((response) => answer(response, 200, "x".repeat(Limits.notifyAnswerBytesMax + 1)))
      assert.deepStrictEqual(came, { _tag: "answered", status: 200 })
    }))

  it.effect("that is silent is given up after a while", () =>
    Effect.gen(function*() {
      let arrived = () => {}
      const arrival = new Promise<void>((resolve) => (arrived = resolve))
      const server = yield* loopback(() => arrived())
      const fiber = yield* Effect.forkChild(posted(server.url), { startImmediately: true })
      yield* Effect.promise(() => arrival)
      yield* TestClock.adjust(5_000)
      assert.deepStrictEqual(yield* Fiber.join(fiber), {
        _tag: "failed",
        why: "it did not answer within 5000 ms",
        again: true
      })
    }))

  it.live("that is not there, breaks off or speaks something else is told in our words", () =>
    Effect.gen(function*() {
      const refused = yield* posted("http://127.0.0.1:1")
      assert.deepStrictEqual(refused, {
        _tag: "failed",
        why: "it could not be reached (ECONNREFUSED)",
        again: true
      })
      const unknown = yield* posted("https://secret-host.invalid")
      assert.match(unknown._tag === "failed" ? unknown.why : "", /^it could not be reached \(E[A-Z_]+\)$/)
      const cut = yield* rawServer((socket) => socket.once("data", () => socket.destroy()))
      const broken = yield* posted(`http://127.0.0.1:${cut}`)
      assert.match(broken._tag === "failed" ? broken.why : "", /^the connection broke/)
      const foreign = yield* rawServer((socket) => socket.once("data", () => socket.end("hello secret\r\n\r\n")))
      const strange = yield* posted(`http://127.0.0.1:${foreign}`)
      for (const came of [refused, unknown, broken, strange]) {
        assert.strictEqual(came._tag, "failed")
        assert.notMatch(JSON.stringify(came), /secret|127\.0\.0\.1|hello/)
      }
    }))

  it.live("that cannot prove who it is gets nothing", () =>
    Effect.gen(function*() {
      let bytes = ""
      const port = yield* rawServer((socket) => socket.on("data", (chunk) => void (bytes += chunk.toString("latin1"))))
      const came = yield* posted(`https://127.0.0.1:${port}`, 200)
      assert.deepStrictEqual(came, { _tag: "failed", why: "it could not be reached within 200 ms", again: true })
      assert.notInclude(bytes, "secret-path")
    }))

  it.live("behind a proxy is posted through it, and what the proxy wants to know is in no answer", () =>
    Effect.gen(function*() {
      const server = yield* loopback((response) => answer(response, 200, "thank you"))
      const proxy = yield* proxyServer(Number(new URL(server.url).port))
      const env = { HTTP_PROXY: proxy.url.replace("//", "//me:hunter2@") }
      const letter = { url: `http://hooks.test${path}`, body, timeoutMs: 5_000 }
      assert.deepStrictEqual(yield* postOnce(env)(letter), { _tag: "answered", status: 200 })
      assert.deepInclude(server.seen[0], { method: "POST", path, body })
      assert.deepStrictEqual(proxy.passed.map(({ method, target }) => [method, target]), [["POST", letter.url]])
      const gone = yield* postOnce({ HTTP_PROXY: "http://me:hunter2@127.0.0.1:1" })(letter)
      assert.deepStrictEqual(gone, { _tag: "failed", why: "it could not be reached (ECONNREFUSED)", again: true })
    }))

  it.live("behind what is no proxy is sent nothing, and the variable is named", () =>
    Effect.gen(function*() {
      const came = yield* postOnce({ HTTPS_PROXY: "socks5://10.0.0.1:1080" })({
        url: `https://hooks.test${path}`,
        body,
        timeoutMs: 5_000
      })
      assert.deepStrictEqual(came, {
        _tag: "failed",
        why: "HTTPS_PROXY is not the address of an HTTP proxy",
        again: false
      })
    }))
})
