/**
 * The events of `--json`, as another program reads them.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Cell, type Declared, openCell } from "./Cell.ts"
import { first, second } from "./Configurations.ts"
import { eventsOf, typed } from "./Events.ts"

let cell: Cell
beforeEach(async () => {
  cell = await openCell()
})
afterEach(() => cell.close())

const watchlist = (name: string, description: string): Declared => ({
  kind: "watchlist",
  name,
  spec: { name, description }
})

/** An event without what differs from run to run. */
const stable = ({ at: _at, ...event }: { readonly at: string }): string =>
  JSON.stringify(event).replaceAll(/"(createdAt|updatedAt)":"[^"]*"/g, "")

describe("a plan", () => {
  it("says each change with how it is taken back, then the summary", async () => {
    await cell.declare([watchlist("a", "ours")])
    const events = eventsOf(await cell.run("plan", "--json"))
    expect(events.map(({ type }) => type)).toEqual(["version", "planned_change", "change_summary", "outcome"])
    expect(events[1]).toMatchObject({
      address: "watchlist.a",
      action: "create",
      before: null,
      after: { name: "a", description: "ours" },
      reversibility: "exact",
      guarded: false
    })
    expect(events[2]).toMatchObject({ add: 1, change: 0, destroy: 0 })
    expect(events[3]).toMatchObject({ outcome: "none" })
  })

  it("says the same in the same order every time", async () => {
    await cell.declare(first)
    expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
    await cell.declare(second)
    const planned = async () => typed(eventsOf(await cell.run("plan", "--json")), "planned_change").map(stable)
    const once = await planned()
    expect(once.length).toBeGreaterThan(5)
    expect(await planned()).toEqual(once)
  })

  it("says what somebody else edited, and what that puts in the way", async () => {
    await cell.declare([watchlist("a", "ours")])
    expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
    cell.sandbox.edit("watchlist", 1, { description: "theirs" })
    await cell.declare([watchlist("a", "ours, too")])
    const events = eventsOf(await cell.run("apply", "--yes", "--json"))
    expect(typed(events, "resource_drift")).toMatchObject([{ address: "watchlist.a", kind: "edited" }])
    expect(typed(events, "conflict")).toMatchObject([{ address: "watchlist.a", paths: ["/description"] }])
    expect(events.at(-1)).toMatchObject({ outcome: "error", exitCode: 5 })
  })
})

describe("an apply", () => {
  it("says the start and end of each step, and the batch", async () => {
    await cell.declare([watchlist("a", "ours")])
    const events = eventsOf(await cell.run("apply", "--yes", "--json", "--reason", "why not", "--actor", "me"))
    expect(typed(events, "apply_start")).toMatchObject([{ address: "watchlist.a", action: "create" }])
    expect(typed(events, "apply_complete")).toMatchObject([{ address: "watchlist.a", remoteId: "1" }])
    expect(typed(events, "apply_complete")[0]?.["ms"]).toBeTypeOf("number")
    const last = events.at(-1)
    expect(last).toMatchObject({ outcome: "committed", counts: { add: 1, change: 0, destroy: 0 }, exitCode: 0 })
    expect(last?.["batch"]).toMatch(/^b-/)
    const [batch] = typed(eventsOf(await cell.run("batches", "--json")), "list")
    expect(batch?.["items"]).toMatchObject([{ batch: last?.["batch"], actor: "me", reason: "why not" }])
  })

  it("says why a step failed and how the others were compensated", async () => {
    await cell.declare([watchlist("a", "ours"), watchlist("b", "ours")])
    cell.sandbox.addFault({ act: "status", method: "POST", nth: 2, status: 400 })
    const ended = await cell.run("apply", "--yes", "--json", "--parallelism", "1")
    const events = eventsOf(ended)
    const [errored] = typed(events, "apply_errored")
    expect(errored).toMatchObject({ address: "watchlist.b", error: { applied: "no" } })
    expect(Object.keys(errored?.["error"] as object).sort()).toEqual(["applied", "detail", "hint", "summary"])
    expect(typed(events, "compensate_start")).toMatchObject([{ address: "watchlist.a", action: "create" }])
    expect(typed(events, "compensate_complete")).toMatchObject([{ address: "watchlist.a" }])
    expect(events.at(-1)).toMatchObject({ outcome: "compensated", exitCode: 3 })
  })

  it("says a lost answer's verdict with its evidence", async () => {
    await cell.declare([watchlist("a", "ours")])
    cell.sandbox.addFault({ act: "dropAfter", method: "POST" })
    const events = eventsOf(await cell.run("apply", "--yes", "--json"))
    const [resolve] = typed(events, "resolve")
    expect(resolve).toMatchObject({ address: "watchlist.a", verdict: "applied" })
    expect(resolve?.["evidence"]).toBeTypeOf("string")
    expect(events.at(-1)).toMatchObject({ outcome: "committed" })
  })

  it("holds no secret in any event", async () => {
    await cell.declare(first)
    const ended = await cell.run("apply", "--yes", "--json")
    expect(ended.code).toBe(0)
    expect(ended.stdout).not.toMatch(/-secret-000/)
    expect(ended.stdout).toContain("(sensitive)")
  })
})

describe("an error", () => {
  it("ends in an outcome as well, whatever it was", async () => {
    await cell.declare([{ kind: "watchlist", name: "a", spec: { nope: 1 } }])
    for (const args of [["plan"], ["plan", "--nope"], ["rollback", "x"], ["show", "nothing.there"]]) {
      const events = eventsOf(await cell.run(...args, "--json"))
      expect(typed(events, "diagnostic")[0]).toMatchObject({ severity: "error" })
      expect(events.at(-1)).toMatchObject({ outcome: "error" })
    }
  })
})
