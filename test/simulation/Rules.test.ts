/**
 * Each rule of the protocol is needed: switched off, the seed of its row notices. The table in docs/guarantees.md is
 * printed from these; `UPDATE=1 npx vitest run test/simulation` writes it anew, in the form that the formatter keeps.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { drawScenario } from "./DrawScenario.ts"
import { noticed, proofs, withoutRule } from "./Rules.ts"
import { judge } from "./Simulate.ts"

const file = join(import.meta.dirname, "..", "..", "docs", "guarantees.md")
const begin = "<!-- rules: printed from test/simulation/Rules.ts; UPDATE=1 npx vitest run test/simulation -->"
const end = "<!-- end of rules -->"

const render = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? []
  const line = (row: ReadonlyArray<string>) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n")
}

describe("without a rule", () => {
  it("every rule is tried", () => {
    expect(proofs.map(({ rule }) => rule).toSorted()).toEqual(Object.keys(withoutRule).toSorted())
  })

  for (const proof of proofs) {
    it(`${proof.rule}, seed ${proof.seed} notices`, () => {
      expect(noticed(proof), "look for another seed: npm run simulate -- --rules").not.toEqual([])
      expect(judge(drawScenario(proof.seed, proof.mode)).violations).toEqual([])
    }, 60_000)
  }

  it("the guarantees say who notices", () => {
    const rows = proofs.map((proof) => [
      proof.rule,
      withoutRule[proof.rule],
      noticed(proof).join(", "),
      `\`--seed ${proof.seed} --mode ${proof.mode} --without ${proof.rule}\``
    ])
    const table = render([["rule", "switched off", "violated", "`npm run simulate --`"], ...rows])
    const text = readFileSync(file, "utf8")
    const [before = "", rest = ""] = text.split(begin)
    const [, after = ""] = rest.split(end)
    expect(after, "the markers of the table").not.toBe("")
    const fresh = `${before}${begin}\n\n${table}\n\n${end}${after}`
    if (process.env["UPDATE"] === "1") writeFileSync(file, fresh)
    expect(readFileSync(file, "utf8"), "run UPDATE=1 npx vitest run test/simulation").toBe(fresh)
  }, 60_000)
})
