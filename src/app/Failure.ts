/**
 * Why a verb did not do what it was asked: one closed union, and one table from it to exit code, HTTP status and words.
 *
 * Outcomes of a batch are values (BatchReport); an error keeps a verb from having one. Every error says what, why and
 * what to do; what only its makers understand is for the log (`technicalOf`). Whether something was written is part of
 * the error: `Halted` is the only one after a write. docs/errors.md has every row; a test compares the two.
 */
import { Schema } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { EndedAs } from "../domain/Entry.ts"
import type { BatchReport } from "../executor/Report.ts"
import type { ProviderError, ProviderReason } from "../providers/ProviderError.ts"
import type { RegistryError } from "../providers/Registry.ts"
import type { AuditFault } from "../state/Audit.ts"
import { StateError, type StateReason } from "../state/StateError.ts"
import { renderProblem } from "./Problems.ts"
import { isBlocking, type RollbackReport } from "./RollbackReport.ts"
import type { WorkspaceError } from "./Workspace.ts"

/** Why a verb refuses. */
export const RefusalReason = Schema.Literals([
  "UnfinishedBatch",
  "StalePlan",
  "UsedPlan",
  "BrokenPlan",
  "Conflicts",
  "Unmanaged",
  "PreventDestroy",
  "Irreversible",
  "NotConfirmed",
  "Configuration",
  "Usage",
  "TooLate",
  "NotOffered",
  "StaleChoice",
  "KeyMismatch",
  "NotAvailable",
  "NotSupported",
  "NotFound",
  "NotRunning",
  "Interrupted"
])
export type RefusalReason = typeof RefusalReason.Type

/** A verb refuses; nothing was written. The summary holds no user data. */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  reason: RefusalReason,
  summary: Schema.String,
  detail: Schema.String,
  hint: Schema.String,
  addresses: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  override get message() {
    return `${this.summary}: ${this.detail}`
  }
}

/** The state failed while a batch was under way: the batch is not over, and `recover` finishes it. */
export class Halted extends Schema.TaggedError<Halted>()("Halted", {
  batch: Schema.String,
  cause: StateError
}) {
  override get message() {
    return `batch ${this.batch} stopped: ${this.cause.message}`
  }
}

/** Everything that a verb fails with. */
export type AppError = WorkspaceError | StateError | ProviderError | RegistryError | Refusal | Halted

/** An error as a user reads it, the exit code of the command, and the status of an HTTP answer. */
export interface Failure {
  readonly exitCode: number
  readonly status: number
  /** Short, without user data. */
  readonly summary: string
  readonly detail: string
  readonly hint: string
}

/** How an error leaves: the exit code of a command, and the status of an HTTP answer. */
type Codes = Pick<Failure, "exitCode" | "status">

const refusalCodes: { readonly [R in RefusalReason]: Codes } = {
  UnfinishedBatch: { exitCode: 4, status: 409 },
  StalePlan: { exitCode: 5, status: 412 },
  UsedPlan: { exitCode: 7, status: 409 },
  BrokenPlan: { exitCode: 7, status: 400 },
  Conflicts: { exitCode: 5, status: 409 },
  Unmanaged: { exitCode: 5, status: 409 },
  PreventDestroy: { exitCode: 8, status: 403 },
  Irreversible: { exitCode: 7, status: 428 },
  NotConfirmed: { exitCode: 7, status: 428 },
  Configuration: { exitCode: 7, status: 422 },
  Usage: { exitCode: 7, status: 400 },
  TooLate: { exitCode: 7, status: 409 },
  NotOffered: { exitCode: 7, status: 409 },
  StaleChoice: { exitCode: 5, status: 412 },
  KeyMismatch: { exitCode: 7, status: 422 },
  NotAvailable: { exitCode: 7, status: 409 },
  NotSupported: { exitCode: 7, status: 501 },
  NotFound: { exitCode: 1, status: 404 },
  NotRunning: { exitCode: 1, status: 409 },
  Interrupted: { exitCode: 130, status: 503 }
}

const stateWords: { readonly [R in StateReason]: Codes & Pick<Failure, "summary"> } = {
  Missing: { exitCode: 1, status: 404, summary: "there is no state yet" },
  ReadOnly: { exitCode: 1, status: 500, summary: "the state cannot be written" },
  Busy: { exitCode: 1, status: 503, summary: "the state is busy" },
  Corrupt: { exitCode: 1, status: 500, summary: "the state is damaged" },
  Newer: { exitCode: 1, status: 500, summary: "the state was written by a newer amends" },
  Full: { exitCode: 1, status: 507, summary: "the disk is full" },
  Io: { exitCode: 1, status: 500, summary: "the state could not be read or written" },
  Poisoned: { exitCode: 1, status: 500, summary: "the state could not be written" },
  Fenced: { exitCode: 6, status: 423, summary: "the lease was lost" },
  Held: { exitCode: 6, status: 423, summary: "another process holds the lease" },
  Duplicate: { exitCode: 7, status: 409, summary: "the batch key is already used" },
  MissingKey: { exitCode: 1, status: 500, summary: "the key of the workspace is missing" },
  WrongKey: { exitCode: 1, status: 500, summary: "the key is not the one of this workspace" },
  Restored: { exitCode: 4, status: 503, summary: "the state is missing or an older copy" },
  NetworkFileSystem: { exitCode: 7, status: 500, summary: "the state lies on a network file system" },
  Exists: { exitCode: 7, status: 409, summary: "the file is there already" }
}

/** The server's own errors are not those of whoever asks amends: but for what they can wait for, they are a 502. */
const providerWords: { readonly [R in ProviderReason]: Pick<Failure, "status" | "summary" | "hint"> } = {
  Rejected: {
    status: 502,
    summary: "the server refused the request",
    hint: "check the resource and the provider's settings"
  },
  NotFound: {
    status: 502,
    summary: "the server does not know what was asked for",
    hint: "check baseUrl and the id"
  },
  Conflict: { status: 409, summary: "the server refused the request as a conflict", hint: "run the command again" },
  Unauthorized: {
    status: 502,
    summary: "the server refused the credentials",
    hint: "check the provider's credentials in amends.yaml and the environment; see: amends doctor"
  },
  Throttled: {
    status: 429,
    summary: "the server is limiting requests",
    hint: "try later, or set rateLimit in amends.yaml"
  },
  NotSent: {
    status: 502,
    summary: "the server could not be reached",
    hint: "check baseUrl and the network; see: amends doctor"
  },
  Ambiguous: {
    status: 504,
    summary: "the server did not answer",
    hint: "check the network, then run the command again"
  },
  Malformed: {
    status: 502,
    summary: "the server's answer could not be understood",
    hint: "check that baseUrl is the API and not a page or a proxy"
  }
}

const ofState = (error: StateError): Failure => ({
  ...stateWords[error.reason],
  detail: error.detail,
  hint: error.hint
})

/** A server that failed did answer. */
const failing: Pick<Failure, "summary" | "hint"> = {
  summary: "the server failed",
  hint: "see what it says; if it passes, run the command again"
}

const ofProvider = ({ detail, provider, reason, request, status }: ProviderError): Failure => ({
  exitCode: 1,
  ...providerWords[reason],
  ...(reason === "Ambiguous" && (status ?? 0) >= 500 ? failing : {}),
  detail: `${provider}: ${request}${status === undefined ? "" : ` → ${status}`}: ${detail}`
})

const ofWorkspace = ({ problems }: WorkspaceError): Failure => ({
  exitCode: 7,
  status: 422,
  summary: problems.length === 1 ? "the files have a problem" : `the files have ${problems.length} problems`,
  detail: problems.map(renderProblem).join("\n"),
  hint: "correct them, then see: amends validate"
})

/** A lease that was lost is lost whenever it is; any other error of the state is graver once a batch is open. */
const haltedCodes = ({ reason }: StateError): Codes =>
  reason === "Fenced" || reason === "Held" ? { exitCode: 6, status: 423 } : { exitCode: 4, status: 500 }

const ofHalted = ({ batch, cause }: Halted): Failure => ({
  ...haltedCodes(cause),
  summary: cause.reason === "Fenced" ? "the lease was lost on the way" : "the batch stopped before it was over",
  detail: `${batch}: ${cause.detail}. What was applied is in the journal.`,
  hint: `${cause.hint} Then finish the batch with: amends recover ${batch}`
})

const ofRegistry = ({ hint, message }: RegistryError): Failure => ({
  exitCode: 7,
  status: 422,
  summary: "a provider's settings are wrong",
  detail: message,
  hint
})

/** Says an error: exit code, status, summary, detail, and what to do. */
export const failureOf = (error: AppError): Failure => {
  switch (error._tag) {
    case "WorkspaceError":
      return ofWorkspace(error)
    case "StateError":
      return ofState(error)
    case "ProviderError":
      return ofProvider(error)
    case "RegistryError":
      return ofRegistry(error)
    case "Refusal": {
      const { detail, hint, reason, summary } = error
      return { ...refusalCodes[reason], summary, detail, hint }
    }
    case "Halted":
      return ofHalted(error)
  }
}

/** What an error of amends itself comes to, as far as a user can do something about it. */
export const failureOfDefect = (wrote: "perhaps" | "no", finish: string): Failure => ({
  exitCode: wrote === "no" ? 1 : 4,
  status: 500,
  summary: "amends met something it does not expect",
  detail: "the mistake is one of amends, and none of your files or of the server",
  hint: wrote === "no"
    ? "nothing was changed; please report this, with the output of --log-level debug"
    : `${finish}; then please report this, with the output of --log-level debug`
})

/** Says what checking the audit trail found wrong. */
export const failureOfAudit = ({ hint, record, what }: AuditFault): Failure => ({
  exitCode: 1,
  status: 409,
  summary: "the audit trail is not what was written",
  detail: `record ${record}: ${what}`,
  hint
})

/** Says that conflicts of a rollback are open. */
export const failureOfBlocked = ({ conflicts }: RollbackReport): Failure => {
  const open = conflicts.filter(isBlocking)
  const [suggestion] = open.flatMap(({ suggestions }) => suggestions)
  return {
    exitCode: 5,
    status: 409,
    summary: "conflicts stand in the way of the rollback",
    detail: open.map(({ address, path, why }) => `${address}${path === "" ? "" : ` at ${path}`}: ${why}`).join("\n"),
    hint: suggestion ?? "settle them with --strategy or --resolve, or leave their resources out"
  }
}

/** What an error says to those who look for its cause in the code: for the log, where no server's words may stand. */
export const technicalOf = (error: AppError): { readonly [fact: string]: string | number } => {
  switch (error._tag) {
    case "Halted":
      return { ...technicalOf(error.cause), error: error._tag, batch: error.batch }
    case "StateError": {
      const { _tag, message, operation, reason, technical } = error
      return { error: _tag, reason, operation, message, ...(technical === undefined ? {} : { technical }) }
    }
    case "ProviderError": {
      const { _tag, provider, reason, request, status } = error
      return { error: _tag, reason, provider, request, ...(status === undefined ? {} : { status }) }
    }
    case "Refusal":
      return { error: error._tag, reason: error.reason }
    case "RegistryError":
      return { error: error._tag, provider: error.provider, path: error.path }
    case "WorkspaceError":
      return { error: error._tag, problems: error.problems.length }
  }
}

const outcomeExit: { readonly [O in BatchReport["outcome"]]: number } = {
  committed: 0,
  compensated: 3,
  residue: 4,
  stuck: 4,
  kept: 4,
  abandoned: 4
}

/** The exit code of what a run came to. */
export const exitCodeOfReport = (report: BatchReport): number => {
  if (report.outcome === "compensated" && !report.wrote) {
    if (report.interrupted) return 130
    if (report.stale) return 5
  }
  return outcomeExit[report.outcome]
}

/** The exit code of a batch that ended earlier; one that is not over needs a person. */
export const exitCodeOfEnded = (summary: BatchSummary): number =>
  summary.ended === undefined ? 4 : outcomeExit[summary.ended satisfies EndedAs]

/** The exit code of a recovery: the gravest of its reports, 0 for nothing to do. */
export const exitCodeOfReports = (reports: ReadonlyArray<BatchReport>): number =>
  Math.max(0, ...reports.map(({ outcome }) => outcomeExit[outcome]))
