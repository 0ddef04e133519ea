/**
 * The verdict table in docs/guarantees.md is the one that the engine uses.
 *
 * `UPDATE=1 npx vitest run test/docs` writes it anew, in the form that the formatter keeps.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { expect, it } from "vitest"
import { tokens, type VerdictRow, verdictTable } from "../../src/executor/Verdict.ts"
import { root } from "./Markdown.ts"

const file = `${root}/docs/guarantees.md`
const begin = "<!-- verdicts: printed from src/executor/Verdict.ts; UPDATE=1 npx vitest run test/docs -->"
const end = "<!-- end of verdicts -->"

const cellsOf = ({ because, finding, operation, token, verdict }: VerdictRow): ReadonlyArray<string> => [
  operation,
  token.length === tokens.length ? "any" : token.join(", "),
  finding.join(", "),
  `**${verdict}**`,
  because
]

const render = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? []
  const line = (row: ReadonlyArray<string>) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n")
}

it("is printed in the guarantees", () => {
  const table = render([["operation", "token", "found", "verdict", "because"], ...verdictTable.map(cellsOf)])
  const text = readFileSync(file, "utf8")
  const [before = "", rest = ""] = text.split(begin)
  const [, after = ""] = rest.split(end)
  expect(after, "the markers of the table").not.toBe("")
  const fresh = `${before}${begin}\n\n${table}\n\n${end}${after}`
  if (process.env["UPDATE"] === "1") writeFileSync(file, fresh)
  expect(readFileSync(file, "utf8"), "run UPDATE=1 npx vitest run test/docs").toBe(fresh)
})
