/**
 * `import`, `forget` and the quarantine: what is managed changes, and nothing remote does.
 */
import { describe, expect, it } from "vitest"
import { writes } from "../../e2e/Cell.ts"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { lastLine, masked, openShell, type Shell, watchlist } from "../Shell.ts"

const both = (description: string) => [watchlist("a", description), watchlist("b", description)]

const applied = async (): Promise<Shell> => {
  const shell = await openShell(both("one"))
  expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  return shell
}

describe("forget", () => {
  it("lets a resource go as it is, once", async () => {
    const shell = await applied()
    const sent = writes(shell.sandbox).length
    const { code, stdout } = await shell.run("forget", "watchlist.b")
    expect([code, stdout]).toEqual([0, "Forgot watchlist.b (id 2). It stays as it is, and nobody manages it.\n"])
    const again = await shell.run("forget", "watchlist.b")
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("watchlist.b is not managed\n")])
    expect((await shell.run("list")).stdout).not.toContain("watchlist.b")
    expect(writes(shell.sandbox)).toHaveLength(sent)
  })

  it("is an event with what was let go, and refuses what is no address", async () => {
    const shell = await applied()
    const events = eventsOf(await shell.run("forget", "watchlist.a", "--json"))
    expect(typed(events, "list")).toMatchObject([{ of: "forgotten", items: [{ address: "watchlist.a", id: "1" }] }])
    const { code, stderr } = await shell.run("forget", "watchlist")
    expect([code, stderr]).toEqual([7, expect.stringContaining("an address is kind.name")])
  })
})

describe("import", () => {
  it("manages what exists, and refuses what is managed or not there", async () => {
    const shell = await applied()
    expect(await shell.run("forget", "watchlist.b")).toMatchObject({ code: 0 })
    const imported = await shell.run("import", "watchlist.b", "2")
    expect([imported.code, imported.stdout]).toEqual([
      0,
      "Imported watchlist.b (id 2). Nothing was changed remotely.\n"
    ])
    const twice = await shell.run("import", "watchlist.b", "2")
    expect([twice.code, lastLine(twice.stderr)]).toEqual([7, "  → let it go first with: amends forget watchlist.b"])
    const missing = await shell.run("import", "watchlist.c", "77")
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("no watchlist has the id 77")])
    expect(await shell.run("plan")).toMatchObject({ code: 0, stdout: "No changes.\n" })
  })
})

describe("a resource whose batches keep failing", () => {
  /** Both are to change, and the server refuses the first for ever: two batches fail because of it. */
  const failing = async (...more: ReadonlyArray<ReturnType<typeof watchlist>>): Promise<Shell> => {
    const shell = await applied()
    await shell.configure("workspace: cell", "workspace: cell\nquarantineAfter: 2")
    shell.sandbox.addFault({ act: "status", method: "PATCH", path: "watchlists/1$", status: 400, times: 0 })
    await shell.declare([...both("two"), ...more])
    expect((await shell.run("apply", "--yes")).code).toBe(3)
    expect((await shell.run("status")).stdout).not.toContain("held out")
    expect((await shell.run("apply", "--yes")).code).toBe(3)
    return shell
  }

  it("is held out of plans, which say so and how to release it", async () => {
    const shell = await failing()
    const plan = await shell.run("plan")
    expect(plan.stderr).toBe(
      "Warning: watchlist.a: held out of the plan\n" +
        "  its last 2 batches failed because of it: the server refused the request\n" +
        "  → release it with: amends forget --quarantine watchlist.a\n"
    )
    expect(lastLine(plan.stdout)).toBe("Plan: 0 to add, 1 to change, 0 to destroy.")
    const status = await shell.run("status")
    expect(lastLine(status.stdout)).toBe(
      "! watchlist.a is held out of plans: its last 2 batches failed because of it: the server refused the request. " +
        "Run: amends forget --quarantine watchlist.a"
    )
    const target = await shell.run("plan", "--target", "watchlist.a")
    expect([target.code, target.stderr]).toEqual([7, expect.stringContaining("a target is held out of plans")])
  })

  it("takes along what needs it, and is told to programs with the batches it rests on", async () => {
    const shell = await failing(watchlist("c", "new", ["watchlist.a"]), watchlist("d", "new", ["watchlist.c"]))
    const plan = eventsOf(await shell.run("plan", "--json"))
    expect(typed(plan, "diagnostic").map(({ address, detail }) => `${String(address)}: ${String(detail)}`)).toEqual([
      "watchlist.a: its last 2 batches failed because of it: the server refused the request",
      "watchlist.c: it needs watchlist.a, which is held out",
      "watchlist.d: it needs watchlist.c, which is held out"
    ])
    expect(typed(plan, "change_summary")).toMatchObject([{ add: 0, change: 1, destroy: 0 }])
    const target = await shell.run("plan", "--target", "watchlist.c")
    expect([target.code, lastLine(target.stderr)]).toEqual([
      7,
      "  → release it with: amends forget --quarantine watchlist.a"
    ])
    const [status] = typed(eventsOf(await shell.run("status", "--json")), "status")
    const batches = [expect.stringMatching(/^b-/), expect.stringMatching(/^b-/)]
    expect(status).toMatchObject({ quarantined: [{ address: "watchlist.a", failures: 2, batches }] })
  })

  it("holds what it referred to for as long as it is there", async () => {
    const shell = await openShell([watchlist("a", "one", ["watchlist.b"]), watchlist("b", "one")])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    await shell.configure("workspace: cell", "workspace: cell\nquarantineAfter: 1")
    shell.sandbox.addFault({ act: "status", method: "PATCH", path: "watchlists/2$", status: 400, times: 0 })
    await shell.declare([watchlist("a", "two")])
    expect((await shell.run("apply", "--yes")).code).toBe(3)
    expect((await shell.run("plan")).stderr).toContain("watchlist.b: held out of the plan\n  watchlist.a")
    shell.sandbox.remove("watchlist", 2)
    expect(lastLine((await shell.run("plan")).stdout)).toBe("Plan: 0 to add, 0 to change, 1 to destroy.")
  })

  it("is taken in again once it is released, and only then", async () => {
    const shell = await failing()
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    shell.sandbox.clearFaults()
    expect((await shell.run("plan")).stdout).toBe("No changes.\n")
    const other = await shell.run("forget", "--quarantine", "watchlist.b")
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("it is not in quarantine")])
    const released = await shell.run("forget", "--quarantine", "watchlist.a")
    expect([released.code, released.stdout]).toEqual([0, "Released watchlist.a: plans take it in again.\n"])
    expect(await shell.run("forget", "--quarantine", "watchlist.a")).toMatchObject({ code: 1 })
    expect(masked(lastLine((await shell.run("apply", "--yes")).stdout))).toContain("1 changed")
    expect(shell.sandbox.snapshot().watchlist.map(({ description }) => description)).toEqual(["two", "two"])
  })

  it("counts anew after a batch that committed it, and after it was released", async () => {
    const shell = await failing()
    const heldOut = async () => (await shell.run("status")).stdout.includes("watchlist.a is held out")
    const fails = async (description: string) => {
      await shell.declare(both(description))
      expect((await shell.run("apply", "--yes")).code).toBe(3)
    }
    expect(await shell.run("forget", "--quarantine", "watchlist.a")).toMatchObject({ code: 0 })
    await fails("three")
    expect(await heldOut()).toBe(false)
    shell.sandbox.clearFaults()
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    shell.sandbox.addFault({ act: "status", method: "PATCH", path: "watchlists/1$", status: 400, times: 0 })
    await fails("four")
    expect(await heldOut()).toBe(false)
    await fails("four")
    expect(await heldOut()).toBe(true)
  })
})
