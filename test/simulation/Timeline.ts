/**
 * Virtual time, and processes that can be killed, stopped and continued as an operating system does it.
 *
 * Every process is a scheduler and a clock of its own over one queue and one list of sleepers. A killed process runs
 * no line of code any more, finalizers included; a stopped one keeps its work until it is continued, while time goes
 * on for the others. Nothing here waits for the event loop, so a run takes no real time and repeats exactly.
 */
import { type Clock, Duration, Effect, type Fiber, Random, type Scheduler } from "effect"
import { Clock as ClockRef } from "effect/Clock"
import type { Draw } from "./Draw.ts"

/** What a process is doing. */
export type Life = "running" | "stopped" | "dead"

interface Task {
  readonly process: Process
  readonly run: () => void
}

interface Sleeper extends Task {
  readonly due: number
  readonly order: number
}

const isBefore = (a: Sleeper, b: Sleeper): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

/** One process of a run. */
export interface Process {
  readonly name: string
  life: Life
  /** Milliseconds by which its wall clock is wrong; the monotonic clock never is. */
  wallOffset: number
  /** What it would have done while it was stopped. */
  readonly held: Array<Task>
}

/** The one queue and the one list of sleepers. */
export class Timeline {
  /** Milliseconds since the epoch. */
  now = 1_700_000_000_000
  #tasks: Array<Task> = []
  #at = 0
  #order = 0
  readonly #sleepers: Array<Sleeper> = []

  /** Queues work of a process. */
  queue(process: Process, run: () => void): void {
    this.#tasks.push({ process, run })
  }

  /** Runs work of a process later. */
  later(process: Process, ms: number, run: () => void): void {
    const sleeper = { process, run, due: this.now + Math.max(0, ms), order: ++this.#order }
    let low = 0
    let high = this.#sleepers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#sleepers[middle]
      if (other !== undefined && isBefore(sleeper, other)) low = middle + 1
      else high = middle
    }
    this.#sleepers.splice(low, 0, sleeper)
  }

  /** Lets time pass until a condition holds, or until nothing is left that could happen. */
  run(until: () => boolean): void {
    while (!until()) {
      const task = this.#tasks[this.#at++] ?? this.#nextSleeper()
      if (task === undefined) return
      if (task.process.life === "running") task.run()
      else if (task.process.life === "stopped") task.process.held.push(task)
    }
  }

  /** Continues a stopped process with what it was about to do. */
  continue(process: Process): void {
    if (process.life !== "stopped") return
    process.life = "running"
    this.#tasks.push(...process.held.splice(0))
  }

  #nextSleeper(): Task | undefined {
    this.#tasks = []
    this.#at = 0
    const next = this.#sleepers.pop()
    if (next !== undefined) this.now = Math.max(this.now, next.due)
    return next
  }
}

/** Whoever watches over the run itself: never killed. */
export const makeProcess = (name: string): Process => ({ name, life: "running", wallOffset: 0, held: [] })

const schedulerOf = (timeline: Timeline, process: Process): Scheduler.Scheduler => ({
  executionMode: "sync",
  shouldYield: () => false,
  makeDispatcher: () => ({ scheduleTask: (run) => timeline.queue(process, run), flush: () => {} })
})

/** Time as a process sees it. */
export const clockOf = (timeline: Timeline, process: Process): Clock.Clock => {
  const wall = () => timeline.now + process.wallOffset
  const nanos = (ms: number) => BigInt(Math.floor(ms)) * 1_000_000n
  return {
    currentTimeMillisUnsafe: wall,
    currentTimeMillis: Effect.sync(wall),
    currentTimeNanosUnsafe: () => nanos(wall()),
    currentTimeNanos: Effect.sync(() => nanos(wall())),
    monotonicTimeNanosUnsafe: () => nanos(timeline.now),
    monotonicTimeNanos: Effect.sync(() => nanos(timeline.now)),
    sleep: (duration) =>
      Effect.callback<void>((resume) => timeline.later(process, Duration.toMillis(duration), () => resume(Effect.void)))
  }
}

const randomOf = (draw: Draw) => ({
  nextIntUnsafe: () => draw.int(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  nextDoubleUnsafe: () => draw.next()
})

/** Starts an effect in a process, with time and chance of the run. */
export const startIn = <A, E>(
  timeline: Timeline,
  process: Process,
  draw: Draw,
  effect: Effect.Effect<A, E>
): Fiber.Fiber<A, E> =>
  Effect.runFork(
    effect.pipe(
      Effect.provideService(ClockRef, clockOf(timeline, process)),
      Effect.provideService(Random.Random, randomOf(draw)),
      // Spans are not what is looked at here.
      Effect.withTracerEnabled(false)
    ),
    { scheduler: schedulerOf(timeline, process) }
  )
