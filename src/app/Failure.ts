/**
 * Why a verb did not do what it was asked: one closed union, and one table from it to exit code and words.
 *
 * Outcomes of a batch are values (BatchReport); an error keeps a verb from having one. Every error says what, why and
 * what to do. Whether something was written is part of the error: `Halted` is the only one after a write.
 */
import { Schema } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { EndedAs } from "../domain/Entry.ts"
import type { BatchReport } from "../executor/Report.ts"
import type { ProviderError, ProviderReason } from "../providers/ProviderError.ts"
import type { RegistryError } from "../providers/Registry.ts"
import { StateError, type StateReason } from "../state/StateError.ts"
import { renderProblem } from "./Problems.ts"
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

/** An error as a user reads it, and the exit code of the command. */
export interface Failure {
  readonly exitCode: number
  /** Short, without user data. */
  readonly summary: string
  readonly detail: string
  readonly hint: string
}

const refusalExit: { readonly [R in RefusalReason]: number } = {
  UnfinishedBatch: 4,
  StalePlan: 5,
  UsedPlan: 7,
  BrokenPlan: 7,
  Conflicts: 5,
  Unmanaged: 5,
  PreventDestroy: 8,
  Irreversible: 7,
  NotConfirmed: 7,
  Configuration: 7,
  Usage: 7,
  TooLate: 7,
  NotOffered: 7,
  StaleChoice: 5,
  KeyMismatch: 7,
  NotAvailable: 7,
  NotFound: 1,
  NotRunning: 1,
  Interrupted: 130
}

const stateWords: { readonly [R in StateReason]: { readonly exitCode: number; readonly summary: string } } = {
  Missing: { exitCode: 1, summary: "there is no state yet" },
  ReadOnly: { exitCode: 1, summary: "the state cannot be written" },
  Busy: { exitCode: 1, summary: "the state is busy" },
  Corrupt: { exitCode: 1, summary: "the state is damaged" },
  Newer: { exitCode: 1, summary: "the state was written by a newer amends" },
  Full: { exitCode: 1, summary: "the disk is full" },
  Io: { exitCode: 1, summary: "the state could not be read or written" },
  Poisoned: { exitCode: 1, summary: "the state could not be written" },
  Fenced: { exitCode: 6, summary: "the lease was lost" },
  Held: { exitCode: 6, summary: "another process holds the lease" },
  Duplicate: { exitCode: 7, summary: "the batch key is already used" },
  MissingKey: { exitCode: 1, summary: "the key of the workspace is missing" },
  WrongKey: { exitCode: 1, summary: "the key is not the one of this workspace" },
  Restored: { exitCode: 4, summary: "the state is missing or an older copy" },
  NetworkFileSystem: { exitCode: 7, summary: "the state lies on a network file system" },
  Exists: { exitCode: 7, summary: "the file is there already" }
}

const providerWords: { readonly [R in ProviderReason]: { readonly summary: string; readonly hint: string } } = {
  Rejected: { summary: "the server refused the request", hint: "check the resource and the provider's settings" },
  NotFound: { summary: "the server does not know what was asked for", hint: "check baseUrl and the id" },
  Conflict: { summary: "the server refused the request as a conflict", hint: "run the command again" },
  Unauthorized: {
    summary: "the server refused the credentials",
    hint: "check the provider's credentials in amends.yaml and the environment; see: amends doctor"
  },
  Throttled: { summary: "the server is limiting requests", hint: "try later, or set rateLimit in amends.yaml" },
  NotSent: { summary: "the server could not be reached", hint: "check baseUrl and the network; see: amends doctor" },
  Ambiguous: { summary: "the server did not answer", hint: "check the network, then run the command again" },
  Malformed: {
    summary: "the server's answer could not be understood",
    hint: "check that baseUrl is the API and not a page or a proxy"
  }
}

const ofState = (error: StateError): Failure => ({
  ...stateWords[error.reason],
  detail: error.detail,
  hint: error.hint
})

const ofProvider = ({ detail, provider, reason, request, status }: ProviderError): Failure => ({
  exitCode: 1,
  summary: providerWords[reason].summary,
  detail: `${provider}: ${request}${status === undefined ? "" : ` → ${status}`}: ${detail}`,
  hint: providerWords[reason].hint
})

const ofWorkspace = ({ problems }: WorkspaceError): Failure => ({
  exitCode: 7,
  summary: problems.length === 1 ? "the files have a problem" : `the files have ${problems.length} problems`,
  detail: problems.map(renderProblem).join("\n"),
  hint: "correct them, then see: amends validate"
})

const ofHalted = ({ batch, cause }: Halted): Failure => ({
  exitCode: cause.reason === "Fenced" || cause.reason === "Held" ? 6 : 4,
  summary: cause.reason === "Fenced" ? "the lease was lost on the way" : "the batch stopped before it was over",
  detail: `${batch}: ${cause.detail}. What was applied is in the journal.`,
  hint: `${cause.hint} Then finish the batch with: amends recover ${batch}`
})

/** Says an error: exit code, summary, detail, and what to do. */
export const failureOf = (error: AppError): Failure => {
  switch (error._tag) {
    case "WorkspaceError":
      return ofWorkspace(error)
    case "StateError":
      return ofState(error)
    case "ProviderError":
      return ofProvider(error)
    case "RegistryError":
      return { exitCode: 7, summary: "a provider's settings are wrong", detail: error.message, hint: error.hint }
    case "Refusal": {
      const { detail, hint, reason, summary } = error
      return { exitCode: refusalExit[reason], summary, detail, hint }
    }
    case "Halted":
      return ofHalted(error)
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
