/**
 * The events of `--json`: one JSON object a line, with `type` and `at`, in the words of the contract with programs.
 *
 * Documents are shown, never opened: a secret is `(sensitive)`. Names that are given here are for ever.
 */
import type { Failure } from "../app/Failure.ts"
import type { ProviderCalls } from "../app/PlanCalls.ts"
import type { EngineEvent } from "../app/Progress.ts"
import { shown } from "../app/Shown.ts"
import type { Place, Problem } from "../app/Workspace.ts"
import type { Counts } from "../domain/Batch.ts"
import type { Json, JsonObject } from "../domain/Document.ts"
import type { Plan, PlannedChange } from "../domain/Plan.ts"
import type { Ending } from "./Ending.ts"
import { planCounts } from "./PlanCounts.ts"

/** An event before it is stamped with its time. */
export type Event = JsonObject & { readonly type: string }

/** Something to know that is no event of a batch. */
export interface Diagnostic {
  readonly severity: "error" | "warning" | "note"
  readonly summary: string
  readonly detail?: string
  readonly hint?: string
  readonly address?: string
  /** Where in the files. */
  readonly place?: Place
}

/** Leaves out what is not there, as JSON would. */
const given = (members: { readonly [key: string]: Json | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(members).flatMap(([key, member]) => member === undefined ? [] : [[key, member]]))

const counted = ({ added, changed, destroyed }: Counts): JsonObject => ({
  add: added,
  change: changed,
  destroy: destroyed
})

/** The first event of every command. */
export const versionEvent = (version: string): Event => ({ type: "version", amends: version, format: 1 })

/** A diagnostic as an event. */
export const diagnosticEvent = ({ place, ...words }: Diagnostic): Event => ({
  type: "diagnostic",
  ...given({ ...words }),
  ...(place === undefined ? {} : { file: place.file, line: place.line, column: place.column })
})

/** An error of a command as a diagnostic. */
export const failureDiagnostic = ({ detail, hint, summary }: Failure): Diagnostic => ({
  severity: "error",
  summary,
  detail,
  hint
})

/** A problem of a file as a diagnostic. */
export const problemDiagnostic = (severity: Diagnostic["severity"], problem: Problem): Diagnostic => ({
  severity,
  summary: problem.message,
  hint: problem.hint,
  place: problem.place,
  ...(problem.path === "" ? {} : { detail: problem.path })
})

const changeEvent = (change: PlannedChange): Event => ({
  type: "planned_change",
  address: change.address,
  action: change.action,
  before: change.before === undefined ? null : shown(change.before),
  after: change.after === undefined ? null : shown(change.after),
  reversibility: change.reversibility._tag,
  ...(change.reversibility._tag === "exact" ? {} : { reversibilityReason: change.reversibility.why }),
  guarded: change.guarded,
  differs: change.differs,
  notes: change.notes
})

/** A plan: drift, then changes in the plan's order, conflicts, and the summary. What stays as it is has no event. */
export const planEvents = (plan: Plan, calls: ReadonlyArray<ProviderCalls> = []): ReadonlyArray<Event> => [
  ...plan.drift.map(({ address, kind, paths }) => ({ type: "resource_drift", address, kind, paths })),
  ...plan.changes.filter(({ action }) => action !== "none").map(changeEvent),
  ...plan.changes.filter(({ action }) => action === "none").flatMap(({ address, notes }) =>
    notes.map((summary) => diagnosticEvent({ severity: "note", summary, address }))
  ),
  ...plan.conflicts.map(({ address, path }) => ({ type: "conflict", address, paths: [path] })),
  {
    type: "change_summary",
    ...counted(planCounts(plan)),
    ...(calls.length === 0 ? {} : { calls: calls.map((one) => ({ ...one })) })
  }
]

/** An event of the engine, in the words of the contract. */
export const engineEvent = ({ _tag, ...event }: EngineEvent): Event => {
  const { error, ...rest } = event as { readonly error?: object }
  const members = rest as { readonly [key: string]: Json }
  return { type: _tag, ...members, ...(error === undefined ? {} : { error: error as JsonObject }) }
}

/** The last event of every command. */
export const outcomeEvent = (ending: Ending, ms: number): Event => ({
  type: "outcome",
  outcome: ending.outcome,
  batch: ending.batch ?? null,
  counts: counted(ending.counts),
  ms,
  exitCode: ending.exitCode
})
