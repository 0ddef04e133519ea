/**
 * The engine at work in this process, as a program would use it, with its commits counted.
 */
import { Effect, Layer } from "effect"
import { join } from "node:path"
import { apply, type ApplyOptions } from "../src/app/Apply.ts"
import { type AppServices, planDefaults } from "../src/app/PlanBatch.ts"
import { StateAccess } from "../src/app/StateAccess.ts"
import { type EngineEvent, Progress } from "../src/index.ts"
import { layerApp } from "../src/main/Layers.ts"
import { layerSqlite } from "../src/state/sqlite/Sqlite.ts"
import { holds, type Job } from "../src/state/storage/Job.ts"
import type { Store } from "../src/state/storage/Store.ts"
import { type Cost, costSince, peakMb } from "./figures.ts"

/** Which workspace. */
export interface In {
  readonly root: string
}

/** What an apply took, from the opened batch until the state is closed. */
export interface Applied extends Cost {
  readonly steps: number
  /** What came before: reading files, state and remote, planning, opening the batch. */
  readonly before: Cost
  /** Forced commits of the batch but for the one that ends it, and those of them that held an intent. */
  readonly commits: number
  readonly waves: number
  readonly peakMb: number
}

interface Counts {
  commits: number
  waves: number
}

const holdsIntent = (jobs: ReadonlyArray<Job>): boolean =>
  jobs.some((job) => holds(job, "intended") || holds(job, "undo-intended"))

const counted = (counts: Counts) => (store: Store): Store => ({
  ...store,
  commit: (jobs) => {
    if (!jobs.some(({ work }) => work._tag === "end")) counts.commits += 1
    if (holdsIntent(jobs)) counts.waves += 1
    return store.commit(jobs)
  }
})

const countedState = (counts: Counts) =>
  Layer.succeed(StateAccess)(StateAccess.of({
    open: ({ stateFile }, use) =>
      Layer.build(layerSqlite({ stateFile, create: use !== "read", through: counted(counts) }))
  }))

const options: ApplyOptions = {
  plan: planDefaults,
  policies: {},
  allowIrreversible: false,
  autoRecover: false,
  leaseTimeoutMs: 0,
  actor: "bench",
  confirm: () => Effect.succeed(true)
}

const run = <A, E>(
  { root }: In,
  verb: Effect.Effect<A, E, AppServices>,
  told: { readonly counts: Counts; readonly publish: (event: EngineEvent) => void }
): Promise<A> =>
  Effect.runPromise(verb.pipe(
    Effect.provide(Layer.mergeAll(layerApp({ directory: root, env: {} }), countedState(told.counts))),
    Effect.provideService(Progress, { publish: told.publish })
  ))

const note = (text: string): void => void process.send?.({ note: text })

const quiet = () => ({ counts: { commits: 0, waves: 0 }, publish: () => {} })

/** Applies what is declared; notes the number of applied steps at each `noteEach`. */
export const applyIn = async ({ noteEach = 0, root }: In & { readonly noteEach?: number }): Promise<Applied> => {
  const counts = { commits: 0, waves: 0 }
  const began = costSince()
  let before = began()
  let since = began
  let steps = 0
  const result = await run({ root }, apply(options), {
    counts,
    publish: ({ _tag }) => {
      if (_tag === "apply_complete") {
        steps += 1
        if (noteEach > 0 && steps % noteEach === 0) note(String(steps))
      }
      if (_tag !== "batch_opened") return
      before = began()
      counts.commits = counts.waves = 0
      since = costSince()
    }
  })
  if (result._tag !== "ran" || result.report.outcome !== "committed") throw new Error("a batch did not commit")
  return { ...since(), ...counts, steps, before, peakMb: peakMb() }
}

/** Takes over what is there, so that what a raw loop wrote is nobody else's edit. */
export const refreshIn = async ({ root }: In): Promise<void> => {
  await run({ root }, apply({ ...options, plan: { ...planDefaults, refreshOnly: true } }), quiet())
}

/** Plans and applies where there is nothing to do. */
export const planTime = async ({ root }: In): Promise<Cost & { readonly peakMb: number }> => {
  const since = costSince()
  const result = await run({ root }, apply(options), quiet())
  if (result._tag !== "nothing") throw new Error("there was something to do")
  return { ...since(), peakMb: peakMb() }
}

/** The file of the state in a workspace. */
export const stateFileIn = (root: string): string => join(root, ".amends", "state.db")
