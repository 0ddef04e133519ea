/**
 * Servers that are not there, refuse, or answer something else: exit 1, in words, and nothing is written anywhere.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Fault } from "../../src/sandbox/Sandbox.ts"
import { type Cell, openCell, writes } from "./Cell.ts"
import { eventsOf } from "./Events.ts"

let cell: Cell
beforeAll(async () => {
  cell = await openCell({}, "    timeout: ${env.PATIENCE:-60s}\n")
  await cell.declare([{ kind: "watchlist", name: "a", spec: { description: "ours" } }])
})
afterAll(() => cell.close())

/** Nothing was sent that writes, and no batch was opened. */
const expectNothing = async (): Promise<void> => {
  expect(writes(cell.sandbox)).toEqual([])
  expect(await cell.run("batches")).toMatchObject({ code: 0, stdout: "There are no batches yet.\n" })
}

describe("an apply is refused before anything is written", () => {
  it.each<readonly [string, Omit<Fault, "method" | "times">, string]>([
    ["HTML for JSON", { act: "html" }, "check that baseUrl is the API"],
    ["a 200 that says success: false", { act: "successFalse" }, "the server refused the request"],
    ["a truncated answer", { act: "truncate" }, "the server did not answer"],
    ["an answer over the limit", { act: "huge" }, "the answer is larger than"],
    ["no answer", { act: "hang" }, "no whole answer within 300 ms"],
    [
      "a redirect to another host",
      { act: "status", status: 302, headers: { location: "http://other.example/x" } },
      "redirects to http://other.example/x"
    ],
    ["a lasting 500", { act: "status", status: 500 }, "→ 500"],
    ["a wait that is too long", { act: "status", status: 429, headers: { "retry-after": "9999" } }, "limiting requests"]
  ])("by %s", async (_, fault, words) => {
    cell.sandbox.addFault({ ...fault, times: 0 })
    const env = fault.act === "hang" ? { PATIENCE: "300ms" } : {}
    const ended = await cell.start(["apply", "--yes", "--json"], { env }).ended
    cell.sandbox.clearFaults()
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining(words)])
    expect(ended.stderr).toMatch(/^Error: .+\n {2}monitoring: GET \/watchlists.+\n {2}→ .+\n$/)
    expect(eventsOf(ended).at(-1)).toMatchObject({ outcome: "error", batch: null, exitCode: 1 })
    expect(writes(cell.sandbox)).toEqual([])
  })

  it("by a server that is not there, also where it is found out by doctor", async () => {
    const env = { MONITORING_URL: "http://127.0.0.1:9" }
    for (const args of [["apply", "--yes"], ["doctor"]]) {
      const { code, stderr, stdout } = await cell.start(args, { env }).ended
      expect([args, code]).toEqual([args, 1])
      expect(stdout + stderr).toContain("connect ECONNREFUSED 127.0.0.1:9")
    }
    await expectNothing()
  })

  it("by wrong credentials, which a saved plan meets before its first intent, and is good afterwards", async () => {
    const env = { MONITORING_CLIENT_SECRET: "wr0ng-secret" }
    expect(await cell.run("plan", "--out", "saved.plan")).toMatchObject({ code: 0 })
    for (const args of [["apply", "--yes"], ["apply", "saved.plan"], ["import", "watchlist.a", "1"]]) {
      const { code, stderr, stdout } = await cell.start(args, { env }).ended
      expect([args, code]).toEqual([args, 1])
      expect(stderr).toContain("Error: the server refused the credentials")
      expect(stdout + stderr).not.toContain(env.MONITORING_CLIENT_SECRET)
    }
    await expectNothing()
    expect(await cell.run("apply", "saved.plan")).toMatchObject({ code: 0 })
  })

  it("by settings that would send credentials in clear to another machine", async () => {
    const { code, stderr } = await cell.start(["plan"], { env: { MONITORING_URL: "http://example.com" } }).ended
    expect(code).toBe(7)
    expect(stderr).toContain("amends.yaml:5:14: /providers/monitoring/baseUrl: would send credentials unencrypted")
  })
})
