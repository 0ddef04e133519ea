/**
 * The watcher, event by event: which line it says, which metric it counts, and that no words but ours are in either.
 */
import { Effect, Metric } from "effect"
import { describe, expect, it } from "vitest"
import { makeMeter } from "../../../src/app/telemetry/Meter.ts"
import { batchEnded, makeWatcher, runEnded, type Watching } from "../../../src/app/telemetry/Watching.ts"
import type { BatchId } from "../../../src/domain/Ids.ts"
import type { EngineEvent, StepFailure } from "../../../src/executor/Progress.ts"
import { address, report } from "../../cli/Plans.ts"

const setup = () => {
  const meter = makeMeter()
  const said: Array<unknown> = []
  const watching: Watching = {
    meter,
    say: (level, message, facts = {}) => void said.push([level, message, facts]),
    traces: false,
    command: "apply",
    now: () => 5_000
  }
  const counted = (): ReadonlyArray<string> =>
    Metric.snapshotUnsafe(meter.registry).flatMap(({ attributes, id, state }) =>
      "count" in state && state.count > 0 ? [[id, ...Object.values(attributes ?? {}), state.count].join(" ")] : []
    )
  const gauge = (name: string): unknown =>
    Metric.snapshotUnsafe(meter.registry).flatMap(({ id, state }) =>
      id === name && "value" in state ? [state.value] : []
    )
  return { watching, said, counted, gauge }
}

const step = { address: address("watchlist.a"), action: "update" } as const
const error: StepFailure = { summary: "ours", detail: "a server's words", hint: "ours too", applied: "unknown" }

const cases: ReadonlyArray<readonly [EngineEvent, line: ReadonlyArray<unknown> | undefined, ReadonlyArray<string>]> = [
  [{ _tag: "batch_opened", batch: "b-1" as BatchId }, ["Info", "batch opened", {}], []],
  [{ _tag: "apply_start", ...step }, ["Debug", "step begins", { action: "update" }], []],
  [{ _tag: "apply_progress", ...step, note: "n" }, ["Debug", "step goes on", { note: "n" }], []],
  [{ _tag: "apply_complete", ...step, ms: 7 }, ["Info", "step applied", { ms: 7 }], [
    "amends_step_seconds update 1",
    "amends_steps_total watchlist update applied 1"
  ]],
  [{ _tag: "apply_complete", ...step, action: "none", ms: 7 }, undefined, []],
  [{ _tag: "apply_errored", ...step, error }, ["Warn", "step failed", { why: "ours", applied: "unknown" }], [
    "amends_steps_total watchlist update failed 1"
  ]],
  [{ _tag: "compensate_start", ...step }, ["Debug", "step is being taken back", { action: "update" }], []],
  [
    { _tag: "compensate_complete", ...step, result: "done", ms: 7 },
    ["Info", "step taken back", { result: "done", ms: 7 }],
    ["amends_compensation_seconds update 1", "amends_compensations_total watchlist update done 1"]
  ],
  [
    { _tag: "compensate_errored", ...step, error, choices: ["retry", "skip"] },
    ["Error", "step needs a person", { choices: "retry skip" }],
    ["amends_compensations_total watchlist update stuck 1"]
  ],
  [
    { _tag: "conflict", ...step, paths: ["/a", "/b"], why: "a server's words", choices: [], digest: "d" },
    ["Warn", "conflict", { address: "watchlist.a", paths: "/a /b" }],
    []
  ],
  [
    { _tag: "resolve", ...step, verdict: "applied", evidence: "a server's words" },
    ["Info", "lost answer settled", { address: "watchlist.a", verdict: "applied" }],
    ["amends_settlements_total applied 1"]
  ],
  [{ _tag: "waiting", what: "w", ms: 9 }, ["Info", "waiting", { what: "w", ms: 9 }], []],
  [{ _tag: "direction", to: "back", why: "a server's words" }, ["Warn", "batch turns", { to: "back" }], []]
]

describe("an event", () => {
  it.each(cases)("such as %j is said and counted", (event, line, counts) => {
    const { counted, said, watching } = setup()
    makeWatcher(watching).publish(event)
    expect(said).toEqual(line === undefined ? [] : [line])
    expect(counted().toSorted()).toEqual(counts)
    expect(JSON.stringify([said, counted()])).not.toContain("a server's words")
  })
})

describe("a batch", () => {
  it("is under way until its work is over, whatever that comes to", async () => {
    const { counted, gauge, watching } = setup()
    const { within } = makeWatcher(watching)
    const stretch = { _tag: "batch", batch: "b-1" as BatchId, steps: 1, recovers: false } as const
    const name = "amends_batch_running_since_seconds"
    const work = Effect.andThen(Effect.sync(() => gauge(name)), (during) => Effect.fail(during))
    const during = await Effect.runPromise(Effect.flip(within(stretch, work)))
    expect(during).toEqual([expect.any(Number)])
    expect(during).not.toEqual([0])
    expect([gauge(name), counted()]).toEqual([[0], ["amends_batch_seconds 1"]])
  })

  it.each(
    [
      [{}, "Info", 0],
      [{ outcome: "compensated" }, "Warn", 3],
      [{ outcome: "stuck" }, "Warn", 4]
    ] as const
  )("that ends as %j is said as %s", (more, level, exitCode) => {
    const { counted, said, watching } = setup()
    const ended = report(more)
    batchEnded(watching, ended)
    expect(said).toEqual([[level, "batch ended", { outcome: ended.outcome, exitCode }]])
    expect(counted()).toEqual([`amends_batches_total ${ended.outcome} ${exitCode} 1`])
  })
})

describe("a command", () => {
  it("leaves its exit code and when it ended", () => {
    const { counted, gauge, watching } = setup()
    runEnded(watching, { outcome: "error", exitCode: 7 })
    expect(counted()).toEqual(["amends_runs_total apply error 7 1"])
    expect([gauge("amends_run_exit_code"), gauge("amends_run_timestamp_seconds")]).toEqual([[7], [5]])
  })
})
