/**
 * A workspace for a program: the services that the verbs need, as a layer, and the verbs as promises.
 *
 * Nothing is read before a verb is called, and each verb opens and closes the state. A batch that failed and was
 * compensated is a value, not an exception: promises reject with an `AppError` only, which `failureOf` puts into words.
 */
import { Deferred, Effect, Layer } from "effect"
import { ActingAs } from "../app/ActingAs.ts"
import { EngineVersion } from "../app/EngineVersion.ts"
import type { AppServices, PlannedBatch } from "../app/PlanBatch.ts"
import { type EngineEvent, Progress, requestStop, Stopping, type StopSignal } from "../app/Progress.ts"
import type * as Asking from "../app/Requests.ts"
import { unshown } from "../app/Unshown.ts"
import * as Verbs from "../app/Verbs.ts"
import { type Warning, Warnings } from "../app/Warnings.ts"
import { configOf, type Environment } from "./Config.ts"
import { layerApp, version } from "./Layers.ts"

export { readAnswers } from "../app/files/ReadAnswers.ts"

/** Where a workspace is, and who works on it. */
export interface OpenOptions {
  /** The directory of `amends.yaml`, or one below it. */
  readonly directory: string
  /** The file that stands for `amends.yaml`. */
  readonly config?: string
  /** Where `${env.X}` and AMENDS_KEY come from; the environment of the process unless given. */
  readonly env?: Environment
  /** Who asks, for the journal and the audit trail; user@host unless given. */
  readonly actor?: string
  /** Why, where a verb is not given a reason of its own. */
  readonly reason?: string
  /** Told what happens while a verb works. */
  readonly onEvent?: (event: EngineEvent) => void
  /** Told what went wrong beside the work, such as a notification that was not delivered. */
  readonly onWarning?: (warning: Warning) => void
}

/** The services that the verbs need, over one workspace. */
export const layerWorkspace = (options: OpenOptions): Layer.Layer<AppServices> => {
  const { actor: configured, env, keyText } = configOf(options.env ?? process.env)
  const { actor = configured, config, directory, onEvent = () => {}, onWarning = () => {}, reason } = options
  const operator = { actor, ...(reason === undefined ? {} : { reason }) }
  return Layer.mergeAll(
    layerApp({
      directory,
      env,
      ...(config === undefined ? {} : { config }),
      ...(keyText === undefined ? {} : { keyText })
    }),
    Layer.succeed(ActingAs)(() => operator),
    Layer.succeed(EngineVersion)(version),
    Layer.succeed(Progress)({ publish: onEvent }),
    Layer.succeed(Warnings)({ warn: onWarning })
  )
}

/** What a program decides while a verb works. */
interface Deciding {
  /** Sees the plan and says whether to go on; yes unless given. */
  readonly confirm?: (planned: PlannedBatch) => boolean | Promise<boolean>
  /** Aborting starts nothing new, then takes back (or keeps) what was applied; the promise tells the outcome. */
  readonly signal?: AbortSignal
}

type Promised<Request> = Omit<Request, "confirm" | "onPlan" | "onReport" | "onRecovered"> & Deciding

/** An apply as a program asks for it. */
export type ApplyCall = Promised<Asking.ApplyRequest>

/** A rollback as a program asks for it. */
export type RollbackCall = Promised<Asking.RollbackRequest>

/** A restoring as a program asks for it. */
export type RestoreCall = Promised<Asking.RestoreRequest>

/** A verb that answers with a promise. */
type AsPromise<F> = F extends (...words: infer Words) => Effect.Effect<infer A, infer _E, infer _R>
  ? (...words: Words) => Promise<A>
  : never

/** What each verb does, and what its dry run is, is told where the Effects are. */
type Named = "plan" | "recover" | "rehearse" | "rollbackDryRun" | "drift" | "acceptDrift" | "sync"
type NamedLooks = "history" | "batches" | "show" | "diff" | "auditList" | "auditVerify" | "auditExport"

/** A workspace whose verbs are promises. */
export interface OpenWorkspace extends Readonly<{ [V in Named | NamedLooks]: AsPromise<typeof Verbs[V]> }> {
  readonly apply: (call?: ApplyCall) => ReturnType<AsPromise<typeof Verbs.apply>>
  readonly rollback: (
    what: Parameters<typeof Verbs.rollback>[0],
    call?: RollbackCall
  ) => ReturnType<AsPromise<typeof Verbs.rollback>>
  readonly restoreDrift: (
    addresses: ReadonlyArray<string>,
    call?: RestoreCall
  ) => ReturnType<AsPromise<typeof Verbs.restoreDrift>>
}

/** The signal of the program as the engine's wish to stop, while something runs: a signal may outlive many verbs. */
const stoppingOn = async <A>(signal: AbortSignal | undefined, run: (stop: StopSignal) => Promise<A>): Promise<A> => {
  const stop: StopSignal = { requested: Deferred.makeUnsafe<string>() }
  const ask = () => void Effect.runSync(requestStop(stop, "the program asked to stop"))
  if (signal?.aborted === true) ask()
  else signal?.addEventListener("abort", ask, { once: true })
  return run(stop).finally(() => signal?.removeEventListener("abort", ask))
}

const confirming = ({ confirm }: Deciding) => ({
  confirm: (planned: PlannedBatch) =>
    Effect.promise(async () => confirm === undefined || await confirm(unshown(planned)))
})

/** Opens a workspace for a program. */
export const openWorkspace = (options: OpenOptions): OpenWorkspace => {
  const layer = layerWorkspace(options)
  const run = <A>(verb: Verbs.Verb<A>, signal?: AbortSignal) =>
    stoppingOn(signal, (stop) => Effect.runPromise(Effect.provideService(Effect.provide(verb, layer), Stopping, stop)))
  const promised =
    <Words extends ReadonlyArray<unknown>, A>(verb: (...words: Words) => Verbs.Verb<A>) => (...words: Words) =>
      run(verb(...words))
  return {
    plan: promised(Verbs.plan),
    apply: ({ signal, ...call } = {}) => run(Verbs.apply({ ...call, ...confirming(call) }), signal),
    recover: promised(Verbs.recover),
    rehearse: promised(Verbs.rehearse),
    rollback: (what, { signal, ...call } = {}) => run(Verbs.rollback(what, { ...call, ...confirming(call) }), signal),
    rollbackDryRun: promised(Verbs.rollbackDryRun),
    drift: promised(Verbs.drift),
    acceptDrift: promised(Verbs.acceptDrift),
    restoreDrift: (addresses, { signal, ...call } = {}) =>
      run(Verbs.restoreDrift(addresses, { ...call, ...confirming(call) }), signal),
    sync: promised(Verbs.sync),
    history: promised(Verbs.history),
    batches: promised(Verbs.batches),
    show: promised(Verbs.show),
    diff: promised(Verbs.diff),
    auditList: promised(Verbs.auditList),
    auditVerify: promised(Verbs.auditVerify),
    auditExport: promised(Verbs.auditExport)
  }
}
