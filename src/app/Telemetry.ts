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
}

/** Lets a batch be watched, and tells what it came to; `reportIn` finds that in the answer. */
export const watchedBatch = <A, E, R>(
  batch: WatchedBatch,
  work: Effect.Effect<A, E, R>,
  reportIn: (answer: A) => BatchReport | undefined
): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const telemetry = yield* Telemetry
    const { within } = yield* Observer
    const told = Effect.tap(work, (answer) =>
      Effect.sync(() => {
        const report = reportIn(answer)
        if (report !== undefined) telemetry.batchEnded(report)
      }))
    return yield* within({ _tag: "batch", ...batch }, told)
  })
