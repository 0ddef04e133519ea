/**
 * What is sent beside the document, and what answers mean: keys, guards, ids in Location, polls, and refusals.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Operation } from "../../../src/domain/Change.ts"
import type { JsonObject } from "../../../src/domain/Document.ts"
import type { Provider } from "../../../src/providers/Provider.ts"
import type { Handle, Told } from "./Api.ts"
import { openProvider, providerOf } from "./Providers.ts"

const perform = (provider: Provider, operation: Operation) => {
  const [call] = provider.calls("thing", operation)
  if (call === undefined) throw new Error("there is a call")
  const id = operation._tag === "create" ? {} : { id: operation.id }
  return provider.send({ kind: "thing", call, idempotencyKey: "key-1", ...id })
}

const create: Operation = { _tag: "create", desired: { name: "a", labels: { team: "x" } } }
const update: Operation = { _tag: "update", id: "7", from: { name: "a" }, to: { name: "b" }, guard: "g-1" }
const remove: Operation = { _tag: "delete", id: "7", from: {}, guard: "g-1" }

const always = (told: Told): Handle => () => told
const done: Told = { status: 200, body: { id: 7, name: "a" } }

const opened = (description: JsonObject, handle: Handle, settings: JsonObject = {}) =>
  openProvider({ thing: { path: "/things", ...description } }, handle, settings)

/** The error that a call ends in. */
const errorOf = (description: JsonObject, told: Told, operation: Operation = create) =>
  Effect.flatMap(opened(description, always(told)), ({ provider }) => Effect.flip(perform(provider, operation)))

describe("a call", () => {
  it.live("carries its key, its marker, and the headers of the call and of the provider", () =>
    Effect.gen(function*() {
      const { api, provider } = yield* opened(
        {
          create: { headers: { "Content-Type": "application/vnd.shop+json", "X-Call": "1" } },
          idempotency: { header: "X-Once", ttl: "1h" },
          marker: { field: "/labels/by" }
        },
        always(done),
        { headers: { "X-Tenant": "acme" }, auth: { bearer: "token-0001" } }
      )
      yield* perform(provider, create)
      const [asked] = api.asked
      assert.deepStrictEqual(asked?.body, { name: "a", labels: { team: "x", by: "key-1" } })
      const names = ["authorization", "content-type", "x-call", "x-once", "x-tenant"]
      assert.deepStrictEqual(names.map((name) => asked?.headers[name]), [
        "Bearer token-0001",
        "application/vnd.shop+json",
        "1",
        "key-1",
        "acme"
      ])
    }))

  it.live("is not sent where its key or its marker has no place in the body", () =>
    Effect.gen(function*() {
      const desired = { name: "a", labels: ["x"] }
      for (const said of [{ marker: { field: "/labels/by" } }, { idempotency: { body: "/labels/key", ttl: "1h" } }]) {
        const { api, provider } = yield* opened(said, always(done))
        const error = yield* Effect.flip(perform(provider, { _tag: "create", desired }))
        assert.deepStrictEqual([error.reason, error.applied, error.mayLand], ["Rejected", "no", false])
        assert.match(error.detail, /^its key cannot be put at \/labels\/(by|key): what is above it is no object$/)
        assert.deepStrictEqual(api.asked, [])
      }
    }))

  it.live("carries its guard as the description says", () =>
    Effect.gen(function*() {
      const ways: ReadonlyArray<readonly [JsonObject | string, (asked: Parameters<Handle>[0]) => unknown]> = [
        ["etag", ({ headers }) => headers["if-match"]],
        [{ version: "/rev", header: "X-Rev" }, ({ headers }) => headers["x-rev"]],
        [{ version: "/rev", query: "rev" }, ({ query }) => query.get("rev")],
        [{ version: "/rev" }, ({ body }) => body["rev"]]
      ]
      for (const [guard, where] of ways) {
        const { api, provider } = yield* opened({ guard }, always(done))
        for (const operation of [update, remove]) yield* perform(provider, operation)
        assert.deepStrictEqual(api.asked.map(where), ["g-1", "g-1"])
      }
    }))

  it.live("may carry its guard elsewhere where it deletes", () =>
    Effect.gen(function*() {
      for (const place of [{ query: "rev" }, { header: "X-Rev" }]) {
        const { api, provider } = yield* opened({ guard: { version: "/rev", delete: place } }, always(done))
        for (const operation of [update, remove]) yield* perform(provider, operation)
        const [put, gone] = api.asked
        assert.deepStrictEqual([put?.body["rev"], put?.headers["x-rev"], put?.query.get("rev")], [
          "g-1",
          undefined,
          null
        ])
        assert.isUndefined(gone?.sent)
        assert.strictEqual(gone?.headers["x-rev"] ?? gone?.query.get("rev"), "g-1")
      }
    }))

  it.live("takes the id from the answer, or else from the header Location", () =>
    Effect.gen(function*() {
      for (
        const told of [done, { status: 201, headers: { location: "/v1/things/7?x=1" } }, {
          status: 200,
          body: {},
          headers: { location: "http://h/things/7/" }
        }]
      ) {
        const { provider } = yield* opened({}, always(told))
        assert.strictEqual((yield* perform(provider, create)).id, "7")
      }
      assert.include((yield* errorOf({}, { status: 201, body: {} })).detail, "does not say the id")
    }))

  it.live("has a document in its answer where that holds all that was sent", () =>
    Effect.gen(function*() {
      const { provider } = yield* opened({}, always({ status: 200, body: { id: 7, name: "a", labels: {} } }))
      assert.isDefined((yield* perform(provider, create)).document)
      const bare = yield* opened({}, always(done))
      assert.isUndefined((yield* perform(bare.provider, create)).document)
    }))

  it.live("about another resource is in doubt", () =>
    Effect.gen(function*() {
      const error = yield* errorOf({}, { status: 200, body: { id: 8, name: "b" } }, update)
      assert.deepStrictEqual([error.reason, error.mayLand], ["Ambiguous", false])
    }))

  it.live("is not sent along a path that leads elsewhere", () =>
    Effect.gen(function*() {
      const { api, provider } = yield* openProvider({ thing: { path: "/zones/{zone}/things" } }, always(done))
      for (const zone of ["", ".", "..", null]) {
        const error = yield* Effect.flip(perform(provider, { _tag: "create", desired: { zone, name: "a" } }))
        assert.strictEqual(error.reason, "Rejected")
      }
      const read = yield* Effect.flip(provider.observe("thing", "7"))
      assert.include(read.detail, "an id of thing is zone/id")
      assert.lengthOf(api.asked, 0)
    }))
})

describe("an answer", () => {
  it.live("of 200 that is no success is refused, in the words of the place that has them", () =>
    Effect.gen(function*() {
      const description = { success: { "/ok": [true, "yes"] }, error: "/why/0" }
      const refused = yield* errorOf(description, { status: 200, body: { ok: false, why: ["too small"] } })
      assert.deepStrictEqual([refused.reason, refused.applied, refused.detail], ["Rejected", "no", "too small"])
      const status = yield* errorOf(description, { status: 422, body: { ok: false, why: ["too large"], message: "x" } })
      assert.deepStrictEqual([status.reason, status.detail], ["Rejected", "too large"])
      const untold = yield* errorOf(description, { status: 200, body: { id: 7 } })
      assert.deepStrictEqual([untold.reason, untold.mayLand], ["Ambiguous", false])
    }))

  it.live("refuses a stale guard, and tells that there is none, by the statuses that say so", () =>
    Effect.gen(function*() {
      const guarded = { guard: { version: "/rev", refusedWith: 422 }, absent: [400, 404] }
      assert.strictEqual((yield* errorOf(guarded, { status: 422, body: {} }, update)).reason, "Conflict")
      assert.strictEqual((yield* errorOf(guarded, { status: 400, body: {} }, update)).reason, "NotFound")
      assert.strictEqual((yield* errorOf(guarded, { status: 422, body: {} })).reason, "Rejected")
      assert.strictEqual((yield* errorOf(guarded, { status: 400, body: {} })).reason, "Rejected")
    }))

  it.live("about one that is absent says so by status or by what it holds, and no page for people does", () =>
    Effect.gen(function*() {
      const absent = { status: [403, 404], when: { "": null, "/gone": true } }
      for (const told of [{ status: 403, body: {} }, { status: 404 }]) {
        const { provider } = yield* opened({ absent }, always(told))
        assert.isUndefined(yield* provider.observe("thing", "7"))
      }
      const gone = yield* opened(
        { answer: "/data", absent: { when: { "": null } } },
        always({ status: 200, body: { data: null } })
      )
      assert.isUndefined(yield* gone.provider.observe("thing", "7"))
      const either = { when: [{ "/state": "deleted", "/kept": null }, { "/values/0": null }] }
      for (
        const [body, isThere] of [
          [{ id: 7, state: "deleted", values: [1] }, false],
          [{ id: 7, state: "deleted", kept: true, values: [1] }, true],
          [{ id: 7, values: [] }, false]
        ] as const
      ) {
        const { provider } = yield* opened({ absent: either }, always({ status: 200, body }))
        assert.strictEqual((yield* provider.observe("thing", "7")) !== undefined, isThere)
      }
      const none = yield* opened({}, always({ status: 200, body: [] }))
      assert.strictEqual((yield* Effect.flip(none.provider.observe("thing", "7"))).reason, "Malformed")
    }))
})

describe("a call that is taken for later", () => {
  const accepted: Told = { status: 202, headers: { location: "/jobs/1" } }
  const job = (...told: ReadonlyArray<Told>): Handle => {
    let n = 0
    return ({ path }) => path[0] === "jobs" ? told[Math.min(n++, told.length - 1)] ?? done : accepted
  }
  const poll = {
    every: "1ms",
    timeout: "20ms",
    until: { "/state": "done" },
    failed: { "/state": ["failed", "gone"] },
    answer: "/result"
  }

  it.live("is over when the server says so, whatever hiccups come between", () =>
    Effect.gen(function*() {
      const busy: Told = { status: 503, body: {} }
      const going: Told = { status: 200, body: { state: "going" } }
      const handle = job(going, busy, going, { status: 200, body: { state: "done", result: { id: 9 } } })
      const { provider } = yield* opened({ create: { poll: { ...poll, timeout: "10s" } } }, handle)
      assert.strictEqual((yield* perform(provider, create)).id, "9")
    }))

  it.live("is refused when the server says that it failed", () =>
    Effect.gen(function*() {
      const handle = job({ status: 200, body: { state: "failed", why: "no room" } })
      const { provider } = yield* opened({ error: "/why", create: { poll } }, handle)
      const error = yield* Effect.flip(perform(provider, create))
      assert.deepStrictEqual([error.reason, error.detail], ["Rejected", "no room"])
    }))

  it.live("is in doubt where it does not end, cannot be asked about, or does not say where", () =>
    Effect.gen(function*() {
      const handles = [
        job({ status: 200, body: { state: "going" } }),
        job({ status: 404, body: {} }),
        always({ status: 202, body: {} }),
        always({ status: 202, headers: { location: "/../../x" } })
      ]
      for (const handle of handles) {
        const { provider } = yield* opened({ create: { poll } }, handle)
        const error = yield* Effect.flip(perform(provider, create))
        assert.deepStrictEqual([error.reason, error.mayLand], ["Ambiguous", true])
      }
    }))

  it.live("is in doubt where the description does not follow it up", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* errorOf({}, accepted)).reason, "Ambiguous")
    }))

  it.live("takes as long as it is followed", () =>
    Effect.gen(function*() {
      const provider = yield* providerOf({ thing: { path: "/t", create: { poll: { timeout: "5m" } } } })
      assert.strictEqual(provider.timeoutMs, 302_000)
    }))
})

describe("a search", () => {
  const rows = [{ id: 1, name: "a", labels: { by: "k" } }, { id: 2, name: "b" }]
  it.live("asks as `find` says, by the marker, or looks through the list, and trusts none of them", () =>
    Effect.gen(function*() {
      const { api, provider } = yield* opened({
        find: { query: { name: "{name}" } },
        marker: { field: "/labels/by", query: { label: "by={value}" } }
      }, always({ status: 200, body: rows }))
      assert.deepStrictEqual((yield* provider.find("thing", { "/name": "b" })).map(({ id }) => id), ["2"])
      assert.deepStrictEqual((yield* provider.find("thing", { "/labels/by": "k" })).map(({ id }) => id), ["1"])
      assert.deepStrictEqual((yield* provider.find("thing", { "/other": "k" })).map(({ id }) => id), [])
      assert.deepStrictEqual(api.asked.map(({ query }) => query.toString()), ["name=b", "label=by%3Dk", ""])
    }))
})

describe("check", () => {
  it.live("reads what it is told to, or the first list, and advises", () =>
    Effect.gen(function*() {
      const { api, provider } = yield* opened({}, ({ path }) => path[0] === "me" ? done : { status: 401, body: {} }, {
        check: "/me"
      })
      yield* provider.check
      assert.deepStrictEqual(api.asked.map(({ path }) => path.join("/")), ["me"])
      const listing = yield* opened({}, always({ status: 401, body: {} }))
      const error = yield* Effect.flip(listing.provider.check)
      assert.include(error.detail, "check the setting auth")
    }))

  it.live("of settings tells every mistake", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        providerOf({ thing: { path: "/t" } }, { auth: { bearer: "" }, headers: [], check: "me", baseUrl: "x", more: 1 })
      )
      assert.deepStrictEqual(error.mistakes.map(({ path }) => path), [
        "/more",
        "/auth/bearer",
        "/headers",
        "/check",
        "/baseUrl"
      ])
      const none = yield* Effect.flip(providerOf({}))
      assert.deepStrictEqual(none.mistakes.map(({ path }) => path), ["/kinds"])
      for (const auth of [{ basic: { username: "u" } }, { headers: { a: "" } }, { digest: "x" }, "token", {}]) {
        const wrong = yield* Effect.flip(providerOf({ thing: { path: "/t" } }, { auth }))
        assert.lengthOf(wrong.mistakes, 1)
      }
    }))
})
