/**
 * Measures merges of texts against `git merge-file` and plain node-diff3 on the same inputs, in one run; and those of
 * documents.
 *
 * `node bench/merge.ts` prints a table; `--json` one line of JSON instead; `--only WORD` runs the cases whose name
 * holds the word, `--only documents` documents alone. Each case runs in a process of its own, so that its memory is its
 * own; node-diff3 is given up after ten seconds. `--fuzz SECONDS` looks for an input of 1 MB that takes long instead,
 * and prints the slowest it found.
 */
import { fork, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { parseArgs } from "node:util"
import { Worker } from "node:worker_threads"
import { mergeFile } from "../src/merge/Merge.ts"
import { measureDocuments } from "./documents.ts"
import { show } from "./figures.ts"

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    fuzz: { type: "string" },
    seed: { type: "string", default: "1" },
    case: { type: "string" }
  }
})

type Random = (below: number) => number

/** The same numbers for the same seed (mulberry32). */
const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const shapes = {
  "unique lines": (at: number): string => `line ${at} `.padEnd(49, "x"),
  "half the lines }": (at: number): string => at % 2 === 0 ? "}" : `line ${at} `.padEnd(97, "x"),
  "50 distinct lines": (_at: number, random: Random): string => `line ${random(50)} `.padEnd(49, "x")
} as const
type Shape = keyof typeof shapes

/** Replaces, removes and adds lines in as many places. */
const edited = (lines: ReadonlyArray<string>, edits: number, random: Random, fresh: () => string) => {
  const places = new Set<number>()
  while (places.size < edits) places.add(random(lines.length))
  return lines.flatMap((line, at) => {
    if (!places.has(at)) return [line]
    const what = random(3)
    return what === 0 ? [] : what === 1 ? [fresh()] : [line, fresh()]
  })
}

interface Inputs {
  readonly base: Buffer
  readonly ours: Buffer
  readonly theirs: Buffer
}

const inputsOf = (shape: Shape, lines: number, edits: number): Inputs => {
  const random = randomFrom(lines + edits)
  const base = Array.from({ length: lines }, (_, at) => shapes[shape](at, random))
  const fresh = () =>
    shape === "50 distinct lines" || (shape !== "unique lines" && random(2) === 0)
      ? shapes[shape](2 * random(lines), random)
      : `edit ${random(2 ** 30)}`
  const write = (all: ReadonlyArray<string>) => Buffer.from(all.map((line) => `${line}\n`).join(""))
  return {
    base: write(base),
    ours: write(edited(base, edits, random, fresh)),
    theirs: write(edited(base, edits, random, fresh))
  }
}

const cases = [
  { name: "a typical file: 300 lines, 5 edits a side", shape: "unique lines", lines: 300, edits: 5, rounds: 200 },
  ...(Object.keys(shapes) as ReadonlyArray<Shape>).flatMap((shape) => [
    { name: `10 MB, ${shape}, 20 edits a side`, shape, lines: 200_000, edits: 20, rounds: 5 },
    { name: `10 MB, ${shape}, 5 % edits a side`, shape, lines: 200_000, edits: 10_000, rounds: 5 }
  ])
] as const satisfies ReadonlyArray<
  {
    readonly name: string
    readonly shape: Shape
    readonly lines: number
    readonly edits: number
    readonly rounds: number
  }
>

const median = (numbers: ReadonlyArray<number>): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

const timed = (work: () => void): number => {
  const started = performance.now()
  work()
  return performance.now() - started
}

const measureGit = (inputs: Inputs, rounds: number): { readonly ms: number; readonly conflicts: number | null } => {
  const folder = mkdtempSync(join(tmpdir(), "amends-bench-"))
  for (const [name, content] of Object.entries(inputs)) writeFileSync(join(folder, name), content)
  let conflicts: number | null = null
  const times = Array.from({ length: rounds }, () =>
    timed(() => {
      conflicts = spawnSync("git", ["merge-file", "-q", "-p", "ours", "base", "theirs"], {
        cwd: folder,
        maxBuffer: 2 ** 30
      }).status
    }))
  rmSync(folder, { recursive: true })
  return { ms: median(times), conflicts }
}

const plain = `
const { workerData, parentPort } = require("node:worker_threads")
import("node-diff3").then(({ diff3Merge }) => {
  const [a, o, b] = workerData.map((text) => text.split("\\n"))
  const started = performance.now()
  diff3Merge(a, o, b)
  parentPort.postMessage(performance.now() - started)
})`

/** Milliseconds of node-diff3 alone, or `undefined` after ten seconds. */
const measurePlain = async ({ base, ours, theirs }: Inputs): Promise<number | undefined> => {
  const worker = new Worker(plain, { eval: true, workerData: [ours, base, theirs].map(String) })
  const giveUp = setTimeout(() => void worker.terminate(), 10_000)
  const answer = await Promise.race([once(worker, "message"), once(worker, "exit").then(() => [undefined])])
  clearTimeout(giveUp)
  await worker.terminate()
  return typeof answer[0] === "number" ? answer[0] : undefined
}

interface Row {
  readonly name: string
  readonly ms: number
  readonly cpuMs: number
  readonly conflicts: number
  readonly rssMb: number
  readonly gitMs: number
  readonly gitConflicts: number | null
  readonly plainMs: number | undefined
}

const measure = async (name: string): Promise<Row> => {
  const found = cases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  const inputs = inputsOf(found.shape, found.lines, found.edits)
  let conflicts = 0
  const run = () => {
    const result = mergeFile({ path: "file", ...inputs })
    if (result._tag === "opaque") throw new Error(`${name} is ${result.conflict.kind}`)
    conflicts = result._tag === "conflict" ? result.conflicts.length : 0
  }
  const cold = timed(run)
  const cpu = process.cpuUsage()
  const times = Array.from({ length: found.rounds }, () => timed(run))
  const used = process.cpuUsage(cpu)
  const rssMb = process.resourceUsage().maxRSS / 1024
  const git = measureGit(inputs, Math.min(found.rounds, 5))
  return {
    name,
    ms: Math.min(cold, median(times)),
    cpuMs: (used.user + used.system) / 1000 / found.rounds,
    conflicts,
    rssMb,
    gitMs: git.ms,
    gitConflicts: git.conflicts,
    plainMs: await measurePlain(inputs)
  }
}

const inItsProcess = async (name: string): Promise<Row> => {
  const child = fork(import.meta.filename, ["--case", name])
  const [row] = await once(child, "message")
  return row as Row
}

/** Texts of 1 MB that may be slow: few distinct lines, periods, blocks moved, nothing in common. */
const hostile = (random: Random): { readonly name: string; readonly inputs: Inputs } => {
  const width = 1 + random(random(2) === 0 ? 3 : 60)
  const distinct = 1 + random(random(2) === 0 ? 4 : 5_000)
  const period = random(3) === 0 ? 1 + random(2_000) : Infinity
  const count = Math.floor(1_000_000 / (width + 1))
  const letter = (): string => String.fromCharCode(97 + random(26)).repeat(width)
  const alphabet = Array.from({ length: distinct }, (_, at) => `${letter()}${at}`.slice(-width))
  const draw = (): string => alphabet[random(distinct)] ?? ""
  const cycle = Array.from({ length: Math.min(period, count) }, draw)
  const base = Array.from({ length: count }, (_, at) => cycle[at % cycle.length] ?? "")
  const ways = [
    () => edited(base, Math.ceil(count * (1 + random(60)) / 100), random, draw),
    () => edited(base, Math.ceil(count * (1 + random(99)) / 100), random, () => `${random(1e6)}`),
    () => Array.from({ length: count }, draw),
    () => base.toReversed(),
    () => {
      const at = random(count)
      return [...base.slice(at), ...base.slice(0, at)]
    },
    () => base.toSorted(),
    () => base.filter((_, at) => at % 2 === 0)
  ]
  const [mine, other] = [random(ways.length), random(ways.length)]
  const write = (lines: ReadonlyArray<string>) =>
    Buffer.from(lines.map((line) => `${line}\n`).join("").slice(0, 1_000_000))
  return {
    name: `${count} lines, ${distinct} distinct, period ${period}, ours ${mine}, theirs ${other}`,
    inputs: { base: write(base), ours: write(ways[mine]?.() ?? []), theirs: write(ways[other]?.() ?? []) }
  }
}

const fuzz = (seconds: number): void => {
  const started = performance.now()
  let seed = Number(values.seed)
  let worst = { cpuMs: 0, seed, name: "" }
  let tried = 0
  for (; performance.now() - started < seconds * 1000; seed++) {
    const { name, inputs } = hostile(randomFrom(seed))
    const cpu = process.cpuUsage()
    mergeFile({ path: "file", ...inputs })
    const used = process.cpuUsage(cpu)
    const cpuMs = (used.user + used.system) / 1000
    tried++
    if (cpuMs > worst.cpuMs) worst = { cpuMs, seed, name }
  }
  console.log(values.json ? JSON.stringify({ tried, worst }) : { tried, worst })
}

if (values.case !== undefined) {
  process.send?.(await measure(values.case))
} else if (values.fuzz !== undefined) {
  fuzz(Number(values.fuzz))
} else {
  const rows: Array<Row> = []
  for (const { name } of cases) if (name.includes(values.only)) rows.push(await inItsProcess(name))
  if (values.json)
    console.log(JSON.stringify("documents".includes(values.only) ? [...rows, ...measureDocuments()] : rows))
  else {
    if ("documents".includes(values.only)) show(measureDocuments())
    if (rows.length > 0)
      console.table(rows.map((row) => ({
        case: row.name,
        "amends ms": Number(row.ms.toFixed(2)),
        "amends CPU ms": Number(row.cpuMs.toFixed(2)),
        "git ms": Number(row.gitMs.toFixed(1)),
        "node-diff3 ms": row.plainMs === undefined ? "> 10,000" : Number(row.plainMs.toFixed(1)),
        "conflicts (git)": `${row.conflicts} (${row.gitConflicts === 127 ? "127 or more" : row.gitConflicts})`,
        "peak RSS MB": Math.round(row.rssMb)
      })))
  }
}
