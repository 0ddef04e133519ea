/**
 * From operations to calls, and back from before-images: pure.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { canonical } from "../../../src/domain/Canonical.ts"
import type { Operation } from "../../../src/domain/Change.ts"
import type { Document } from "../../../src/domain/Document.ts"
import { agent } from "../../../src/providers/monitoring/Agent.ts"
import { callsOf, restoreOf } from "../../../src/providers/monitoring/Calls.ts"
import { channel } from "../../../src/providers/monitoring/Channel.ts"
import type { Resource } from "../../../src/providers/monitoring/Resource.ts"
import { watchlist } from "../../../src/providers/monitoring/Watchlist.ts"
import type { Call } from "../../../src/providers/Provider.ts"
import { agentOf, asset, slack } from "./World.ts"

const wire = ({ body, method, path }: Call) => ({ method, path, body })
const bodies = (resource: Resource, operation: Operation) => callsOf(resource, operation).map(({ body }) => body)
const update = (resource: Resource, from: Document, to: Document) =>
  bodies(resource, { _tag: "update", id: "1", from, to })
const create = (desired: Document): Operation => ({ _tag: "create", desired })

describe("a watchlist", () => {
  const list = { name: "w", description: "d", assets: [asset("0xA")] }

  it("is created without its assets, which a second call sets", () => {
    const calls = callsOf(watchlist, create(list))
    assert.deepStrictEqual(calls.map(wire), [
      { method: "POST", path: "/watchlists", body: { name: "w", description: "d" } },
      { method: "PATCH", path: "/watchlists/{id}", body: { assets: [asset("0xA")], mode: "replaceAll" } }
    ])
    assert.deepStrictEqual(calls.map(({ expected }) => expected), [{ ...list, assets: [] }, list])
    assert.deepStrictEqual(calls.map(({ learnsId }) => learnsId), [true, false])
  })

  it("is created by one call where it has no assets", () => {
    assert.lengthOf(callsOf(watchlist, create({ name: "w", assets: [] })), 1)
    assert.deepStrictEqual(bodies(watchlist, create({ name: "w", description: null })), [{ name: "w" }])
  })

  it("is updated by what changed, assets and fields in one call", () => {
    const to = { ...list, name: "v", assets: [asset("0xA"), asset("0xB")] }
    assert.deepStrictEqual(update(watchlist, list, to), [{ name: "v", assets: [asset("0xB")], mode: "add" }])
  })

  it.each<readonly [string, ReadonlyArray<Document>, Document]>([
    ["adds what is new", [asset("0xA"), asset("0xB")], { assets: [asset("0xB")], mode: "add" }],
    ["removes what is gone", [], { assets: [asset("0xA")], mode: "remove" }],
    ["replaces all where both happen", [asset("0xB")], { assets: [asset("0xB")], mode: "replaceAll" }],
    ["replaces all where a name changes", [{ ...asset("0xA"), name: "n" }], {
      assets: [{ ...asset("0xA"), name: "n" }],
      mode: "replaceAll"
    }]
  ])("%s", (_, assets, body) => {
    assert.deepStrictEqual(update(watchlist, list, { ...list, assets }), [body])
  })

  it("does not take the case of an address, the order of assets or null for a change", () => {
    const from = { ...list, assets: [asset("0xAb"), { chain: "base", type: "Wallet", address: "0xc" }] }
    const to = { ...list, assets: [{ ...asset("0xC", "base") }, asset("0xaB"), asset("0xAB")] }
    assert.deepStrictEqual(update(watchlist, from, to), [])
  })

  it("expects after an update what was there and what changed", () => {
    const operation: Operation = { _tag: "update", id: "1", from: { ...list, id: 1 }, to: { name: "v" } }
    assert.deepStrictEqual(callsOf(watchlist, operation)[0]?.expected, { ...list, id: 1, name: "v" })
  })

  it("sends nothing of a configuration that the API does not name", () => {
    const from = { ...slack, configuration: { value: "a", verified: true } }
    const to = { ...slack, configuration: { value: "b", verified: true } }
    assert.deepStrictEqual(update(channel, from, to), [{ configuration: { value: "b" } }])
  })

  it("sends nothing that the server makes", () => {
    const from = { ...list, id: 1, updatedAt: "a", alertsTagsStats: {}, whoKnows: 1 }
    assert.deepStrictEqual(update(watchlist, from, { ...from, updatedAt: "b", whoKnows: 2 }), [])
  })
})

describe("a channel", () => {
  it("is created by an array", () => {
    assert.deepStrictEqual(bodies(channel, create(slack)), [[slack]])
  })

  it("is never sent a mask, so that a mask never becomes the secret", () => {
    const masked = { value: "***", headers: [{ key: "k", value: "***" }], notificationStructure: { a: 1 } }
    const to = { ...slack, configuration: { ...masked, notificationStructure: { a: 2 } } }
    assert.deepStrictEqual(update(channel, { ...slack, configuration: masked }, to), [
      { configuration: { headers: [{ key: "k" }], notificationStructure: { a: 2 } } }
    ])
    assert.deepStrictEqual(bodies(channel, create({ ...slack, configuration: { value: "***" } })), [
      [{ name: "ops", type: "Slack", configuration: {} }]
    ])
  })
})

describe("an agent", () => {
  it("is sent ids as integers, whatever they were written as", () => {
    assert.deepStrictEqual(bodies(agent, create(agentOf(["5", 6]))), [
      { ...agentOf([]), channelsConfigurations: [{ id: 5 }, { id: 6 }] }
    ])
    assert.deepStrictEqual(update(agent, agentOf([5, 6]), agentOf(["6", "5"])), [])
    assert.deepStrictEqual(canonical(agent.kind, agentOf(["5"])), canonical(agent.kind, agentOf([5])))
  })

  it("is updated with its state always, and never with its type", () => {
    const from = agentOf([5])
    const to = { ...agentOf([5, "7"]), agentType: "other", delay: 5 }
    assert.deepStrictEqual(update(agent, from, to), [
      { state: "enabled", channelsConfigurations: [{ id: 5 }, { id: 7 }], delay: 5 }
    ])
    assert.deepStrictEqual(update(agent, from, { state: "disabled" }), [{ state: "disabled" }])
    assert.deepStrictEqual(update(agent, from, { agentType: "other" }), [])
  })

  it("clears a field by null", () => {
    assert.deepStrictEqual(update(agent, { ...agentOf([]), delay: 5 }, { delay: null }), [
      { state: "enabled", delay: null }
    ])
  })
})

describe("a delete", () => {
  it("is one call, after which nothing is there", () => {
    for (const resource of [watchlist, channel, agent]) {
      const [call] = callsOf(resource, { _tag: "delete", id: "1", from: {} })
      assert.deepStrictEqual(wire(call as Call), {
        method: "DELETE",
        path: `${resource.collection}/{id}`,
        body: undefined
      })
      assert.isUndefined(call?.expected)
    }
  })
})

describe("a before-image", () => {
  const remap = (kind: string, id: string) => kind === "notification_channel" && id === "5" ? "50" : id

  it("becomes a body: server-made fields dropped, ids of re-created channels replaced", () => {
    const before = {
      ...agentOf([5, 6]),
      id: 9,
      updatedAt: "x",
      alertPolicies: [],
      remindersConfigurations: [{ id: "5" }]
    }
    assert.deepStrictEqual(restoreOf(agent, before, remap), {
      ...agentOf([50, 6]),
      remindersConfigurations: [{ id: "50" }]
    })
  })

  it("names the re-created watchlist wherever a rule names one", () => {
    const renamed = (kind: string, id: string) => kind === "watchlist" && id === "7" ? "70" : id
    const ruleOf = (id: number) => ({
      watchlistId: id,
      threshold: 7,
      watchlists: [{ id }, 8],
      where: [{ watchlistIds: [id, 9], watchlist: { id } }]
    })
    assert.deepStrictEqual(restoreOf(agent, { rule: ruleOf(7) }, renamed), { rule: ruleOf(70) })
  })

  it("keeps what looks like an id and is none", () => {
    const before = { name: "5", description: null, assets: [{ ...asset("5"), name: "5" }] }
    assert.deepStrictEqual(restoreOf(watchlist, before, () => "x"), before)
  })
})

describe("what was read", () => {
  it("keeps the ids of other kinds and none of their secrets", () => {
    const embedded = { id: 5, name: "ops", configuration: { value: "s3cret" } }
    const raw = {
      id: 1,
      rule: { ruleString: "x", a: [{ chainDisplayName: "Base", chain: "base" }], monitoredAddressAlias: null },
      alertPolicies: [{ id: 1, channelsConfigurations: [embedded], remindersConfigurations: [embedded] }]
    }
    assert.deepStrictEqual(agent.toDocument(raw), {
      id: 1,
      rule: { a: [{ chain: "base" }] },
      alertPolicies: [{ id: 1 }],
      channelsConfigurations: [{ id: 5 }],
      remindersConfigurations: [{ id: 5 }]
    })
    const policies = { alertPolicies: [{ id: 3, channel: embedded }] }
    assert.deepStrictEqual(watchlist.toDocument(policies), { alertPolicies: [{ id: 3 }] })
    const users = { channelsAlertPolicies: [{ id: 3, x: "s3cret" }, "?"], remindersAlertPolicies: null }
    assert.deepStrictEqual(channel.toDocument(users), {
      channelsAlertPolicies: [{ id: 3 }],
      remindersAlertPolicies: []
    })
  })

  it("takes channels from where they were written when there is no policy", () => {
    const written = { channelsConfigurations: [{ id: 5, name: "x" }] }
    assert.deepStrictEqual(agent.toDocument(written), { channelsConfigurations: [{ id: 5 }] })
    assert.deepStrictEqual(agent.toDocument({ alertPolicies: [] })["channelsConfigurations"], [])
    assert.notProperty(agent.toDocument({}), "channelsConfigurations")
  })

  it("has elements without what a server added to them, and keeps unknown fields", () => {
    const raw = { assets: [{ ...asset("0xA"), alias: "x", id: 7 }], unknown: { a: 1 } }
    assert.deepStrictEqual(watchlist.toDocument(raw), { assets: [asset("0xA")], unknown: { a: 1 } })
    const headers = { configuration: { value: "v", headers: [{ id: 1, key: "k", value: "v" }], more: 1 } }
    assert.deepStrictEqual(channel.toDocument(headers), {
      configuration: { value: "v", headers: [{ key: "k", value: "v" }], more: 1 }
    })
  })
})

describe("the schemas", () => {
  const problems = (resource: Resource, spec: unknown) =>
    Schema.decodeUnknownResult(resource.kind.schema, { onExcessProperty: "error" })(spec)._tag

  it.each<readonly [string, Resource, unknown]>([
    ["a watchlist", watchlist, { name: "w", assets: [{ chain: "c", type: "New", address: null }] }],
    ["a channel", channel, { ...slack, configuration: { value: "v", headers: [], notificationStructure: { a: [1] } } }],
    ["an agent", agent, { ...agentOf([1, "2"]), muteDuration: null, delay: 0 }]
  ])("take %s", (_, resource, spec) => assert.strictEqual(problems(resource, spec), "Success"))

  it.each<readonly [string, Resource, unknown]>([
    ["an unknown field", watchlist, { name: "w", asset: [] }],
    ["an asset without a chain", watchlist, { assets: [{ type: "Wallet" }] }],
    ["a channel of an unknown type", channel, { ...slack, type: "Fax" }],
    ["an agent of an unknown severity", agent, { ...agentOf([]), severity: "Low" }],
    ["an agent of an unknown state", agent, { ...agentOf([]), state: "on" }],
    ["an id that is none", agent, agentOf(["ops"])],
    ["a rule with what the server makes", agent, { ...agentOf([]), rule: { a: [{ ruleString: "x" }] } }],
    ["a negative delay", agent, { ...agentOf([]), delay: -1 }]
  ])("refuse %s", (_, resource, spec) => assert.strictEqual(problems(resource, spec), "Failure"))
})
