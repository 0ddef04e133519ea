/**
 * Watchlists of the sandbox: creates that take no assets, the three modes of a PATCH, and assets as a set.
 */
import { describe, expect, it } from "vitest"
import { send, start } from "./Client.ts"

const usdc = { chain: "ethereum", type: "Contract", address: "0xAbC1", name: "USDC" }
const bridge = { chain: "ethereum", type: "Protocol", address: null, name: "Bridge" }
const wallet = { chain: "base", type: "Wallet", address: "0xAbC1", name: null }

const withAssets = async (assets: ReadonlyArray<object>) => {
  const sandbox = await start()
  await send(sandbox, "POST /watchlists", { name: "treasury" })
  await send(sandbox, "PATCH /watchlists/1", { assets })
  return sandbox
}

describe("a watchlist", () => {
  it("is created without the assets it was sent with, which need a second call", async () => {
    const sandbox = await start()
    const created = await send(sandbox, "POST /watchlists", { name: "treasury", description: "ours", assets: [usdc] })
    expect(created.status).toBe(200)
    expect(created.body["data"]).toMatchObject({ id: 1, name: "treasury", description: "ours", assets: [] })
    const patched = await send(sandbox, "PATCH /watchlists/1", { assets: [usdc] })
    expect(patched.body["data"]).toMatchObject({ name: "treasury", assets: [usdc] })
  })

  it("has the server's own fields, and null for a description that was never given", async () => {
    const sandbox = await start()
    await send(sandbox, "POST /watchlists", { name: "a" })
    const { body } = await send(sandbox, "GET /watchlists/1")
    expect(Object.keys(body["data"] ?? {}).sort()).toEqual([
      "alertPolicies",
      "alertsTagsStats",
      "assets",
      "createdAt",
      "createdBy",
      "createdByUserId",
      "description",
      "id",
      "name",
      "updatedAt"
    ])
    expect(body["data"]).toMatchObject({ description: null, alertPolicies: [], alertsTagsStats: {} })
  })

  it("gets rising ids that are never given twice, and may share its name with another", async () => {
    const sandbox = await start()
    await send(sandbox, "POST /watchlists", { name: "same" })
    await send(sandbox, "POST /watchlists", { name: "same" })
    await send(sandbox, "DELETE /watchlists/2")
    const third = await send(sandbox, "POST /watchlists", { name: "same" })
    expect(third.body["data"]).toMatchObject({ id: 3 })
    expect(sandbox.snapshot().watchlist.map(({ id, name }) => [id, name])).toEqual([[1, "same"], [3, "same"]])
  })

  it("is found no more after its deletion", async () => {
    const sandbox = await withAssets([])
    expect((await send(sandbox, "DELETE /watchlists/1")).status).toBe(200)
    expect((await send(sandbox, "GET /watchlists/1")).status).toBe(404)
    expect((await send(sandbox, "DELETE /watchlists/1")).status).toBe(404)
  })

  it("changes updatedAt strictly with every write, even while the clock stands still", async () => {
    const sandbox = await start({ now: () => 1_800_000_000_000 })
    const replies = [
      await send(sandbox, "POST /watchlists", { name: "a" }),
      await send(sandbox, "PATCH /watchlists/1", {}),
      await send(sandbox, "PATCH /watchlists/1", { name: "a" })
    ]
    expect(replies.map((reply) => reply.body["data"]?.["updatedAt"])).toEqual([
      "2027-01-15T08:00:00.000Z",
      "2027-01-15T08:00:00.001Z",
      "2027-01-15T08:00:00.002Z"
    ])
    expect(replies.at(-1)?.body["data"]).toMatchObject({ createdAt: "2027-01-15T08:00:00.000Z" })
  })
})

describe("the assets of a watchlist", () => {
  it("are all replaced when no mode is given, and emptied by an empty array", async () => {
    const sandbox = await withAssets([usdc, bridge])
    await send(sandbox, "PATCH /watchlists/1", { assets: [wallet] })
    expect(sandbox.snapshot().watchlist[0]).toMatchObject({ assets: [wallet] })
    await send(sandbox, "PATCH /watchlists/1", { assets: [], mode: "replaceAll" })
    expect(sandbox.snapshot().watchlist[0]).toMatchObject({ assets: [] })
  })

  it("stay when a PATCH does not name them", async () => {
    const sandbox = await withAssets([usdc])
    await send(sandbox, "PATCH /watchlists/1", { name: "renamed" })
    expect(sandbox.snapshot().watchlist[0]).toMatchObject({ name: "renamed", assets: [usdc] })
  })

  it("are added to, where one that is there in another case stays as it is", async () => {
    const sandbox = await withAssets([usdc])
    await send(sandbox, "PATCH /watchlists/1", { assets: [{ ...usdc, address: "0xABC1", name: "other" }], mode: "add" })
    expect(sandbox.snapshot().watchlist[0]).toMatchObject({ assets: [usdc] })
    await send(sandbox, "PATCH /watchlists/1", { assets: [bridge, wallet], mode: "add" })
    expect(sandbox.snapshot().watchlist[0]?.["assets"]).toHaveLength(3)
  })

  it("are removed by chain, type and address in any case, or by name where there is no address", async () => {
    const sandbox = await withAssets([usdc, bridge, wallet])
    const gone = [{ ...usdc, address: "0xabc1", name: null }, bridge, { ...bridge, name: "never there" }]
    expect((await send(sandbox, "PATCH /watchlists/1", { assets: gone, mode: "remove" })).status).toBe(200)
    expect(sandbox.snapshot().watchlist[0]).toMatchObject({ assets: [wallet] })
  })

  it("come back in another order from one reading to the next, and sorted in a snapshot", async () => {
    const many = Array.from({ length: 8 }, (_, index) => ({ ...usdc, address: `0x${index}` }))
    const sandbox = await withAssets(many)
    const reads = await Promise.all(Array.from({ length: 4 }, () => send(sandbox, "GET /watchlists/1")))
    expect(new Set(reads.map((read) => JSON.stringify(read.body["data"]?.["assets"]))).size).toBeGreaterThan(1)
    for (const read of reads) expect(new Set(Object.values(read.body["data"]?.["assets"] ?? {}))).toEqual(new Set(many))
    expect(sandbox.snapshot()).toEqual(sandbox.snapshot())
  })
})

describe("a watchlist request is refused", () => {
  it.each([
    ["POST /watchlists", {}, "name: required"],
    ["POST /watchlists", { name: " " }, "name: must not be empty"],
    ["POST /watchlists", { name: 5 }, "name: expected text, got a number"],
    ["POST /watchlists", { name: "a", colour: "red" }, "colour: unknown field"],
    ["POST /watchlists", { name: "a", createdAt: "now" }, "createdAt: is read-only"],
    ["POST /watchlists", [{ name: "a" }], "body: expected an object, got an array"],
    ["PATCH /watchlists/1", { mode: "merge" }, "mode: expected one of replaceAll, add, remove"],
    ["PATCH /watchlists/1", { alertPolicies: [] }, "alertPolicies: is read-only"],
    ["PATCH /watchlists/1", { assets: [{ type: "Wallet" }] }, "assets[0].chain: required"],
    ["PATCH /watchlists/1", { assets: [{ ...wallet, chain: null }] }, "assets[0].chain: expected text, got null"],
    ["PATCH /watchlists/1", { assets: { ...wallet } }, "assets: expected an array, got an object"]
  ])("%s %j: %s", async (route, body, error) => {
    const sandbox = await withAssets([usdc])
    const before = sandbox.snapshot()
    const reply = await send(sandbox, route, body)
    expect(reply.status).toBe(400)
    expect(reply.body["error"]).toContain(error)
    expect(sandbox.snapshot()).toEqual(before)
  })
})
