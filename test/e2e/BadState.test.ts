/**
 * State files and keys that are missing, foreign, damaged or taken: each is told, and nothing is sent or changed.
 */
import Sqlite from "better-sqlite3"
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type Cell, openCell, writes } from "./Cell.ts"
import { eventsOf } from "./Events.ts"

let cell: Cell
let kept: string
const at = (name: string): string => join(cell.root, ".amends", name)

const declare = (description: string) => cell.declare([{ kind: "watchlist", name: "a", spec: { description } }])

beforeAll(async () => {
  cell = await openCell()
  await declare("ours")
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  await declare("new")
  kept = join(cell.root, "kept")
  mkdirSync(kept)
  for (const name of ["state.db", "key", "generation"]) copyFileSync(at(name), join(kept, name))
})
afterAll(() => cell.close())

beforeEach(() => {
  rmSync(join(cell.root, ".amends"), { recursive: true })
  mkdirSync(join(cell.root, ".amends"), { mode: 0o700 })
  for (const name of ["state.db", "key", "generation"]) copyFileSync(join(kept, name), at(name))
})

const change = (sql: string): void => {
  const db = new Sqlite(at("state.db"))
  db.exec(sql)
  db.close()
}

interface Breaking {
  readonly what: string
  readonly code: number
  readonly summary: string
  readonly act?: () => void
  readonly env?: Readonly<Record<string, string>>
}

const damaged = { code: 1, summary: "the state is damaged" }
const otherKey = { code: 1, summary: "the key is not the one of this workspace" }

const breakings: ReadonlyArray<Breaking> = [
  { what: "garbage", ...damaged, act: () => writeFileSync(at("state.db"), "once upon a time ".repeat(999)) },
  { what: "truncated", ...damaged, act: () => truncateSync(at("state.db"), 20_000) },
  { what: "a directory", ...damaged, act: () => (rmSync(at("state.db")), mkdirSync(at("state.db"))) },
  { what: "somebody else's", ...damaged, act: () => (rmSync(at("state.db")), change("create table something (x)")) },
  {
    what: "of a newer version",
    code: 1,
    summary: "the state was written by a newer amends",
    act: () => change("pragma user_version = 999")
  },
  { what: "an older copy", code: 4, summary: "an older copy", act: () => writeFileSync(at("generation"), "7\n") },
  { what: "gone", code: 4, summary: "the state is missing", act: () => rmSync(at("state.db")) },
  { what: "without its key", code: 1, summary: "the key of the workspace is missing", act: () => rmSync(at("key")) },
  { what: "under another key", ...otherKey, act: () => writeFileSync(at("key"), "ab".repeat(32)) },
  { what: "under another key of the environment", ...otherKey, env: { AMENDS_KEY: "cd".repeat(32) } },
  { what: "under a key that is none", ...otherKey, env: { AMENDS_KEY: "pa55-phrase" } }
]

/** The bytes of the state file; nothing where there is none to read. */
const stateBytes = (): Buffer => {
  try {
    return readFileSync(at("state.db"))
  } catch {
    return Buffer.of()
  }
}

describe("a state that is", () => {
  it.each(breakings)("$what is refused by what looks and by what writes", async ({ act, code, env = {}, summary }) => {
    act?.()
    const sent = writes(cell.sandbox).length
    const before = stateBytes()
    const looked = await cell.start(["list"], { env }).ended
    const applied = await cell.start(["apply", "--yes", "--json"], { env }).ended
    for (const ended of [looked, applied]) {
      expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(summary)])
      expect(ended.stderr).toMatch(/^Error: .+\n {2}.+\n {2}→ .+\n$/)
      expect(ended.stdout + ended.stderr).not.toContain("pa55-phrase")
    }
    expect(eventsOf(applied).at(-1)).toMatchObject({ outcome: "error", exitCode: code })
    expect(writes(cell.sandbox)).toHaveLength(sent)
    // Where there was no file an empty one may be left.
    expect(before.length === 0 || stateBytes().equals(before)).toBe(true)
  })

  it("locked for long is told after a while, and a lock that goes is waited for", async () => {
    const db = new Sqlite(at("state.db"))
    db.exec("begin immediate")
    const refused = await cell.run("apply", "--yes")
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("the state is busy")])
    expect(refused.stdout).toContain("waiting for the state: another process is writing to it")
    const { child, ended } = cell.start(["apply", "--yes"])
    const waits = new Promise((resolve) =>
      child.stdout?.on("data", (chunk: Buffer) => chunk.includes("waiting for the state") && resolve("waits"))
    )
    expect(await Promise.race([waits, ended])).toBe("waits")
    db.exec("rollback")
    db.close()
    expect(await ended).toMatchObject({ code: 0, stderr: "" })
    await declare("newer")
  })

  it("sealed under the key of the environment needs no key file", async () => {
    renameSync(at("key"), join(cell.root, "elsewhere"))
    const env = { AMENDS_KEY: readFileSync(join(cell.root, "elsewhere"), "utf8") }
    expect(await cell.start(["list"], { env }).ended).toMatchObject({ code: 0, stderr: "" })
  })
})
