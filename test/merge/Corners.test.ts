/**
 * Corners of answers, bases, places and reports that no law comes by.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  type AnyConflict,
  changedPlaces,
  type DocumentRules,
  keyed,
  mergeDocument,
  mergeFile,
  mergeText,
  mergeTrees,
  numberOf,
  Numeral,
  printJson,
  renderReport,
  reportJson,
  resolveDocument,
  resolveText,
  resolveTree,
  sameValue,
  textContents,
  type Tree,
  treeContents,
  type TreeEntry,
  Unsettled,
  type Value,
  weaveDocument,
  weaveText,
  weaveTree,
  withPlaces
} from "../../src/merge/Merge.ts"

const file = (text: string, mode = 0o644): TreeEntry => ({
  _tag: "file",
  mode,
  content: new TextEncoder().encode(text)
})
const link = (target: string): TreeEntry => ({ _tag: "symlink", target })
const treeOf = (files: Readonly<Record<string, TreeEntry>>): Tree => new Map(Object.entries(files))
const rules: DocumentRules = {
  "/seq": "sequence",
  "/text": "text",
  "/groups": keyed("id"),
  "/groups/*/in": keyed("id")
}

const conflictsOf = (base: Value, ours: Value, theirs: Value) => {
  const merge = mergeDocument({ base, ours, theirs }, rules)
  if (merge._tag === "merged") throw new Error("there is no conflict")
  return merge
}

const whyOf = (
  found: { readonly _tag: string; readonly problems?: ReadonlyArray<{ readonly why: string }> }
): ReadonlyArray<string> | undefined => found.problems?.map(({ why }) => why)

describe("numbers", () => {
  it("are alike by what they are worth", () => {
    const alike = [["1", "1.0"], ["100", "1e2"], ["0", "-0.0"], ["1e400", "10E399"], ["-1.50", "-15e-1"], [
      "1e15",
      "1000000000000000"
    ]]
    for (const [a = "", b = ""] of alike) assert.isTrue(sameValue(new Numeral(a), numberOf(b)), `${a} ${b}`)
    const apart = [["1", "10"], ["1e400", "1e401"], ["9007199254740993", "9007199254740992"], ["1", "-1"]]
    for (const [a = "", b = ""] of apart) assert.isFalse(sameValue(numberOf(a), new Numeral(b)), `${a} ${b}`)
    assert.isFalse(sameValue(new Numeral("1"), "1"))
    assert.isFalse(sameValue([1], { 0: 1 }))
    assert.isFalse(sameValue({ a: 1 }, { b: 1 }))
    assert.strictEqual(printJson([new Numeral("2001-01-01"), new Numeral("1.0")]), `["2001-01-01",1.0]`)
  })
})

describe("an answer", () => {
  it("takes both of two lists, each element once", () => {
    const merge = conflictsOf({ l: [1] }, { l: [1, 2] }, { l: [3, 1] })
    assert.deepStrictEqual<unknown>(resolveDocument(merge, [{ conflict: 0, take: "both" }]), {
      _tag: "resolved",
      document: { l: [1, 2, 3] }
    })
  })

  it("about elements takes base, and nothing", () => {
    const merge = conflictsOf({ seq: [1, 2] }, { seq: [1, 3] }, { seq: [1, 4] })
    const taken = (answer: Parameters<typeof resolveDocument>[1][number]) => {
      const found = resolveDocument(merge, [answer])
      return found._tag === "resolved" ? found.document : whyOf(found)
    }
    assert.deepStrictEqual<unknown>(taken({ conflict: 0, take: "base" }), { seq: [1, 2] })
    assert.deepStrictEqual<unknown>(taken({ conflict: 0, value: undefined }), { seq: [1] })
    const text = conflictsOf({ text: "a\n" }, { text: "b\n" }, { text: "c\n" })
    assert.deepStrictEqual(whyOf(resolveDocument(text, [{ conflict: 0, value: 1 }])), ["this place holds text"])
    assert.deepStrictEqual(whyOf(resolveDocument(text, [{ conflict: 0, value: ["<<<<<<<\n"] }])), [
      "this place holds text"
    ])
  })

  it("about an element that moved is a side that has a place for it", () => {
    const group = (id: number, ...inside: ReadonlyArray<Value>): Value => ({ id, in: inside })
    const merge = conflictsOf(
      { groups: [group(1, { id: "x" }), group(2), group(3)] },
      { groups: [group(2, { id: "x" }), group(3)] },
      { groups: [group(1), group(2), group(3, { id: "x" })] }
    )
    const number = merge.conflicts.findIndex(({ kind }) => kind === "move-move")
    const why = (answer: { readonly take: "base" | "both" } | { readonly value: Value }) =>
      whyOf(resolveDocument(merge, [{ conflict: number, ...answer }]))
    assert.deepStrictEqual(why({ take: "base" }), ["the list that base has it in is no more"])
    assert.deepStrictEqual(why({ take: "both" }), ["both sides cannot stand in this one place"])
    assert.deepStrictEqual(why({ value: {} }), ["an element that moved stands in one of its places"])
  })

  it("does not take a base that is itself a conflict", () => {
    const merge = conflictsOf({ a: new Unsettled(1, 2) }, { a: 1 }, { a: 2 })
    assert.deepStrictEqual(whyOf(resolveDocument(merge, [{ conflict: 0, take: "base" }])), [
      "base is itself a conflict"
    ])
    assert.include(renderReport(merge.conflicts, { width: 200 }), "the versions before disagree here")
    assert.deepNestedInclude(reportJson(merge.conflicts) as object, { "conflicts[0].base": { unsettled: true } })
  })

  it("about a text may be base or both, and names a conflict once", () => {
    const merge = mergeText({ path: "a", base: "1\n", ours: "2", theirs: "3\n" })
    if (merge._tag !== "conflict") throw new Error("there is a conflict")
    assert.deepStrictEqual(resolveText(merge, [{ conflict: 0, take: "base" }]), { _tag: "resolved", content: "1\n" })
    assert.deepStrictEqual(resolveText(merge, [{ conflict: 0, take: "both" }]), { _tag: "resolved", content: "2\n3\n" })
    assert.deepStrictEqual(whyOf(resolveText(merge, [{ conflict: 0, take: "ours" }, { conflict: 0, take: "base" }])), [
      "it is answered twice"
    ])
  })

  it("about a tree is of the kind that the conflict asks for", () => {
    const merge = mergeTrees({
      base: treeOf({ a: file("1"), t: file("1\n") }),
      ours: treeOf({ a: file("1", 0o755), t: file("2\n"), x: file("x") }),
      theirs: treeOf({ a: file("1", 0o600), t: file("3\n"), x: link("y") })
    })
    if (merge._tag !== "conflict") throw new Error("there are conflicts")
    const why = (...answers: Parameters<typeof resolveTree>[1]) => whyOf(resolveTree(merge, answers))
    assert.deepStrictEqual(merge.conflicts.map(({ kind }) => kind), ["mode", "edit-edit", "symlink-file"])
    assert.deepStrictEqual(why({ conflict: 0, entry: undefined }), ["that side has no mode"])
    assert.deepStrictEqual(why({ conflict: 2, mode: 0o644 }), ["this conflict is not one of modes"])
    assert.deepStrictEqual(why({ conflict: 2, inside: [] }), ["this conflict is not one of content"])
    assert.deepStrictEqual(why({ conflict: 1, inside: [{ conflict: 0, value: 1 }] }), ["this file is a text"])
    assert.deepStrictEqual(why({ conflict: 1, inside: [{ conflict: 4, take: "ours" }] }), ["there is no conflict 4"])
    assert.deepStrictEqual(why({ conflict: 1, take: "ours" }, { conflict: 1, take: "base" }), ["it is answered twice"])
    const done = resolveTree(merge, [{ conflict: 0, mode: 0o700 }, { conflict: 1, take: "base" }, {
      conflict: 2,
      entry: link("z")
    }])
    assert.deepStrictEqual(done._tag === "resolved" && [...done.tree], [
      ["a", file("1", 0o700)],
      ["t", file("1\n")],
      ["x", link("z")]
    ])
    const outside = resolveTree(merge, [{ conflict: 0, take: "base" }, { conflict: 1, take: "base" }, {
      conflict: 2,
      take: "base"
    }])
    assert.deepStrictEqual(outside._tag === "resolved" && [...outside.tree.keys()], ["a", "t"])
  })
})

describe("what weaves versions", () => {
  it("leaves elements, lines and moves open where they disagree", () => {
    const weave = weaveDocument(rules)
    const woven = weave({ seq: [1, 2, 3], text: "a\nb\n" }, { seq: [1, 8, 3], text: "x\nb\n" }, {
      seq: [1, 9, 3],
      text: "y\nb\n"
    })
    assert.deepNestedInclude(woven as object, { "seq[1]": new Unsettled([8], [9]) })
    assert.match((woven as { readonly text: string }).text, /^\uFFFC .*\nb\n$/)
    const group = (id: number, ...inside: ReadonlyArray<Value>): Value => ({ id, in: inside })
    const moved = weave(
      { groups: [group(1, { id: "x" }), group(2), group(3)] },
      { groups: [group(1), group(2, { id: "x" }), group(3)] },
      { groups: [group(1), group(2), group(3, { id: "x" })] }
    )
    assert.instanceOf(moved, Unsettled)
    assert.deepStrictEqual<unknown>(weave(undefined, { a: 1 }, { b: 1 }), { a: 1, b: 1 })
  })

  it("has one line for content that is no text, and for files", () => {
    assert.match(weaveText(undefined, "\0a", "\0b"), /^\uFFFC .*\n$/)
    const woven = weaveTree(
      undefined,
      treeOf({ a: file("1\n"), l: link("x"), m: file("1", 0o755) }),
      treeOf({ a: file("2\n"), l: link("y"), m: file("1", 0o600) })
    )
    assert.deepStrictEqual([...woven.keys()].toSorted(), ["a", "l", "m"])
    const same = treeOf({ a: file("1\n") })
    assert.deepStrictEqual(weaveTree(same, same, same), same)
    assert.throws(() => weaveTree(undefined, treeOf({ "../a": file("") }), same), /safe paths/)
    assert.throws(
      () => treeContents(() => same).merge({ base: same, ours: treeOf({ "/a": file("") }), theirs: same }),
      /safe paths/
    )
  })
})

describe("places", () => {
  it("differ as deep as they can be told apart", () => {
    const places = (before: Value, after: Value) => changedPlaces(before, after, { ...rules, "/whole": "atomic" })
    assert.deepStrictEqual(places({ a: { b: 1, c: 2 }, l: [1] }, { a: { b: 1, c: 3 }, l: [2] }), ["/a/c", "/l"])
    assert.deepStrictEqual(places({ whole: { a: 1 } }, { whole: { a: 2 } }), ["/whole"])
    assert.deepStrictEqual(places({ groups: [{ id: 1, v: 1 }] }, { groups: [{ id: 1, v: 2 }, { id: 2 }] }), [
      "/groups/1/v",
      "/groups/2"
    ])
    assert.deepStrictEqual(places({ groups: [{ id: 1 }, { id: 2 }] }, { groups: [{ id: 2 }, { id: 1 }] }), ["/groups"])
    assert.deepStrictEqual(places({ groups: [{ id: 1 }, { id: 1 }] }, { groups: [{ id: 1 }] }), ["/groups"])
    assert.deepStrictEqual(places({ a: [1] }, { a: { b: 1 } }), ["/a"])
  })

  it("are taken over one by one, also those that are gone", () => {
    const from = { groups: [{ id: 1, v: 9 }, { id: 3 }], b: { c: 1 } }
    const into = { groups: [{ id: 1, v: 1 }, { id: 2 }], a: 1 }
    assert.deepStrictEqual<unknown>(
      withPlaces(into, from, ["/groups/1/v", "/groups/2", "/groups/3", "/b/c", "/a", "/x"], rules),
      {
        groups: [{ id: 1, v: 9 }, { id: 3 }],
        b: { c: 1 }
      }
    )
    assert.deepStrictEqual<unknown>(withPlaces(into, from, [""]), from)
  })

  it("of texts and trees are their paths", () => {
    const text = textContents(() => "", "a")
    assert.deepStrictEqual([text.changed("1", "1"), text.changed("1", "2")], [[], ["a"]])
    assert.deepStrictEqual([text.withPlaces("1", "2", ["a"]), text.withPlaces("1", "2", [])], ["2", "1"])
    const merge = text.merge({ base: "\0", ours: "\0a", theirs: "\0b" })
    assert.deepStrictEqual(merge._tag === "conflict" && merge.conflicts.map(({ kind }) => kind), ["binary"])
    const tree = treeContents(() => new Map())
    assert.isFalse(tree.same(treeOf({ a: file("1") }), treeOf({ b: file("1") })))
    const notes = tree.merge({ base: new Map(), ours: treeOf({ a: file("1") }), theirs: treeOf({ a: file("2") }) })
    assert.strictEqual(notes._tag, "conflict")
  })
})

describe("a report", () => {
  const conflict = (about: Partial<AnyConflict>): AnyConflict => ({
    path: "/a",
    kind: "edit-edit",
    severity: "critical",
    base: undefined,
    ours: undefined,
    theirs: undefined,
    suggestions: [],
    ...about
  })

  it("shows links, entries, bytes, texts without a line break, and what to undo first", () => {
    const text = renderReport([
      conflict({ base: link("x"), ours: file("a\nb"), theirs: file("") }),
      conflict({ base: Uint8Array.of(0), ours: "", theirs: "one\ntwo", severity: "warning" }),
      conflict({
        path: "",
        suggestions: [{ undoFirst: ["v3", "v2"] }, { narrowTo: ["/b"] }, "keep-both"],
        severity: "info"
      })
    ], { width: 50 })
    for (
      const part of [
        "(link to x)",
        "b (no line break at the end)",
        "(binary, 1 bytes)",
        "(the whole document)",
        "undo first: v3, v2 · narrow to: /b · keep both",
        "3 conflicts: 1 critical, 1 warning, 1 info."
      ]
    ) assert.include(text, part)
  })

  it("as JSON says what it is", () => {
    const json = reportJson([
      conflict({ base: link("x"), ours: [new Unsettled(1, 2), null], theirs: { a: new Numeral("1.0") } })
    ])
    assert.strictEqual(
      printJson((json as { readonly conflicts: ReadonlyArray<Value> }).conflicts[0] ?? null),
      `{"path":"/a","kind":"edit-edit","severity":"critical","base":{"symlink":"x"},"ours":[{"unsettled":true},null],` +
        `"theirs":{"a":1.0},"suggestions":[]}`
    )
  })

  it("takes conflicts of files as they come", () => {
    const bytes = (...all: ReadonlyArray<number>): Uint8Array => Uint8Array.from(all)
    const merge = mergeFile({ path: "a", base: bytes(0), ours: bytes(0, 1), theirs: bytes(0, 2, 3) })
    if (merge._tag !== "opaque") throw new Error("it is binary")
    assert.include(renderReport([merge.conflict]), "critical binary a")
  })
})
