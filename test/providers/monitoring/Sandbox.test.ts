/**
 * The provider against the sandbox, which keeps the API's quirks: what is written arrives, what is read is the truth.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { same } from "../../../src/domain/Canonical.ts"
import { agentOf, asset, create, perform, providerAt, slack, world } from "./World.ts"

const absent = "9".repeat(6)

describe("what is written", () => {
  it.live("is a watchlist of two calls, its assets in any order", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world()
      const desired = { name: "w", description: "d", assets: [asset("0xB"), asset("0xA")] }
      const answers = yield* perform(provider, "watchlist", { _tag: "create", desired })
      assert.deepStrictEqual(sandbox.requests().map(({ method, path }) => `${method} ${path}`), [
        "POST /watchlists",
        "PATCH /watchlists/1"
      ])
      const kind = provider.kinds.get("watchlist")
      const found = yield* provider.observe("watchlist", "1")
      assert.isDefined(kind)
      if (kind === undefined || found === undefined) return
      assert.isTrue(same(kind, found.document, desired))
      assert.strictEqual(found.token, answers[1]?.token)
      assert.deepStrictEqual(answers.map(({ id, status }) => [id, status]), [["1", 200], ["1", 200]])
    }))

  it.live("adds and removes assets without touching those of others", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world()
      const from = { name: "w", assets: [asset("0xA")] }
      const id = yield* create(provider, "watchlist", from)
      sandbox.edit("watchlist", 1, { assets: [asset("0xA"), asset("0xTheirs")] })
      const both = { ...from, assets: [asset("0xA"), asset("0xB")] }
      yield* perform(provider, "watchlist", { _tag: "update", id, from, to: both })
      yield* perform(provider, "watchlist", { _tag: "update", id, from: both, to: { assets: [asset("0xB")] } })
      const addresses = sandbox.snapshot().watchlist[0]?.["assets"] as ReadonlyArray<{ address: string }>
      assert.sameMembers(addresses.map(({ address }) => address), ["0xB", "0xTheirs"])
    }))

  it.live("is a channel and an agent that uses it, and both can be changed and deleted", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world()
      const channel = yield* create(provider, "notification_channel", slack)
      const desired = agentOf([channel])
      const [created] = yield* perform(provider, "custom_agent", { _tag: "create", desired })
      assert.strictEqual(created?.status, 201)
      const id = created?.id ?? ""
      const found = yield* provider.observe("custom_agent", id)
      const kind = provider.kinds.get("custom_agent")
      if (found === undefined || kind === undefined) return assert.fail("the agent is not there")
      assert.deepStrictEqual(found.document["channelsConfigurations"], [{ id: 1 }])
      assert.notInclude(JSON.stringify(found.document), "s3cret")
      assert.deepStrictEqual(found.document["rule"], desired["rule"])

      const used = yield* Effect.flip(
        perform(provider, "notification_channel", { _tag: "delete", id: channel, from: {} })
      )
      assert.deepStrictEqual([used.applied, used.retry], ["no", false])
      const to = { ...found.document, state: "disabled", channelsConfigurations: [] }
      yield* perform(provider, "custom_agent", { _tag: "update", id, from: found.document, to })
      yield* perform(provider, "notification_channel", { _tag: "delete", id: channel, from: {} })
      yield* perform(provider, "custom_agent", { _tag: "delete", id, from: to })
      assert.deepStrictEqual(sandbox.snapshot(), { watchlist: [], notification_channel: [], custom_agent: [] })
    }))

  it.live("can be restored from what was read, under new ids", () =>
    Effect.gen(function*() {
      const { provider } = yield* world()
      const channel = yield* create(provider, "notification_channel", slack)
      const agent = yield* create(provider, "custom_agent", agentOf([channel]))
      const before = yield* provider.observe("custom_agent", agent)
      const channelBefore = yield* provider.observe("notification_channel", channel)
      yield* perform(provider, "custom_agent", { _tag: "delete", id: agent, from: {} })
      yield* perform(provider, "notification_channel", { _tag: "delete", id: channel, from: {} })
      const remaps = new Map<string, string>()
      const remap = (_: string, id: string) => remaps.get(id) ?? id
      const restored = (kind: string, document = {}) => create(provider, kind, provider.restore(kind, document, remap))
      remaps.set(channel, yield* restored("notification_channel", channelBefore?.document))
      const again = yield* restored("custom_agent", before?.document)
      const after = yield* provider.observe("custom_agent", again)
      assert.deepStrictEqual([...remaps], [["1", "2"]])
      assert.deepStrictEqual(after?.document["channelsConfigurations"], [{ id: 2 }])
      const secret = yield* provider.observe("notification_channel", "2")
      assert.deepStrictEqual(secret?.document["configuration"], slack["configuration"])
    }))

  it.live("never makes a mask the secret", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world({ maskSecrets: true })
      const id = yield* create(provider, "notification_channel", slack)
      const read = yield* provider.observe("notification_channel", id)
      const from = read?.document ?? {}
      assert.deepStrictEqual(from["configuration"], { value: "***" })
      const to = { ...from, configuration: { value: "***", notificationStructure: "short" } }
      const error = yield* Effect.flip(perform(provider, "notification_channel", { _tag: "update", id, from, to }))
      assert.strictEqual(error.reason, "Rejected")
      assert.deepStrictEqual(sandbox.snapshot().notification_channel[0]?.["configuration"], slack["configuration"])
    }))
})

describe("what is read", () => {
  it.live("is absent where there is nothing", () =>
    Effect.gen(function*() {
      const { provider } = yield* world()
      for (const kind of provider.kinds.keys()) assert.isUndefined(yield* provider.observe(kind, absent))
    }))

  it.live("is the agent of that id, also when another agent has the id for a name", () =>
    Effect.gen(function*() {
      const { provider } = yield* world()
      const first = yield* create(provider, "custom_agent", agentOf([]))
      const second = yield* create(provider, "custom_agent", { ...agentOf([]), agentName: first })
      const named = yield* create(provider, "custom_agent", { ...agentOf([]), agentName: absent })
      const found = yield* provider.observe("custom_agent", first)
      assert.deepStrictEqual([found?.id, found?.document["agentName"]], [first, "large transfers"])
      assert.isUndefined(yield* provider.observe("custom_agent", absent))
      assert.deepStrictEqual([second, named], ["2", "3"])
    }))

  it.live("is everything, however small the pages are", () =>
    Effect.gen(function*() {
      for (const pageLimit of [1, 2, 3, 7, 20, null]) {
        const { provider, sandbox } = yield* world({ pageLimit })
        for (let i = 0; i < 7; i++) sandbox.create("watchlist", { name: `w${i}`, assets: [asset("0xA")] })
        const all = yield* provider.list("watchlist")
        assert.deepStrictEqual(all.map(({ id }) => id), ["1", "2", "3", "4", "5", "6", "7"], `pages of ${pageLimit}`)
      }
    }))

  it.live("is found by any field", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world()
      for (const name of ["a", "b", "a"]) sandbox.create("watchlist", { name })
      const found = yield* provider.find("watchlist", { "/name": "a" })
      assert.deepStrictEqual(found.map(({ id }) => id), ["1", "3"])
    }))

  it.live("is the same with and without the envelope", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world({ envelope: false })
      const id = yield* create(provider, "notification_channel", slack)
      yield* provider.check
      const bare = yield* provider.observe("notification_channel", id)
      sandbox.configure({ envelope: true })
      assert.deepStrictEqual(yield* provider.observe("notification_channel", id), bare)
      assert.lengthOf(yield* provider.list("notification_channel"), 1)
      sandbox.configure({ envelope: false })
      assert.lengthOf(yield* provider.list("notification_channel"), 1)
      assert.isUndefined(yield* provider.observe("notification_channel", absent))
    }))

  it.live(
    "is worth another try after a fault that may pass, and is malformed after one that will not",
    () =>
      Effect.gen(function*() {
        const { provider, sandbox } = yield* world()
        const id = yield* create(provider, "watchlist", { name: "w" })
        for (const act of ["dropBefore", "truncate", "status"] as const) {
          sandbox.addFault({ act, method: "GET", status: 503 })
          const asked = sandbox.requests().length
          assert.isTrue((yield* Effect.flip(provider.observe("watchlist", id))).retry, act)
          assert.strictEqual(sandbox.requests().length, asked + 1, act)
          assert.strictEqual((yield* provider.observe("watchlist", id))?.id, id, act)
        }
        for (const act of ["html", "huge"] as const) {
          sandbox.addFault({ act, method: "GET" })
          const error = yield* Effect.flip(provider.observe("watchlist", id))
          assert.deepStrictEqual([error.reason, error.applied], ["Malformed", "no"], act)
        }
      }),
    20_000
  )
})

describe("a write that goes wrong", () => {
  it.live.each([
    ["dropBefore", "Ambiguous", true, false],
    ["dropAfter", "Ambiguous", true, true],
    ["statusAfter", "Ambiguous", false, true],
    ["truncate", "Ambiguous", true, true],
    ["html", "Ambiguous", true, false],
    ["successFalse", "Rejected", false, false],
    ["huge", "Ambiguous", true, false],
    ["hang", "Ambiguous", true, false],
    ["hangAfter", "Ambiguous", true, true]
  ])("by %s is %s", ([act, reason, mayLand, applied]) =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world({}, { timeout: "300ms" })
      sandbox.addFault({ act: act as "hang", method: "POST" })
      const error = yield* Effect.flip(create(provider, "watchlist", { name: "w" }))
      assert.deepStrictEqual([error.reason, error.mayLand ?? false], [reason, mayLand])
      assert.lengthOf(sandbox.snapshot().watchlist, applied ? 1 : 0)
      assert.lengthOf(sandbox.requests(), 1)
    }), 20_000)

  it.live("because the server is busy tells how long to wait", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world()
      sandbox.addFault({ act: "status", status: 429, headers: { "retry-after": "7" } })
      const error = yield* Effect.flip(create(provider, "watchlist", { name: "w" }))
      assert.deepStrictEqual([error.reason, error.retryAfterMs, error.applied], ["Throttled", 7_000, "no"])
    }))

  it.live("because nobody listens was not sent", () =>
    Effect.gen(function*() {
      const url = yield* Effect.scoped(Effect.map(world(), ({ sandbox }) => sandbox.url))
      const provider = yield* providerAt(url)
      const error = yield* Effect.flip(create(provider, "watchlist", { name: "w" }))
      assert.deepStrictEqual([error.reason, error.applied, error.mayLand], ["NotSent", "no", false])
    }))
})

describe("check", () => {
  it.live("passes where the API takes the credentials, a token too", () =>
    Effect.gen(function*() {
      const { provider, sandbox } = yield* world()
      yield* provider.check
      const byToken = yield* providerAt(sandbox.url, { clientId: "", clientSecret: "", token: "sandbox-token" })
      yield* byToken.check
      assert.lengthOf(sandbox.requests(), 2)
    }))

  it.live("names the settings to look at, and not what they hold", () =>
    Effect.gen(function*() {
      const { sandbox } = yield* world()
      const wrong = yield* providerAt(sandbox.url, { clientSecret: "hunter2" })
      const error = yield* Effect.flip(wrong.check)
      assert.strictEqual(error.reason, "Unauthorized")
      assert.include(error.detail, "clientId and clientSecret")
      assert.notInclude(error.message, "hunter2")
      const elsewhere = yield* providerAt(`${sandbox.url}/nowhere`)
      const lost = yield* Effect.flip(elsewhere.check)
      assert.strictEqual(lost.reason, "NotFound")
      assert.include(lost.detail, "baseUrl")
    }))
})
