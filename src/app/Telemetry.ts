/**
 * What verbs and the command line tell of a run as a whole, and the trace it belongs to.
 *
 * The default does nothing; `main` provides another where telemetry is configured. What happens inside a batch goes to
 * the engine's own watcher (`Observer`).
 */
import { Context, Effect } from "effect"
import type { BatchId } from "../domain/Ids.ts"
import { Observer } from "../executor/Observer.ts"
import type { BatchReport } from "../executor/Report.ts"

/** How a command ended. */
export interface RunEnd {
  readonly outcome: string
  readonly exitCode: number
}

/** Where the ends of batches and commands go. */
export interface TelemetrySink {
  /** The trace that this run is part of: 32 hexadecimal digits. */
  readonly traceId?: string
  readonly batchEnded: (report: BatchReport) => void
  readonly runEnded: (end: RunEnd) => void
}

/** Who is told; nobody unless provided. */
export const Telemetry = Context.Reference<TelemetrySink>("amends/Telemetry", {
  defaultValue: () => ({ batchEnded: () => {}, runEnded: () => {} })
})

/** A batch about to be worked on. */
export interface WatchedBatch {
  readonly batch: BatchId
  readonly steps: number
  readonly recovers: boolean
  /** Who opened it, and why. */
  readonly actor: string
  readonly reason?: string
  /** Who finishes it, where that is a recovery. */
  readonly recoveredBy?: string
}

/** Hears of every batch that a verb works on. No batch runs without one: `notifying` provides it. */
export class BatchListener extends Context.Service<BatchListener, {
  readonly begins: (watched: WatchedBatch) => Effect.Effect<void>
  /** What this process's work on the batch came to; no report where the work was refused. */
  readonly ends: (batch: BatchId, report: BatchReport | undefined) => Effect.Effect<void>
}>()("amends/BatchListener") {}

/** Lets a batch be watched, and tells what it came to; `reportIn` finds that in the answer. */
export const watchedBatch = <A, E, R>(
  watched: WatchedBatch,
  work: Effect.Effect<A, E, R>,
  reportIn: (answer: A) => BatchReport | undefined
): Effect.Effect<A, E, R | BatchListener> =>
  Effect.gen(function*() {
    const telemetry = yield* Telemetry
    const listener = yield* BatchListener
    const { within } = yield* Observer
    const { batch, recovers, steps } = watched
    const told = Effect.tap(work, (answer) => {
      const report = reportIn(answer)
      if (report !== undefined) telemetry.batchEnded(report)
      return listener.ends(batch, report)
    })
    yield* listener.begins(watched)
    return yield* within({ _tag: "batch", batch, steps, recovers }, told)
  })
