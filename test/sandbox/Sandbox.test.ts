/**
 * The sandbox's face: starting and closing, looking and editing behind the API's back, and steering by another process.
 */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { sandboxScoped, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { agent, channel, send, start } from "./Client.ts"

describe("a sandbox", () => {
  it("says plainly that its port is taken", async () => {
    const first = await start()
    await expect(startSandbox({ port: first.port })).rejects.toMatchObject({
      reason: "port",
      message: `cannot listen on 127.0.0.1, port ${first.port}: another program listens there`
    })
  })

  it("refuses a setting that is none", async () => {
    await expect(startSandbox({ latencyMs: -1 })).rejects.toMatchObject({ reason: "settings" })
    const sandbox = await start({ latencyMs: undefined, port: undefined })
    expect(() => sandbox.configure({ pageLimit: 0 })).toThrow("pageLimit: expected an integer of at least 1")
  })

  it("answers no more once closed, and may be closed twice", async () => {
    const sandbox = await startSandbox({ faults: [{ act: "hang" }] })
    const hanging = send(sandbox, "GET /watchlists")
    await expect.poll(() => sandbox.requests().length).toBe(1)
    await Promise.all([sandbox.close(), expect(hanging).rejects.toThrow("fetch failed")])
    await sandbox.close()
    await expect(send(sandbox, "GET /watchlists")).rejects.toThrow("fetch failed")
  })

  it("lives as long as its scope", async () => {
    const url = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* sandboxScoped()
      const reply = yield* Effect.promise(() => send(sandbox, "GET /watchlists"))
      expect(reply.status).toBe(200)
      return sandbox.url
    })))
    await expect(send({ url }, "GET /watchlists")).rejects.toThrow("fetch failed")
  })

  it("logs what reached the API", async () => {
    const sandbox = await start({ now: () => 1000 })
    await send(sandbox, "POST /watchlists", { name: "a" })
    await send(sandbox, "GET /watchlists?limit=1")
    await send(sandbox, "POST /watchlists", { name: "" })
    expect(sandbox.requests()).toEqual([
      {
        seq: 1,
        at: 1000,
        method: "POST",
        path: "/watchlists",
        body: `{"name":"a"}`,
        status: 200,
        applied: true,
        faults: []
      },
      {
        seq: 2,
        at: 1000,
        method: "GET",
        path: "/watchlists?limit=1",
        body: "",
        status: 200,
        applied: false,
        faults: []
      },
      {
        seq: 3,
        at: 1000,
        method: "POST",
        path: "/watchlists",
        body: `{"name":""}`,
        status: 400,
        applied: false,
        faults: []
      }
    ])
  })

  it("knows how many requests were under way at one time", async () => {
    const sandbox = await start({ latencyMs: 50 })
    await Promise.all([1, 2, 3].map(() => send(sandbox, "GET /watchlists")))
    await send(sandbox, "GET /watchlists")
    expect(sandbox.peakInFlight()).toBe(3)
  })

  it("is as new after a reset, but for its settings", async () => {
    const sandbox = await start({ envelope: false, faults: [{ act: "status", nth: 2 }] })
    await send(sandbox, "POST /watchlists", { name: "a" })
    sandbox.reset()
    expect(sandbox.requests()).toEqual([])
    expect(sandbox.snapshot()).toEqual({ watchlist: [], notification_channel: [], custom_agent: [] })
    expect((await send(sandbox, "POST /watchlists", { name: "b" })).body).toMatchObject({ id: 1, name: "b" })
  })
})

describe("a third party", () => {
  const asset = { chain: "base", type: "Wallet", address: "0x1", name: null }

  it("creates, edits and deletes without a line in the log", async () => {
    const sandbox = await start()
    expect(sandbox.create("watchlist", { name: "a", assets: [asset] })).toMatchObject({ id: 1, assets: [asset] })
    expect(sandbox.create("notification_channel", channel())).toMatchObject({ id: 1, ...channel() })
    expect(sandbox.create("custom_agent", { ...agent([1]), state: "disabled" })).toMatchObject({ id: 1 })
    expect(sandbox.edit("custom_agent", 1, { severity: "Medium" })).toMatchObject({
      severity: "Medium",
      state: "disabled"
    })
    sandbox.remove("custom_agent", 1)
    expect(sandbox.snapshot()).toMatchObject({ watchlist: [{ id: 1 }], custom_agent: [] })
    expect(sandbox.requests()).toEqual([])
  })

  it("changes updatedAt alone with an empty edit", async () => {
    const sandbox = await start()
    const { updatedAt, ...rest } = sandbox.create("watchlist", { name: "a" })
    const edited = sandbox.edit("watchlist", 1, {})
    expect(edited).toMatchObject(rest)
    expect(edited["updatedAt"]).not.toBe(updatedAt)
  })

  it("is held to the rules of the API", async () => {
    const sandbox = await start()
    sandbox.create("notification_channel", channel())
    sandbox.create("custom_agent", agent([1]))
    expect(() => sandbox.remove("notification_channel", 1)).toThrow("409: notification channel 1 is used")
    expect(() => sandbox.edit("watchlist", 1, {})).toThrow("404: watchlist 1 not found")
    expect(() => sandbox.create("watchlist", { name: "a", assets: [{}] })).toThrow(
      "400: validation failed: assets[0].chain"
    )
    expect(sandbox.snapshot().watchlist).toEqual([])
  })
})

describe("another process", () => {
  const anonymous = { headers: { "content-type": "application/json" } }

  it("reads the log and the state without credentials, and is not in the log itself", async () => {
    const sandbox = await start({ maskSecrets: true })
    await send(sandbox, "POST /notification-channels", [channel()])
    const log = await send(sandbox, "GET /__sandbox/requests", undefined, anonymous)
    expect(log.body).toEqual(sandbox.requests())
    expect(log.body).toHaveLength(1)
    const state = await send(sandbox, "GET /__sandbox/state", undefined, anonymous)
    expect(state.body).toEqual(sandbox.snapshot())
    expect(state.text).toContain("hooks.example/secret")
  })

  it("adds faults, which admin paths do not meet, and clears them", async () => {
    const sandbox = await start()
    await send(sandbox, "POST /__sandbox/faults", [{ act: "status", status: 503, times: 0 }], anonymous)
    expect((await send(sandbox, "GET /__sandbox/state")).status).toBe(200)
    expect((await send(sandbox, "GET /watchlists")).status).toBe(503)
    await send(sandbox, "DELETE /__sandbox/faults", undefined, anonymous)
    expect((await send(sandbox, "GET /watchlists")).status).toBe(200)
  })

  it("changes settings and resets", async () => {
    const sandbox = await start()
    sandbox.create("notification_channel", channel())
    await send(sandbox, "PUT /__sandbox/settings", { maskSecrets: true, envelope: false }, anonymous)
    const { body } = await send(sandbox, "GET /notification-channels/1")
    expect(body["configuration"]?.["value"]).toBe("***")
    await send(sandbox, "POST /__sandbox/reset", undefined, anonymous)
    expect(sandbox.snapshot().notification_channel).toEqual([])
  })

  it.each([
    ["POST /__sandbox/faults", [{ act: "explode" }], 400, "faults[0].act"],
    ["POST /__sandbox/faults", "[", 400, "not valid JSON"],
    ["PUT /__sandbox/settings", { latencyMs: "5" }, 400, "latencyMs: expected an integer"],
    ["PUT /__sandbox/settings", { colour: "red" }, 400, "colour: unknown field"],
    ["POST /__sandbox/requests", {}, 404, "GET requests, GET state"]
  ])("is told what is wrong with %s %j", async (route, body, status, error) => {
    const sandbox = await start()
    const reply = await send(sandbox, route, body, anonymous)
    expect(reply.status).toBe(status)
    expect(reply.body["error"]).toContain(error)
  })
})
