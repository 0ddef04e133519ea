/**
 * Takes the steps of a batch back in reverse: a step as soon as every dependent is, and none before what depends on it.
 *
 * What a server refuses while others are still to be taken back (a quota that is full, a name that is not free yet) is
 * tried again once they are.
 */
import { Clock, Effect } from "effect"
import { renderDuration } from "../domain/Duration.ts"
import type { StepId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import type { StateError } from "../state/StateError.ts"
import { backward } from "./Backward.ts"
import { admitted, Deadline, deadlineIn, runTime } from "./Control.ts"
import { drive } from "./Drive.ts"
import { phaseOf, remains } from "./Fold.ts"
import { hasToRefer } from "./Restore.ts"
import { type Run, stateOf } from "./Run.ts"
import { actionOf, detailOf } from "./Steps.ts"
import { type BackEnd, stuck } from "./WriteBack.ts"

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
  if (end !== "compensated") {
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
  return end
})

/** What there was no time to take back waits for a person. */
const leave = Effect.fnUntraced(function*(run: Run, deadlineMs: number) {
  const why = `there was no time left to take it back: the deadline of ${renderDuration(deadlineMs)} passed`
  for (const step of run.opened.plan.steps.toReversed()) {
    const state = stateOf(run, step)
    if (phaseOf(state) === "stuck" || !(remains(state) || (yield* hasToRefer(run, step)))) continue
    yield* stuck(run, step, { why, paths: [], choices: ["retry", "skip"] })
  }
})

const performed = (run: Run, step: Step): Effect.Effect<BackEnd, StateError> =>
  remains(stateOf(run, step))
    ? run.within({ _tag: "compensation", address: step.address, action: actionOf(step) }, takeBack(run, step))
    : takeBack(run, step)

/** How the steps ended that were tried so far, and when: by how many had been taken back then. */
interface Tries {
  readonly ends: Map<StepId, { readonly end: BackEnd; readonly taken: number }>
  taken: number
}

/** Takes a step back, unless it was tried already; tells whether it is back. */
const tried = Effect.fnUntraced(function*(run: Run, step: Step, tries: Tries) {
  const known = tries.ends.get(step.id)
  if (known !== undefined) return known.end === "compensated"
  const before = stateOf(run, step).compensated
  const end = yield* performed(run, step)
  // A reference that was rewritten lets go of something, too.
  if (stateOf(run, step).compensated !== before) tries.taken += 1
  tries.ends.set(step.id, { end, taken: tries.taken })
  return end === "compensated"
})

/** Lets what was refused before another step was taken back be tried again; tells whether there is any. */
const triesAgain = ({ ends, taken }: Tries): boolean => {
  const again = [...ends].filter(([, one]) => one.end === "refused" && one.taken < taken)
  for (const [id] of again) ends.delete(id)
  return again.length > 0
}

/** Takes every step back, dependents first; what depends on a stuck step waits with it. */
export const retreat = Effect.fn("Executor.retreat")(function*(run: Run) {
  const steps = run.opened.plan.steps
  const dependents = new Map<StepId, Array<StepId>>()
  for (const step of steps) {
    for (const need of step.dependsOn) {
      const of = dependents.get(need)
      if (of === undefined) dependents.set(need, [step.id])
      else of.push(step.id)
    }
  }
  const { compensationDeadlineMs, parallelism } = run.opened.policies
  const deadline = yield* deadlineIn(run, compensationDeadlineMs)
  const clock = yield* Clock.Clock
  const isLate = () => runTime(run, clock.currentTimeMillisUnsafe()) >= deadline.at
  const tries: Tries = { ends: new Map(), taken: 0 }
  do {
    yield* Effect.provideService(
      drive({
        ids: steps.map(({ id }) => id).toReversed(),
        dependsOn: (id) => dependents.get(id) ?? [],
        parallelism,
        admitted: admitted(run),
        stopped: isLate,
        perform: (id) => {
          const step = run.steps.get(id)
          return step === undefined ? Effect.succeed(true) : tried(run, step, tries)
        }
      }),
      Deadline,
      deadline
    )
  } while (!isLate() && triesAgain(tries))
  if (compensationDeadlineMs !== undefined && isLate()) yield* leave(run, compensationDeadlineMs)
})
