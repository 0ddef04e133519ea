/**
 * Spans, metrics and logs over OTLP, as the OTEL_* variables ask for it: loaded only where they do.
 *
 * Every text of ours and of the configuration passes the redaction right before it is put into bytes. A collector that
 * is down or slow is given up on: it never changes an outcome, and keeps the process at most `Limits.telemetryExitMs`.
 */
import { ConfigProvider, Context, Effect, Layer, Logger, Metric, Tracer } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp, OtlpExporter, OtlpSerialization } from "effect/observability"
import type { Meter } from "./Meter.ts"

/** Variables whose names begin with OTEL_. */
export type OtelVariables = Readonly<Record<string, string>>

/** What exporting needs. */
export interface OtlpOptions {
  readonly otel: OtelVariables
  readonly version: string
  readonly meter: Meter
  readonly loggers: ReadonlySet<Logger.Logger<unknown, unknown>>
  readonly redact: (text: string) => string
}

/** Where telemetry goes. */
export interface Exporting {
  readonly tracer: Tracer.Tracer | undefined
  readonly loggers: ReadonlySet<Logger.Logger<unknown, unknown>>
  /** Sends what is left. */
  readonly flush: Effect.Effect<void>
}

/** Members of OTLP's JSON that hold a text; ids, times and names of ours are others. */
const texts: ReadonlySet<string> = new Set(["stringValue", "message"])

/** Takes secrets out of what is about to be sent. Stack traces are left out: they tell of our files, not of a run. */
const cleaned = <A>(data: A, redact: (text: string) => string): A => {
  const clean = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return texts.has(key) ? redact(value) : value
    if (Array.isArray(value)) return value.filter((item) => !isStack(item)).map((item) => clean(item, key))
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, clean(member, name)]))
  }
  return clean(data, "") as A
}

const isStack = (item: unknown): boolean =>
  typeof item === "object" && item !== null && "key" in item && item.key === "exception.stacktrace"

const protocols = { "http/json": OtlpSerialization.layerJson, "http/protobuf": OtlpSerialization.layerProtobuf }

const layerSerialization = ({ otel, redact }: OtlpOptions) => {
  const protocol = otel["OTEL_EXPORTER_OTLP_PROTOCOL"] === "http/protobuf" ? "http/protobuf" : "http/json"
  const { OtlpSerialization: Serialization } = OtlpSerialization
  return Layer.effect(
    Serialization,
    Effect.map(Serialization, (inner) =>
      Serialization.of({
        traces: (data) => inner.traces(cleaned(data, redact)),
        metrics: (data) => inner.metrics(cleaned(data, redact)),
        logs: (data) => inner.logs(cleaned(data, redact))
      }))
  ).pipe(Layer.provide(protocols[protocol]))
}

const layerOtlp = (options: OtlpOptions) =>
  Otlp.layerFromConfig({ resource: { serviceVersion: options.version }, loggerMergeWithExisting: true }).pipe(
    Layer.provideMerge(OtlpExporter.layerFlusher),
    Layer.provide(layerSerialization(options)),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...options.otel } })))
  )

/** Starts to export, until the scope closes. Dies where a variable cannot be understood. */
export const startExporting = Effect.fnUntraced(function*(options: OtlpOptions) {
  const services = yield* Layer.build(layerOtlp(options)).pipe(
    Effect.provideService(Logger.CurrentLoggers, options.loggers),
    Effect.provideService(Metric.MetricRegistry, Context.get(options.meter.registry, Metric.MetricRegistry))
  )
  const tracer = Context.get(services as Context.Context<never>, Tracer.Tracer)
  const loggers = Context.getOrUndefined(services as Context.Context<never>, Logger.CurrentLoggers)
  return {
    tracer: tracer === Tracer.nativeTracer ? undefined : tracer,
    loggers: loggers ?? options.loggers,
    flush: Context.get(services, OtlpExporter.Flusher).flush
  } satisfies Exporting
})
