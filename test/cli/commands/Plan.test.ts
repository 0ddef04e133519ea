/**
 * `plan` and the questions before it: what would change, for people, for programs and as an exit code.
 */
import { readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { writes } from "../../e2e/Cell.ts"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { lastLine, openShell, type Shell, watchlist } from "../Shell.ts"

const applied = async (): Promise<Shell> => {
  const shell = await openShell([watchlist("a"), watchlist("b")])
  expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  return shell
}

const edit = ({ sandbox }: Shell, id: number, description: string): void =>
  void sandbox.edit("watchlist", id, { description })

describe("plan", () => {
  it("exits with 2 where there are changes and that is asked for", async () => {
    const shell = await applied()
    expect(await shell.run("plan", "--detailed-exitcode")).toMatchObject({ code: 0, stdout: "No changes.\n" })
    await shell.declare([watchlist("a", "new"), watchlist("b")])
    expect((await shell.run("plan")).code).toBe(0)
    const { code, stdout } = await shell.run("plan", "--detailed-exitcode")
    expect([code, lastLine(stdout)]).toEqual([2, "Plan: 0 to add, 1 to change, 0 to destroy."])
    const quiet = await shell.run("plan", "--quiet")
    expect(quiet.stdout).toBe("Plan: 0 to add, 1 to change, 0 to destroy.\n")
  })

  it("says what somebody edited or deleted, and with --refresh-only counts that as a change", async () => {
    const shell = await applied()
    expect(await shell.run("plan", "--refresh-only", "--detailed-exitcode")).toMatchObject({ code: 0 })
    edit(shell, 1, "theirs")
    shell.sandbox.remove("watchlist", 2)
    const refresh = await shell.run("plan", "--refresh-only", "--detailed-exitcode")
    expect(refresh.code).toBe(2)
    expect(refresh.stdout.split("\n").slice(0, 3)).toEqual([
      "Drift: since they were last applied,",
      "  ! watchlist.a was edited outside of amends at /description",
      "  ! watchlist.b was deleted outside of amends"
    ])
    const plan = eventsOf(await shell.run("plan", "--json"))
    expect(typed(plan, "resource_drift")).toMatchObject([
      { address: "watchlist.a", kind: "edited", paths: ["/description"] },
      { address: "watchlist.b", kind: "deleted" }
    ])
    expect(writes(shell.sandbox)).toHaveLength(2)
  })

  it("shows a conflict with what somebody edited, and apply refuses it unwritten", async () => {
    const shell = await applied()
    edit(shell, 1, "theirs")
    await shell.declare([watchlist("a", "new"), watchlist("b")])
    const plan = await shell.run("plan")
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining("  ! watchlist.a at /description\n")])
    const events = eventsOf(await shell.run("plan", "--json"))
    expect(typed(events, "conflict")).toMatchObject([{ address: "watchlist.a", paths: ["/description"] }])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 5 })
    expect(writes(shell.sandbox)).toHaveLength(2)
  })

  it("of one address, of everything gone, and of a replacement is what was asked for", async () => {
    const shell = await applied()
    await shell.declare([watchlist("a", "new"), watchlist("b", "new"), watchlist("c")])
    const counts = async (...flags: ReadonlyArray<string>) => lastLine((await shell.run("plan", ...flags)).stdout)
    expect(await counts()).toBe("Plan: 1 to add, 2 to change, 0 to destroy.")
    expect(await counts("--target", "watchlist.a")).toBe("Plan: 0 to add, 1 to change, 0 to destroy.")
    expect(await counts("--destroy")).toBe("Plan: 0 to add, 0 to change, 2 to destroy.")
    expect(await counts("--replace", "watchlist.b")).toBe("Plan: 2 to add, 1 to change, 1 to destroy.")
    const unknown = await shell.run("plan", "--target", "watchlist.x")
    expect([unknown.code, lastLine(unknown.stderr)]).toEqual([7, "  → see: amends list"])
  })

  it("saves only for its owner to read, and says so where it cannot be saved", async () => {
    const shell = await openShell([watchlist("a")])
    const saved = await shell.run("plan", "--out", "saved.plan")
    expect(saved.stdout).toContain("Saved. Apply exactly this plan with: amends apply saved.plan\n")
    expect((await stat(join(shell.root, "saved.plan"))).mode & 0o777).toBe(0o600)
    const nowhere = await shell.run("plan", "--out", "not/there.plan")
    expect([nowhere.code, nowhere.stderr]).toEqual([7, expect.stringContaining("a file could not be written")])
    expect(await shell.run("apply", "saved.plan")).toMatchObject({ code: 0 })
    const used = await shell.run("apply", "saved.plan")
    expect([used.code, used.stderr]).toEqual([7, expect.stringContaining("Error: ")])
    expect(writes(shell.sandbox)).toHaveLength(1)
  })

  it("warns of a pattern that matches nothing", async () => {
    const shell = await openShell([watchlist("a")])
    await shell.configure("workspace: cell", "workspace: cell\nresources: [\"resources/*.json\", \"more/*.yaml\"]")
    const { code, stderr } = await shell.run("plan")
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^Warning: amends\.yaml:2:\d+: .*more\/\*\.yaml/)])
    expect((await shell.run("validate")).stderr).toBe(stderr)
    const [warning] = typed(eventsOf(await shell.run("validate", "--json")), "diagnostic")
    expect(warning).toMatchObject({ severity: "warning", file: "amends.yaml", line: 2 })
  })
})

describe("a command elsewhere", () => {
  it("is given its workspace with -C, or its file with --config", async () => {
    const shell = await applied()
    await writeFile(
      join(shell.root, "resources", "other.yaml"),
      (await readFile(join(shell.root, "amends.yaml"), "utf8")).replace("workspace: cell", "workspace: other")
    )
    expect((await shell.run("-C", "resources", "status")).stdout).toContain("Workspace cell: 2 resources managed.")
    expect((await shell.run("status", "--config", "resources/other.yaml")).stdout).toContain("Workspace other: 0 ")
    const nowhere = await shell.run("-C", "/", "status")
    expect([nowhere.code, nowhere.stdout]).toEqual([7, ""])
  })

  it("is in the name of --actor", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes", "--actor", "ann@laptop")).toMatchObject({ code: 0 })
    expect((await shell.run("batches")).stdout).toMatch(/ ann@laptop *$/m)
  })
})
