/**
 * How a run is held and hurried: the gate that a pause closes, what is in flight, deadlines, and retries that are left.
 *
 * The time of a pause counts towards no deadline.
 */
import { Clock, Context, Deferred, Effect, Latch } from "effect"
import { Priority } from "../providers/Provider.ts"
import type { StopSignal } from "./Stopping.ts"

/** How a run is held and hurried. */
export interface Control {
  /** Open unless the run is paused. */
  readonly gate: Latch.Latch
  /** Open while no request is in flight. */
  readonly idle: Latch.Latch
  inFlight: number
  /** When the present pause began, and how long earlier ones took; milliseconds. */
  pausedAt: number | undefined
  pausedMs: number
  /** Repetitions that are left on the way forward. */
  retriesLeft: number
  /** Done once the way forward took too long, with the words for it. */
  readonly overdue: Deferred.Deferred<string>
}

/** The control of a run that nobody has asked anything of. */
export const makeControl = (retryBudget = Number.POSITIVE_INFINITY): Control => ({
  gate: Latch.makeUnsafe(true),
  idle: Latch.makeUnsafe(true),
  inFlight: 0,
  pausedAt: undefined,
  pausedMs: 0,
  retriesLeft: retryBudget,
  overdue: Deferred.makeUnsafe()
})

/** Whatever is controlled: a run. */
export interface Controlled {
  readonly control: Control
  readonly stopping: StopSignal
}

/** When the work at hand has to be over, on the clock of the run. */
export interface DeadlineAt {
  readonly at: number
  /** Something was not tried again because of it. */
  missed: boolean
}

/** The deadline of the work at hand; the end of time unless provided. */
export const Deadline = Context.Reference<DeadlineAt>("amends/Deadline", {
  defaultValue: () => ({ at: Number.POSITIVE_INFINITY, missed: false })
})

/** A deadline so many milliseconds from now. */
export const deadlineIn = (run: Controlled, ms = Number.POSITIVE_INFINITY): Effect.Effect<DeadlineAt> =>
  Effect.map(runClock(run), (now) => ({ at: now + ms, missed: false }))

/** Whether somebody asked the run to stop. */
export const isCancelled = (run: Controlled): boolean => Deferred.isDoneUnsafe(run.stopping.requested)

/** Whether nothing new is to be started on the way forward: somebody asked to stop, or time is up. */
export const isStopRequested = (run: Controlled): boolean =>
  isCancelled(run) || Deferred.isDoneUnsafe(run.control.overdue)

/** The time of the run at a moment: it stands still while the run is paused; milliseconds. */
export const runTime = ({ control }: Controlled, now: number): number => (control.pausedAt ?? now) - control.pausedMs

/** The time of the run. */
export const runClock = (run: Controlled): Effect.Effect<number> =>
  Effect.map(Clock.currentTimeMillis, (now) => runTime(run, now))

/** Lets through what wants to begin; holds it while the run is paused. */
export const admitted = ({ control }: Controlled): Effect.Effect<void> => control.gate.await

/** Sends something, and knows that it is in flight. */
export const inFlight = <A, E, R>({ control }: Controlled, request: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    control.inFlight += 1
    control.idle.closeUnsafe()
    return Effect.ensuring(
      request,
      Effect.sync(() => {
        control.inFlight -= 1
        if (control.inFlight === 0) control.idle.openUnsafe()
      })
    )
  })

/** Whether the work at hand may try once more after a pause of that length; takes one of the retries that are left. */
export const mayTryAgain = Effect.fnUntraced(function*(run: Controlled, pauseMs: number) {
  const deadline = yield* Deadline
  if ((yield* runClock(run)) + pauseMs >= deadline.at) {
    deadline.missed = true
    return false
  }
  if ((yield* Priority) === "compensation") return true
  if (isStopRequested(run) || run.control.retriesLeft <= 0) return false
  run.control.retriesLeft -= 1
  return true
})
