/**
 * The ways to a server: one's own certificates, and proxies. Certificates are made by the test; the proxy leads a host
 * that is nowhere to a server on this machine.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { rootCertificates } from "node:tls"
import type { Network } from "../../../src/providers/http/Network.ts"
import { issue, makeAuthority } from "./Certificates.ts"
import { answer, clientOf, loopback } from "./Loopback.ts"
import { proxyServer, tlsServer } from "./ProxyServer.ts"

const read = { method: "GET", path: "/a?b=c" } as const
const write = { method: "POST", path: "/a", body: { n: 1 } } as const

const authority = makeAuthority("our own")
const server = issue(authority, "api.test")
const client = issue(authority, "me")

const ours = [...rootCertificates, authority.cert]
const mutual = { ...server, ca: authority.cert, requestCert: true }

const portIn = (url: string): number => Number(new URL(url).port)

describe("one's own certificates", () => {
  it.live("are what makes an unknown authority known", () =>
    Effect.gen(function*() {
      const { port, seen } = yield* tlsServer(server)
      const origin = `https://127.0.0.1:${port}`
      const stranger = yield* Effect.flip((yield* clientOf(origin)).send(write))
      assert.deepStrictEqual([stranger.reason, stranger.mayLand ?? false], ["NotSent", false])
      assert.lengthOf(seen, 0)
      const reply = yield* (yield* clientOf(origin, { network: { tls: { ca: ours } } })).send(write)
      assert.strictEqual(reply.status, 200)
    }))

  it.live("prove who we are", () =>
    Effect.gen(function*() {
      const { port, seen } = yield* tlsServer({ ...mutual, rejectUnauthorized: true })
      const origin = `https://127.0.0.1:${port}`
      yield* Effect.flip((yield* clientOf(origin, { network: { tls: { ca: ours } } })).send(read))
      assert.lengthOf(seen, 0)
      const tls = { ca: ours, cert: client.cert, key: client.key }
      yield* (yield* clientOf(origin, { network: { tls } })).send(read)
      assert.deepStrictEqual(seen.map((one) => one.client), ["me"])
    }))
})

describe("a proxy", () => {
  it.live("forwards what is not encrypted, and is told who we are", () =>
    Effect.gen(function*() {
      const api = yield* loopback((response, { body, headers }) => answer(response, 200, { body, host: headers.host }))
      const proxy = yield* proxyServer(portIn(api.url))
      const network = { env: { HTTP_PROXY: proxy.url.replace("//", "//me:hunter2@") } }
      const one = yield* clientOf("http://api.test", { network })
      const replies = [yield* one.send(read), yield* one.send(write)]
      assert.deepStrictEqual(replies.map(({ json }) => json), [
        { body: "", host: "api.test" },
        { body: `{"n":1}`, host: "api.test" }
      ])
      const token = `Basic ${Buffer.from("me:hunter2").toString("base64")}`
      assert.deepStrictEqual(
        proxy.passed.map(({ headers, method, target }) => [method, target, headers["proxy-authorization"]]),
        [["GET", "http://api.test/a?b=c", token], ["POST", "http://api.test/a", token]]
      )
    }))

  it.live("tunnels what is, and only it is told who we are to it", () =>
    Effect.gen(function*() {
      const { port, seen } = yield* tlsServer(mutual)
      const proxy = yield* proxyServer(port)
      const network: Network = {
        env: { https_proxy: proxy.url.replace("//", "//me:hunter2@") },
        tls: { ca: ours, cert: client.cert, key: client.key }
      }
      const one = yield* clientOf("https://api.test", { network, auth: { _tag: "bearer", token: "t" } })
      yield* Effect.forEach([read, write, read], (request) => one.send(request))
      const [first] = proxy.passed
      assert.deepStrictEqual([first?.method, first?.target], ["CONNECT", "api.test:443"])
      assert.strictEqual(first?.headers["proxy-authorization"], `Basic ${Buffer.from("me:hunter2").toString("base64")}`)
      assert.isUndefined(first?.headers.authorization)
      assert.isAtMost(proxy.passed.length, 2)
      assert.deepStrictEqual(
        seen.map(({ client: name, headers }) => `${name} ${headers.authorization}`),
        Array(3).fill("me Bearer t")
      )
      assert.isTrue(seen.every(({ headers }) => headers["proxy-authorization"] === undefined))
    }))

  it.live("does not make another server ours", () =>
    Effect.gen(function*() {
      const { port, seen } = yield* tlsServer(issue(authority, "other.test"))
      const proxy = yield* proxyServer(port)
      const one = yield* clientOf("https://api.test", {
        network: { env: { HTTPS_PROXY: proxy.url }, tls: { ca: ours } }
      })
      const error = yield* Effect.flip(one.send(write))
      assert.strictEqual(error.reason, "NotSent")
      assert.lengthOf(seen, 0)
    }))

  it.live.each(["refuses", "hangs up"] as const)(
    "that %s to open a tunnel was sent nothing of a request",
    (habit) =>
      Effect.gen(function*() {
        const proxy = yield* proxyServer(0, habit)
        const network = { env: { HTTPS_PROXY: proxy.url.replace("//", "//me:hunter2@") } }
        const error = yield* Effect.flip((yield* clientOf("https://api.test", { network })).send(write))
        assert.deepStrictEqual([error.reason, error.mayLand ?? false], ["NotSent", false])
        assert.notInclude(error.message, "hunter2")
        assert.notInclude(error.message, Buffer.from("me:hunter2").toString("base64"))
      })
  )

  it.live("that repeats our credentials to it shows nobody", () =>
    Effect.gen(function*() {
      const proxy = yield* proxyServer(0, "refuses")
      const network = { env: { HTTP_PROXY: proxy.url.replace("//", "//me:hunter2@") } }
      const error = yield* Effect.flip((yield* clientOf("http://api.test", { network })).send(read))
      assert.include(error.detail, "who is Basic (secret)?")
    }))

  it.live("is not asked about this machine", () =>
    Effect.gen(function*() {
      const api = yield* loopback((response) => answer(response, 200, {}))
      const proxy = yield* proxyServer(portIn(api.url))
      yield* (yield* clientOf(api.url, { network: { env: { HTTP_PROXY: proxy.url } } })).send(read)
      assert.deepStrictEqual([api.seen.length, proxy.passed.length], [1, 0])
    }))
})
