/**
 * Every command that writes leaves a record of who did so and why.
 */
import { Effect } from "effect"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { layerSqlite } from "../../../src/state/sqlite/Sqlite.ts"
import { start } from "../../contract/state/Process.ts"
import { styles } from "../../providers/described/Styles.ts"
import { spoil } from "../../state/sqlite/Place.ts"
import { channel, openShell, type Press, type Shell } from "../Shell.ts"
import { applied, both, recordsOf, stateOf, who } from "../Trails.ts"
import { onGround } from "../Trials.ts"

/** What the newest records say of themselves, apart from what differs from run to run. */
const newest = async (shell: Shell, count = 1) =>
  (await recordsOf(shell)).slice(-count).map(({ body, kind }) => [kind, body?.outcome, body?.verb])

/** All records since a number are of whoever was named. */
const signedBy = async (shell: Shell, since: number): Promise<void> => {
  const records = (await recordsOf(shell)).filter(({ n }) => n > since)
  expect(records.length).toBeGreaterThan(0)
  for (const { body } of records) expect(body).toMatchObject({ actor: "ada", reason: "change 42" })
}

const count = async (shell: Shell): Promise<number> => (await recordsOf(shell)).length

/** An apply of two changes whose process left once the first was there. */
const cutOff = async (shell: Shell): Promise<void> => {
  await shell.declare(both("new"))
  let seen = 0
  const hears = (text: string, press: Press): void => {
    if (!text.startsWith("watchlist.a: updated") || seen++ > 0) return
    press("SIGTERM")
    press("SIGTERM")
  }
  expect(await shell.sit({ hears }, "apply", "--yes", "--parallelism", "1", ...who)).toMatchObject({ code: 4 })
}

describe("who and why reach the record of", () => {
  const verbs: ReadonlyArray<readonly [words: ReadonlyArray<string>, newest: ReadonlyArray<string>]> = [
    [["destroy", "--yes"], ["batch", "committed", "destroy"]],
    [["forget", "watchlist.a"], ["forget", "done", "forget"]],
    [["move", "watchlist.a", "watchlist.c"], ["move", "done", "move"]],
    [["key", "rotate"], ["key-rotate", "done", "key rotate"]],
    [["audit", "prune", "--yes"], ["audit-prune", "done", "audit prune"]],
    [["state", "restore", "copy.db", "--yes"], ["restore", "done", "state restore"]]
  ]

  it.each(verbs)("%j", async (words, record) => {
    const shell = await applied()
    await shell.configure("workspace: cell", "workspace: cell\naudit: { retention: [{ match: \"*\" , keepDays: 1 }] }")
    await shell.run("state", "backup", "copy.db")
    if (record[0] === "audit-prune") spoil(stateOf(shell), "update audit set at = 0")
    const before = await count(shell)
    expect(await shell.run(...words, ...who)).toMatchObject({ code: 0 })
    expect(await newest(shell)).toEqual([record])
    await signedBy(shell, before)
  })

  it("import, and a plan that only takes over", async () => {
    const shell = await applied()
    expect(await shell.run("forget", "watchlist.a")).toMatchObject({ code: 0 })
    const before = await count(shell)
    expect(await shell.run("import", "watchlist.a", "1", ...who)).toMatchObject({ code: 0 })
    expect(await newest(shell)).toEqual([["import", "done", "import"]])
    await signedBy(shell, before)
  })

  it("prune, of versions and of journals", async () => {
    const shell = await applied()
    for (const description of ["two", "three"]) {
      await shell.declare(both(description))
      expect(await shell.run("apply", "--yes", ...who)).toMatchObject({ code: 0 })
    }
    await shell.configure("workspace: cell", "workspace: cell\nretention: [{ match: \"*\", keepVersions: 1 }]")
    const before = await count(shell)
    expect(await shell.run("prune", "--yes", ...who)).toMatchObject({ code: 0 })
    expect(await newest(shell, 3)).toEqual([
      ["prune", "versions", "prune"],
      ["prune", "journal", "prune"],
      ["prune", "journal", "prune"]
    ])
    await signedBy(shell, before)
    expect(await shell.run("audit", "verify")).toMatchObject({ code: 0 })
  })

  it("key reset", async () => {
    const shell = await openShell([channel])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    const before = await count(shell)
    await rm(join(shell.root, ".amends", "key"))
    expect(await shell.run("key", "reset", "--yes", ...who)).toMatchObject({ code: 0 })
    expect(await newest(shell, 2)).toEqual([["key-reset", "done", "key reset"], ["accept", "done", "key reset"]])
    await signedBy(shell, before)
  })

  it("recover, with what was chosen and what the batch came to", async () => {
    const shell = await applied()
    await shell.declare(both("new"))
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
    expect(await shell.run("apply", "--yes", "--parallelism", "1")).toMatchObject({ code: 4 })
    shell.sandbox.clearFaults()
    const before = await count(shell)
    const choice = /amends (recover \S+ --choice watchlist\.a=accept@\S+)/.exec((await shell.run("status")).stdout)
    expect(await shell.run(...choice?.[1]?.split(" ") ?? [], ...who)).toMatchObject({ code: 3 })
    expect(await newest(shell, 2)).toEqual([["choice", "accept", "recover"], ["batch", "compensated", "recover"]])
    await signedBy(shell, before)
    const [compensation] = await recordsOf(shell, "--kind", "compensation")
    expect(compensation?.body).toMatchObject({ outcome: "compensated", touched: [{ address: "watchlist.a" }] })
  })

  it("lease break, and the recovery of a batch that was cut off", async () => {
    const shell = await applied()
    await cutOff(shell)
    // A process that takes it and is gone.
    const taken = Effect.flatMap(
      start({ open: layerSqlite({ stateFile: stateOf(shell), create: false }) }),
      ({ leases }) => leases.acquire(60_000)
    )
    await Effect.runPromise(Effect.scoped(taken))
    const before = await count(shell)
    const broken = await shell.run("lease", "break", "--yes", ...who)
    expect(broken).toMatchObject({ code: 0, stdout: expect.stringContaining("Took the lease from ") })
    expect(await newest(shell)).toEqual([["lease-break", "done", "lease break"]])
    expect(await shell.run("recover", ...who)).toMatchObject({ code: 3 })
    expect(await newest(shell)).toEqual([["batch", "compensated", "recover"]])
    await signedBy(shell, before)
  })

  it("pause and resume", async () => {
    const shell = await applied()
    await cutOff(shell)
    const [opened] = (await recordsOf(shell)).slice(-1)
    expect(await shell.run("pause", String(opened?.batch), ...who)).toMatchObject({ code: 1 })
    const before = await count(shell)
    expect(await shell.run("resume", String(opened?.batch), ...who)).toMatchObject({ code: 0 })
    expect((await newest(shell)).flat()).toEqual(["batch", "committed", "resume"])
    await signedBy(shell, before)
  })

  it("drift, accepted and put back", async () => {
    const shell = await applied()
    const before = await count(shell)
    for (const id of [1, 2]) shell.sandbox.edit("watchlist", id, { description: "theirs" })
    expect(await shell.run("drift", "--accept", "watchlist.a", ...who)).toMatchObject({ code: 0 })
    expect(await newest(shell)).toEqual([["accept", "done", "drift"]])
    expect(await shell.run("drift", "--restore", "watchlist.b", "--yes", ...who)).toMatchObject({ code: 0 })
    expect(await newest(shell, 2)).toEqual([["opened", "open", "drift"], ["batch", "committed", "drift"]])
    await signedBy(shell, before)
  })

  it("pin and unpin", async () => {
    const shell = await applied()
    const before = await count(shell)
    const [, version = ""] = /^([0-9a-f]{12}) .*watchlist\.a/m.exec((await shell.run("history")).stdout) ?? []
    expect(await shell.run("pin", version, ...who)).toMatchObject({ code: 0 })
    expect(await shell.run("unpin", version, ...who)).toMatchObject({ code: 0 })
    expect(await newest(shell, 2)).toEqual([["pin", "done", "pin"], ["unpin", "done", "unpin"]])
    await signedBy(shell, before)
  })

  it("rollback, which is found by that word", async () => {
    const shell = await applied()
    const [opened] = await recordsOf(shell)
    const before = await count(shell)
    expect(await shell.run("rollback", String(opened?.batch), "--yes", ...who)).toMatchObject({ code: 0 })
    expect(await newest(shell, 2)).toEqual([["opened", "open", "rollback"], ["batch", "committed", "rollback"]])
    await signedBy(shell, before)
    expect((await recordsOf(shell, "--kind", "rollback")).map(({ n }) => n)).toEqual([before + 1, before + 2])
  })

  it("doctor --kind, which makes things that no batch tells of", async () => {
    const [style] = styles
    if (style === undefined) throw new Error("no style")
    const { examples, kinds, make } = style
    const trial = { kinds, handle: make(), declared: [examples[0]?.create ?? {}] }
    await onGround(trial, async ({ doctor, shell }) => {
      expect(await doctor("--yes", ...who)).toMatchObject({ code: 0 })
      expect(await newest(shell)).toEqual([["trial", "begun", "doctor"]])
      await signedBy(shell, 0)
    })
  })
})
