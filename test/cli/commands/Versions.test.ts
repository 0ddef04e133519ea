/** `history`, `show`, `pin` and `unpin`: what is said of versions, to people and to programs. */
import { describe, expect, it } from "vitest"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { lastLine, openShell, type Shell, watchlist } from "../Shell.ts"

/** A watchlist that got its descriptions one after the other, a batch for each. */
const described = async (...descriptions: ReadonlyArray<string>): Promise<Shell> => {
  const shell = await openShell([])
  for (const one of descriptions) {
    await shell.declare([watchlist("a", one)])
    expect(await shell.run("apply", "--yes", "--reason", `now ${one}`)).toMatchObject({ code: 0 })
  }
  return shell
}

interface Listed {
  readonly version: string
  readonly [key: string]: unknown
}

const listed = async (shell: Shell): Promise<ReadonlyArray<Listed>> => {
  const [list] = typed(eventsOf(await shell.run("history", "watchlist.a", "--json")), "list")
  return (list as unknown as { readonly items: ReadonlyArray<Listed> }).items
}

const idOf = (versions: ReadonlyArray<Listed>, at: number): string => versions[at]?.version.slice(7, 19) ?? ""

describe("history", () => {
  it("says of each version where it came from, who made it and why", async () => {
    const shell = await described("one", "two")
    expect(await listed(shell)).toMatchObject([
      { origin: "apply", actor: "tester@github", reason: "now two", reverts: [], pinned: null, gap: null },
      { origin: "apply", actor: "tester@github", reason: "now one", parents: [] }
    ])
    const [head, newest] = (await shell.run("history", "watchlist.a")).stdout.split("\n")
    expect(head?.split(/ +/)).toEqual(["VERSION", "ADDRESS", "AT", "ORIGIN", "BATCH", "ACTOR", "NOTE"])
    expect(newest).toMatch(/ apply +b-[0-9a-z]+ +tester@github +now two$/)
  })

  it("says why something was made managed outside of a batch", async () => {
    const shell = await described("one")
    expect(await shell.run("forget", "watchlist.a", "--reason", "another team has it")).toMatchObject({ code: 0 })
    expect((await listed(shell))[0]).toMatchObject({ origin: "forget", reason: "another team has it", document: null })
  })
})

describe("show", () => {
  it("says where a version differs from its parent", async () => {
    const shell = await described("one", "two")
    const [newest = ""] = (await listed(shell)).map(({ version }) => version)
    const { stdout } = await shell.run("show", newest)
    expect(stdout).toMatch(/^Made by tester@github: now two$/m)
    expect(stdout).toMatch(/^Differs from its parent [0-9a-f]{12} in: description$/m)
    const [shown] = typed(eventsOf(await shell.run("show", newest, "--json")), "show")
    expect(shown).toMatchObject({ item: { version: newest, differs: ["/description"], reason: "now two" } })
  })
})

describe("a pinned version", () => {
  const rules = "workspace: cell\nretention: [{ match: \"*\", keepVersions: 1 }]"

  it("stays, is shown as such, and goes once it is unpinned", async () => {
    const shell = await described("one", "two", "three", "four")
    const second = idOf(await listed(shell), 2)
    const pinned = await shell.run("pin", second, "--reason", "the audit asks for it", "--actor", "eve")
    expect([pinned.code, pinned.stdout]).toEqual([
      0,
      `Pinned ${second} of watchlist.a: it stays until it is unpinned.\n`
    ])
    await shell.configure("workspace: cell", rules)
    expect(await shell.run("prune", "--yes")).toMatchObject({ code: 0 })
    expect(await listed(shell)).toMatchObject([
      { reason: "now four", gap: { versions: 1, older: expect.stringContaining(second) } },
      {
        reason: "now two",
        gap: { versions: 1, older: null },
        pinned: { actor: "eve", reason: "the audit asks for it" }
      }
    ])
    const { stdout } = await shell.run("history", "watchlist.a")
    expect(stdout).toContain("1 version before it let go; now four")
    expect(stdout).toContain("pinned; 1 version before it let go; now two")
    const shown = (await shell.run("show", second)).stdout
    expect(shown).toMatch(/^Pinned by eve at .*: the audit asks for it$/m)
    expect(shown).toMatch(/^Retention let go of its parent [0-9a-f]{12}\.$/m)
    expect((await shell.run("unpin", second)).stdout).toBe(
      `Unpinned ${second} of watchlist.a: retention decides about it again.\n`
    )
    expect((await shell.run("unpin", second)).stdout).toBe(`${second} of watchlist.a was not pinned.\n`)
    expect(await shell.run("prune", "--yes")).toMatchObject({ code: 0 })
    expect(await listed(shell)).toMatchObject([{ reason: "now four", gap: { versions: 3, older: null } }])
  })

  it("is not needed for what an unfinished batch is about: that stays by itself", async () => {
    const shell = await described("one", "two", "three")
    await shell.configure("workspace: cell", rules)
    await shell.declare([watchlist("a", "four"), watchlist("b")])
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
    shell.sandbox.addFault({ act: "status", method: "POST", times: 0, status: 400 })
    expect(await shell.run("apply", "--yes", "--parallelism", "1")).toMatchObject({ code: 4 })
    shell.sandbox.clearFaults()
    await shell.run("prune", "--yes")
    expect(await listed(shell)).toHaveLength(3)
    expect(await shell.run("recover")).toMatchObject({ code: 3 })
    expect(await shell.run("prune", "--yes")).toMatchObject({ code: 0 })
    expect(await listed(shell)).toHaveLength(1)
  })

  it("is named by the beginning of its id; what is no version is refused", async () => {
    const shell = await described("one")
    const { code, stderr } = await shell.run("pin", "0123456789")
    expect([code, lastLine(stderr)]).toEqual([1, "  → see: amends list, amends batches, amends history"])
    expect(stderr).toContain("no version is called \"0123456789\"")
  })
})
