/**
 * `npm run judge -- REPOSITORY…` replays the merge commits of local git repositories, and reports how often our merge
 * of a path that both sides changed agrees with that of `git merge-file`: verdicts, and the bytes of clean results.
 *
 * `--merges N` replays at most N merge commits of each repository (2,000 without it), spread over its history; `--json`
 * prints figures as one line of JSON. Every disagreement is printed with its commit and path. Exits 1 where fewer than
 * 99.9 % of the verdicts agree, or a clean result differs in a byte. With `--trees` it merges whole trees instead,
 * beside `git merge-tree`, of bare repositories.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { compare, type Relation } from "./Compare.ts"
import { mergesOf, openBlobs, type Triple, triplesOf } from "./History.ts"
import { compareTrees, type TreeRelation } from "./Trees.ts"

const { values, positionals: repositories } = parseArgs({
  options: {
    merges: { type: "string", default: "2000" },
    json: { type: "boolean", default: false },
    trees: { type: "boolean", default: false }
  },
  allowPositionals: true
})

type Tally = Record<Relation, number>

const none = (): Tally => ({ clean: 0, conflict: 0, verdict: 0, bytes: 0, endings: 0, opaque: 0 })

const bar = 0.999
const scratch = await mkdtemp(join(tmpdir(), "amends-judge-"))

const judgeTriple = async (blobs: ReturnType<typeof openBlobs>, triple: Triple, folder: string): Promise<Relation> => {
  const base = await blobs.read(triple.base)
  const ours = await blobs.read(triple.ours)
  const theirs = await blobs.read(triple.theirs)
  return base === undefined || ours === undefined || theirs === undefined
    ? "opaque"
    : await compare(folder, { base, ours, theirs })
}

const judge = async (repository: string) => {
  const merges = await mergesOf(repository, Number(values.merges))
  const triples = triplesOf(repository, merges)
  const tally = none()
  const worker = async (_: unknown, index: number) => {
    const folder = join(scratch, String(index))
    await mkdir(folder, { recursive: true })
    const blobs = openBlobs(repository)
    for await (const triple of { [Symbol.asyncIterator]: () => ({ next: () => triples.next() }) }) {
      const relation = await judgeTriple(blobs, triple, folder)
      tally[relation]++
      if (relation === "verdict" || relation === "bytes") {
        console.error(`${relation}: ${repository} ${triple.commit} ${triple.path}`)
      }
    }
    blobs.close()
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return { repository, merges: merges.length, ...tally }
}

const share = ({ clean, conflict, verdict, bytes }: Tally): number =>
  (clean + conflict + bytes) / Math.max(1, clean + conflict + bytes + verdict)

const judgeTrees = async (repository: string) => {
  const tally: Record<TreeRelation, number> = { clean: 0, conflict: 0, structure: 0, verdict: 0, bytes: 0, skipped: 0 }
  const blobs = openBlobs(repository)
  for (const merge of await mergesOf(repository, Number(values.merges))) {
    const relation = await compareTrees(blobs, repository, scratch, merge)
    tally[relation]++
    if (relation === "verdict" || relation === "bytes") console.error(`${relation}: ${repository} ${merge.commit}`)
  }
  blobs.close()
  return { repository, ...tally }
}

if (repositories.length === 0) {
  console.error("judge: which repositories? say npm run judge -- REPOSITORY…")
  process.exit(7)
}

if (values.trees) {
  const rows = []
  for (const repository of repositories) rows.push(await judgeTrees(repository))
  console.log(values.json ? JSON.stringify(rows) : rows)
  await rm(scratch, { recursive: true })
  process.exit(rows.every(({ verdict, bytes }) => verdict + bytes === 0) ? 0 : 1)
}

const rows = []
for (const repository of repositories) rows.push(await judge(repository))
await rm(scratch, { recursive: true })
const total = rows.reduce<Tally>((sum, row) => {
  for (const relation of ["clean", "conflict", "verdict", "bytes", "endings", "opaque"] as const) {
    sum[relation] += row[relation]
  }
  return sum
}, none())
const agreement = share(total)
console.table(rows.map((row) => ({ ...row, "verdicts that agree": `${(100 * share(row)).toFixed(3)} %` })))
console.log(values.json ? JSON.stringify({ rows, total, agreement }) : { ...total, agreement })
if (agreement < bar || total.bytes > 0) process.exitCode = 1
