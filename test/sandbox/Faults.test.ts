/**
 * The faults of the sandbox at work: for each act, what the client sees and whether the request was applied.
 */
import { describe, expect, it } from "vitest"
import type { Fault, Sandbox } from "../../src/sandbox/Sandbox.ts"
import { channel, credentials, send, start } from "./Client.ts"

const create = (sandbox: Sandbox, init: RequestInit = {}) =>
  send(sandbox, "POST /watchlists", { name: "treasury" }, init)

const names = (sandbox: Sandbox) => sandbox.snapshot().watchlist.map(({ name }) => name)

const lastLine = (sandbox: Sandbox) => sandbox.requests().at(-1)

/** Sends a create whose sender gives up as soon as the server has read it. */
const createAndGiveUp = async (sandbox: Sandbox): Promise<void> => {
  const sender = new AbortController()
  const sent = create(sandbox, { signal: sender.signal }).then(() => "answered", (cause: Error) => cause.name)
  await expect.poll(() => sandbox.requests().length).toBe(1)
  sender.abort()
  expect(await sent).toBe("AbortError")
}

describe("a fault answers instead of the API", () => {
  it("status: with a status, headers and an error in the envelope, not applied", async () => {
    const sandbox = await start({ faults: [{ act: "status", status: 429, headers: { "Retry-After": "2" } }] })
    const reply = await create(sandbox)
    expect(reply.status).toBe(429)
    expect(reply.headers.get("retry-after")).toBe("2")
    expect(reply.body).toMatchObject({ success: false, error: "fault injected (status)" })
    expect(names(sandbox)).toEqual([])
    expect(lastLine(sandbox)).toMatchObject({ status: 429, applied: false, faults: ["status"] })
  })

  it("status: with 500 when none is given", async () => {
    const sandbox = await start({ faults: [{ act: "status" }] })
    expect((await create(sandbox)).status).toBe(500)
  })

  it("status: with a status that has no body", async () => {
    const sandbox = await start({ faults: [{ act: "status", status: 204 }] })
    expect(await create(sandbox)).toMatchObject({ status: 204, text: "" })
    expect((await create(sandbox)).status).toBe(200)
  })

  it("status: with a body of text as it is, or of anything else as JSON", async () => {
    const sandbox = await start({ faults: [{ act: "status", body: "<busy>" }, { act: "status", nth: 2, body: [1] }] })
    const text = await create(sandbox)
    expect(text.text).toBe("<busy>")
    expect(text.headers.get("content-type")).toContain("text/plain")
    expect((await create(sandbox)).body).toEqual([1])
  })

  it.each<Fault>([
    { act: "status", status: 400, echo: true },
    { act: "statusAfter", status: 500, echo: true },
    { act: "status", status: 502, echo: true, body: "bad gateway" }
  ])("%j: repeats the secrets of the request when it echoes", async (fault) => {
    const sandbox = await start({ faults: [fault] })
    const reply = await send(sandbox, "POST /notification-channels", [channel()])
    expect(reply.status).toBe(fault.status)
    expect(reply.text).toContain("hooks.example/secret")
  })

  it("statusAfter: with a status, though it was applied", async () => {
    const sandbox = await start({ faults: [{ act: "statusAfter", status: 503 }] })
    expect((await create(sandbox)).status).toBe(503)
    expect(names(sandbox)).toEqual(["treasury"])
    expect(lastLine(sandbox)).toMatchObject({ status: 503, applied: true })
  })

  it("html: with a page, not applied", async () => {
    const sandbox = await start({ faults: [{ act: "html" }] })
    const reply = await create(sandbox)
    expect(reply.status).toBe(200)
    expect(reply.headers.get("content-type")).toContain("text/html")
    expect(reply.text).toContain("<!doctype html>")
    expect(names(sandbox)).toEqual([])
  })

  it("successFalse: with 200 and success false, not applied, also without envelope otherwise", async () => {
    const sandbox = await start({ envelope: false, faults: [{ act: "successFalse" }] })
    const reply = await create(sandbox)
    expect(reply.status).toBe(200)
    expect(reply.body).toMatchObject({ success: false, data: null })
    expect(names(sandbox)).toEqual([])
  })

  it("huge: with more than 64 MiB, not applied", async () => {
    const sandbox = await start({ faults: [{ act: "huge" }] })
    const response = await fetch(`${sandbox.url}/watchlists`, { headers: credentials })
    let bytes = 0
    for await (const chunk of response.body ?? []) bytes += chunk.length
    expect(bytes).toBeGreaterThan(64 * 1024 * 1024)
  })

  it("huge: as large as told, and valid JSON", async () => {
    const sandbox = await start({ faults: [{ act: "huge", bytes: 100_000 }] })
    expect((await create(sandbox)).body["data"]).toHaveLength(100_000)
    expect(names(sandbox)).toEqual([])
  })
})

describe("a fault takes the answer away", () => {
  it("dropBefore: not applied", async () => {
    const sandbox = await start({ faults: [{ act: "dropBefore" }] })
    await expect(create(sandbox)).rejects.toThrow("fetch failed")
    expect(names(sandbox)).toEqual([])
    expect(lastLine(sandbox)).toMatchObject({ status: null, applied: false })
  })

  it("dropAfter: applied", async () => {
    const sandbox = await start({ faults: [{ act: "dropAfter" }] })
    await expect(create(sandbox)).rejects.toThrow("fetch failed")
    expect(names(sandbox)).toEqual(["treasury"])
    expect(lastLine(sandbox)).toMatchObject({ status: null, applied: true })
  })

  it("truncate: applied, and cut in the middle of the body", async () => {
    const sandbox = await start({ faults: [{ act: "truncate" }] })
    const response = await fetch(`${sandbox.url}/watchlists`, {
      method: "POST",
      headers: credentials,
      body: `{"name":"treasury"}`
    })
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow("terminated")
    expect(names(sandbox)).toEqual(["treasury"])
  })

  it("hang: not applied, and never answered", async () => {
    const sandbox = await start({ faults: [{ act: "hang" }] })
    await createAndGiveUp(sandbox)
    expect(names(sandbox)).toEqual([])
  })

  it("hangAfter: applied, and never answered", async () => {
    const sandbox = await start({ faults: [{ act: "hangAfter" }] })
    await createAndGiveUp(sandbox)
    expect(names(sandbox)).toEqual(["treasury"])
  })

  it("lateLanding: cut at once, and applied after the client has seen that nothing was", async () => {
    const sandbox = await start({ faults: [{ act: "lateLanding", ms: 400 }] })
    await expect(create(sandbox)).rejects.toThrow("fetch failed")
    const looked = await send(sandbox, "GET /watchlists")
    expect(looked.body["data"]).toEqual({ results: [] })
    await expect.poll(() => names(sandbox)).toEqual(["treasury"])
    expect(sandbox.requests()[0]).toMatchObject({ status: null, applied: true })
  })
})

describe("a delay", () => {
  it("goes on normally afterwards", async () => {
    const sandbox = await start({ faults: [{ act: "delay", ms: 60 }] })
    const before = performance.now()
    expect((await create(sandbox)).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThanOrEqual(55)
    expect(names(sandbox)).toEqual(["treasury"])
  })

  it("lets a request land that its sender has given up", async () => {
    const sandbox = await start({ faults: [{ act: "delay", ms: 400 }] })
    await createAndGiveUp(sandbox)
    expect(names(sandbox)).toEqual([])
    await expect.poll(() => names(sandbox)).toEqual(["treasury"])
    expect(lastLine(sandbox)).toMatchObject({ status: null, applied: true })
  })

  it("combines with another fault", async () => {
    const sandbox = await start({ faults: [{ act: "delay", ms: 30 }, { act: "status", status: 503 }] })
    expect((await create(sandbox)).status).toBe(503)
    expect(lastLine(sandbox)?.faults).toEqual(["delay", "status"])
  })

  it("comes with every request as latency", async () => {
    const sandbox = await start({ latencyMs: 60 })
    const before = performance.now()
    await create(sandbox)
    expect(performance.now() - before).toBeGreaterThanOrEqual(55)
  })
})

describe("a fault fires", () => {
  const statuses = async (fault: Omit<Fault, "act">, requests = 5) => {
    const sandbox = await start({ faults: [{ act: "status", status: 503, ...fault }] })
    const seen: Array<number> = []
    for (let left = requests; left > 0; left -= 1) seen.push((await send(sandbox, "GET /watchlists")).status)
    return seen
  }

  it.each([
    [{}, [503, 200, 200, 200, 200]],
    [{ nth: 3 }, [200, 200, 503, 200, 200]],
    [{ nth: 2, times: 2 }, [200, 503, 503, 200, 200]],
    [{ nth: 4, times: 0 }, [200, 200, 200, 503, 503]],
    [{ times: -1 }, [503, 503, 503, 503, 503]]
  ])("%j: %j", async (fault, expected) => {
    expect(await statuses(fault)).toEqual(expected)
  })

  it("only at requests that match its method, in any case, and its path without the query", async () => {
    const sandbox = await start({
      faults: [{ act: "status", status: 503, method: "get", path: "^/watchlists$", nth: 2 }]
    })
    const routes = ["GET /watchlists?limit=1", "POST /watchlists", "GET /watchlists/1", "GET /custom-agents"]
    for (const route of routes) {
      expect((await send(sandbox, route, route.startsWith("P") ? {} : undefined)).status).not.toBe(503)
    }
    expect((await send(sandbox, "GET /watchlists?limit=2")).status).toBe(503)
  })

  it("where it was added first, and the other one counts the request too", async () => {
    const sandbox = await start({ faults: [{ act: "status", status: 501 }, { act: "status", status: 502, times: 2 }] })
    expect((await send(sandbox, "GET /watchlists")).status).toBe(501)
    expect((await send(sandbox, "GET /watchlists")).status).toBe(502)
    expect((await send(sandbox, "GET /watchlists")).status).toBe(200)
  })

  it("before credentials are looked at", async () => {
    const sandbox = await start({ faults: [{ act: "status", status: 503 }] })
    expect((await send(sandbox, "GET /watchlists", undefined, { headers: {} })).status).toBe(503)
  })

  it("from when it is added until it is cleared", async () => {
    const sandbox = await start()
    await send(sandbox, "GET /watchlists")
    sandbox.addFault({ act: "status", status: 503, times: 0 })
    expect((await send(sandbox, "GET /watchlists")).status).toBe(503)
    sandbox.clearFaults()
    expect((await send(sandbox, "GET /watchlists")).status).toBe(200)
  })
})
