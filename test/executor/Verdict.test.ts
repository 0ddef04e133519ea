import { describe, expect, it } from "vitest"
import { findingsOf, judge, tokens, type VerdictRow, verdictTable } from "../../src/executor/Verdict.ts"

const operations = ["create", "update", "delete"] as const

const combinations = operations.flatMap((operation) =>
  tokens.flatMap((token) => findingsOf[operation].map((finding) => ({ operation, token, finding })))
)

const matching = (rows: ReadonlyArray<VerdictRow>, c: (typeof combinations)[number]) =>
  rows.filter((r) => r.operation === c.operation && r.token.includes(c.token) && r.finding.includes(c.finding))

describe("the verdict table", () => {
  it("has exactly one row for every combination of operation, token and finding", () => {
    expect(combinations.length).toBe(3 * 4 + 3 * 10 + 3 * 3)
    for (const combination of combinations) expect(matching(verdictTable, combination)).toHaveLength(1)
  })

  it("has no row that never holds", () => {
    for (const row of verdictTable) {
      expect(combinations.filter((c) => matching([row], c).length === 1).length).toBeGreaterThan(0)
    }
  })

  it("never takes an unmoved change token for an applied update", () => {
    for (const finding of findingsOf.update.filter((one) => one !== "elsewhere")) {
      const { verdict } = judge({ operation: "update", token: "before", finding })
      expect(verdict).toBe(finding === "absent" ? "gone" : "not-applied")
    }
  })

  it("asks where more was found than was sent, and where our fields hold neither value", () => {
    expect(judge({ operation: "create", token: "none", finding: "too-many" }).verdict).toBe("ask")
    expect(judge({ operation: "create", token: "none", finding: "unequal" }).verdict).toBe("ask")
    expect(judge({ operation: "update", token: "changed", finding: "overlap" }).verdict).toBe("ask")
    expect(judge({ operation: "update", token: "before", finding: "elsewhere" }).verdict).toBe("ask")
  })

  it("dies on evidence that no row knows", () => {
    expect(() => judge({ operation: "delete", token: "none", finding: "ours" })).toThrow("no verdict")
  })
})
