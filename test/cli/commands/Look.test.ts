/**
 * `status`, `list`, `batches`, `history` and `show`: what they say of a workspace at each point of its life, to people
 * and to programs.
 */
import { Effect } from "effect"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { layerSqlite } from "../../../src/state/sqlite/Sqlite.ts"
import { start } from "../../contract/state/Process.ts"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { channel, hook, lastLine, masked, openShell, type Shell, watchlist } from "../Shell.ts"

const refusal = "the server refused the request: PATCH /watchlists/1 → 400: fault injected (status)"

/** Two applied watchlists and a channel; then an update that failed and cannot be taken back. */
const stuck = async (): Promise<Shell> => {
  const shell = await openShell([watchlist("a"), watchlist("b"), channel])
  expect(await shell.run("apply", "--yes", "--reason", "first")).toMatchObject({ code: 0 })
  await shell.declare([watchlist("a", "new"), watchlist("b", "new"), channel])
  shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
  expect(await shell.run("apply", "--yes", "--parallelism", "1")).toMatchObject({ code: 4 })
  shell.sandbox.clearFaults()
  return shell
}

const said = async (shell: Shell, ...argv: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const ended = await shell.run(...argv)
  expect(ended).toMatchObject({ code: 0, stderr: "" })
  return masked(ended.stdout).trimEnd().split("\n")
}

const newest = async (shell: Shell): Promise<string> =>
  /\bb-[0-9a-z]{10,}\b/.exec((await shell.run("batches")).stdout)?.[0] ?? ""

const needs = [
  "Since TIME:",
  `! watchlist.a needs you: ${refusal}`,
  "    choose one:",
  "      amends recover BATCH --choice watchlist.a=retry@DIGEST",
  "      amends recover BATCH --choice watchlist.a=accept@DIGEST",
  "      amends recover BATCH --choice watchlist.a=skip@DIGEST"
]

describe("of a workspace in which nothing happened yet", () => {
  it.each([
    [["status"], ["Workspace cell: 0 resources managed.", "No batch yet.", "Nobody holds the lease."]],
    [["list"], ["Nothing is managed yet."]],
    [["batches"], ["There are no batches yet."]],
    [["history"], ["There are no versions yet."]],
    [["lease", "show"], ["Nobody holds the lease."]]
  ])("%j says so", async (argv, lines) => {
    const shell = await openShell()
    expect(await said(shell, ...argv)).toEqual(lines)
    const json = await shell.run(...argv, "--json")
    expect(eventsOf(json)).toHaveLength(3)
  })

  it("show says that there is no such thing, with where to look", async () => {
    const shell = await openShell()
    for (const what of ["watchlist.a", "b-0123456789", "sha256:012345"]) {
      const { code, stderr, stdout } = await shell.run("show", what)
      expect([code, stdout, lastLine(stderr)]).toEqual([1, "", "  → see: amends list, amends batches, amends history"])
    }
  })
})

describe("of a batch that needs a person", () => {
  it("status says what waits since when, and how to go on", async () => {
    expect(await said(await stuck(), "status")).toEqual([
      "Workspace cell: 3 resources managed.",
      "Last batch: BATCH, unfinished, at TIME.",
      "Nobody holds the lease.",
      "! BATCH is not finished. Run: amends recover BATCH",
      ...needs
    ])
  })

  it("batches, show and history say how far each came", async () => {
    const shell = await stuck()
    const [, second, first] = await said(shell, "batches")
    expect(second).toMatch(/^BATCH +TIME +unfinished +2 +tester@github/)
    expect(first).toMatch(/^BATCH +TIME +committed +3 +tester@github +first$/)
    const lines = await said(shell, "show", await newest(shell))
    expect(lines.slice(0, 2)).toEqual(["Batch BATCH: unfinished", "Opened at TIME by tester@github"])
    expect(lines).toContain("  ~ watchlist.a will be updated")
    expect(lines.filter((line) => line.startsWith("watchlist"))).toEqual([
      expect.stringMatching(/^watchlist\.a +update +stuck +1 +the server refused the request: /),
      expect.stringMatching(/^watchlist\.b +update +refused +2 +fault injected/)
    ])
    expect(lines.slice(-needs.length)).toEqual(needs)
    expect(await said(shell, "history", "watchlist.a")).toHaveLength(2)
    expect(await said(shell, "history")).toHaveLength(4)
  })

  it("programs are told the same, and which choices there are", async () => {
    const shell = await stuck()
    const batch = await newest(shell)
    const steps = [{ address: "watchlist.a", phase: "stuck", why: refusal }, {
      address: "watchlist.b",
      phase: "refused"
    }]
    const choices = ["retry", "accept", "skip"].map((choice) =>
      expect.stringMatching(`^watchlist.a=${choice}@[0-9a-f]{8}`)
    )
    const unfinished = { batch, ended: null, endedAt: null, steps, stuck: [{ address: "watchlist.a", choices }] }
    const [status] = typed(eventsOf(await shell.run("status", "--json")), "status")
    expect(status).toMatchObject({ resources: 3, unfinished: [unfinished], last: { batch, ended: null }, lease: null })
    const [shown] = typed(eventsOf(await shell.run("show", batch, "--json")), "show")
    expect(shown).toMatchObject({ of: "batch", item: unfinished })
    const [list] = typed(eventsOf(await shell.run("batches", "--json")), "list")
    expect(list).toMatchObject({
      of: "batches",
      items: [{ batch, ended: null }, { ended: "committed", reason: "first" }]
    })
  })

  it("status says that it is under way while somebody holds the lease", async () => {
    const shell = await stuck()
    const open = layerSqlite({ stateFile: join(shell.root, ".amends", "state.db"), create: false })
    const lines = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const { leases } = yield* start({ open })
      yield* leases.acquire(60_000)
      return yield* Effect.promise(() => said(shell, "status"))
    })))
    expect(lines[2]).toMatch(/^Held by .+ \(its process is alive\)$/)
    expect(lines.slice(3)).toEqual(["Expires in a while unless it is renewed.", "BATCH is under way.", ...needs])
  })
})

describe("of a batch that was finished", () => {
  it("status and show name its outcome, and nothing waits", async () => {
    const shell = await stuck()
    const batch = await newest(shell)
    expect(await shell.run("recover")).toMatchObject({ code: 3 })
    expect(await said(shell, "status")).toEqual([
      "Workspace cell: 3 resources managed.",
      "Last batch: BATCH, compensated, at TIME.",
      "Nobody holds the lease."
    ])
    const lines = await said(shell, "show", batch)
    expect(lines[0]).toBe("Batch BATCH: compensated")
    expect(lines.at(-2)).toMatch(/^watchlist\.a +update +compensated +1$/)
    const [shown] = typed(eventsOf(await shell.run("show", batch, "--json")), "show")
    expect(shown).toMatchObject({ item: { ended: "compensated", endedAt: expect.stringMatching(/Z$/), stuck: [] } })
  })
})

describe("of a resource", () => {
  it("show has what was declared with its secrets hidden, and its versions, also once it is deleted", async () => {
    const shell = await openShell([channel])
    expect(await shell.run("apply", "--yes", "--reason", "why not")).toMatchObject({ code: 0 })
    const lines = await said(shell, "show", "notification_channel.ops")
    expect(lines[0]).toBe("notification_channel.ops: id 1, provider monitoring")
    expect(lines).toContain("    \"value\": \"(sensitive)\"")
    const batch = await said(shell, "show", await newest(shell))
    expect(batch[1]).toBe("Opened at TIME by tester@github: why not")
    expect(await shell.run("destroy", "--yes")).toMatchObject({ code: 0 })
    const gone = await said(shell, "show", "notification_channel.ops")
    expect(gone[0]).toBe("Not managed now.")
    expect(gone.slice(2).map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "VERSION notification_channel.ops TIME apply (deleted) BATCH tester@github",
      "VERSION notification_channel.ops TIME apply BATCH tester@github why not"
    ])
    const events = eventsOf(await shell.run("show", "notification_channel.ops", "--json"))
    expect(typed(events, "show")).toMatchObject([{ of: "resource", item: null }])
    expect(typed(events, "list")).toMatchObject([{ of: "versions", items: [{ document: null }, { parents: [] }] }])
    expect(JSON.stringify(events)).not.toContain(hook)
  })

  it("show finds a version by the beginning of its name, and says where it is deleted", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect(await shell.run("destroy", "--yes")).toMatchObject({ code: 0 })
    const [, deleted = "", made = ""] = (await shell.run("history", "watchlist.a")).stdout.split("\n")
    const document = await said(shell, "show", made.slice(0, 12))
    expect(document).toEqual([
      "Version VERSION of watchlist.a, apply at TIME by BATCH",
      "Made by tester@github",
      "The first version.",
      "{",
      "  \"description\": \"ours\",",
      "  \"name\": \"a\"",
      "}"
    ])
    expect((await said(shell, "show", deleted.slice(0, 12))).at(-1)).toBe("(deleted)")
    const [shown] = typed(eventsOf(await shell.run("show", deleted.slice(0, 12), "--json")), "show")
    expect(shown).toMatchObject({ of: "version", item: { address: "watchlist.a", document: null } })
  })

  it("list is a table for people and every detail for programs", async () => {
    const shell = await openShell([watchlist("a"), watchlist("b", "ours", ["watchlist.a"])])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect((await said(shell, "list")).map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "ADDRESS ID PROVIDER VERSION",
      "watchlist.a 1 monitoring VERSION",
      "watchlist.b 2 monitoring VERSION"
    ])
    const [list] = typed(eventsOf(await shell.run("list", "--json")), "list")
    expect(list).toMatchObject({
      of: "resources",
      items: [{ address: "watchlist.a", id: "1" }, { address: "watchlist.b", dependsOn: ["watchlist.a"], deposed: [] }]
    })
  })
})

describe("a name that begins several", () => {
  it("is refused with what it may mean", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect(await shell.run("destroy", "--yes")).toMatchObject({ code: 0 })
    const [one = "", other = ""] = [...(await shell.run("batches")).stdout.matchAll(/^b-\w+/gm)].map(([id]) => id)
    const length = [...one].findIndex((letter, index) => letter !== other[index])
    const { code, stderr } = await shell.run("show", one.slice(0, length))
    expect([code, stderr]).toEqual([1, expect.stringContaining(`is the beginning of 2: ${one}, ${other}\n`)])
    expect((await shell.run("show", one.slice(0, length + 1))).stdout).toContain(`Batch ${one}: committed`)
    expect((await shell.run("show", one.slice(0, 5))).stderr).toContain("is called")
  })
})

describe("of a plan file", () => {
  it("show says what the plan says, and a folder of that name is no plan", async () => {
    const shell = await openShell([watchlist("a")])
    await mkdir(join(shell.root, "folder.plan"))
    expect((await shell.run("plan", "--out", "saved.plan")).code).toBe(0)
    const lines = await said(shell, "show", "saved.plan")
    expect([lines[0], lines.at(-1)]).toEqual([
      "  + watchlist.a will be created",
      "Plan: 1 to add, 0 to change, 0 to destroy."
    ])
    const events = eventsOf(await shell.run("show", "saved.plan", "--json"))
    expect(events.map(({ type }) => type)).toEqual(["version", "show", "planned_change", "change_summary", "outcome"])
    expect(events.at(-1)).toMatchObject({ counts: { add: 1, change: 0, destroy: 0 } })
    expect((await shell.run("show", "folder.plan")).code).toBe(1)
  })
})
