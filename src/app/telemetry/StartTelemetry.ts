/**
 * Telemetry of one command: what watches it, where that goes, and its orderly end.
 *
 * Only what is configured is started. Nothing that goes wrong here changes what the command does or answers: it is said
 * on stderr, and the command goes on without.
 */
import { Clock, Context, Effect, Exit, Fiber, Layer, Logger, Scope, Tracer } from "effect"
import { Limits } from "../../domain/Limits.ts"
import { Observer } from "../../executor/Observer.ts"
import type { ProviderFactory } from "../../providers/Registry.ts"
import { learning, makeRedaction } from "../Redaction.ts"
import type { StateAccess } from "../StateAccess.ts"
import { Telemetry, type TelemetrySink } from "../Telemetry.ts"
import { Workspace } from "../Workspace.ts"
import { type LogFormat, makeLogger, say } from "./Logs.ts"
import { makeMeter } from "./Meter.ts"
import type { Exporting, OtelVariables } from "./Otlp.ts"
import { noteOnSpan, tracerOver } from "./Spans.ts"
import { parseTraceParent } from "./TraceParent.ts"
import { layerWatchedProviders } from "./WatchedProvider.ts"
import { layerWatchedState } from "./WatchedState.ts"
import { batchEnded, makeWatcher, runEnded, type Watching } from "./Watching.ts"

/** What is asked for; a part that is absent is off. */
export interface TelemetryRequest {
  readonly version: string
  /** The word of the command. */
  readonly command: string
  readonly otel?: OtelVariables
  readonly traceParent?: string
  /** Absolute path of the file of metrics. */
  readonly metricsFile?: string
  readonly logs?: LogFormat
  /** Writes to stderr. */
  readonly write: (text: string) => void
}

/** The services that are watched. */
export type Watchable = Workspace | ProviderFactory | StateAccess

/** Puts watchers around the services of a workspace. */
export type Watch = <A>(services: Layer.Layer<A | Watchable>) => Layer.Layer<A | Watchable>

/** Telemetry of a command. */
export interface Started {
  readonly watch: Watch
  /** Runs the command in its trace; afterwards everything is sent and written, or given up. */
  readonly around: <A>(command: Effect.Effect<A>) => Effect.Effect<A>
}

const redactions = () => {
  const learned = makeRedaction()
  const all = new Set([learned.redact])
  return {
    learn: learned.learn,
    add: (redact: (text: string) => string) => void all.add(redact),
    redact: (text: string) => [...all].reduce((left, redact) => redact(left), text)
  }
}

const warn = ({ write }: TelemetryRequest, what: string, why: string): void =>
  write(`Warning: ${what}: ${why.split("\n", 1)[0]}. The command is not affected.\n`)

const exporting = (request: TelemetryRequest, parts: Parts, scope: Scope.Scope): Effect.Effect<Exporting> => {
  const { otel, version } = request
  const none: Exporting = { tracer: undefined, loggers: parts.loggers, flush: Effect.void }
  if (otel === undefined) return Effect.succeed(none)
  parts.secrets.learn(Object.entries(otel).flatMap(([name, value]) => name.endsWith("_HEADERS") ? valuesIn(value) : []))
  return Effect.promise(() => import("./Otlp.ts")).pipe(
    Effect.flatMap(({ startExporting }) =>
      startExporting({ otel, version, meter: parts.meter, loggers: parts.loggers, redact: parts.secrets.redact })
    ),
    Scope.provide(scope),
    Effect.catchCause(() => {
      warn(request, "telemetry is off", "an OTEL_ variable could not be understood")
      return Effect.succeed(none)
    })
  )
}

/** The values of `a=b,c=d`. */
const valuesIn = (headers: string): ReadonlyArray<string> =>
  headers.split(",").flatMap((pair) => {
    const value = pair.slice(pair.indexOf("=") + 1).trim()
    return [value, decoded(value)]
  })

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

interface Parts {
  readonly meter: ReturnType<typeof makeMeter>
  readonly secrets: ReturnType<typeof redactions>
  readonly loggers: ReadonlySet<Logger.Logger<unknown, unknown>>
}

const partsOf = ({ logs, write }: TelemetryRequest): Parts => {
  const secrets = redactions()
  const loggers = logs === undefined ? [] : [makeLogger({ format: logs, write, redact: secrets.redact })]
  return { meter: makeMeter(), secrets, loggers: new Set(loggers) }
}

const watchOf = ({ meter, secrets }: Parts, watching: Watching): Watch => {
  const named = (name: string) => {
    meter.identify(name)
    noteOnSpan({ "amends.workspace": name })
  }
  const watchedWorkspace = Layer.effect(
    Workspace,
    Effect.map(Workspace, (inner) => {
      const learned = learning(inner, secrets)
      return Workspace.of({
        ...learned,
        settings: Effect.tap(learned.settings, ({ name }) => Effect.sync(() => named(name)))
      })
    })
  )
  const watched = Layer.mergeAll(
    watchedWorkspace,
    layerWatchedProviders(watching),
    layerWatchedState({ meter, redactWith: secrets.add })
  )
  return (services) => Layer.provideMerge(watched, services)
}

/** Sends and closes what there is, for so long; what is not done by then is left. */
const settle = (scope: Scope.Closeable, { flush }: Exporting): Effect.Effect<void> =>
  Effect.andThen(flush, Scope.close(scope, Exit.void)).pipe(
    Effect.forkDetach({ startImmediately: true }),
    Effect.flatMap(Fiber.await),
    Effect.timeoutOption(Limits.telemetryExitMs),
    Effect.asVoid
  )

const finish = (request: TelemetryRequest, { meter }: Parts): Effect.Effect<void> => {
  const { metricsFile } = request
  if (metricsFile === undefined) return Effect.void
  return Effect.promise(() => import("./MetricsFile.ts")).pipe(
    Effect.flatMap(({ writeMetrics }) => writeMetrics(metricsFile, meter)),
    Effect.catch((why) => Effect.sync(() => warn(request, "metrics were not written", why)))
  )
}

const sinkOf = (watching: Watching, traceId: string | undefined): TelemetrySink => ({
  ...(traceId === undefined ? {} : { traceId }),
  batchEnded: (report) => batchEnded(watching, report),
  runEnded: (end) => runEnded(watching, end)
})

/** Starts what is asked for. */
export const startTelemetry = Effect.fnUntraced(function*(request: TelemetryRequest): Effect.fn.Return<Started> {
  const clock = yield* Clock.Clock
  const parts = partsOf(request)
  const scope = yield* Scope.make()
  const exports = yield* exporting(request, parts, scope)
  const { command } = request
  const parent = parseTraceParent(request.traceParent)
  const { tracer } = exports
  const watching: Watching = {
    meter: parts.meter,
    say: exports.loggers.size === 0 ? () => {} : say,
    traces: tracer !== undefined,
    command,
    now: () => clock.currentTimeMillisUnsafe()
  }
  const references = Context.make(Observer, makeWatcher(watching)).pipe(
    Context.add(Logger.CurrentLoggers, exports.loggers)
  )
  const told = <A>(work: Effect.Effect<A>, traceId: string | undefined): Effect.Effect<A> =>
    Effect.provideContext(work, Context.add(references, Telemetry, sinkOf(watching, traceId)))
  const traced = <A>(work: Effect.Effect<A>): Effect.Effect<A> => {
    if (tracer === undefined) return told(work, parent?.traceId)
    const options = { attributes: { "amends.command": command }, ...(parent === undefined ? {} : { parent }) }
    return Effect.useSpan(`amends ${command}`, options, (span) => Effect.withParentSpan(told(work, span.traceId), span))
      .pipe(
        Effect.provideService(Tracer.Tracer, tracerOver(tracer))
      )
  }
  return {
    watch: watchOf(parts, watching),
    around: (work) =>
      traced(work).pipe(Effect.ensuring(finish(request, parts)), Effect.ensuring(settle(scope, exports)))
  }
})
