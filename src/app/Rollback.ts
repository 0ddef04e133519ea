/**
 * Rolls back: takes a batch, or changes of one resource, back and keeps what came after; as a batch like any other, so
 * that it is compensated when it fails, recovered when it is killed, and taken back itself the same way.
 *
 * Conflicts come first and are a value: nothing is written while a critical one is open. The dry run does all of this
 * but the writing. The resource files are not read.
 */
import { Effect } from "effect"
import type { Policies } from "../domain/Entry.ts"
import type { BatchReport } from "../executor/Report.ts"
import { Sealer } from "../state/Sealer.ts"
import { refuseUnfinished } from "./ApplyRefusals.ts"
import { carryOut, type CarryOutOptions } from "./CarryOut.ts"
import { type AppError, exitCodeOfReport, failureOfBlocked } from "./Failure.ts"
import { holding } from "./Holding.ts"
import { notifying } from "./Notifying.ts"
import type { PlannedBatch } from "./PlanBatch.ts"
import { planRollback, type RollbackPlan, type Settling } from "./RollbackPlan.ts"
import { isBlocking, type RollbackReport } from "./RollbackReport.ts"
import type { RollbackWhat } from "./RollbackWhat.ts"
import { lifeOf, newBatchId, noteOpening } from "./RunPlan.ts"
import { type AppServices, overSettings, providersOf } from "./Session.ts"
import { withPolicies, type WorkspaceSettings } from "./Workspace.ts"

/** What a rollback is asked to do. */
export interface RollbackOptions extends Omit<CarryOutOptions, "batchKey">, Settling {
  readonly what: RollbackWhat
  /** What overrides the policies of the workspace. */
  readonly policies: Partial<Pick<Policies, "onFailure" | "parallelism">>
  /** How long to wait for another holder of the lease; milliseconds. */
  readonly leaseTimeoutMs: number
  /** Asked for answers to open conflicts; without new ones nothing is written. */
  readonly settle?: (report: RollbackReport) => Effect.Effect<Settling["answers"], AppError>
  /** Told what it would do and what stands in the way, before anything comes of it. */
  readonly onReport?: (report: RollbackReport) => Effect.Effect<void, AppError>
}

/** What a rollback came to. */
export type RollbackResult =
  /** Nothing was written: a conflict is open. */
  | { readonly _tag: "blocked"; readonly report: RollbackReport }
  | { readonly _tag: "nothing" | "declined"; readonly report: RollbackReport; readonly planned: PlannedBatch }
  | {
    readonly _tag: "ran"
    readonly report: RollbackReport
    readonly planned: PlannedBatch
    readonly batch: BatchReport
  }

/** The exit code of what a rollback came to. */
export const exitCodeOfRollback = (result: RollbackResult): number => {
  switch (result._tag) {
    case "blocked":
      return failureOfBlocked(result.report).exitCode
    case "nothing":
      return 0
    case "declined":
      return 7
    case "ran":
      return exitCodeOfReport(result.batch)
  }
}

const settled = ({ planned, report }: RollbackPlan): PlannedBatch | undefined =>
  report.conflicts.some(isBlocking) ? undefined : planned

/** Both answers to what is asked twice are the same question: the later one counts. */
const joined = (before: Settling["answers"], more: Settling["answers"]): Settling["answers"] => {
  const all = new Map(before)
  for (const [address, answers] of more) all.set(address, new Map([...all.get(address) ?? [], ...answers]))
  return all
}

/** Plans, and asks about what is open until nothing is or nobody answers. */
const settling = Effect.fnUntraced(function*<E, R>(
  { answers, onReport, settle, strategy }: RollbackOptions,
  planWith: (how: Settling) => Effect.Effect<RollbackPlan, E, R>
) {
  let given = answers
  for (;;) {
    const plan = yield* planWith({ strategy, answers: given })
    if (onReport !== undefined) yield* onReport(plan.report)
    if (settled(plan) !== undefined || settle === undefined) return plan
    const more = yield* settle(plan.report)
    if (more.size === 0) return plan
    given = joined(given, more)
  }
})

const rollbackIn = Effect.fnUntraced(function*(settings: WorkspaceSettings, options: RollbackOptions) {
  const { allowIrreversible, leaseTimeoutMs, policies, what } = options
  const registry = yield* providersOf(settings, settings.providers)
  const workspace = withPolicies(settings, { ...policies, allowIrreversible })
  const batch = yield* newBatchId
  const content = (yield* Sealer).digest({ rollback: JSON.stringify(what) })
  const how = { lifeMs: lifeOf(registry, workspace.policies), timeoutMs: leaseTimeoutMs }
  const held = holding(
    how,
    Effect.fnUntraced(function*(lease) {
      yield* refuseUnfinished
      const plan = yield* settling(options, (answered) => planRollback(workspace, registry, what, answered))
      const planned = settled(plan)
      if (planned === undefined) return { _tag: "blocked", report: plan.report } satisfies RollbackResult
      const done = yield* carryOut(planned, options, { batch, content, lease })
      return done._tag === "ran"
        ? { _tag: "ran", planned, report: plan.report, batch: done.report } satisfies RollbackResult
        : { _tag: done._tag, planned, report: plan.report } satisfies RollbackResult
    })
  )
  const result: RollbackResult = yield* noteOpening(batch, held)
  return result
})

/** Rolls back. */
export const rollback = (options: RollbackOptions): Effect.Effect<RollbackResult, AppError, AppServices> =>
  Effect.scoped(overSettings("write", (settings) => notifying(settings, rollbackIn(settings, options))))

/** Tells what a rollback would do. Writes nothing, and needs no lease. */
export const rollbackDryRun = (
  { answers, strategy, what }: Pick<RollbackOptions, "what" | "strategy" | "answers">
): Effect.Effect<RollbackPlan, AppError, AppServices> =>
  Effect.scoped(
    overSettings("read", (settings) =>
      Effect.flatMap(providersOf(settings, settings.providers), (registry) =>
        planRollback(settings, registry, what, { answers, strategy })))
  )
