/**
 * Line endings and byte order marks as things that merge by themselves.
 *
 * Editors change both without being asked, and then every line differs. So a mark is set aside and merged as the yes or
 * no that it is; and a side that changed nothing but the line endings has not changed the lines: the other side's lines
 * are taken, with its endings where the other left them as they were.
 */
import type { Three } from "./TextConflict.ts"

/** How the lines of a text end; `none` where there is one line at most. */
type Ending = "lf" | "crlf" | "mixed" | "none"

const mark = "\uFEFF"

const unmarked = (text: string): string => text.startsWith(mark) ? text.slice(1) : text

/** The side that changed, or what all say; for what has two values only, so that there is no third to conflict. */
const changedOf = <A>({ base, ours, theirs }: Three<A>): A => ours === base ? theirs : ours

/** Sets the marks aside: the texts without, and the mark that the merge begins with. */
export const withoutMarks = (
  { base, ours, theirs }: Three<string>
): { readonly texts: Three<string>; readonly mark: string } => {
  const is = (text: string): boolean => text.startsWith(mark)
  return {
    texts: { base: unmarked(base), ours: unmarked(ours), theirs: unmarked(theirs) },
    mark: changedOf({ base: is(base), ours: is(ours), theirs: is(theirs) }) ? mark : ""
  }
}

const toLf = (text: string): string => text.replaceAll("\r\n", "\n")

const endingOf = (text: string): Ending => {
  const first = text.indexOf("\n")
  if (first < 0) return "none"
  if (!text.includes("\r\n")) return "lf"
  return /(?<!\r)\n/.test(text) ? "mixed" : "crlf"
}

/** The other side's text with the endings that one side gave every line; `undefined` where it did more than that. */
const reended = (base: string, side: string, other: string): string | undefined => {
  const [before, after] = [endingOf(base), endingOf(side)]
  const isWhole = (before === "lf" && after === "crlf") || (before === "crlf" && after === "lf")
  if (!isWhole || toLf(base) !== toLf(side)) return undefined
  return after === "lf" ? toLf(other) : other.replaceAll(/(?<!\r)\n/g, "\r\n")
}

/** The merge where a side changed line endings only; `undefined` where none did. */
export const mergeEndings = ({ base, ours, theirs }: Three<string>): string | undefined =>
  base.includes("\r\n") || ours.includes("\r\n") || theirs.includes("\r\n")
    ? reended(base, ours, theirs) ?? reended(base, theirs, ours)
    : undefined
