/** Which telemetry a command is given, by its words and its environment. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { observed, telemetryFor } from "../../src/main/Observed.ts"
import { processHost } from "../../src/main/ProcessHost.ts"

const config = { env: {}, noColor: false, actor: "me", ci: false }
const host = processHost("1.2.3", "/w", config)
const write = () => {}
const plain = { version: "1.2.3", write }

describe("telemetry for a command", () => {
  it.each([
    [["plan"], {}, undefined],
    [["plan", "--log-level", "debug"], {}, { command: "plan", logs: "text" }],
    [["plan", "--json", "--log-level=info"], {}, { command: "plan", logs: "json" }],
    [["-C", "apply", "status"], { metricsFile: "m.prom" }, { command: "status", metricsFile: "/w/m.prom" }],
    [["--help"], { traceParent: "00-x" }, { command: "none", traceParent: "00-x" }],
    [["apply"], { otel: { OTEL_A: "b" } }, { command: "apply", otel: { OTEL_A: "b" } }]
  ])("%j with %j is %j", (argv, telemetry, request) => {
    const asked = Object.keys(telemetry).length === 0 ? {} : { telemetry }
    expect(telemetryFor(argv, asked, { host, write })).toEqual(
      request === undefined ? undefined : { ...plain, ...request }
    )
  })

  it("leaves the command's exit code as it is, on a host with the same words", async () => {
    const request = { ...plain, command: "plan" }
    const code = await Effect.runPromise(observed(request, host, (on) => Effect.succeed(on.actor === "me" ? 42 : 1)))
    expect(code).toBe(42)
  })
})
