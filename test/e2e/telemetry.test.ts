/**
 * Telemetry of the real command line: what reaches a collector, a file and stderr, and what never does.
 */
import { mkdir, readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Limits } from "../../src/domain/Limits.ts"
import { type Cell, type Declared, openCell } from "./Cell.ts"
import { type Collector, startCollector } from "./Collector.ts"
import { eventsOf } from "./Events.ts"
import type { Ended } from "./Launch.ts"

const secret = "sandbox-secret"
const serverWords = "words of the server about"
const traceId = "0af7651916cd43dd8448eb211c80319c"
const parentId = "b7ad6b7169203331"

let cell: Cell
let collector: Collector
beforeEach(async () => {
  cell = await openCell()
  collector = await startCollector()
})
afterEach(async () => {
  await collector.close()
  await cell.close()
})

const watchlist = (name: string, dependsOn: ReadonlyArray<string> = []): Declared => ({
  kind: "watchlist",
  name,
  spec: { name, description: `${name} of ours` },
  dependsOn
})

type Variables = Readonly<Record<string, string>>

const run = (env: Variables, ...args: ReadonlyArray<string>): Promise<Ended> => cell.start(args, { env }).ended

const otel = (): Variables => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })

/** Two watchlists, the second of which is refused in words that hold a secret. */
const declareRefused = async () => {
  await cell.declare([watchlist("a"), watchlist("b", ["watchlist.a"])])
  const body = { success: false, error: `${serverWords} ${secret}` }
  cell.sandbox.addFault({ method: "POST", nth: 2, act: "status", status: 422, body })
}

describe("spans", () => {
  it("hang below the parent that TRACEPARENT names, each below what it is part of", async () => {
    await cell.declare([watchlist("a")])
    const env = { ...otel(), TRACEPARENT: `00-${traceId}-${parentId}-01` }
    const ended = await run(env, "apply", "--yes", "--json")
    expect(ended.code).toBe(0)
    expect(new Set(eventsOf(ended).map((event) => event["traceId"]))).toEqual(new Set([traceId]))
    const spans = collector.spans()
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]))
    const nameOf = new Map(spans.map(({ name, spanId }) => [spanId, name]))
    const edges = new Set(
      spans.map(({ name, parentSpanId = "" }) => `${nameOf.get(parentSpanId) ?? parentSpanId} > ${name}`)
    )
    expect([...edges].toSorted()).toEqual([
      "amends apply > amends.attempt",
      "amends apply > amends.batch",
      "amends apply > amends.plan",
      "amends.batch > amends.step",
      "amends.call > amends.attempt",
      "amends.capture > amends.attempt",
      "amends.plan > amends.attempt",
      "amends.step > amends.call",
      "amends.step > amends.capture",
      `${parentId} > amends apply`
    ])
    const step = spans.find(({ name }) => name === "amends.step")
    expect(step?.attributes).toMatchObject({ "amends.address": "watchlist.a", "amends.action": "create" })
    const write = spans.find(({ attributes }) => attributes["http.request.method"] === "POST")
    expect(write?.attributes).toMatchObject({ "amends.attempt": 1, "http.response.status_code": 200 })
    expect([...new Set(collector.paths)].toSorted()).toEqual(["/v1/logs", "/v1/metrics", "/v1/traces"])
  })

  it("say what failed and what was taken back, in no words but ours", async () => {
    await declareRefused()
    const ended = await run(otel(), "apply", "--yes", "--json")
    expect(ended.code).toBe(3)
    const spans = collector.spans()
    const named = (name: string) => spans.filter((span) => span.name === name)
    const refused = named("amends.step").find(({ attributes }) => attributes["amends.address"] === "watchlist.b")
    expect(refused).toMatchObject({ status: { code: 2 }, attributes: { "error.type": "StepFailed" } })
    expect(named("amends.compensation")[0]?.attributes).toMatchObject({ "amends.address": "watchlist.a" })
    expect(named("amends.batch")[0]).toMatchObject({ attributes: { "amends.outcome": "compensated" } })
    const attempt = named("amends.attempt").find(({ status }) => status.code === 2)
    expect(attempt?.attributes).toMatchObject({ "error.type": "ProviderError.Rejected" })
    // Without a parent the trace is our own, and the events name it.
    const own = spans[0]?.traceId
    expect(own).toMatch(/^[0-9a-f]{32}$/)
    expect(eventsOf(ended).at(-1)).toMatchObject({ type: "outcome", traceId: own })
    expect(collector.received.join()).not.toContain(serverWords)
  })

  it("are left out where the parent is not sampled", async () => {
    await cell.declare([watchlist("a")])
    const env = { ...otel(), TRACEPARENT: `00-${traceId}-${parentId}-00` }
    expect(await run(env, "apply", "--yes")).toMatchObject({ code: 0 })
    expect(collector.paths).toContain("/v1/metrics")
    expect(collector.spans()).toEqual([])
  })
})

describe("an error for people", () => {
  it("names the trace that it happened in, also without a collector", async () => {
    const { stderr } = await run({ TRACEPARENT: `00-${traceId}-${parentId}-01` }, "show", "nothing")
    expect(stderr).toContain(`trace ${traceId}`)
  })
})

describe("the file of metrics", () => {
  it("holds what happened and what waits, and nothing is left beside it", async () => {
    await declareRefused()
    expect(await run({ AMENDS_METRICS_FILE: "metrics/amends.prom" }, "apply", "--yes")).toMatchObject({ code: 3 })
    await mkdir(join(cell.root, "metrics"))
    await declareRefused()
    expect(await run({ AMENDS_METRICS_FILE: "metrics/amends.prom" }, "apply", "--yes")).toMatchObject({ code: 3 })
    const text = await readFile(join(cell.root, "metrics/amends.prom"), "utf8")
    for (
      const line of [
        "amends_run_exit_code{workspace=\"cell\"} 3",
        "amends_runs_total{workspace=\"cell\",command=\"apply\",outcome=\"compensated\",exit_code=\"3\"} 1",
        "amends_batches_total{workspace=\"cell\",outcome=\"compensated\",exit_code=\"3\"} 1",
        "amends_steps_total{workspace=\"cell\",kind=\"watchlist\",action=\"create\",outcome=\"applied\"} 1",
        "amends_steps_total{workspace=\"cell\",kind=\"watchlist\",action=\"create\",outcome=\"failed\"} 1",
        "amends_compensations_total{workspace=\"cell\",kind=\"watchlist\",action=\"create\",result=\"done\"} 1",
        "amends_unfinished_batches{workspace=\"cell\"} 0",
        "amends_stuck_steps{workspace=\"cell\"} 0",
        "amends_resources{workspace=\"cell\"} 0"
      ]
    ) expect(text).toContain(`${line}\n`)
    expect(text).toMatch(/amends_state_bytes\{workspace="cell"\} [1-9]/)
    expect(text).toMatch(/amends_request_seconds_bucket\{.*le="\+Inf"\} [1-9]/)
    expect(await readdir(join(cell.root, "metrics"))).toEqual(["amends.prom"])
  })

  it("tells what waits for a person, also from a command that only looks", async () => {
    await cell.declare([watchlist("a"), watchlist("b", ["watchlist.a"])])
    cell.sandbox.addFault({ method: "POST", nth: 2, act: "status", status: 422 })
    cell.sandbox.addFault({ method: "DELETE", times: 1_000, act: "status", status: 403 })
    expect(await cell.run("apply", "--yes")).toMatchObject({ code: 4 })
    expect(await run({ AMENDS_METRICS_FILE: "amends.prom" }, "status")).toMatchObject({ code: 0 })
    const text = await readFile(join(cell.root, "amends.prom"), "utf8")
    expect(text).toContain("amends_unfinished_batches{workspace=\"cell\"} 1\n")
    expect(text).toContain("amends_stuck_steps{workspace=\"cell\"} 1\n")
    expect(text).toMatch(/amends_unfinished_since_seconds\{workspace="cell"\} \d{10}/)
  })
})

describe("log lines", () => {
  it("name batch, address and attempt, on stderr and only when asked for", async () => {
    await cell.declare([watchlist("a")])
    const { stderr } = await run({}, "apply", "--yes", "--json", "--log-level", "debug")
    const lines = stderr.trim().split("\n").map((line) => JSON.parse(line) as { readonly [key: string]: unknown })
    const writes = lines.filter(({ annotations, message }) =>
      message === "request" && (annotations as { readonly method?: string }).method === "POST"
    )
    const annotations = { batch: expect.stringMatching(/^b-/), address: "watchlist.a", attempt: 1, outcome: "ok" }
    expect(writes).toMatchObject([{ level: "DEBUG", annotations }])
    await cell.declare([watchlist("a"), watchlist("b")])
    expect(await run({}, "apply", "--yes", "--json")).toMatchObject({ code: 0, stderr: "" })
  })
})

describe("secrets", () => {
  it("are in nothing that is sent, written or logged", async () => {
    await declareRefused()
    const env = {
      ...otel(),
      AMENDS_METRICS_FILE: "amends.prom",
      // Whoever configures telemetry may put a secret where it does not belong.
      OTEL_RESOURCE_ATTRIBUTES: `deployment=${secret}`
    }
    const ended = await run(env, "apply", "--yes", "--log-level", "debug")
    expect(ended).toMatchObject({ code: 3 })
    const file = await readFile(join(cell.root, "amends.prom"), "utf8")
    expect(collector.received.join()).toContain("watchlist.b")
    expect(ended.stderr).toContain("request")
    for (const text of [...collector.received, file, ended.stderr, ended.stdout]) expect(text).not.toContain(secret)
  })
})

describe("nothing", () => {
  it("is sent unless it is asked for", async () => {
    await cell.declare([watchlist("a")])
    expect(await run({ OTEL_SERVICE_NAME: "x" }, "apply", "--yes")).toMatchObject({ code: 0 })
    expect(await run({ ...otel(), OTEL_SDK_DISABLED: "true" }, "status")).toMatchObject({ code: 0 })
    expect(collector.paths).toEqual([])
    expect(await run({ ...otel(), OTEL_TRACES_EXPORTER: "none" }, "status")).toMatchObject({ code: 0 })
    expect([...new Set(collector.paths)]).toEqual(["/v1/metrics"])
  })

  it("that goes wrong with telemetry changes an outcome, or keeps the end waiting for long", async () => {
    await cell.declare([watchlist("a")])
    const silent = await startCollector("silent")
    const began = performance.now()
    const ended = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: silent.url }, "apply", "--yes")
    const ms = performance.now() - began
    await silent.close()
    expect(ended).toMatchObject({ code: 0, stderr: "" })
    expect(silent.paths.length).toBeGreaterThan(0)
    // The bound, and time for the command itself on a machine that is busy.
    expect(ms).toBeLessThan(Limits.telemetryExitMs + 8_000)
    const unwritable = await run({ AMENDS_METRICS_FILE: "not/there/amends.prom" }, "status")
    expect(unwritable).toMatchObject({ code: 0 })
    expect(unwritable.stderr).toContain("Warning: metrics were not written")
    const malformed = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: "nowhere" }, "status")
    expect(malformed).toMatchObject({ code: 0 })
    expect(malformed.stderr).toContain("Warning: telemetry is off")
  })
})
