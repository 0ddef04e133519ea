/**
 * The watcher of a run: turns what the engine tells into metrics, notes on spans and log lines.
 *
 * It only looks: whatever it is told, the engine's work and its outcome stay as they are.
 */
import { Clock, Effect } from "effect"
import { kindOf } from "../../domain/Ids.ts"
import type { Stretch, Watcher } from "../../executor/Observer.ts"
import type { EngineEvent } from "../../executor/Progress.ts"
import type { BatchReport } from "../../executor/Report.ts"
import { exitCodeOfReport } from "../Failure.ts"
import type { RunEnd } from "../Telemetry.ts"
import type { Say } from "./Logs.ts"
import type { Meter } from "./Meter.ts"
import { factsOf, noteOnSpan, spanAttributes } from "./Spans.ts"

/** What a watcher is made with. */
export interface Watching {
  readonly meter: Meter
  readonly say: Say
  /** Whether spans go anywhere. */
  readonly traces: boolean
  readonly command: string
  readonly now: () => number
}

type Told<T extends EngineEvent["_tag"]> = Extract<EngineEvent, { readonly _tag: T }>

const labelsOf = ({ action, address }: Pick<Told<"apply_start">, "action" | "address">) => ({
  kind: kindOf(address),
  action
})

const applied = ({ meter, say }: Watching, event: Told<"apply_complete">): void => {
  if (event.action === "none") return
  meter.count("amends_steps_total", { ...labelsOf(event), outcome: "applied" })
  meter.time("amends_step_seconds", { action: event.action }, event.ms)
  say("Info", "step applied", { ms: event.ms })
}

const failed = ({ meter, say }: Watching, event: Told<"apply_errored">): void => {
  const { applied: took, summary } = event.error
  meter.count("amends_steps_total", { ...labelsOf(event), outcome: "failed" })
  noteOnSpan({ "error.type": "StepFailed", "amends.applied": took })
  say("Warn", "step failed", { why: summary, applied: took })
}

const compensated = ({ meter, say }: Watching, event: Told<"compensate_complete">): void => {
  const { action, ms, result } = event
  meter.count("amends_compensations_total", { ...labelsOf(event), result })
  meter.time("amends_compensation_seconds", { action }, ms)
  noteOnSpan({ "amends.result": result })
  say("Info", "step taken back", { result, ms })
}

const stuck = ({ meter, say }: Watching, event: Told<"compensate_errored">): void => {
  meter.count("amends_compensations_total", { ...labelsOf(event), result: "stuck" })
  noteOnSpan({ "error.type": "StepStuck" })
  say("Error", "step needs a person", { choices: event.choices.join(" ") })
}

const heard = (watching: Watching, event: EngineEvent): void => {
  const { meter, say } = watching
  switch (event._tag) {
    case "batch_opened":
      return say("Info", "batch opened")
    case "recover_start":
    case "recover_complete":
      // The span of the recovery tells it.
      return
    case "apply_start":
      return say("Debug", "step begins", { action: event.action })
    case "apply_progress":
      return say("Debug", "step goes on", { note: event.note })
    case "apply_complete":
      return applied(watching, event)
    case "apply_errored":
      return failed(watching, event)
    case "compensate_start":
      return say("Debug", "step is being taken back", { action: event.action })
    case "compensate_complete":
      return compensated(watching, event)
    case "compensate_errored":
      return stuck(watching, event)
    case "conflict":
      return say("Warn", "conflict", { address: event.address, paths: event.paths.join(" ") })
    case "resolve":
      meter.count("amends_settlements_total", { verdict: event.verdict })
      return say("Info", "lost answer settled", { address: event.address, verdict: event.verdict })
    case "waiting":
      return say("Info", "waiting", { what: event.what, ms: event.ms })
    case "paused":
    case "resumed":
      return say("Info", event._tag === "paused" ? "batch paused" : "batch resumed")
    case "direction":
      return say("Warn", "batch turns", { to: event.to })
  }
}

/** Notes while a batch is under way, and how long it took. */
const timed = <A, E, R>({ meter }: Watching, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (began) => {
    meter.set("amends_batch_running_since_seconds", began / 1_000)
    return Effect.ensuring(
      work,
      Effect.map(Clock.currentTimeMillis, (ended) => {
        meter.set("amends_batch_running_since_seconds", 0)
        meter.time("amends_batch_seconds", {}, ended - began)
      })
    )
  })

const within = <A, E, R>(watching: Watching, stretch: Stretch, work: Effect.Effect<A, E, R>) => {
  const facts = factsOf(stretch)
  const attributes = spanAttributes(facts)
  const measured = stretch._tag === "batch" ? timed(watching, work) : work
  const annotated = Effect.annotateLogs(measured, stretch._tag === "batch" ? { batch: stretch.batch } : facts)
  return watching.traces
    ? Effect.withSpan(annotated, `amends.${stretch._tag}`, { attributes, captureStackTrace: false })
    : annotated
}

/** What the engine is watched by. */
export const makeWatcher = (watching: Watching): Watcher => ({
  publish: (event) => heard(watching, event),
  within: (stretch, work) => within(watching, stretch, work)
})

/** Takes note of how a batch ended. */
export const batchEnded = ({ meter, say }: Watching, report: BatchReport): void => {
  const { outcome } = report
  const exitCode = exitCodeOfReport(report)
  meter.count("amends_batches_total", { outcome, exit_code: String(exitCode) })
  noteOnSpan({
    "amends.outcome": outcome,
    "amends.exit_code": exitCode,
    ...(exitCode === 0 ? {} : { "error.type": `Batch.${outcome}` })
  })
  say(exitCode === 0 ? "Info" : "Warn", "batch ended", { outcome, exitCode })
}

/** Takes note of how a command ended. */
export const runEnded = ({ command, meter, now }: Watching, { exitCode, outcome }: RunEnd): void => {
  meter.count("amends_runs_total", { command, outcome, exit_code: String(exitCode) })
  meter.set("amends_run_exit_code", exitCode)
  meter.set("amends_run_timestamp_seconds", now() / 1_000)
  noteOnSpan({
    "amends.outcome": outcome,
    "amends.exit_code": exitCode,
    ...(exitCode === 0 ? {} : { "error.type": `Exit.${exitCode}` })
  })
}
