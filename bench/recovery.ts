/**
 * A batch that is killed midway, and how soon the next process begins to take it back: reading the journal, settling
 * what was in doubt, deciding. The process is the command line from its bundle, as users start it. The horizon, which
 * is waited for on purpose, is taken off.
 */
import { spawn } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
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

const amends = join(import.meta.dirname, "..", "bin", "amends")

interface Recovered {
  /** From the start of the process to the first event of a compensation. */
  readonly firstMs: number
  readonly ms: number
  readonly peakMb: number
}

/** The most memory that a process had, where the system tells; megabytes. */
const peakOf = async (pid: number | undefined): Promise<number> => {
  const status = await readFile(`/proc/${pid ?? 0}/status`, "utf8").catch(() => "")
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1_024
}

const recover = (root: string): Promise<Recovered> =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(amends, ["recover", "--back", "--json"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] })
    let firstMs = Number.NaN
    let peak: Promise<number> = Promise.resolve(Number.NaN)
    child.stdout.on("data", (data: Buffer) => {
      if (!Number.isNaN(firstMs) && !data.includes("\"outcome\"")) return
      if (Number.isNaN(firstMs) && data.includes("\"compensate_start\"")) firstMs = performance.now() - started
      peak = peakOf(child.pid)
    })
    child.once("exit", (code) => {
      const ms = performance.now() - started
      if (code === 3) void peak.then((peakMb) => resolve({ firstMs, ms, peakMb }), reject)
      else reject(new Error(`the recovery ended with ${code ?? "a signal"}`))
    })
  })

/** Measures the recovery of a batch of so many steps. */
export const measureRecovery = async (steps: number): Promise<ReadonlyArray<Figure>> => {
  const server = await startServer()
  try {
    return await withWorkspace("tmpfs", server.url, async (root) => {
      await declare(root, steps, 0)
      await withWorker((worker) => worker.ask("apply", { root }))
      await declare(root, steps, 1)
      await killMidway(root, steps)
      const recovered = await recover(root)
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
