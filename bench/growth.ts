/**
 * What a step costs, and how much memory a process takes, as a workspace grows.
 *
 * Memory is that of the command line, which does one apply of that size: one that creates everything, and one that
 * updates everything. Cost is that of warm code: a small workspace is applied several times first.
 */
import { type Run, runCommand } from "./command.ts"
import type { Applied } from "./engine.ts"
import { type Figure, median } from "./figures.ts"
import { startServer, withWorker } from "./processes.ts"
import { declare, withWorkspace } from "./workspace.ts"

/** Rounds at each size; the first ones warm up. */
const roundsAt = (resources: number): number => resources < 10_000 ? 7 : resources < 100_000 ? 3 : 2

interface Grown {
  readonly resources: number
  readonly created: Run
  readonly updated: Run
  readonly beforeMs: number
  readonly warm: ReadonlyArray<Applied>
  readonly unchanged: { readonly ms: number }
}

const growTo = async (resources: number): Promise<Grown> => {
  const server = await startServer()
  try {
    return await withWorkspace("tmpfs", server.url, async (root) => {
      await declare(root, resources, 0)
      const created = await runCommand(root, "apply", "--yes")
      const unchanged = await withWorker((worker) => worker.ask("plan", { root }))
      await declare(root, resources, 1)
      const updated = await runCommand(root, "apply", "--yes")
      await declare(root, resources, 2)
      const all = await withWorker(async (worker) => {
        const rounds = [await worker.ask("apply", { root })]
        for (let round = 3; round <= roundsAt(resources) + 1; round++) {
          await declare(root, resources, round)
          rounds.push(await worker.ask("apply", { root }))
        }
        return rounds
      })
      const [first, ...more] = all
      return { resources, created, updated, unchanged, beforeMs: first?.before.ms ?? 0, warm: more.slice(-3) }
    })
  } finally {
    server.stop()
  }
}

const memoryBars: Readonly<Record<number, number>> = { 10_000: 300, 100_000: 1_000 }

const stepOf = ({ resources, warm }: Grown): number => median(warm.map(({ cpuMs }) => cpuMs)) * 1_000 / resources

const msOf = ({ resources, warm }: Grown): number => median(warm.map(({ ms }) => ms)) / resources

const figures = (grown: Grown, smallest: Grown): ReadonlyArray<Figure> => {
  const { beforeMs, created, resources, unchanged, updated } = grown
  const of = `${resources} resources`
  const bar = memoryBars[resources]
  const memory = Math.max(created.peakMb, updated.peakMb)
  const than = `a step, beside ${smallest.resources} resources`
  return [
    { of, what: "plan where nothing changed, process warm-up included", value: unchanged.ms, unit: "ms" },
    { of, what: "before an update is open", value: beforeMs, unit: "ms" },
    { of, what: "CPU of a step, warm", value: stepOf(grown), unit: "µs" },
    { of, what: `CPU of ${than}`, value: stepOf(grown) / stepOf(smallest), unit: "×", bar: 1.3 },
    { of, what: `time of ${than}`, value: msOf(grown) / msOf(smallest), unit: "×", bar: 1.3 },
    { of, what: "peak memory, creating", value: created.peakMb, unit: "MB" },
    { of, what: "peak memory, updating", value: updated.peakMb, unit: "MB" },
    { of, what: "peak memory", value: memory, unit: "MB", ...(bar === undefined ? {} : { bar }) }
  ]
}

/** Measures at each size, smallest first. */
export const measureGrowth = async (sizes: ReadonlyArray<number>): Promise<ReadonlyArray<Figure>> => {
  const grown: Array<Grown> = []
  for (const size of sizes) grown.push(await growTo(size))
  const [smallest] = grown
  return smallest === undefined ? [] : grown.flatMap((one) => figures(one, smallest))
}
