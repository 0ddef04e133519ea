/**
 * A batch of updates beside a raw loop that makes the same requests, in turns, each in a process of its own.
 *
 * The time of a batch is from the moment it is open until the state is closed again, checkpoint and all.
 */
import type { Applied } from "./engine.ts"
import { type Cost, type Figure, median, medianCost } from "./figures.ts"
import { startServer, withWorker, type Worker } from "./processes.ts"
import { declare, type Place, withWorkspace } from "./workspace.ts"

/** How much is measured. */
export interface Applying {
  readonly place: Place
  readonly resources: number
  readonly rounds: number
}

interface Measured {
  readonly raw: ReadonlyArray<Cost>
  readonly engine: ReadonlyArray<Applied>
}

/** Rounds that only warm up. */
const warmUp = 3

const alternate = async (
  { resources, rounds }: Applying,
  at: { readonly root: string; readonly url: string; readonly raw: Worker; readonly engine: Worker }
): Promise<Measured> => {
  const { root } = at
  const raw: Array<Cost> = []
  const engine: Array<Applied> = []
  await declare(root, resources, 0)
  await at.engine.ask("apply", { root })
  for (let round = 1; round <= rounds + warmUp; round++) {
    raw.push(await at.raw.ask("raw", { url: at.url, resources, round: -round }))
    await at.engine.ask("refresh", { root })
    await declare(root, resources, round)
    engine.push(await at.engine.ask("apply", { root }))
  }
  return { raw: raw.slice(warmUp), engine: engine.slice(warmUp) }
}

const figures = ({ place, resources }: Applying, { engine, raw }: Measured): ReadonlyArray<Figure> => {
  const [loop, batch] = [medianCost(raw), medianCost(engine)]
  const fastest = (costs: ReadonlyArray<Cost>) => Math.min(...costs.map(({ ms }) => ms))
  const of = `apply ${resources}, ${place}`
  const commits = median(engine.map((one) => one.commits))
  return [
    { of, what: "raw loop", value: loop.ms, unit: "ms" },
    { of, what: "batch", value: batch.ms, unit: "ms" },
    { of, what: "batch / raw loop", value: batch.ms / loop.ms, unit: "×", bar: place === "tmpfs" ? 1.5 : 2.5 },
    { of, what: "the fastest of each", value: fastest(engine) / fastest(raw), unit: "×" },
    { of, what: "CPU of the raw loop", value: loop.cpuMs * 1_000 / resources, unit: "µs a step" },
    {
      of,
      what: "CPU over the raw loop",
      value: (batch.cpuMs - loop.cpuMs) * 1_000 / resources,
      unit: "µs a step",
      bar: 100
    },
    { of, what: "overhead", value: (batch.ms - loop.ms) / resources, unit: "ms a step", bar: 2 },
    { of, what: "forced commits", value: commits / resources, unit: "a step" },
    { of, what: "forced commits", value: commits / median(engine.map(({ waves }) => waves)), unit: "a wave" }
  ]
}

/** Measures the apply of a batch. */
export const measureApply = async (applying: Applying): Promise<ReadonlyArray<Figure>> => {
  const server = await startServer()
  try {
    const measured = await withWorkspace(
      applying.place,
      server.url,
      (root) => withWorker((raw) => withWorker((engine) => alternate(applying, { root, url: server.url, raw, engine })))
    )
    return figures(applying, measured)
  } finally {
    server.stop()
  }
}
