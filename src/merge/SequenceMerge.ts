/**
 * Merges lists in which order counts, and strings of several lines, as texts merge: by what changed between elements
 * that stayed.
 *
 * Elements are numbers while they are compared, equal ones the same number: a comparison of objects by anything less
 * than their whole content would lose edits.
 */
import { type DocumentConflict, type Draft, listDraft, settledDraft, textDraft } from "./Draft.ts"
import type { Asked } from "./KeyedMerge.ts"
import { diffLines } from "./LineDiff.ts"
import { lengthOf, type LineRange } from "./Lines.ts"
import { conflictAbout, conflicting, type Merged, type Place, type Sides, takeChanged } from "./Node.ts"
import { type Region, regionsOf } from "./Regions.ts"
import { mergeText } from "./Text.ts"
import { type Value, valueText } from "./Value.ts"

const numbering = ({ terms, path }: Place) => {
  const numbers = new Map<string, number>()
  const element = [...path, "*"]
  const number = (item: Value): number => {
    const text = valueText(terms.form(element, item))
    const known = numbers.get(text) ?? numbers.size
    numbers.set(text, known)
    return known
  }
  return { numbers, of: (items: ReadonlyArray<Value>) => Int32Array.from(items, number) }
}

const sameIn = (ours: Int32Array, theirs: Int32Array) => (mine: LineRange, other: LineRange): boolean =>
  lengthOf(mine) === lengthOf(other) &&
  ours.subarray(mine.start, mine.end).every((number, at) => number === theirs[other.start + at])

const draftOf = (asked: Asked, region: Region): ReadonlyArray<Draft<DocumentConflict>> => {
  const { place, lists } = asked
  const slice = (side: keyof typeof lists) => lists[side].slice(region[side].start, region[side].end)
  if (region.from !== "conflict") {
    return slice(region.from === "theirs" ? "theirs" : "ours").map((item) => settledDraft(item))
  }
  const sides: Sides = { base: slice("base"), ours: slice("ours"), theirs: slice("theirs") }
  const isEmpty = (side: keyof Sides): boolean => lengthOf(region[side]) === 0
  const conflict = conflictAbout(place, sides, {
    kind: isEmpty("base") ? "add-add" : isEmpty("ours") || isEmpty("theirs") ? "delete-edit" : "edit-edit",
    severity: region.isTouching ? "warning" : "critical",
    ranges: { base: region.base, ours: region.ours, theirs: region.theirs },
    suggestions: ["take-ours", "take-theirs", "keep-both", "edit-range"]
  })
  return [{ _tag: "gap", conflict }]
}

/** Merges a list by diff3. */
export const mergeSequence = (asked: Asked): Merged => {
  const { place, sides, lists } = asked
  const taken = takeChanged(place, sides)
  if (taken !== undefined) return taken
  const { numbers, of } = numbering(place)
  const [base, ours, theirs] = [of(lists.base), of(lists.ours), of(lists.theirs)]
  const regions = regionsOf({
    baseLines: base.length,
    ours: diffLines(base, ours, numbers.size),
    theirs: diffLines(base, theirs, numbers.size),
    same: sameIn(ours, theirs)
  })
  return { draft: listDraft(regions.flatMap((region) => draftOf(asked, region))), notes: [] }
}

/** Merges strings by line; `undefined` where none of them holds a line break. */
export const mergeStrings = (
  place: Place,
  sides: { readonly base: string; readonly ours: string; readonly theirs: string }
): Merged | undefined => {
  if (!Object.values(sides).some((text) => text.includes("\n"))) return undefined
  const merge = mergeText({ path: "", ...sides })
  switch (merge._tag) {
    case "merged":
      return { draft: settledDraft(merge.content), notes: [] }
    case "opaque":
      return conflicting(place, sides)
    case "conflict":
      return {
        draft: textDraft(merge.parts.map((part): Draft<DocumentConflict> => {
          if (part._tag === "text") return settledDraft(part.text)
          const { kind, severity, ranges, suggestions, ...texts } = part.conflict
          return { _tag: "gap", conflict: conflictAbout(place, texts, { kind, severity, ranges, suggestions }) }
        })),
        notes: []
      }
  }
}
