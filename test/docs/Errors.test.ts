/** docs/errors.md has every reason of every error, with the codes that the program gives it, and no other. */
import { describe, expect, it } from "vitest"
import {
  type AppError,
  failureOf,
  failureOfAudit,
  failureOfBlocked,
  Halted,
  Refusal,
  RefusalReason
} from "../../src/app/Failure.ts"
import { WorkspaceError } from "../../src/app/Workspace.ts"
import { ProviderError, ProviderReason } from "../../src/providers/ProviderError.ts"
import { RegistryError } from "../../src/providers/Registry.ts"
import { StateError, StateReason } from "../../src/state/StateError.ts"
import { paper, section, tableRows } from "./Markdown.ts"

const { prose } = paper("docs/errors.md")

const stateError = (reason: StateReason) => new StateError({ reason, operation: "o", detail: "d", hint: "h" })

/** Every error that there can be, by the section that tells of it. */
const errors: Readonly<Record<string, ReadonlyMap<string, AppError>>> = {
  Refusal: new Map(
    RefusalReason.literals.map((reason) => [reason, new Refusal({ reason, summary: "s", detail: "d", hint: "h" })])
  ),
  StateError: new Map(StateReason.literals.map((reason) => [reason, stateError(reason)])),
  Halted: new Map(
    StateReason.literals.map((reason) => [reason, new Halted({ batch: "b-1", cause: stateError(reason) })])
  ),
  ProviderError: new Map(
    ProviderReason.literals.map((reason) => [
      reason,
      new ProviderError({ reason, provider: "p", request: "GET /x", detail: "d" })
    ])
  ),
  "WorkspaceError and RegistryError": new Map<string, AppError>([
    ["WorkspaceError", new WorkspaceError({ problems: [] })],
    ["RegistryError", new RegistryError({ provider: "p", path: "/x", detail: "d", hint: "h" })]
  ])
}

interface Row {
  readonly reasons: ReadonlyArray<string>
  readonly codes: ReadonlyArray<number>
  readonly words: ReadonlyArray<string>
}

const rowsOf = (heading: string): ReadonlyArray<Row> =>
  tableRows(section(prose, heading)).map(([reason = "", means = "", exitCode, status, remedy = ""]) => ({
    reasons: [...reason.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    codes: [Number(exitCode), Number(status)],
    words: [means, remedy]
  }))

describe.each(Object.entries(errors))("the table of %s", (heading, known) => {
  const rows = rowsOf(heading)
  const named = rows.flatMap(({ reasons }) => reasons)
  const other = rows.find(({ reasons }) => reasons.length === 0)

  it("has a row for every reason, and none for what is no reason", () => {
    expect(new Set(named).size).toBe(named.length)
    expect(named.filter((reason) => !known.has(reason))).toEqual([])
    expect(other === undefined ? [...known.keys()].filter((reason) => !named.includes(reason)) : []).toEqual([])
  })

  it("gives the exit codes and HTTP statuses of the program", () => {
    for (const [reason, error] of known) {
      const row = rows.find(({ reasons }) => reasons.includes(reason)) ?? other
      const { exitCode, status } = failureOf(error)
      expect(row?.codes, reason).toEqual([exitCode, status])
    }
  })

  it("says what each means and what to do", () => {
    expect(rows.filter(({ words }) => words.some((word) => word.length < 10))).toEqual([])
  })
})

describe("the table of answers that are no errors", () => {
  it("gives the codes that the program gives them", () => {
    const known = [failureOfBlocked({ items: [], conflicts: [] }), failureOfAudit({ record: 1, what: "w", hint: "h" })]
    const said = rowsOf("Answers that are no errors").map(({ codes }) => codes)
    expect(said).toEqual(known.map(({ exitCode, status }) => [exitCode, status]))
  })
})

describe("a row for every other reason", () => {
  it("is there only where the reasons are those of a cause", () => {
    const open = Object.keys(errors).filter((heading) => rowsOf(heading).some(({ reasons }) => reasons.length === 0))
    expect(open).toEqual(["Halted"])
  })
})
