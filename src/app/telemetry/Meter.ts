/**
 * The metrics of a run: their names, what they mean, and the registry that holds their values.
 *
 * The registry belongs to one run, so that nothing else of the process is in it. Labels hold names of ours and of the
 * configuration, never a document, a remote id or a server's words. docs/observability.md lists what is here.
 */
import { Context, Metric } from "effect"

/** Counters by name. */
export const counters = {
  amends_runs_total: "Commands by outcome and exit code",
  amends_batches_total: "Batches by outcome and the exit code that it means",
  amends_steps_total: "Steps taken forward, by kind, action and outcome",
  amends_compensations_total: "Steps taken back, by kind, action and result",
  amends_settlements_total: "Lost answers that reading the remote settled, by verdict",
  amends_requests_total: "Requests to a provider, by operation and outcome",
  amends_retries_total: "Requests sent again after one that failed",
  amends_in_doubt_total: "Writes whose answer was lost",
  amends_throttled_total: "Requests that the server refused as too many",
  amends_rate_waits_total: "Requests that waited for a rate limit",
  amends_rate_wait_seconds_total: "Time that requests waited for a rate limit"
} as const

/** Histograms by name; seconds. */
export const histograms = {
  amends_batch_seconds: "Duration of batches",
  amends_step_seconds: "Duration of steps taken forward, by action",
  amends_compensation_seconds: "Duration of steps taken back, by action",
  amends_request_seconds: "Duration of requests to a provider with their waits, by operation"
} as const

/** Gauges by name. */
export const gauges = {
  amends_run_exit_code: "Exit code of the last command",
  amends_run_timestamp_seconds: "When the last command ended; seconds since the epoch",
  amends_batch_running_since_seconds: "When the batch under way began; 0 for none",
  amends_unfinished_batches: "Batches that are not over",
  amends_unfinished_since_seconds: "When the oldest batch that is not over was opened; 0 for none",
  amends_stuck_steps: "Steps that wait for a person",
  amends_in_doubt_steps: "Steps with a request whose outcome is not known",
  amends_resources: "Resources under management",
  amends_state_bytes: "Size of the state on disk"
} as const

/** Names and values that tell series of a metric apart. */
export type Labels = Readonly<Record<string, string>>

/** Takes measurements. */
export interface Meter {
  readonly count: (name: keyof typeof counters, labels?: Labels, by?: number) => void
  readonly time: (name: keyof typeof histograms, labels: Labels, ms: number) => void
  readonly set: (name: keyof typeof gauges, value: number) => void
  /** Says whose workspace this is; a label of everything from then on. */
  readonly identify: (workspace: string) => void
  /** What exporters read the values from. */
  readonly registry: Context.Context<never>
}

/** From 5 ms to about three minutes. */
const boundaries = Metric.exponentialBoundaries({ start: 0.005, factor: 2, count: 16 })

/** Makes a meter with a registry of its own. */
export const makeMeter = (): Meter => {
  const registry = Context.make(Metric.MetricRegistry, new Map())
  let context: Context.Context<never> = registry
  return {
    registry,
    count: (name, labels = {}, by = 1) => {
      const counter = Metric.counter(name, { description: counters[name], incremental: true })
      Metric.withAttributes(counter, labels).updateUnsafe(by, context)
    },
    time: (name, labels, ms) => {
      const histogram = Metric.histogram(name, { description: histograms[name], boundaries })
      Metric.withAttributes(histogram, labels).updateUnsafe(ms / 1_000, context)
    },
    set: (name, value) => Metric.gauge(name, { description: gauges[name] }).updateUnsafe(value, context),
    identify: (workspace) => {
      context = Context.add(registry, Metric.CurrentMetricAttributes, { workspace })
    }
  }
}
