/**
 * What the environment tells: the key, where we run, and who is asking. Read once, at the entry point.
 *
 * Nothing else reads the environment; `${env.X}` in the files is filled from the same record.
 */
import { hostname, userInfo } from "node:os"

/** Environment variables as given. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment says of a run. */
export interface Config {
  readonly env: Environment
  /** Text of AMENDS_KEY; it wins over the key file. */
  readonly keyText?: string
  readonly noColor: boolean
  /** Who asks: CI's own name for it, or user@host. */
  readonly actor: string
  /** Runs in a CI system. */
  readonly ci: boolean
  /** Absent where no variable asks for any. */
  readonly telemetry?: TelemetryConfig
}

/** What is told of a run, and to whom. */
export interface TelemetryConfig {
  /** The OTEL_ variables, where one names a collector. */
  readonly otel?: Readonly<Record<string, string>>
  /** W3C trace context of whoever started us. */
  readonly traceParent?: string
  /** A file for metrics in Prometheus's text format. */
  readonly metricsFile?: string
}

/** Who started a CI run, by the variables of the systems that say it. */
const ciActors: ReadonlyArray<readonly [variable: string, system: string]> = [
  ["GITHUB_ACTOR", "github"],
  ["GITLAB_USER_LOGIN", "gitlab"],
  ["BUILDKITE_BUILD_CREATOR_EMAIL", "buildkite"],
  ["CIRCLE_USERNAME", "circleci"],
  ["BITBUCKET_STEP_TRIGGERER_UUID", "bitbucket"],
  ["BUILD_REQUESTEDFOR", "azure"],
  ["BUILD_USER_ID", "jenkins"]
]

const user = (env: Environment): string => {
  try {
    return userInfo().username
  } catch {
    return env["USER"] ?? env["USERNAME"] ?? "unknown"
  }
}

const actorOf = (env: Environment): string => {
  const [found] = ciActors.flatMap(([variable, system]) => env[variable] ? [`${env[variable]}@${system}`] : [])
  return found ?? `${user(env)}@${hostname()}`
}

const signals = ["TRACES", "METRICS", "LOGS"] as const

const namesCollector = (env: Environment): boolean =>
  env["OTEL_SDK_DISABLED"]?.toLowerCase() !== "true" &&
  ["", ...signals.map((signal) => `${signal}_`)].some((signal) => isSet(env[`OTEL_EXPORTER_OTLP_${signal}ENDPOINT`]))

/** What the recommendation says where a variable is not set. */
const otelDefaults = (env: Environment): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(signals.map((signal) => [`OTEL_${signal}_EXPORTER`, "otlp"])),
  ...(/(^|,)\s*service\.name=/.test(env["OTEL_RESOURCE_ATTRIBUTES"] ?? "") ? {} : { OTEL_SERVICE_NAME: "amends" })
})

const otelOf = (env: Environment): Readonly<Record<string, string>> => ({
  ...otelDefaults(env),
  ...Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => name.startsWith("OTEL_") && isSet(value) ? [[name, value]] : [])
  )
})

const telemetryOf = (env: Environment): TelemetryConfig | undefined => {
  const { AMENDS_METRICS_FILE: metricsFile, TRACEPARENT: traceParent } = env
  const telemetry: TelemetryConfig = {
    ...(namesCollector(env) ? { otel: otelOf(env) } : {}),
    ...(isSet(traceParent) ? { traceParent } : {}),
    ...(isSet(metricsFile) ? { metricsFile } : {})
  }
  return Object.keys(telemetry).length === 0 ? undefined : telemetry
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ""

/** Reads what the environment says. */
export const configOf = (env: Environment): Config => {
  const telemetry = telemetryOf(env)
  return {
    env,
    ...(isSet(env["AMENDS_KEY"]) ? { keyText: env["AMENDS_KEY"] } : {}),
    noColor: isSet(env["NO_COLOR"]),
    actor: actorOf(env),
    ci: isSet(env["CI"]) && env["CI"] !== "false",
    ...(telemetry === undefined ? {} : { telemetry })
  }
}
