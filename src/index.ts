/**
 * The library: the verbs of amends for programs.
 *
 * The verbs are Effects over `layerWorkspace`; `openWorkspace` gives the same as promises. Every answer has `metadata`.
 * A batch that failed and was compensated is a value; what keeps a verb from an answer is an `AppError`, which
 * `failureOf` puts into words.
 */
export { type ApplyResult, exitCodeOfApply } from "./app/Apply.ts"
export type { AuditVerdict } from "./app/Audit.ts"
export type { Diff } from "./app/Diff.ts"
export type { Drifted, DriftReport } from "./app/Drift.ts"
export type { Accepted, Restored } from "./app/DriftSettle.ts"
export {
  type AppError,
  type Failure,
  failureOf,
  failureOfAudit,
  failureOfBlocked,
  Halted,
  Refusal
} from "./app/Failure.ts"
export type { Shown } from "./app/Inspect.ts"
export { type MergeDirection, mergeDirections } from "./app/MergeDirection.ts"
export type { Asked, Metadata, Told, VerbName } from "./app/Metadata.ts"
export { type AppServices, changesAnything, type PlannedBatch } from "./app/PlanBatch.ts"
export { type EngineEvent, Progress, requestStop, Stopping } from "./app/Progress.ts"
export { choiceText, type RecoverResult } from "./app/Recover.ts"
export type { Rehearsed, RehearsedRequest, Way } from "./app/Rehearse.ts"
export type {
  AcceptRequest,
  ApplyRequest,
  PlanRequest,
  RecoverRequest,
  RestoreRequest,
  RollbackDryRunRequest,
  RollbackRequest
} from "./app/Requests.ts"
export { exitCodeOfRollback, type RollbackResult } from "./app/Rollback.ts"
export type { RollbackPlan } from "./app/RollbackPlan.ts"
export { isBlocking, type RollbackConflict, type RollbackItem, type RollbackReport } from "./app/RollbackReport.ts"
export type { RollbackWhat } from "./app/RollbackWhat.ts"
export { shown } from "./app/Shown.ts"
export {
  acceptDrift,
  apply,
  auditExport,
  auditList,
  auditVerify,
  batches,
  diff,
  drift,
  history,
  plan,
  recover,
  rehearse,
  restoreDrift,
  rollback,
  rollbackDryRun,
  show,
  sync,
  type Verb
} from "./app/Verbs.ts"
export { type Warning, Warnings } from "./app/Warnings.ts"
export type { AuditFilter, AuditRecord } from "./domain/Audit.ts"
export type { Plan, PlannedChange, Step } from "./domain/Plan.ts"
export type { Version } from "./domain/Version.ts"
export type { BatchReport, FailedStep, StuckStep } from "./executor/Report.ts"
export {
  type ApplyCall,
  layerWorkspace,
  type OpenOptions,
  type OpenWorkspace,
  openWorkspace,
  readAnswers,
  type RestoreCall,
  type RollbackCall
} from "./main/OpenWorkspace.ts"
