/**
 * Remote ids of several parts.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { joinId, splitId, withFields } from "../../../src/providers/described/RemoteId.ts"

describe("a remote id", () => {
  it.prop("of several values is taken apart into the same ones", [Schema.Array(Schema.NonEmptyString)], ([values]) => {
    if (values.length === 0) return
    const id = joinId(values)
    const wellFormed = values.length === 1 ? values : values.map((value) => value.toWellFormed())
    assert.deepStrictEqual(splitId(id ?? "", values.length), wellFormed)
  })

  it("of one value is that value", () => {
    assert.strictEqual(joinId(["a/b %"]), "a/b %")
    assert.deepStrictEqual(splitId("a/b %", 1), ["a/b %"])
    assert.strictEqual(joinId([7]), "7")
  })

  it("is none where a value is missing, empty, or no scalar", () => {
    for (const values of [["a", undefined], ["a", ""], [null], [["a"]], [{}]]) assert.isUndefined(joinId(values))
  })

  it("is not taken apart where it has another number of parts, or is not encoded", () => {
    for (const id of ["a", "a/b/c", "a/", "/b", "a/%", "a/%ff"]) assert.isUndefined(splitId(id, 2))
    assert.isUndefined(splitId("", 1))
  })

  it("fills in what a document lacks and nothing that it has", () => {
    assert.deepStrictEqual(withFields({ a: 1 }, [["a"], ["b", "c"], ["d"]], ["x", "y", undefined]), {
      a: 1,
      b: { c: "y" }
    })
  })
})
