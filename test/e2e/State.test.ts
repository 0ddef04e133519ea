/**
 * A state that is lost, damaged or old, a key that is gone, a past that is let go, a resource that keeps failing: each
 * time the user gets out again with what the program says.
 */
import { Effect } from "effect"
import { copyFile, readFile, rm, stat, truncate, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { layerSqlite } from "../../src/state/sqlite/Sqlite.ts"
import { start } from "../contract/state/Process.ts"
import { type Cell, type Declared, held, openCell, writes } from "./Cell.ts"

const cells: Array<Cell> = []
afterEach(async () => {
  await Promise.all(cells.splice(0).map((cell) => cell.close()))
})

const watchlist = (name: string, description: string): Declared => ({
  kind: "watchlist",
  name,
  spec: { name, description }
})

const channel: Declared = {
  kind: "notification_channel",
  name: "ops",
  spec: { type: "Webhook", configuration: { value: "https://hooks.example/T0P-secret-0001" } }
}

const all = (description: string): ReadonlyArray<Declared> => [
  watchlist("a", description),
  watchlist("b", description),
  channel
]

/** Of a page of the state's file. */
const pageBytes = 16_384

const stateOf = ({ root }: Cell): string => join(root, ".amends", "state.db")

const settings = async (cell: Cell, lines: string): Promise<void> => {
  const file = join(cell.root, "amends.yaml")
  await writeFile(file, `${await readFile(file, "utf8")}\n${lines}\n`)
}

/** A workspace that applied `old`, was copied, and then applied `new`. */
const lived = async (options = {}): Promise<Cell & { readonly copy: string }> => {
  const cell = await openCell(options)
  cells.push(cell)
  await cell.declare(all("old"))
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  expect(await cell.run("state", "backup", "yesterday.db")).toMatchObject({ code: 0, stderr: "" })
  await cell.declare(all("new"))
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  return { ...cell, copy: join(cell.root, "yesterday.db") }
}

/** The commands that a message gives to paste, without the name of the program. */
const commandsIn = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...text.matchAll(/`amends ([^`]+)`/g)].map(([, words = ""]) => words.split(" "))

const command = (text: string, ...begins: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = commandsIn(text).find((words) => begins.every((word, index) => words[index] === word))
  if (found === undefined) throw new Error(`no command ${begins.join(" ")} in: ${text}`)
  return found
}

/** Everything is well again: nothing to do, and the next change goes through. */
const expectWell = async (cell: Cell, written: number): Promise<void> => {
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0, stderr: "" })
  expect(writes(cell.sandbox)).toHaveLength(written)
  expect(held(cell.sandbox).filter((one) => one.startsWith("watchlist"))).toHaveLength(2)
  await cell.declare(all("newest"))
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  expect(held(cell.sandbox).filter((one) => one.includes("newest"))).toHaveLength(2)
}

describe("with its state", () => {
  it("deleted, a workspace is put back from a copy, as the message says", async () => {
    const cell = await lived()
    const written = writes(cell.sandbox).length
    await rm(stateOf(cell))
    for (const verb of [["plan"], ["recover"]]) {
      const refused = await cell.run(...verb)
      expect(refused).toMatchObject({ code: 4, stdout: "" })
      expect(command(refused.stderr, "state", "restore")).toEqual(["state", "restore", "FILE"])
    }
    expect(await cell.run("state", "restore", cell.copy)).toMatchObject({ code: 7 })
    const restored = await cell.run("state", "restore", cell.copy, "--yes")
    expect(restored.code).toBe(0)
    expect(restored.stdout).toContain("1 batch was opened after the copy was made")
    expect((await cell.run("plan")).stdout).toContain("watchlist.a was edited outside of amends")
    expect(await cell.run("doctor")).toMatchObject({ code: 0 })
    await expectWell(cell, written)
  })

  it("deleted and no copy, it is rebuilt from the files and the remote with apply --adopt", async () => {
    const cell = await lived()
    const before = held(cell.sandbox)
    await rm(stateOf(cell))
    const refused = await cell.run("apply", "--yes")
    const adopt = command(refused.stderr, "apply")
    expect(adopt).toEqual(["apply", "--adopt"])
    expect(await cell.run(...adopt, "--yes")).toMatchObject({ code: 0, stderr: "" })
    expect(held(cell.sandbox)).toEqual(before)
    await expectWell(cell, writes(cell.sandbox).length)
  })

  it("restored from yesterday by hand, it is refused until restore says that it is the one", async () => {
    const cell = await lived()
    const written = writes(cell.sandbox).length
    await copyFile(cell.copy, stateOf(cell))
    const refused = await cell.run("apply", "--yes")
    expect(refused.code).toBe(4)
    const restore = command(refused.stderr, "state", "restore")
    expect(restore).toEqual(["state", "restore", stateOf(cell)])
    expect(await cell.run(...restore, "--yes")).toMatchObject({ code: 0 })
    await expectWell(cell, written)
  })

  it.each([
    ["truncated", async (file: string) => truncate(file, Math.floor((await stat(file)).size / 2))],
    ["without its first page", async (file: string) => {
      const bytes = await readFile(file)
      await writeFile(file, bytes.fill(0, 0, pageBytes))
    }],
    ["with flipped bits", async (file: string) => {
      const bytes = await readFile(file)
      for (const at of [3, 21, pageBytes, 2 * pageBytes + 8]) bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at)
      await writeFile(file, bytes)
    }]
  ])("%s, what can be read of it is saved and gone on with", async (_, damage) => {
    const cell = await lived()
    await damage(stateOf(cell))
    const refused = await cell.run("plan")
    expect(refused.code).toBe(1)
    const salvaged = await cell.run(...command(refused.stderr, "state", "salvage"))
    expect(salvaged).toMatchObject({ code: 0, stderr: "" })
    expect(salvaged.stdout).toMatch(/^resources +\d+ +\S+/m)
    const restore = /amends (state restore \S+)/.exec(salvaged.stdout)?.[1]?.split(" ") ?? []
    expect(await cell.run(...restore, "--yes")).toMatchObject({ code: 0 })
    const before = writes(cell.sandbox).length
    const plan = await cell.run("plan")
    // Where heads were lost, the plan says how to take the resources over again.
    const again = plan.code === 5 ? await cell.run("apply", "--adopt", "--yes") : plan
    expect(again.code).toBe(0)
    expect(writes(cell.sandbox)).toHaveLength(before)
    await expectWell(cell, before)
  })

  it("held by somebody, no copy is put in its place", async () => {
    const cell = await lived()
    const open = layerSqlite({ stateFile: stateOf(cell), create: false })
    const [refused, copied] = await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const { leases } = yield* start({ open })
      yield* leases.acquire(60_000)
      return yield* Effect.promise(async () => [
        await cell.run("state", "restore", cell.copy, "--yes"),
        await cell.run("state", "backup", "now.db")
      ])
    })))
    expect(refused).toMatchObject({ code: 6 })
    expect(copied).toMatchObject({ code: 0 })
  })
})

describe("a key", () => {
  it("is replaced, and what was sealed before still opens", async () => {
    const cell = await lived()
    const key = join(cell.root, ".amends", "key")
    const old = await readFile(key, "utf8")
    expect(await cell.run("key", "rotate")).toMatchObject({ code: 0, stderr: "" })
    expect(await readFile(key, "utf8")).not.toBe(old)
    expect(await cell.run("doctor")).toMatchObject({ code: 0 })
    expect(await cell.run("state", "restore", cell.copy, "--yes")).toMatchObject({ code: 0 })
    await expectWell(cell, writes(cell.sandbox).length)
  })

  it("that is lost is given up only with a yes, and what the remote shows is read again", async () => {
    const cell = await lived({ maskSecrets: true })
    await rm(join(cell.root, ".amends", "key"))
    const refused = await cell.run("plan")
    expect(refused.code).toBe(1)
    const reset = command(refused.stderr, "key", "reset")
    expect(await cell.run(...reset)).toMatchObject({ code: 7 })
    const done = await cell.run(...reset, "--yes")
    expect(done).toMatchObject({ code: 0, stderr: "" })
    expect(done.stdout).toContain("notification_channel.ops")
    expect(done.stdout).not.toContain("T0P-secret")
    expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
    await expectWell(cell, writes(cell.sandbox).length)
  })
})

describe("retention", () => {
  it("says what would go, asks, and keeps what is needed; and runs by itself after an apply", async () => {
    const cell = await lived()
    await settings(cell, "retention: [{ match: \"*\", keepVersions: 1 }]")
    const dry = await cell.run("prune", "--dry-run")
    expect(dry.code).toBe(0)
    expect(dry.stdout).toMatch(/^Prune would free [1-9]\d* bytes\. Nothing was changed\.$/m)
    expect(await cell.run("prune")).toMatchObject({ code: 7 })
    expect((await cell.run("prune", "--yes")).stdout).toContain("Pruned 2 versions")
    expect((await cell.run("history")).stdout.split("\n").filter((line) => line.includes(" apply "))).toHaveLength(3)
    await cell.declare(all("newer"))
    expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect((await cell.run("prune", "--dry-run")).stdout).toContain("Nothing to prune.")
    expect(await cell.run("doctor")).toMatchObject({ code: 0 })
  })
})

describe("a resource whose batches keep failing", () => {
  it("is held out of plans until it is released", async () => {
    const cell = await lived()
    await settings(cell, "quarantineAfter: 2")
    const id = cell.sandbox.snapshot().watchlist.find(({ name }) => name === "a")?.["id"]
    cell.sandbox.addFault({ act: "status", method: "PATCH", path: `watchlists?/${id}$`, status: 400, times: 0 })
    await cell.declare(all("newer"))
    for (let attempt = 0; attempt < 2; attempt++) expect((await cell.run("apply", "--yes")).code).toBe(3)
    const plan = await cell.run("plan")
    expect(plan.stderr).toContain("watchlist.a: held out of the plan")
    expect(plan.stdout).toContain("Plan: 0 to add, 1 to change, 0 to destroy.")
    expect((await cell.run("status")).stdout).toContain("! watchlist.a is held out of plans")
    expect(await cell.run("plan", "--target", "watchlist.a")).toMatchObject({ code: 7 })
    expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
    expect(held(cell.sandbox).filter((one) => one.includes("newer"))).toHaveLength(1)
    cell.sandbox.clearFaults()
    expect(await cell.run("forget", "--quarantine", "watchlist.a")).toMatchObject({ code: 0 })
    expect(await cell.run("forget", "--quarantine", "watchlist.a")).toMatchObject({ code: 1 })
    expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0, stderr: "" })
    expect(held(cell.sandbox).filter((one) => one.includes("newer"))).toHaveLength(2)
  })
})
