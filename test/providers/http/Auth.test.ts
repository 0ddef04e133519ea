/**
 * Credentials on the wire, and the life of a token that is fetched.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Auth } from "../../../src/providers/http/Auth.ts"
import type { OAuth2 } from "../../../src/providers/http/OAuth2.ts"
import { answer, clientOf, type Handler, loopback } from "./Loopback.ts"

const read = { method: "GET", path: "/a" } as const

describe("fixed credentials", () => {
  it.live.each<readonly [string, Auth, Record<string, string | undefined>]>([
    ["none", { _tag: "none" }, { authorization: undefined }],
    ["headers", { _tag: "headers", headers: { "X-Client-Id": "a", "x-client-secret": "b" } }, {
      "x-client-id": "a",
      "x-client-secret": "b"
    }],
    ["basic", { _tag: "basic", username: "ü", password: "p:w" }, { authorization: "Basic w7w6cDp3" }],
    ["bearer", { _tag: "bearer", token: "t\n" }, { authorization: "Bearer t" }]
  ])("go along: %s", ([, auth, expected]) =>
    Effect.gen(function*() {
      const server = yield* loopback((response) => answer(response, 200, {}))
      yield* (yield* clientOf(server.url, { auth })).send(read)
      for (const [name, value] of Object.entries(expected)) assert.strictEqual(server.seen[0]?.headers[name], value)
    }))
})

describe("client credentials", () => {
  const tokens = (answers: (nth: number) => unknown, status = 200): Handler => (response, _, nth) =>
    answer(response, status, answers(nth))

  const oauth = (tokenUrl: string, more: Partial<OAuth2> = {}): OAuth2 => ({
    _tag: "oauth2",
    tokenUrl: { origin: tokenUrl, prefix: "/token" },
    clientId: "me",
    clientSecret: "hunter2",
    ...more
  })

  const setup = (issue: Handler, api: Handler, more: Partial<OAuth2> = {}) =>
    Effect.gen(function*() {
      const issuer = yield* loopback(issue)
      const server = yield* loopback(api)
      return { issuer, server, client: yield* clientOf(server.url, { auth: oauth(issuer.url, more) }) }
    })

  const fine: Handler = (response) => answer(response, 200, {})

  it.live("fetch one token for all requests", () =>
    Effect.gen(function*() {
      const issue = tokens(() => ({ access_token: "t1", expires_in: 3_600 }))
      const { client, issuer, server } = yield* setup(issue, fine, { scope: "all", audience: "x" })
      yield* Effect.forEach([1, 2, 3], () => client.send(read), { concurrency: 3 })
      assert.deepStrictEqual(server.seen.map(({ headers }) => headers.authorization), Array(3).fill("Bearer t1"))
      assert.lengthOf(issuer.seen, 1)
      const [request] = issuer.seen
      assert.strictEqual(request?.body, "grant_type=client_credentials&scope=all&audience=x")
      assert.strictEqual(request?.headers.authorization, `Basic ${Buffer.from("me:hunter2").toString("base64")}`)
      assert.strictEqual(request?.path, "/token")
    }))

  it.live("go in the body where that is asked for", () =>
    Effect.gen(function*() {
      const { client, issuer } = yield* setup(tokens(() => ({ access_token: "t" })), fine, { credentialsIn: "body" })
      yield* client.send(read)
      assert.include(issuer.seen[0]?.body, "client_id=me&client_secret=hunter2")
      assert.isUndefined(issuer.seen[0]?.headers.authorization)
    }))

  it.live("renew a token that is refused, once", () =>
    Effect.gen(function*() {
      const issue = tokens((nth) => ({ access_token: `t${nth}` }))
      const { client, issuer, server } = yield* setup(issue, (response, { headers }) =>
        headers.authorization === "Bearer t2" ? answer(response, 200, { ok: true }) : answer(response, 401, {}))
      const reply = yield* client.send({ method: "POST", path: "/a", body: { n: 1 } })
      assert.deepStrictEqual(reply.json, { ok: true })
      assert.deepStrictEqual(
        server.seen.map(({ body }) =>
          body
        ),
        [`{"n":1}`, `{"n":1}`]
      )
      assert.lengthOf(issuer.seen, 2)
    }))

  it.live("do not try for ever", () =>
    Effect.gen(function*() {
      const issue = tokens((nth) => ({ access_token: `token-${nth}` }))
      const { client, server } = yield* setup(issue, (response) => answer(response, 401, { error: "no token-2 here" }))
      const error = yield* Effect.flip(client.send(read))
      assert.strictEqual(error.reason, "Unauthorized")
      assert.strictEqual(error.detail, "no (secret) here")
      assert.lengthOf(server.seen, 2)
    }))

  it.live("renew a token before it expires", () =>
    Effect.gen(function*() {
      const { client, issuer } = yield* setup(tokens(() => ({ access_token: "t", expires_in: 0.02 })), fine)
      yield* client.send(read)
      yield* Effect.sleep(15)
      yield* client.send(read)
      assert.lengthOf(issuer.seen, 2)
    }))

  it.live.each<readonly [string, Handler, string]>([
    ["refused", (response) => answer(response, 401, { error: "bad hunter2" }), "Unauthorized"],
    ["failing", (response) => answer(response, 503, {}), "NotSent"],
    ["cut", (response) => response.socket?.destroy(), "NotSent"],
    ["not a token", (response) => answer(response, 200, { token: "hunter2" }), "NotSent"],
    ["not JSON", (response) => answer(response, 200, "<html>"), "NotSent"]
  ])("that get no token send nothing: %s", ([, issue, reason]) =>
    Effect.gen(function*() {
      const { client, server } = yield* setup(issue, fine)
      const error = yield* Effect.flip(client.send({ method: "POST", path: "/a", body: {} }))
      assert.deepStrictEqual([error.reason, error.mayLand ?? false], [reason, false])
      assert.include(error.detail, "no access token")
      assert.notInclude(error.detail, "hunter2")
      assert.lengthOf(server.seen, 0)
    }))
})
