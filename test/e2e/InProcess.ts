/**
 * The verbs of app over a cell's files, state and server, in this process: as the CLI runs them, without its start.
 */
import { Effect } from "effect"
import { apply, type ApplyOptions } from "../../src/app/Apply.ts"
import { doctor } from "../../src/app/Doctor.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import { recover, type RecoverOptions } from "../../src/app/Recover.ts"
import type { AppServices } from "../../src/app/Session.ts"
import { type EngineEvent, Progress } from "../../src/executor/Progress.ts"
import { layerApp } from "../../src/main/Layers.ts"

/** A workspace and the server that serves it. */
export interface Served {
  readonly root: string
  readonly sandbox: { readonly url: string }
}

const environment = (cell: Served) => ({
  MONITORING_URL: cell.sandbox.url,
  MONITORING_CLIENT_ID: "sandbox",
  MONITORING_CLIENT_SECRET: "sandbox-secret"
})

const inCell = <A, E>(cell: Served, verb: Effect.Effect<A, E, AppServices>): Promise<A> =>
  Effect.runPromise(Effect.provide(verb, layerApp({ directory: cell.root, env: environment(cell) })))

const defaults: ApplyOptions = {
  plan: planDefaults,
  policies: {},
  allowIrreversible: false,
  autoRecover: false,
  leaseTimeoutMs: 0,
  actor: "tester",
  confirm: () => Effect.succeed(true)
}

/** Applies what is declared; `onEvent` hears what the engine tells. */
export const applyIn = (
  cell: Served,
  options: Partial<ApplyOptions> = {},
  onEvent: (event: EngineEvent) => void = () => {}
) => inCell(cell, Effect.provideService(apply({ ...defaults, ...options }), Progress, { publish: onEvent }))

/** The ids of the steps that a plan of what is declared has. */
export const stepsIn = async (cell: Served): Promise<ReadonlyArray<string>> =>
  (await inCell(cell, planBatch(planDefaults))).plan.steps.map(({ action, id }) => `${action} ${id}`)

/** Recovers what is unfinished. */
export const recoverIn = (cell: Served, options: Partial<RecoverOptions> = {}) =>
  inCell(
    cell,
    recover({
      direction: "auto",
      choices: [],
      abandon: false,
      leaseTimeoutMs: 0,
      actor: "tester",
      ...options
    })
  )

/** What the doctor finds. */
export const findingsIn = (cell: Served) => inCell(cell, doctor)
