/**
 * What all kinds of the sandbox's API have in common: credentials, the envelope, lists, and refusals of HTTP itself.
 */
import { describe, expect, it } from "vitest"
import { bodyBytesMax } from "../../src/sandbox/HttpServer.ts"
import type { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { agent, channel, type Reply, send, start } from "./Client.ts"

const names = ["delta", "alpha", "echo", "charlie", "bravo", "foxtrot", "golf", "hotel"]

const withWatchlists = async (): Promise<Sandbox> => {
  const sandbox = await start()
  for (const name of names) sandbox.create("watchlist", { name })
  return sandbox
}

const field = (reply: Reply, key: string): ReadonlyArray<unknown> =>
  Object.values(reply.body["data"]?.["results"] ?? {}).map((resource) => resource[key])

describe("credentials", () => {
  it.each([
    ["none", {}, 401],
    ["a wrong secret", { "x-client-id": "sandbox", "x-client-secret": "guess" }, 401],
    ["the id alone", { "x-client-id": "sandbox" }, 401],
    ["a wrong token", { authorization: "Bearer guess" }, 401],
    ["the right pair", { "x-client-id": "sandbox", "x-client-secret": "sandbox-secret" }, 200],
    ["the right token", { authorization: "Bearer sandbox-token" }, 200]
  ])("%s", async (_, headers, status) => {
    const sandbox = await start()
    const reply = await send(sandbox, "GET /watchlists", undefined, { headers })
    expect(reply.status).toBe(status)
    expect(reply.body).toMatchObject({ success: status === 200 })
  })

  it("may be others, which then are the only ones, and may change while it runs", async () => {
    const sandbox = await start({ credentials: { clientId: "a", clientSecret: "b" } })
    const mine = { headers: { "x-client-id": "a", "x-client-secret": "b" } }
    const token = { headers: { authorization: "Bearer sandbox-token" } }
    expect((await send(sandbox, "GET /watchlists", undefined, mine)).status).toBe(200)
    expect((await send(sandbox, "GET /watchlists", undefined, token)).status).toBe(401)
    sandbox.configure({ credentials: { clientId: "a", clientSecret: "rotated" } })
    expect((await send(sandbox, "GET /watchlists", undefined, mine)).status).toBe(401)
  })
})

describe("the envelope", () => {
  it("holds data or an error", async () => {
    const sandbox = await start()
    const frame = { version: "sandbox", service: "monitoring", stackTrace: null }
    const found = await send(sandbox, "GET /watchlists")
    expect(found.body).toEqual({ success: true, data: { results: [] }, error: null, ...frame })
    const missing = await send(sandbox, "GET /watchlists/7")
    expect(missing.status).toBe(404)
    expect(missing.body).toEqual({ success: false, data: null, error: "watchlist 7 not found", ...frame })
  })

  it("can be left off", async () => {
    const sandbox = await start({ envelope: false })
    expect((await send(sandbox, "GET /watchlists")).body).toEqual({ results: [] })
    expect((await send(sandbox, "POST /watchlists", { name: "a" })).body).toMatchObject({ id: 1, name: "a" })
    expect((await send(sandbox, "GET /watchlists/7")).body).toEqual({ error: "watchlist 7 not found" })
  })
})

describe("a list", () => {
  it("holds everything in no particular order, which stays while nothing comes or goes", async () => {
    const sandbox = await withWatchlists()
    const ids = field(await send(sandbox, "GET /watchlists"), "id")
    expect(ids).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(new Set(ids)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]))
    sandbox.edit("watchlist", 1, { name: "renamed" })
    const first = field(await send(sandbox, "GET /watchlists?limit=5"), "id")
    const rest = field(await send(sandbox, "GET /watchlists?limit=5&offset=5"), "id")
    expect([...first, ...rest]).toEqual(ids)
  })

  it("is sorted when asked, by text or number, up or down", async () => {
    const sandbox = await withWatchlists()
    expect(field(await send(sandbox, "GET /watchlists?sort=name"), "name")).toEqual([...names].sort())
    const down = await send(sandbox, "GET /watchlists?sort=id&order=desc&limit=3&offset=1")
    expect(field(down, "id")).toEqual([7, 6, 5])
  })

  it("ignores query parameters that it does not know", async () => {
    const sandbox = await withWatchlists()
    expect(field(await send(sandbox, "GET /watchlists?name=delta&page=9"), "id")).toHaveLength(8)
  })

  it.each(["limit=-1", "limit=many", "offset=1.5", "order=sideways", "sort=colour", "sort=assets"])(
    "refuses %s",
    async (query) => {
      const sandbox = await withWatchlists()
      expect((await send(sandbox, `GET /watchlists?${query}`)).status).toBe(400)
    }
  )

  it("holds no more than the page limit, whatever is asked", async () => {
    const sandbox = await withWatchlists()
    sandbox.configure({ pageLimit: 3 })
    expect(field(await send(sandbox, "GET /watchlists"), "id")).toHaveLength(3)
    expect(field(await send(sandbox, "GET /watchlists?limit=100"), "id")).toHaveLength(3)
    expect(field(await send(sandbox, "GET /watchlists?limit=100&offset=6"), "id")).toHaveLength(2)
  })

  it("is there for every kind", async () => {
    const sandbox = await start()
    sandbox.create("notification_channel", channel())
    sandbox.create("custom_agent", agent([1]))
    expect(field(await send(sandbox, "GET /notification-channels"), "name")).toEqual(["ops"])
    expect(field(await send(sandbox, "GET /custom-agents?sort=agentName"), "agentName")).toEqual(["large transfers"])
  })
})

describe("HTTP", () => {
  it.each([
    ["GET /", 404],
    ["GET /elsewhere", 404],
    ["GET /watchlists/", 404],
    ["GET /watchlists/1/assets", 404],
    ["GET /watchlists/abc", 404],
    ["GET /watchlists/01", 404],
    ["GET /custom-agents/%E0%A4", 400],
    ["PUT /watchlists/1", 405],
    ["POST /watchlists/1", 405],
    ["PATCH /watchlists", 405],
    ["DELETE /watchlists", 405]
  ])("%s is answered with %i", async (route, status) => {
    const sandbox = await withWatchlists()
    const reply = await send(sandbox, route)
    expect(reply.status).toBe(status)
    expect(reply.body).toMatchObject({ success: false, data: null })
  })

  it("names the allowed methods", async () => {
    const sandbox = await start()
    expect((await send(sandbox, "PUT /watchlists/1")).headers.get("allow")).toBe("GET, PATCH, DELETE")
  })

  it.each(["", "{", "{'name': 1}"])("refuses the body %j as no JSON", async (body) => {
    const sandbox = await start()
    const reply = await send(sandbox, "POST /watchlists", body)
    expect(reply.status).toBe(400)
    expect(reply.body["error"]).toBe("the body is not valid JSON")
  })

  it("refuses a body over the limit with 413 and applies nothing", async () => {
    const sandbox = await start()
    const name = "a".repeat(bodyBytesMax)
    expect((await send(sandbox, "POST /watchlists", { name })).status).toBe(413)
    expect(sandbox.snapshot().watchlist).toEqual([])
  })
})
