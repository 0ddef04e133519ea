/**
 * Commands that are watched, in this process: what reaches a collector, a file and stderr.
 */
import { mkdir, readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { channel, openShell, type Shell, watchlist } from "../cli/Shell.ts"
import { type Collector, startCollector } from "../e2e/Collector.ts"
import { eventsOf } from "../e2e/Events.ts"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const parent = { TRACEPARENT: `00-${traceId}-b7ad6b7169203331-01` }

let collector: Collector
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())

const otel = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })

const both = (description: string) => [watchlist("a", description), watchlist("b", description, ["watchlist.a"])]

/** Two applied watchlists with a change declared, the second of which is refused. */
const refused = async (): Promise<Shell> => {
  const shell = await openShell(both("ours"))
  expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
  await shell.declare(both("new"))
  shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, status: 400 })
  return shell
}

const measured = async (shell: Shell, ...argv: ReadonlyArray<string>): Promise<string> => {
  const { code } = await shell.sit({ env: { AMENDS_METRICS_FILE: "amends.prom" } }, ...argv)
  const text = await readFile(join(shell.root, "amends.prom"), "utf8")
  expect(text).toContain(`amends_run_exit_code{workspace="cell"} ${code}\n`)
  return text
}

const linesOf = (text: string, name: string): ReadonlyArray<string> =>
  text.split("\n").filter((line) => line.startsWith(`${name}{`)).map((line) => line.replace("workspace=\"cell\",", ""))

describe("the file of metrics", () => {
  it("counts steps and compensations by what came of them", async () => {
    const text = await measured(await refused(), "apply", "--yes")
    expect(linesOf(text, "amends_steps_total").toSorted()).toEqual([
      "amends_steps_total{kind=\"watchlist\",action=\"update\",outcome=\"applied\"} 1",
      "amends_steps_total{kind=\"watchlist\",action=\"update\",outcome=\"failed\"} 1"
    ])
    expect(linesOf(text, "amends_compensations_total")).toEqual([
      "amends_compensations_total{kind=\"watchlist\",action=\"update\",result=\"done\"} 1"
    ])
    expect(linesOf(text, "amends_batches_total")).toEqual([
      "amends_batches_total{outcome=\"compensated\",exit_code=\"3\"} 1"
    ])
  })

  it("counts lost answers and how reading settled them", async () => {
    const shell = await openShell([watchlist("a")])
    shell.sandbox.addFault({ act: "dropAfter", method: "POST" })
    const text = await measured(shell, "apply", "--yes")
    expect(linesOf(text, "amends_in_doubt_total")).toEqual([expect.stringMatching(/operation="create".* 1$/)])
    expect(linesOf(text, "amends_settlements_total")).toEqual([expect.stringMatching(/verdict="applied".* 1$/)])
    expect(shell.sandbox.snapshot().watchlist).toHaveLength(1)
  })

  it("counts requests that were refused as too many, and the retries after them", async () => {
    const shell = await openShell([watchlist("a")])
    shell.sandbox.addFault({ act: "status", method: "POST", status: 429, headers: { "retry-after": "0" } })
    const text = await measured(shell, "apply", "--yes")
    expect(linesOf(text, "amends_throttled_total")).toEqual([expect.stringMatching(/provider="monitoring".* 1$/)])
    expect(linesOf(text, "amends_retries_total")).toEqual([expect.stringMatching(/operation="create".* 1$/)])
  })

  it("tells what waits, also from a command that only looks, and is replaced as a whole", async () => {
    const shell = await openShell([watchlist("a")])
    shell.sandbox.addFault({ act: "status", method: "POST", status: 422 })
    expect(await measured(shell, "apply", "--yes")).toContain("amends_unfinished_batches{workspace=\"cell\"} 0\n")
    await shell.declare(both("ours"))
    expect(await shell.run("apply", "--yes")).toMatchObject({ code: 0 })
    await shell.declare([watchlist("a", "new"), watchlist("b", "new")])
    shell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
    expect(await shell.run("apply", "--yes", "--parallelism", "1")).toMatchObject({ code: 4 })
    const text = await measured(shell, "status")
    for (const line of ["unfinished_batches{W} 1", "stuck_steps{W} 1", "in_doubt_steps{W} 0", "resources{W} 2"]) {
      expect(text).toContain(`amends_${line.replace("W", "workspace=\"cell\"")}\n`)
    }
    expect(text).toMatch(/amends_unfinished_since_seconds\{workspace="cell"\} \d{10}/)
    expect(text).not.toContain("amends_steps_total")
    expect((await readdir(shell.root)).filter((name) => name.startsWith("amends.prom"))).toEqual(["amends.prom"])
  })

  it("that cannot be written is a warning, and the command is not affected", async () => {
    const shell = await openShell()
    await mkdir(join(shell.root, "taken"))
    for (const path of ["not/there/amends.prom", "taken"]) {
      const { code, stderr } = await shell.sit({ env: { AMENDS_METRICS_FILE: path } }, "status")
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(/^Warning: metrics were not written: .*not affected\.\n$/)
      ])
    }
    expect((await readdir(shell.root)).filter((name) => name.includes(".tmp"))).toEqual([])
  })
})

describe("spans", () => {
  it("are in the trace of TRACEPARENT, which the events name", async () => {
    const shell = await openShell([watchlist("a")])
    const ended = await shell.sit({ env: { ...otel(), ...parent } }, "apply", "--yes", "--json")
    expect(new Set(eventsOf(ended).map((event) => event["traceId"]))).toEqual(new Set([traceId]))
    const spans = collector.spans()
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]))
    expect(new Set(spans.map(({ name }) => name))).toEqual(
      new Set([
        "amends apply",
        "amends.plan",
        "amends.batch",
        "amends.step",
        "amends.capture",
        "amends.call",
        "amends.attempt"
      ])
    )
    expect(spans.find(({ name }) => name === "amends apply")?.attributes).toMatchObject({
      "amends.workspace": "cell",
      "amends.outcome": "committed"
    })
  })

  it("say what failed in no words but ours, and hold no secret", async () => {
    const shell = await openShell([channel])
    shell.sandbox.addFault({ act: "status", method: "POST", status: 400, echo: true, times: 0 })
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: "x-key=tok%2Den-1" }
    const env = { ...otel(), ...headers, OTEL_RESOURCE_ATTRIBUTES: "deployment=tok-en-1" }
    const ended = await shell.sit({ env }, "apply", "--yes", "--log-level", "debug")
    expect(ended.code).toBe(3)
    const spans = collector.spans()
    expect(spans.find(({ name }) => name === "amends.step")).toMatchObject({
      status: { code: 2 },
      attributes: { "error.type": "StepFailed", "amends.applied": "no" }
    })
    expect(spans.find(({ attributes }) => attributes["http.request.method"] === "POST")?.attributes)
      .toMatchObject({ "error.type": "ProviderError.Rejected", "http.response.status_code": 400 })
    expect(spans.find(({ name }) => name === "amends apply")?.attributes).toMatchObject({ "error.type": "Exit.3" })
    for (const text of [...collector.received, ended.stderr, ended.stdout]) {
      expect(text).not.toContain("T0P-secret")
      expect(text).not.toContain("tok-en-1")
    }
  })

  it("are left out where they go nowhere, or the parent is not sampled", async () => {
    const shell = await openShell()
    const quiet = [{ OTEL_TRACES_EXPORTER: "none" }, { TRACEPARENT: parent.TRACEPARENT.replace(/01$/, "00") }]
    for (const env of quiet) {
      expect(await shell.sit({ env: { ...otel(), ...env } }, "status")).toMatchObject({ code: 0 })
    }
    expect(new Set(collector.paths)).toEqual(new Set(["/v1/metrics"]))
    expect(collector.spans()).toEqual([])
  })

  it("are sent as protobuf where that is asked for", async () => {
    const shell = await openShell()
    const env = { ...otel(), OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" }
    expect(await shell.sit({ env }, "status")).toMatchObject({ code: 0 })
    expect(new Set(collector.paths)).toEqual(new Set(["/v1/metrics", "/v1/traces"]))
    expect(collector.received.every((body) => !body.startsWith("{"))).toBe(true)
    expect(collector.received.join()).toContain("amends status")
  })

  it("that cannot be sent are a warning, and the command is not affected", async () => {
    const shell = await openShell()
    const warning =
      "Warning: telemetry is off: an OTEL_ variable could not be understood. The command is not affected.\n"
    for (const bad of [{ OTEL_EXPORTER_OTLP_ENDPOINT: "nowhere" }, { OTEL_EXPORTER_OTLP_HEADERS: "x-bad=%zz" }]) {
      const { code, stderr } = await shell.sit({ env: { ...otel(), ...bad } }, "status")
      expect([code, stderr]).toEqual([0, warning])
    }
  })

  it("name the trace beside an error for people", async () => {
    const { stderr } = await (await openShell()).sit({ env: parent }, "show", "nothing")
    expect(stderr).toContain(`\n  trace ${traceId}\n`)
  })
})

describe("log lines", () => {
  it("are text on stderr, and JSON beside --json, with what they are about", async () => {
    const shell = await refused()
    const text = await shell.run("apply", "--yes", "--log-level", "info")
    const said = (level: string, words: string) =>
      text.stderr.split("\n").filter((line) => line.includes(`level=${level}`) && line.includes(words))
    expect(said("INFO", "batch opened")).toHaveLength(1)
    expect(said("WARN", "step failed")).toEqual([expect.stringContaining("address=watchlist.b")])
    expect(said("INFO", "step taken back")).toEqual([expect.stringContaining("address=watchlist.a")])
    expect(said("DEBUG", "")).toEqual([])
    const json = await shell.run("apply", "--yes", "--json", "--log-level", "debug")
    const lines = json.stderr.trim().split("\n").map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    expect(lines.filter(({ message }) => message === "request").length).toBeGreaterThan(2)
    expect(eventsOf(json).at(-1)).toMatchObject({ exitCode: 0 })
  })
})

describe("a state that fails under a watched command", () => {
  it("stops the batch, says so, and is measured as far as it can be", async () => {
    const shell = await openShell(both("ours"))
    const env = { AMENDS_TEST_STATE: "6+:ENOSPC", AMENDS_METRICS_FILE: "amends.prom" }
    const { code, stderr } = await shell.sit({ env }, "apply", "--yes", "--log-level", "debug")
    expect(code).toBe(4)
    expect(stderr).toContain("amends recover")
    const isLog = (line: string) => line.includes("level=DEBUG")
    const [log, words] = [isLog, (line: string) => !isLog(line)].map((is) => stderr.split("\n").filter(is).join("\n"))
    expect([log, words]).toEqual([expect.stringContaining("ENOSPC"), expect.not.stringContaining("ENOSPC")])
    expect(await readFile(join(shell.root, "amends.prom"), "utf8"))
      .toContain("amends_unfinished_batches{workspace=\"cell\"} 1\n")
    // The process that holds the lease is this one, and lives on.
    expect(await shell.run("lease", "break", "--yes")).toMatchObject({ code: 0 })
    expect(await shell.run("apply", "--yes", "--auto-recover")).toMatchObject({ code: 0 })
    expect(shell.sandbox.snapshot().watchlist).toHaveLength(2)
  })
})
