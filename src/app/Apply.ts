/**
 * Applies: plans, asks, and runs the plan as one batch under the lease; or runs exactly a saved plan.
 *
 * It ends committed, or with every applied change taken back, or says who must do what. Refusals come before the first
 * write, each in the order in which a user can do something about it. The lease is held from before planning, also
 * while the user is asked: nobody makes the plan stale meanwhile. `destroy` is an apply with nothing desired.
 */
import { Effect, type Scope } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { Policies } from "../domain/Entry.ts"
import type { BatchId, Digest } from "../domain/Ids.ts"
import type { BatchReport } from "../executor/Report.ts"
import type { ProviderFactory, Registry } from "../providers/Registry.ts"
import { Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import { refuseUnfinishedForApply, refuseUsed } from "./ApplyRefusals.ts"
import { batchOfKey, contentOfFiles, contentOfPlan } from "./BatchKey.ts"
import { type CarriedOut, carryOut, type CarryOutOptions } from "./CarryOut.ts"
import { type CheckedWorkspace, checkedWorkspace } from "./CheckedWorkspace.ts"
import { type AppError, exitCodeOfEnded, exitCodeOfReport, Refusal } from "./Failure.ts"
import { type Held, holding } from "./Holding.ts"
import { afterMoves } from "./Moves.ts"
import { notifying } from "./Notifying.ts"
import { planIn, type PlannedBatch, type PlanOptions } from "./PlanBatch.ts"
import { decodePlan, refuseMoved, refuseReconfigured } from "./PlanFile.ts"
import { refuseDrifted } from "./PlanStanding.ts"
import { recoverIn } from "./Recover.ts"
import { lifeOf, newBatchId, noteOpening } from "./RunPlan.ts"
import { type AppServices, overSettings, providersOf } from "./Session.ts"
import type { StateServices } from "./StateAccess.ts"
import type { BatchListener } from "./Telemetry.ts"
import { withPolicies, type Workspace, type WorkspaceSettings } from "./Workspace.ts"

export type { BatchReport, FailedStep, StuckStep } from "../executor/Report.ts"

/** What an apply is asked to do. A plan file is not asked about. */
export interface ApplyOptions extends CarryOutOptions {
  readonly plan: PlanOptions
  /** The text of a plan file: exactly that plan is applied, without asking; `plan` is not looked at. */
  readonly planFile?: string
  /** What overrides the policies of the workspace. */
  readonly policies: Partial<Pick<Policies, "onFailure" | "continueOnError" | "parallelism">>
  /** Take unfinished batches back first. */
  readonly autoRecover: boolean
  /** How long to wait for another holder of the lease; milliseconds. */
  readonly leaseTimeoutMs: number
  /** Told what became of batches that were taken back first, before anything is planned. */
  readonly onRecovered?: (reports: ReadonlyArray<BatchReport>) => Effect.Effect<void>
}

/** What an apply came to. `recovered` are the batches that were taken back first. */
export type ApplyResult =
  & (
    | CarriedOut
    /** The batch key is known with the same content; nothing was sent. */
    | { readonly _tag: "known"; readonly summary: BatchSummary }
  )
  & { readonly recovered: ReadonlyArray<BatchReport> }

/** The exit code of what an apply came to. */
export const exitCodeOfApply = (result: ApplyResult): number => {
  switch (result._tag) {
    case "nothing":
      return 0
    case "declined":
      return 7
    case "ran":
      return exitCodeOfReport(result.report)
    case "known":
      return exitCodeOfEnded(result.summary)
  }
}

type Services = StateServices | Workspace | ProviderFactory | BatchListener | Scope.Scope

/** What is to be planned, and what names its content. */
interface Subject {
  readonly content: Digest
  readonly registry: Registry
  readonly policies: Policies
  readonly planned: Effect.Effect<PlannedBatch, AppError, Services>
}

const overriding = ({ allowIrreversible, policies }: ApplyOptions) => ({ ...policies, allowIrreversible })

const fromFiles = (
  { registry, workspace: read }: CheckedWorkspace,
  digest: Sealer["Service"]["digest"],
  options: ApplyOptions
): Subject => {
  const workspace = { ...read, policies: { ...read.policies, ...overriding(options) } }
  return {
    content: digest(contentOfFiles(workspace.resources, options.plan)),
    registry,
    policies: workspace.policies,
    planned: planIn(workspace, registry, options.plan)
  }
}

const refuseUnserved = ({ plan, registry }: PlannedBatch): Effect.Effect<void, Refusal> => {
  const missing = plan.steps.filter(({ kind }) => registry.serving(kind) === undefined).map(({ address }) => address)
  return missing.length === 0 ? Effect.void : Effect.fail(
    new Refusal({
      reason: "Configuration",
      summary: "no provider serves a resource of the plan",
      detail: missing.join(", "),
      hint: "configure the provider in amends.yaml, then plan again",
      addresses: missing
    })
  )
}

const fromPlanFile = Effect.fnUntraced(function*(
  text: string,
  settings: WorkspaceSettings,
  options: ApplyOptions
): Effect.fn.Return<Subject, AppError, Services> {
  const { digest } = yield* Sealer
  const saved = yield* Effect.fromResult(decodePlan(text, digest, settings.name))
  const registry = yield* providersOf(settings, settings.providers)
  const workspace = withPolicies(settings, overriding(options))
  const planned = Effect.gen(function*() {
    const { plan } = saved
    yield* refuseUsed(plan)
    yield* refuseReconfigured(saved, settings)
    const moved = afterMoves(settings.moved ?? [], yield* (yield* Versions).heads)
    const { done: moves, heads } = yield* Effect.fromResult(moved)
    yield* refuseMoved(plan, heads)
    const batch: PlannedBatch = { plan, settings: workspace, registry, unfinished: [], warnings: [], moves }
    yield* refuseUnserved(batch)
    yield* refuseDrifted(batch)
    return batch
  })
  return { content: digest(contentOfPlan(saved.plan)), registry, policies: workspace.policies, planned }
})

const subjectOf = (settings: WorkspaceSettings, options: ApplyOptions): Effect.Effect<Subject, AppError, Services> =>
  options.planFile === undefined
    ? Effect.zipWith(checkedWorkspace, Sealer, (checked, { digest }) => fromFiles(checked, digest, options))
    : fromPlanFile(options.planFile, settings, options)

/** Takes unfinished batches back where that is wanted, and tells what became of them. */
const recovering = Effect.fnUntraced(function*(
  settings: WorkspaceSettings,
  { actor, autoRecover, leaseTimeoutMs, onRecovered }: ApplyOptions
): Effect.fn.Return<ReadonlyArray<BatchReport>, AppError, Services> {
  if (!autoRecover) return []
  const { reports } = yield* recoverIn(settings, {
    direction: "back",
    choices: [],
    abandon: false,
    leaseTimeoutMs,
    actor
  })
  if (onRecovered !== undefined) yield* onRecovered(reports)
  return reports
})

/** What an apply comes to under the lease: what came before does not matter to it. */
type HeldResult = CarriedOut | { readonly _tag: "known"; readonly summary: BatchSummary }

const applyHeld = Effect.fnUntraced(function*(
  subject: Subject,
  options: ApplyOptions,
  batch: BatchId,
  lease: Held
): Effect.fn.Return<HeldResult, AppError, Services> {
  yield* refuseUnfinishedForApply
  const { content } = subject
  const summary = yield* batchOfKey(options.batchKey, content)
  if (summary !== undefined) return { _tag: "known", summary }
  const { planFile, ...how } = options
  const confirm = planFile === undefined ? options.confirm : () => Effect.succeed(true)
  return yield* carryOut(yield* subject.planned, { ...how, confirm }, { batch, lease, content })
})

const applyIn = Effect.fnUntraced(function*(
  settings: WorkspaceSettings,
  options: ApplyOptions
): Effect.fn.Return<ApplyResult, AppError, Services> {
  const recovered = yield* recovering(settings, options)
  const subject = yield* subjectOf(settings, options)
  const batch = yield* newBatchId
  const how = { lifeMs: lifeOf(subject.registry, subject.policies), timeoutMs: options.leaseTimeoutMs }
  const result = yield* noteOpening(batch, holding(how, (lease) => applyHeld(subject, options, batch, lease)))
  return { ...result, recovered }
})

/** Applies what is declared, or a saved plan. */
export const apply = (options: ApplyOptions): Effect.Effect<ApplyResult, AppError, AppServices> =>
  Effect.scoped(
    overSettings(
      options.plan.adopt ? "anew" : "write",
      (settings) => notifying(settings, applyIn(settings, options))
    )
  )
