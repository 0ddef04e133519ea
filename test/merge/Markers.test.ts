/**
 * Conflicts between markers: how they look in each style, and that the way back needs no pattern.
 */
import { describe, expect, it } from "vitest"
import { mergeText, renderMarkers, resolveMarkers, type TextMerge } from "../../src/merge/Merge.ts"

type Conflicting = Extract<TextMerge, { readonly _tag: "conflict" }>

const conflictOf = (base: string, ours: string, theirs: string): Conflicting => {
  const result = mergeText({ path: "file", base, ours, theirs })
  if (result._tag !== "conflict") throw new Error(`no conflict, but ${result._tag}`)
  return result
}

const labels = { base: "base", ours: "ours", theirs: "theirs" }
const [base, ours, theirs] = ["1\n2\n3\n4\n", "1\nsame\nA\nend\n4\n", "1\nsame\nB\nend\n4\n"]

describe("markers", () => {
  it("of zdiff3 leave out what both sides begin and end with alike", () => {
    expect(renderMarkers(conflictOf(base, ours, theirs), { labels }).text).toBe(
      "1\nsame\n<<<<<<< ours\nA\n||||||| base\n2\n3\n=======\nB\n>>>>>>> theirs\nend\n4\n"
    )
  })

  it("of diff3 show all of it", () => {
    expect(renderMarkers(conflictOf(base, ours, theirs), { labels, style: "diff3" }).text).toBe(
      "1\n<<<<<<< ours\nsame\nA\nend\n||||||| base\n2\n3\n=======\nsame\nB\nend\n>>>>>>> theirs\n4\n"
    )
  })

  it("of merge leave the base out", () => {
    expect(renderMarkers(conflictOf(base, ours, theirs), { style: "merge" }).text).toBe(
      "1\nsame\n<<<<<<<\nA\n=======\nB\n>>>>>>>\nend\n4\n"
    )
  })

  it("end their lines as the conflict does", () => {
    const { text } = renderMarkers(conflictOf("1\r\n", "A\r\n", "B\r\n"), { style: "merge" })
    expect(text).toBe("<<<<<<<\r\nA\r\n=======\r\nB\r\n>>>>>>>\r\n")
  })

  it("stand on lines of their own where a side has no final newline", () => {
    const result = conflictOf("1\n2\n", "1\nA", "1\nB\n")
    expect(renderMarkers(result, { style: "merge" }).text).toBe("1\n<<<<<<<\nA\n=======\nB\n>>>>>>>\n")
    expect(resolveMarkers(renderMarkers(result), () => "ours")).toBe("1\nA")
    expect(resolveMarkers(renderMarkers(result), () => "both")).toBe("1\nA\nB\n")
  })

  it("are longer than what looks like them in any of the texts", () => {
    expect(conflictOf("=======\n1\n", "A\n", "B\n").markerLength).toBe(8)
    expect(conflictOf("1\n", "<<<<<<<<<< x\n", "B\n").markerLength).toBe(11)
    expect(conflictOf("1\n", " =======\n", "B\n").markerLength).toBe(7)
    expect(conflictOf("1\n", "======\n", "B\n").markerLength).toBe(7)
  })

  it("are where the record says, whatever the texts hold", () => {
    const [side, other] = ["<<<<<<< x\nA\n=======\nB\n>>>>>>> y\n", "C\n"]
    const rendered = renderMarkers(conflictOf("1\n", side, other))
    expect(rendered.marked.map(({ start, end }) => [start, end])).toEqual([[0, rendered.text.length]])
    expect(resolveMarkers(rendered, () => "ours")).toBe(side)
    expect(resolveMarkers(rendered, () => "theirs")).toBe(other)
    expect(resolveMarkers(rendered, () => "base")).toBe("1\n")
    expect(resolveMarkers(rendered, () => ({ text: "mine\n" }))).toBe("mine\n")
  })

  it("are resolved one by one", () => {
    const rendered = renderMarkers(conflictOf("1\n2\n3\n", "A\n2\nC\n", "B\n2\nD\n"))
    expect(resolveMarkers(rendered, (_conflict, at) => at === 0 ? "ours" : "theirs")).toBe("A\n2\nD\n")
  })
})

describe("a conflict", () => {
  it("says what each side holds, and where", () => {
    expect(conflictOf("1\n2\n3\n", "1\nA\nA\n3\n", "1\nB\n3\n").conflicts).toEqual([{
      path: "file",
      kind: "edit-edit",
      severity: "critical",
      base: "2\n",
      ours: "A\nA\n",
      theirs: "B\n",
      ranges: { base: { start: 1, end: 2 }, ours: { start: 1, end: 3 }, theirs: { start: 1, end: 2 } },
      suggestions: ["take-ours", "take-theirs", "keep-both", "edit-range"]
    }])
  })

  it.each<readonly [fact: string, texts: readonly [string, string, string], kind: string, severity: string]>([
    ["of two additions at one place", ["1\n2\n", "1\nA\n2\n", "1\nB\n2\n"], "add-add", "critical"],
    ["of a removal and an edit", ["1\n2\n3\n", "1\n3\n", "1\nB\n3\n"], "delete-edit", "critical"],
    ["of edits that only touch", ["1\n2\n3\n4\n", "1\nA\n3\n4\n", "1\n2\nB\n4\n"], "edit-edit", "warning"],
    ["of edits that differ by white space", ["1\n2\n3\n", "1\nA b\n3\n", "1\nA  b\n3\n"], "edit-edit", "info"]
  ])("%s is told apart", (_fact, texts, kind, severity) => {
    expect(conflictOf(...texts).conflicts.map((one) => [one.kind, one.severity])).toEqual([[kind, severity]])
  })

  it("of a removal suggests no keeping of both", () => {
    expect(conflictOf("1\n2\n3\n", "1\n3\n", "1\nB\n3\n").conflicts[0]?.suggestions).not.toContain("keep-both")
  })
})
