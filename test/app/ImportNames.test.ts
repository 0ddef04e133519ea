/**
 * Names that resources get when they are imported.
 */
import { describe, expect, it } from "vitest"
import { byId, namesFor, slug } from "../../src/app/ImportNames.ts"
import { namePattern } from "../../src/domain/Ids.ts"

describe("a name", () => {
  it.each([
    ["treasury", "treasury"],
    ["Treasury_Wallets-2", "Treasury_Wallets-2"],
    ["Trésor n°1", "tresor-n-1"],
    ["  large  transfers! ", "large-transfers"],
    ["../../etc/passwd", "etc-passwd"],
    [".git", "git"],
    ["-rf", "rf"],
    ["日本", ""],
    ["", ""],
    ["a\nb\u0000c", "a-b-c"]
  ])("of %j is %j", (text, expected) => {
    expect(slug(text)).toBe(expected)
  })

  it("is as long as a file name may be, also for a text that is longer", () => {
    const name = namesFor([{ id: "1", called: "y".repeat(5_000) }], []).get("1") ?? ""
    expect(name.length).toBeLessThan(100)
    expect(namePattern.test(name)).toBe(true)
  })

  it("is the same whatever order the resources come in, and goes to the lowest id", () => {
    const all = ["10", "9", "b", "a"].map((id) => ({ id, called: "ops" }))
    const expected = { "9": "ops", "10": "ops-10", a: "ops-a", b: "ops-b" }
    expect(Object.fromEntries(namesFor(all, []))).toEqual(expected)
    expect(Object.fromEntries(namesFor(all.toReversed(), []))).toEqual(expected)
  })

  it("is none that is taken, in any case, nor one that files cannot have", () => {
    const names = namesFor([{ id: "1", called: "ops" }, { id: "2", called: "NUL" }, { id: "!", called: "" }], [
      "OPS",
      "ops-1",
      "resource-2"
    ])
    expect(Object.fromEntries(names)).toEqual({ "1": "1", "2": "NUL-2", "!": "resource-3" })
  })

  it("of ids orders numbers by size", () => {
    expect(["b", "10", "9", "a", "100000000000000000000"].toSorted(byId)).toEqual([
      "9",
      "10",
      "100000000000000000000",
      "a",
      "b"
    ])
  })
})
