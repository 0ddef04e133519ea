/**
 * `init`, `doctor`, `validate`, `schema`, `graph`, `version` and `sandbox`: starting and checking.
 */
import { Effect } from "effect"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { describe, expect, it } from "vitest"
import { layerSqlite } from "../../../src/state/sqlite/Sqlite.ts"
import { start } from "../../contract/state/Process.ts"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { spoil } from "../../state/sqlite/Place.ts"
import { lastLine, openShell, type Press, type Shell, watchlist } from "../Shell.ts"

/** Says something wrong in a resource file. */
const misspell = ({ root }: Shell) =>
  writeFile(join(root, "resources", "bad.yaml"), "kind: watchlist\nname: x\nspeck: {}\n")

describe("init", () => {
  it("makes a workspace that is valid, once", async () => {
    const shell = await openShell()
    const made = await shell.run("init", "sub/deep/", "--provider", "monitoring")
    expect([made.code, made.stdout.trimEnd().split("\n")]).toEqual([0, [
      "created  amends.yaml",
      "created  resources/example.yaml",
      "created  .gitignore",
      "Made a workspace. Next: declare resources, then run amends plan."
    ]])
    const valid = await shell.run("-C", "sub/deep", "validate")
    expect([valid.code, lastLine(valid.stdout)]).toEqual([0, expect.stringContaining("in workspace deep.")])
    const again = await shell.run("init", "sub/deep/")
    expect([again.code, again.stderr]).toEqual([7, expect.stringContaining("amends.yaml:1:1: the file exists already")])
  })

  it("without a directory makes it here, and configures no provider unasked", async () => {
    const shell = await openShell()
    await mkdir(join(shell.root, "here"))
    const events = eventsOf(await shell.run("-C", "here", "init", "--json"))
    expect(typed(events, "list")).toMatchObject([{
      of: "files",
      items: [{ did: "created", path: "amends.yaml" }, { did: "created" }, { did: "created", path: ".gitignore" }]
    }])
    expect((await shell.run("-C", "here", "status")).stdout).toContain("Workspace here: 0 resources managed.")
    expect(basename(shell.root)).not.toBe("here")
  })
})

describe("doctor", () => {
  it("says that all is well where it is", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    const { code, stdout } = await shell.run("doctor")
    const lines = stdout.trimEnd().split("\n")
    expect([code, lines.at(-1)]).toEqual([0, "All is well."])
    expect(lines.slice(0, -1).filter((line) => !line.startsWith("ok   "))).toEqual([])
  })

  it("says what is bad with what to do, and how many findings there are, and exits with 1", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    await rm(join(shell.root, ".amends", "key"))
    const one = await shell.run("doctor")
    expect([one.code, lastLine(one.stdout)]).toEqual([1, "1 finding."])
    expect(one.stdout).toMatch(/^bad {2}state: the key of the workspace is missing: .+\n {5}→ Put the key back /m)
    await misspell(shell)
    const two = await shell.run("doctor")
    expect([two.code, lastLine(two.stdout)]).toEqual([1, "2 findings."])
    const [list] = typed(eventsOf(await shell.run("doctor", "--json")), "list")
    expect(list).toMatchObject({ of: "findings" })
    const findings = list?.["items"] as ReadonlyArray<{ readonly ok: boolean; readonly what: string }>
    expect(findings.filter(({ ok }) => !ok).map(({ what }) => what)).toEqual(["resources", "state"])
  })
})

describe("doctor beside others", () => {
  it("names the batches that are not finished, and how to finish them", async () => {
    const shell = await openShell([watchlist("a"), watchlist("b")])
    shell.sandbox.addFault({ act: "status", method: "POST", nth: 2, times: 0, status: 400 })
    shell.sandbox.addFault({ act: "status", method: "DELETE", times: 0, status: 403 })
    expect(await shell.run("apply", "--yes", "--parallelism", "1")).toMatchObject({ code: 4 })
    const { code, stdout } = await shell.run("doctor")
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^bad {2}batches: not finished: b-\w+\n {5}→ finish it with: amends recover$/m)
    ])
  })

  it("says who holds the lease, which is nothing bad", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    const open = layerSqlite({ stateFile: join(shell.root, ".amends", "state.db"), create: false })
    const { code, stdout } = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const { leases } = yield* start({ open })
      yield* leases.acquire(60_000)
      return yield* Effect.promise(() => shell.run("doctor"))
    })))
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok {3}lease: held by .+$/m)])
  })

  it("tells of a journal that somebody changed", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    spoil(join(shell.root, ".amends", "state.db"), "update entry set at = at + 1 where n = 2")
    const { code, stdout } = await shell.run("doctor")
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^bad {2}journal: .+\n {5}→ .*restore it from a copy/m)])
  })
})

describe("validate", () => {
  it("counts what is declared", async () => {
    const shell = await openShell([watchlist("a")])
    expect(await shell.run("validate")).toMatchObject({ code: 0, stdout: "Valid: 1 resource in workspace cell.\n" })
    await shell.declare([watchlist("a"), watchlist("b")])
    expect(await shell.run("validate")).toMatchObject({ code: 0, stdout: "Valid: 2 resources in workspace cell.\n" })
  })

  it("names the place of a mistake and what was meant, to people and programs", async () => {
    const shell = await openShell()
    await misspell(shell)
    const { code, stderr } = await shell.run("validate")
    expect([code, stderr]).toEqual([7, expect.stringMatching(/resources\/bad\.yaml:3:1[^]*spec/)])
    const events = eventsOf(await shell.run("validate", "--json"))
    expect(typed(events, "diagnostic")).toContainEqual(
      expect.objectContaining({ severity: "error", line: 3, column: 1 })
    )
    expect(events.at(-1)).toMatchObject({ outcome: "error", exitCode: 7 })
  })
})

describe("schema", () => {
  it("is of both files, or of the one that is asked for, as JSON", async () => {
    const shell = await openShell()
    const [both, workspace, resource] = await Promise.all([
      shell.run("schema"),
      shell.run("schema", "workspace"),
      shell.run("schema", "resource")
    ])
    const of = JSON.parse(both.stdout) as { readonly [file: string]: object }
    expect(JSON.parse(workspace.stdout)).toEqual(of["workspace"])
    expect(JSON.parse(resource.stdout)).toEqual(of["resource"])
    expect(resource.stdout).toContain("\"const\": \"notification_channel\"")
    const [event] = typed(eventsOf(await shell.run("schema", "--json")), "schema")
    expect(event?.["schema"]).toEqual(of)
  })

  it("is there without a workspace that can be read, with a warning and without its kinds", async () => {
    const shell = await openShell()
    await shell.configure("workspace: cell", "workspaces: cell")
    const { code, stderr, stdout } = await shell.run("schema", "resource")
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^Warning: amends\.yaml:1:1: /)])
    expect(stdout).not.toContain("notification_channel")
  })
})

describe("graph", () => {
  it("is drawn in either format", async () => {
    const shell = await openShell([watchlist("a"), watchlist("b", "ours", ["watchlist.a"])])
    const dot = await shell.run("graph", "--format", "dot")
    expect(dot.stdout.trimEnd().split("\n").slice(3)).toEqual([
      "  \"watchlist.a\"",
      "  \"watchlist.b\"",
      "  \"watchlist.b\" -> \"watchlist.a\"",
      "}"
    ])
    expect((await shell.run("graph")).stdout).toMatch(/^(graph|flowchart) /)
    const [event] = typed(eventsOf(await shell.run("graph", "--format", "dot", "--json")), "graph")
    expect(event).toMatchObject({ format: "dot", text: dot.stdout })
  })
})

describe("sandbox", () => {
  it("serves until it is told to stop, with the faults of a file", async () => {
    const shell = await openShell()
    await writeFile(join(shell.root, "faults.json"), "[{\"act\":\"status\",\"status\":418}]")
    const answers: Array<number> = []
    const hears = (text: string, press: Press): void => {
      const url = /http:\S+/.exec(text)?.[0]
      if (url === undefined) return
      void fetch(`${url}/api/v2/watchlists`).then(({ status }) => answers.push(status)).finally(() => press("SIGTERM"))
    }
    const { code, stdout } = await shell.sit({ hears }, "sandbox", "--faults", "faults.json")
    expect([code, answers, lastLine(stdout)]).toEqual([0, [418], "Stopped."])
  })

  it.each([
    ["{", "the file of faults is no JSON"],
    ["[{\"act\":\"explode\"}]", "a fault is not well defined"],
    [undefined, "a file could not be read"]
  ])("refuses faults such as %j", async (text, why) => {
    const shell = await openShell()
    if (text !== undefined) await writeFile(join(shell.root, "faults.json"), text)
    const { code, stderr } = await shell.run("sandbox", "--faults", "faults.json")
    expect([code, stderr]).toEqual([7, expect.stringContaining(`Error: ${why}\n`)])
  })

  it("refuses a port that is taken or none", async () => {
    const shell = await openShell()
    const taken = await shell.run("sandbox", "--port", String(shell.sandbox.port))
    expect([taken.code, lastLine(taken.stderr)]).toEqual([7, "  → choose another --port"])
    expect((await shell.run("sandbox", "--port", "70000")).stderr).toContain("a whole number from 0 to 65535")
  })
})

describe("version", () => {
  it("is one line", async () => {
    expect(await (await openShell()).run("version")).toEqual({ code: 0, stdout: "amends 1.2.3\n", stderr: "" })
  })
})
