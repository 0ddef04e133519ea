/**
 * What an API says of a resource that is not there in words that are not its own: a page for people, or plain text, as
 * many servers answer by themselves. The list tells whether that is the API's answer or that of something before it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { JsonObject } from "../../../src/domain/Document.ts"
import type { Told } from "./Api.ts"
import { openProvider } from "./Providers.ts"

const notFound: Told = { status: 404, page: "404 page not found\n", headers: { "content-type": "text/plain" } }

/** A provider whose resources are answered with `one`, and their list with `all`. */
const opened = (description: JsonObject, one: Told, all: Told) =>
  openProvider({ thing: { path: "/things", ...description } }, ({ path }) => path.length === 1 ? all : one)

const listed: Told = { status: 200, body: [{ id: 1, name: "a" }, { id: 2, name: "b" }] }

describe("a 404 in words that are not the API's", () => {
  it.live("says that there is none where the list has none either", () =>
    Effect.gen(function*() {
      const { provider } = yield* opened({}, notFound, listed)
      assert.isUndefined(yield* provider.observe("thing", "7"))
      const html = { status: 410, page: "<html><body>Gone</body></html>" }
      assert.isUndefined(yield* (yield* opened({}, html, listed)).provider.observe("thing", "7"))
    }))

  it.live("says so of what is named by its fields, in the collection that they name", () =>
    Effect.gen(function*() {
      const { api, provider } = yield* openProvider(
        { key: { path: "/projects/{project}/keys/{name}" } },
        ({ path }) => path.length === 3 ? { status: 200, body: [{ name: "b" }] } : notFound
      )
      assert.isUndefined(yield* provider.observe("key", "p/a"))
      assert.deepStrictEqual(api.asked.map(({ path }) => path.join("/")), ["projects/p/keys/a", "projects/p/keys"])
    }))

  it.live("says nothing where the list has it", () =>
    Effect.gen(function*() {
      const { provider } = yield* opened({}, notFound, listed)
      const error = yield* Effect.flip(provider.observe("thing", "2"))
      assert.deepStrictEqual([error.reason, error.request, error.status], ["Malformed", "GET /things/2", 404])
    }))

  it.live("says nothing where the list is no answer of the API's", () =>
    Effect.gen(function*() {
      for (
        const all of [notFound, { status: 200, page: "<html>" }, { status: 403, body: {} }, { status: 405, body: {} }]
      ) {
        const { provider } = yield* opened({}, notFound, all)
        const error = yield* Effect.flip(provider.observe("thing", "7"))
        assert.deepStrictEqual([error.reason, error.request], ["Malformed", "GET /things/7"])
      }
    }))

  it.live("is not settled where the list is not answered for now", () =>
    Effect.gen(function*() {
      const { provider } = yield* opened({}, notFound, { status: 429, body: {} })
      assert.strictEqual((yield* Effect.flip(provider.observe("thing", "7"))).reason, "Throttled")
    }))

  it.live("says nothing with a status that does not stand for absence", () =>
    Effect.gen(function*() {
      const { provider } = yield* opened({ absent: [404] }, { ...notFound, status: 410 }, listed)
      assert.strictEqual((yield* Effect.flip(provider.observe("thing", "7"))).reason, "Malformed")
    }))
})
