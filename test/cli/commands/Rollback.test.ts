/** `amends rollback` as a user meets it: the plan and conflicts as text and events, questions, answers, exit codes. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, describe, expect, it } from "vitest"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { openShell, type Shell } from "../Shell.ts"

let shell: Shell

const watchlist = (description: string, name = "a") => ({
  kind: "watchlist",
  name,
  spec: { name: `List ${name}`, description }
})

const apply = async (...descriptions: ReadonlyArray<string>): Promise<string> => {
  await shell.declare(descriptions.map((description, at) => watchlist(description, "abc"[at])))
  const events = eventsOf(await shell.run("apply", "--yes", "--json"))
  return String(events.at(-1)?.["batch"])
}

const descriptions = (): ReadonlyArray<unknown> =>
  shell.sandbox.snapshot().watchlist.map(({ description }) => description).toSorted()

beforeEach(async () => {
  shell = await openShell()
})

describe("amends rollback BATCH", () => {
  it("shows what it would do, asks, and does it", async () => {
    await apply("one")
    const batch = await apply("two")
    const refused = await shell.run("rollback", batch)
    expect(refused).toMatchObject({ code: 7 })
    expect(refused.stdout).toContain("~ description: \"two\" → \"one\"")
    expect((await shell.sit({ answer: "no" }, "rollback", batch)).code).toBe(7)
    expect(descriptions()).toEqual(["two"])
    const done = await shell.sit({ answer: "yes" }, "rollback", batch)
    expect(done.stdout.trimEnd().split("\n").at(-1)).toBe(
      "Rollback complete! Resources: 0 added, 1 changed, 0 destroyed."
    )
    expect(done.code).toBe(0)
    expect(descriptions()).toEqual(["one"])
  })

  it("stops at a conflict with its three values and commands, which work when they are pasted", async () => {
    await apply("one", "same")
    const batch = await apply("two", "other")
    await apply("three", "other")
    const blocked = await shell.run("rollback", batch, "--yes")
    expect(blocked.code).toBe(5)
    expect(blocked.stdout).toMatch(/! critical watchlist\.a at description[^\n]*\n +taken out: "two"\n +now: +"three"/)
    expect(blocked.stdout).toContain("Rollback refused; 1 conflict is open. Nothing was changed.")
    const [, narrowed = ""] = /amends (rollback \S+ --only \S+) {2}# only what has no conflict/.exec(blocked.stdout) ??
      []
    expect((await shell.run(...narrowed.split(" "), "--yes")).code).toBe(0)
    expect(descriptions()).toEqual(["same", "three"])
    const settled = await shell.run("rollback", batch, "--strategy", "theirs", "--yes")
    expect(settled.code).toBe(0)
    expect(descriptions()).toEqual(["one", "same"])
  })

  it("says the same in events, in a dry run and in the real one", async () => {
    await apply("one")
    const batch = await apply("two")
    await apply("three")
    const [said, done] = [
      eventsOf(await shell.run("rollback", batch, "--dry-run", "--json")),
      eventsOf(await shell.run("rollback", batch, "--yes", "--json"))
    ]
    expect(typed(said, "conflict")).toMatchObject([{
      address: "watchlist.a",
      path: "/description",
      kind: "edit-edit",
      severity: "critical",
      base: "two",
      ours: "three",
      theirs: "one",
      touchedBy: [{ by: "version" }]
    }])
    const bare = (events: typeof said) => typed(events, "conflict").map((event) => ({ ...event, at: "" }))
    expect(bare(done)).toEqual(bare(said))
    expect([said.at(-1), done.at(-1)]).toMatchObject([{ outcome: "none", exitCode: 5 }, {
      outcome: "none",
      exitCode: 5
    }])
  })

  it("asks about each conflict where somebody can be asked, and leaves open what is not answered", async () => {
    await apply("one", "one")
    const batch = await apply("two", "two")
    await apply("three", "three")
    const half = await shell.sit({ answer: ["theirs", "", ""] }, "rollback", batch)
    expect(half.stdout).toContain("watchlist.b at /description: keep what is there now (ours)")
    expect(half).toMatchObject({ code: 5 })
    expect(descriptions()).toEqual(["three", "three"])
    const done = await shell.sit({ answer: ["theirs", "ours", "yes"] }, "rollback", batch)
    expect(done.code).toBe(0)
    expect(descriptions()).toEqual(["one", "three"])
  })

  it("is told what to do where a stranger has the name of what comes back, and that works", async () => {
    await apply("one", "uno")
    const batch = await apply("one")
    const stranger = shell.sandbox.create("watchlist", { name: "List b", description: "theirs" })
    const refused = await shell.run("rollback", batch, "--yes")
    expect(refused.code).toBe(5)
    expect(refused.stderr).not.toContain("--adopt")
    const [, taking = ""] = /amends (import \S+ \S+);/.exec(refused.stderr) ?? []
    expect(taking).toBe(`import watchlist.b ${String(stranger["id"])}`)
    await shell.declare([watchlist("one"), watchlist("uno", "b")])
    expect((await shell.run(...taking.split(" "))).code).toBe(0)
    expect((await shell.run("rollback", batch, "--yes")).code).toBe(5)
    expect((await shell.run("rollback", batch, "--strategy", "theirs", "--yes")).code).toBe(0)
    expect(descriptions()).toEqual(["one", "uno"])
  })

  it("says of a batch that was compensated that nothing of it is left, for people and programs", async () => {
    await apply("one", "uno")
    shell.sandbox.addFault({ method: "PATCH", nth: 2, act: "status", status: 400 })
    const batch = await apply("two", "dos")
    expect(descriptions()).toEqual(["one", "uno"])
    const words = `${batch} was compensated: nothing of it is left to take back`
    for (const how of [["--dry-run"], ["--yes"]]) {
      const ended = await shell.run("rollback", batch, ...how)
      expect(ended).toMatchObject({ code: 0, stderr: "" })
      expect(ended.stdout.trimEnd().split("\n").slice(-2)).toEqual([words, "No changes."])
      const notes = typed(eventsOf(await shell.run("rollback", batch, ...how, "--json")), "diagnostic")
      expect(notes).toMatchObject([{ severity: "note", summary: words }])
    }
  })

  it("refuses an answer that the kind does not take, before anything is planned with it", async () => {
    await apply("one")
    const batch = await apply("two")
    await apply("three")
    const file = join(shell.root, "answers.json")
    await writeFile(file, JSON.stringify({ "watchlist.a": { "/description": { value: { not: "a text" } } } }))
    for (const how of ["--dry-run", "--yes"]) {
      const ended = await shell.run("rollback", batch, "--resolve", file, how)
      expect(ended).toMatchObject({ code: 5, stdout: "" })
      expect(ended.stderr).toContain("watchlist.a: /description: expected a text or null, found an object")
    }
    expect(descriptions()).toEqual(["three"])
  })

  it("does not say that nothing is left of what a strategy keeps", async () => {
    await apply("one")
    const batch = await apply("two")
    await apply("three")
    const kept = await shell.run("rollback", batch, "--strategy", "ours", "--yes")
    expect(kept.stdout).toContain("what is there now stays")
    expect(kept.stdout).not.toContain("nothing of it is left")
    expect((await shell.run("rollback", batch, "--strategy", "theirs", "--yes")).code).toBe(0)
    const again = await shell.run("rollback", batch, "--yes")
    expect(again.stdout).toContain("watchlist.a: nothing of it is left to take out")
  })

  it("takes answers from a file, and says what is wrong with one", async () => {
    await apply("one")
    const batch = await apply("two")
    await apply("three")
    const file = join(shell.root, "answers.json")
    await writeFile(file, JSON.stringify({ "watchlist.a": { "/description": { value: "four" } } }))
    expect((await shell.run("rollback", batch, "--resolve", file, "--yes")).code).toBe(0)
    expect(descriptions()).toEqual(["four"])
    await writeFile(file, JSON.stringify({ "watchlist.a": { "/description": { take: "mine" } } }))
    const wrong = await shell.run("rollback", batch, "--resolve", file, "--yes")
    expect(wrong.code).toBe(7)
    expect(wrong.stderr).toContain("the answers cannot be read")
    expect(wrong.stderr).toContain(`${file}:1:40: watchlist.a at /description take: expected "ours" or`)
    await writeFile(file, "{\n  \"watchlist.a\": {\n    \"/description\": { \"value\": 9007199254740993 },\n    oops")
    const none = await shell.run("rollback", batch, "--resolve", file, "--yes")
    expect([none.code, none.stderr]).toEqual([7, expect.stringContaining(`${file}:4:5: no valid JSON`)])
    await writeFile(
      file,
      JSON.stringify({ "watchlist.a": { "/description": { value: 0 } } }).replace("0", "9007199254740993")
    )
    const inexact = await shell.run("rollback", batch, "--resolve", file, "--yes")
    expect([inexact.code, inexact.stderr]).toEqual([7, expect.stringContaining(`${file}:1:`)])
  })
})

describe("amends rollback ADDR", () => {
  it("names what it is about by ids in what it proposes, as the head is another one afterwards", async () => {
    await apply("one")
    await apply("two")
    await apply("three")
    const blocked = await shell.run("rollback", "watchlist.a", "--revert", "head~1", "--yes")
    expect(blocked.code).toBe(5)
    expect(blocked.stdout).not.toMatch(/amends .*head/)
    const [, first = ""] = /amends (rollback \S+ --revert \S+) {2}# take the later/.exec(blocked.stdout) ?? []
    const [, then = ""] = /amends (rollback \S+ --revert \S+) --strategy ours/.exec(blocked.stdout) ?? []
    expect((await shell.run(...first.split(" "), "--yes")).code).toBe(0)
    expect((await shell.run(...then.split(" "), "--yes")).code).toBe(0)
    expect(descriptions()).toEqual(["one"])
  })

  it("takes one change out, goes back to a version, and lists what that loses", async () => {
    await apply("one")
    await apply("two")
    const listed = typed(eventsOf(await shell.run("history", "watchlist.a", "--json")), "list")
    const items = listed[0]?.["items"] as ReadonlyArray<{ readonly version: string }>
    const ids = items.map(({ version }) => version)
    const [, first = ""] = ids
    const shown = await shell.run("rollback", "watchlist.a", "--to", first, "--dry-run")
    expect(shown.stdout).toContain("watchlist.a loses what came later:")
    expect(shown.code).toBe(0)
    expect((await shell.run("rollback", "watchlist.a", "--revert", ids[0]?.slice(7, 19) ?? "", "--yes")).code).toBe(0)
    expect(descriptions()).toEqual(["one"])
  })

  it.each([
    [["watchlist.a"], "needs --to VERSION or --revert VERSION"],
    [["watchlist.a", "--to", "x", "--revert", "y"], "exclude each other"],
    [["watchlist.a", "--to", "x", "--only", "watchlist.b"], "--only is for a batch"],
    [["b-1", "--to", "x"], "--to and --revert are for a resource"]
  ])("is refused where it makes no sense: %j", async (args, words) => {
    const ended = await shell.run("rollback", ...args)
    expect(ended.code).toBe(7)
    expect(ended.stderr).toContain(words)
  })
})
