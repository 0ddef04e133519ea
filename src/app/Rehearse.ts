/**
 * Rehearses a recovery: what `recover` would find, send and come to, in either direction, without doing it.
 *
 * Nothing is written, neither remotely nor to the state, and no lease is taken: a batch that is under way is refused,
 * because what is read of it has changed the moment it is shown. Only the newest unfinished batch is rehearsed; an
 * older one rests on what becomes of it.
 */
import { Effect, Result, type Scope } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import { Progress } from "../executor/Progress.ts"
import { type Rehearsal, rehearse as rehearseBatch } from "../executor/Rehearsal.ts"
import { threeWay } from "../merge/Structure.ts"
import { makeRegistry, type ProviderFactory, type Registry } from "../providers/Registry.ts"
import { Journal } from "../state/Journal.ts"
import { Leases } from "../state/Leases.ts"
import { StateError } from "../state/StateError.ts"
import { openedIn } from "./BatchView.ts"
import type { AppError } from "./Failure.ts"
import { engineOptions, type RecoverOptions, thawed, wantedBatches } from "./Recover.ts"
import { notRecovered } from "./RecoverRefusals.ts"
import { type AppServices, overSettings } from "./Session.ts"
import type { StateServices } from "./StateAccess.ts"
import type { Workspace, WorkspaceSettings } from "./Workspace.ts"

export type { RehearsedRequest } from "../executor/Rehearsal.ts"

/** What is to be rehearsed: a recovery with these options. */
export type RehearseOptions = Omit<RecoverOptions, "leaseTimeoutMs">

/** One way to finish a batch. */
export interface Way extends Rehearsal {
  /** The flags of `recover` that take it. */
  readonly flags: ReadonlyArray<"--forward" | "--back" | "--abandon">
}

/** What a rehearsal came to; absent where nothing is unfinished. */
export interface Rehearsed {
  readonly batch: BatchSummary
  /** What `recover` would do as it was asked, then the other direction where that is open. */
  readonly ways: ReadonlyArray<Way>
  /** Unfinished batches that were not rehearsed. */
  readonly others: ReadonlyArray<BatchSummary>
}

type Services = StateServices | Workspace | ProviderFactory | Scope.Scope

const refuseUnderWay = Effect.fnUntraced(function*(): Effect.fn.Return<void, StateError, Leases> {
  const lease = yield* (yield* Leases).show
  if (lease === undefined || lease.leftMs <= 0 || lease.ownerAlive === "dead") return
  return yield* new StateError({
    reason: "Held",
    operation: "rehearse",
    detail: `${lease.owner} holds the lease: the batch may be under way`,
    hint: "Wait until it is over; see `amends status`."
  })
})

/** The horizon was waited out by the first rehearsal: nothing can land any more. */
const landed = ({ providers }: Registry): Registry =>
  makeRegistry(providers.map((provider) => ({ ...provider, horizonMs: 0 })))

const flagsOf = ({ abandon, direction }: Pick<RehearseOptions, "abandon" | "direction">): Way["flags"] =>
  abandon ? ["--abandon"] : direction === "auto" ? [] : [`--${direction}`]

const opposite = ({ report, to }: Way): "forward" | "back" | undefined =>
  report.outcome === "abandoned" ? undefined : to === "back" ? "forward" : "back"

const rehearseOne = Effect.fnUntraced(function*(
  settings: WorkspaceSettings,
  batch: BatchSummary,
  options: RehearseOptions
): Effect.fn.Return<ReadonlyArray<Way>, AppError, Services> {
  const entries = yield* (yield* Journal).toFold(batch.id)
  const opened = openedIn(entries)
  if (opened === undefined) return []
  const registry = yield* thawed(settings, opened)
  const wanted = yield* engineOptions(options)
  const request = { batch: batch.id, registry, threeWay, entries, options: wanted }
  const first = yield* rehearseBatch(request)
  if (Result.isFailure(first)) return yield* notRecovered(batch.id, first.failure)
  const asked: Way = { ...first.success, flags: flagsOf(options) }
  const direction = opposite(asked)
  if (options.direction !== "auto" || direction === undefined) return [asked]
  const again = { ...request, registry: landed(registry), options: { ...wanted, direction } }
  // What is read is told once.
  const second = yield* Effect.provideService(rehearseBatch(again), Progress, { publish: () => {} })
  return Result.isFailure(second) ? [asked] : [asked, { ...second.success, flags: [`--${direction}`] }]
})

const rehearseIn = Effect.fn("Rehearse.rehearseIn")(function*(
  settings: WorkspaceSettings,
  options: RehearseOptions
): Effect.fn.Return<Rehearsed | undefined, AppError, Services> {
  yield* engineOptions(options)
  const [batch, ...others] = yield* wantedBatches(options)
  if (batch === undefined) return undefined
  yield* refuseUnderWay()
  return { batch, ways: yield* rehearseOne(settings, batch, options), others }
})

/** Rehearses the recovery of the newest unfinished batch, or of the named one. */
export const rehearse = (options: RehearseOptions): Effect.Effect<Rehearsed | undefined, AppError, AppServices> =>
  Effect.scoped(overSettings("read", (settings) => rehearseIn(settings, options)))
