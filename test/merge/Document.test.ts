/**
 * Documents that merge, place by place: a table of texts, so that every digit counts. Below it moves, and what merge
 * patches (RFC 7396) do to a document.
 */
import { assert, describe, it } from "@effect/vitest"
import { type DocumentRules, keyed, mergeDocument, parseJson, type Value } from "../../src/merge/Merge.ts"
import { merged, type Row, said } from "./Said.ts"

const rules: DocumentRules = {
  "/set": "set",
  "/seq": "sequence",
  "/text": "text",
  "/keyed": keyed("id"),
  "/keyed/*/in": keyed("id"),
  "/whole": "atomic",
  "/map/*": "set",
  "/map/exact": "sequence"
}

const rows: ReadonlyArray<Row> = [
  ["an explicit null is a value", `{"a":1}`, `{"a":null}`, `{"a":1}`, `{"a":null}`],
  ["null against absent is a delete and an edit", `{"a":1}`, `{"a":null}`, `{}`, "delete-edit /a"],
  ["null against an edit changes the type", `{"a":1}`, `{"a":null}`, `{"a":2}`, "type-change /a"],
  [
    "key order is no change",
    `{"a":{"x":1,"y":2}}`,
    `{"a":{"y":2,"x":1}}`,
    `{"a":{"x":1,"y":3}}`,
    `{"a":{"x":1,"y":3}}`
  ],
  ["digits beyond 2^53 count", `[9007199254740992]`, `[9007199254740993]`, `[9007199254740992]`, `[9007199254740993]`],
  ["and conflict", `9007199254740992`, `9007199254740993`, `9007199254740994`, "edit-edit "],
  ["1.0 stays 1.0", `{"a":1.0,"b":1}`, `{"a":1.0,"b":2}`, `{"a":1.0,"b":1,"c":1}`, `{"a":1.0,"b":2,"c":1}`],
  ["1 written as 1.0 is taken", `{"a":1}`, `{"a":1}`, `{"a":1.0}`, `{"a":1.0}`],
  ["1 written as 1.0 is no edit against one", `{"a":1}`, `{"a":1.0}`, `{"a":2}`, `{"a":2}`],
  ["a new document", "", `{"a":1}`, "", `{"a":1}`],
  ["two new documents", "", `{"a":1}`, `{"b":1}`, `{"a":1,"b":1}`],
  ["a document deleted", `{"a":1}`, "", `{"a":1}`, "absent"],
  ["a document deleted and edited", `{"a":1}`, "", `{"a":2}`, "delete-edit "],
  ["a list without a way", `{"l":[1,2]}`, `{"l":[0,1,2]}`, `{"l":[1,2,3]}`, "edit-edit /l"],
  [
    "an object that merges as a whole",
    `{"whole":{"x":1}}`,
    `{"whole":{"x":2}}`,
    `{"whole":{"x":1,"y":1}}`,
    "edit-edit /whole"
  ],
  [
    "set: both sides' additions and removals",
    `{"set":[1,2,3]}`,
    `{"set":[2,3,4]}`,
    `{"set":[1,3,5]}`,
    `{"set":[3,4,5]}`
  ],
  [
    "set: canonical values",
    `{"set":[{"a":1,"b":2}]}`,
    `{"set":[{"b":2,"a":1},1]}`,
    `{"set":[{"a":1,"b":2},2]}`,
    `{"set":[{"b":2,"a":1},1,2]}`
  ],
  ["set: 1 and \"1\" are two", `{"set":[]}`, `{"set":[1]}`, `{"set":["1"]}`, `{"set":[1,"1"]}`],
  ["set: 1 and 1.0 are one", `{"set":[]}`, `{"set":[1]}`, `{"set":[1.0,2]}`, `{"set":[1,2]}`],
  ["sequence: far apart", `{"seq":[1,2,3,4]}`, `{"seq":[0,1,2,3,4]}`, `{"seq":[1,2,3,5]}`, `{"seq":[0,1,2,3,5]}`],
  ["sequence: next to each other", `{"seq":[1,2,3]}`, `{"seq":[1,9,3]}`, `{"seq":[1,2,8]}`, "edit-edit /seq"],
  [
    "sequence: objects by their content",
    `{"seq":[{"k":1},{"j":1}]}`,
    `{"seq":[{"k":2},{"j":1}]}`,
    `{"seq":[{"k":2},{"j":1}]}`,
    `{"seq":[{"k":2},{"j":1}]}`
  ],
  [
    "sequence: an edit that plain diff3 of objects drops",
    `{"seq":[{"k":2}]}`,
    `{"seq":[{"k":1}]}`,
    `{"seq":[{"k":2}]}`,
    `{"seq":[{"k":1}]}`
  ],
  ["sequence: added at the same place", `{"seq":[1]}`, `{"seq":[1,2]}`, `{"seq":[1,3]}`, "add-add /seq"],
  [
    "text: by line",
    `{"text":"a\\nb\\nc\\nd\\n"}`,
    `{"text":"A\\nb\\nc\\nd\\n"}`,
    `{"text":"a\\nb\\nc\\nD\\n"}`,
    `{"text":"A\\nb\\nc\\nD\\n"}`
  ],
  ["text: one line is a scalar", `{"text":"a"}`, `{"text":"b"}`, `{"text":"c"}`, "edit-edit /text"],
  [
    "text elsewhere is a scalar",
    `{"t":"a\\nb\\nc\\n"}`,
    `{"t":"A\\nb\\nc\\n"}`,
    `{"t":"a\\nb\\nC\\n"}`,
    "edit-edit /t"
  ],
  [
    "keyed: by element",
    `{"keyed":[{"id":1,"v":1},{"id":2,"v":1}]}`,
    `{"keyed":[{"id":1,"v":2},{"id":2,"v":1}]}`,
    `{"keyed":[{"id":1,"v":1},{"id":2,"v":3}]}`,
    `{"keyed":[{"id":1,"v":2},{"id":2,"v":3}]}`
  ],
  [
    "keyed: a key twice",
    `{"keyed":[{"id":1}]}`,
    `{"keyed":[{"id":1},{"id":1}]}`,
    `{"keyed":[{"id":1}]}`,
    `{"keyed":[{"id":1},{"id":1}]} (warning unkeyed /keyed)`
  ],
  [
    "keyed: a key missing on one side, edited on the other",
    `{"keyed":[{"id":1}]}`,
    `{"keyed":[{"v":1}]}`,
    `{"keyed":[]}`,
    "edit-edit /keyed (warning unkeyed /keyed)"
  ],
  [
    "keyed: reordered by one",
    `{"keyed":[{"id":1},{"id":2}]}`,
    `{"keyed":[{"id":2},{"id":1}]}`,
    `{"keyed":[{"id":1},{"id":2},{"id":3}]}`,
    `{"keyed":[{"id":2},{"id":3},{"id":1}]}`
  ],
  [
    "keyed: reordered by both",
    `{"keyed":[{"id":1},{"id":2},{"id":3}]}`,
    `{"keyed":[{"id":2},{"id":1},{"id":3}]}`,
    `{"keyed":[{"id":3},{"id":2},{"id":1}]}`,
    `{"keyed":[{"id":2},{"id":1},{"id":3}]} (warning order /keyed)`
  ],
  [
    "keyed: a delete and an edit",
    `{"keyed":[{"id":1,"v":1}]}`,
    `{"keyed":[]}`,
    `{"keyed":[{"id":1,"v":2}]}`,
    "delete-edit /keyed/1"
  ],
  [
    "a pattern with fewer stars counts",
    `{"map":{"exact":[1]}}`,
    `{"map":{"exact":[1,2]}}`,
    `{"map":{"exact":[1,3]}}`,
    "add-add /map/exact"
  ],
  ["a string that differs by blanks", `{"a":"x"}`, `{"a":"x y"}`, `{"a":"x  y"}`, "edit-edit /a"]
]

describe("a document", () => {
  for (const [fact, base, ours, theirs, result] of rows) {
    it(`${fact}`, () => assert.strictEqual(said(rules, [base, ours, theirs]), result))
  }

  it("tells what each side holds, and where in the list", () => {
    const merge = merged(rules, `{"seq":[1,2,3]}`, `{"seq":[1,9,3]}`, `{"seq":[1,8,3]}`)
    assert.deepStrictEqual(merge._tag === "conflict" && merge.conflicts, [{
      path: "/seq",
      kind: "edit-edit",
      severity: "critical",
      base: [2],
      ours: [9],
      theirs: [8],
      ranges: { base: { start: 1, end: 2 }, ours: { start: 1, end: 2 }, theirs: { start: 1, end: 2 } },
      suggestions: ["take-ours", "take-theirs", "keep-both", "edit-range"]
    }])
  })

  it("nested deeper than the stack merges as a whole", () => {
    const deep = (leaf: number): Value => {
      let value: Value = leaf
      for (let at = 0; at < 50_000; at++) value = at % 2 === 0 ? [value] : { a: value }
      return value
    }
    const base = deep(0)
    const changed = deep(1)
    assert.strictEqual(mergeDocument({ base, ours: changed, theirs: deep(0) })._tag, "merged")
    const merge = mergeDocument({ base, ours: changed, theirs: deep(2) })
    assert.deepStrictEqual(merge._tag === "conflict" && merge.conflicts.map(({ kind, path }) => [kind, path]), [
      ["too-deep", ""]
    ])
  })

  it("that is no JSON, or ambiguous, is no value", () => {
    for (const text of [`{"a":1,"a":2}`, `{"a":1} 2`, `{"a"}`, "nan", "", `{"a":01}`, "[".repeat(200_000)]) {
      assert.strictEqual(parseJson(text), undefined, text.slice(0, 20))
    }
  })
})

const moves: ReadonlyArray<Row> = [
  [
    "with an edit merge",
    `{"keyed":[{"id":1,"in":[{"id":"x","v":1}]},{"id":2,"in":[]}]}`,
    `{"keyed":[{"id":1,"in":[]},{"id":2,"in":[{"id":"x","v":1}]}]}`,
    `{"keyed":[{"id":1,"in":[{"id":"x","v":2}]},{"id":2,"in":[]}]}`,
    `{"keyed":[{"id":1,"in":[]},{"id":2,"in":[{"id":"x","v":2}]}]}`
  ],
  [
    "into what is new merge, too",
    `{"keyed":[{"id":1,"in":[{"id":"x","v":1}]}]}`,
    `{"keyed":[{"id":2,"in":[{"id":"x","v":1}]}]}`,
    `{"keyed":[{"id":1,"in":[{"id":"x","v":2}]}]}`,
    `{"keyed":[{"id":2,"in":[{"id":"x","v":2}]}]}`
  ],
  [
    "to two places conflict",
    `{"keyed":[{"id":1,"in":[{"id":"x"}]},{"id":2,"in":[]},{"id":3,"in":[]}]}`,
    `{"keyed":[{"id":1,"in":[]},{"id":2,"in":[{"id":"x"}]},{"id":3,"in":[]}]}`,
    `{"keyed":[{"id":1,"in":[]},{"id":2,"in":[]},{"id":3,"in":[{"id":"x"}]}]}`,
    "move-move /keyed/1/in/x"
  ],
  [
    "against a delete conflict",
    `{"keyed":[{"id":1,"in":[{"id":"x"}]},{"id":2,"in":[]}]}`,
    `{"keyed":[{"id":1,"in":[]},{"id":2,"in":[{"id":"x"}]}]}`,
    `{"keyed":[{"id":1,"in":[]},{"id":2,"in":[]}]}`,
    "delete-edit /keyed/2/in/x"
  ],
  [
    "into what the other side deleted conflict there",
    `{"keyed":[{"id":1,"in":[{"id":"x","v":1}]},{"id":2,"in":[]}]}`,
    `{"keyed":[{"id":1,"in":[]},{"id":2,"in":[{"id":"x","v":1}]}]}`,
    `{"keyed":[{"id":1,"in":[{"id":"x","v":1}]}]}`,
    "delete-edit /keyed/1/in/x, delete-edit /keyed/2"
  ]
]

describe("keys", () => {
  it("are alike where the numbers are", () => {
    const result = said(rules, [
      `{"keyed":[{"id":1,"v":1}]}`,
      `{"keyed":[{"id":1.0,"v":1}]}`,
      `{"keyed":[{"id":1,"v":2}]}`
    ])
    assert.strictEqual(result, `{"keyed":[{"id":1.0,"v":2}]}`)
  })

  it("of many digits are told apart", () => {
    const list = (...ids: ReadonlyArray<string>): string => `{"keyed":[${ids.map((id) => `{"id":${id}}`).join(",")}]}`
    const [one, other] = ["9007199254740992", "9007199254740993"]
    assert.strictEqual(said(rules, [list(one), list(one, other), list(one)]), list(one, other))
  })

  it("that are no numbers of JSON do no harm", () => {
    const odd = { a: Number.NaN, b: Number.POSITIVE_INFINITY }
    assert.strictEqual(mergeDocument({ base: odd, ours: odd, theirs: odd })._tag, "merged")
  })
})

describe("moves", () => {
  for (const [fact, base, ours, theirs, result] of moves) {
    it(`${fact}`, () => assert.strictEqual(said(rules, [base, ours, theirs]), result))
  }

  it("of two elements into each other are a conflict of the document", () => {
    const nodes = { "/n": keyed("id", "node"), "/n/*/n": keyed("id", "node") }
    assert.strictEqual(
      said(nodes, [
        `{"n":[{"id":"a","n":[]},{"id":"b","n":[]}]}`,
        `{"n":[{"id":"b","n":[{"id":"a","n":[]}]}]}`,
        `{"n":[{"id":"a","n":[{"id":"b","n":[]}]}]}`
      ]),
      "move-cycle "
    )
  })

  it("are none where the key means nothing outside its list", () => {
    const [, base = "", ours = "", theirs = ""] = moves[2] ?? []
    const lists = { "/keyed": keyed("id"), "/keyed/*/in": keyed("id", "list") }
    assert.strictEqual(
      said(lists, [base, ours, theirs]),
      `{"keyed":[{"id":1,"in":[]},{"id":2,"in":[{"id":"x"}]},{"id":3,"in":[{"id":"x"}]}]}`
    )
  })
})

/** RFC 7396, appendix A: what a merge patch makes of a document, here as what one side made of the base. */
const patches: ReadonlyArray<readonly [original: string, patch: string, result: string]> = [
  [`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`],
  [`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`],
  [`{"a":"b"}`, `{"a":null}`, `{}`],
  [`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`],
  [`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`],
  [`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`],
  [`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`],
  [`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`],
  [`["a","b"]`, `["c","d"]`, `["c","d"]`],
  [`{"a":"b"}`, `["c"]`, `["c"]`],
  [`{"a":"foo"}`, `null`, `null`],
  [`{"a":"foo"}`, `"bar"`, `"bar"`],
  [`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`],
  [`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`],
  [`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`]
]

describe("what a merge patch did", () => {
  for (const [original, patch, result] of patches) {
    it(`${patch} to ${original} is taken, beside what the other side added`, () => {
      assert.strictEqual(said({}, [original, original, result]), result)
      if (!original.startsWith("{")) return
      const [ours, theirs] = [{ ...JSON.parse(original) as object, z: 1 }, JSON.parse(result) as unknown]
      const isObject = typeof theirs === "object" && theirs !== null && !Array.isArray(theirs)
      const wanted = isObject ? JSON.stringify({ ...theirs, z: 1 }) : "type-change "
      const found = said({}, [original, JSON.stringify(ours), result])
      assert.deepStrictEqual<unknown>(isObject ? JSON.parse(found) : found, isObject ? JSON.parse(wanted) : wanted)
    })
  }
})
