/**
 * SIGKILL while files are changed, then `recover`: whenever it comes, each file holds its old bytes or its new ones,
 * and after the recovery all of them are old or all of them are new, with nothing left beside them.
 */
import { createHash } from "node:crypto"
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Limits } from "../../../src/domain/Limits.ts"
import { type Cell, type Declared, openCell } from "../Cell.ts"
import { isFull } from "./Points.ts"

const large = "of a large file\n".repeat(Limits.managedInlineBytesMax / 8)
const huge = Buffer.alloc(48 * 1024 * 1024, "the content that is on its way when the process is killed\n")

const configuration = `workspace: cell
providers:
  files: { use: file, root: out }
`

const file = (name: string, spec: Declared["spec"], dependsOn: ReadonlyArray<string> = []): Declared => ({
  kind: "file",
  name,
  spec,
  dependsOn
})

/** Each follows the one before, so that every point lies between two changes. */
const before: ReadonlyArray<Declared> = [
  file("small", { path: "small", content: "old", mode: "0640" }),
  file("large", { path: "large", source: "old" }),
  file("gone", { path: "d/gone", content: "old" })
]
const after: ReadonlyArray<Declared> = [
  file("small", { path: "small", content: "new", mode: "0600" }),
  file("large", { path: "large", source: "new" }, ["file.small"]),
  file("made", { path: "e/f/made", content: "new" }, ["file.large"])
]

type Tree = { readonly [path: string]: string }

/** A content as a failure may show it. */
const told = (content: string | Buffer): string =>
  content.length < 40 ? content.toString() : createHash("sha256").update(content).digest("hex").slice(0, 16)

/** What is below the root: modes and contents; directories with a slash at their end. */
const treeOf = async ({ root }: Cell): Promise<Tree> => {
  const out = join(root, "out")
  const entries = await readdir(out, { recursive: true, withFileTypes: true })
  const lines = await Promise.all(entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(out.length + 1)
    if (entry.isDirectory()) return [`${name}/`, ""] as const
    return [name, `${((await stat(path)).mode & 0o7777).toString(8)} ${told(await readFile(path))}`] as const
  }))
  return Object.fromEntries(lines.sort())
}

const oldTree: Tree = { "d/": "", "d/gone": "644 old", large: `644 ${told(`old ${large}`)}`, small: "640 old" }
const newTree: Tree = {
  "e/": "",
  "e/f/": "",
  "e/f/made": "644 new",
  large: `644 ${told(`new ${large}`)}`,
  small: "600 new"
}

let cell: Cell
beforeAll(async () => {
  cell = await openCell()
  await writeFile(join(cell.root, "amends.yaml"), configuration)
  await mkdir(join(cell.root, "out"))
  await writeFile(join(cell.root, "old"), `old ${large}`)
  await writeFile(join(cell.root, "new"), `new ${large}`)
  await writeFile(join(cell.root, "huge"), huge)
})
afterAll(() => cell.close())

const applied = async (resources: ReadonlyArray<Declared>): Promise<void> => {
  await cell.declare(resources)
  const { code, stderr, stdout } = await cell.run("apply", "--yes")
  expect(code, stdout + stderr).toBe(0)
}

/** Files that hold neither what they held nor what they are to hold. */
const torn = (tree: Tree): ReadonlyArray<string> =>
  Object.entries(tree).flatMap(([path, content]) =>
    path.endsWith("/") || path.startsWith(".amends-staging") || [oldTree[path], newTree[path]].includes(content)
      ? []
      : [`${path}: ${content}`]
  )

const recovered = async (): Promise<void> => {
  const { code, stderr, stdout } = await cell.run("recover")
  expect(code, stdout + stderr).toBeOneOf([0, 3])
  const unfinished = await readdir(join(cell.root, ".amends", "contents", "unfinished"))
  expect(unfinished).toEqual([])
}

const points = Array.from({ length: isFull ? 24 : 6 }, (_, index) => isFull ? index + 1 : 2 * index + 1)
const acts = isFull ? ["killBefore", "killAfter"] : ["killAfter"]

describe("a process killed while it changes files", () => {
  it.each(points.flatMap((nth) => acts.map((act) => [nth, act] as const)))(
    "leaves old files or new ones, at write %i of its state (%s)",
    async (nth, act) => {
      await applied(before)
      expect(await treeOf(cell)).toEqual(oldTree)
      await cell.declare(after)
      const { ended } = cell.start(["apply", "--yes"], { env: { AMENDS_TEST_STATE: `${nth}:${act}` } })
      expect((await ended).code).toBeOneOf(["SIGKILL", 0])
      expect(torn(await treeOf(cell))).toEqual([])
      await recovered()
      expect(await treeOf(cell)).toBeOneOf([oldTree, newTree])
    }
  )

  it("leaves nothing of a content that was on its way", async () => {
    await applied(before)
    await cell.declare([file("small", { path: "small", source: "huge" }), ...before.slice(1)])
    const { child, ended } = cell.start(["apply", "--yes"])
    const isOnItsWay = async () =>
      (await readdir(join(cell.root, "out"), { recursive: true }).catch(() => [])).some((path) =>
        path.split("/").length === 3
      )
    while (child.exitCode === null && child.signalCode === null && !(await isOnItsWay())) await stat(cell.root)
    child.kill("SIGKILL")
    await ended
    const { small } = await treeOf(cell)
    expect(small === oldTree["small"] || small === `640 ${told(huge)}`).toBe(true)
    await recovered()
    const tree = await treeOf(cell)
    expect({ ...tree, small: "" }).toEqual({ ...oldTree, small: "" })
    expect(tree["small"] === oldTree["small"] || tree["small"] === `640 ${told(huge)}`).toBe(true)
    await rm(join(cell.root, "out", "small"))
  })
})
