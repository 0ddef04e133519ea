/**
 * Runs a plan as one batch under the lease, once everything was asked and refused that can be before a write.
 *
 * Just before it, the heads are compared with those that the plan rests on, and the providers asked whether they take
 * the credentials.
 */
import { Clock, Effect, Random } from "effect"
import type { FrozenProvider, Opened, Policies } from "../domain/Entry.ts"
import type { BatchId, Digest } from "../domain/Ids.ts"
import { leaseLifeMs } from "../domain/Limits.ts"
import type { Plan, Step } from "../domain/Plan.ts"
import type { Author } from "../domain/Version.ts"
import { execute } from "../executor/Executor.ts"
import { headRefreshes } from "../executor/HeadRefreshes.ts"
import { Progress } from "../executor/Progress.ts"
import type { BatchReport } from "../executor/Report.ts"
import { sharedHeads } from "../executor/SharedHeads.ts"
import { threeWay } from "../merge/Structure.ts"
import type { Intended } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Registry } from "../providers/Registry.ts"
import { retrySafely } from "../providers/Retry.ts"
import { Journal, Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { EngineVersion } from "./EngineVersion.ts"
import { Halted, type Refusal } from "./Failure.ts"
import type { Held } from "./Holding.ts"
import { refuseMoved } from "./PlanFile.ts"
import type { StateServices } from "./StateAccess.ts"
import { type BatchListener, watchedBatch } from "./Telemetry.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

/** A plan with what its batch says of itself. */
export interface Running extends Author {
  readonly plan: Plan
  readonly registry: Registry
  readonly settings: Pick<WorkspaceSettings, "frozen">
  readonly policies: Policies
  readonly content: Digest
  readonly batchKey?: string
}

/** A new name of a batch; names sort by the time they were made. */
export const newBatchId: Effect.Effect<BatchId> = Effect.gen(function*() {
  const now = yield* Clock.currentTimeMillis
  const drawn = yield* Random.nextIntBetween(0, 36 ** 6)
  return `b-${now.toString(36).padStart(9, "0")}${drawn.toString(36).padStart(6, "0")}` as BatchId
})

/** The life of a lease that covers any request of these providers. */
export const lifeOf = ({ providers }: Registry, policies: Pick<Policies, "timeoutMs">): number =>
  leaseLifeMs(Math.max(policies.timeoutMs, ...providers.map(({ timeoutMs }) => timeoutMs)))

const frozenProviders = ({ registry, settings }: Running): ReadonlyArray<FrozenProvider> =>
  settings.frozen.map(({ configuration, name }) => ({
    name,
    version: registry.providers.find((provider) => provider.name === name)?.version ?? "",
    configuration
  }))

const openedOf = Effect.fnUntraced(function*(
  running: Running
): Effect.fn.Return<Opened, StateError, Journal | Sealer> {
  const { actor, batchKey, content, plan, policies, reason } = running
  // Words of people may hold a secret as well.
  const { redact } = yield* Sealer
  return {
    _tag: "opened",
    plan,
    ...(batchKey === undefined ? {} : { batchKey }),
    content,
    engine: yield* EngineVersion,
    providers: frozenProviders(running),
    policies,
    actor: redact(actor),
    ...(reason === undefined ? {} : { reason: redact(reason) }),
    generation: yield* (yield* Journal).generation
  }
})

const intendedBy = ({ action, desired, remoteId }: Step): Intended => ({
  action,
  ...(remoteId === undefined ? {} : { id: remoteId }),
  ...(desired === undefined ? {} : { desired })
})

const checkProviders = ({ plan, policies, registry }: Running): Effect.Effect<void, ProviderError> => {
  const needed = new Set(plan.steps.map(({ provider }) => provider))
  const checks = registry.providers.filter(({ name }) => needed.has(name)).map(({ check, name, ready }) => {
    const intended = plan.steps.filter(({ provider }) => provider === name).map(intendedBy)
    const all = ready === undefined ? check : Effect.andThen(check, ready(intended))
    return retrySafely(all, { kind: "read", retries: policies.retries })
  })
  return Effect.all(checks, { concurrency: "unbounded", discard: true })
}

/** Once the batch is open, an error of the state leaves it unfinished. */
export const noteOpening = <A, E, R>(
  batch: BatchId,
  run: Effect.Effect<A, E | StateError, R>
): Effect.Effect<A, E | StateError | Halted, R> =>
  Effect.suspend(() => {
    let open = false
    return Effect.flatMap(Progress, (progress) =>
      run.pipe(
        Effect.provideService(Progress, {
          publish: (event) => {
            open = open || event._tag === "batch_opened"
            progress.publish(event)
          }
        }),
        Effect.mapError((error) => open && isStateError(error) ? new Halted({ batch, cause: error }) : error)
      ))
  })

const isStateError = (error: unknown): error is StateError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "StateError"

/** Runs a plan that has steps, under the lease. */
export const runPlan = Effect.fn("RunPlan.runPlan")(function*(
  running: Running,
  batch: BatchId,
  lease: Held
): Effect.fn.Return<BatchReport, StateError | ProviderError | Refusal, StateServices | BatchListener> {
  const { actor, plan, reason, registry } = running
  const heads = sharedHeads(plan, yield* (yield* Versions).heads)
  yield* refuseMoved(plan, heads)
  yield* checkProviders(running)
  const executed = execute({ batch, lease, opened: yield* openedOf(running), registry, threeWay, heads })
  const watched = {
    batch,
    steps: plan.steps.length,
    recovers: false,
    actor,
    ...(reason === undefined ? {} : { reason })
  }
  return yield* watchedBatch(watched, executed, (report) => report)
})

/** Writes the heads that a plan without steps brings up to date. */
export const refreshHeads = Effect.fn("RunPlan.refreshHeads")(function*(
  running: Running,
  lease: Held
): Effect.fn.Return<void, StateError | Refusal, StateServices> {
  const versions = yield* Versions
  const heads = yield* versions.heads
  const changes = headRefreshes(running.plan, heads)
  if (changes.length > 0) yield* versions.write(lease, running, changes)
})
