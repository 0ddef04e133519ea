/**
 * How long it takes to roll 50 files back, and to find the conflicts of 50 resources, beside the writes alone: files
 * below a directory, each about 2 KB, durable when they are there.
 */
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type OpenWorkspace, openWorkspace, type RollbackWhat } from "../src/index.ts"
import { type Figure, median } from "./figures.ts"

const files = 50
const rounds = 7

const configuration = `workspace: bench
defaults: { parallelism: 50, conflict: force }
providers: { files: { use: file, root: ./site } }
`

const contentOf = (index: number, round: number): string =>
  Array.from({ length: 40 }, (_, line) => `line ${line} of file ${index}, written in round ${round}, and some words`)
    .join(
      "\n"
    )

const declare = (root: string, round: number): Promise<void> =>
  writeFile(
    join(root, "resources", "files.json"),
    JSON.stringify(Array.from({ length: files }, (_, index) => ({
      kind: "file",
      name: `f${index}`,
      spec: { path: `f${index}.txt`, content: contentOf(index, round) }
    })))
  )

/** The same writes without a journal: staged, forced, renamed. */
const written = async (root: string): Promise<number> => {
  const started = performance.now()
  await Promise.all(Array.from({ length: files }, async (_, index) => {
    const path = join(root, "raw", `f${index}.txt`)
    const handle = await open(`${path}.new`, "w")
    await handle.writeFile(contentOf(index, 0))
    await handle.sync()
    await handle.close()
    await rename(`${path}.new`, path)
  }))
  return performance.now() - started
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

const applied = async (workspace: OpenWorkspace): Promise<RollbackWhat> => {
  const result = await workspace.apply()
  if (result._tag !== "ran" || result.report.outcome !== "committed")
    throw new Error(`the apply came to ${result._tag}`)
  return { _tag: "batch", batch: result.report.batch, only: [] }
}

/** Edits every file in a line that the batch changed as well. */
const editAll = async (root: string): Promise<void> => {
  for (let index = 0; index < files; index++) {
    const path = join(root, "site", `f${index}.txt`)
    await writeFile(path, (await readFile(path, "utf8")).replace("line 3 of", "somebody's line of"))
  }
}

/** Measures rollbacks on the disk. */
export const measureRollback = async (): Promise<ReadonlyArray<Figure>> => {
  const root = await mkdtemp(join(tmpdir(), "amends-bench-"))
  try {
    for (const directory of ["resources", "site", "raw"]) await mkdir(join(root, directory))
    await writeFile(
      join(root, "amends.yaml"),
      configuration
    )
    const workspace = openWorkspace({ directory: root, env: {} })
    const [raw, back, found]: [Array<number>, Array<number>, Array<number>] = [[], [], []]
    await declare(root, 0)
    await applied(workspace)
    for (let round = 1; round <= rounds; round++) {
      await declare(root, round)
      const what = await applied(workspace)
      raw.push(await written(root))
      back.push(
        await timed(async () => {
          const { _tag } = await workspace.rollback(what)
          if (_tag !== "ran") throw new Error(`the rollback came to ${_tag}`)
        })
      )
      const again = await applied(workspace)
      await editAll(root)
      found.push(
        await timed(async () => {
          const { report } = await workspace.rollbackDryRun(again)
          if (report.conflicts.length !== files) throw new Error(`${report.conflicts.length} conflicts were found`)
        })
      )
    }
    const of = `${files} files, disk`
    return [
      { of, what: "the writes alone", value: median(raw), unit: "ms" },
      { of, what: "rollback of a batch", value: median(back), unit: "ms", bar: 2_000 },
      { of, what: "rollback over the writes", value: median(back) - median(raw), unit: "ms" },
      { of, what: "conflicts of all found", value: median(found), unit: "ms", bar: 1_000 }
    ]
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
