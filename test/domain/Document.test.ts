import { describe, expect, it } from "vitest"
import { type Document, equalJson, sharing } from "../../src/domain/Document.ts"

const known: Document = { name: "n", tags: ["a", "b"], lid: { colour: "red", locked: true }, size: 1 }

describe("a document that shares with a known one", () => {
  it("is the known one where both are the same", () => {
    expect(sharing(structuredClone(known), known)).toBe(known)
  })

  it("keeps the order of its members", () => {
    const again: Document = { size: 1, lid: { locked: true, colour: "red" }, tags: ["a", "b"], name: "n" }
    const shared = sharing(again, known)
    expect(JSON.stringify(shared)).toBe(JSON.stringify(again))
    expect(shared["tags"]).toBe(known["tags"])
  })

  it("takes from it every member that is equal, and keeps its own", () => {
    const edited: Document = { name: "m", tags: ["a", "b"], lid: { colour: "blue", locked: true } }
    const shared = sharing(edited, known)
    expect(shared).toEqual(edited)
    expect(shared["tags"]).toBe(known["tags"])
    expect(sharing({ lid: { colour: "red", locked: true }, more: null }, known)["lid"]).toBe(known["lid"])
  })

  it("stays what it was, and so does the known one", () => {
    const before: ReadonlyArray<Document> = [
      {},
      { name: null },
      { tags: ["a"] },
      { tags: { "0": "a", "1": "b" } },
      { lid: [] },
      { lid: "red" },
      JSON.parse("{\"__proto__\":{\"size\":1},\"size\":1}") as Document,
      JSON.parse("{\"toString\":1,\"constructor\":{}}") as Document
    ]
    const [texts, own] = [before.map((one) => JSON.stringify(one)), JSON.stringify(known)]
    expect(before.map((one) => JSON.stringify(sharing(one, known)))).toEqual(texts)
    expect(before.every((one) => equalJson(sharing(one, known), one))).toBe(true)
    expect(JSON.stringify(known)).toBe(own)
  })

  it("is itself beside none", () => {
    expect(sharing(known, undefined)).toBe(known)
  })
})
