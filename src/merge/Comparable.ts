/**
 * Which lines of two texts are worth comparing: those that may have a partner in the other.
 *
 * A line that the other text does not have is changed, whatever a search finds. A line that is everywhere in the other
 * text (a lone brace, an empty line) says little when it stands among such lines: pairing it would tear a rewritten
 * block into crumbs. GNU diff does the same and calls it discarding confusing lines; git does, too, and whether two
 * edits touch depends on it.
 */
import type { LineRange } from "./Lines.ts"
import type { Window } from "./SmallWindow.ts"

/** The lines of a text that are compared: their numbers, and where they stand in the text. */
export interface Kept {
  readonly ids: Int32Array
  readonly lines: Int32Array
}

/** A text, its part that is compared, and the marks of its lines. */
interface Part {
  readonly ids: Int32Array
  readonly range: LineRange
  readonly marks: Uint8Array
}

const wanted = 0
const frequent = 1
const unmatched = 2

/** How far around a line its company is looked at. */
const companyLines = 100

/** From how many occurrences on a line counts as frequent: the power of two above the square root of all lines. */
const frequentFrom = (lines: number): number => Math.min(2 ** (Math.floor(Math.log2(Math.max(lines, 1)) / 2) + 1), 1024)

const countsOf = (ids: Int32Array, size: number): Int32Array => {
  const counts = new Int32Array(size)
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1
  return counts
}

const classify = ({ ids, range }: Part, others: Int32Array): Uint8Array => {
  const from = frequentFrom(ids.length)
  const classes = new Uint8Array(range.end - range.start)
  for (let at = range.start; at < range.end; at++) {
    const count = others[ids[at] ?? 0] ?? 0
    if (count === 0) classes[at - range.start] = unmatched
    else if (count >= from) classes[at - range.start] = frequent
  }
  return classes
}

/** How many unmatched lines stand before each line. */
const loneBefore = (classes: Uint8Array): Int32Array => {
  const counts = new Int32Array(classes.length + 1)
  for (let line = 0; line < classes.length; line++) {
    counts[line + 1] = (counts[line] ?? 0) + (classes[line] === unmatched ? 1 : 0)
  }
  return counts
}

/** Tells whether a frequent line, in a run of unmatched and frequent ones, stands between unmatched ones that outnumber
 * its like by far. */
const isCrowded = (lone: Int32Array, line: number, run: LineRange): boolean => {
  const from = Math.max(run.start, line - companyLines)
  const to = Math.min(run.end, line + 1 + companyLines)
  const before = (lone[line] ?? 0) - (lone[from] ?? 0)
  const after = (lone[to] ?? 0) - (lone[line + 1] ?? 0)
  const company = to - from - 1
  return before > 0 && after > 0 && (company - before - after + 2) * 4 < company + 2
}

/** Where the run of unmatched and frequent lines that starts here ends. */
const runEnd = (classes: Uint8Array, start: number): number => {
  let end = start
  while (end < classes.length && classes[end] !== wanted) end++
  return end
}

const keep = ({ ids, range, marks }: Part, classes: Uint8Array): Kept => {
  const lone = loneBefore(classes)
  const lines = new Int32Array(classes.length)
  let kept = 0
  let run: LineRange = { start: 0, end: 0 }
  for (let line = 0; line < classes.length; line++) {
    if (line >= run.end) run = { start: line, end: Math.max(line + 1, runEnd(classes, line)) }
    const drop = classes[line] === unmatched || (classes[line] === frequent && isCrowded(lone, line, run))
    if (drop) marks[range.start + line] = 1
    else lines[kept++] = range.start + line
  }
  const found = lines.slice(0, kept)
  return { ids: found.map((line) => ids[line] ?? 0), lines: found }
}

/** Marks the lines that need no comparing, and answers with the others. */
export const comparable = (
  texts: { readonly base: Int32Array; readonly side: Int32Array; readonly size: number },
  window: Window,
  marks: { readonly base: Uint8Array; readonly side: Uint8Array }
): { readonly base: Kept; readonly side: Kept } => {
  const { base, side, size } = texts
  const ofBase = { ids: base, range: window.base, marks: marks.base }
  const ofSide = { ids: side, range: window.side, marks: marks.side }
  return {
    base: keep(ofBase, classify(ofBase, countsOf(side, size))),
    side: keep(ofSide, classify(ofSide, countsOf(base, size)))
  }
}
