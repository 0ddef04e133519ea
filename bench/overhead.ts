/**
 * What a user waits for where little is done: a whole apply of one change, from reading the files to the closed state,
 * beside its two requests.
 */
import { type Figure, median } from "./figures.ts"
import { startServer, withWorker } from "./processes.ts"
import { declare, withWorkspace } from "./workspace.ts"

const rounds = 30
const warmUp = 10

/** Measures an apply of one change on disk. */
export const measureOverhead = async (): Promise<ReadonlyArray<Figure>> => {
  const server = await startServer()
  try {
    return await withWorkspace("disk", server.url, (root) =>
      withWorker(async (worker) => {
        const [raw, whole]: [Array<number>, Array<number>] = [[], []]
        for (let round = 0; round < rounds + warmUp; round++) {
          await declare(root, 1, round)
          const { before, ms } = await worker.ask("apply", { root })
          whole.push(before.ms + ms)
        }
        for (let round = 0; round < rounds + warmUp; round++) {
          raw.push((await worker.ask("raw", { url: server.url, resources: 1, round })).ms)
        }
        const [all, loop] = [median(whole.slice(warmUp)), median(raw.slice(warmUp))]
        const of = "one change, disk"
        return [
          { of, what: "its requests alone", value: loop, unit: "ms" },
          { of, what: "a whole apply", value: all, unit: "ms" },
          { of, what: "overhead", value: all - loop, unit: "ms", bar: 100 }
        ]
      }))
  } finally {
    server.stop()
  }
}
