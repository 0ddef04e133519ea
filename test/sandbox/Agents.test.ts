/**
 * Custom agents of the sandbox: the read shape that differs from the write shape, names that win over ids, and what is
 * refused.
 */
import { describe, expect, it } from "vitest"
import { agent, channel, send, start } from "./Client.ts"

const withChannels = async (count = 2) => {
  const sandbox = await start()
  for (let left = count; left > 0; left -= 1) sandbox.create("notification_channel", channel())
  return sandbox
}

describe("a custom agent", () => {
  it("is created with 201 and read in another shape than it was written", async () => {
    const sandbox = await withChannels()
    const sent = { ...agent([2, 1]), remindersConfigurations: [{ id: 1 }], muteDuration: 60 }
    const created = await send(sandbox, "POST /custom-agents", sent)
    expect(created.status).toBe(201)
    const read = (await send(sandbox, "GET /custom-agents/1")).body["data"]
    expect(read).toEqual(created.body["data"])
    expect(read).not.toHaveProperty("channelsConfigurations")
    expect(read).toMatchObject({ id: 1, agentName: "large transfers", muteDuration: 60, delay: null })
    expect(read?.["alertPolicies"]).toMatchObject([{
      channelsConfigurations: [{ id: 2, ...channel() }, { id: 1, ...channel() }],
      remindersConfigurations: [{ id: 1, ...channel() }]
    }])
  })

  it("gains server-made fields in its rule, which cannot be written", async () => {
    const sandbox = await withChannels()
    const created = await send(sandbox, "POST /custom-agents", agent())
    expect(created.body["data"]?.["rule"]).toEqual({
      ...agent().rule,
      ruleString: "largeTransfer fires on Ethereum",
      chainDisplayName: "Ethereum",
      monitoredAddressAlias: "0xabcd…6789"
    })
    const back = await send(sandbox, "PATCH /custom-agents/1", {
      state: "enabled",
      rule: created.body["data"]?.["rule"]
    })
    expect(back.status).toBe(400)
    expect(back.body["error"]).toContain("rule.ruleString: is read-only")
  })

  it("shows its channels as they are now, not as they were", async () => {
    const sandbox = await withChannels()
    await send(sandbox, "POST /custom-agents", agent([1]))
    await send(sandbox, "PATCH /notification-channels/1", { name: "renamed" })
    const { body } = await send(sandbox, "GET /custom-agents/1")
    expect(body["data"]?.["alertPolicies"]).toMatchObject([{ channelsConfigurations: [{ name: "renamed" }] }])
  })

  it("keeps what a PATCH does not name, which must name the state", async () => {
    const sandbox = await withChannels()
    await send(sandbox, "POST /custom-agents", agent([1]))
    const refused = await send(sandbox, "PATCH /custom-agents/1", { severity: "Medium" })
    expect(refused.status).toBe(400)
    expect(refused.body["error"]).toContain("state: required")
    await send(sandbox, "PATCH /custom-agents/1", { severity: "Medium", state: "disabled" })
    expect(sandbox.snapshot().custom_agent[0]).toMatchObject({
      agentName: "large transfers",
      severity: "Medium",
      state: "disabled",
      rule: agent().rule,
      alertPolicies: [{ channelsConfigurations: [{ id: 1 }] }]
    })
  })

  it("cannot change its agentType, but may be sent the one it has", async () => {
    const sandbox = await withChannels()
    await send(sandbox, "POST /custom-agents", agent())
    const same = await send(sandbox, "PATCH /custom-agents/1", { state: "enabled", agentType: "largeTransfer" })
    expect(same.status).toBe(200)
    const other = await send(sandbox, "PATCH /custom-agents/1", { state: "enabled", agentType: "pause" })
    expect(other.status).toBe(400)
    expect(other.body["error"]).toBe("agentType cannot be changed")
  })
})

describe("a GET of one custom agent", () => {
  it("finds it by name", async () => {
    const sandbox = await withChannels()
    await send(sandbox, "POST /custom-agents", agent())
    const { body } = await send(sandbox, "GET /custom-agents/large%20transfers")
    expect(body["data"]).toMatchObject({ id: 1 })
  })

  it("takes a name that looks like a number before an id, where PATCH and DELETE go by id", async () => {
    const sandbox = await withChannels()
    await send(sandbox, "POST /custom-agents", agent([], "first"))
    await send(sandbox, "POST /custom-agents", agent([], "1"))
    const read = await send(sandbox, "GET /custom-agents/1")
    expect(read.body["data"]).toMatchObject({ id: 2, agentName: "1" })
    await send(sandbox, "DELETE /custom-agents/1")
    expect(sandbox.snapshot().custom_agent.map(({ id }) => id)).toEqual([2])
  })
})

describe("a custom agent request is refused", () => {
  it.each([
    ["POST", { ...agent(), severity: "Low" }, "severity: expected one of High, Medium"],
    ["POST", { ...agent(), state: "on" }, "state: expected one of enabled, disabled"],
    ["POST", { ...agent(), rule: "always" }, "rule: expected an object, got text"],
    ["POST", { ...agent(), agentName: "" }, "agentName: must not be empty"],
    ["POST", { ...agent(), channelsConfigurations: undefined }, "channelsConfigurations: required"],
    [
      "POST",
      { ...agent(), channelsConfigurations: [{ id: "1" }] },
      "channelsConfigurations[0].id: expected an integer"
    ],
    [
      "POST",
      { ...agent(), channelsConfigurations: [{ id: 1, name: "ops" }] },
      "channelsConfigurations[0].name: unknown field"
    ],
    ["POST", { ...agent([9]) }, "unknown notification channel 9"],
    ["POST", { ...agent(), remindersConfigurations: [{ id: 8 }] }, "unknown notification channel 8"],
    ["POST", { ...agent(), alertPolicies: [] }, "alertPolicies: is read-only"],
    ["PATCH", { state: "enabled", channelsConfigurations: [{ id: 9 }] }, "unknown notification channel 9"],
    ["PATCH", { state: "enabled", muteDuration: "1h" }, "muteDuration: expected a number"]
  ])("%s %j: %s", async (method, body, error) => {
    const sandbox = await withChannels()
    sandbox.create("custom_agent", agent([1]))
    const before = sandbox.snapshot()
    const reply = await send(sandbox, `${method} /custom-agents${method === "POST" ? "" : "/1"}`, body)
    expect(reply.status).toBe(400)
    expect(reply.body["error"]).toContain(error)
    expect(sandbox.snapshot()).toEqual(before)
  })
})
