/**
 * Answers to conflicts: where they go, that some may wait, and which are refused.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  acceptEdited,
  type DocumentRules,
  keyed,
  mergeDocument,
  mergeText,
  renderMarkers,
  resolveDocument,
  resolveText,
  Unsettled
} from "../../src/merge/Merge.ts"

const rules: DocumentRules = {
  "/seq": "sequence",
  "/text": "text",
  "/groups": keyed("id"),
  "/groups/*/in": keyed("id")
}

const conflictsOf = (...[base, ours, theirs]: ReadonlyArray<Parameters<typeof mergeDocument>[0]["base"]>) => {
  const merge = mergeDocument({ base, ours, theirs }, rules)
  if (merge._tag === "merged") throw new Error("there is no conflict")
  return merge
}

const textConflicts = (base: string, ours: string, theirs: string) => {
  const merge = mergeText({ path: "file", base, ours, theirs })
  if (merge._tag !== "conflict") throw new Error("there is no conflict")
  return merge
}

const two = conflictsOf({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 3 })

describe("an answer to a conflict of a document", () => {
  it("takes a side, base, or a value", () => {
    const answers = [
      [{ conflict: 0, take: "ours" }, 2],
      [{ conflict: 0, take: "theirs" }, 3],
      [{ conflict: 0, take: "base" }, 1],
      [{ conflict: 0, value: [9] }, [9]]
    ] as const
    for (const [answer, a] of answers) {
      assert.deepStrictEqual<unknown>(resolveDocument(two, [answer, { conflict: 1, take: "ours" }]), {
        _tag: "resolved",
        document: { a, b: 2 }
      })
    }
  })

  it("leaves out what is to be deleted", () => {
    const merge = conflictsOf({ a: 1 }, {}, { a: 2 })
    assert.deepStrictEqual<unknown>(resolveDocument(merge, [{ conflict: 0, take: "ours" }]), {
      _tag: "resolved",
      document: {}
    })
    assert.deepStrictEqual<unknown>(
      resolveDocument(two, [{ conflict: 0, value: undefined }, { conflict: 1, take: "base" }]),
      {
        _tag: "resolved",
        document: { b: 1 }
      }
    )
  })

  it("goes to its range of a sequence, and both stand one behind the other", () => {
    const merge = conflictsOf({ seq: [1, 2, 3, 4, 5] }, { seq: [1, 8, 3, 4, 6] }, { seq: [1, 9, 3, 4, 7] })
    assert.deepStrictEqual<unknown>(
      resolveDocument(merge, [{ conflict: 0, take: "both" }, { conflict: 1, value: [0, 0] }]),
      { _tag: "resolved", document: { seq: [1, 8, 9, 3, 4, 0, 0] } }
    )
  })

  it("goes to its lines of a text", () => {
    const merge = conflictsOf({ text: "a\nb\nc\n" }, { text: "A\nb\nX\n" }, { text: "1\nb\nY\n" })
    assert.deepStrictEqual<unknown>(
      resolveDocument(merge, [{ conflict: 0, value: "new\n" }, { conflict: 1, take: "both" }]),
      { _tag: "resolved", document: { text: "new\nb\nX\nY\n" } }
    )
  })

  it("puts an element that both moved in the place of the chosen side, with both sides' edits", () => {
    const group = (id: number, ...inside: ReadonlyArray<Readonly<Record<string, number | string>>>) => ({
      id,
      in: inside
    })
    const merge = conflictsOf(
      { groups: [group(1, { id: "x", v: 1, w: 1 }), group(2), group(3)] },
      { groups: [group(1), group(2, { id: "x", v: 2, w: 1 }), group(3)] },
      { groups: [group(1), group(2), group(3, { id: "x", v: 1, w: 2 })] }
    )
    const x = { id: "x", v: 2, w: 2 }
    const results = {
      ours: [group(1), group(2, x), group(3)],
      theirs: [group(1), group(2), group(3, x)],
      base: [group(1, x), group(2), group(3)]
    }
    for (const take of ["ours", "theirs", "base"] as const) {
      assert.deepStrictEqual<unknown>(resolveDocument(merge, [{ conflict: 0, take }]), {
        _tag: "resolved",
        document: { groups: results[take] }
      })
    }
  })

  it("may wait, also in a store", () => {
    const first = resolveDocument(two, [{ conflict: 0, take: "ours" }])
    if (first._tag !== "unresolved") throw new Error("nothing is left")
    assert.deepStrictEqual(first.merge.conflicts.map(({ path }) => path), ["/b"])
    const stored = JSON.parse(JSON.stringify(first.merge)) as typeof first.merge
    assert.deepStrictEqual<unknown>(resolveDocument(stored, [{ conflict: 0, take: "theirs" }]), {
      _tag: "resolved",
      document: { a: 2, b: 3 }
    })
  })

  it("is refused where it cannot be, with every reason at once", () => {
    const merge = conflictsOf(
      { a: 1, seq: [1], text: "a\nb\n" },
      { a: 2, seq: [2], text: "x\nb\n" },
      { a: 3, seq: [3], text: "y\nb\n" }
    )
    const refused = resolveDocument(merge, [
      { conflict: 0, take: "both" },
      { conflict: 0, take: "ours" },
      { conflict: 1, value: 5 },
      { conflict: 2, value: "<<<<<<< ours\n" },
      { conflict: 7, take: "ours" }
    ])
    assert.deepStrictEqual(refused._tag === "refused" && refused.problems.map(({ conflict, why }) => [conflict, why]), [
      [0, "both sides cannot stand in this one place"],
      [0, "it is answered twice"],
      [1, "this place holds elements of a list"],
      [2, "the value holds a conflict marker"],
      [7, "there is no conflict 7"]
    ])
    const open = resolveDocument(two, [{ conflict: 0, value: { x: [new Unsettled(1, 2)] } }])
    assert.strictEqual(open._tag === "refused" && open.problems[0]?.why, "the value holds an unresolved conflict")
  })
})

describe("an answer to a conflict of a text", () => {
  const merge = textConflicts("1\nb\n3\nd\n", "one\nb\nthree\nd\n", "uno\nb\ntres\nd\n")

  it("goes to its lines, and others may wait", () => {
    const first = resolveText(merge, [{ conflict: 1, take: "both" }])
    if (first._tag !== "unresolved") throw new Error("nothing is left")
    assert.strictEqual(first.merge.conflicts.length, 1)
    const stored = JSON.parse(JSON.stringify(first.merge)) as typeof first.merge
    assert.deepStrictEqual(resolveText(stored, [{ conflict: 0, value: "eins\n" }]), {
      _tag: "resolved",
      content: "eins\nb\nthree\ntres\nd\n"
    })
  })

  it("is refused where it leaves a marker of the recorded length, and only then", () => {
    const long = textConflicts("<<<<<<<\na\n", "<<<<<<<\nb\n", "<<<<<<<\nc\n")
    assert.strictEqual(resolveText(long, [{ conflict: 0, value: "<<<<<<< is how git begins\n" }])._tag, "resolved")
    assert.strictEqual(resolveText(long, [{ conflict: 0, value: "a\n======== \n" }])._tag, "refused")
    assert.strictEqual(resolveText(long, [{ conflict: 4, take: "ours" }])._tag, "refused")
  })

  it("may be the text that a person left, without markers", () => {
    const rendered = renderMarkers(merge)
    const refused = acceptEdited(rendered, "file", rendered.text)
    assert.deepStrictEqual(refused._tag === "refused" && refused.problems.length, 8)
    assert.deepStrictEqual(acceptEdited(rendered, "file", "done\n"), { _tag: "resolved", content: "done\n" })
  })
})
