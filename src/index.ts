/**
 * The library: plan, apply and recover a workspace from a program.
 *
 * `openWorkspace` gives promises; the verbs themselves are Effects over `layerApp`. A batch that failed and was
 * compensated is a value, not an exception: promises reject only with an `AppError`, which `failureOf` puts into words.
 */
import { Deferred, Effect } from "effect"
import { apply, type ApplyOptions, type ApplyResult } from "./app/Apply.ts"
import { EngineVersion } from "./app/EngineVersion.ts"
import type { AppError } from "./app/Failure.ts"
import { type AppServices, planBatch, planDefaults, type PlannedBatch, type PlanOptions } from "./app/PlanBatch.ts"
import { type EngineEvent, Progress, requestStop, Stopping, type StopSignal } from "./app/Progress.ts"
import { recover, type RecoverOptions, type RecoverResult } from "./app/Recover.ts"
import { rehearse, type Rehearsed, type RehearseOptions } from "./app/Rehearse.ts"
import { rollback, rollbackDryRun, type RollbackOptions, type RollbackResult } from "./app/Rollback.ts"
import type { RollbackPlan, Settling } from "./app/RollbackPlan.ts"
import type { RollbackWhat } from "./app/RollbackWhat.ts"
import { type Warning, Warnings } from "./app/Warnings.ts"
import { configOf, type Environment } from "./main/Config.ts"
import { type AppOptions, layerApp, version } from "./main/Layers.ts"

export { apply, type ApplyOptions, type ApplyResult, exitCodeOfApply } from "./app/Apply.ts"
export { type AppError, type Failure, failureOf, Halted, Refusal } from "./app/Failure.ts"
export {
  type AppServices,
  changesAnything,
  planBatch as plan,
  planDefaults,
  type PlannedBatch,
  type PlanOptions
} from "./app/PlanBatch.ts"
export { type EngineEvent, Progress, requestStop, Stopping } from "./app/Progress.ts"
export { choiceText, recover, type RecoverOptions, type RecoverResult } from "./app/Recover.ts"
export { rehearse, type Rehearsed, type RehearsedRequest, type RehearseOptions, type Way } from "./app/Rehearse.ts"
export {
  exitCodeOfRollback,
  rollback,
  rollbackDryRun,
  type RollbackOptions,
  type RollbackResult
} from "./app/Rollback.ts"
export { readAnswers } from "./app/RollbackAnswers.ts"
export type { RollbackPlan, Settling } from "./app/RollbackPlan.ts"
export { isBlocking, type RollbackConflict, type RollbackItem, type RollbackReport } from "./app/RollbackReport.ts"
export type { RollbackWhat } from "./app/RollbackWhat.ts"
export { shown } from "./app/Shown.ts"
export { type Warning, Warnings } from "./app/Warnings.ts"
export type { Plan, PlannedChange, Step } from "./domain/Plan.ts"
export type { BatchReport, FailedStep, StuckStep } from "./executor/Report.ts"
export { type AppOptions, layerApp } from "./main/Layers.ts"

/** Where a workspace is, and who works on it. */
export interface OpenOptions {
  /** The directory of `amends.yaml`, or one below it. */
  readonly directory: string
  /** The file that stands for `amends.yaml`. */
  readonly config?: string
  /** Where `${env.X}` and AMENDS_KEY come from; the environment of the process unless given. */
  readonly env?: Environment
  /** Who asks, for the journal; user@host unless given. */
  readonly actor?: string
  /** Told what happens while a verb works. */
  readonly onEvent?: (event: EngineEvent) => void
  /** Told what went wrong beside the work, such as a notification that was not delivered. */
  readonly onWarning?: (warning: Warning) => void
}

/** An apply as a program asks for it: everything has a default, and nothing is asked. */
export type ApplyRequest = Partial<Omit<ApplyOptions, "plan" | "confirm" | "onPlan" | "actor">> & {
  readonly plan?: Partial<PlanOptions>
  /** Sees the plan and says whether to go on; yes unless given. */
  readonly confirm?: (planned: PlannedBatch) => boolean | Promise<boolean>
  /** Aborting starts nothing new, then takes back (or keeps) what was applied; the promise tells the outcome. */
  readonly signal?: AbortSignal
}

/** A rollback as a program asks for it: everything but what it is about has a default, and nothing is asked. */
export type RollbackRequest = Partial<Omit<RollbackOptions, "what" | "confirm" | "onPlan" | "onReport" | "actor">> & {
  /** Sees the plan and says whether to go on; yes unless given. */
  readonly confirm?: (planned: PlannedBatch) => boolean | Promise<boolean>
  /** Aborting starts nothing new, then takes back (or keeps) what was applied; the promise tells the outcome. */
  readonly signal?: AbortSignal
}

/** A workspace whose verbs are promises. */
export interface OpenWorkspace {
  readonly plan: (options?: Partial<PlanOptions>) => Promise<PlannedBatch>
  readonly apply: (request?: ApplyRequest) => Promise<ApplyResult>
  readonly recover: (options?: Partial<Omit<RecoverOptions, "actor">>) => Promise<RecoverResult>
  /** Takes a batch, or changes of a resource, back. Open conflicts are a value: nothing was written then. */
  readonly rollback: (what: RollbackWhat, request?: RollbackRequest) => Promise<RollbackResult>
  /** What a rollback would do and what stands in its way; nothing is written. */
  readonly rollbackDryRun: (what: RollbackWhat, settling?: Partial<Settling>) => Promise<RollbackPlan>
  /** What a recovery would send and come to, in either direction; nothing is written. */
  readonly rehearse: (options?: Partial<Omit<RehearseOptions, "actor">>) => Promise<Rehearsed | undefined>
}

const appOptions = ({ config, directory }: OpenOptions, env: Environment, keyText: string | undefined): AppOptions => ({
  directory,
  env,
  ...(config === undefined ? {} : { config }),
  ...(keyText === undefined ? {} : { keyText })
})

/** The signal of the program as the engine's wish to stop. */
const stopOn = (signal: AbortSignal | undefined): StopSignal => {
  const stop: StopSignal = { requested: Deferred.makeUnsafe<string>() }
  const ask = () => void Effect.runSync(requestStop(stop, "the program asked to stop"))
  if (signal?.aborted === true) ask()
  else signal?.addEventListener("abort", ask, { once: true })
  return stop
}

const applyOptions = (request: ApplyRequest, actor: string): ApplyOptions => {
  const { confirm, plan, signal: _, ...rest } = request
  return {
    policies: {},
    allowIrreversible: false,
    autoRecover: false,
    leaseTimeoutMs: 0,
    ...rest,
    plan: { ...planDefaults, ...plan },
    actor,
    confirm: (planned) => Effect.promise(async () => confirm === undefined || await confirm(planned))
  }
}

const settlingDefaults: Settling = { strategy: "stop", answers: new Map() }

const rollbackOptions = (what: RollbackWhat, request: RollbackRequest, actor: string): RollbackOptions => {
  const { confirm, signal: _, ...rest } = request
  return {
    what,
    ...settlingDefaults,
    policies: {},
    allowIrreversible: false,
    leaseTimeoutMs: 0,
    ...rest,
    actor,
    confirm: (planned) => Effect.promise(async () => confirm === undefined || await confirm(planned))
  }
}

const recoverDefaults = { direction: "auto", choices: [], abandon: false } as const

/** Opens a workspace for a program. Nothing is read before a verb is called; each verb opens and closes the state. */
export const openWorkspace = (options: OpenOptions): OpenWorkspace => {
  const { actor: configured, env, keyText } = configOf(options.env ?? process.env)
  const actor = options.actor ?? configured
  const layer = layerApp(appOptions(options, env, keyText))
  const run = <A>(verb: Effect.Effect<A, AppError, AppServices>, signal?: AbortSignal): Promise<A> =>
    Effect.runPromise(verb.pipe(
      Effect.provide(layer),
      Effect.provideService(EngineVersion, version),
      Effect.provideService(Progress, { publish: options.onEvent ?? (() => {}) }),
      Effect.provideService(Warnings, { warn: options.onWarning ?? (() => {}) }),
      Effect.provideService(Stopping, stopOn(signal))
    ))
  return {
    plan: (wanted) => run(planBatch({ ...planDefaults, ...wanted })),
    apply: (request = {}) => run(apply(applyOptions(request, actor)), request.signal),
    rollback: (what, request = {}) => run(rollback(rollbackOptions(what, request, actor)), request.signal),
    rollbackDryRun: (what, settling) => run(rollbackDryRun({ what, ...settlingDefaults, ...settling })),
    recover: (wanted) => run(recover({ ...recoverDefaults, leaseTimeoutMs: 0, ...wanted, actor })),
    rehearse: (wanted) => run(rehearse({ ...recoverDefaults, ...wanted, actor }))
  }
}
