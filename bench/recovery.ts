/**
 * A batch that is killed midway, and how soon the next process begins to take it back: reading the journal, settling
 * what was in doubt, deciding. The horizon, which is waited for on purpose, is taken off.
 */
import type { Figure } from "./figures.ts"
import { startServer, withWorker } from "./processes.ts"
import { declare, withWorkspace } from "./workspace.ts"

/** What the provider waits for requests that were lost; milliseconds. */
const horizonMs = 2_000

const killMidway = (root: string, steps: number): Promise<void> =>
  withWorker((worker) =>
    new Promise<void>((resolve, reject) => {
      worker.onNote(() => void worker.kill().then(resolve))
      worker.ask("apply", { root, noteEach: steps / 2 }).then(
        () => reject(new Error("the batch was over before it was killed")),
        () => {}
      )
    })
  )

/** Measures the recovery of a batch of so many steps. */
export const measureRecovery = async (steps: number): Promise<ReadonlyArray<Figure>> => {
  const server = await startServer()
  try {
    return await withWorkspace("tmpfs", server.url, async (root) => {
      await declare(root, steps, 0)
      await withWorker((worker) => worker.ask("apply", { root }))
      await declare(root, steps, 1)
      await killMidway(root, steps)
      const recovered = await withWorker((worker) => worker.ask("recover", { root }))
      const of = `recovery, ${steps} steps killed midway`
      return [
        {
          of,
          what: "first compensation after the process began, less the horizon",
          value: recovered.firstMs - horizonMs,
          unit: "ms",
          bar: 1_000
        },
        { of, what: "the whole way back", value: recovered.ms, unit: "ms" },
        { of, what: "peak memory", value: recovered.peakMb, unit: "MB" }
      ]
    })
  } finally {
    server.stop()
  }
}
