/**
 * The verbs of the library as Effects: each fails with an `AppError` only, and answers with its metadata.
 *
 * What can change something has a dry run that writes nothing: `plan` of an apply, `rehearse` of a recovery,
 * `rollbackDryRun` of a rollback, `drift` of accepting and restoring. They are the verbs that the command line runs.
 */
import { Effect } from "effect"
import type { AuditFilter, AuditRecord } from "../domain/Audit.ts"
import type { BatchSummary } from "../domain/Batch.ts"
import type { Address } from "../domain/Ids.ts"
import { addressesIn } from "../domain/Plan.ts"
import type { Version } from "../domain/Version.ts"
import * as Applying from "./Apply.ts"
import * as Trail from "./Audit.ts"
import { type AuditFormat, auditFormat } from "./AuditFormats.ts"
import type { CarriedOut } from "./CarryOut.ts"
import * as Comparing from "./Diff.ts"
import * as Drifting from "./Drift.ts"
import * as Settling from "./DriftSettle.ts"
import type { AppError } from "./Failure.ts"
import * as Looking from "./Inspect.ts"
import { syncTowards } from "./MergeDirection.ts"
import { type Asked, type Subjects, type Told, told } from "./Metadata.ts"
import { type AppServices, planBatch, type PlannedBatch } from "./PlanBatch.ts"
import { recover as recoverBatches, type RecoverResult } from "./Recover.ts"
import { rehearse as rehearseBatch, type Rehearsed } from "./Rehearse.ts"
import * as Asking from "./Requests.ts"
import * as Rolling from "./Rollback.ts"
import type { RollbackPlan } from "./RollbackPlan.ts"
import type { RollbackReport } from "./RollbackReport.ts"
import type { RollbackWhat } from "./RollbackWhat.ts"

/** A verb: what it answers, with its metadata. */
export type Verb<A> = Effect.Effect<Told<A>, AppError, AppServices>

const ofPlanned = ({ moves = [], plan }: PlannedBatch): ReadonlyArray<Address> => [
  ...addressesIn(plan),
  ...moves.flatMap(({ from, to }) => [from, to])
]

/** Plans: the dry run of `apply`. Writes nothing. */
export const plan = (request: Asking.PlanRequest = {}): Verb<PlannedBatch> =>
  told(
    { verb: "plan", asked: request, of: (planned) => ({ scopes: ofPlanned(planned) }) },
    () => planBatch(Asking.planOptions(request))
  )

const ofCarriedOut = (done: CarriedOut): Subjects => ({
  scopes: ofPlanned(done.planned),
  batch: done._tag === "ran" ? done.report.batch : undefined
})

const ofApplied = (result: Applying.ApplyResult): Subjects =>
  result._tag === "known" ? { scopes: [], batch: result.summary.id } : ofCarriedOut(result)

/** Applies what is declared, or a saved plan, as one batch. Its dry run is `plan`. */
export const apply = (request: Asking.ApplyRequest = {}): Verb<Applying.ApplyResult> =>
  told(
    { verb: request.plan?.destroy === true ? "destroy" : "apply", asked: request, of: ofApplied },
    (by) => Applying.apply(Asking.applyOptions(request, by))
  )

/** Finishes unfinished batches from their journals. Its dry run is `rehearse`. */
export const recover = (request: Asking.RecoverRequest = {}): Verb<RecoverResult> =>
  told(
    {
      verb: "recover",
      asked: request,
      of: ({ addresses, reports: [newest] }) => ({ scopes: addresses, batch: newest?.batch })
    },
    (by) => recoverBatches(Asking.recoverOptions(request, by))
  )

/** What a rehearsal came to; nothing where no batch is unfinished. */
export interface Rehearsing {
  readonly rehearsed?: Rehearsed
}

const ofRehearsed = ({ rehearsed }: Rehearsing): Subjects => {
  const ways = rehearsed?.ways ?? []
  const scopes = ways.flatMap(({ report, requests, verdicts }) => [...requests, ...verdicts, ...report.stuck])
  return { scopes: scopes.map(({ address }) => address), batch: rehearsed?.batch.id }
}

/** Tells what a recovery would send and come to, in either direction: the dry run of `recover`. Writes nothing. */
export const rehearse = (request: Omit<Asking.RecoverRequest, "leaseTimeoutMs"> = {}): Verb<Rehearsing> =>
  told({ verb: "recover", dryRun: true, asked: request, of: ofRehearsed }, (by) =>
    Effect.map(
      rehearseBatch(Asking.recoverOptions(request, by)),
      (rehearsed): Rehearsing => rehearsed === undefined ? {} : { rehearsed }
    ))

const ofRollback = ({ conflicts, items }: RollbackReport): ReadonlyArray<Address> =>
  [...items, ...conflicts].map(({ address }) => address)

/**
 * Takes a batch, or changes of a resource, back, and keeps what came later. Open conflicts are a value: nothing was
 * written then. Its dry run is `rollbackDryRun`.
 */
export const rollback = (what: RollbackWhat, request: Asking.RollbackRequest = {}): Verb<Rolling.RollbackResult> =>
  told(
    {
      verb: "rollback",
      asked: request,
      of: (result) => ({
        scopes: ofRollback(result.report),
        batch: result._tag === "ran" ? result.batch.batch : undefined
      })
    },
    (by) => Rolling.rollback(Asking.rollbackOptions(what, request, by))
  )

/** Tells what a rollback would do and what stands in its way: the dry run of `rollback`. Writes nothing. */
export const rollbackDryRun = (what: RollbackWhat, request: Asking.RollbackDryRunRequest = {}): Verb<RollbackPlan> =>
  told(
    { verb: "rollback", dryRun: true, asked: request, of: ({ report }) => ({ scopes: ofRollback(report) }) },
    () => Rolling.rollbackDryRun({ what, ...Asking.settlingOf(request) })
  )

/** Compares what is managed with what is there: the dry run of `acceptDrift` and `restoreDrift`. Writes nothing. */
export const drift = (asked: Asked = {}): Verb<Drifting.DriftReport> =>
  told(
    { verb: "drift", asked, of: ({ drifted }) => ({ scopes: drifted.map(({ address }) => address) }) },
    () => Drifting.drift
  )

/** Records what is there as what was last applied; nothing remote is written. Its dry run is `drift`. */
export const acceptDrift = (
  addresses: ReadonlyArray<string>,
  request: Asking.AcceptRequest = {}
): Verb<Settling.Accepted> =>
  told(
    { verb: "drift", asked: request, of: ({ accepted }) => ({ scopes: accepted }) },
    (by) => Settling.acceptDrift({ leaseTimeoutMs: request.leaseTimeoutMs ?? 0, addresses, ...by })
  )

/** Puts back what was last applied, as a batch. Its dry run is `drift`. */
export const restoreDrift = (
  addresses: ReadonlyArray<string>,
  request: Asking.RestoreRequest = {}
): Verb<Settling.Restored> =>
  told(
    { verb: "drift", asked: request, of: ofCarriedOut },
    (by) => Settling.restoreDrift(Asking.restoreOptions(addresses, request, by))
  )

/** Syncs tiers in a direction: upstream, project or collection. One that is not supported says why. */
export const sync = (
  direction: string,
  request: Asked & { readonly addresses?: ReadonlyArray<string> } = {}
): Verb<Effect.Success<ReturnType<typeof syncTowards>>> =>
  told(
    { verb: "sync", asked: request, of: ({ addresses, batch }) => ({ scopes: addresses, batch }) },
    (by) => syncTowards(direction, { addresses: request.addresses ?? [], ...by })
  )

/** Lists versions, newest first: of one address, or of all that were ever managed. */
export const history = (
  address?: string,
  asked: Asked = {}
): Verb<{ readonly versions: ReadonlyArray<Version> }> =>
  told(
    { verb: "history", asked, of: ({ versions }) => ({ scopes: versions.map((version) => version.address) }) },
    () => Effect.map(Looking.history(address), (versions) => ({ versions }))
  )

/** Lists batches, newest first. */
export const batches = (asked: Asked = {}): Verb<{ readonly batches: ReadonlyArray<BatchSummary> }> =>
  told(
    { verb: "batches", asked, of: () => ({ scopes: [] }) },
    () => Effect.map(Looking.batches, (all) => ({ batches: all }))
  )

const ofShown = (shown: Looking.Shown): Subjects => {
  switch (shown._tag) {
    case "batch":
      return { scopes: shown.batch.steps.map(({ address }) => address), batch: shown.batch.summary.id }
    case "version":
      return { scopes: [shown.version.address], batch: shown.version.batch }
    case "resource":
      return { scopes: [...shown.head === undefined ? [] : [shown.head], ...shown.lineage].map((one) => one.address) }
    case "plan":
      return { scopes: addressesIn(shown.saved.plan) }
  }
}

/** Shows a batch, a version (both by a beginning of their name), an address, or the text of a plan file. */
export const show = (
  what: string | { readonly name: string } | { readonly planFile: string },
  asked: Asked = {}
): Verb<Looking.Shown> =>
  told(
    { verb: "show", asked, of: ofShown },
    () => Looking.show(typeof what === "string" ? { name: what } : what)
  )

/** Compares two versions of an address, or what was last applied with what is there now. */
export const diff = (
  address: string,
  versions: ReadonlyArray<string> = [],
  asked: Asked = {}
): Verb<Comparing.Diff> =>
  told(
    { verb: "diff", asked, of: (found) => ({ scopes: [found.address] }) },
    () => Comparing.diff({ address, versions })
  )

const touchedBy = ({ body }: AuditRecord): ReadonlyArray<Address> => (body?.touched ?? []).map(({ address }) => address)

/** Lists records of the audit trail, newest first. */
export const auditList = (
  filter: AuditFilter = {},
  asked: Asked = {}
): Verb<{ readonly records: ReadonlyArray<AuditRecord> }> =>
  told(
    { verb: "audit list", asked, of: ({ records }) => ({ scopes: records.flatMap(touchedBy) }) },
    () => Effect.map(Trail.auditList(filter), (records) => ({ records }))
  )

/** Checks the whole trail. A fault is a value. */
export const auditVerify = (
  against: Parameters<typeof Trail.auditVerify>[0] = {},
  asked: Asked = {}
): Verb<Trail.AuditVerdict> =>
  told({ verb: "audit verify", asked, of: () => ({ scopes: [] }) }, () => Trail.auditVerify(against))

/** Records as other programs take them, with the lines that a file of them begins with. */
export interface Exported {
  readonly lines: ReadonlyArray<string>
  /** How many of the lines are records. */
  readonly records: number
}

/** Gives records for other programs, oldest first. */
export const auditExport = (
  filter: AuditFilter = {},
  { format = "jsonl", ...asked }: Asked & { readonly format?: AuditFormat } = {}
): Verb<Exported> =>
  Effect.suspend(() => {
    const scopes = new Set<Address>()
    const { header, line } = auditFormat[format]
    const rendering = (record: AuditRecord): string => {
      for (const address of touchedBy(record)) scopes.add(address)
      return line(record)
    }
    return told(
      { verb: "audit export", asked, of: () => ({ scopes }) },
      () =>
        Effect.map(
          Trail.auditExport(filter, rendering),
          (records): Exported => ({ lines: [...header, ...records], records: records.length })
        )
    )
  })
