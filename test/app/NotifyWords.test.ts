import { assert, describe, it } from "@effect/vitest"
import { notifyWords } from "../../src/app/NotifyRule.ts"
import { type BatchEnd, cameToNothing, wordFor, wordsOf } from "../../src/app/NotifyWords.ts"
import type { BatchReport } from "../../src/executor/Report.ts"
import { reportOf } from "./notify/Reports.ts"

/** Every end there is, and the words that hold of it. */
const ends: ReadonlyArray<readonly [BatchEnd["cameTo"], BatchEnd["doubt"], ReadonlyArray<string>]> = [
  ["committed", "none", ["committed"]],
  ["committed", "some", ["committed"]],
  ["compensated", "none", ["compensated"]],
  ["compensated", "some", ["compensated"]],
  ["residue", "none", ["residue", "compensated"]],
  ["residue", "some", ["residue", "compensated"]],
  ["kept", "none", ["kept"]],
  ["kept", "some", ["kept"]],
  ["abandoned", "none", ["abandoned"]],
  ["abandoned", "some", ["abandoned"]],
  ["stuck", "none", ["stuck"]],
  ["stuck", "some", ["in-doubt", "stuck"]],
  ["halted", "none", ["stuck"]],
  ["halted", "some", ["in-doubt", "stuck"]]
]

describe("the words of an end", () => {
  it.each(ends)("of a batch that is %s, with %s in doubt", (cameTo, doubt, words) => {
    assert.deepStrictEqual(wordsOf({ cameTo, doubt }), words)
  })

  it("are words of amends.yaml, and all of those but the one for a batch that runs", () => {
    const said = new Set(ends.flatMap(([, , words]) => words))
    assert.deepStrictEqual([...said, "long-running"].toSorted(), [...notifyWords].toSorted())
  })
})

describe("a rule", () => {
  it("is told in the first word that holds and that it names, so once of an end", () => {
    const words = wordsOf({ cameTo: "stuck", doubt: "some" })
    assert.strictEqual(wordFor({ on: ["stuck", "in-doubt"] }, words), "in-doubt")
    assert.strictEqual(wordFor({ on: ["stuck"] }, words), "stuck")
    assert.strictEqual(wordFor({ on: ["compensated", "committed"] }, words), undefined)
  })

  it("for compensated is told of residue", () => {
    assert.strictEqual(wordFor({ on: ["compensated"] }, wordsOf({ cameTo: "residue", doubt: "none" })), "compensated")
  })
})

describe("a batch came to nothing", () => {
  const cases: ReadonlyArray<readonly [Partial<BatchReport>, boolean]> = [
    [{ wrote: false, stale: true }, true],
    [{ wrote: false, interrupted: true }, true],
    [{ wrote: false }, false],
    [{ wrote: true, stale: true }, false],
    [{ wrote: true, interrupted: true }, false]
  ]
  it.each(cases)("where it was compensated with %j: %s", (how, came) => {
    assert.strictEqual(cameToNothing(reportOf("compensated", how)), came)
  })
})
