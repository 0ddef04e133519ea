/**
 * Reports of conflicts: what a person sees in a terminal, wide or narrow, and what a program reads.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  mergeDocument,
  mergeText,
  mergeTrees,
  printJson,
  renderReport,
  reportJson,
  type Tree,
  type TreeEntry
} from "../../src/merge/Merge.ts"

const documents = mergeDocument({
  base: { a: 1, text: "hello big world" },
  ours: { a: 2, text: "hello small world" },
  theirs: { text: "hello big moon" }
})
const texts = mergeText({
  path: "notes.txt",
  base: "one fine line\nthird\n",
  ours: "one very fine line\nthird\n漢字 🙂 that is so long that it wraps\n",
  theirs: "one line\n"
})
const conflictsIn = (merge: typeof documents | typeof texts) => merge._tag === "conflict" ? merge.conflicts : []

const file = (text: string | Uint8Array, mode = 0o644): TreeEntry => ({
  _tag: "file",
  mode,
  content: typeof text === "string" ? new TextEncoder().encode(text) : text
})
const treeConflicts = (base: Tree, ours: Tree, theirs: Tree) => {
  const merge = mergeTrees({ base, ours, theirs })
  return merge._tag === "conflict" ? merge.conflicts : []
}

describe("a report", () => {
  it("shows the three sides beside each other, and what changed inside lines", () => {
    assert.strictEqual(
      renderReport(conflictsIn(documents), { width: 90 }),
      `#0 critical delete-edit /a
base                         │ ours                         │ theirs (nothing)
─────────────────────────────┼──────────────────────────────┼─────────────────────────────
- [-1-]                      │ ~ {+2+}                      │
  you can: take ours · take theirs · edit this range

#1 critical edit-edit /text
base                         │ ours                         │ theirs
─────────────────────────────┼──────────────────────────────┼─────────────────────────────
~ "hello [-big world-]"      │ ~ "hello {+small+} world"    │ ~ "hello big {+moon+}"
  you can: take ours · take theirs · edit this range

2 conflicts: 2 critical.
`
    )
  })

  it("wraps, and knows how wide letters are", () => {
    assert.strictEqual(
      renderReport(conflictsIn(texts), { width: 84 }),
      `#0 critical edit-edit notes.txt:1
base                       │ ours                       │ theirs
───────────────────────────┼────────────────────────────┼───────────────────────────
~ one [-fine -]line        │ ~ one {+very +}fine line   │ ~ one line
- third                    │   third                    │
                           │ + 漢字 🙂 that is so long  │
                           │   that it wraps            │
  you can: take ours · take theirs · keep both · edit this range

1 conflict: 1 critical.
`
    )
  })

  it("puts the sides below each other where it is narrow", () => {
    assert.strictEqual(
      renderReport(conflictsIn(texts), { width: 40 }),
      `#0 critical edit-edit notes.txt:1
base
~ one [-fine -]line
- third
ours
~ one {+very +}fine line
  third
+ 漢字 🙂 that is so long that it wraps
theirs
~ one line
  you can: take ours · take theirs · keep both · edit this range

1 conflict: 1 critical.
`
    )
  })

  it("paints what it is asked to, and says all without", () => {
    const painted = renderReport(conflictsIn(documents), { paint: (colour, text) => `<${colour}>${text}</${colour}>` })
    assert.include(painted, "<red>critical</red> delete-edit <bold>/a</bold>")
    assert.include(painted, "<green>{+small+}</green>")
    assert.strictEqual(painted.replaceAll(/<\/?[a-z]+>/g, ""), renderReport(conflictsIn(documents)))
  })

  it("shows no sign that a terminal would obey", () => {
    const merge = mergeDocument({ base: { a: "" }, ours: { a: "\u001B[31m\u202E" }, theirs: { a: "x\r\u009B" } })
    const text = renderReport(conflictsIn(merge))
    assert.notMatch(text.replaceAll("\n", ""), /\p{Cc}|\u202E/u)
    assert.include(text, "\\u{202e}")
  })

  it("cuts what is long, and says how much", () => {
    const base = Array.from({ length: 500 }, (_, at) => `${at}\n`).join("")
    const merge = mergeText({
      path: "a",
      base,
      ours: base.replaceAll("\n", "!\n"),
      theirs: base.replaceAll("\n", "?\n")
    })
    const text = renderReport(conflictsIn(merge))
    assert.include(text, "  … 440 more lines\n")
    assert.isBelow(text.split("\n").length, 80)
  })

  it("says when there are none", () => assert.strictEqual(renderReport([]), "No conflicts.\n"))

  it("of a tree shows what conflicts inside files, links, modes and binary content", () => {
    const conflicts = treeConflicts(
      new Map([["a.json", file(`{"x":1}`)], ["b", file(Uint8Array.of(0))], ["m", file("1")]]),
      new Map([["a.json", file(`{"x":2}`)], ["b", file(Uint8Array.of(0, 1))], ["m", file("1", 0o755)], [
        "old",
        file("o")
      ]]),
      new Map([["a.json", file(`{"x":3}`)], ["b", file(Uint8Array.of(0, 2))], ["m", file("1", 0o600)], [
        "OLD",
        file("O")
      ]])
    )
    const text = renderReport(conflicts, { width: 40 })
    for (
      const part of [
        "#1.0 critical edit-edit a.json#/x",
        "binary b",
        "(binary, {+2+} bytes)",
        "{+755+}",
        "collision OLD"
      ]
    ) {
      assert.include(text, part)
    }
  })
})

describe("a report as JSON", () => {
  it("has the conflicts in their order, without what is absent", () => {
    assert.deepStrictEqual<unknown>(JSON.parse(printJson(reportJson(conflictsIn(documents)))), {
      counts: { critical: 2, warning: 0, info: 0 },
      conflicts: [
        {
          path: "/a",
          kind: "delete-edit",
          severity: "critical",
          base: 1,
          ours: 2,
          suggestions: ["take-ours", "take-theirs", "edit-range"]
        },
        {
          path: "/text",
          kind: "edit-edit",
          severity: "critical",
          base: "hello big world",
          ours: "hello small world",
          theirs: "hello big moon",
          suggestions: ["take-ours", "take-theirs", "edit-range"]
        }
      ]
    })
  })

  it("of a tree has what conflicts inside, and counts bytes that are no text", () => {
    const conflicts = treeConflicts(
      new Map([["a.json", file(`{"x":1}`)], ["b", file(Uint8Array.of(0))]]),
      new Map([["a.json", file(`{"x":2}`)], ["b", file(Uint8Array.of(0, 1))]]),
      new Map([["a.json", file(`{"x":3}`)]])
    )
    const found = JSON.parse(printJson(reportJson(conflicts))) as { readonly conflicts: ReadonlyArray<object> }
    assert.deepInclude(found.conflicts[0], { path: "a.json", ours: { mode: "0644", text: `{"x":2}` } })
    assert.deepNestedInclude(found.conflicts[0] ?? {}, { "inside[0].path": "/x" })
    assert.deepInclude(found.conflicts[1], { kind: "delete-edit", ours: { mode: "0644", binary: true, bytes: 2 } })
  })
})
