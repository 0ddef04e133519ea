/** What the environment tells, as tables: who asks, which key, and what is told of a run. */
import { hostname, userInfo } from "node:os"
import { describe, expect, it } from "vitest"
import { configOf } from "../../src/main/Config.ts"

const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.example" }

describe("who asks", () => {
  it.each([
    [{ GITHUB_ACTOR: "ann" }, "ann@github"],
    [{ GITLAB_USER_LOGIN: "ann" }, "ann@gitlab"],
    [{ BUILDKITE_BUILD_CREATOR_EMAIL: "ann@example.com" }, "ann@example.com@buildkite"],
    [{ CIRCLE_USERNAME: "ann" }, "ann@circleci"],
    [{ BITBUCKET_STEP_TRIGGERER_UUID: "{1}" }, "{1}@bitbucket"],
    [{ BUILD_REQUESTEDFOR: "Ann" }, "Ann@azure"],
    [{ BUILD_USER_ID: "ann" }, "ann@jenkins"],
    [{ GITHUB_ACTOR: "", BUILD_USER_ID: "ann" }, "ann@jenkins"],
    [{}, `${userInfo().username}@${hostname()}`]
  ])("by %j is %s", (env, actor) => {
    expect(configOf(env).actor).toBe(actor)
  })
})

describe("a switch", () => {
  it.each([
    [{}, { noColor: false, ci: false }],
    [{ NO_COLOR: "", CI: "" }, { noColor: false, ci: false }],
    [{ NO_COLOR: "0", CI: "1" }, { noColor: true, ci: true }],
    [{ CI: "false" }, { noColor: false, ci: false }]
  ])("of %j is %j", (env, switches) => {
    expect(configOf(env)).toMatchObject(switches)
  })

  it("for the key is set only where it says something", () => {
    expect(configOf({ AMENDS_KEY: "ab" }).keyText).toBe("ab")
    expect(configOf({ AMENDS_KEY: "" })).not.toHaveProperty("keyText")
  })
})

describe("telemetry", () => {
  it.each([
    [{}],
    [{ OTEL_SERVICE_NAME: "x" }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "", TRACEPARENT: "", AMENDS_METRICS_FILE: "" }],
    [{ ...collector, OTEL_SDK_DISABLED: "TRUE" }]
  ])("is not asked for by %j", (env) => {
    expect(configOf(env)).not.toHaveProperty("telemetry")
  })

  it.each(["", "TRACES_", "METRICS_", "LOGS_"])("is asked for by a collector for %j", (signal) => {
    const endpoint = { [`OTEL_EXPORTER_OTLP_${signal}ENDPOINT`]: "http://collector.example" }
    expect(configOf({ ...endpoint, PATH: "/bin", OTEL_EMPTY: "" }).telemetry?.otel).toEqual({
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_SERVICE_NAME: "amends",
      ...endpoint
    })
  })

  it("keeps what is said of the exporters and the service", () => {
    const env = { ...collector, OTEL_LOGS_EXPORTER: "none", OTEL_RESOURCE_ATTRIBUTES: "a=b, service.name=mine" }
    expect(configOf(env).telemetry?.otel).toMatchObject({ OTEL_TRACES_EXPORTER: "otlp", OTEL_LOGS_EXPORTER: "none" })
    expect(configOf(env).telemetry?.otel).not.toHaveProperty("OTEL_SERVICE_NAME")
    expect(configOf({ ...collector, OTEL_RESOURCE_ATTRIBUTES: "my.service.name=x" }).telemetry?.otel)
      .toHaveProperty("OTEL_SERVICE_NAME", "amends")
  })

  it("may be a parent, or a file, alone", () => {
    expect(configOf({ TRACEPARENT: "00-x" }).telemetry).toEqual({ traceParent: "00-x" })
    expect(configOf({ AMENDS_METRICS_FILE: "m" }).telemetry).toEqual({ metricsFile: "m" })
  })
})
