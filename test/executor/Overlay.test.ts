import { describe, expect, it } from "vitest"
import { renderPointer } from "../../src/domain/Pointer.ts"
import { differences, overlay, unmet } from "../../src/executor/Overlay.ts"
import { recall, unknownSecrets } from "../../src/executor/Recall.ts"
import { box, ring, vault } from "../../src/providers/memory/Kinds.ts"
import { memoryKind } from "../../src/providers/memory/Kinds.ts"

const plain = { resets: [], ignores: [] }
const crate = memoryKind({
  name: "crate",
  schema: box.kind.schema,
  mask: /^\*+$/,
  roles: { sets: ["/tags"], sensitive: ["/headers/*/value"], caseInsensitive: ["/tags/*/id"], writeOnly: ["/pin"] }
}).kind

describe("overlay", () => {
  it("leaves undeclared fields as they are, at every depth", () => {
    const observed = { name: "a", lid: { colour: "red", locked: true }, size: 2 }
    expect(overlay(box.kind, observed, { lid: { colour: "blue" } }, plain))
      .toEqual({ name: "a", lid: { colour: "blue", locked: true }, size: 2 })
  })

  it("resets a field to its default, clears one that can be cleared, and leaves others", () => {
    const observed = { name: "a", size: 4, label: "x", material: "oak" }
    expect(overlay(box.kind, observed, { name: "a" }, { resets: ["/size", "/label", "/material"], ignores: [] }))
      .toEqual({ name: "a", size: 1, label: null, material: "oak" })
  })

  it("keeps what is there at ignored places, also absence", () => {
    const observed = { name: "a", size: 4 }
    expect(
      overlay(box.kind, observed, { name: "b", size: 5, label: "x" }, { resets: [], ignores: ["/size", "/label"] })
    )
      .toEqual({ name: "b", size: 4 })
  })

  it("takes a set as it is when its elements hold what is declared, in any order and with more fields", () => {
    const observed = { tags: [{ id: "B", made: 1 }, { id: "a", made: 2 }] }
    expect(overlay(crate, observed, { tags: [{ id: "A" }, { id: "b" }] }, plain)).toEqual(observed)
    expect(overlay(crate, observed, { tags: [{ id: "A" }] }, plain)).toEqual({ tags: [{ id: "A" }] })
  })

  it("takes an ordinary array as declared when its order differs", () => {
    expect(overlay(crate, { list: [1, 2] }, { list: [2, 1] }, plain)).toEqual({ list: [2, 1] })
  })
})

describe("differences", () => {
  it("names the deepest members that differ, arrays as a whole", () => {
    const paths = differences(ring.kind, { a: { b: 1, c: 2 }, list: [1] }, { a: { b: 1, c: 3 }, list: [2], d: 1 })
    expect(paths.map(renderPointer)).toEqual(["/a/c", "/list", "/d"])
  })

  it("does not see read-only fields, and null counts as absent", () => {
    expect(differences(box.kind, { updatedAt: "1", label: null }, { updatedAt: "2" })).toEqual([])
  })

  it("tells which declared places are not met", () => {
    expect(unmet(box.kind, { name: "a", size: 1, label: "x" }, { name: "a", size: 2 }).map(renderPointer))
      .toEqual(["/size"])
  })
})

describe("recall", () => {
  it("puts back a masked secret from what was last written", () => {
    const seen = { name: "v", secret: "***" }
    expect(recall(vault.kind, seen, { name: "v", secret: "s3cret" })).toEqual({ name: "v", secret: "s3cret" })
    expect(unknownSecrets(vault.kind, seen)).toEqual(["/secret"])
  })

  it("leaves a secret that is not masked", () => {
    expect(recall(vault.kind, { secret: "new" }, { secret: "old" })).toEqual({ secret: "new" })
  })

  it("does not give a list element the secret of another", () => {
    const seen = { headers: [{ key: "b", value: "**" }] }
    expect(recall(crate, seen, { headers: [{ key: "a", value: "s1" }] })).toEqual(seen)
    expect(recall(crate, seen, { headers: [{ key: "b", value: "s2" }] })).toEqual({
      headers: [{ key: "b", value: "s2" }]
    })
  })

  it("fills a write-only field from what was last written", () => {
    expect(recall(crate, { name: "c" }, { pin: "1234" })).toEqual({ name: "c", pin: "1234" })
  })
})
