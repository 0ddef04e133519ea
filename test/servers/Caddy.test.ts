/**
 * A Caddy: parts of a configuration under names, conditional writes by an ETag that comes behind the body, refusals as
 * a failure of the server, and lists that are objects.
 */
import { describe, expect, it } from "vitest"
import { missingCaddy, startCaddy } from "./Caddy.ts"
import { trials } from "./Trials.ts"
import { openWorkplace, type Subject } from "./Workplace.ts"

const server = (name: string, body: string, spec: Readonly<Record<string, unknown>> = {}) => ({
  kind: "server",
  name,
  spec: {
    // A socket is no port that somebody else may have.
    listen: [`unix//tmp/amends-caddy-${process.pid}-${name}.sock`],
    routes: [{ match: [{ path: ["/*"] }], handle: [{ handler: "static_response", body }] }],
    ...spec
  }
})

const log = (name: string, level: string) => ({ kind: "log", name, spec: { level, writer: { output: "discard" } } })

const subject: Subject = {
  missing: missingCaddy,
  start: startCaddy,
  below: "/config",
  settings: "    check: /admin\n",
  kinds: "caddy-kinds.yaml",
  first: [server("blue", "hello"), server("green", "hi", { read_timeout: 1_000_000_000 }), log("quiet", "ERROR")],
  second: [server("blue", "good day"), server("red", "hi"), log("quiet", "WARN"), log("loud", "DEBUG")],
  writes: 5,
  held: async (url) => {
    const read = async (path: string) => await (await fetch(`${url}${path}`)).json() as object
    const [servers, logs] = [await read("/apps/http/servers/"), await read("/logging/logs/")]
    return [...Object.entries(servers), ...Object.entries(logs)].map((one) => JSON.stringify(one)).sort()
  }
}

describe.skipIf(missingCaddy !== undefined)("a Caddy", () => {
  trials(subject)

  it("that takes a server for wrong is as it was, and says why", async () => {
    const place = await openWorkplace(subject)
    try {
      await place.declare(subject.first)
      expect((await place.run("apply", "--yes")).code).toBe(0)
      const before = await subject.held(place.url)
      const wrong = { ...server("wrong", "x", { listen: ["::::"] }), dependsOn: ["server.blue", "server.red"] }
      await place.declare([...subject.second, wrong])
      const { code, stderr } = await place.run("apply", "--yes")
      expect([code, stderr]).toEqual([3, expect.stringMatching(/the server failed[^]*too many colons/)])
      expect(await subject.held(place.url)).toEqual(before)
    } finally {
      await place.close()
    }
  })

  it("refuses what rests on an older configuration: an edit in the moment of a write is kept", async () => {
    const place = await openWorkplace(subject)
    try {
      await place.declare(subject.first)
      expect((await place.run("apply", "--yes")).code).toBe(0)
      const edited = { ...server("blue", "edited").spec }
      place.between.meddle(async (nth) => {
        if (nth !== 1) return undefined
        const headers = { "content-type": "application/json" }
        const body = JSON.stringify(edited)
        await fetch(`${place.url}/apps/http/servers/blue`, { method: "PATCH", headers, body })
        return undefined
      })
      await place.declare([server("blue", "ours"), ...subject.first.slice(1)])
      const { code, stderr } = await place.run("apply", "--yes", "--parallelism", "1")
      expect([code, stderr]).toEqual([5, expect.stringContaining("the server refused it as a conflict")])
      expect((await subject.held(place.url)).join()).toContain("edited")
    } finally {
      await place.close()
    }
  })
})
