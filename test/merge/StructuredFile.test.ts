/**
 * Files that merge by what they hold: comments, styles and digits stay, and what cannot be had by the documents is had
 * as text, or is for a person.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  type DocumentRules,
  formatOf,
  keyed,
  mergeDocument,
  mergeStructured,
  resolveStructured,
  sameValue
} from "../../src/merge/Merge.ts"
import { pick, type Random, randomFrom } from "./Generate.ts"

const lines = (...all: ReadonlyArray<string>): string => all.map((line) => `${line}\n`).join("")

const said = (path: string, texts: readonly [string | undefined, string, string], rules: DocumentRules = {}) => {
  const [base, ours, theirs] = texts
  const merge = mergeStructured({ path, base, ours, theirs }, rules)
  if (merge._tag === "merged") return merge.content
  return merge._tag === "opaque" ? "opaque" : merge.conflicts.map(({ kind, path: place }) => `${kind} ${place}`).join()
}

interface Case {
  readonly fact: string
  readonly path: string
  readonly texts: readonly [base: string | undefined, ours: string, theirs: string]
  readonly result: string
  readonly rules?: DocumentRules
}

const cases: ReadonlyArray<Case> = [
  {
    fact: "JSON: members next to each other",
    path: "a.json",
    texts: [
      lines("{", `  "a": 1,`, `  "b": 2`, "}"),
      lines("{", `  "a": 9,`, `  "b": 2`, "}"),
      lines("{", `  "a": 1,`, `  "b": 9007199254740993,`, `  "c": 1.0`, "}")
    ],
    result: lines("{", `  "a": 9,`, `  "b": 9007199254740993,`, `  "c": 1.0`, "}")
  },
  {
    fact: "JSON: comments stay with their members",
    path: "a.jsonc",
    texts: [
      lines("{", "\t// first", `\t"a": 1,`, `\t"b": 2 // second`, "}"),
      lines("{", "\t// first", `\t"a": 9,`, `\t"b": 2 // second`, "}"),
      lines("{", "\t// first", `\t"a": 1,`, `\t"b": 3, // second`, `\t"c": { "d": 1 }`, "}")
    ],
    result: lines("{", "\t// first", `\t"a": 9,`, `\t"b": 3, // second`, `\t"c": {`, `\t\t"d": 1`, "\t}", "}")
  },
  {
    fact: "JSON: one line stays one line",
    path: "a.json",
    texts: [`{"a":1,"b":2}`, `{"a":9,"b":2}`, `{"b":3,"a":1}`],
    result: `{"a":9,"b":3}`
  },
  {
    fact: "JSON: one member added on both sides in different places is no clean merge",
    path: "a.json",
    texts: [
      lines("{", `  "x": 1`, "}"),
      lines("{", `  "n": 1,`, `  "x": 1`, "}"),
      lines("{", `  "x": 1,`, `  "n": 2`, "}")
    ],
    result: "add-add /n"
  },
  {
    fact: "JSON: a list without a way merges as its lines do",
    path: "a.json",
    texts: [
      lines("[", "  1,", "  2,", "  3,", "  4", "]"),
      lines("[", "  0,", "  2,", "  3,", "  4", "]"),
      lines("[", "  1,", "  2,", "  3,", "  5", "]")
    ],
    result: lines("[", "  0,", "  2,", "  3,", "  5", "]")
  },
  {
    fact: "JSON: an ambiguous text merges as text",
    path: "a.json",
    texts: [`{"a":1,"a":2}`, `{"a":1,"a":3}`, `{"a":1,"a":2}`],
    result: `{"a":1,"a":3}`
  },
  {
    fact: "JSON: two new files",
    path: "a.json",
    texts: [undefined, lines("{", `  "a": 1`, "}"), lines("{", `  "b": 1`, "}")],
    result: lines("{", `  "a": 1,`, `  "b": 1`, "}")
  },
  {
    fact: "YAML: comments and styles of both sides",
    path: "a.yaml",
    texts: [
      lines("# top", "a: 1 # one", "b: 2 # two", "l:", "- x", "- y   # why", "s: 'quoted'"),
      lines("# top", "a: 0x10 # one", "b: 2 # two", "l:", "- x", "- y   # why", "s: 'quoted'"),
      lines("# top", "a: 1 # one", "b: 3 # three", "# new", "c: {k: 1.0}", "l:", "- x", "- y   # why", "s: 'quoted'")
    ],
    result: lines(
      "# top",
      "a: 0x10 # one",
      "b: 3 # three",
      "# new",
      "c: {k: 1.0}",
      "l:",
      "- x",
      "- y   # why",
      "s: 'quoted'"
    )
  },
  {
    fact: "YAML: keyed lists",
    path: "deployment.yml",
    texts: [
      lines("c:", "  - name: app", "    image: a:1", "    env:", "      - name: A", "        value: '1'"),
      lines("c:", "  - name: app", "    image: a:2", "    env:", "      - name: A", "        value: '1'"),
      lines(
        "c:",
        "  - name: app",
        "    image: a:1",
        "    tty: true # t",
        "    env:",
        "      - name: A",
        "        value: '3'"
      )
    ],
    rules: { "/c": keyed("name"), "/c/*/env": keyed("name") },
    result: lines(
      "c:",
      "  - name: app",
      "    image: a:2",
      "    tty: true # t",
      "    env:",
      "      - name: A",
      "        value: '3'"
    )
  },
  {
    fact: "YAML: tags, anchors and several documents merge as text",
    path: "a.yaml",
    texts: [
      lines("a: &x 1", "b: 2", "c: 3", "---", "d: !Ref y"),
      lines("a: &x 1", "b: 2", "c: 3", "---", "d: !Ref z"),
      lines("a: &x 9", "b: 2", "c: 3", "---", "d: !Ref y")
    ],
    result: lines("a: &x 9", "b: 2", "c: 3", "---", "d: !Ref z")
  },
  {
    fact: "TOML: values, dates and comments",
    path: "Cargo.toml",
    texts: [
      lines("# top", "[a]", "x = 1 # one", "y = 2.0", "", "[b]", "z = 'raw'"),
      lines("# top", "[a]", "x = 9 # one", "y = 2.0", "", "[b]", "z = 'raw'"),
      lines("# top", "[a]", "x = 1 # one", "y = 3.0", "w = 1979-05-27", "", "[b]", "z = 'raw'")
    ],
    result: lines("# top", "[a]", "x = 9 # one", "y = 3.0", "w = 1979-05-27", "", "[b]", "z = 'raw'")
  },
  {
    fact: "TOML: a conflict names the place",
    path: "a.toml",
    texts: [lines("[a]", "x = 1"), lines("[a]", "x = 2"), lines("[a]", "x = 3")],
    result: "edit-edit /a/x"
  },
  {
    fact: "a comment that would be lost makes it a conflict of the text",
    path: "a.toml",
    texts: [lines("x = 1", "y = 1"), lines("x = 2", "y = 1"), lines("x = 1", "# why", "y = 2")],
    result: "edit-edit a.toml"
  },
  {
    fact: "other files merge as text",
    path: "a.txt",
    texts: [lines("a", "b", "c"), lines("A", "b", "c"), lines("a", "b", "C")],
    result: lines("A", "b", "C")
  }
]

describe("a file", () => {
  for (const { fact, path, texts, result, rules } of cases) {
    it(`${fact}`, () => assert.strictEqual(said(path, texts, rules), result))
  }

  it("tells that a list without a way was merged as text", () => {
    const [, , , , list] = cases
    if (list === undefined) throw new Error("there is such a case")
    const [base, ours, theirs] = list.texts
    const merge = mergeStructured({ path: list.path, base, ours, theirs })
    assert.deepStrictEqual(merge._tag === "merged" && merge.notes.map(({ severity, path }) => [severity, path]), [
      ["warning", ""]
    ])
  })
})

describe("an answer", () => {
  it("is written into the file, beside what merged, with comments", () => {
    const merge = mergeStructured({
      path: "a.yaml",
      base: lines("# top", "a: 1 # one", "b: 1", "c: 1"),
      ours: lines("# top", "a: 2 # one", "b: 2", "c: 1"),
      theirs: lines("# top", "a: 3 # one", "b: 3", "c: 3")
    })
    if (merge._tag !== "structure-conflict") throw new Error("there are conflicts")
    const first = resolveStructured(merge, [{ conflict: 0, take: "theirs" }])
    if (first._tag !== "unresolved") throw new Error("one is left")
    const stored = JSON.parse(JSON.stringify(first.merge)) as typeof first.merge
    assert.deepStrictEqual(resolveStructured(stored, [{ conflict: 0, value: "both" }]), {
      _tag: "resolved",
      content: lines("# top", "a: 3 # one", "b: both", "c: 3")
    })
    assert.strictEqual(resolveStructured(merge, [{ conflict: 9, take: "ours" }])._tag, "refused")
  })
})

const scalars = ["1", "1.0", "9007199254740993", "true", `"text"`, `"🙂"`, "-0.5"]
const names = ["a", "b", "c", "d"]

/** A file of a format with a comment to each member, and a few members of its own kind of nesting. */
const writers: Readonly<Record<string, (members: ReadonlyArray<readonly [string, string]>) => string>> = {
  "a.jsonc": (members) =>
    `{\n${
      members.map(([name, value], at) =>
        `  // about ${name}\n  "${name}": ${value}${at < members.length - 1 ? "," : ""}\n`
      ).join("")
    }}\n`,
  "a.yaml": (members) => members.map(([name, value]) => `# about ${name}\n${name}: ${value}\n`).join(""),
  "a.toml": (members) => members.map(([name, value]) => `# about ${name}\n${name} = ${value}\n`).join("")
}

const edited = (random: Random, members: ReadonlyArray<readonly [string, string]>) =>
  members.flatMap((member): ReadonlyArray<readonly [string, string]> => {
    const [name] = member
    switch (random(8)) {
      case 0:
        return []
      case 1:
        return [[name, pick(random, scalars)]]
      case 2:
        return [member, [`${name}${random(2)}`, pick(random, scalars)]]
      default:
        return [member]
    }
  })

describe("any file", () => {
  const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))
  for (const [path, write] of Object.entries(writers)) {
    it.prop(`like ${path} holds what its documents merge to, with the comments`, [seeds], ([seed]) => {
      const random = randomFrom(seed)
      const members = names.map((name) => [name, pick(random, scalars)] as const)
      const [mine, other] = [edited(random, members), edited(random, members)]
      const [base, ours, theirs] = [write(members), write(mine), write(other)]
      const merge = mergeStructured({ path, base, ours, theirs })
      if (merge._tag !== "merged") return
      const parse = (text: string) => formatOf(path)?.parse(text)
      const documents = mergeDocument({ base: parse(base), ours: parse(ours), theirs: parse(theirs) })
      assert.isTrue(documents._tag === "merged" && sameValue(documents.document, parse(merge.content)), `${seed}`)
      const [inOurs, inTheirs, inBase] = [mine, other, members].map((all) => new Set(all.map(([name]) => name)))
      for (const name of new Set([...inOurs ?? [], ...inTheirs ?? []])) {
        const isGone = inBase?.has(name) === true && !(inOurs?.has(name) === true && inTheirs?.has(name) === true)
        if (!isGone) assert.include(merge.content, `about ${name}\n`, `${seed}`)
      }
    }, { arbitrary: { runs: 150, seed: 9 } })
  }
})
