/** `amends prune` lets go of contents of files that nothing names any more, and of no other. */
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, expect, it } from "vitest"
import { Limits } from "../../../src/domain/Limits.ts"
import { eventsOf } from "../../e2e/Events.ts"
import { openShell, type Shell } from "../Shell.ts"

let shell: Shell

const large = (word: string): string => `${word}\n`.repeat(Limits.managedInlineBytesMax / 2)

const declare = (content: string) => shell.declare([{ kind: "file", name: "a", spec: { path: "a.txt", content } }])

const apply = async (content: string): Promise<string> => {
  await declare(content)
  return String(eventsOf(await shell.run("apply", "--yes", "--json")).at(-1)?.["batch"])
}

const kept = async (): Promise<ReadonlyArray<string>> => {
  const root = join(shell.root, ".amends", "contents", "sha256")
  const folders = await readdir(root)
  const names = await Promise.all(folders.map(async (folder) => {
    const all = await readdir(join(root, folder))
    return all.map((name) => join(root, folder, name))
  }))
  return names.flat()
}

/** Lets time pass for everything that is kept. */
const age = async (): Promise<void> => {
  for (const path of await kept()) await utimes(path, 1_000, 1_000)
}

beforeEach(async () => {
  shell = await openShell([])
  await mkdir(join(shell.root, "out"))
  await shell.configure(
    "providers:\n",
    "retention: [{ match: \"*\", keepVersions: 1 }]\nproviders:\n  files: { use: file, root: out }\n"
  )
})

it("keeps what versions, journals and heads name, and lets go of the rest once it is old", async () => {
  await apply(large("one"))
  const batch = await apply(large("two"))
  await age()
  expect(await kept()).toHaveLength(2)
  const path = join(shell.root, ".amends", "contents", "sha256", "00", "1".repeat(62))
  await mkdir(join(path, ".."), { recursive: true })
  await writeFile(path, "nobody names it")
  expect((await shell.run("prune", "--dry-run")).stdout).not.toContain("contents of files")
  await age()
  const dry = await shell.run("prune", "--dry-run")
  expect(dry.stdout).toContain("1 content of files that nothing names any more, 15 B")
  expect(await kept()).toHaveLength(3)
  expect((await shell.run("prune", "--yes")).stdout).toContain("1 content of files that nothing names any more")
  expect(await kept()).toHaveLength(2)
  expect((await shell.run("rollback", batch, "--yes")).code).toBe(0)
  expect(await readFile(join(shell.root, "out", "a.txt"), "utf8")).toBe(large("one"))
})

it("keeps what only a journal names: an edit that a batch wrote over", async () => {
  await apply(large("one"))
  await writeFile(join(shell.root, "out", "a.txt"), large("theirs"))
  const forced = {
    kind: "file",
    name: "a",
    lifecycle: { conflict: "force" },
    spec: { path: "a.txt", content: large("two") }
  }
  await shell.declare([forced])
  const batch = String(eventsOf(await shell.run("apply", "--yes", "--json")).at(-1)?.["batch"])
  await age()
  expect((await shell.run("prune", "--yes")).code).toBe(0)
  expect((await shell.run("rollback", batch, "--yes")).code).toBe(0)
  expect(await readFile(join(shell.root, "out", "a.txt"), "utf8")).toBe(large("theirs"))
})

it("lets go of what only versions named that went before", async () => {
  await apply(large("one"))
  for (const word of ["two", "tre", "for", "fiv"]) await apply(large(word))
  await age()
  await shell.run("prune", "--yes")
  await age()
  await shell.run("prune", "--yes")
  const left = await kept()
  expect(left.length).toBeLessThan(5)
  expect((await shell.run("plan", "--detailed-exitcode")).code).toBe(0)
})

it("keeps for a while what a saved plan names", async () => {
  await apply(large("one"))
  await declare(large("two"))
  await shell.run("plan", "--out", "saved.plan")
  await age()
  await declare(large("two"))
  await shell.run("plan", "--out", "saved.plan")
  await shell.run("prune", "--yes")
  const applied = await shell.run("apply", "saved.plan")
  expect(applied.code).toBe(0)
  expect(await readFile(join(shell.root, "out", "a.txt"), "utf8")).toBe(large("two"))
})

it("keeps what another state of the same store may name, and says so", async () => {
  const own = await readFile(join(shell.root, "amends.yaml"), "utf8")
  await mkdir(join(shell.root, "elsewhere"))
  const other = own.replace("workspace: cell", "workspace: other\nstate: other/state.db").replace(
    "root: out",
    "root: elsewhere"
  )
  await writeFile(join(shell.root, "other.yaml"), other)
  await declare(large("theirs"))
  await shell.run("apply", "--yes", "--config", "other.yaml")
  await apply(large("ours"))
  await age()
  const pruned = await shell.run("prune", "--yes")
  expect(pruned.stdout).toContain(`${join(shell.root, "other", "state.db")} keeps contents there as well`)
  expect(await kept()).toHaveLength(2)
  const destroyed = await shell.run("destroy", "--yes", "--json", "--config", "other.yaml")
  const id = String(eventsOf(destroyed).at(-1)?.["batch"])
  expect((await shell.run("rollback", id, "--yes", "--config", "other.yaml")).code).toBe(0)
  expect(await readFile(join(shell.root, "elsewhere", "a.txt"), "utf8")).toBe(large("theirs"))
})
