/**
 * What `git merge-file` does with texts, as facts about ours: the behaviours that git's own tests of it (t6403) look
 * at, in words and texts of our own. Where we differ, docs/merge.md says why.
 */
import { describe, expect, it } from "vitest"
import { mergeFile, mergeText, renderMarkers, resolveMarkers } from "../../src/merge/Merge.ts"

const poem = [
  "The fog comes in",
  "on little feet.",
  "It sits and looks",
  "over the harbour",
  "and the town,",
  "then gets up",
  "and moves on."
]

const write = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")
const withLine = (at: number, ...lines: ReadonlyArray<string>): string => write(poem.toSpliced(at, 1, ...lines))
const base = write(poem)

const merge = (from: string, ours: string, theirs: string) => mergeText({ path: "poem", base: from, ours, theirs })
const clean = (from: string, ours: string, theirs: string): string => {
  const result = merge(from, ours, theirs)
  if (result._tag !== "merged") throw new Error(`not clean: ${JSON.stringify(result)}`)
  return result.content
}
const conflict = (from: string, ours: string, theirs: string) => {
  const result = merge(from, ours, theirs)
  if (result._tag !== "conflict") throw new Error(`no conflict: ${result._tag}`)
  return result
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe("as git, a merge", () => {
  it("of nothing changes nothing", () => {
    expect(clean(base, base, base)).toBe(base)
  })

  it("of an added first line and a changed last one takes both", () => {
    const result = clean(base, `Fog\n${base}`, withLine(6, "and is gone."))
    expect(result).toBe(`Fog\n${withLine(6, "and is gone.")}`)
  })

  it("keeps a missing final newline away from the other side's change", () => {
    const open = base.slice(0, -1)
    expect(clean(base, withLine(0, "Fog comes"), open)).toBe(withLine(0, "Fog comes").slice(0, -1))
    expect(clean(open, withLine(0, "Fog comes").slice(0, -1), base)).toBe(withLine(0, "Fog comes"))
    expect(clean(open, withLine(0, "Fog comes").slice(0, -1), withLine(3, "over it").slice(0, -1))).toBe(
      write(["Fog comes", ...poem.slice(1, 3), "over it", ...poem.slice(4)]).slice(0, -1)
    )
  })

  it("conflicts where one side drops the final newline and the other adds a line", () => {
    expect(conflict(base, base.slice(0, -1), `${base}The end\n`).conflicts).toHaveLength(1)
  })

  it("conflicts where one side removes the tail and the other changes it", () => {
    const [only] = conflict(base, write(poem.slice(0, 4)), withLine(6, "and is gone.")).conflicts
    expect(only).toMatchObject({ kind: "delete-edit", ours: "", base: write(poem.slice(4)) })
  })

  it("takes a line that both sides changed alike, beside a conflict elsewhere", () => {
    const ours = write(poem.with(0, "Mist").with(4, "A"))
    const theirs = write(poem.with(0, "Mist").with(4, "B"))
    const result = conflict(base, ours, theirs)
    expect(result.conflicts.map(({ base: lines }) => lines)).toEqual([`${poem[4]}\n`])
    expect(resolveMarkers(renderMarkers(result), () => "theirs")).toBe(theirs)
  })

  it("finds no conflict where both sides grew the same block", () => {
    expect(clean(base, withLine(2, "It sits", "and looks"), withLine(2, "It sits", "and looks"))).toBe(
      withLine(2, "It sits", "and looks")
    )
  })

  it("shows a conflict without what both sides begin and end with alike", () => {
    const result = conflict(
      base,
      withLine(2, "It", "sits", "and", "looks"),
      withLine(2, "It", "sleeps", "and", "looks")
    )
    expect(renderMarkers(result, { style: "merge" }).text).toContain(
      "It\n<<<<<<<\nsits\n=======\nsleeps\n>>>>>>>\nand\nlooks\n"
    )
  })

  it("names the sides behind the markers, and nothing where they have no names", () => {
    const result = conflict("1\n", "2\n", "3\n")
    const labels = { base: "old", ours: "mine", theirs: "yours" }
    expect(renderMarkers(result, { style: "diff3", labels }).text).toBe(
      "<<<<<<< mine\n2\n||||||| old\n1\n=======\n3\n>>>>>>> yours\n"
    )
    expect(renderMarkers(result, { style: "diff3" }).text).toBe("<<<<<<<\n2\n|||||||\n1\n=======\n3\n>>>>>>>\n")
  })

  it("gives markers the line endings of the text", () => {
    const result = conflict("a\r\n1\r\n", "a\r\n2\r\n", "a\r\n3\r\n")
    expect(renderMarkers(result).text.replaceAll("\r\n", "")).not.toContain("\n")
  })

  it("resolves to ours, theirs or both, at the end without a newline, too", () => {
    const rendered = renderMarkers(conflict("a\nb", "a\nours", "a\ntheirs"))
    expect(resolveMarkers(rendered, () => "ours")).toBe("a\nours")
    expect(resolveMarkers(rendered, () => "theirs")).toBe("a\ntheirs")
    expect(resolveMarkers(rendered, () => "both")).toBe("a\nours\ntheirs")
  })

  it("pairs an added block with its own braces, so that two added functions only conflict where they meet", () => {
    const file = ["f {", "  1", "}", "", "g {", "  2", "}"]
    const ours = write(file.toSpliced(4, 0, "h {", "  3", "}", ""))
    const theirs = write(file.with(5, "  4"))
    expect(clean(write(file), ours, theirs)).toBe(
      write(["f {", "  1", "}", "", "h {", "  3", "}", "", "g {", "  4", "}"])
    )
  })

  it("leaves binary content alone", () => {
    const [from, mine, other] = ["a\0b", "a\0c", "a\0d"].map(bytes)
    expect(mergeFile({ path: "x", base: from ?? bytes(""), ours: mine ?? bytes(""), theirs: other ?? bytes("") }))
      .toMatchObject({ _tag: "opaque", conflict: { kind: "binary", severity: "critical" } })
  })
})

describe("other than git, a merge", () => {
  it("takes a change of all line endings and the other side's edits", () => {
    expect(clean(base, base.replaceAll("\n", "\r\n"), withLine(3, "over it"))).toBe(
      withLine(3, "over it").replaceAll("\n", "\r\n")
    )
  })

  it("takes lines with either ending where the endings of a side are mixed, as they are", () => {
    const mixed = base.replace("\n", "\r\n")
    expect(clean(base, mixed, withLine(3, "over it"))).toBe(withLine(3, "over it").replace("\n", "\r\n"))
  })

  it("takes a byte order mark that one side added or removed, and edits of the first line", () => {
    expect(clean(base, `\uFEFF${base}`, withLine(0, "Fog"))).toBe(`\uFEFF${withLine(0, "Fog")}`)
    expect(clean(`\uFEFF${base}`, `\uFEFF${withLine(0, "Fog")}`, base)).toBe(withLine(0, "Fog"))
    const marked = conflict(`\uFEFF${base}`, `\uFEFF${withLine(0, "A")}`, `\uFEFF${withLine(0, "B")}`)
    expect(resolveMarkers(renderMarkers(marked), () => "ours")).toBe(`\uFEFF${withLine(0, "A")}`)
  })

  it("leaves to a person what is not UTF-8, and what is larger than ten megabytes", () => {
    const latin = Uint8Array.of(0xe9, 0x0a)
    expect(mergeFile({ path: "x", base: latin, ours: bytes("a\n"), theirs: bytes("b\n") })).toMatchObject({
      conflict: { kind: "binary" }
    })
    const large = new Uint8Array(10 * 1024 * 1024 + 1).fill(97)
    expect(mergeFile({ path: "x", base: bytes("c\n"), ours: large, theirs: bytes("b\n") })).toMatchObject({
      conflict: { kind: "oversized" }
    })
  })

  it("takes such content where only one side changed it", () => {
    const large = new Uint8Array(10 * 1024 * 1024 + 1)
    const result = mergeFile({ path: "x", base: bytes("c\n"), ours: large, theirs: bytes("c\n") })
    expect(result._tag === "merged" && result.content === large).toBe(true)
  })

  it("finds NUL in strings, too", () => {
    expect(merge("a\0", "b\0", "c\0")._tag).toBe("opaque")
    expect(merge("a", "b".repeat(10 * 1024 * 1024 + 1), "c")).toMatchObject({ conflict: { kind: "oversized" } })
  })
})
