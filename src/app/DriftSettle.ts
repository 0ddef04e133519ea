/**
 * Settles drift: accepts what is there as what was last applied, or makes a batch that puts back what was.
 *
 * To accept writes a version and nothing remote. To restore is planned, shown, asked about and carried out like an
 * apply; what was made again under the same name is taken over.
 */
import { Effect, Result } from "effect"
import type { Address } from "../domain/Ids.ts"
import { leaseLifeMs } from "../domain/Limits.ts"
import type { Author, HeadChange } from "../domain/Version.ts"
import type { Registry } from "../providers/Registry.ts"
import { Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import { refuseUnfinished } from "./ApplyRefusals.ts"
import { type CarriedOut, carryOut, type CarryOutOptions } from "./CarryOut.ts"
import { checkDrift, type Checked, type DriftReport, type Finding, findingsOf, sealing } from "./Drift.ts"
import type { AppError } from "./Failure.ts"
import { holding } from "./Holding.ts"
import { notifying } from "./Notifying.ts"
import { readingPatiently } from "./Patience.ts"
import { refusalOfPlan } from "./PlanRefusals.ts"
import { refuseQuarantined } from "./Quarantine.ts"
import { planRestoration } from "./Restoration.ts"
import type { Rolled } from "./RollbackDesired.ts"
import { lifeOf, newBatchId, noteOpening } from "./RunPlan.ts"
import { addressIn, type AppServices, overSettings, providersOf } from "./Session.ts"
import { shapedLike } from "./Shaped.ts"
import { withPolicies, type WorkspaceSettings } from "./Workspace.ts"

/** What is settled; addresses as typed. */
export interface Settled extends Author {
  readonly addresses: ReadonlyArray<string>
  /** How long to wait for another holder of the lease; milliseconds. */
  readonly leaseTimeoutMs: number
}

/** What was accepted. */
export interface Accepted {
  readonly report: DriftReport
  readonly accepted: ReadonlyArray<Address>
}

/** What a restoring came to. */
export type Restored = CarriedOut & { readonly drift: DriftReport }

const acceptedChange = (sealer: Sealer["Service"], { drift, head, kind, observation, seen }: Finding): HeadChange => {
  if (observation === undefined || seen === undefined) return { _tag: "drop", address: drift.address, origin: "accept" }
  const { secretPaths: _, token: __, version: ___, ...rest } = head
  const seal = sealing(sealer, kind, head)
  return {
    _tag: "set",
    origin: "accept",
    head: {
      ...rest,
      remoteId: observation.id,
      declared: seal(shapedLike(head.declared, seen)),
      observed: seal(seen),
      ...(observation.token === undefined ? {} : { token: observation.token })
    }
  }
}

const acceptIn = Effect.fnUntraced(function*(settings: WorkspaceSettings, options: Settled) {
  const { addresses: typed, leaseTimeoutMs, ...by } = options
  const addresses = yield* Effect.forEach(typed, addressIn)
  const registry = yield* providersOf(settings, settings.providers)
  const how = { lifeMs: leaseLifeMs(settings.policies.timeoutMs), timeoutMs: leaseTimeoutMs }
  return yield* holding(
    how,
    Effect.fnUntraced(function*(lease) {
      yield* refuseUnfinished
      const checked = yield* checkDrift(settings, registry)
      const found = yield* findingsOf(checked, addresses)
      const sealer = yield* Sealer
      const changes = found.map((finding) => acceptedChange(sealer, finding))
      if (changes.length > 0) yield* (yield* Versions).write(lease, by, changes)
      return { report: checked.report, accepted: found.map(({ drift }) => drift.address) }
    })
  )
})

/** Accepts what is there: it becomes what was last applied. */
export const acceptDrift = (options: Settled): Effect.Effect<Accepted, AppError, AppServices> =>
  Effect.scoped(overSettings("write", (settings) => acceptIn(settings, options)))

const rolledOf = ({ drift, head, kind, known, observation, seen }: Finding): Rolled => ({
  address: drift.address,
  kind,
  head,
  // What was made again is nothing of ours yet.
  seen: observation?.id === head.remoteId ? seen : undefined,
  target: known,
  formerIds: [head.remoteId],
  taken: { target: known, declares: head.declared, reverts: [], conflicts: [], drops: [], problems: [] }
})

/** What restoring is asked to do. */
export interface RestoreOptions extends Omit<CarryOutOptions, "batchKey">, Settled {
  /** Told what drifted, before anything comes of it. */
  readonly onReport?: (report: DriftReport) => Effect.Effect<void, AppError>
}

const planRestore = Effect.fnUntraced(function*(
  settings: WorkspaceSettings,
  registry: Registry,
  { heads, leftBehind }: Checked,
  found: ReadonlyArray<Finding>
) {
  const remote = readingPatiently(registry, settings.policies)
  const scene = { settings, remote, kinds: registry.kinds, heads, adopts: true }
  const seen = {
    observed: new Map(
      found.map(({ drift, head, observation }) =>
        [drift.address, observation?.id === head.remoteId ? observation : undefined] as const
      )
    ),
    leftBehind,
    namesakes: new Map(),
    listed: new Map()
  }
  const { plan } = yield* planRestoration(scene, found.map(rolledOf), seen)
  if (Result.isFailure(plan)) return yield* refusalOfPlan(plan.failure)
  return { plan: plan.success, settings, registry, unfinished: [], warnings: [] }
})

const restoreIn = Effect.fnUntraced(function*(settings: WorkspaceSettings, options: RestoreOptions) {
  const { addresses: typed, leaseTimeoutMs, onReport } = options
  const addresses = yield* Effect.forEach(typed, addressIn)
  const registry = yield* providersOf(settings, settings.providers)
  const workspace = withPolicies(settings, { allowIrreversible: options.allowIrreversible })
  const batch = yield* newBatchId
  const content = (yield* Sealer).digest({ restore: addresses })
  const how = { lifeMs: lifeOf(registry, workspace.policies), timeoutMs: leaseTimeoutMs }
  return yield* noteOpening(
    batch,
    holding(
      how,
      Effect.fnUntraced(function*(lease) {
        yield* refuseUnfinished
        yield* refuseQuarantined(settings.quarantineAfter, addresses, "restore the others without it")
        const checked = yield* checkDrift(workspace, registry)
        const { report } = checked
        if (onReport !== undefined) yield* onReport(report)
        const planned = yield* planRestore(workspace, registry, checked, yield* findingsOf(checked, addresses))
        const done = yield* carryOut(planned, options, { batch, lease, content })
        return { ...done, drift: report }
      })
    )
  )
})

/** Puts back what was last applied, as a batch. */
export const restoreDrift = (options: RestoreOptions): Effect.Effect<Restored, AppError, AppServices> =>
  Effect.scoped(overSettings("write", (settings) => notifying(settings, restoreIn(settings, options))))
