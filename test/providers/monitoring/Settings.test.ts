/**
 * The provider's part of amends.yaml: what it takes, and what it says of what it does not.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Json } from "../../../src/domain/Document.ts"
import { makeMonitoring } from "../../../src/providers/monitoring/Monitoring.ts"
import { settingsOf } from "./World.ts"

const credentials = { clientId: "me", clientSecret: "hunter2" }
const make = (settings: Readonly<Record<string, Json>>) => Effect.scoped(makeMonitoring(settingsOf(settings)))

describe("settings", () => {
  it.effect("have defaults for all but the credentials", () =>
    Effect.gen(function*() {
      const provider = yield* make(credentials)
      assert.deepStrictEqual([provider.name, provider.horizonMs, provider.timeoutMs], ["monitoring", 2_000, 5_000])
      assert.deepStrictEqual([...provider.kinds.keys()], ["watchlist", "notification_channel", "custom_agent"])
    }))

  it.effect("are taken as texts too, since the environment has nothing else", () =>
    Effect.gen(function*() {
      const provider = yield* make({
        ...credentials,
        baseUrl: "http://10.0.0.1/api",
        insecure: "true",
        horizon: "500ms",
        timeout: "2s",
        concurrency: "5",
        rateLimit: { requests: "20", per: "1s" },
        token: ""
      })
      assert.deepStrictEqual([provider.horizonMs, provider.timeoutMs], [500, 2_000])
    }))

  it.effect.each<readonly [string, Readonly<Record<string, Json>>, string]>([
    ["nobody knows", { ...credentials, baseurl: "https://hunter2" }, "/baseurl"],
    ["without credentials", {}, "/clientId"],
    ["with half of them", { clientId: "me", clientSecret: "" }, "/clientSecret"],
    ["with two kinds of them", { ...credentials, token: "hunter2" }, "/token"],
    ["that would send them in clear", { ...credentials, baseUrl: "http://example.com" }, "/baseUrl"],
    ["with an address that is none", { ...credentials, baseUrl: "hunter2" }, "/baseUrl"],
    ["with credentials in the address", { ...credentials, baseUrl: "https://a:hunter2@b.c" }, "/baseUrl"],
    ["with a time without a unit", { ...credentials, horizon: 2 }, "/horizon"],
    ["with no time at all for an answer", { ...credentials, timeout: "0s" }, "/timeout"],
    ["with an endless time", { ...credentials, horizon: "9d" }, "/horizon"],
    ["with no place", { ...credentials, concurrency: 0 }, "/concurrency"],
    ["with half a place", { ...credentials, concurrency: 1.5 }, "/concurrency"],
    ["with too many places", { ...credentials, concurrency: 100_000 }, "/concurrency"],
    ["with a rate that is none", { ...credentials, rateLimit: 20 }, "/rateLimit"],
    ["with half a rate", { ...credentials, rateLimit: { requests: 20 } }, "/rateLimit"],
    ["with a rate of nothing", { ...credentials, rateLimit: { requests: 20, per: "0s" } }, "/rateLimit"],
    ["with an unknown part of a rate", { ...credentials, rateLimit: { requests: 1, per: "1s", x: 1 } }, "/rateLimit/x"],
    ["with a truth value that is none", { ...credentials, insecure: "yes" }, "/insecure"],
    ["with a token that is no text", { token: 5 }, "/token"]
  ])("%s are refused, with the place and a hint", ([, settings, path]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(make(settings))
      assert.strictEqual(error.path, path)
      assert.isAbove(error.hint.length, 10)
      assert.notInclude(`${error.message} ${error.hint}`, "hunter2")
    }))

  it.effect("are refused with every mistake at once", () =>
    Effect.gen(function*() {
      const rateLimit = { requests: 0, per: 1, x: 1, y: 2 }
      const settings = {
        clientID: "me",
        baseUrl: "hunter2",
        horizon: 2,
        timeout: "0s",
        concurrency: 0,
        rateLimit,
        z: 1
      }
      const error = yield* Effect.flip(make(settings))
      assert.sameMembers(error.mistakes.map(({ path }) => path), [
        "/clientID",
        "/z",
        "/clientId",
        "/baseUrl",
        "/rateLimit/x",
        "/rateLimit/y",
        "/rateLimit/requests",
        "/rateLimit/per",
        "/concurrency",
        "/timeout",
        "/horizon"
      ])
    }))
})
