/**
 * `audit`: the trail is listed, shown, checked, exported, signed and pruned as a user sees it.
 */
import { copyFile, readFile, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gunzipSync, zstdDecompressSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import type { JsonObject } from "../../../src/domain/Document.ts"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { spoil } from "../../state/sqlite/Place.ts"
import { channel, hook, lastLine, masked, openShell } from "../Shell.ts"
import { applied, both, recordsOf, stateOf } from "../Trails.ts"

describe("audit list", () => {
  it("is newest first, and of what is asked for", async () => {
    const shell = await applied()
    expect(await shell.run("forget", "watchlist.b", "--actor", "bob")).toMatchObject({ code: 0 })
    const { stdout } = await shell.run("audit", "list")
    expect(masked(stdout).trimEnd().split("\n").map((line) => line.replaceAll(/ {2,}/g, "  "))).toEqual([
      "RECORD  AT  KIND  OUTCOME  ACTOR  BATCH  ADDRESSES  REASON",
      "3  TIME  forget  done  bob  watchlist.b",
      "2  TIME  batch  committed  ada  BATCH  watchlist.a watchlist.b  change 42",
      "1  TIME  opened  open  ada  BATCH  change 42"
    ])
    const of = async (...words: ReadonlyArray<string>) => (await recordsOf(shell, ...words)).map(({ n }) => n)
    expect(await of("--actor", "bob")).toEqual([3])
    expect(await of("--address", "watchlist.a*")).toEqual([2])
    expect(await of("--kind", "batch")).toEqual([2])
    expect(await of("--outcome", "open")).toEqual([1])
    expect(await of("--text", "CHANGE watchlist.b")).toEqual([2])
    expect(await of("--since", "1h")).toEqual([1, 2, 3])
    expect(await of("--until", "2020-01-01")).toEqual([])
    expect(await of("--kind", "compensation")).toEqual([])
    expect((await shell.run("audit", "list", "--until", "1h")).stdout).toBe("There are no such records.\n")
    const wrong = await shell.run("audit", "list", "--since", "yesterday")
    expect([wrong.code, wrong.stderr]).toEqual([7, expect.stringContaining("Expected a time such as")])
  })

  it("is an event for programs", async () => {
    const shell = await applied()
    const [listed] = typed(eventsOf(await shell.run("audit", "list", "--json")), "list")
    expect(listed).toMatchObject({ of: "audit", items: [{ n: 2, kind: "batch", body: { actor: "ada" } }, { n: 1 }] })
  })

  it("of a workspace without a state is empty, and leaves nothing", async () => {
    const shell = await openShell(both("one"))
    expect(await shell.run("audit", "list")).toMatchObject({ code: 0, stdout: "There are no such records.\n" })
    expect(await shell.run("audit", "verify")).toMatchObject({ code: 0 })
    await expect(stat(join(shell.root, ".amends"))).rejects.toThrow("ENOENT")
  })
})

describe("audit show", () => {
  it("tells all of a record, and refuses one that is not there", async () => {
    const shell = await applied()
    const { code, stdout } = await shell.run("audit", "show", "2")
    expect([
      code,
      masked(stdout).replaceAll(/[0-9a-f]{64}/g, "HASH").replace(/on \S+/, "on HOST").trimEnd().split("\n")
    ])
      .toEqual([0, [
        "Record 2: batch at TIME",
        "committed, by ada on HOST",
        "Verb: apply",
        "Reason: change 42",
        "Batch: BATCH",
        "Began: record 1, by ada",
        "Addresses:",
        "  watchlist.a  apply  version VERSION",
        "  watchlist.b  apply  version VERSION",
        "Digest: sha256:HASH",
        "Link: HASH"
      ]])
    const missing = await shell.run("audit", "show", "9")
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("the audit trail has no record 9")])
  })
})

describe("audit verify", () => {
  it("names the first record that is wrong, and what to do", async () => {
    const shell = await applied()
    const whole = await shell.run("audit", "verify")
    expect([whole.code, whole.stdout.trimEnd().split("\n")]).toEqual([0, [
      "2 versions compared with what the records say.",
      "No record is signed; see: amends audit keygen",
      "It reaches as far as the checkpoint.",
      "The audit trail is whole: 2 records."
    ]])
    spoil(stateOf(shell), "update audit set body = replace(body, 'ada', 'eve') where n = 2")
    const broken = await shell.run("audit", "verify")
    expect([broken.code, lastLine(broken.stdout)]).toEqual([1, "Record 2 of the audit trail is wrong."])
    expect(broken.stderr).toContain("record 2: its content is not what was written")
    expect(broken.stderr).toContain("amends state restore FILE")
    const events = eventsOf(await shell.run("audit", "verify", "--json"))
    expect(typed(events, "show")).toMatchObject([{ of: "audit_verdict", item: { fault: { record: 2 } } }])
    expect(typed(events, "outcome")).toMatchObject([{ exitCode: 1 }])
  })

  it("compares with a checkpoint that was kept elsewhere", async () => {
    const shell = await applied()
    await copyFile(join(shell.root, ".amends", "audit-checkpoint"), join(shell.root, "kept"))
    expect(await shell.run("forget", "watchlist.b")).toMatchObject({ code: 0 })
    expect(await shell.run("audit", "verify", "--checkpoint", "kept")).toMatchObject({ code: 0 })
    const none = await shell.run("audit", "verify", "--checkpoint", "amends.yaml")
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("is no checkpoint")])
  })
})

describe("audit keygen", () => {
  it("makes a key that records are signed with, and writes over nothing", async () => {
    const shell = await openShell(both("one"))
    const made = await shell.run("audit", "keygen", "--out", "keys/audit")
    expect([made.code, lastLine(made.stdout)]).toEqual([
      0,
      "Wrote the private key to keys/audit. To sign with it: audit: { key: keys/audit }"
    ])
    const key = join(shell.root, "keys", "audit")
    expect((await stat(key)).mode & 0o777).toBe(0o600)
    const again = await shell.run("audit", "keygen", "--out", "keys/audit")
    expect([again.code, again.stderr]).toEqual([7, expect.stringContaining("name a file that is not there yet")])
    await writeFile(join(shell.root, "public"), made.stdout)
    await shell.configure("workspace: cell", "workspace: cell\naudit: { key: keys/audit }")
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect((await shell.run("audit", "verify")).stdout).toContain("2 signatures checked.")
    const text = await readFile(key, "utf8")
    await rm(key)
    expect((await shell.run("audit", "verify")).stdout).toContain("2 signatures not checked")
    expect((await shell.run("audit", "verify", "--public-key", "public")).stdout).toContain("2 signatures checked.")
    expect(await shell.run("forget", "watchlist.a")).toMatchObject({ code: 1 })
    const env = { AMENDS_AUDIT_KEY: text }
    expect(await shell.sit({ env }, "forget", "watchlist.a")).toMatchObject({ code: 0 })
    expect((await shell.run("audit", "show", "3")).stdout).toMatch(/Signed with key [0-9a-f]{16}/)
  })

  it("puts it beside the state unless told otherwise", async () => {
    const shell = await openShell()
    const [shown] = typed(eventsOf(await shell.run("audit", "keygen", "--json")), "show")
    expect(shown).toMatchObject({ of: "audit_key", item: { file: join(shell.root, ".amends", "audit-key") } })
    expect(JSON.stringify(shown)).not.toContain("PRIVATE")
  })
})

describe("audit export", () => {
  it("writes lines of JSON or a table, packed as the file is named", async () => {
    const shell = await applied()
    expect(await shell.run("forget", "watchlist.a", "--actor", "=cmd()", "--reason", "so, \"it\" goes")).toMatchObject({
      code: 0
    })
    const files = [["all.jsonl", []], ["all.csv", []], ["all.jsonl.gz", []], ["all.csv.zst", []], ["z", [
      "--zstd"
    ]]] as const
    for (const [file, flags] of files) {
      const { code, stdout } = await shell.run("audit", "export", "--out", file, ...flags)
      expect([code, stdout]).toEqual([0, `Exported 3 records to ${file}\n`])
    }
    const read = (name: string) => readFile(join(shell.root, name))
    const lines = String(await read("all.jsonl"))
    expect(lines.trimEnd().split("\n").map((line) => (JSON.parse(line) as JsonObject)["kind"])).toEqual([
      "opened",
      "batch",
      "forget"
    ])
    expect(String(gunzipSync(await read("all.jsonl.gz")))).toBe(lines)
    expect(String(zstdDecompressSync(await read("z")))).toBe(lines)
    const table = String(await read("all.csv"))
    expect(String(zstdDecompressSync(await read("all.csv.zst")))).toBe(table)
    expect(table.split("\n")[0]).toMatch(/^record,time,kind,outcome,actor,/)
    expect(table.split("\n")[3]).toContain(`,'=cmd(),`)
    expect(table.split("\n")[3]).toContain(`"so, ""it"" goes"`)
    expect(await shell.run("audit", "export", "--out", "all.csv")).toMatchObject({ code: 7 })
    expect(await shell.run("audit", "export", "--gzip")).toMatchObject({ code: 7 })
  })
})

describe("audit prune", () => {
  it("says what would go, asks, and leaves a stub of each", async () => {
    const shell = await applied()
    const without = await shell.run("audit", "prune", "--yes")
    expect([without.code, without.stderr]).toEqual([7, expect.stringContaining("audit.retention")])
    const rules = "audit: { retention: [{ match: \"watchlist.*\", keepDays: 30 }] }"
    await shell.configure("workspace: cell", `workspace: cell\n${rules}`)
    expect((await shell.run("audit", "prune", "--yes")).stdout).toBe("Nothing to let go of.\n")
    spoil(stateOf(shell), "update audit set at = 0")
    const would = await shell.run("audit", "prune", "--dry-run")
    expect(would.stdout).toMatch(/^Would let go of the content of 1 record, \d+ B\. Nothing was changed\.\n$/)
    expect(await shell.run("audit", "prune")).toMatchObject({ code: 7 })
    expect(await shell.sit({ answer: "no" }, "audit", "prune")).toMatchObject({ code: 7 })
    const done = await shell.sit({ answer: "yes" }, "audit", "prune")
    expect(lastLine(done.stdout)).toMatch(/Let go of the content of 1 record, \d+ B\.$/)
    expect((await shell.run("audit", "show", "2")).stdout).toContain("Retention let go of what it said.")
    expect((await shell.run("audit", "list")).stdout).toMatch(/^2 .* batch +\(let go\)/m)
    expect((await shell.run("audit", "export", "--format", "csv")).stdout).toContain(",batch,let go,")
  })

  it("refuses what is not understood in amends.yaml", async () => {
    const shell = await applied()
    await shell.configure("workspace: cell", "workspace: cell\naudit: { keys: x, retention: [{ keepDays: 0 }] }")
    const { code, stderr } = await shell.run("audit", "list")
    expect(code).toBe(7)
    expect(stderr).toContain("keys")
    expect(stderr).toContain("/audit/retention/0")
  })
})

describe("a secret in the words of people", () => {
  it("is masked in the record", async () => {
    const shell = await openShell([channel])
    expect(await shell.run("apply", "--yes", "--reason", `because of ${hook}`)).toMatchObject({ code: 0 })
    expect(JSON.stringify(await recordsOf(shell))).not.toContain(hook)
  })
})
