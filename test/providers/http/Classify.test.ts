/**
 * The table from what was heard to what it means: every combination, exactly one row.
 */
import { assert, describe, it } from "@effect/vitest"
import { type Body, classify, type Heard, isAbout, type Meaning, rows } from "../../../src/providers/http/Classify.ts"
import { factsOf } from "../../../src/providers/ProviderError.ts"

const bodies: ReadonlyArray<Body> = ["json", "empty", "foreign", "cut", "huge"]
const every: ReadonlyArray<Heard> = bodies.flatMap((body) => [
  { sent: false, status: 0, body },
  ...Array.from({ length: 1_000 }, (_, status) => ({ sent: true, status, body }))
])

const short = (meaning: Meaning) =>
  meaning === "answer" ? "answer" : `${meaning.reason}${meaning.mayLand ? " mayLand" : ""}`
const of = (status: number, body: Body = "json") => {
  const heard = { sent: true, status, body }
  return [short(classify(heard, "read")), short(classify(heard, "write"))]
}

describe("the table", () => {
  it("has exactly one row for every combination", () => {
    const wrong = every.filter((heard) => rows.filter((row) => isAbout(row, heard)).length !== 1)
    assert.deepStrictEqual(wrong, [])
    assert.strictEqual(every.length, 5_005)
  })

  it("has no row that is about nothing", () => {
    assert.deepStrictEqual(rows.filter((row) => !every.some((heard) => isAbout(row, heard))), [])
  })

  it("calls a write refused only where a status says so", () => {
    const refused = every.filter((heard) => {
      const meaning = classify(heard, "write")
      return meaning !== "answer" && factsOf[meaning.reason].applied === "no"
    })
    assert.isTrue(refused.every(({ sent, status }) => !sent || (status >= 300 && status < 500)))
  })

  it("lets nothing land later but what was sent by a write", () => {
    assert.deepStrictEqual(every.filter((heard) => short(classify(heard, "read")).endsWith("mayLand")), [])
    assert.strictEqual(short(classify({ sent: false, status: 0, body: "cut" }, "write")), "NotSent")
  })

  it.each<readonly [number, Body, string, string]>([
    [0, "cut", "Ambiguous", "Ambiguous mayLand"],
    [200, "json", "answer", "answer"],
    [201, "json", "answer", "answer"],
    [204, "empty", "answer", "answer"],
    [202, "json", "answer", "Ambiguous mayLand"],
    [200, "foreign", "Malformed", "Ambiguous mayLand"],
    [200, "cut", "Ambiguous", "Ambiguous mayLand"],
    [200, "huge", "Malformed", "Ambiguous mayLand"],
    [302, "empty", "Rejected", "Rejected"],
    [303, "empty", "Rejected", "Ambiguous"],
    [400, "json", "Rejected", "Rejected"],
    [400, "foreign", "Rejected", "Rejected"],
    [401, "json", "Unauthorized", "Unauthorized"],
    [403, "foreign", "Unauthorized", "Unauthorized"],
    [404, "json", "NotFound", "NotFound"],
    [404, "foreign", "Malformed", "Rejected"],
    [405, "json", "Rejected", "Rejected"],
    [408, "json", "Ambiguous", "Ambiguous mayLand"],
    [409, "json", "Conflict", "Conflict"],
    [410, "empty", "NotFound", "NotFound"],
    [412, "json", "Conflict", "Conflict"],
    [413, "foreign", "Rejected", "Rejected"],
    [414, "foreign", "Rejected", "Rejected"],
    [422, "json", "Rejected", "Rejected"],
    [425, "json", "Throttled", "Throttled"],
    [429, "foreign", "Throttled", "Throttled"],
    [500, "json", "Ambiguous", "Ambiguous"],
    [502, "foreign", "Ambiguous", "Ambiguous mayLand"],
    [503, "json", "Ambiguous", "Ambiguous mayLand"],
    [504, "json", "Ambiguous", "Ambiguous mayLand"],
    [520, "foreign", "Ambiguous", "Ambiguous mayLand"]
  ])("reads %i with a body that is %s as %s, or %s for a write", (status, body, read, write) => {
    assert.deepStrictEqual(of(status, body), [read, write])
  })
})
