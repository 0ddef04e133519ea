/**
 * The laws of merging texts, for any three texts: repeated lines, CRLF, emoji, huge lines, lines that look like
 * markers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { diffLines } from "../../src/merge/LineDiff.ts"
import { intern, linesOf } from "../../src/merge/Lines.ts"
import { mergeFile, mergeText, renderMarkers, resolveMarkers, type TextMerge } from "../../src/merge/Merge.ts"
import { regionsOf } from "../../src/merge/Regions.ts"

const line = Schema.Literals([
  "",
  "}",
  "a",
  "b",
  "  b",
  "🙂 é",
  "<<<<<<< ours",
  "=======",
  ">>>>>>>>> theirs",
  "|||||||",
  "constructor",
  "h".repeat(5_000)
])
const amount = Schema.Literals([0, 1, 2])
const lines = Schema.Array(line).check(Schema.isMaxLength(12))
const edit = Schema.Struct({
  at: Schema.Literals([0, 1, 2, 3, 5, 8, 11]),
  remove: amount,
  insert: Schema.Array(line).check(Schema.isMaxLength(2))
})
const edits = Schema.Array(edit).check(Schema.isMaxLength(3))
const form = Schema.Struct({
  ending: Schema.Literals(["\n", "\n", "\n", "\r\n"]),
  isClosed: Schema.Boolean,
  mark: Schema.Literals(["", "", "", "\uFEFF"])
})
/** A base and what two sides made of it: related texts, as real ones are. */
const threeTexts = Schema.Struct({ base: lines, ours: edits, theirs: edits, forms: Schema.Tuple([form, form, form]) })

interface Texts {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

const edited = (from: ReadonlyArray<string>, by: typeof edits.Type): ReadonlyArray<string> => {
  const result = [...from]
  for (const { at, remove, insert } of by) result.splice(at, remove, ...insert)
  return result
}

const write = (content: ReadonlyArray<string>, { ending, isClosed, mark }: typeof form.Type): string =>
  mark + content.join(ending) + (isClosed && content.length > 0 ? ending : "")

const textsOf = ({ base, ours, theirs, forms }: typeof threeTexts.Type): Texts => ({
  base: write(base, forms[0]),
  ours: write(edited(base, ours), forms[1]),
  theirs: write(edited(base, theirs), forms[2])
})

const merge = ({ base, ours, theirs }: Texts): TextMerge => mergeText({ path: "file", base, ours, theirs })

/** What a merge says, with ours and theirs changed about. */
const mirrored = (result: TextMerge): unknown =>
  result._tag !== "conflict" ? result : {
    markerLength: result.markerLength,
    conflicts: result.conflicts.map((conflict) => ({
      ...conflict,
      ours: conflict.theirs,
      theirs: conflict.ours,
      ranges: { ...conflict.ranges, ours: conflict.ranges.theirs, theirs: conflict.ranges.ours }
    }))
  }

const said = (result: TextMerge): unknown =>
  result._tag !== "conflict" ? result : { markerLength: result.markerLength, conflicts: result.conflicts }

const numbered = (texts: Texts) => {
  const { ids: [base, ours, theirs], size } = intern([linesOf(texts.base), linesOf(texts.ours), linesOf(texts.theirs)])
  assert(base !== undefined && ours !== undefined && theirs !== undefined)
  return { base, ours, theirs, size }
}

const runs = { arbitrary: { runs: 600, seed: 11 } }

describe("laws of merging texts", () => {
  it.prop("identity and the one changed side", [threeTexts], ([given]) => {
    const { base, ours } = textsOf(given)
    assert.deepStrictEqual(merge({ base, ours: base, theirs: base }), { _tag: "merged", content: base })
    assert.deepStrictEqual(merge({ base, ours, theirs: base }), { _tag: "merged", content: ours })
    assert.deepStrictEqual(merge({ base, ours: base, theirs: ours }), { _tag: "merged", content: ours })
    assert.deepStrictEqual(merge({ base, ours, theirs: ours }), { _tag: "merged", content: ours })
  }, runs)

  it.prop("symmetry: swapped sides give the same text, or the same conflicts swapped", [threeTexts], ([given]) => {
    const { base, ours, theirs } = textsOf(given)
    assert.deepStrictEqual(mirrored(merge({ base, ours: theirs, theirs: ours })), said(merge({ base, ours, theirs })))
  }, runs)

  it.prop("soundness: the regions cover all three texts, and each is what it says", [threeTexts], ([given]) => {
    const texts = numbered(textsOf(given))
    const same = (a: readonly [Int32Array, number, number], b: readonly [Int32Array, number, number]) =>
      `${a[0].slice(a[1], a[2])}` === `${b[0].slice(b[1], b[2])}`
    const end = { base: 0, ours: 0, theirs: 0 }
    const regions = regionsOf({
      baseLines: texts.base.length,
      ours: diffLines(texts.base, texts.ours, texts.size),
      theirs: diffLines(texts.base, texts.theirs, texts.size),
      same: (a, b) => same([texts.ours, a.start, a.end], [texts.theirs, b.start, b.end])
    })
    for (const { from, base, ours, theirs } of regions) {
      assert.deepStrictEqual({ base: base.start, ours: ours.start, theirs: theirs.start }, end)
      Object.assign(end, { base: base.end, ours: ours.end, theirs: theirs.end })
      const [o, a, b] = [
        [texts.base, base.start, base.end],
        [texts.ours, ours.start, ours.end],
        [texts.theirs, theirs.start, theirs.end]
      ] as const
      assert.strictEqual(same(a, b), from === "base" || from === "both")
      if (from === "base" || from === "theirs") assert(same(o, a))
      if (from === "base" || from === "ours") assert(same(o, b))
    }
    assert.deepStrictEqual(end, {
      base: texts.base.length,
      ours: texts.ours.length,
      theirs: texts.theirs.length
    })
  }, runs)

  it.prop("files merge as their texts do", [threeTexts], ([given]) => {
    const texts = textsOf(given)
    const [base, ours, theirs] = [texts.base, texts.ours, texts.theirs].map((text) => new TextEncoder().encode(text))
    assert(base !== undefined && ours !== undefined && theirs !== undefined)
    const result = mergeFile({ path: "file", base, ours, theirs })
    const expected = merge(texts)
    assert.deepStrictEqual<unknown>(
      result._tag === "merged"
        ? { _tag: "merged", content: new TextDecoder("utf-8", { ignoreBOM: true }).decode(result.content) }
        : result,
      expected
    )
  }, runs)

  it.prop(
    "markers: no line of the texts looks like one, and there are as many as conflicts",
    [threeTexts],
    ([given]) => {
      const result = merge(textsOf(given))
      if (result._tag !== "conflict") return
      for (const [style, each] of [["zdiff3", 4], ["diff3", 4], ["merge", 3]] as const) {
        const { text, markerLength, marked } = renderMarkers(result, { style })
        const markers = text.replace(/^\uFEFF/, "").split("\n").filter((one) =>
          /^(<+|=+|>+|\|+)\r?$/.exec(one)?.[1]?.length === markerLength
        )
        assert.strictEqual(markers.length, each * result.conflicts.length)
        assert.deepStrictEqual(marked.map(({ conflict }) => conflict), result.conflicts)
      }
    },
    runs
  )

  it.prop("resolving is independent of the style, and mirrors", [threeTexts], ([given]) => {
    const { base, ours, theirs } = textsOf(given)
    const result = merge({ base, ours, theirs })
    const swapped = merge({ base, ours: theirs, theirs: ours })
    if (result._tag !== "conflict" || swapped._tag !== "conflict") return
    for (const style of ["zdiff3", "diff3", "merge"] as const) {
      const taken = resolveMarkers(renderMarkers(result, { style }), () => "ours")
      assert.strictEqual(resolveMarkers(renderMarkers(swapped), () => "theirs"), taken)
      const both = resolveMarkers(renderMarkers(result, { style }), () => ({ text: "" }))
      assert.strictEqual(both, result.parts.map((part) => part._tag === "text" ? part.text : "").join(""))
    }
  }, runs)

  it.prop("endings: a side that changed nothing else keeps every edit of the other", [lines, edits], ([from, by]) => {
    const base = from.map((one) => `${one}\n`).join("")
    const other = edited(from, by).map((one) => `${one}\n`).join("")
    if (base === "" || base === other) return
    const crlf = (text: string) => text.replaceAll("\n", "\r\n")
    assert.deepStrictEqual(merge({ base, ours: crlf(base), theirs: other }), { _tag: "merged", content: crlf(other) })
    assert.deepStrictEqual(merge({ base: crlf(base), ours: crlf(other), theirs: base }), {
      _tag: "merged",
      content: other
    })
  }, runs)

  it.prop("edits of different parts are both taken", [edits, edits], ([left, right]) => {
    const fence = Array.from({ length: 4 }, (_, at) => `fence ${at}`)
    const [top, bottom] = [
      Array.from({ length: 8 }, (_, at) => `top ${at}`),
      Array.from({ length: 8 }, (_, at) => `end ${at}`)
    ]
    const joined = (...all: ReadonlyArray<ReadonlyArray<string>>) => all.flat().map((one) => `${one}\n`).join("")
    const [above, below] = [edited(top, left), edited(bottom, right)]
    assert.deepStrictEqual(
      merge({
        base: joined(top, fence, bottom),
        ours: joined(above, fence, bottom),
        theirs: joined(top, fence, below)
      }),
      { _tag: "merged", content: joined(above, fence, below) }
    )
  }, runs)

  it.prop("idempotence: a clean result merged once more stays as it is", [threeTexts], ([given]) => {
    const { base, ours, theirs } = textsOf(given)
    const first = merge({ base, ours, theirs })
    if (first._tag !== "merged") return
    const again = merge({ base, ours: first.content, theirs })
    if (again._tag === "merged") assert.strictEqual(again.content, first.content)
  }, runs)
})
