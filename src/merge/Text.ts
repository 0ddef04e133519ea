/**
 * The three-way merge of texts, line by line: what one side changed is taken, what both changed is a conflict.
 *
 * Pure, and the same in a browser. Content that is no text, or too large for a person to have meant a merge by line, is
 * a conflict as a whole. Bounds on the cost make more conflicts, never a loss: every line that only one side touched is
 * in the result as that side left it.
 */
import { Limits } from "../domain/Limits.ts"
import { equalBytes } from "../domain/Tree.ts"
import { mergeEndings, withoutMarks } from "./Endings.ts"
import { diffLines } from "./LineDiff.ts"
import { intern, lengthOf, type LineRange, type Lines, linesOf, textOf } from "./Lines.ts"
import { markerLengthFor } from "./Markers.ts"
import { type Region, regionsOf } from "./Regions.ts"
import {
  conflictAt,
  kindOfTexts,
  opaque,
  type OpaqueConflict,
  type TextConflict,
  type TextPart,
  type Three
} from "./TextConflict.ts"

/** What is merged, and the place it is reported under: a file's path, or a JSON Pointer. */
export interface Sides<C> extends Three<C> {
  readonly path: string
}

/** What comes of a merge: the content, or the conflicts with the text around them, or content that is not merged. */
export type Merging<C> =
  | { readonly _tag: "merged"; readonly content: C }
  | {
    readonly _tag: "conflict"
    readonly conflicts: ReadonlyArray<TextConflict>
    /** The merge from its start to its end. */
    readonly parts: ReadonlyArray<TextPart>
    /** How long markers are so that no line of the three texts looks like one. */
    readonly markerLength: number
  }
  | { readonly _tag: "opaque"; readonly conflict: OpaqueConflict<C> }

/** What comes of a merge of strings. */
export type TextMerge = Merging<string>

/** What comes of a merge of files. */
export type FileMerge = Merging<Uint8Array>

const merged = <C>(content: C): Merging<C> => ({ _tag: "merged", content })

/** The answer where at most one side changed; `undefined` where both did. */
const unopposed = <C>({ base, ours, theirs }: Three<C>, same: (a: C, b: C) => boolean): C | undefined => {
  if (same(ours, theirs) || same(theirs, base)) return ours
  return same(ours, base) ? theirs : undefined
}

const chosen = (region: Region, lines: Three<Lines>): string => {
  const from = region.from === "theirs" ? "theirs" : "ours"
  return textOf(lines[from], region[from])
}

/** Neighbouring settled texts become one. */
const partsOf = (path: string, regions: ReadonlyArray<Region>, lines: Three<Lines>): ReadonlyArray<TextPart> => {
  const parts: Array<TextPart> = []
  let settled: Array<string> = []
  const settle = () => {
    if (settled.length > 0) parts.push({ _tag: "text", text: settled.join("") })
    settled = []
  }
  for (const region of regions) {
    if (region.from === "conflict") {
      settle()
      parts.push({ _tag: "conflict", conflict: conflictAt(path, region, lines) })
    } else settled.push(chosen(region, lines))
  }
  settle()
  return parts
}

const regionsIn = (lines: Three<Lines>): ReadonlyArray<Region> => {
  const { ids: [base, ours, theirs], size } = intern([lines.base, lines.ours, lines.theirs])
  if (base === undefined || ours === undefined || theirs === undefined) return []
  const same = (mine: LineRange, other: LineRange): boolean => {
    if (lengthOf(mine) !== lengthOf(other)) return false
    for (let at = 0; at < lengthOf(mine); at++) {
      if (ours[mine.start + at] !== theirs[other.start + at]) return false
    }
    return true
  }
  return regionsOf({
    baseLines: base.length,
    ours: diffLines(base, ours, size),
    theirs: diffLines(base, theirs, size),
    same
  })
}

const mergeLines = (path: string, texts: Three<string>, mark: string): TextMerge => {
  const lines = { base: linesOf(texts.base), ours: linesOf(texts.ours), theirs: linesOf(texts.theirs) }
  const found = partsOf(path, regionsIn(lines), lines)
  const parts = mark === "" ? found : [{ _tag: "text" as const, text: mark }, ...found]
  const conflicts = parts.flatMap((part) => part._tag === "conflict" ? [part.conflict] : [])
  return conflicts.length === 0
    ? merged(parts.map((part) => part._tag === "text" ? part.text : "").join(""))
    : { _tag: "conflict", conflicts, parts, markerLength: markerLengthFor([texts.base, texts.ours, texts.theirs]) }
}

const equalStrings = (a: string, b: string): boolean => a === b

/** Merges texts that are known to be neither binary nor oversized. */
const mergeDecoded = ({ path, ...sides }: Sides<string>): TextMerge => {
  const { texts, mark } = withoutMarks(sides)
  const settled = unopposed(texts, equalStrings) ?? mergeEndings(texts)
  return settled === undefined ? mergeLines(path, texts, mark) : merged(mark + settled)
}

const hasNul = (text: string): boolean => text.slice(0, Limits.mergeProbeBytes).includes("\0")

/** Merges strings. A NUL near the start of any makes them binary, as it does a file. */
export const mergeText = (sides: Sides<string>): TextMerge => {
  const settled = unopposed(sides, equalStrings)
  if (settled !== undefined) return merged(settled)
  const all = [sides.base, sides.ours, sides.theirs]
  if (all.some((text) => text.length > Limits.mergeBytesMax)) {
    return { _tag: "opaque", conflict: opaque(sides.path, "oversized", sides) }
  }
  return all.some(hasNul)
    ? { _tag: "opaque", conflict: opaque(sides.path, "binary", sides) }
    : mergeDecoded(sides)
}

/** The text of a file; `undefined` where it is binary. */
export const decode = (bytes: Uint8Array): string | undefined => {
  if (bytes.subarray(0, Limits.mergeProbeBytes).includes(0)) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Merges files: by line where all three are UTF-8 of bearable size, else as a whole. */
export const mergeFile = (sides: Sides<Uint8Array>): FileMerge => {
  const settled = unopposed(sides, equalBytes)
  if (settled !== undefined) return merged(settled)
  if ([sides.base, sides.ours, sides.theirs].some(({ length }) => length > Limits.mergeBytesMax)) {
    return { _tag: "opaque", conflict: opaque(sides.path, "oversized", sides) }
  }
  const [base, ours, theirs] = [decode(sides.base), decode(sides.ours), decode(sides.theirs)]
  if (base === undefined || ours === undefined || theirs === undefined) {
    return { _tag: "opaque", conflict: opaque(sides.path, "binary", sides) }
  }
  const result = mergeDecoded({ path: sides.path, base, ours, theirs })
  switch (result._tag) {
    case "merged":
      return merged(new TextEncoder().encode(result.content))
    case "conflict":
      return result
    case "opaque":
      return { _tag: "opaque", conflict: opaque(sides.path, result.conflict.kind, sides) }
  }
}

/** A merge of texts that is one conflict from its start to its end. */
export const conflictOfWhole = (
  path: string,
  { base, ours, theirs }: Three<string>
): Extract<TextMerge, { readonly _tag: "conflict" }> => {
  const linesIn = (text: string): LineRange => ({ start: 0, end: linesOf(text).count })
  const texts = { base, ours, theirs }
  const conflict: TextConflict = {
    path,
    kind: kindOfTexts(texts),
    severity: "critical",
    ...texts,
    ranges: { base: linesIn(base), ours: linesIn(ours), theirs: linesIn(theirs) },
    suggestions: ["take-ours", "take-theirs", "edit-range"]
  }
  return {
    _tag: "conflict",
    conflicts: [conflict],
    parts: [{ _tag: "conflict", conflict }],
    markerLength: markerLengthFor([base, ours, theirs])
  }
}
