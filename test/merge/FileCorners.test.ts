/**
 * Corners of structured files: lists that grow and shrink, layouts, scalars that JSON does not have, and what a format
 * declines.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  type DocumentRules,
  formatOf,
  keyed,
  mergeStructured,
  Numeral,
  resolveStructured,
  type Value
} from "../../src/merge/Merge.ts"

const lines = (...all: ReadonlyArray<string>): string => all.map((line) => `${line}\n`).join("")

/** Ours with another value written into it. */
const written = (path: string, ours: string, value: Value): string | undefined =>
  formatOf(path)?.write({ base: ours, ours, theirs: ours }, value)

describe("JSON is written", () => {
  const cases: ReadonlyArray<readonly [fact: string, ours: string, value: Value, result: string]> = [
    ["as another scalar", `1`, { a: 1 }, `{"a":1}`],
    ["with a longer list", lines("[", "  1,", "  2", "]"), [1, 2, 3], lines("[", "  1,", "  2,", "  3", "]")],
    ["with a shorter list", lines("[", "  1,", "  2,", "  3", "]"), [1, 3], lines("[", "  1,", "  3", "]")],
    ["with an element in front", `[1,2]`, [0, 1, 2], `[0,1,2]`],
    [
      "behind the comment of an element",
      lines("[", "\t1, // one", "\t2 // two", "]"),
      [1, 2, 3],
      lines("[", "\t1, // one", "\t2, // two", "\t3", "]")
    ],
    [
      "with the line ends that it has",
      "{\r\n  \"a\": 1\r\n}\r\n",
      { a: { b: [1] } },
      "{\r\n  \"a\": {\r\n    \"b\": [\r\n      1\r\n    ]\r\n  }\r\n}\r\n"
    ],
    ["with an empty list that fills", `{"a":[]}`, { a: [{ b: 1 }] }, `{"a":[{"b":1}]}`],
    ["without a member", lines("{", `  "a": 1,`, `  "b": 2`, "}"), { a: 1 }, lines("{", `  "a": 1`, "}")],
    ["inside an element that stays", `[{"a":1},{"b":1}]`, [{ a: 1 }, { b: 2 }, 3], `[{"a":1},{"b":2},3]`]
  ]
  for (const [fact, ours, value, result] of cases) {
    it(`${fact}`, () => assert.strictEqual(written("a.json", ours, value), result))
  }

  it("up to a bound", () => {
    const members = (count: number, name: string): Value =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}${at}`, "x".repeat(20)]))
    const ours = JSON.stringify(members(2_000, "a"))
    assert.strictEqual(written("a.json", ours, members(2_000, "b")), undefined)
    assert.strictEqual(written("a.json", "no JSON", 1), undefined)
  })
})

describe("YAML", () => {
  const parse = (text: string): Value | undefined => formatOf("a.yaml")?.parse(text)

  it("is a value only where that says all of it", () => {
    for (
      const text of [
        "a: &x 1\nb: *x",
        "a: !t 1",
        "1: a",
        "? [a]\n: b",
        "<<: {a: 1}",
        "a: 1\na: 2",
        "a: [",
        "a: 1\n---\nb: 2",
        "a: !!set {x}"
      ]
    ) assert.strictEqual(parse(text), undefined, text)
    assert.deepStrictEqual<unknown>(
      parse("a: 0x10\nb: .inf\nc: 1.0\nd: ~\ne:\nf: yes\ng: 2001-01-01\nh: |\n  # text\n"),
      {
        a: new Numeral("0x10"),
        b: new Numeral(".inf"),
        c: new Numeral("1.0"),
        d: null,
        e: null,
        f: "yes",
        g: "2001-01-01",
        h: "# text\n"
      }
    )
    assert.strictEqual(parse(""), undefined)
  })

  const cases: ReadonlyArray<readonly [fact: string, ours: string, value: Value, result: string]> = [
    ["with a longer list", lines("- a # first", "- b"), ["a", "b", "c"], lines("- a # first", "- b", "- c")],
    ["with a shorter list", lines("- a # first", "- b", "- c"), ["a", "c"], lines("- a # first", "- c")],
    [
      "with numbers to the digit",
      lines("a: 1 # x"),
      { a: new Numeral("9007199254740993") },
      lines("a: 9007199254740993 # x")
    ],
    [
      "with members of other kinds",
      lines("a: 1"),
      { a: [1, { b: new Numeral("1.0") }], c: null },
      lines("a:", "  - 1", "  - b: 1.0", "c: null")
    ],
    ["as another value", lines("a: 1"), ["x"], lines("- x")]
  ]
  for (const [fact, ours, value, result] of cases) {
    it(`is written ${fact}`, () => assert.strictEqual(written("a.yaml", ours, value), result))
  }

  it("takes comments that only theirs changed or removed", () => {
    const merge = mergeStructured({
      path: "a.yaml",
      base: lines("# top", "a: 1 # one", "# two", "b: 2", "l:", "  - id: 1 # x", "    v: 1"),
      ours: lines("# top", "a: 9 # one", "# two", "b: 2", "l:", "  - id: 1 # x", "    v: 2"),
      theirs: lines("# head", "a: 1 # eins", "b: 3", "l:", "  - id: 1 # y", "    w: 3", "    v: 1")
    }, { "/l": keyed("id") })
    assert.strictEqual(
      merge._tag === "merged" && merge.content,
      lines("# head", "a: 9 # eins", "b: 3", "l:", "  - id: 1 # y", "    w: 3", "    v: 2")
    )
  })

  it("keeps line ends, however it is set out", () => {
    const crlf = (...all: ReadonlyArray<string>): string => all.map((line) => `${line}\r\n`).join("")
    const merge = mergeStructured({
      path: "a.yaml",
      base: crlf("a:   1", "b: 1", "d: 1", "c: [1,   2]"),
      ours: crlf("a:   2", "b: 1", "d: 1", "c: [1,   2]"),
      theirs: crlf("a:   1", "b: 2", "d: 1", "c: [1,   2]")
    })
    assert.strictEqual(merge._tag === "merged" && merge.content, crlf("a: 2", "b: 2", "d: 1", "c: [1,   2]"))
  })

  it("in which both changed one comment merges as text", () => {
    const merge = mergeStructured({
      path: "a.yaml",
      base: lines("a: 1 # one", "b: 1"),
      ours: lines("a: 1 # ours", "b: 1"),
      theirs: lines("a: 1 # theirs", "b: 2")
    })
    assert.strictEqual(merge._tag, "conflict")
  })
})

describe("TOML", () => {
  it("has integers, floats and dates of its own", () => {
    const text = lines(
      "a = inf",
      "b = -inf",
      "c = nan",
      "d = 9223372036854775807",
      "e = 1.5",
      "f = 07:32:00",
      "g = 1e30",
      "h = [1, 2.0]"
    )
    assert.deepStrictEqual<unknown>(formatOf("a.toml")?.parse(text), {
      a: new Numeral("inf"),
      b: new Numeral("-inf"),
      c: new Numeral("nan"),
      d: new Numeral("9223372036854775807"),
      e: 1.5,
      f: new Numeral("07:32:00"),
      g: new Numeral("1e+30"),
      h: [1, new Numeral("2.0")]
    })
    assert.strictEqual(formatOf("a.toml")?.parse("a = "), undefined)
  })

  it("is written with them, and not with what it does not have", () => {
    assert.strictEqual(
      written("a.toml", lines("a = 1 # x"), { a: new Numeral("2.5"), b: new Numeral("1979-05-27"), c: [true, "t"] }),
      lines("a = 2.5 # x", "b = 1979-05-27", "c = [ true, \"t\" ]")
    )
    assert.strictEqual(written("a.toml", "a = 1\n", { a: null }), undefined)
    assert.strictEqual(written("a.toml", "a = 1\n".padEnd(200_000, "\n"), { a: 2 }), undefined)
  })

  it("has comments outside its strings only", () => {
    const text = lines("a = \"# no \\\" # no\" # yes", "b = '# no'", "c = \"\"\"", "# no", "\"\"\" # yes too", "# last")
    assert.deepStrictEqual(formatOf("a.toml")?.comments(`${text}d = "open # no`), ["# yes", "# yes too", "# last"])
    assert.deepStrictEqual(formatOf("a.toml")?.comments("# end"), ["# end"])
  })
})

describe("a list without a way", () => {
  const merge = (texts: readonly [string, string, string], rules: DocumentRules = {}) => {
    const [base, ours, theirs] = texts
    return mergeStructured({ path: "a.yaml", base, ours, theirs }, rules)
  }
  const texts = [
    lines("x:", "  l:", "    - a", "    - b", "    - c", "y: 1"),
    lines("x:", "  l:", "    - A", "    - b", "    - c", "y: 1"),
    lines("x:", "  l:", "    - a", "    - b", "    - C", "y: 1")
  ] as const

  it("inside other members merges as its lines do", () => {
    const found = merge(texts)
    assert.strictEqual(
      found._tag === "merged" && found.content,
      lines("x:", "  l:", "    - A", "    - b", "    - C", "y: 1")
    )
  })

  it("is a conflict where it is said to be atomic", () => {
    assert.strictEqual(merge(texts, { "/x/l": "atomic" })._tag, "structure-conflict")
  })

  it("is a conflict beside a conflict that is none of a list", () => {
    const [base, ours, theirs] = texts
    const found = merge([base + "z: 1\n", ours + "z: 2\n", theirs + "z: 3\n"])
    assert.deepStrictEqual(found._tag === "structure-conflict" && found.conflicts.map(({ path }) => path), [
      "/x/l",
      "/z"
    ])
  })
})

describe("a file that nests too deeply", () => {
  it("merges as text", () => {
    const deep = (first: string, last: string): string =>
      `${first}\n${"[".repeat(600)}\n1\n${"]".repeat(600)}\n${last}\n`
    const merge = mergeStructured({
      path: "a.json",
      base: deep("// a", "// z"),
      ours: deep("// b", "// z"),
      theirs: deep("// a", "// y")
    })
    assert.strictEqual(merge._tag === "merged" && merge.content, deep("// b", "// y"))
  })
})

describe("an answer that cannot be written", () => {
  it("is refused", () => {
    const merge = mergeStructured({ path: "a.toml", base: "a = 1\n", ours: "a = 2\n", theirs: "a = 3\n" })
    if (merge._tag !== "structure-conflict") throw new Error("there is a conflict")
    const refused = resolveStructured(merge, [{ conflict: 0, value: null }])
    assert.deepStrictEqual(refused._tag === "refused" && refused.problems.map(({ path }) => path), ["a.toml"])
  })
})

describe("texts that merge to what no document says", () => {
  it("are a conflict of the whole file where the documents cannot be written", () => {
    const merge = mergeStructured({
      path: "a.toml",
      base: lines("[a]", "x = 1", "", "[b]", "y = 1"),
      ours: lines("[a]", "x = 1", "", "[c] # new", "z = 1", "", "[b]", "y = 1"),
      theirs: lines("[a]", "x = 1", "", "[b]", "y = 1", "", "[c] # other", "z = 1")
    })
    assert.strictEqual(merge._tag, "conflict")
    assert.strictEqual(merge._tag === "conflict" && merge.conflicts[0]?.ranges.ours.end, 8)
  })
})
