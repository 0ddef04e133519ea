/**
 * docs/observability.md names the metrics and spans that there are, and docs/alerts.yaml uses no others.
 */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { counters, gauges, histograms } from "../../src/app/telemetry/Meter.ts"
import { configOf } from "../../src/main/Config.ts"
import { paper, root, section, tableRows } from "./Markdown.ts"

const { prose } = paper("docs/observability.md")

const firstCells = (heading: string): ReadonlyArray<string> =>
  tableRows(section(prose, heading)).map(([cell = ""]) => cell.replaceAll("`", ""))

const namesOf = (metrics: object, type: string) => Object.keys(metrics).map((name) => `${name} ${type}`)

describe("docs/observability.md", () => {
  it("names every metric with its type, and only those", () => {
    const documented = tableRows(section(prose, "Metrics")).map(([name = "", type]) =>
      `${name.replaceAll("`", "")} ${type}`
    )
    const known = [...namesOf(counters, "counter"), ...namesOf(histograms, "histogram"), ...namesOf(gauges, "gauge")]
    expect(known.length).toBeGreaterThan(20)
    expect(documented.toSorted()).toEqual(known.toSorted())
  })

  it("names every span", () => {
    const stretches = /export type Stretch =([\s\S]*?)\n\n/.exec(
      readFileSync(`${root}/src/executor/Observer.ts`, "utf8")
    )
    const tags = [...(stretches?.[1] ?? "").matchAll(/_tag: "(\w+)"/g)].map((match) => `amends.${match[1] ?? ""}`)
    expect(tags.length).toBeGreaterThan(5)
    expect(firstCells("Spans").toSorted()).toEqual([...tags, "amends COMMAND", "amends.attempt"].toSorted())
  })

  it("names variables that turn telemetry on", () => {
    const asks = (name: string) => configOf({ [name]: "http://127.0.0.1:4318" }).telemetry !== undefined
    const alone = [
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
      "TRACEPARENT",
      "AMENDS_METRICS_FILE"
    ]
    for (const name of alone) {
      expect(prose).toContain(`\`${name}\``)
      expect(asks(name), name).toBe(true)
    }
    expect(asks("OTEL_SERVICE_NAME")).toBe(false)
    expect(configOf({}).telemetry).toBeUndefined()
  })
})

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

describe("docs/alerts.yaml", () => {
  const { groups } = parse(readFileSync(`${root}/docs/alerts.yaml`, "utf8")) as {
    readonly groups: ReadonlyArray<{ readonly name: string; readonly rules: ReadonlyArray<Rule> }>
  }
  const rules = groups.flatMap((group) => group.rules)

  it("has rules for what is stuck, in doubt, unfinished, long-running and failing", () => {
    expect(rules.map(({ alert }) => alert)).toEqual([
      "AmendsStepStuck",
      "AmendsInDoubt",
      "AmendsBatchUnfinished",
      "AmendsBatchLongRunning",
      "AmendsRunFailing"
    ])
  })

  it.each(rules)("$alert compares gauges that there are, and says what to do", (rule) => {
    const operand = String.raw`(?:time\(\) - )?(amends_\w+)`
    const comparison = String.raw`${operand} > \d+`
    expect(rule.expr).toMatch(new RegExp(`^${comparison}( and ${comparison})*$`))
    const used = [...rule.expr.matchAll(/amends_\w+/g)].map(([name]) => name)
    expect(used.filter((name) => !Object.hasOwn(gauges, name))).toEqual([])
    expect(rule.for ?? "0s").toMatch(/^\d+[smhd]$/)
    expect(["warning", "critical"]).toContain(rule.labels.severity)
    expect(rule.annotations.summary).toContain("{{ $labels.workspace }}")
    expect(rule.annotations.description).toMatch(/amends \w+/)
    expect(Object.keys(rule).filter((key) => !["alert", "expr", "for", "labels", "annotations"].includes(key))).toEqual(
      []
    )
  })
})
