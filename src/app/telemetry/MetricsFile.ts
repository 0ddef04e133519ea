/**
 * Metrics as a Prometheus text file at the end of a run, for the textfile collector of a node exporter.
 *
 * It is written beside its place and moved there, so that nobody reads half of one.
 */
import { Effect } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { rename, rm, writeFile } from "node:fs/promises"
import type { Meter } from "./Meter.ts"

/** Anybody may read it: it holds no secret, and the collector is another user. */
const mode = 0o644

/** Writes the file; fails with the words of the system. */
export const writeMetrics = (path: string, { registry }: Meter): Effect.Effect<void, string> => {
  const beside = `${path}.${process.pid}.tmp`
  return Effect.tryPromise({
    try: async () => {
      await writeFile(beside, PrometheusMetrics.formatUnsafe(registry), { mode })
      await rename(beside, path)
    },
    catch: (cause) => cause instanceof Error ? cause.message : String(cause)
  }).pipe(
    Effect.tapError(() => Effect.ignore(Effect.tryPromise(() => rm(beside, { force: true }))))
  )
}
