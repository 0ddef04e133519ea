/**
 * The saga engine: runs a plan as one batch that ends committed, or with every applied step taken back.
 *
 * Open the journal, take the steps forward as their dependencies allow, and either commit with the heads, or decide
 * the way back (durable before the first undo) and go it in reverse. Recovery enters the same functions with a
 * folded journal, so what happens after a crash is what would have happened without one.
 */
import { Clock, Effect } from "effect"
import type { Decided } from "../domain/Entry.ts"
import type { Address, StepId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { Journal } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { backward } from "./Backward.ts"
import { block, doubtful } from "./Blocking.ts"
import { skip } from "./Choices.ts"
import { drive } from "./Drive.ts"
import { headsAt } from "./Ending.ts"
import { effective, openCall, pendingChoice, phaseOf, remains } from "./Fold.ts"
import { forward, type StepEnd } from "./Forward.ts"
import { type BatchReport, type FailedStep, hasWritten, reportOf } from "./Report.ts"
import { makeRun, record, ride, type Run, type RunRequest, stateOf } from "./Run.ts"
import { isStopRequested } from "./Send.ts"
import { settleOpen } from "./Settle.ts"
import { stuck } from "./WriteBack.ts"

/** What going forward came to. */
export interface Advance {
  readonly failures: ReadonlyArray<FailedStep>
  /** Every failure was a resource that is not what the plan rests on. */
  readonly drifted: boolean
}

/** A disk that is full takes no intent, so nothing was sent; what was done before can still be taken back. */
const unrecorded = (error: StateError): StepEnd => ({
  _tag: "failed",
  failure: { summary: "the disk is full", detail: error.message, hint: error.hint, applied: "no" },
  drifted: false,
  stuck: false
})

const detailOf = (run: Run, defect: unknown): string =>
  run.sealer.redact(defect instanceof Error ? defect.message : String(defect))

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

const takeForward = Effect.fnUntraced(function*(run: Run, step: Step) {
  const started = yield* Clock.currentTimeMillis
  const { address } = step
  const action = actionOf(step)
  run.progress.publish({ _tag: "apply_start", address, action })
  const end = yield* forward(run, step).pipe(
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

const actionOf = (step: Step) => step.action === "guard" ? "none" : step.action

/** Takes every step forward that is not complete yet; starts nothing new after a failure or a wish to stop. */
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
    stopped: () => isStopRequested(run) || (failures.length > 0 && !continueOnError),
    perform: (id) => {
      const step = run.steps.get(id)
      if (step === undefined || stateOf(run, step).complete) return Effect.succeed(true)
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

const takeBack = Effect.fnUntraced(function*(run: Run, step: Step) {
  const started = yield* Clock.currentTimeMillis
  const { address } = step
  const action = actionOf(step)
  const acts = remains(stateOf(run, step))
  if (acts) run.progress.publish({ _tag: "compensate_start", address, action })
  const end = yield* backward(run, step).pipe(
    Effect.catchDefect((defect) =>
      stuck(run, step, {
        why: `amends or its provider has a defect: ${detailOf(run, defect)}`,
        paths: [],
        choices: ["retry", "skip"]
      })
    )
  )
  const ms = (yield* Clock.currentTimeMillis) - started
  const { blocked, compensated } = stateOf(run, step)
  if (end === "stuck") {
    const why = blocked?.why ?? "it needs a person"
    const error = {
      summary: "could not be taken back",
      detail: why,
      hint: "see the choices",
      applied: "unknown"
    } as const
    run.progress.publish({ _tag: "compensate_errored", address, action, error, choices: blocked?.choices ?? [] })
  } else if (acts || compensated !== undefined) {
    const result = compensated?.result ?? "nothing"
    run.progress.publish({ _tag: "compensate_complete", address, action, result, ms })
  }
  return end === "compensated"
})

/** Takes every step back, dependents first; what depends on a stuck step waits with it. */
const retreat = Effect.fn("Executor.retreat")(function*(run: Run) {
  const steps = run.opened.plan.steps
  const dependents = new Map<StepId, Array<StepId>>()
  for (const step of steps) {
    for (const need of step.dependsOn) {
      const of = dependents.get(need)
      if (of === undefined) dependents.set(need, [step.id])
      else of.push(step.id)
    }
  }
  yield* drive({
    ids: steps.map(({ id }) => id).toReversed(),
    dependsOn: (id) => dependents.get(id) ?? [],
    parallelism: run.opened.policies.parallelism,
    stopped: () => false,
    perform: (id) => {
      const step = run.steps.get(id)
      if (step === undefined) return Effect.succeed(true)
      if (!remains(stateOf(run, step))) return takeBack(run, step)
      return run.within({ _tag: "compensation", address: step.address, action: actionOf(step) }, takeBack(run, step))
    }
  })
})

const addressesWhere = (run: Run, holds: (step: Step) => boolean): ReadonlyArray<Address> => [
  ...new Set(run.opened.plan.steps.filter(holds).map(({ address }) => address))
]

/** Commits: all that is desired holds. */
export const commit = Effect.fn("Executor.commit")(function*(run: Run): Effect.fn.Return<BatchReport, StateError> {
  yield* ride(run, { _tag: "decided", to: "commit", why: "every step is applied or needs nothing" })
  const heads = yield* headsAt(run, "committed")
  yield* run.journal.end(run.batch, run.lease, { _tag: "ended", as: "committed", left: [] }, heads)
  return reportOf(run, "committed", { failures: [], left: [], interrupted: false })
})

/** Decides the way back, once. */
export const decide = (
  run: Run,
  to: Decided["to"] & ("back" | "keep"),
  why: string
): Effect.Effect<void, StateError> => {
  run.progress.publish({ _tag: "direction", to, why })
  if (run.log.decided?.to === to) return Effect.void
  return Effect.asVoid(record(run, { _tag: "decided", to, why }))
}

/** Ends a batch that goes back: compensated, with residue, or stuck and not ended. */
export const goBack = Effect.fn("Executor.goBack")(function*(
  run: Run,
  advanced: Advance
): Effect.fn.Return<BatchReport, StateError> {
  yield* retreat(run)
  const { failures } = advanced
  const interrupted = isStopRequested(run)
  const open = addressesWhere(run, (step) => remains(stateOf(run, step)) || phaseOf(stateOf(run, step)) === "stuck")
  if (open.length > 0) return reportOf(run, "stuck", { failures, left: open, interrupted })
  const left = addressesWhere(run, (step) => {
    const result = stateOf(run, step).compensated?.result
    return result === "residue" || result === "skipped"
  })
  const as = left.length > 0 ? "residue" as const : "compensated" as const
  yield* run.journal.end(run.batch, run.lease, { _tag: "ended", as, left }, yield* headsAt(run, "back"))
  const stale = advanced.drifted && !hasWritten(run)
  return reportOf(run, as, { failures, left, interrupted, stale })
})

/** Nothing is in doubt when a batch ends: what reading does not settle waits for a person. */
const settleDoubts = Effect.fnUntraced(function*(run: Run) {
  for (const step of run.opened.plan.steps) {
    if (!run.log.inDoubt.has(step.id)) continue
    if (pendingChoice(stateOf(run, step)) === "skip") yield* skip(run, step)
    else if (!(yield* settleOpen(run, step))) {
      yield* block(run, step, doubtful(run, step, "forward", "it is not known whether the last request was applied"))
    }
  }
})

/** Ends a batch that keeps what it applied: applied steps are versions, the rest is not. */
export const keep = Effect.fn("Executor.keep")(function*(
  run: Run,
  advanced: Advance
): Effect.fn.Return<BatchReport, StateError> {
  yield* settleDoubts(run)
  const unsettled = addressesWhere(run, (step) => phaseOf(stateOf(run, step)) === "stuck")
  if (unsettled.length > 0) {
    return reportOf(run, "stuck", { failures: advanced.failures, left: unsettled, interrupted: isStopRequested(run) })
  }
  const left = addressesWhere(run, (step) => {
    const state = stateOf(run, step)
    return effective(state).length > 0 && (!state.complete || state.diverged.length > 0)
  })
  const heads = yield* headsAt(run, "kept")
  yield* run.journal.end(run.batch, run.lease, { _tag: "ended", as: "kept", left }, heads)
  return reportOf(run, "kept", { failures: advanced.failures, left, interrupted: isStopRequested(run) })
})

/** The address of an irreversible step that took effect: from there on a batch goes forward only. */
export const pointOfNoReturn = (run: Run): Address | undefined =>
  run.opened.plan.steps.find((step) =>
    step.reversibility._tag === "none" && stateOf(run, step).compensated === undefined &&
    effective(stateOf(run, step)).length > 0
  )?.address

/** Leaves a batch unfinished until what is missing can be applied, or a person asks for the way back. */
const holdForward = Effect.fnUntraced(function*(run: Run, advanced: Advance, why: string) {
  const failed = new Set(advanced.failures.map(({ step }) => step))
  const open = run.opened.plan.steps.filter((step) => !stateOf(run, step).complete)
  const waiting = failed.size === 0 ? open : open.filter(({ id }) => failed.has(id))
  for (const step of waiting) yield* block(run, step, { direction: "forward", why, paths: [], choices: ["retry"] })
  const left = addressesWhere(run, (step) => !stateOf(run, step).complete)
  return reportOf(run, "stuck", { failures: advanced.failures, left, interrupted: isStopRequested(run) })
})

/** What becomes of a batch after it went forward. */
export const conclude = Effect.fn("Executor.conclude")(function*(
  run: Run,
  advanced: Advance
): Effect.fn.Return<BatchReport, StateError> {
  const unfinished = run.opened.plan.steps.some((step) => !stateOf(run, step).complete)
  if (advanced.failures.length === 0 && !unfinished) return yield* commit(run)
  const [first] = advanced.failures
  const why = first === undefined ? "interrupted" : `${first.address}: ${first.failure.summary}`
  const irreversible = pointOfNoReturn(run)
  if (irreversible !== undefined && run.opened.policies.onFailure !== "keep") {
    return yield* holdForward(
      run,
      advanced,
      `${irreversible} cannot be taken back, so the batch only goes forward; ${why}`
    )
  }
  const keeps = run.opened.policies.onFailure === "keep" && hasWritten(run)
  yield* decide(run, keeps ? "keep" : "back", why)
  return yield* keeps ? keep(run, advanced) : goBack(run, advanced)
})

/** Runs a plan as a new batch. */
export const execute = Effect.fn("Executor.execute")(function*(request: RunRequest) {
  const journal = yield* Journal
  const { batch, lease, opened } = request
  yield* journal.open(batch, lease, opened, { _tag: "leased", owner: lease.owner })
  const running = yield* makeRun(request, [])
  running.progress.publish({ _tag: "batch_opened", batch })
  return yield* conclude(running, yield* advance(running))
})
