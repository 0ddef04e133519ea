/**
 * Trees: what is renamed, removed, linked, made executable, and what cannot be at one place.
 */
import { assert, describe, it } from "@effect/vitest"
import { mergeTrees, resolveTree, type Tree, type TreeEntry } from "../../src/merge/Merge.ts"

const file = (text: string, mode = 0o644): TreeEntry => ({
  _tag: "file",
  mode,
  content: new TextEncoder().encode(text)
})
const link = (target: string): TreeEntry => ({ _tag: "symlink", target })
const bytes = (...all: ReadonlyArray<number>): TreeEntry => ({
  _tag: "file",
  mode: 0o644,
  content: Uint8Array.from(all)
})

type Files = Readonly<Record<string, TreeEntry | string>>

const treeOf = (files: Files): Tree =>
  new Map(Object.entries(files).map(([path, entry]) => [path, typeof entry === "string" ? file(entry) : entry]))

const mergedTrees = (base: Files, ours: Files, theirs: Files) =>
  mergeTrees({ base: treeOf(base), ours: treeOf(ours), theirs: treeOf(theirs) })

const shownEntry = (entry: TreeEntry): string => {
  if (entry._tag === "symlink") return `-> ${entry.target}`
  return `${entry.mode === 0o644 ? "" : `${entry.mode.toString(8)} `}${new TextDecoder().decode(entry.content)}`
}

const shown = (tree: Tree): Readonly<Record<string, string>> =>
  Object.fromEntries([...tree].map(([path, entry]) => [path, shownEntry(entry)] as const).toSorted())

/** A merge in short: the tree, or the conflicts. */
const said = (base: Files, ours: Files, theirs: Files): unknown => {
  const merge = mergedTrees(base, ours, theirs)
  if (merge._tag === "merged") return shown(merge.tree)
  return merge._tag === "refused"
    ? merge.problems.map(({ path, side, why }) => `${side} ${path}: ${why}`)
    : merge.conflicts.map(({ kind, path }) => `${kind} ${path}`)
}

const long = "one\ntwo\nthree\nfour\nfive\nsix\n"
const edited = "one\ntwo\nthree\nfour\nfive\nSIX\n"
const also = "ONE\ntwo\nthree\nfour\nfive\nsix\n"
const both = "ONE\ntwo\nthree\nfour\nfive\nSIX\n"

type Row = readonly [fact: string, base: Files, ours: Files, theirs: Files, result: unknown]

const rows: ReadonlyArray<Row> = [
  ["files of both sides", { a: "1" }, { a: "1", b: "2" }, { a: "1", c: "3" }, { a: "1", b: "2", c: "3" }],
  ["an edit on each side of one file", { a: long }, { a: edited }, { a: also }, { a: both }],
  ["a removal of what the other left alone", { a: "1", b: "2" }, { b: "2" }, { a: "1", b: "3" }, { b: "3" }],
  ["a removal by both", { a: "1" }, {}, {}, {}],
  ["a removal and an edit", { a: "1" }, {}, { a: "2" }, ["delete-edit a"]],
  ["a removal and another mode", { a: "1" }, {}, { a: file("1", 0o755) }, ["delete-edit a"]],
  ["one file added alike", {}, { a: "1" }, { a: "1" }, { a: "1" }],
  ["one file added differently", {}, { a: "1\n" }, { a: "2\n" }, ["add-add a"]],
  ["a document added differently", {}, { "a.json": `{"x":1}` }, { "a.json": `{"y":1}` }, {
    "a.json": `{"x":1,"y": 1}`
  }],
  ["a mode by one and content by the other", { a: long }, { a: file(long, 0o755) }, { a: edited }, {
    a: `755 ${edited}`
  }],
  ["two modes", { a: "1" }, { a: file("1", 0o755) }, { a: file("1", 0o600) }, ["mode a"]],
  ["a link that one side set anew", { a: link("x") }, { a: link("y") }, { a: link("x") }, { a: "-> y" }],
  ["two targets", { a: link("x") }, { a: link("y") }, { a: link("z") }, ["symlink-target a"]],
  ["a file that became a link", { a: "1" }, { a: link("x") }, { a: "1" }, { a: "-> x" }],
  ["a file that became a link and was edited", { a: "1" }, { a: link("x") }, { a: "2" }, ["symlink-file a"]],
  ["a file and a link added", {}, { a: "1" }, { a: link("x") }, ["symlink-file a"]],
  ["binary content of one side", { a: bytes(0, 1) }, { a: bytes(0, 2) }, { a: bytes(0, 1) }, { a: "\0\u0002" }],
  ["binary content of both sides", { a: bytes(0, 1) }, { a: bytes(0, 2) }, { a: bytes(0, 3) }, ["binary a"]],
  ["content that is no UTF-8", { a: bytes(255, 1) }, { a: bytes(255, 2) }, { a: bytes(255, 3) }, ["binary a"]],
  ["a rename", { a: long }, { b: long }, { a: long }, { b: long }],
  ["a rename and an edit", { a: long }, { b: long }, { a: edited }, { b: edited }],
  ["a rename with an edit, and an edit", { a: long }, { "d/b": also }, { a: edited }, { "d/b": both }],
  ["a rename to one place by both", { a: long }, { b: long }, { b: edited }, { b: edited }],
  ["a rename of a link", { a: link("x") }, { b: link("x") }, { a: link("y") }, { b: "-> y" }],
  ["no rename where the path is still there", { a: long }, { a: long, b: long }, { a: edited }, { a: edited, b: long }],
  ["no rename of what is too different", { a: long }, { b: "other\n" }, { a: edited }, ["delete-edit a"]],
  ["a rename to two places", { a: long }, { b: long }, { c: long }, ["rename-rename a"]],
  ["a rename and a removal", { a: long }, { b: long }, {}, ["rename-delete b"]],
  ["a rename to what the other side added", { a: long }, { b: long }, { a: edited, b: "new\n" }, ["rename-add b"]],
  [
    "two renames to one place",
    { a: long, b: "x\ny\nz\n" },
    { c: long, b: "x\ny\nz\n" },
    { a: long, c: "x\ny\nz\n" },
    ["rename-rename c"]
  ],
  ["a file where the other has a directory", {}, { d: "1" }, { "d/e": "2" }, ["directory-file d"]],
  ["a directory in place of a file", { d: "1" }, { "d/e": "2" }, { d: "1" }, { "d/e": "2" }],
  ["a directory in place of an edited file", { d: "1" }, { "d/e": "2" }, { d: "3" }, [
    "delete-edit d",
    "directory-file d"
  ]],
  ["a link where the other writes below", { "d/a": "1" }, { d: link("x") }, { "d/a": "1", "d/b": "2" }, [
    "directory-file d"
  ]],
  ["paths that differ by case", {}, { "Read.me": "1" }, { "read.ME": "2" }, ["collision Read.me"]],
  ["paths that differ by form", {}, { "\u00e9": "1" }, { "e\u0301": "2" }, ["collision e\u0301"]],
  ["directories that differ by case", {}, { "Docs/a": "1" }, { "docs/b": "2" }, ["collision Docs"]],
  ["a rename by case alone, and an edit", { README: long }, { readme: long }, { README: edited }, { readme: edited }],
  ["ß and SS", {}, { "stra\u00dfe": "1" }, { STRASSE: "2" }, ["collision STRASSE"]],
  ["a path that leads out", {}, { "../a": "1" }, {}, ["ours ../a: it leads out of the tree"]],
  ["a path that leads out inside", {}, {}, { "a/../../b": "1" }, ["theirs a/../../b: it leads out of the tree"]],
  ["an absolute path", { "/etc/a": "1" }, {}, {}, ["base /etc/a: it is absolute"]],
  ["a path of a drive", {}, { "C:\\a": "1" }, {}, ["ours C:\\a: it is absolute"]],
  ["a path through a link", {}, { d: link("/etc"), "d/a": "1" }, {}, ["ours d/a: it leads through the link d"]],
  ["no plain path", {}, { "a//b": "1", "./c": "2" }, {}, [
    "ours a//b: it is not the plain form of a path",
    "ours ./c: it is not the plain form of a path"
  ]]
]

describe("a tree merges", () => {
  for (const [fact, base, ours, theirs, result] of rows) {
    it(`${fact}`, () => assert.deepStrictEqual(said(base, ours, theirs), result))
  }

  it("alike with the sides swapped", () => {
    for (const [fact, base, ours, theirs] of rows) {
      const [one, other] = [mergedTrees(base, ours, theirs), mergedTrees(base, theirs, ours)]
      assert.strictEqual(one._tag, other._tag, fact)
      if (one._tag !== "conflict" || other._tag !== "conflict") continue
      assert.deepStrictEqual(
        one.conflicts.map((conflict) => [conflict.path, conflict.kind, conflict.ours, conflict.theirs]),
        other.conflicts.map((conflict) => [conflict.path, conflict.kind, conflict.theirs, conflict.ours]),
        fact
      )
    }
  })

  it("and takes the side that changed", () => {
    for (const [fact, base, ours] of rows.slice(0, -6)) {
      const merge = mergedTrees(base, ours, base)
      assert.deepStrictEqual(merge._tag === "merged" && shown(merge.tree), shown(treeOf(ours)), fact)
    }
  })
})

describe("a guess", () => {
  it("is said where it mattered", () => {
    const merge = mergedTrees({ a: long }, { b: also }, { a: edited })
    assert.deepStrictEqual(
      merge._tag === "merged" &&
        merge.notes.map(({ kind, severity, base, ours, theirs }) => [kind, severity, base, ours, theirs]),
      [["guessed-rename", "warning", "a", "b", "a"]]
    )
    const certain = mergedTrees({ a: long }, { b: long }, { a: edited })
    assert.deepStrictEqual(certain._tag === "merged" && certain.notes, [])
  })

  it("that members next to each other go together is left to people, who are told", () => {
    const json = (a: number, b: number): Files => ({ "a.json": `{\n  "a": ${a},\n  "b": ${b}\n}\n` })
    const merge = mergedTrees(json(1, 1), json(2, 1), json(1, 2))
    assert.deepStrictEqual(
      merge._tag === "merged" && merge.notes.map(({ kind, path, severity }) => [kind, path, severity]),
      [
        ["by-structure", "a.json", "warning"]
      ]
    )
  })

  it("prefers the same name, and the likelier content", () => {
    const base = { "x/name": long, "x/other": "1\n2\n3\n4\n" }
    const ours = { "y/other": long, "y/name": long, "z/o": "1\n2\n3\n5\n" }
    assert.deepStrictEqual(said(base, ours, { ...base, "x/name": edited, "x/other": "0\n2\n3\n4\n" }), {
      "y/other": long,
      "y/name": edited,
      "z/o": "0\n2\n3\n5\n"
    })
  })

  it("is not made among too many files, which is said", () => {
    const many = (folder: string, mark: string): Files =>
      Object.fromEntries(Array.from({ length: 510 }, (_, at) => [`${folder}/${at}`, `${at}\n${at}\n${mark}\n`]))
    const base = many("a", "")
    const theirs = Object.fromEntries(Object.keys(base).map((path) => [path, `${path}\n`]))
    const merge = mergedTrees(base, many("b", "new"), theirs)
    assert.deepStrictEqual(merge._tag === "conflict" && merge.notes.map(({ kind, severity }) => [kind, severity]), [
      ["renames-skipped", "warning"]
    ])
    const one = mergedTrees(base, many("b", "new"), { ...base, "a/7": "7\n7\nedited\n" })
    assert.deepStrictEqual(one._tag === "conflict" && one.notes.map(({ kind }) => kind), ["guessed-rename"])
  })
})

describe("an answer", () => {
  const conflictsOf = (base: Files, ours: Files, theirs: Files) => {
    const merge = mergedTrees(base, ours, theirs)
    if (merge._tag !== "conflict") throw new Error("there are conflicts")
    return merge
  }
  const resolved = (...[base, ours, theirs, take]: [Files, Files, Files, "base" | "ours" | "theirs"]) => {
    const merge = conflictsOf(base, ours, theirs)
    const found = resolveTree(merge, merge.conflicts.map((_, conflict) => ({ conflict, take })))
    return found._tag === "resolved" ? shown(found.tree) : found._tag
  }

  it("takes what a side has, wherever that is", () => {
    const parted = [{ a: long }, { b: also }, { c: edited }] as const
    assert.deepStrictEqual<unknown>(resolved(...parted, "ours"), { b: both })
    assert.deepStrictEqual<unknown>(resolved(...parted, "theirs"), { c: both })
    assert.deepStrictEqual<unknown>(resolved(...parted, "base"), { a: both })
    const crowded = [{ a: long }, { b: long }, { a: edited, b: "new\n" }] as const
    assert.deepStrictEqual<unknown>(resolved(...crowded, "ours"), { b: long })
    assert.deepStrictEqual<unknown>(resolved(...crowded, "theirs"), { a: edited, b: "new\n" })
    assert.deepStrictEqual<unknown>(resolved({ a: "1" }, {}, { a: "2" }, "ours"), {})
    assert.deepStrictEqual<unknown>(resolved({}, { d: "1" }, { "d/e": "2" }, "theirs"), { "d/e": "2" })
  })

  it("goes inside a file, and others may wait", () => {
    const merge = conflictsOf(
      { "a.txt": "1\nb\n3\n", "a.json": `{"x":1,"y":1}`, z: "1" },
      { "a.txt": "one\nb\nthree\n", "a.json": `{"x":2,"y":1}`, z: "2" },
      { "a.txt": "uno\nb\ntres\n", "a.json": `{"x":3,"y":2}`, z: "3" }
    )
    assert.deepStrictEqual(merge.conflicts.map(({ path }) => path), ["a.json", "a.txt", "z"])
    const first = resolveTree(merge, [
      { conflict: 0, inside: [{ conflict: 0, value: 7 }] },
      { conflict: 1, inside: [{ conflict: 1, take: "both" }] }
    ])
    if (first._tag !== "unresolved") throw new Error("something is left")
    assert.deepStrictEqual(first.merge.conflicts.map(({ path }) => path), ["a.txt", "z"])
    const second = resolveTree(first.merge, [
      { conflict: 0, inside: [{ conflict: 0, value: "eins\n" }] },
      { conflict: 1, entry: file("9") }
    ])
    assert.deepStrictEqual<unknown>(second._tag === "resolved" && shown(second.tree), {
      "a.json": `{"x":7,"y":2}`,
      "a.txt": "eins\nb\nthree\ntres\n",
      z: "9"
    })
  })

  it("about a mode goes with the one about the content", () => {
    const merge = conflictsOf({ a: "1" }, { a: file("2", 0o755) }, { a: file("3", 0o600) })
    assert.deepStrictEqual(merge.conflicts.map(({ kind }) => kind), ["mode", "edit-edit"])
    const first = resolveTree(merge, [{ conflict: 0, take: "theirs" }])
    if (first._tag !== "unresolved") throw new Error("something is left")
    const second = resolveTree(first.merge, [{ conflict: 0, take: "ours" }])
    assert.deepStrictEqual<unknown>(second._tag === "resolved" && shown(second.tree), { a: "600 2" })
  })

  it("is refused where it leaves a marker, a collision, or no conflict", () => {
    const why = (found: ReturnType<typeof resolveTree>) =>
      found._tag === "refused" && found.problems.map((one) => one.why)
    const text = conflictsOf({ a: "1\n" }, { a: "2\n" }, { a: "3\n" })
    assert.deepStrictEqual(why(resolveTree(text, [{ conflict: 0, entry: file("<<<<<<< ours\n") }])), [
      "the file holds a conflict marker"
    ])
    assert.deepStrictEqual(why(resolveTree(text, [{ conflict: 3, take: "ours" }])), ["there is no conflict 3"])
    const cases = conflictsOf({}, { A: "1\n", x: "1\n" }, { a: "2\n", x: "2\n" })
    assert.deepStrictEqual(cases.conflicts.map(({ kind }) => kind), ["collision", "add-add"])
    assert.strictEqual(
      resolveTree(cases, [{ conflict: 0, take: "ours" }, { conflict: 1, take: "theirs" }])._tag,
      "resolved"
    )
    const again = { conflict: 1, entry: undefined }
    const parted = conflictsOf({ old: long }, { NEW: long, x: "1\n" }, { other: long, x: "2\n", new: "y\n" })
    assert.deepStrictEqual(parted.conflicts.map(({ kind }) => kind), ["collision", "rename-rename", "add-add"])
    assert.deepStrictEqual(
      why(
        resolveTree(parted, [{ conflict: 0, take: "theirs" }, { ...again, take: "ours" }, {
          conflict: 2,
          take: "ours"
        }])
      ),
      ["NEW and new cannot be there together"]
    )
  })
})
