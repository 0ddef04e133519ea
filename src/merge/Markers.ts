/**
 * Conflicts between markers, for people and their editors, and the way back.
 *
 * A rendering records where each conflict stands, and resolving goes by that record, never by a search for markers:
 * texts are about git, too. Markers are longer than any line of the texts that looks like one.
 */
import { linesOf, textOf } from "./Lines.ts"
import type { TextConflict, TextPart, Three } from "./TextConflict.ts"

/** `diff3` shows all; `zdiff3` leaves out what both sides begin and end with alike; `merge` the base, too. */
export type MarkerStyle = "zdiff3" | "diff3" | "merge"

/** How conflicts are to look. */
export interface MarkerOptions {
  readonly style?: MarkerStyle
  /** What stands behind the markers. */
  readonly labels?: Three<string>
}

/** Where a conflict stands in a rendering; in UTF-16 units, without the last. */
export interface MarkedConflict {
  readonly start: number
  readonly end: number
  readonly conflict: TextConflict
}

/** A merge with its conflicts between markers. */
export interface Rendered {
  readonly text: string
  readonly markerLength: number
  readonly marked: ReadonlyArray<MarkedConflict>
}

/** What is to stand in the place of a conflict. */
export type Choice = "ours" | "theirs" | "base" | "both" | { readonly text: string }

const shortest = 7
const signs = ["<", "|", "=", ">"] as const

const longestRun = (text: string, sign: string): number => {
  const seed = sign.repeat(shortest)
  let longest = 0
  for (let at = text.indexOf(seed); at >= 0; at = text.indexOf(seed, at)) {
    const start = at
    while (text[at] === sign) at++
    if (start === 0 || text[start - 1] === "\n") longest = Math.max(longest, at - start)
  }
  return longest
}

/** One more than the longest run of marker signs that begins a line, and at least 7. */
export const markerLengthFor = (texts: ReadonlyArray<string>): number => {
  const longest = Math.max(...texts.flatMap((text) => signs.map((sign) => longestRun(text, sign))))
  return longest < shortest ? shortest : longest + 1
}

/** The lines (from 0) that are markers of a length: that many signs and no more, alone or before a label. */
export const markersIn = (text: string, length: number): ReadonlyArray<number> =>
  text.split("\n").flatMap((line, at) => {
    const sign = signs.find((one) => line.startsWith(one.repeat(length)))
    return sign !== undefined && ["", " ", "\r"].includes(line.slice(length, length + 1)) ? [at] : []
  })

/** Where both sides begin and end alike, in lines. */
const commonEnds = ({ ours, theirs }: TextConflict): { readonly before: string; readonly after: string } => {
  const [mine, other] = [linesOf(ours), linesOf(theirs)]
  const line = (lines: typeof mine, at: number) => textOf(lines, { start: at, end: at + 1 })
  const fewer = Math.min(mine.count, other.count)
  let top = 0
  while (top < fewer && line(mine, top) === line(other, top)) top++
  let bottom = 0
  while (bottom < fewer - top && line(mine, mine.count - 1 - bottom) === line(other, other.count - 1 - bottom)) bottom++
  return {
    before: textOf(mine, { start: 0, end: top }),
    after: textOf(mine, { start: mine.count - bottom, end: mine.count })
  }
}

const newlineOf = ({ base, ours, theirs }: TextConflict): string => {
  const first = [ours, theirs, base].find((text) => text.includes("\n")) ?? ""
  return first.at(first.indexOf("\n") - 1) === "\r" ? "\r\n" : "\n"
}

const renderConflict = (conflict: TextConflict, markerLength: number, { style, labels }: MarkerOptions): string => {
  const newline = newlineOf(conflict)
  const closed = (text: string): string => text === "" || text.endsWith("\n") ? text : text + newline
  const marker = (sign: string, label = ""): string =>
    `${sign.repeat(markerLength)}${label === "" ? "" : ` ${label}`}${newline}`
  const { before, after } = style === "diff3" ? { before: "", after: "" } : commonEnds(conflict)
  const inner = (text: string): string => closed(text.slice(before.length, text.length - after.length))
  return [
    before,
    marker("<", labels?.ours),
    inner(conflict.ours),
    ...style === "merge" ? [] : [marker("|", labels?.base), closed(conflict.base)],
    marker("="),
    inner(conflict.theirs),
    marker(">", labels?.theirs),
    after
  ].join("")
}

/** Renders a merge; zdiff3 unless another style is asked for. */
export const renderMarkers = (
  { parts, markerLength }: { readonly parts: ReadonlyArray<TextPart>; readonly markerLength: number },
  options: MarkerOptions = {}
): Rendered => {
  const texts: Array<string> = []
  const marked: Array<MarkedConflict> = []
  let length = 0
  for (const part of parts) {
    const text = part._tag === "text" ? part.text : renderConflict(part.conflict, markerLength, options)
    if (part._tag === "conflict") marked.push({ start: length, end: length + text.length, conflict: part.conflict })
    texts.push(text)
    length += text.length
  }
  return { text: texts.join(""), markerLength, marked }
}

/** What a choice puts in the place of a conflict. */
export const chosenText = (conflict: TextConflict, choice: Choice): string => {
  if (typeof choice === "object") return choice.text
  if (choice !== "both") return conflict[choice]
  const isOpen = conflict.ours !== "" && !conflict.ours.endsWith("\n")
  return conflict.ours + (isOpen ? newlineOf(conflict) : "") + conflict.theirs
}

/** Puts a choice in the place of each conflict. */
export const resolveMarkers = (
  { text, marked }: Rendered,
  choose: (conflict: TextConflict, index: number) => Choice
): string => {
  const pieces = marked.flatMap(({ start, conflict }, index) => [
    text.slice(marked[index - 1]?.end ?? 0, start),
    chosenText(conflict, choose(conflict, index))
  ])
  return pieces.join("") + text.slice(marked.at(-1)?.end ?? 0)
}
