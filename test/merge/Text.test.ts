/**
 * The three-way merge of texts: a table of what becomes of three short texts, in the words of what git does with them.
 */
import { describe, expect, it } from "vitest"
import { mergeText } from "../../src/merge/Merge.ts"

/** One line a letter. */
const text = (letters: string): string => [...letters].map((letter) => `${letter}\n`).join("")

const merge = (base: string, ours: string, theirs: string): string => {
  const result = mergeText({ path: "file", base, ours, theirs })
  return result._tag === "merged" ? result.content : result._tag
}

type Row = readonly [fact: string, sides: readonly [base: string, ours: string, theirs: string], merged: string]

const clean: ReadonlyArray<Row> = [
  ["edits apart are both taken", ["abcde", "Abcde", "abcdE"], "AbcdE"],
  ["an edit with one line between is apart", ["abc", "Abc", "abC"], "AbC"],
  ["the same edit on both sides is taken once", ["abc", "aXc", "aXc"], "aXc"],
  ["the same addition on both sides is taken once", ["ab", "aXb", "aXb"], "aXb"],
  ["the same edit beside another one", ["abcde", "aXcde", "aXcdE"], "aXcdE"],
  ["a removal and an edit elsewhere", ["abcde", "acde", "abcdE"], "acdE"],
  ["additions at both ends", ["abc", "Xabc", "abcX"], "XabcX"],
  ["everything removed here, nothing changed there", ["abc", "", "abc"], ""]
]

const conflicting: ReadonlyArray<readonly [fact: string, base: string, ours: string, theirs: string]> = [
  ["different edits of one line", "abc", "aXc", "aYc"],
  ["edits of neighbouring lines", "abcd", "aXcd", "abYd"],
  ["different additions at one place", "ab", "aXb", "aYb"],
  ["a removal and an edit of the same line", "abc", "ac", "aXc"],
  ["an addition beside an edit", "abc", "aXbc", "aZYc"],
  ["one addition that continues the other", "ab", "aXb", "aXYb"],
  ["two texts from nothing", "", "a", "b"]
]

describe("a merge of texts", () => {
  it.each(clean)("%s", (_fact, [base, ours, theirs], merged) => {
    expect(merge(text(base), text(ours), text(theirs))).toBe(text(merged))
    expect(merge(text(base), text(theirs), text(ours))).toBe(text(merged))
  })

  it.each(conflicting)("%s conflict", (_fact, base, ours, theirs) => {
    expect(merge(text(base), text(ours), text(theirs))).toBe("conflict")
    expect(merge(text(base), text(theirs), text(ours))).toBe("conflict")
  })
})
