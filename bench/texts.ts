/**
 * Merges of texts as figures: `bench/merge.ts` measures them beside `git merge-file` and plain node-diff3, each case in
 * a process of its own, and looks for an input of 1 MB that takes long.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Figure } from "./figures.ts"

const fuzzSeconds = 20

interface Row {
  readonly name: string
  readonly ms: number
  readonly rssMb: number
  readonly gitMs: number
  readonly plainMs?: number
}

const ran = async <A>(...args: ReadonlyArray<string>): Promise<A> => {
  const file = join(import.meta.dirname, "merge.ts")
  const { stdout } = await promisify(execFile)(process.execPath, [file, "--json", ...args])
  return JSON.parse(stdout) as A
}

const figuresOf = ({ gitMs, ms, name, plainMs, rssMb }: Row): ReadonlyArray<Figure> => [
  { of: name, what: "merge", value: ms, unit: "ms", bar: name.startsWith("10 MB") ? 1_000 : 1 },
  { of: name, what: "git merge-file", value: gitMs, unit: "ms" },
  // Given up after ten seconds.
  { of: name, what: "plain node-diff3", value: plainMs ?? Number.POSITIVE_INFINITY, unit: "ms" },
  { of: name, what: "peak memory", value: rssMb, unit: "MB", bar: 500 }
]

/** Measures merges of texts. */
export const measureTexts = async (): Promise<ReadonlyArray<Figure>> => {
  const rows = [
    ...await ran<ReadonlyArray<Row>>("--only", "typical"),
    ...await ran<ReadonlyArray<Row>>("--only", "10 MB")
  ]
  const { worst } = await ran<{ readonly worst: { readonly cpuMs: number } }>("--fuzz", String(fuzzSeconds))
  const slowest = { of: "1 MB", what: "the slowest input found", value: worst.cpuMs, unit: "ms of CPU", bar: 1_000 }
  return [...rows.flatMap(figuresOf), slowest]
}
