/**
 * `state`, `key`, `prune` and `lease`: what they ask, what they say, and that no means no.
 */
import { Effect } from "effect"
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { layerSqlite } from "../../../src/state/sqlite/Sqlite.ts"
import { start } from "../../contract/state/Process.ts"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { channel, hook, lastLine, masked, openShell, type Shell, watchlist } from "../Shell.ts"

const all = (description: string) => [watchlist("a", description), watchlist("b", description), channel]

/** A workspace that applied `one`, was copied, and then applied `two`. */
const lived = async (options = {}): Promise<Shell> => {
  const shell = await openShell(all("one"), options)
  expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  expect(await shell.run("state", "backup", "copy.db")).toMatchObject({ code: 0, stderr: "" })
  await shell.declare(all("two"))
  expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  return shell
}

const kept = async ({ root }: Shell): Promise<ReadonlyArray<string>> => (await readdir(join(root, ".amends"))).sort()

const stateOf = ({ root }: Shell): string => join(root, ".amends", "state.db")

const notConfirmed = "Not confirmed; nothing was changed."

/** What a command says, with the workspace's folder as `~`. */
const linesOf = ({ root }: Shell, text: string): ReadonlyArray<string> =>
  masked(text).replaceAll(root, "~").replaceAll(/-\d{8}T\d+Z/g, "-WHEN").trimEnd().split("\n")

describe("state backup", () => {
  it("says what the copy holds and that the key is not in it, and writes over nothing", async () => {
    const shell = await lived()
    const again = await shell.run("state", "backup", "copy.db")
    expect([again.code, linesOf(shell, again.stderr)[1]]).toEqual([7, "  ~/copy.db is there already"])
    const other = await shell.run("state", "backup", "other.db")
    expect(linesOf(shell, other.stdout)).toEqual([
      expect.stringMatching(/^It holds 3 resources, 2 batches and \d+ journal entries; it was checked\.$/),
      "The key is not in it: keep .amends/key, or AMENDS_KEY, where it cannot get lost with the state.",
      "Copied the state to ~/other.db"
    ])
    const [shown] = typed(eventsOf(await shell.run("state", "backup", "third.db", "--json")), "show")
    expect(shown).toMatchObject({
      of: "backup",
      item: { resources: 3, batches: 2, file: join(shell.root, "third.db") }
    })
  })
})

describe("state restore", () => {
  it("changes nothing without a yes", async () => {
    const shell = await lived()
    const files = await kept(shell)
    const state = await readFile(stateOf(shell))
    expect(await shell.run("state", "restore", "copy.db")).toMatchObject({ code: 7 })
    const asked = await shell.sit({ answer: "no" }, "state", "restore", "copy.db")
    expect([asked.code, asked.stdout]).toEqual([7, expect.stringContaining(notConfirmed)])
    expect(asked.stdout).toContain("Do you really want to go on with copy.db as the state?")
    expect([await kept(shell), await readFile(stateOf(shell))]).toEqual([files, state])
  })

  it("says what the copy does not know, keeps what it replaces, and the next plan shows it", async () => {
    const shell = await lived()
    const restored = await shell.sit({ answer: "yes" }, "state", "restore", "copy.db")
    expect([restored.code, linesOf(shell, restored.stdout).slice(2)]).toEqual([0, [
      "1 batch was opened after the copy was made: it does not know what they did.",
      "Now compare it with the remote: amends plan",
      "What exists and is not in this state is taken over with: amends apply --adopt",
      "Restored the state from copy.db"
    ]])
    expect(restored.stdout).toContain("The replaced state is kept as ")
    expect((await kept(shell)).filter((name) => name.startsWith("state.db.replaced-"))).toHaveLength(1)
    expect((await shell.run("plan")).stdout).toContain("watchlist.a was edited outside of amends")
  })

  it("in the place of a state that is gone has nothing to keep aside", async () => {
    const shell = await lived()
    for (const name of await kept(shell)) if (name !== "key") await rm(join(shell.root, ".amends", name))
    const restored = await shell.run("state", "restore", "copy.db", "--yes")
    expect([restored.code, linesOf(shell, restored.stdout)[0]]).toEqual([
      0,
      "Now compare it with the remote: amends plan"
    ])
    expect((await shell.run("list")).stdout.trimEnd().split("\n")).toHaveLength(4)
  })

  it("refuses what is not there, what is no state, and a copy under another key", async () => {
    const shell = await lived()
    const missing = await shell.run("state", "restore", "nope.db", "--yes")
    expect([missing.code, linesOf(shell, missing.stderr)[1]]).toEqual([1, "  ~/nope.db is not there"])
    const other = await shell.run("state", "restore", "amends.yaml", "--yes")
    expect(other).toMatchObject({ code: 1, stdout: "" })
    expect(other.stderr).toContain("amends.yaml: it does not hold what a state file holds")
    expect(other.stderr).not.toContain(".new")
    const stranger = await lived()
    const theirs = await shell.run("state", "restore", join(stranger.root, "copy.db"), "--yes")
    expect([theirs.code, theirs.stderr]).toEqual([1, expect.stringContaining("key")])
    expect((await shell.run("batches")).stdout.trimEnd().split("\n")).toHaveLength(3)
  })

  it("names a batch that was under way when the copy was made", async () => {
    const shell = await lived()
    await shell.declare(all("three"))
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
    expect(await shell.run("apply", "--yes", "--parallelism", "1")).toMatchObject({ code: 4 })
    shell.sandbox.clearFaults()
    expect(await shell.run("state", "backup", "open.db")).toMatchObject({ code: 0 })
    expect(await shell.run("recover")).toMatchObject({ code: 3 })
    const { stdout } = await shell.run("state", "restore", "open.db", "--yes")
    expect(linesOf(shell, stdout)).toContain("BATCH was under way when the copy was made. Run: amends recover BATCH")
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 4 })
    expect(await shell.run("recover")).toMatchObject({ code: 3 })
  })
})

describe("state salvage", () => {
  it("says what was saved, and how to go on with it", async () => {
    const shell = await lived()
    const whole = await shell.run("state", "salvage", join(".amends", "state.db"))
    expect(linesOf(shell, whole.stdout).map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "WHAT SAVED LOST",
      "resources 3 0",
      "versions 5 0",
      "batches 2 0",
      expect.stringMatching(/^journal entries \d+ 0$/),
      expect.stringMatching(/^audit records \d+ 0$/),
      "Saved to a new file. To go on with it: amends state restore ~/.amends/state.db.salvaged-WHEN"
    ])
  })

  it("of a damaged state names what is lost with it", async () => {
    const shell = await lived()
    await truncate(stateOf(shell), Math.floor((await readFile(stateOf(shell))).length / 4))
    const refused = await shell.run("list")
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("amends state salvage ")])
    const { code, stdout } = await shell.run("state", "salvage", stateOf(shell))
    expect(code).toBe(0)
    expect(linesOf(shell, stdout).filter((line) => line.includes("lost"))).toEqual([
      "The journal of BATCH is lost: it cannot be looked into or taken back.",
      "The journal of BATCH is lost: it cannot be looked into or taken back."
    ])
    const events = eventsOf(await shell.run("state", "salvage", stateOf(shell), "--json"))
    expect(typed(events, "show")).toMatchObject([{ of: "salvaged", item: { withoutJournal: { length: 2 } } }])
    const restore = /amends (state restore \S+)/.exec(stdout)?.[1]?.split(" ") ?? []
    expect(await shell.run(...restore, "--yes")).toMatchObject({ code: 0 })
    expect((await shell.run("batches")).stdout.trimEnd().split("\n")).toHaveLength(3)
  })
})

describe("key rotate", () => {
  it("goes on under a new key, and says that copies need the old one", async () => {
    const shell = await lived()
    const key = join(shell.root, ".amends", "key")
    const old = await readFile(key, "utf8")
    const { code, stdout } = await shell.run("key", "rotate")
    expect([code, stdout.trimEnd().split("\n")]).toEqual([0, [
      "Copies and saved plans from before need the old key: make a new copy with amends state backup FILE",
      "The state goes on under a new key."
    ]])
    expect(await readFile(key, "utf8")).not.toBe(old)
    expect(await shell.run("plan")).toMatchObject({ code: 0, stdout: "No changes.\n" })
  })
})

describe("key reset", () => {
  it("is refused where the key is not lost", async () => {
    const shell = await lived()
    const { code, stderr } = await shell.run("key", "reset", "--yes")
    expect([code, lastLine(stderr)]).toEqual([7, "  → for another key in its place: amends key rotate"])
  })

  it("reads again what the remote shows, and names what nobody knows any more", async () => {
    const shell = await lived({ maskSecrets: true })
    await rm(join(shell.root, ".amends", "key"))
    expect((await shell.run("plan")).stderr).toContain("amends key reset")
    expect(await shell.sit({ answer: "no" }, "key", "reset")).toMatchObject({ code: 7 })
    expect(await kept(shell)).not.toContain("key")
    const { code, stderr, stdout } = await shell.sit({ answer: "yes" }, "key", "reset")
    expect([code, stderr, stdout.split("\n").slice(2, -1)]).toEqual([0, "", [
      "No longer known: notification_channel.ops at /configuration/value",
      "The next apply writes them from your files; taking that back cannot restore them.",
      "The workspace has a new key. Keep a copy of it elsewhere."
    ]])
    expect(stdout).toContain("Read again from the remote: notification_channel.ops, watchlist.a, watchlist.b\n")
    expect(stdout).not.toContain(hook)
    expect(await shell.run("key", "reset", "--yes")).toMatchObject({ code: 7 })
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect(await shell.run("plan")).toMatchObject({ code: 0, stdout: "No changes.\n" })
  })

  it("knows everything again where the remote shows its secrets", async () => {
    const shell = await lived()
    await rm(join(shell.root, ".amends", "key"))
    const events = eventsOf(await shell.run("key", "reset", "--yes", "--json"))
    expect(typed(events, "show")).toMatchObject([{ of: "keyReset", item: { lossy: [], unfinished: [] } }])
    expect(await shell.run("plan")).toMatchObject({ code: 0, stdout: "No changes.\n" })
  })

  it("keeps what was in clear where nobody serves a kind any more, and the next apply mends the rest", async () => {
    const shell = await lived()
    const file = join(shell.root, "amends.yaml")
    const settings = await readFile(file, "utf8")
    await writeFile(file, "workspace: cell\n")
    await rm(join(shell.root, ".amends", "key"))
    const { code, stdout } = await shell.run("key", "reset", "--yes")
    expect([code, stdout.split("\n").filter((line) => line.startsWith("No longer"))]).toEqual([0, [
      "No longer known: notification_channel.ops at /configuration/value"
    ]])
    const resource = await shell.run("show", "notification_channel.ops")
    expect(resource.stdout).toContain("\"type\": \"Webhook\"")
    expect(resource.stdout).not.toContain("(sensitive)")
    await writeFile(file, settings)
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect((await shell.run("show", "notification_channel.ops")).stdout).toContain("\"value\": \"(sensitive)\"")
    expect(await shell.run("plan")).toMatchObject({ code: 0, stdout: "No changes.\n" })
  })

  it("forgets what a resource that is gone held, and names the batch that cannot be restored", async () => {
    const shell = await lived()
    await shell.declare([...all("three")])
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
    expect(await shell.run("apply", "--yes", "--parallelism", "1")).toMatchObject({ code: 4 })
    shell.sandbox.clearFaults()
    shell.sandbox.remove("notification_channel", 1)
    await rm(join(shell.root, ".amends", "key"))
    const { code, stdout } = await shell.run("key", "reset", "--yes")
    expect(code).toBe(0)
    expect(stdout).toContain("No longer known: notification_channel.ops at /configuration/value\n")
    expect(masked(stdout)).toContain(
      "BATCH is not finished, and what was sealed in it cannot be restored: amends recover BATCH, or with --abandon\n"
    )
  })
})

describe("prune", () => {
  const rules = "workspace: cell\nretention: [{ match: \"*\", keepVersions: 1 }]"

  it("is refused where nothing says what may go", async () => {
    const shell = await lived()
    const { code, stderr } = await shell.run("prune", "--yes")
    expect([code, stderr]).toEqual([7, expect.stringContaining("nothing says what may go")])
  })

  it("says what would go, asks, and lets go of it", async () => {
    const shell = await lived()
    await shell.configure("workspace: cell", rules)
    const would =
      /^Retention keeps no longer: 2 versions and the journals of 0 batches \(0 entries\), [1-9][\d.]* k?B\.$/
    const dry = await shell.run("prune", "--dry-run")
    expect([dry.code, dry.stdout.trimEnd().split("\n")]).toEqual([0, [
      expect.stringMatching(would),
      expect.stringMatching(/^Prune would free [1-9]\d* bytes\. Nothing was changed\.$/)
    ]])
    const no = await shell.sit({ answer: "no" }, "prune")
    expect([no.code, lastLine(no.stdout)]).toEqual([7, `  Only 'yes' is a yes: ${notConfirmed}`])
    const yes = await shell.sit({ answer: "yes" }, "prune")
    expect([yes.code, lastLine(yes.stdout)]).toEqual([
      0,
      expect.stringMatching(/ Pruned 2 versions and the journals of 0 batches \(0 entries\), [1-9][\d.]* k?B\.$/)
    ])
    expect(await shell.run("prune")).toMatchObject({ code: 0, stdout: "Nothing to prune.\n" })
    expect((await shell.run("history", "watchlist.a")).stdout.trimEnd().split("\n")).toHaveLength(2)
  })

  it("lets go of what is no day old where none is kept for its age", async () => {
    const shell = await lived()
    await shell.configure("workspace: cell", rules.replace("keepVersions: 1", "keepVersions: 1, keepDays: 0"))
    expect(lastLine((await shell.run("prune", "--yes")).stdout)).toMatch(/^Pruned 2 versions /)
  })

  it("tells programs the numbers", async () => {
    const shell = await lived()
    await shell.configure("workspace: cell", rules)
    const pruned = { versions: 2, batches: 0, entries: 0, bytes: expect.any(Number) }
    expect(typed(eventsOf(await shell.run("prune", "--yes", "--json")), "show")).toMatchObject([
      { of: "prunable", item: pruned },
      { of: "pruned", item: { ...pruned, freedBytes: expect.any(Number) } }
    ])
  })
})

describe("lease break", () => {
  it("takes the lease only with a yes, and says from whom", async () => {
    const shell = await lived()
    expect(await shell.run("lease", "break")).toMatchObject({ code: 0, stdout: "Nobody holds the lease.\n" })
    const open = layerSqlite({ stateFile: stateOf(shell), create: false })
    await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const { leases } = yield* start({ open })
      yield* leases.acquire(60_000)
      yield* Effect.promise(async () => {
        const [shown] = typed(eventsOf(await shell.run("lease", "show", "--json")), "lease")
        expect(shown).toMatchObject({ held: true, ownerAlive: "alive" })
        expect(await shell.run("apply", "--yes")).toMatchObject({ code: 6 })
        expect(await shell.run("lease", "break")).toMatchObject({ code: 7 })
        expect(await shell.sit({ answer: "no" }, "lease", "break")).toMatchObject({ code: 7 })
        expect((await shell.run("lease", "show")).stdout).toContain("Held by ")
        const broken = await shell.run("lease", "break", "--yes")
        expect([broken.code, lastLine(broken.stdout)]).toEqual([0, expect.stringMatching(/^Took the lease from .+\.$/)])
        expect((await shell.run("lease", "show")).stdout).toBe("Nobody holds the lease.\n")
      })
    })))
  })
})
