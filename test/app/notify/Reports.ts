/**
 * What batches came to, for tests of what is told of them.
 */
import type { Address, BatchId, StepId } from "../../../src/domain/Ids.ts"
import type { BatchReport, FailedStep, StuckStep } from "../../../src/executor/Report.ts"

/** A report of a batch that failed with its first change taken back, unless told otherwise. */
export const reportOf = (outcome: BatchReport["outcome"], rest: Partial<BatchReport> = {}): BatchReport => ({
  batch: "b-1" as BatchId,
  outcome,
  counts: { added: 1, changed: 2, destroyed: 3 },
  applied: 1,
  compensated: 1,
  failures: [],
  stuck: [],
  left: [],
  stale: false,
  interrupted: false,
  wrote: true,
  ...rest
})

/** A step that waits for a person. */
export const stuckAt = (address: string, why: string): StuckStep => ({
  step: address as StepId,
  address: address as Address,
  blocked: {
    _tag: "blocked",
    step: address as StepId,
    direction: "back",
    why,
    paths: ["/description"],
    digest: "hmac:0123456789abcdef",
    choices: ["retry", "skip"]
  }
})

/** A step that failed. */
export const failedAt = (address: string, detail: string): FailedStep => ({
  step: address as StepId,
  address: address as Address,
  failure: { summary: "the server refused the request", detail, hint: "correct it", applied: "no" }
})
