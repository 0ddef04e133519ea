/**
 * Lists that go on: every way finds all, whatever the server caps, and none goes on for ever.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { nextInLink } from "../../../src/providers/described/Paging.ts"
import { type Api, type Handle, startApi } from "./Api.ts"
import { openProvider, providerOf } from "./Providers.ts"
import { pagers } from "./Styles.ts"

const rows = Array.from({ length: 5 }, (_, n) => ({ id: n, name: `n${n}` }))

const listing = (way: string, handle: Handle) =>
  openProvider({ thing: { path: "/api/things", items: "/data", pages: pagers[way]?.pages ?? {} } }, handle)

const idsOf = (found: ReadonlyArray<{ readonly id: string }>) => found.map(({ id }) => id)
const all = ["0", "1", "2", "3", "4"]

describe("a list", () => {
  for (const [way, { cut }] of Object.entries(pagers)) {
    it.live(`by ${way} is read to its end`, () =>
      Effect.gen(function*() {
        const { provider } = yield* listing(way, (asked) => cut(asked, rows))
        assert.deepStrictEqual(idsOf(yield* provider.list("thing")), all)
      }))

    it.live(`by ${way} may be empty`, () =>
      Effect.gen(function*() {
        const { provider } = yield* listing(way, (asked) => cut(asked, []))
        assert.deepStrictEqual(yield* provider.list("thing"), [])
      }))
  }

  it.live("leaves out what has no name, which no path leads to, and is Malformed where a name is missing", () =>
    Effect.gen(function*() {
      const named = (names: ReadonlyArray<string | undefined>) =>
        openProvider({ thing: { path: "/things/{name}" } }, () => ({
          status: 200,
          body: names.map((name) => ({ ...(name === undefined ? {} : { name }), n: 1 }))
        }))
      const { provider } = yield* named(["", "a", "b"])
      assert.deepStrictEqual(idsOf(yield* provider.list("thing")), ["a", "b"])
      const { provider: other } = yield* named([undefined, "a"])
      assert.strictEqual((yield* Effect.flip(other.list("thing"))).reason, "Malformed")
    }))

  it.live("may be an object, whose keys are the names that its documents lack", () =>
    Effect.gen(function*() {
      const body = { servers: { a: { n: 1 }, "b/c": { n: 2, name: "said" } } }
      const description = { path: "/servers/{name}", items: "/servers/*", keys: "name" }
      const { provider } = yield* openProvider({ thing: description }, () => ({ status: 200, body }))
      assert.deepStrictEqual(
        (yield* provider.list("thing")).map(({ document, id }) => [id, document]),
        [["a", { n: 1, name: "a" }], ["said", { n: 2, name: "said" }]]
      )
    }))

  it.live("of a server that does not page is read once more and no longer", () =>
    Effect.gen(function*() {
      const { api, provider } = yield* listing("number", () => ({ status: 200, body: { data: rows } }))
      assert.deepStrictEqual(idsOf(yield* provider.list("thing")), all)
      assert.lengthOf(api.asked, 2)
    }))

  it.live("starts over when something is deleted while it is read by offset", () =>
    Effect.gen(function*() {
      const left = [...rows]
      const { api, provider } = yield* listing("offset", (asked): ReturnType<Handle> => {
        if (asked.query.get("skip") === "1" && left.length === 5) left.shift()
        return pagers["offset"]?.cut(asked, left) ?? { status: 500 }
      })
      assert.deepStrictEqual(idsOf(yield* provider.list("thing")), ["1", "2", "3", "4"])
      assert.isAbove(api.asked.filter(({ query }) => query.get("skip") === "0").length, 1)
    }))

  it.live("is Malformed where it never stands still", () =>
    Effect.gen(function*() {
      let n = 0
      const { provider } = yield* listing("offset", () => ({ status: 200, body: { data: [{ id: ++n }, { id: ++n }] } }))
      const error = yield* Effect.flip(provider.list("thing"))
      assert.strictEqual(error.reason, "Malformed")
    }))

  for (const way of ["cursor", "address"]) {
    it.live(`whose ${way} leads back is Malformed`, () =>
      Effect.gen(function*() {
        const body = { data: rows, next: { cursor: "again" }, links: { next: "/api/things?from=1" } }
        const { provider } = yield* listing(way, () => ({ status: 200, body }))
        assert.strictEqual((yield* Effect.flip(provider.list("thing"))).reason, "Malformed")
      }))
  }

  it.live("is not followed out of baseUrl, and never to another host", () =>
    Effect.gen(function*() {
      const api: Api = yield* startApi(({ query }) => ({
        status: 200,
        body: {
          data: rows,
          links: { next: query.has("from") ? "https://evil.example/things?x=1" : "//evil.example/v2/things?from=1" }
        }
      }))
      const provider = yield* providerOf(
        { thing: { path: "/things", items: "/data", pages: { next: "/links/next" } } },
        {
          baseUrl: `${api.url}/v2`
        }
      )
      const error = yield* Effect.flip(provider.list("thing"))
      assert.include(error.message, "leads out of baseUrl")
      assert.deepStrictEqual(api.asked.map(({ path }) => path.join("/")), ["v2/things", "v2/things"])
    }))

  it.live("holds each document where `items` says, also inside rows and members", () =>
    Effect.gen(function*() {
      const reading = (items: string, body: unknown) =>
        Effect.flatMap(
          openProvider({ thing: { path: "/things", items } }, () => ({ status: 200, body })),
          ({ provider }) => provider.list("thing")
        )
      const inRows = { rows: [{ doc: { id: 1 } }, { doc: { id: 2 } }] }
      assert.deepStrictEqual(idsOf(yield* reading("/rows/*/doc", inRows)), ["1", "2"])
      assert.deepStrictEqual(idsOf(yield* reading("/*", { a: { id: 1 }, b: { id: 2 } })), ["1", "2"])
      assert.deepStrictEqual(idsOf(yield* reading("/*/all/*", [{ all: [{ id: 1 }] }, { all: [] }])), ["1"])
      assert.deepStrictEqual(yield* reading("/rows/*/doc", { rows: [] }), [])
      for (const bad of [[{ doc: { id: 1 } }, {}], [{ doc: null }], "none", undefined]) {
        assert.include((yield* Effect.flip(reading("/rows/*/doc", { rows: bad }))).message, "no list of documents")
      }
    }))

  it.live("without ids, or that is none, is Malformed", () =>
    Effect.gen(function*() {
      for (const body of [{ data: [{ name: "a" }] }, { data: "x" }, {}, [1]]) {
        const { provider } = yield* listing("number", () => ({ status: 200, body }))
        assert.strictEqual((yield* Effect.flip(provider.list("thing"))).reason, "Malformed")
      }
    }))
})

describe("the header Link", () => {
  it("names the next page among others, quoted or not", () => {
    assert.strictEqual(
      nextInLink(`<https://a/1>; rel="prev", <https://a/2>; title="x, y"; rel="last next"`),
      "https://a/2"
    )
    assert.strictEqual(nextInLink("</b>; rel=next"), "/b")
    assert.strictEqual(nextInLink(["<a>; rel=first", "<b>; rel=next"]), "b")
    assert.isUndefined(nextInLink(`<https://a/1>; rel="nextish"`))
    assert.isUndefined(nextInLink(undefined))
  })
})
