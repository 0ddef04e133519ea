/** The table from errors and outcomes to exit codes. */
import { describe, expect, it } from "vitest"
import {
  exitCodeOfReport,
  exitCodeOfReports,
  failureOf,
  failureOfDefect,
  Halted,
  Refusal,
  RefusalReason,
  technicalOf
} from "../../src/app/Failure.ts"
import { WorkspaceError } from "../../src/app/Workspace.ts"
import type { BatchId } from "../../src/domain/Ids.ts"
import type { BatchReport } from "../../src/executor/Report.ts"
import { ProviderError, ProviderReason } from "../../src/providers/ProviderError.ts"
import { RegistryError } from "../../src/providers/Registry.ts"
import { StateError, StateReason } from "../../src/state/StateError.ts"

const report = (outcome: BatchReport["outcome"], more: Partial<BatchReport> = {}): BatchReport => ({
  batch: "b-1" as BatchId,
  outcome,
  counts: { added: 0, changed: 0, destroyed: 0 },
  applied: 0,
  compensated: 0,
  failures: [],
  stuck: [],
  left: [],
  stale: false,
  interrupted: false,
  wrote: true,
  ...more
})

const stateError = (reason: StateReason) => new StateError({ reason, operation: "o", detail: "d", hint: "h" })

describe("the exit code", () => {
  it.each(
    [
      ["committed", {}, 0],
      ["compensated", {}, 3],
      ["compensated", { interrupted: true }, 3],
      ["compensated", { interrupted: true, wrote: false }, 130],
      ["compensated", { stale: true, wrote: false }, 5],
      ["compensated", { wrote: false }, 3],
      ["residue", {}, 4],
      ["stuck", {}, 4],
      ["kept", {}, 4],
      ["abandoned", {}, 4]
    ] as const
  )("of a batch that is %s (%o) is %i", (outcome, more, code) => {
    expect(exitCodeOfReport(report(outcome, more))).toBe(code)
  })

  it("of several recoveries is the gravest", () => {
    expect(exitCodeOfReports([])).toBe(0)
    expect(exitCodeOfReports([report("committed"), report("compensated")])).toBe(3)
    expect(exitCodeOfReports([report("stuck"), report("compensated")])).toBe(4)
  })

  it("of a lost lease is 6 whenever it is lost; of another error 4 once a batch is open", () => {
    expect(failureOf(stateError("Held")).exitCode).toBe(6)
    expect(failureOf(stateError("Fenced")).exitCode).toBe(6)
    expect(failureOf(stateError("Full")).exitCode).toBe(1)
    expect(failureOf(new Halted({ batch: "b-1", cause: stateError("Fenced") })).exitCode).toBe(6)
    const halted = failureOf(new Halted({ batch: "b-1", cause: stateError("Full") }))
    expect(halted.exitCode).toBe(4)
    expect(halted.hint).toContain("amends recover b-1")
  })
})

describe("every error", () => {
  const errors = [
    ...StateReason.literals.map(stateError),
    ...ProviderReason.literals.map((reason) =>
      new ProviderError({ reason, provider: "p", request: "GET /x", detail: "d" })
    ),
    ...RefusalReason.literals.map((reason) => new Refusal({ reason, summary: "s", detail: "d", hint: "h" }))
  ]

  it("has an exit code, a status, a summary and what to do", () => {
    for (const error of errors) {
      const { exitCode, hint, status, summary } = failureOf(error)
      expect([1, 4, 5, 6, 7, 8, 130], error.message).toContain(exitCode)
      expect(status >= 400 && status < 600, error.message).toBe(true)
      expect(summary.length * hint.length, error.message).toBeGreaterThan(0)
    }
  })
})

describe("what only its makers understand of an error", () => {
  const technical = "disk I/O error (SQLITE_IOERR_FSYNC)"
  const io = new StateError({ reason: "Io", operation: "append", detail: "d", hint: "h", technical })

  it("is for the log, and not among the words for people", () => {
    for (const error of [io, new Halted({ batch: "b-1", cause: io })]) {
      expect(technicalOf(error)).toMatchObject({ reason: "Io", operation: "append", technical })
      expect(JSON.stringify(failureOf(error))).not.toMatch(/SQLITE|append/)
    }
  })

  it("names no words of a server", () => {
    const words = { provider: "p", request: "GET /x", detail: "the server said this" }
    const rejected = new ProviderError({ reason: "Rejected", status: 400, ...words })
    expect(technicalOf(rejected)).toEqual({
      error: "ProviderError",
      reason: "Rejected",
      provider: "p",
      request: "GET /x",
      status: 400
    })
    const refusal = new Refusal({ reason: "NotFound", summary: "s", detail: "d", hint: "h" })
    expect(technicalOf(refusal)).toEqual({ error: "Refusal", reason: "NotFound" })
    const registry = new RegistryError({ provider: "p", path: "/x", detail: "the module said this", hint: "h" })
    expect(technicalOf(registry)).toEqual({ error: "RegistryError", provider: "p", path: "/x" })
    expect(technicalOf(new WorkspaceError({ problems: [] }))).toEqual({ error: "WorkspaceError", problems: 0 })
  })

  it("is not told of a mistake of amends itself, which says what was written", () => {
    const [before, after] = [failureOfDefect("no", ""), failureOfDefect("perhaps", "finish it")]
    expect([before.exitCode, before.status, after.exitCode, after.status]).toEqual([1, 500, 4, 500])
    expect([before.hint, after.hint]).toEqual([
      expect.stringContaining("nothing was changed"),
      expect.stringContaining("finish it")
    ])
  })
})
