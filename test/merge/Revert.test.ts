/**
 * Taking versions out and keeping what came after: one, a range, several, merges; what is refused, and what a conflict
 * advises.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  checkLineage,
  documentContents,
  droppedBy,
  keyed,
  type Lineage,
  revert,
  type RevertRequest,
  sameValue,
  textContents,
  type Value
} from "../../src/merge/Merge.ts"
import { randomFrom, threeOf } from "./Generate.ts"

type Line = ReadonlyArray<readonly [id: string, parents: string, content: Value | undefined]>

const lineageOf = (line: Line): Lineage => {
  const checked = checkLineage(line.map(([id, parents]) => ({ id, parents: parents.split(" ").filter(Boolean) })))
  if (checked._tag === "broken") throw new Error(JSON.stringify(checked.problems))
  return checked.lineage
}

const rules = { "/rules": keyed("id"), "/tags": "set" } as const

const reverted = (line: Line, request: RevertRequest) => {
  const contents = new Map(line.map(([id, , content]) => [id, content]))
  return revert(lineageOf(line), request, documentContents((id) => contents.get(id), rules))
}

const line: Line = [
  ["v1", "", { a: 1, b: 1, tags: ["x"] }],
  ["v2", "v1", { a: 2, b: 1, tags: ["x"] }],
  ["v3", "v2", { a: 2, b: 1, tags: ["x", "y"] }],
  ["v4", "v3", { a: 2, b: 4, tags: ["x", "y"] }],
  ["v5", "v4", { a: 2, b: 4, tags: ["x", "y"], c: 5 }]
]

describe("taking out", () => {
  it("one version keeps what came after it", () => {
    assert.deepStrictEqual<unknown>(reverted(line, { head: "v5", take: ["v2"] }), {
      _tag: "reverted",
      content: { a: 1, b: 4, tags: ["x", "y"], c: 5 },
      parents: ["v5"],
      reverts: ["v2"]
    })
  })

  it("a range takes out all of it at once", () => {
    const found = reverted(line, { head: "v5", take: [{ from: "v2", to: "v4" }] })
    assert.deepStrictEqual<unknown>(found, {
      _tag: "reverted",
      content: { a: 1, b: 1, tags: ["x"], c: 5 },
      parents: ["v5"],
      reverts: ["v4", "v3", "v2"]
    })
    assert.deepStrictEqual(reverted(line, { head: "v5", take: ["v3", "v4", "v2"] }), found)
  })

  it("a range whose versions changed one place back and forth is no conflict", () => {
    const back: Line = [["v1", "", { a: 1 }], ["v2", "v1", { a: 2 }], ["v3", "v2", { a: 3 }], ["v4", "v3", {
      a: 3,
      b: 1
    }]]
    assert.deepInclude(reverted(back, { head: "v4", take: [{ from: "v2", to: "v3" }] }), { content: { a: 1, b: 1 } })
    assert.strictEqual(reverted(back, { head: "v4", take: ["v2"] })._tag, "conflict")
  })

  it("several takes out the newest first", () => {
    assert.deepInclude(reverted(line, { head: "v5", take: ["v2", "v4"] }), {
      content: { a: 1, b: 1, tags: ["x", "y"], c: 5 },
      reverts: ["v4", "v2"]
    })
  })

  it("several takes out all or nothing", () => {
    const overlaid: Line = [...line, ["v6", "v5", { a: 6, b: 4, tags: ["x", "y"], c: 5 }]]
    const found = reverted(overlaid, { head: "v6", take: ["v5", "v2"] })
    assert.strictEqual(found._tag, "conflict")
    assert.deepStrictEqual(found._tag === "conflict" && found.at, ["v2"])
  })

  it("the first version takes out what it brought", () => {
    assert.deepInclude(reverted([["v1", "", { a: 1 }], ["v2", "v1", { a: 1, b: 2 }]], { head: "v2", take: ["v2"] }), {
      content: { a: 1 }
    })
    assert.deepInclude(reverted([["v1", "", { a: 1 }]], { head: "v1", take: ["v1"] }), { content: undefined })
  })

  it("a revert puts back what it took out", () => {
    const undone: Line = [...line, ["v6", "v5", { a: 1, b: 4, tags: ["x", "y"], c: 5 }]]
    assert.deepInclude(reverted(undone, { head: "v6", take: ["v6"] }), {
      content: { a: 2, b: 4, tags: ["x", "y"], c: 5 },
      reverts: ["v6"]
    })
  })

  it("what is undone already says so", () => {
    const undone: Line = [...line, ["v6", "v5", { a: 1, b: 4, tags: ["x", "y"], c: 5 }]]
    assert.deepStrictEqual<unknown>(reverted(undone, { head: "v6", take: ["v2"] }), {
      _tag: "already-undone",
      severity: "info",
      reverts: ["v2"]
    })
  })

  it("only some places leaves the others", () => {
    const both: Line = [
      ["v1", "", { rules: [{ id: "x", on: true }, { id: "y", on: true }], a: 1 }],
      ["v2", "v1", { rules: [{ id: "x", on: false }, { id: "y", on: false }], a: 2 }]
    ]
    assert.deepInclude(reverted(both, { head: "v2", take: ["v2"], only: ["/rules/x/on"] }), {
      content: { rules: [{ id: "x", on: true }, { id: "y", on: false }], a: 2 }
    })
  })
})

describe("a merge version", () => {
  const merged: Line = [
    ["v1", "", { a: 1, b: 1 }],
    ["ours", "v1", { a: 2, b: 1 }],
    ["theirs", "v1", { a: 1, b: 2 }],
    ["m", "ours theirs", { a: 2, b: 2 }],
    ["v3", "m", { a: 2, b: 2, c: 3 }]
  ]

  it("needs the parent whose line counts", () => {
    assert.deepStrictEqual<unknown>(reverted(merged, { head: "v3", take: ["m"] }), {
      _tag: "refused",
      problems: [{ version: "m", why: "it is a merge", hint: "name the parent to go back to: ours or theirs" }]
    })
    const take = (parent: string) => reverted(merged, { head: "v3", take: ["m"], mainline: { m: parent } })
    assert.deepInclude(take("ours"), { content: { a: 2, b: 1, c: 3 }, reverts: ["m"] })
    assert.deepInclude(take("theirs"), { content: { a: 1, b: 2, c: 3 } })
    assert.strictEqual(take("v1")._tag, "refused")
  })

  it("inside a range goes along the named parent", () => {
    const request = { head: "v3", take: [{ from: "ours", to: "m" }] }
    assert.strictEqual(reverted(merged, request)._tag, "refused")
    assert.deepInclude(reverted(merged, { ...request, mainline: { m: "ours" } }), {
      content: { a: 1, b: 1, c: 3 },
      reverts: ["m", "ours"]
    })
  })
})

describe("what is refused", () => {
  it("is said all at once", () => {
    const found = reverted([...line, ["other", "v2", { a: 9 }]], {
      head: "v5",
      take: ["v9", "other", { from: "v4", to: "v2" }]
    })
    assert.deepStrictEqual(found._tag === "refused" && found.problems.map(({ version, why }) => `${version}: ${why}`), [
      "v9: it is not in the lineage",
      "other: v5 does not come from it"
    ])
    const turned = reverted(line, { head: "v5", take: [{ from: "v4", to: "v2" }] })
    assert.deepStrictEqual(turned._tag === "refused" && turned.problems[0]?.why, "v2 does not come from it")
    assert.strictEqual(reverted(line, { head: "v5", take: [] })._tag, "refused")
    assert.strictEqual(reverted(line, { head: "v9", take: ["v1"] })._tag, "refused")
  })
})

describe("a conflict", () => {
  it("names the later versions to undo first, and the places that can be undone", () => {
    const overlaid: Line = [
      ["v1", "", { a: 1, b: 1 }],
      ["v2", "v1", { a: 2, b: 2 }],
      ["v3", "v2", { a: 3, b: 2 }],
      ["v4", "v3", { a: 3, b: 2, c: 1 }],
      ["v5", "v4", { a: 4, b: 2, c: 1 }]
    ]
    const found = reverted(overlaid, { head: "v5", take: ["v2"] })
    if (found._tag !== "conflict" || found.merge._tag !== "conflict") throw new Error("there is a conflict")
    const [conflict] = found.merge.conflicts
    assert.deepStrictEqual<unknown>([conflict?.path, conflict?.base, conflict?.ours, conflict?.theirs], ["/a", 2, 4, 1])
    assert.deepStrictEqual<unknown>(conflict?.suggestions.slice(-2), [{ undoFirst: ["v5", "v3"] }, {
      narrowTo: ["/b"]
    }])
    assert.deepInclude(reverted(overlaid, { head: "v5", take: ["v2", "v3", "v5"] }), { content: { a: 1, b: 1, c: 1 } })
  })
})

describe("texts", () => {
  const texts: Readonly<Record<string, string>> = {
    v1: "1\n2\n3\n4\n5\n",
    v2: "one\n2\n3\n4\n5\n",
    v3: "one\n2\n3\n4\nfive\n"
  }
  const lineage = lineageOf([["v1", "", null], ["v2", "v1", null], ["v3", "v2", null]])
  const contents = textContents((id) => texts[id] ?? "", "notes.txt")

  it("keep later edits, too", () => {
    assert.deepInclude(revert(lineage, { head: "v3", take: ["v2"] }, contents), { content: "1\n2\n3\n4\nfive\n" })
  })

  it("conflict where the same lines changed again", () => {
    const changed = textContents((id) => id === "v3" ? "uno\n2\n3\n4\n5\n" : texts[id] ?? "", "notes.txt")
    const found = revert(lineage, { head: "v3", take: ["v2"] }, changed)
    if (found._tag !== "conflict" || found.merge._tag !== "conflict") throw new Error("there is a conflict")
    assert.deepStrictEqual<unknown>(found.merge.conflicts[0]?.suggestions.at(-1), { undoFirst: ["v3"] })
  })
})

describe("the newest version", () => {
  const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))
  it.prop("taken out leaves its parent, and taken out again itself", [seeds], ([seed]) => {
    const { base, ours } = threeOf(randomFrom(seed))
    const undone = reverted([["v1", "", base], ["v2", "v1", ours]], { head: "v2", take: ["v2"] })
    if (undone._tag !== "reverted") {
      assert.strictEqual(undone._tag, "already-undone")
      assert.isTrue(sameValue(base, ours))
      return
    }
    assert.isTrue(sameValue(undone.content, base))
    const all: Line = [["v1", "", base], ["v2", "v1", ours], ["v3", "v2", undone.content]]
    const again = reverted(all, { head: "v3", take: ["v3"] })
    assert.isTrue(again._tag === "reverted" && sameValue(again.content, ours))
  }, { arbitrary: { runs: 300, seed: 5 } })
})

describe("restoring", () => {
  it("tells what it drops, also from other lines", () => {
    const crossed: Line = [["v1", "", 1], ["v2", "v1", 2], ["x", "v1", 3], ["m", "v2 x", 4]]
    assert.deepStrictEqual<unknown>(droppedBy(lineageOf(crossed), "m", "v2"), { _tag: "drops", versions: ["m", "x"] })
    assert.deepStrictEqual<unknown>(droppedBy(lineageOf(crossed), "m", "m"), { _tag: "drops", versions: [] })
    assert.strictEqual(droppedBy(lineageOf(crossed), "v2", "x")._tag, "refused")
  })
})
