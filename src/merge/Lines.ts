/**
 * A text as lines that keep their terminators, and three of them as numbers.
 *
 * Only LF ends a line, as in git; CRLF is an LF with one more character before it. Nothing is copied: a line is two
 * offsets into its text, so that ten megabytes stay ten megabytes. Interning makes equal lines equal numbers, because
 * everything that follows compares lines over and over.
 */

/** A text and where its lines start; `starts[count]` is its length. */
export interface Lines {
  readonly text: string
  readonly starts: Int32Array
  readonly count: number
}

/** Lines by number, from `start` up to and without `end`. */
export interface LineRange {
  readonly start: number
  readonly end: number
}

/** The same lines as numbers below `size`: equal numbers are equal lines, in all texts interned together. */
export interface Interned {
  readonly ids: ReadonlyArray<Int32Array>
  readonly size: number
}

const countLines = (text: string): number => {
  let count = 0
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++
  return text.length > 0 && !text.endsWith("\n") ? count + 1 : count
}

/** Finds the lines of a text. */
export const linesOf = (text: string): Lines => {
  const count = countLines(text)
  const starts = new Int32Array(count + 1)
  let at = 0
  for (let line = 1; line < count; line++) {
    at = text.indexOf("\n", at) + 1
    starts[line] = at
  }
  starts[count] = text.length
  return { text, starts, count }
}

/** The text of some lines. */
export const textOf = ({ text, starts }: Lines, { start, end }: LineRange): string =>
  text.slice(starts[start], starts[end])

/** How many lines a range has. */
export const lengthOf = ({ start, end }: LineRange): number => end - start

/** What is known of lines while texts are numbered. */
interface Known {
  readonly ids: Map<string, number>
  /** The lines of the first text, and their numbers. */
  readonly first: ReadonlyArray<string>
  readonly firstIds: Int32Array
  /** Where in the first text a number stands, if it does so once. */
  readonly places: ReadonlyArray<number | undefined>
}

const numberOf = (ids: Map<string, number>, content: string): number => {
  const number = ids.get(content) ?? ids.size
  if (number === ids.size) ids.set(content, number)
  return number
}

const learn = (lines: Lines): Known => {
  const ids = new Map<string, number>()
  const first: Array<string> = []
  const firstIds = new Int32Array(lines.count)
  const places: Array<number | undefined> = []
  for (let at = 0; at < lines.count; at++) {
    const content = textOf(lines, { start: at, end: at + 1 })
    const id = numberOf(ids, content)
    first.push(content)
    firstIds[at] = id
    places[id] = id === places.length ? at : undefined
  }
  return { ids, first, firstIds, places }
}

/** Expects the line that follows the last one in the first text, and looks a line up only where that is not so. */
const internLike = ({ ids, first, firstIds, places }: Known, { text, starts, count }: Lines): Int32Array => {
  const numbers = new Int32Array(count)
  let expected = 0
  for (let line = 0; line < count; line++) {
    const start = starts[line] ?? 0
    const end = starts[line + 1] ?? 0
    const likely = first[expected]
    if (likely?.length === end - start && text.startsWith(likely, start)) numbers[line] = firstIds[expected] ?? 0
    else {
      const number = numberOf(ids, text.slice(start, end))
      numbers[line] = number
      expected = places[number] ?? expected
    }
    expected++
  }
  return numbers
}

/** Numbers the lines of several texts; quick where the others resemble the first. */
export const intern = ([first, ...others]: readonly [Lines, ...ReadonlyArray<Lines>]): Interned => {
  const known = learn(first)
  return { ids: [known.firstIds, ...others.map((lines) => internLike(known, lines))], size: known.ids.size }
}
