/**
 * Carries a plan out under the lease: shows it, refuses what it may not do, asks, and runs it as one batch.
 *
 * Every verb that changes resources ends here, whatever its plan was made of. Refusals come before the first write.
 */
import { Effect } from "effect"
import type { BatchId, Digest } from "../domain/Ids.ts"
import type { BatchReport } from "../executor/Report.ts"
import { refuseConflicts, refuseIrreversible } from "./ApplyRefusals.ts"
import type { AppError } from "./Failure.ts"
import type { Held } from "./Holding.ts"
import { refuseStopped } from "./Interrupted.ts"
import { writeMoves } from "./Move.ts"
import { changesAnything, type PlannedBatch } from "./PlanBatch.ts"
import { pruneQuietly } from "./Prune.ts"
import { refreshHeads, type Running, runPlan } from "./RunPlan.ts"
import type { StateServices } from "./StateAccess.ts"
import type { BatchListener } from "./Telemetry.ts"

/** How a plan is carried out, and by whom. */
export interface CarryOutOptions {
  /** The caller's name of the batch: asking again with the same content answers what came of it. */
  readonly batchKey?: string
  /** Consent to steps that cannot be taken back. */
  readonly allowIrreversible: boolean
  readonly actor: string
  readonly reason?: string
  /** Asked once, when there is something to write. */
  readonly confirm: (planned: PlannedBatch) => Effect.Effect<boolean, AppError>
  /** Shown every plan before anything comes of it, also one that is refused. */
  readonly onPlan?: (planned: PlannedBatch) => Effect.Effect<void, AppError>
}

/** What a plan came to. */
export type CarriedOut =
  /** `nothing` to write remotely; `declined` by the user. */
  | { readonly _tag: "nothing" | "declined"; readonly planned: PlannedBatch }
  | { readonly _tag: "ran"; readonly planned: PlannedBatch; readonly report: BatchReport }

/** The batch that a plan becomes, and the lease that it is run under. */
export interface Standing {
  readonly batch: BatchId
  readonly lease: Held
  /** Digest of what was asked for, for the batch key. */
  readonly content: Digest
}

const runningOf = ({ actor, batchKey, reason }: CarryOutOptions, planned: PlannedBatch, content: Digest): Running => {
  const { plan, registry, settings } = planned
  return {
    plan,
    registry,
    settings,
    policies: settings.policies,
    content,
    actor,
    ...(batchKey === undefined ? {} : { batchKey }),
    ...(reason === undefined ? {} : { reason })
  }
}

/** Carries out a plan. */
export const carryOut = Effect.fn("CarryOut.carryOut")(function*(
  planned: PlannedBatch,
  options: CarryOutOptions,
  { batch, content, lease }: Standing
): Effect.fn.Return<CarriedOut, AppError, StateServices | BatchListener> {
  if (options.onPlan !== undefined) yield* options.onPlan(planned)
  const running = runningOf(options, planned, content)
  const { moves = [], plan } = planned
  if (!changesAnything(plan)) {
    yield* writeMoves(moves, lease, options)
    yield* refreshHeads(running, lease)
    return { _tag: "nothing", planned }
  }
  yield* refuseConflicts(plan)
  yield* refuseIrreversible(plan, options.allowIrreversible ? "given" : "not given")
  if (!(yield* options.confirm(planned))) return { _tag: "declined", planned }
  yield* refuseStopped
  yield* writeMoves(moves, lease, options)
  const report = yield* runPlan(running, batch, lease)
  yield* pruneQuietly(planned.settings, lease)
  return { _tag: "ran", planned, report }
})
