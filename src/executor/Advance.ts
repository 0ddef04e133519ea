/**
 * Takes the steps of a batch forward as their dependencies allow, until all are done, one failed, or somebody asks to
 * stop.
 */
import { Clock, Effect } from "effect"
import { renderDuration } from "../domain/Duration.ts"
import type { Step } from "../domain/Plan.ts"
import type { StateError } from "../state/StateError.ts"
import { admitted, Deadline, deadlineIn, isStopRequested } from "./Control.ts"
import { drive } from "./Drive.ts"
import { holds, openCall } from "./Fold.ts"
import { forward } from "./Forward.ts"
import type { FailedStep } from "./Report.ts"
import { type Run, stateOf } from "./Run.ts"
import { failed, type StepEnd } from "./StepEnd.ts"
import { actionOf, detailOf } from "./Steps.ts"

/** What going forward came to. */
export interface Advance {
  readonly failures: ReadonlyArray<FailedStep>
  /** Every failure was a resource that is not what the plan rests on. */
  readonly drifted: boolean
}

/** A disk that is full takes no intent, so nothing was sent; what was done before can still be taken back. */
const unrecorded = (error: StateError): StepEnd =>
  failed({ summary: "the disk is full", detail: error.message, hint: error.hint, applied: "no" })

/** A defect of amends or a provider in one step must not cost the others their way back. */
const broken = (run: Run, step: Step, defect: unknown): StepEnd => ({
  _tag: "failed",
  failure: {
    summary: "amends or its provider has a defect",
    detail: detailOf(run, defect),
    hint: "report it; what was applied is taken back",
    applied: openCall(stateOf(run, step)) === undefined ? "no" : "unknown"
  },
  drifted: false,
  stuck: false
})

/** Says why a step that ran out of time was not tried again. */
const hurried = (end: StepEnd, deadlineMs: number): StepEnd => {
  if (end._tag === "done") return end
  const why = `its deadline of ${renderDuration(deadlineMs)} leaves no time to try again`
  return { ...end, failure: { ...end.failure, detail: `${end.failure.detail} (${why})` } }
}

/** Takes a step forward within its deadline. */
const inTime = Effect.fnUntraced(function*(run: Run, step: Step) {
  const { stepDeadlineMs } = run.opened.policies
  const deadline = yield* deadlineIn(run, stepDeadlineMs)
  const end = yield* Effect.provideService(forward(run, step), Deadline, deadline)
  return stepDeadlineMs !== undefined && deadline.missed ? hurried(end, stepDeadlineMs) : end
})

const takeForward = Effect.fnUntraced(function*(run: Run, step: Step) {
  const started = yield* Clock.currentTimeMillis
  const { address } = step
  const action = actionOf(step)
  run.progress.publish({ _tag: "apply_start", address, action })
  const end = yield* inTime(run, step).pipe(
    Effect.catchIf((error) => error.reason === "Full", (error) => Effect.succeed(unrecorded(error))),
    Effect.catchDefect((defect) => Effect.succeed(broken(run, step, defect)))
  )
  const ms = (yield* Clock.currentTimeMillis) - started
  const remoteId = stateOf(run, step).remoteId
  if (end._tag === "failed") {
    run.progress.publish({ _tag: "apply_errored", address, action, error: end.failure })
  } else {
    const id = remoteId === undefined ? {} : { remoteId }
    run.progress.publish({ _tag: "apply_complete", address, action, ms, ...id })
  }
  return end
})

/** Takes every step forward that does not hold yet; starts nothing new after a failure or a wish to stop. */
export const advance = Effect.fn("Executor.advance")(function*(run: Run): Effect.fn.Return<Advance, StateError> {
  const { continueOnError, parallelism } = run.opened.policies
  const failures: Array<FailedStep> = []
  let drifted = true
  const note = (step: Step, end: StepEnd): boolean => {
    if (end._tag === "done") return true
    failures.push({ step: step.id, address: step.address, failure: end.failure })
    drifted = drifted && end.drifted
    return false
  }
  yield* drive({
    ids: run.opened.plan.steps.map(({ id }) => id),
    dependsOn: (id) => run.steps.get(id)?.dependsOn ?? [],
    parallelism,
    admitted: admitted(run),
    stopped: () => isStopRequested(run) || (failures.length > 0 && !continueOnError),
    perform: (id) => {
      const step = run.steps.get(id)
      if (step === undefined || holds(stateOf(run, step))) return Effect.succeed(true)
      const stretch = { _tag: "step", address: step.address, action: actionOf(step) } as const
      return Effect.map(run.within(stretch, takeForward(run, step)), (end) => note(step, end))
    }
  })
  return { failures: inPlanOrder(run, failures), drifted: failures.length > 0 && drifted }
})

/** Parallel steps fail in any order; the report names them in the plan's. */
const inPlanOrder = (run: Run, failures: ReadonlyArray<FailedStep>): ReadonlyArray<FailedStep> => {
  const position = new Map(run.opened.plan.steps.map(({ id }, index) => [id, index]))
  return failures.toSorted((a, b) => (position.get(a.step) ?? 0) - (position.get(b.step) ?? 0))
}
