/**
 * Notification channels of the sandbox: arrays in and out, secrets masked or not, and deletions that are refused.
 */
import { describe, expect, it } from "vitest"
import { agent, channel, send, start } from "./Client.ts"

describe("notification channels", () => {
  it("are created as an array, in the order sent", async () => {
    const sandbox = await start()
    const { body, status } = await send(sandbox, "POST /notification-channels", [channel("a"), channel("b")])
    expect(status).toBe(200)
    expect(body["data"]).toMatchObject([{ id: 1, ...channel("a") }, { id: 2, ...channel("b") }])
    expect(body["data"]?.["0"]).toMatchObject({ channelsAlertPolicies: [], remindersAlertPolicies: [] })
  })

  it("are created all or not at all", async () => {
    const sandbox = await start()
    const sent = [channel("a"), { ...channel("b"), type: "Fax" }]
    const reply = await send(sandbox, "POST /notification-channels", sent)
    expect(reply.status).toBe(400)
    expect(reply.body["error"]).toContain("[1].type: expected one of Email, Slack, Discord, Telegram")
    expect(sandbox.snapshot().notification_channel).toEqual([])
  })

  it("have their configuration replaced as a whole", async () => {
    const sandbox = await start()
    await send(sandbox, "POST /notification-channels", [channel()])
    const changed = await send(sandbox, "PATCH /notification-channels/1", { configuration: { value: "new" } })
    expect(changed.body["data"]).toMatchObject({ name: "ops", type: "Webhook" })
    expect(changed.body["data"]?.["configuration"]).toEqual({ value: "new" })
  })

  it("take a masked value literally when it is sent back", async () => {
    const sandbox = await start({ maskSecrets: true })
    await send(sandbox, "POST /notification-channels", [channel()])
    await send(sandbox, "PATCH /notification-channels/1", { configuration: { value: "***" } })
    expect(sandbox.snapshot().notification_channel[0]).toMatchObject({ configuration: { value: "***" } })
  })

  it("come back in clear, or masked when the sandbox is told to, in every answer", async () => {
    const sandbox = await start()
    const created = await send(sandbox, "POST /notification-channels", [channel()])
    expect(created.text).toContain("header-secret")
    sandbox.configure({ maskSecrets: true })
    const replies = [
      await send(sandbox, "POST /notification-channels", [channel()]),
      await send(sandbox, "PATCH /notification-channels/1", { name: "renamed" }),
      await send(sandbox, "GET /notification-channels"),
      await send(sandbox, "GET /notification-channels/1"),
      await send(sandbox, "POST /custom-agents", agent([1])),
      await send(sandbox, "GET /custom-agents")
    ]
    for (const reply of replies) {
      expect(reply.status).toBeLessThan(300)
      expect(reply.text).toContain(`"value":"***"`)
      expect(reply.text).not.toContain("secret")
    }
    expect(sandbox.snapshot().notification_channel[0]).toMatchObject(channel("renamed"))
  })

  it.each(["channelsConfigurations", "remindersConfigurations"])(
    "cannot be deleted while agents use them as %s",
    async (field) => {
      const sandbox = await start()
      await send(sandbox, "POST /notification-channels", [channel()])
      await send(sandbox, "POST /custom-agents", { ...agent(), [field]: [{ id: 1 }] })
      const refused = await send(sandbox, "DELETE /notification-channels/1")
      expect(refused.status).toBe(409)
      expect(refused.body["error"]).toBe("notification channel 1 is used by custom agent 1")
      await send(sandbox, "PATCH /custom-agents/1", { state: "enabled", [field]: [] })
      expect((await send(sandbox, "DELETE /notification-channels/1")).status).toBe(200)
    }
  )

  it("say which agents use them", async () => {
    const sandbox = await start()
    await send(sandbox, "POST /notification-channels", [channel()])
    await send(sandbox, "POST /custom-agents", agent([1]))
    const used = await send(sandbox, "GET /notification-channels/1")
    expect(used.body["data"]).toMatchObject({ channelsAlertPolicies: [{ customAgentId: 1, name: "large transfers" }] })
    await send(sandbox, "DELETE /custom-agents/1")
    const free = await send(sandbox, "GET /notification-channels/1")
    expect(free.body["data"]).toMatchObject({ channelsAlertPolicies: [] })
  })

  it.each([
    ["POST /notification-channels", channel(), "body: expected an array, got an object"],
    ["POST /notification-channels", [], "at least one channel"],
    ["POST /notification-channels", [{ name: "a", type: "Slack" }], "[0].configuration: required"],
    ["POST /notification-channels", [{ ...channel(), configuration: {} }], "[0].configuration.value: required"],
    [
      "POST /notification-channels",
      [{ ...channel(), channelsAlertPolicies: [] }],
      "channelsAlertPolicies: is read-only"
    ],
    [
      "PATCH /notification-channels/1",
      { configuration: { value: "a", headers: [{ key: "b" }] } },
      "headers[0].value: required"
    ],
    ["PATCH /notification-channels/1", { id: 2 }, "id: is read-only"]
  ])("are refused with 400: %s %j: %s", async (route, body, error) => {
    const sandbox = await start()
    sandbox.create("notification_channel", channel())
    const before = sandbox.snapshot()
    const reply = await send(sandbox, route, body)
    expect(reply.status).toBe(400)
    expect(reply.body["error"]).toContain(error)
    expect(sandbox.snapshot()).toEqual(before)
  })
})
