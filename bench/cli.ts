/**
 * How long the command line takes to answer at all, from the built bundle.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { type Figure, median } from "./figures.ts"

const amends = join(import.meta.dirname, "..", "bin", "amends")
const rounds = 15

const run = promisify(execFile)

const timeOf = async (word: string): Promise<Figure> => {
  const times: Array<number> = []
  // The first one fills the compile cache of a new bundle.
  await run(amends, [word])
  for (let n = 0; n < rounds; n++) {
    const started = performance.now()
    await run(amends, [word])
    times.push(performance.now() - started)
  }
  return { of: "command line", what: `amends ${word}`, value: median(times), unit: "ms", bar: 200 }
}

/** Measures the start of the command line. */
export const measureCli = async (): Promise<ReadonlyArray<Figure>> => [
  await timeOf("--version"),
  await timeOf("--help")
]
