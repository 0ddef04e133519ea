/**
 * The saga engine: runs a plan as one batch that ends committed, or with every applied step taken back.
 *
 * Open the journal, take the steps forward as their dependencies allow, and either commit with the heads, or decide
 * the way back (durable before the first undo) and go it in reverse. Recovery enters the same functions with a
 * folded journal, so what happens after a crash is what would have happened without one.
 */
import { Deferred, Effect } from "effect"
import type { Decided } from "../domain/Entry.ts"
import type { Address } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { Journal } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { type Advance, advance } from "./Advance.ts"
import { block, doubtful } from "./Blocking.ts"
import { skip } from "./Choices.ts"
import { isCancelled } from "./Control.ts"
import { headsAt } from "./Ending.ts"
import { effective, holds, pendingChoice, phaseOf, remains } from "./Fold.ts"
import { controlled } from "./Follow.ts"
import { type BatchReport, hasWritten, isLeftChanged, reportOf } from "./Report.ts"
import { retreat } from "./Retreat.ts"
import { flush, makeRun, record, ride, type Run, type RunRequest, stateOf } from "./Run.ts"
import { settleOpen } from "./Settle.ts"
import { confirm } from "./Verify.ts"

/** The addresses of steps, each once. */
export const addressesWhere = (run: Run, isSuch: (step: Step) => boolean): ReadonlyArray<Address> => [
  ...new Set(run.opened.plan.steps.filter(isSuch).map(({ address }) => address))
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

/** Says that a batch is not over, once everything that is known of it is durable (W5). */
const notOver = (
  run: Run,
  { failures }: Advance,
  left: ReadonlyArray<Address>
): Effect.Effect<BatchReport, StateError> =>
  Effect.map(flush(run), () => reportOf(run, "stuck", { failures, left, interrupted: isCancelled(run) }))

/** Ends a batch that goes back: compensated, with residue, or stuck and not ended. */
export const goBack = Effect.fn("Executor.goBack")(function*(
  run: Run,
  advanced: Advance
): Effect.fn.Return<BatchReport, StateError> {
  yield* retreat(run)
  const { failures } = advanced
  const interrupted = isCancelled(run)
  const open = addressesWhere(run, (step) => remains(stateOf(run, step)) || phaseOf(stateOf(run, step)) === "stuck")
  if (open.length > 0) return yield* notOver(run, advanced, open)
  const left = addressesWhere(run, (step) => isLeftChanged(run, step))
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
      yield* block(run, step, doubtful(run, step, "forward"))
    }
  }
})

/** Ends a batch that keeps what it applied: applied steps are versions, the rest is not. */
export const keep = Effect.fn("Executor.keep")(function*(
  run: Run,
  advanced: Advance
): Effect.fn.Return<BatchReport, StateError> {
  yield* settleDoubts(run)
  yield* confirm(run)
  const unsettled = addressesWhere(run, (step) => phaseOf(stateOf(run, step)) === "stuck")
  if (unsettled.length > 0) return yield* notOver(run, advanced, unsettled)
  const left = addressesWhere(run, (step) => {
    const state = stateOf(run, step)
    return effective(state).length > 0 && (!state.complete || state.diverged.length > 0)
  })
  const heads = yield* headsAt(run, "kept")
  yield* run.journal.end(run.batch, run.lease, { _tag: "ended", as: "kept", left }, heads)
  return reportOf(run, "kept", { failures: advanced.failures, left, interrupted: isCancelled(run) })
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
  const open = run.opened.plan.steps.filter((step) => !holds(stateOf(run, step)))
  const waiting = failed.size === 0 ? open : open.filter(({ id }) => failed.has(id))
  for (const step of waiting) yield* block(run, step, { direction: "forward", why, paths: [], choices: ["retry"] })
  const left = addressesWhere(run, (step) => !holds(stateOf(run, step)))
  return yield* notOver(run, advanced, left)
})

const stopReason = ({ control }: Run): Effect.Effect<string> =>
  Deferred.isDoneUnsafe(control.overdue) ? Deferred.await(control.overdue) : Effect.succeed("interrupted")

/** What becomes of a batch after it went forward. */
export const conclude = Effect.fn("Executor.conclude")(function*(
  run: Run,
  advanced: Advance
): Effect.fn.Return<BatchReport, StateError> {
  const unfinished = run.opened.plan.steps.some((step) => !holds(stateOf(run, step)))
  if (advanced.failures.length === 0 && !unfinished) return yield* commit(run)
  const [first] = advanced.failures
  const why = first === undefined ? yield* stopReason(run) : `${first.address}: ${first.failure.summary}`
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
  return yield* controlled(running, Effect.flatMap(advance(running), (advanced) => conclude(running, advanced)))
})
