/**
 * What a run came to, as a value for whoever says it: outcome, counts, what failed, what needs a person.
 */
import type { Counts } from "../domain/Batch.ts"
import type { Blocked, Compensated } from "../domain/Entry.ts"
import type { Address, BatchId, StepId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { type CallState, effective, phaseOf, remains } from "./Fold.ts"
import type { StepFailure } from "./Progress.ts"
import { type Run, stateOf } from "./Run.ts"

/** Why one step failed. */
export interface FailedStep {
  readonly step: StepId
  readonly address: Address
  readonly failure: StepFailure
}

/** A step that waits for a person, with the choices there are. */
export interface StuckStep {
  readonly step: StepId
  readonly address: Address
  readonly blocked: Blocked
}

/** What a run came to. */
export interface BatchReport {
  readonly batch: BatchId
  readonly outcome: "committed" | "compensated" | "residue" | "stuck" | "kept" | "abandoned"
  /** Applied changes, for committed and kept. */
  readonly counts: Counts
  /** How many steps had been applied, and how many of them were taken back. */
  readonly applied: number
  readonly compensated: number
  readonly failures: ReadonlyArray<FailedStep>
  readonly stuck: ReadonlyArray<StuckStep>
  /** Addresses that are neither as desired nor as before. */
  readonly left: ReadonlyArray<Address>
  /** Nothing was sent because a resource was not what the plan rests on. */
  readonly stale: boolean
  /** Somebody asked to stop. */
  readonly interrupted: boolean
  /** At least one write took effect, or may have. */
  readonly wrote: boolean
}

const countOf = (steps: ReadonlyArray<Step>): Counts => ({
  added: steps.filter((step) => step.action === "create").length,
  changed: steps.filter((step) => step.action === "update" || step.action === "adopt").length,
  destroyed: steps.filter((step) => step.action === "delete").length
})

/** The steps that are as desired. */
export const appliedSteps = (run: Run): ReadonlyArray<Step> =>
  run.opened.plan.steps.filter((step) => {
    const state = stateOf(run, step)
    return state.complete && !state.unneeded && state.diverged.length === 0 && state.compensated === undefined
  })

/** Whether any call of the batch took effect, or may have. */
export const hasWritten = (run: Run): boolean =>
  [...run.log.states.values()].some((state) => effective(state).length > 0 || state.calls.some(isUndo))

const isUndo = (call: CallState): boolean => call.direction === "back"

const takenBack: { readonly [R in Compensated["result"]]: boolean } = {
  done: true,
  nothing: true,
  forced: true,
  residue: false,
  skipped: false,
  accepted: false
}

const tookBack = (run: Run, step: Step): boolean => {
  const result = stateOf(run, step).compensated?.result
  return result !== undefined && takenBack[result]
}

/** Whether something of what a step did is still there, or may be. */
export const isLeftChanged = (run: Run, step: Step): boolean => {
  const state = stateOf(run, step)
  const result = state.compensated?.result
  return remains(state) || result === "residue" || result === "skipped"
}

/** Puts the report of a run together. */
export const reportOf = (
  run: Run,
  outcome: BatchReport["outcome"],
  ended: Pick<BatchReport, "failures" | "left" | "interrupted"> & { readonly stale?: boolean }
): BatchReport => {
  const steps = run.opened.plan.steps
  const touched = steps.filter((step) => effective(stateOf(run, step)).length > 0)
  return {
    batch: run.batch,
    outcome,
    counts: countOf(appliedSteps(run)),
    applied: touched.length,
    compensated: touched.filter((step) => tookBack(run, step)).length,
    failures: ended.failures,
    left: ended.left,
    interrupted: ended.interrupted,
    stuck: steps.flatMap((step) => {
      const state = stateOf(run, step)
      return phaseOf(state) === "stuck" && state.blocked !== undefined
        ? [{ step: step.id, address: step.address, blocked: state.blocked }]
        : []
    }),
    stale: ended.stale ?? false,
    wrote: hasWritten(run)
  }
}
