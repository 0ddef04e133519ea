/** Rolling files back: line by line where both sides touched a text, as a whole where it is large or binary. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, describe, expect, it } from "vitest"
import { Limits } from "../../../src/domain/Limits.ts"
import { eventsOf, typed } from "../../e2e/Events.ts"
import { openShell, type Shell } from "../Shell.ts"

let shell: Shell

type Contents = Readonly<Record<string, string>>

/** Lines that are told apart by their numbers. */
const lines = (changes: Readonly<Record<number, string>> = {}, count = 30): string =>
  Array.from({ length: count }, (_, at) => changes[at] ?? `line ${at}`).join("\n") + "\n"

const apply = async (files: Contents): Promise<string> => {
  await shell.declare(
    Object.entries(files).map(([name, content]) => ({ kind: "file", name, spec: { path: `${name}.txt`, content } }))
  )
  const last = eventsOf(await shell.run("apply", "--yes", "--json")).at(-1)
  expect(last).toMatchObject({ outcome: "committed" })
  return String(last?.["batch"])
}

const there = async (): Promise<Contents> => {
  const root = join(shell.root, "out")
  const names = (await readdir(root)).filter((name) => name.endsWith(".txt")).toSorted()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name.replace(".txt", ""), await readFile(join(root, name), "utf8")]))
  )
}

const rollback = async (...args: ReadonlyArray<string>) => {
  const events = eventsOf(await shell.run("rollback", ...args, "--yes", "--json"))
  return { events, last: events.at(-1), batch: String(events.at(-1)?.["batch"]) }
}

beforeEach(async () => {
  shell = await openShell([])
  await mkdir(join(shell.root, "out"))
  await shell.configure("providers:\n", "providers:\n  files: { use: file, root: out }\n")
})

describe("a set of files", () => {
  it("of five versions loses the second, keeps the later ones to the byte, and gets it back", async () => {
    const first: Contents = { a: lines(), b: "b\n", c: "c\n" }
    await apply(first)
    const second = await apply({ a: lines({ 2: "second" }), b: "b of the second\n", d: "added by the second\n" })
    await apply({
      a: lines({ 2: "second", 20: "third" }),
      b: "b of the second\n",
      d: "added by the second\n",
      e: "e\n"
    })
    await apply({ a: lines({ 2: "second", 20: "third" }), b: "b of the second\n", d: "added by the second\n" })
    const fifth = {
      a: lines({ 2: "second", 20: "third", 29: "fifth" }),
      b: "b of the second\n",
      d: "added by the second\n",
      f: "f\r\nwithout an end"
    }
    await apply(fifth)
    // Somebody else, in a line that nobody touched.
    await writeFile(join(shell.root, "out", "a.txt"), lines({ 2: "second", 10: "theirs", 20: "third", 29: "fifth" }))
    const head = await there()
    const undone = await rollback(second)
    expect(undone.last).toMatchObject({ outcome: "committed", counts: { add: 1, change: 2, destroy: 1 } })
    expect(await there()).toEqual({
      a: lines({ 10: "theirs", 20: "third", 29: "fifth" }),
      b: "b\n",
      c: "c\n",
      f: "f\r\nwithout an end"
    })
    expect((await rollback(undone.batch)).last).toMatchObject({ outcome: "committed" })
    expect(await there()).toEqual(head)
  })

  it("stops at lines that both touched, and settles them as it is told", async () => {
    await apply({ a: lines(), b: lines() })
    const batch = await apply({ a: lines({ 5: "ours" }), b: lines({ 5: "ours" }) })
    await writeFile(join(shell.root, "out", "a.txt"), lines({ 5: "theirs", 25: "theirs as well" }))
    const blocked = await rollback(batch)
    expect(blocked.last).toMatchObject({ exitCode: 5 })
    expect(typed(blocked.events, "conflict")).toMatchObject([{ address: "file.a", path: "/content" }])
    await rollback(batch, "--strategy", "ours")
    expect(await there()).toEqual({ a: lines({ 5: "theirs", 25: "theirs as well" }), b: lines() })
    await rollback(batch, "--strategy", "theirs")
    expect((await there())["a"]).toBe(lines({ 25: "theirs as well" }))
  })
})

describe("a large file", () => {
  const large = (word: string): string => `${word}\n`.repeat(Limits.managedInlineBytesMax / 2)

  it("comes back as a whole, and is a conflict as a whole", async () => {
    await apply({ a: large("one") })
    const batch = await apply({ a: large("two") })
    expect((await rollback(batch)).last).toMatchObject({ outcome: "committed" })
    expect(await there()).toEqual({ a: large("one") })
    const again = await apply({ a: large("two") })
    await writeFile(join(shell.root, "out", "a.txt"), `${large("two")}theirs\n`)
    const blocked = await rollback(again)
    expect(blocked.last).toMatchObject({ exitCode: 5 })
    expect(typed(blocked.events, "conflict")).toMatchObject([{ address: "file.a", severity: "critical" }])
    expect(await there()).toEqual({ a: `${large("two")}theirs\n` })
  })
})
