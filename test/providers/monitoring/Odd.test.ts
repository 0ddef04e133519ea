/**
 * Answers that no sane server gives, and some do: each is an error with the right facts, never a wrong document.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { same } from "../../../src/domain/Canonical.ts"
import { recall, unknownSecrets } from "../../../src/executor/Recall.ts"
import { channel } from "../../../src/providers/monitoring/Channel.ts"
import { openEnvelope } from "../../../src/providers/monitoring/Envelope.ts"
import { answer, type Handler, loopback } from "../http/Loopback.ts"
import { create, perform, providerAt, slack } from "./World.ts"

const setup = (handler: Handler) =>
  Effect.gen(function*() {
    const server = yield* loopback(handler)
    return { server, provider: yield* providerAt(server.url) }
  })

const always = (body: unknown, status = 200): Handler => (response) => answer(response, status, body)

describe("a read", () => {
  it.live.each<readonly [string, unknown]>([
    ["another id", { id: 2, name: "w", assets: [] }],
    ["no id", { name: "w", assets: [] }],
    ["an id that is none", { id: "x", assets: [] }],
    ["nothing", { success: true, data: null }],
    ["a list", { success: true, data: [] }]
  ])("that is answered with %s is malformed", ([, body]) =>
    Effect.gen(function*() {
      const { provider } = yield* setup(always(body))
      const error = yield* Effect.flip(provider.observe("watchlist", "1"))
      assert.strictEqual(error.reason, "Malformed")
    }))

  it.live("takes an id for a number or a text", () =>
    Effect.gen(function*() {
      const { provider } = yield* setup(always({ id: "1", assets: [], updatedAt: 5 }))
      const found = yield* provider.observe("watchlist", "1")
      assert.deepStrictEqual([found?.id, found?.token], ["1", "5"])
    }))

  it.live("keeps an id that no number of JavaScript holds", () =>
    Effect.gen(function*() {
      const text =
        "{\"id\":9007199254740993,\"agentName\":\"g\",\"rule\":{\"watchlistId\":9007199254740995,\"wei\":1e30}," +
        "\"alertPolicies\":[{\"channelsConfigurations\":[{\"id\":18446744073709551615}]}]}"
      const { provider, server } = yield* setup(always(text))
      const found = yield* provider.observe("custom_agent", "9007199254740993")
      assert.deepStrictEqual(found?.document["rule"], { watchlistId: "9007199254740995", wei: 1e30 })
      assert.deepStrictEqual(found?.document["channelsConfigurations"], [{ id: "18446744073709551615" }])
      const desired = { ...found?.document, agentName: "h" }
      yield* perform(provider, "custom_agent", { _tag: "create", desired })
      const { body } = server.seen.at(-1) ?? { body: "" }
      assert.include(body, "\"watchlistId\":9007199254740995")
      assert.include(body, "\"channelsConfigurations\":[{\"id\":18446744073709551615}]")
    }))

  it.live("does not take a page for people for an absent resource", () =>
    Effect.gen(function*() {
      const { provider } = yield* setup(always("<html>Not Found</html>", 404))
      const error = yield* Effect.flip(provider.observe("watchlist", "1"))
      assert.strictEqual(error.reason, "Malformed")
    }))

  it.live.each<readonly [string, unknown, number]>([
    ["a page for people", "<html>Not Found</html>", 404],
    ["a success without data", { success: true, data: null }, 200],
    ["nothing", "", 200]
  ])("that is answered with %s is settled by the listing", ([, body, status]) =>
    Effect.gen(function*() {
      const rows = [{ id: 2, name: "w", assets: [] }]
      const { provider } = yield* setup((response, { path }) =>
        /^\/watchlists\/\d+$/.test(path) ? answer(response, status, body) : answer(response, 200, rows)
      )
      assert.isUndefined(yield* provider.observe("watchlist", "1"))
      assert.strictEqual((yield* provider.observe("watchlist", "2"))?.document["name"], "w")
    }))

  it.live("opens an envelope that does not say how it went", () =>
    Effect.gen(function*() {
      const { provider } = yield* setup(always({ data: { id: 1, name: "w", assets: [] }, version: "2" }))
      assert.strictEqual((yield* provider.observe("watchlist", "1"))?.document["name"], "w")
    }))

  it.live.each<readonly [string, object, object]>([
    ["left out", {}, { key: "k" }],
    ["null", { value: null }, { key: "k", value: null }],
    ["shown in part", { value: "http***1" }, { key: "k", value: "Be***" }]
  ])("knows that a secret which is %s is masked", ([, secret, header]) =>
    Effect.gen(function*() {
      const { kind } = channel
      const { provider } = yield* setup(always({ id: 1, ...slack, configuration: { ...secret, headers: [header] } }))
      const found = yield* provider.observe("notification_channel", "1")
      assert.deepStrictEqual(unknownSecrets(kind, found?.document ?? {}), [
        "/configuration/value",
        "/configuration/headers/0/value"
      ])
      const known = { ...slack, configuration: { value: "a", headers: [{ key: "k", value: "b" }] } }
      assert.isTrue(same(kind, recall(kind, found?.document ?? {}, known), known))
    }))

  it.live("finds nothing where the envelope says so", () =>
    Effect.gen(function*() {
      const { provider } = yield* setup(always({ success: false, error: { code: 404, message: "gone" } }))
      assert.isUndefined(yield* provider.observe("watchlist", "1"))
    }))
})

describe("a list", () => {
  const row = (id: number) => ({ id, name: `w${id}`, assets: [] })
  const ids = (all: ReadonlyArray<{ readonly id: string }>) => all.map(({ id }) => Number(id))

  /** Pages of three over rows that `change` may move before each request. */
  const paged = (rows: Array<number>, change: (nth: number) => void): Handler => (response, { path }, nth) => {
    change(nth)
    const query = new URL(path, "http://x").searchParams
    const offset = Number(query.get("offset") ?? 0)
    const page = query.has("limit") ? rows.slice(offset, offset + 3) : rows
    answer(response, 200, { data: { results: page.map(row) }, success: true })
  }

  it.live("misses nothing when something is deleted between two pages", () =>
    Effect.gen(function*() {
      const rows = [1, 2, 3, 4, 5, 6, 7]
      const { provider } = yield* setup(paged(rows, (nth) => {
        if (nth === 2) rows.splice(0, 1)
      }))
      assert.deepStrictEqual(ids(yield* provider.list("watchlist")), [2, 3, 4, 5, 6, 7])
    }))

  it.live("misses nothing when most is deleted between two pages", () =>
    Effect.gen(function*() {
      const rows = [1, 2, 3, 4]
      const { provider } = yield* setup(paged(rows, (nth) => {
        if (nth === 2) rows.splice(0, 3)
      }))
      assert.deepStrictEqual(ids(yield* provider.list("watchlist")), [4])
    }))

  it.live("sees what is created between two pages", () =>
    Effect.gen(function*() {
      const rows = [1, 2, 3]
      const { provider } = yield* setup(paged(rows, (nth) => {
        if (nth === 2) rows.push(4)
      }))
      assert.deepStrictEqual(ids(yield* provider.list("watchlist")), [1, 2, 3, 4])
    }))

  it.live("asks for everything when the kind never stands still", () =>
    Effect.gen(function*() {
      let next = 8
      const rows = [1, 2, 3, 4, 5, 6, 7]
      const { provider, server } = yield* setup(paged(rows, () => {
        rows.shift()
        rows.push(next++)
      }))
      const all = yield* provider.list("watchlist")
      assert.deepStrictEqual(ids(all), rows)
      assert.strictEqual(server.seen.at(-1)?.path, "/watchlists")
    }))

  it.live("is whole from a server that does not page", () =>
    Effect.gen(function*() {
      const { provider, server } = yield* setup(always([row(3), row(1), row(3)]))
      assert.deepStrictEqual(ids(yield* provider.list("watchlist")), [3, 1])
      assert.isAtMost(server.seen.length, 3)
    }))

  it.live("asks without a limit where that is refused", () =>
    Effect.gen(function*() {
      const { provider } = yield* setup((response, { path }) =>
        path.includes("?") ? answer(response, 400, { error: "limit is at most 100" }) : answer(response, 200, [row(1)])
      )
      assert.deepStrictEqual(ids(yield* provider.list("watchlist")), [1])
    }))

  it.live("of excerpts is read one by one", () =>
    Effect.gen(function*() {
      const { provider } = yield* setup((response, { path }) => {
        const id = Number(/^\/watchlists\/(\d+)$/.exec(path)?.[1] ?? 0)
        if (id === 0) return answer(response, 200, [{ id: 1, name: "w1" }, { id: 2, name: "w2" }])
        return id === 1 ? answer(response, 200, row(1)) : answer(response, 404, {})
      })
      const all = yield* provider.list("watchlist")
      assert.deepStrictEqual(all.map(({ document }) => document), [row(1)])
    }))

  it.live.each<readonly [string, unknown]>([
    ["no list", { success: true, data: { total: 0 } }],
    ["a list of texts", ["a"]],
    ["a resource without an id", [{ name: "w" }]]
  ])("that is answered with %s is malformed", ([, body]) =>
    Effect.gen(function*() {
      const { provider } = yield* setup(always(body))
      assert.strictEqual((yield* Effect.flip(provider.list("watchlist"))).reason, "Malformed")
      if (!Array.isArray(body)) assert.strictEqual((yield* Effect.flip(provider.check)).reason, "Malformed")
    }))
})

describe("a write", () => {
  it.live.each<readonly [string, unknown]>([
    ["no id", { success: true, data: { name: "w" } }],
    ["nothing", undefined],
    ["several resources", [{ id: 1 }, { id: 2 }]]
  ])("that creates and is answered with %s is in doubt", ([, body]) =>
    Effect.gen(function*() {
      const { provider } = yield* setup(always(body))
      const error = yield* Effect.flip(create(provider, "watchlist", { name: "w" }))
      assert.deepStrictEqual([error.reason, error.applied], ["Ambiguous", "unknown"])
    }))

  it.live("that is answered with another resource is in doubt", () =>
    Effect.gen(function*() {
      const { provider } = yield* setup(always({ id: 2, assets: [] }))
      const operation = { _tag: "update", id: "1", from: {}, to: { name: "v" } } as const
      const error = yield* Effect.flip(perform(provider, "watchlist", operation))
      assert.deepStrictEqual([error.reason, error.applied], ["Ambiguous", "unknown"])
    }))

  it.live("has a document in its answer only where that is the whole resource", () =>
    Effect.gen(function*() {
      const operation = { _tag: "update", id: "1", from: {}, to: { name: "v" } } as const
      const { provider } = yield* setup(always({ data: { id: 1, name: "v", updatedAt: "t" }, success: true }))
      assert.deepStrictEqual(yield* perform(provider, "watchlist", operation), [{ status: 200, id: "1", token: "t" }])
      const bare = yield* setup(always(undefined, 204))
      assert.deepStrictEqual(yield* perform(bare.provider, "watchlist", operation), [{ status: 204 }])
    }))

  it.live("keeps an odd id inside its path", () =>
    Effect.gen(function*() {
      const { provider, server } = yield* setup(always({}, 404))
      yield* Effect.flip(perform(provider, "watchlist", { _tag: "delete", id: "../x?$&", from: {} }))
      assert.strictEqual(server.seen[0]?.path, "/watchlists/..%2Fx%3F%24%26")
    }))
})

describe("success: false", () => {
  const of = (envelope: Record<string, string | number | null | Record<string, string | number>>) => {
    const opened = openEnvelope({ success: false, data: null, ...envelope }, "write")
    return opened._tag === "data" ? "data" : `${opened.meaning.reason}: ${opened.detail}`
  }

  it("is a refusal in the server's words", () => {
    assert.strictEqual(of({ error: "no" }), "Rejected: no")
    assert.strictEqual(of({ error: { code: "E42", message: "no" }, stackTrace: null }), "Rejected: no")
    assert.strictEqual(of({}), "Rejected: the server answered success: false and no reason")
  })

  it("is what the status inside says", () => {
    assert.strictEqual(of({ error: { status: 404, message: "m" } }), "NotFound: m")
    assert.strictEqual(of({ statusCode: 409, error: "m" }), "Conflict: m")
    assert.strictEqual(of({ error: { code: 500, message: "m" } }), "Ambiguous: m")
  })

  it("is in doubt where the server shows that it failed", () => {
    assert.strictEqual(of({ error: "m", stackTrace: "at x" }), "Ambiguous: m")
  })
})
