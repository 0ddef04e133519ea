/**
 * Recovers: finishes unfinished batches from their journals, newest first, with the configuration they froze.
 *
 * It needs `amends.yaml` (to find the state) and the environment, never the resource files. It stops at a batch that
 * stays stuck, because an older one may rest on what that one still holds.
 */
import { Effect, Result, type Scope } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { Opened } from "../domain/Entry.ts"
import type { Address } from "../domain/Ids.ts"
import { addressesIn } from "../domain/Plan.ts"
import { recover as recoverBatch, type RecoverOptions as EngineOptions } from "../executor/Recovery.ts"
import type { BatchReport } from "../executor/Report.ts"
import { threeWay } from "../merge/Structure.ts"
import type { ProviderFactory, Registry } from "../providers/Registry.ts"
import { Journal } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { readChoices } from "./Choosing.ts"
import { type AppError, Halted, Refusal } from "./Failure.ts"
import { type Held, holding } from "./Holding.ts"
import { notifying } from "./Notifying.ts"
import { Progress } from "./Progress.ts"
import { notRecovered } from "./RecoverRefusals.ts"
import { lifeOf } from "./RunPlan.ts"
import { type AppServices, overSettings, providersOf } from "./Session.ts"
import type { StateServices } from "./StateAccess.ts"
import { type BatchListener, watchedBatch } from "./Telemetry.ts"
import { Workspace, type WorkspaceSettings } from "./Workspace.ts"

export { choiceText } from "./Choosing.ts"

/** What a recovery is asked to do. */
export interface RecoverOptions {
  /** The one batch to finish; all unfinished ones when left out. */
  readonly batch?: string
  readonly direction: "auto" | "forward" | "back"
  /** As typed: `ADDR=CHOICE`, or `ADDR=CHOICE@DIGEST` as `choiceText` renders it. They are for the newest batch. */
  readonly choices: ReadonlyArray<string>
  readonly abandon: boolean
  readonly leaseTimeoutMs: number
  readonly actor: string
  readonly note?: string
}

/** What a recovery came to. */
export interface RecoverResult {
  /** One for each batch that was taken on, newest first; empty when there was nothing to do. */
  readonly reports: ReadonlyArray<BatchReport>
  /** Batches that are still not over. */
  readonly unfinished: ReadonlyArray<BatchSummary>
  /** What the batches that were taken on are about. */
  readonly addresses: ReadonlyArray<Address>
}

type Services = StateServices | Workspace | ProviderFactory | BatchListener | Scope.Scope

/** The providers as the batch froze them, with today's environment. */
export const thawed = Effect.fnUntraced(function*(settings: WorkspaceSettings, opened: Opened) {
  const { providers, secrets } = yield* (yield* Workspace).thaw(opened.providers)
  const { learn } = yield* Sealer
  learn(secrets)
  return yield* providersOf(settings, providers)
})

/** What the engine is asked to do. */
export const engineOptions = Effect.fnUntraced(function*(
  options: Omit<RecoverOptions, "leaseTimeoutMs">
): Effect.fn.Return<EngineOptions, Refusal> {
  const { abandon, actor, direction, note } = options
  const choices = yield* readChoices(options.choices)
  return { direction, choices, abandon, actor, ...(note === undefined ? {} : { note }) }
})

/** Once the batch is taken on, an error of the state leaves it unfinished still. */
const halting = (batch: string) => (cause: StateError): Halted => new Halted({ batch, cause })

/** What the killed process left beside its resources goes first; where it cannot, the recovery goes on. */
const tidied = ({ providers }: Registry): Effect.Effect<void> =>
  Effect.forEach(providers, ({ tidy }) => Effect.ignore(tidy ?? Effect.void), { discard: true })

/** One batch that was taken on. */
interface Recovered {
  readonly report: BatchReport
  readonly addresses: ReadonlyArray<Address>
}

const recoverOne = Effect.fnUntraced(function*(
  settings: WorkspaceSettings,
  { id, steps }: BatchSummary,
  options: RecoverOptions
): Effect.fn.Return<Recovered | undefined, AppError, Services> {
  const journal = yield* Journal
  const opened = yield* journal.opened(id)
  if (opened === undefined) return undefined
  const registry = yield* thawed(settings, opened)
  const wanted = yield* engineOptions(options)
  const finish = Effect.fnUntraced(function*(lease: Held) {
    // Somebody may have finished it while the lease was waited for.
    if (!(yield* journal.unfinished).some((one) => one.id === id)) return undefined
    const entries = yield* journal.toFold(id)
    yield* tidied(registry)
    const previousOwner = lease.previous === undefined ? {} : { previousOwner: lease.previous }
    const request = { batch: id, lease, registry, threeWay, entries, ...previousOwner, options: wanted }
    const { publish } = yield* Progress
    publish({ _tag: "recover_start", batch: id })
    const recovered = recoverBatch(request).pipe(
      Effect.tap((ended) => {
        if (Result.isSuccess(ended)) publish({ _tag: "recover_complete", batch: id, outcome: ended.success.outcome })
        return Effect.void
      }),
      Effect.mapError(halting(id))
    )
    const { actor, reason } = opened
    const why = reason === undefined ? {} : { reason }
    const watched = { batch: id, steps, recovers: true, actor, ...why, recoveredBy: options.actor }
    return yield* watchedBatch(watched, recovered, Result.getOrUndefined)
  })
  const how = { lifeMs: lifeOf(registry, opened.policies), timeoutMs: options.leaseTimeoutMs }
  const finished = yield* holding(how, finish)
  if (finished === undefined) return undefined
  if (Result.isFailure(finished)) return yield* notRecovered(id, finished.failure)
  return { report: finished.success, addresses: [...addressesIn(opened.plan)] }
})

/** The unfinished batches that are meant, newest first. */
export const wantedBatches = Effect.fnUntraced(function*(
  options: Pick<RecoverOptions, "batch">
): Effect.fn.Return<ReadonlyArray<BatchSummary>, StateError | Refusal, Journal> {
  const { batches, unfinished } = yield* Journal
  const open = yield* unfinished
  if (options.batch === undefined) return open
  const named = open.filter(({ id }) => id === options.batch)
  if (named.length > 0 || (yield* batches).some(({ id }) => id === options.batch)) return named
  return yield* new Refusal({
    reason: "NotFound",
    summary: "there is no such batch",
    detail: `no batch is called ${options.batch}`,
    hint: "see: amends batches"
  })
})

/** Finishes unfinished batches; the state is open already. */
export const recoverIn = Effect.fn("Recover.recoverIn")(function*(
  settings: WorkspaceSettings,
  options: RecoverOptions
): Effect.fn.Return<RecoverResult, AppError, Services> {
  // What cannot be meant is refused also where nothing is to be chosen.
  yield* readChoices(options.choices)
  const taken: Array<Recovered> = []
  for (const summary of yield* wantedBatches(options)) {
    const one = yield* recoverOne(settings, summary, taken.length === 0 ? options : { ...options, choices: [] })
    if (one !== undefined) taken.push(one)
    if (one?.report.outcome === "stuck") break
  }
  return {
    reports: taken.map(({ report }) => report),
    unfinished: yield* (yield* Journal).unfinished,
    addresses: [...new Set(taken.flatMap(({ addresses }) => addresses))]
  }
})

/** Finishes unfinished batches. */
export const recover = (options: RecoverOptions): Effect.Effect<RecoverResult, AppError, AppServices> =>
  Effect.scoped(overSettings("write", (settings) => notifying(settings, recoverIn(settings, options))))
