/**
 * Whether a command is observed, and running it so. Where nothing asks for telemetry, none of its code is loaded.
 */
import { Effect } from "effect"
import type { TelemetryRequest } from "../app/telemetry/StartTelemetry.ts"
import type { Host } from "../cli/Host.ts"
import { commandIn } from "../cli/Later.ts"
import type { Config } from "./Config.ts"

/** What telemetry needs of the process. */
export interface Surroundings {
  readonly host: Host["Service"]
  /** Writes to stderr. */
  readonly write: (text: string) => void
}

const asksForLogs = (argv: ReadonlyArray<string>): boolean =>
  argv.some((word) => word === "--log-level" || word.startsWith("--log-level="))

/** What the environment and the words of a command ask for; nothing where they do not. */
export const telemetryFor = (
  argv: ReadonlyArray<string>,
  { telemetry }: Pick<Config, "telemetry">,
  { host, write }: Surroundings
): TelemetryRequest | undefined => {
  const logs = asksForLogs(argv)
  if (telemetry === undefined && !logs) return undefined
  const { metricsFile, otel, traceParent } = telemetry ?? {}
  return {
    version: host.version,
    command: commandIn(argv) ?? "none",
    write,
    ...(otel === undefined ? {} : { otel }),
    ...(traceParent === undefined ? {} : { traceParent }),
    ...(metricsFile === undefined ? {} : { metricsFile: host.resolve(metricsFile) }),
    ...(logs ? { logs: argv.includes("--json") ? "json" as const : "text" as const } : {})
  }
}

/** Runs a command on a host whose services are watched. */
export const observed = (
  request: TelemetryRequest,
  host: Host["Service"],
  command: (host: Host["Service"]) => Effect.Effect<number>
): Effect.Effect<number> =>
  Effect.gen(function*() {
    const { startTelemetry } = yield* Effect.promise(() => import("../app/telemetry/StartTelemetry.ts"))
    const { around, watch } = yield* startTelemetry(request)
    return yield* around(command({ ...host, services: (place) => watch(host.services(place)) }))
  })
