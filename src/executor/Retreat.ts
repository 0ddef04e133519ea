/**
 * Takes the steps of a batch back in reverse: a step as soon as every dependent is, and none before what depends on it.
 */
import { Clock, Effect } from "effect"
import { renderDuration } from "../domain/Duration.ts"
import type { StepId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { backward } from "./Backward.ts"
import { admitted, Deadline, deadlineIn, runTime } from "./Control.ts"
import { drive } from "./Drive.ts"
import { phaseOf, remains } from "./Fold.ts"
import { hasToRefer } from "./Restore.ts"
import { type Run, stateOf } from "./Run.ts"
import { actionOf, detailOf } from "./Steps.ts"
import { stuck } from "./WriteBack.ts"

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

/** What there was no time to take back waits for a person. */
const leave = Effect.fnUntraced(function*(run: Run, deadlineMs: number) {
  const why = `there was no time left to take it back: the deadline of ${renderDuration(deadlineMs)} passed`
  for (const step of run.opened.plan.steps.toReversed()) {
    const state = stateOf(run, step)
    if (phaseOf(state) === "stuck" || !(remains(state) || (yield* hasToRefer(run, step)))) continue
    yield* stuck(run, step, { why, paths: [], choices: ["retry", "skip"] })
  }
})

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
  yield* Effect.provideService(
    drive({
      ids: steps.map(({ id }) => id).toReversed(),
      dependsOn: (id) => dependents.get(id) ?? [],
      parallelism,
      admitted: admitted(run),
      stopped: isLate,
      perform: (id) => {
        const step = run.steps.get(id)
        if (step === undefined) return Effect.succeed(true)
        if (!remains(stateOf(run, step))) return takeBack(run, step)
        return run.within({ _tag: "compensation", address: step.address, action: actionOf(step) }, takeBack(run, step))
      }
    }),
    Deadline,
    deadline
  )
  if (compensationDeadlineMs !== undefined && isLate()) yield* leave(run, compensationDeadlineMs)
})
