/** `diff`: two versions of a resource, or what was last applied against what is there, for people and programs. */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { channel, hook, lastLine, masked, openShell, type Shell, watchlist } from "../Shell.ts"

const texts = [
  "Cold wallets of the treasury",
  "Cold and warm wallets of the treasury",
  "one\ntwo\nthree",
  "one\nzwei\nthree"
]

/** A watchlist that got its descriptions one after the other. */
const described = async (...descriptions: ReadonlyArray<string>): Promise<Shell> => {
  const shell = await openShell([])
  for (const one of descriptions) {
    await shell.declare([watchlist("a", one)])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  }
  return shell
}

const said = async (shell: Shell, ...words: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const ended = await shell.run("diff", ...words)
  expect(ended).toMatchObject({ code: 0, stderr: "" })
  return masked(ended.stdout).trimEnd().split("\n")
}

const event = async (shell: Shell, ...words: ReadonlyArray<string>) =>
  typed(eventsOf(await shell.run("diff", ...words, "--json")), "diff")[0]

const newestId = async (shell: Shell, at: number): Promise<string> =>
  (await shell.run("history", "watchlist.a")).stdout.split("\n")[at + 1]?.slice(0, 12) ?? ""

describe("diff of two versions", () => {
  it("says what changed, word by word within a text", async () => {
    const shell = await described(...texts)
    expect(await said(shell, "watchlist.a", "head~3", "head~2")).toEqual([
      "watchlist.a: version VERSION → version VERSION",
      "  ~ description:",
      "      - Cold wallets of the treasury",
      "      + Cold {+and warm +}wallets of the treasury",
      "1 place differs."
    ])
    expect(await said(shell, "watchlist.a", "head~1")).toEqual([
      "watchlist.a: version VERSION → version VERSION",
      "  ~ description:",
      "      - [-two-]",
      "      + {+zwei+}",
      "1 place differs."
    ])
    expect((await said(shell, "watchlist.a", "head~2", "head~1"))[1]).toBe(
      `  ~ description: "${texts[1]}" → "one\\ntwo\\nthree"`
    )
  })

  it("takes versions by the beginning of their ids, in either order, without the resource files", async () => {
    const shell = await described("one", "two")
    await rm(join(shell.root, "resources"), { recursive: true, force: true })
    const [newest, first] = [await newestId(shell, 0), await newestId(shell, 1)]
    expect(await event(shell, "watchlist.a", newest, first)).toMatchObject({
      address: "watchlist.a",
      from: { of: "version", version: expect.stringContaining(newest) },
      to: { of: "version", version: expect.stringContaining(first) },
      paths: [{ path: "/description", before: "two", after: "one" }]
    })
    expect(lastLine((await shell.run("diff", "watchlist.a", "head", newest)).stdout)).toBe("No differences.")
  })

  it("works where the resource was deleted", async () => {
    const shell = await described("one")
    expect(await shell.run("destroy", "--yes")).toMatchObject({ code: 0 })
    expect(await said(shell, "watchlist.a", "head~1")).toEqual([
      "watchlist.a: version VERSION → version VERSION (deleted)",
      "  - description: \"one\"",
      "  - name: \"a\"",
      "2 places differ."
    ])
    expect(await event(shell, "watchlist.a", "head~1")).toMatchObject({
      paths: [{ path: "/description", before: "one", after: null }, { path: "/name", before: "a", after: null }]
    })
    const { code, stderr } = await shell.run("diff", "watchlist.a")
    expect([code, stderr]).toEqual([1, expect.stringContaining("watchlist.a is not managed now")])
  })

  it("says of a secret only that it changed", async () => {
    const shell = await openShell([channel])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    const other = hook.replace("0001", "0002")
    await shell.declare([{ ...channel, spec: { type: "Webhook", configuration: { value: other } } }])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    const lines = await said(shell, "notification_channel.ops", "head~1")
    expect(lines.slice(1)).toEqual(["  ~ configuration.value: (sensitive) changed", "1 place differs."])
    const found = await event(shell, "notification_channel.ops", "head~1")
    expect(found).toMatchObject({
      paths: [{ path: "/configuration/value", before: "(sensitive)", after: "(sensitive)" }]
    })
    expect(JSON.stringify([found, lines])).not.toContain("T0P-secret")
  })

  it.each([
    [["watchlist.a", "head~7"], "watchlist.a has no head~7: there are only 0 before its head"],
    [["watchlist.a", "0123456"], "watchlist.a has no version \"0123456\""],
    [["watchlist.b", "head"], "watchlist.b was never managed"]
  ])("refuses what is not there: %j", async (words, why) => {
    const { code, stderr } = await (await described("one")).run("diff", ...words)
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)])
  })

  it("says where retention let a version go", async () => {
    const shell = await described("one", "two", "three")
    await shell.configure("workspace: cell", "workspace: cell\nretention: [{ match: \"*\", keepVersions: 2 }]")
    expect(await shell.run("prune", "--yes")).toMatchObject({ code: 0 })
    expect((await shell.run("diff", "watchlist.a", "head~1")).code).toBe(0)
    const { code, stderr } = await shell.run("diff", "watchlist.a", "head~2")
    expect([code, stderr]).toEqual([1, expect.stringContaining("head~2 of watchlist.a was let go")])
  })

  it("takes two versions at most", async () => {
    expect((await (await described("one")).run("diff", "watchlist.a", "head", "head", "head")).code).toBe(7)
  })
})

describe("diff without versions", () => {
  it("compares what was last applied with what is there now, and writes nothing", async () => {
    const shell = await described("one")
    expect(await said(shell, "watchlist.a")).toEqual([
      "watchlist.a: last applied (VERSION) → now (id 1)",
      "No differences."
    ])
    shell.sandbox.edit("watchlist", 1, { description: "theirs" })
    await rm(join(shell.root, "resources"), { recursive: true, force: true })
    expect(await said(shell, "watchlist.a")).toEqual([
      "watchlist.a: last applied (VERSION) → now (id 1)",
      "  ~ description: \"one\" → \"theirs\"",
      "1 place differs."
    ])
    expect(await event(shell, "watchlist.a")).toMatchObject({
      from: { of: "applied" },
      to: { of: "observed", id: "1" },
      paths: [{ path: "/description", before: "one", after: "theirs" }]
    })
    expect(shell.sandbox.requests().filter(({ method }) => method !== "GET" && method !== "POST")).toEqual([])
    expect((await shell.run("history", "watchlist.a")).stdout.trimEnd().split("\n")).toHaveLength(2)
  })

  it("finds no difference in a secret that the API masks", async () => {
    const shell = await openShell([channel])
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect((await said(shell, "notification_channel.ops")).at(-1)).toBe("No differences.")
  })

  it("says that a resource is not there any more", async () => {
    const shell = await described("one")
    shell.sandbox.remove("watchlist", 1)
    const lines = await said(shell, "watchlist.a")
    expect(lines.at(-1)).toBe("It is not there any more.")
    expect(lines).toContain("  - description: \"one\"")
  })
})
