/**
 * Described providers for tests, over a loopback server or over nothing.
 */
import { Effect } from "effect"
import type { JsonObject } from "../../../src/domain/Document.ts"
import { makeHttpProvider } from "../../../src/providers/described/HttpProvider.ts"
import { type Handle, startApi } from "./Api.ts"

/** A provider of those kinds; further settings as in `amends.yaml`. */
export const providerOf = (kinds: JsonObject, settings: JsonObject = {}) =>
  makeHttpProvider({
    name: "shop",
    use: "http",
    timeoutMs: 2_000,
    settings: { baseUrl: "http://127.0.0.1:1", horizon: "10ms", kinds, ...settings }
  })

/** A provider and the server that it talks to. */
export const openProvider = (kinds: JsonObject, handle: Handle, settings: JsonObject = {}) =>
  Effect.gen(function*() {
    const api = yield* startApi(handle)
    return { api, provider: yield* providerOf(kinds, { baseUrl: api.url, ...settings }) }
  })
