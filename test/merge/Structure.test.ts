/**
 * The three-way merge of documents: a table of single places, then the laws that hold for any three documents.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { canonical } from "../../src/domain/Canonical.ts"
import type { Conflict } from "../../src/domain/Conflict.ts"
import { type Document, equalJson } from "../../src/domain/Document.ts"
import type { Kind } from "../../src/domain/Kind.ts"
import { plainRoles } from "../../src/domain/Kind.ts"
import { threeWay } from "../../src/merge/Structure.ts"

const kind: Kind = {
  name: "thing",
  provider: "test",
  description: "a thing with every role",
  schema: Schema.Record(Schema.String, Schema.Unknown) as unknown as Schema.Codec<Document, Document>,
  mask: /^\*+$/,
  capabilities: {
    identity: { _tag: "server" },
    guard: "none",
    settlesWithinMs: 0,
    listIsWhole: true,
    reversibility: { create: { _tag: "exact" }, update: { _tag: "exact" }, delete: { _tag: "exact" } }
  },
  roles: {
    ...plainRoles,
    readOnly: ["/stamp", "/nest/stamp"],
    writeOnly: ["/password"],
    sensitive: ["/secret", "/list/*/secret"],
    sets: ["/set", "/list/*/set"],
    keyed: [{ path: "/list", key: "k" }],
    sequences: ["/steps"],
    texts: ["/text"],
    caseInsensitive: ["/ci", "/set/*", "/list/*/k"],
    blank: ["/blank"],
    closed: { "/made": ["by-us"] }
  }
}

type Row = readonly [fact: string, base: Document, ours: Document, theirs: Document, merged: Document]

const merges: ReadonlyArray<Row> = [
  ["both say the same", { a: 1 }, { a: 2 }, { a: 2 }, { a: 2 }],
  ["only ours changed", { a: 1 }, { a: 2 }, { a: 1 }, { a: 2 }],
  ["only theirs changed", { a: 1 }, { a: 1 }, { a: 3 }, { a: 3 }],
  ["different members", { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 }],
  ["a delete against nothing", { a: 1, b: 1 }, { b: 1 }, { a: 1, b: 1 }, { b: 1 }],
  ["both delete", { a: 1 }, {}, {}, {}],
  ["inside an object", { o: { x: 1, y: 1 } }, { o: { x: 2, y: 1 } }, { o: { x: 1, y: 2 } }, { o: { x: 2, y: 2 } }],
  ["an object new on both sides", {}, { o: { x: 1 } }, { o: { y: 2 } }, { o: { x: 1, y: 2 } }],
  ["the same array on both sides", { s: [1] }, { s: [1, 2] }, { s: [1, 2] }, { s: [1, 2] }],
  ["an explicit null survives", { a: 1 }, { a: null }, { a: 1 }, { a: null }],
  ["null and absent are one delete", { a: 1 }, { a: null }, {}, { a: null }],
  ["an empty text and nothing are one delete", { blank: "x" }, { blank: "" }, {}, { blank: "" }],
  ["what a closed object does not name is theirs", { made: { z: 1 } }, { made: { z: 2 } }, { made: { z: 3 } }, {
    made: { z: 3 }
  }],
  ["case that does not matter", { ci: "x" }, { ci: "X" }, { ci: "y" }, { ci: "y" }],
  ["read-only fields are theirs", { stamp: 1 }, { stamp: 2 }, { stamp: 3 }, { stamp: 3 }],
  ["nested read-only fields are theirs", { nest: { stamp: 1, x: 1 } }, { nest: { x: 2 } }, {
    nest: { stamp: 3, x: 1 }
  }, { nest: { stamp: 3, x: 2 } }],
  ["a read-only change is no edit against a delete", { nest: { stamp: 1 } }, {}, { nest: { stamp: 2 } }, {}],
  ["a write-only field that is not given back", { password: "a" }, { password: "b" }, {}, { password: "b" }],
  ["a mask stands for what was there", { secret: "a" }, { secret: "b" }, { secret: "***" }, { secret: "b" }],
  ["a mask in a keyed list, too", { list: [{ k: "p", secret: "a" }] }, { list: [{ k: "p", secret: "a" }] }, {
    list: [{ k: "p", secret: "***", v: 1 }]
  }, { list: [{ k: "p", secret: "a", v: 1 }] }],
  ["a set takes both sides' additions and removals", { set: ["a", "b", "c"] }, { set: ["b", "c", "d"] }, {
    set: ["a", "e", "C"]
  }, { set: ["c", "d", "e"] }],
  ["a set new on both sides", {}, { set: ["a"] }, { set: ["A", "b"] }, { set: ["a", "b"] }],
  [
    "a keyed list recurses",
    { list: [{ k: "p", x: 1, y: 1 }, { k: "q" }] },
    {
      list: [{ k: "p", x: 2, y: 1 }, { k: "q" }]
    },
    { list: [{ k: "P", x: 1, y: 2 }] },
    { list: [{ k: "P", x: 2, y: 2 }] }
  ],
  [
    "a keyed list takes new elements where they stand",
    { list: [{ k: "p" }, { k: "q" }] },
    {
      list: [{ k: "p" }, { k: "new" }, { k: "q" }]
    },
    { list: [{ k: "q" }, { k: "p" }, { k: "last" }] },
    {
      list: [{ k: "q" }, { k: "p" }, { k: "new" }, { k: "last" }]
    }
  ],
  [
    "a keyed list keeps our order where both reordered",
    { list: [{ k: "p" }, { k: "q" }, { k: "r" }] },
    {
      list: [{ k: "q" }, { k: "p" }, { k: "r" }]
    },
    { list: [{ k: "r" }, { k: "q" }, { k: "p" }] },
    { list: [{ k: "q" }, { k: "p" }, { k: "r" }] }
  ],
  ["a sequence by what changed between", { steps: ["a", "b", "c"] }, { steps: ["0", "a", "b", "c"] }, {
    steps: ["a", "b", "d"]
  }, { steps: ["0", "a", "b", "d"] }],
  ["a text by line", { text: "a\nb\nc\n" }, { text: "A\nb\nc\n" }, { text: "a\nb\nC\n" }, { text: "A\nb\nC\n" }],
  ["a member called __proto__ is a member", {}, JSON.parse("{\"__proto__\":1}") as Document, { toString: 2 }, {
    ...JSON.parse("{\"__proto__\":1}") as Document,
    toString: 2
  }]
]

type ConflictRow = readonly [
  fact: string,
  base: Document,
  ours: Document,
  theirs: Document,
  found: ReadonlyArray<readonly [path: string, kind: Conflict["kind"]]>
]

const conflicts: ReadonlyArray<ConflictRow> = [
  ["two edits", { a: 1 }, { a: 2 }, { a: 3 }, [["/a", "edit-edit"]]],
  ["two additions", {}, { a: 1 }, { a: 2 }, [["/a", "add-add"]]],
  ["a delete and an edit", { a: 1 }, {}, { a: 2 }, [["/a", "delete-edit"]]],
  ["an edit and a null", { a: 1 }, { a: 2 }, { a: null }, [["/a", "delete-edit"]]],
  ["a delete and an edit inside", { o: { x: 1 } }, {}, { o: { x: 2 } }, [["/o", "delete-edit"]]],
  ["another type and an edit", { a: 1 }, { a: "1" }, { a: 2 }, [["/a", "type-change"]]],
  ["an object in place of a text", { a: "x" }, { a: { x: 1 } }, { a: { y: 1 } }, [["/a", "type-change"]]],
  ["an array without a role", { s: [1] }, { s: [1, 2] }, { s: [0, 1] }, [["/s", "edit-edit"]]],
  ["a keyed element", { list: [{ k: "a/b", v: 1 }] }, { list: [{ k: "a/b", v: 2 }] }, { list: [{ k: "a/b", v: 3 }] }, [
    ["/list/a~1b/v", "edit-edit"]
  ]],
  ["a keyed element deleted and edited", { list: [{ k: "p", v: 1 }] }, { list: [] }, { list: [{ k: "p", v: 2 }] }, [
    ["/list/p", "delete-edit"]
  ]],
  ["a key that is there twice", { list: [{ k: "p" }] }, { list: [{ k: "p" }, { k: "P" }] }, { list: [] }, [
    ["/list", "edit-edit"]
  ]],
  ["an element without its key", { list: [{ k: "p" }] }, { list: [{ v: 1 }] }, { list: [] }, [["/list", "edit-edit"]]],
  ["all of them, sorted", { z: 1, o: { x: 1 }, a: 1 }, { z: 2, o: { x: 2 }, a: 1 }, { z: 3, o: {}, a: 2 }, [
    ["/o/x", "delete-edit"],
    ["/z", "edit-edit"]
  ]]
]

describe("one place", () => {
  for (const [fact, base, ours, theirs, document] of merges) {
    it(`${fact} merges`, () => assert.deepStrictEqual(threeWay(kind, base, ours, theirs), { _tag: "merged", document }))
  }
  for (const [fact, base, ours, theirs, found] of conflicts) {
    it(`${fact} conflict`, () => {
      const result = threeWay(kind, base, ours, theirs)
      const places = result._tag === "conflict" ? result.conflicts.map((c) => [c.path, c.kind]) : result
      assert.deepStrictEqual<unknown>(places, found)
    })
  }
  it("a conflict carries what each side holds", () =>
    assert.deepStrictEqual(threeWay(kind, { a: 1 }, {}, { a: 2 }), {
      _tag: "conflict",
      conflicts: [{
        path: "/a",
        kind: "delete-edit",
        severity: "critical",
        base: 1,
        ours: undefined,
        theirs: 2,
        suggestions: ["take-ours", "take-theirs", "edit-range"]
      }]
    }))
})

const scalar = Schema.Union([Schema.Literals([1, 2, "s", true]), Schema.Null])
const maybe = Schema.optionalKey
const documents = <F extends Schema.Struct.Fields>(fields: F): Schema.Codec<Document, Document> =>
  Schema.Struct(fields) as unknown as Schema.Codec<Document, Document>
const things = documents({
  a: maybe(Schema.Union([scalar, Schema.Struct({ deep: maybe(scalar) }), Schema.Array(Schema.Literals([1, 2]))])),
  o: maybe(Schema.Struct({ x: maybe(scalar), y: maybe(scalar), z: maybe(Schema.Struct({ deep: maybe(scalar) })) })),
  ci: maybe(Schema.Literals(["a", "A", "b"])),
  stamp: maybe(Schema.Literals([1, 2, 3])),
  set: maybe(Schema.Array(Schema.Literals(["a", "A", "b", "c"])).check(Schema.isMaxLength(4))),
  list: maybe(
    Schema.Array(Schema.Struct({ k: maybe(Schema.Literals(["p", "q", "r", "P"])), v: maybe(scalar) })).check(
      Schema.isMaxLength(3)
    )
  ),
  seq: maybe(Schema.Array(Schema.Literals([1, 2])).check(Schema.isMaxLength(3)))
})
const left = documents({ a: maybe(scalar), l: maybe(scalar) })
const right = documents({ r: maybe(scalar), o: maybe(Schema.Struct({ x: maybe(scalar) })) })

const runs = { arbitrary: { runs: 400, seed: 7 } }
const paths = (base: Document, ours: Document, theirs: Document): ReadonlyArray<string> => {
  const result = threeWay(kind, base, ours, theirs)
  return result._tag === "conflict" ? result.conflicts.map(({ path }) => path) : []
}
const meaning = (base: Document, ours: Document, theirs: Document): Document | "conflict" => {
  const result = threeWay(kind, base, ours, theirs)
  return result._tag === "merged" ? canonical(kind, result.document) : "conflict"
}

describe("laws", () => {
  it.prop("identity: nobody changed anything", [things], ([base]) => {
    assert.deepStrictEqual(meaning(base, base, base), canonical(kind, base))
  }, runs)

  it.prop("the changed side wins over the unchanged one", [things, things], ([base, changed]) => {
    assert.deepStrictEqual(meaning(base, changed, base), canonical(kind, changed))
    assert.deepStrictEqual(meaning(base, base, changed), canonical(kind, changed))
    assert.deepStrictEqual(threeWay(kind, base, base, changed), { _tag: "merged", document: changed })
  }, runs)

  it.prop("agreement: what both say is what comes out", [things, things], ([base, both]) => {
    assert.deepStrictEqual(meaning(base, both, both), canonical(kind, both))
  }, runs)

  it.prop("symmetry: swapped sides conflict at the same places", [things, things, things], ([base, ours, theirs]) => {
    assert.deepStrictEqual(paths(base, ours, theirs), paths(base, theirs, ours))
  }, runs)

  it.prop("idempotence: merging the result once more changes nothing", [things, things, things], ([base, a, b]) => {
    const first = threeWay(kind, base, a, b)
    if (first._tag === "conflict") return
    assert.deepStrictEqual(meaning(base, first.document, first.document), canonical(kind, first.document))
    assert.deepStrictEqual(meaning(a, first.document, a), canonical(kind, first.document))
  }, runs)

  it.prop("disjoint paths are clean and both changes are there", [left, right, left, right], ([l, r, l2, r2]) => {
    const base: Document = { left: l, right: r }
    const merged = meaning(base, { left: l2, right: r }, { left: l, right: r2 })
    assert.deepStrictEqual(merged, canonical(kind, { left: l2, right: r2 }))
  }, runs)

  it.prop("no edit is lost: a clean result holds each side's change", [things, things, things], ([base, a, b]) => {
    const merged = meaning(base, a, b)
    if (merged === "conflict") return
    for (const field of ["ci", "seq"]) {
      const [was, ours, theirs, now] = [base, a, b, merged].map((side) => canonical(kind, side)[field])
      if (!equalJson(ours, was)) assert.isTrue(equalJson(now, ours))
      if (!equalJson(theirs, was)) assert.isTrue(equalJson(now, theirs))
      if (equalJson(ours, was) && equalJson(theirs, was)) assert.isTrue(equalJson(now, was))
    }
  }, runs)
})
