/**
 * Three texts line by line beside each other: lines of base against what each side made of them, word by word.
 */
import { diffLines } from "./LineDiff.ts"
import type { Hunk } from "./Marks.ts"

/** A piece of a line: the same on the other side, or not. */
export interface Word {
  readonly text: string
  readonly isChanged: boolean
}

/** A line of one column; `sign` tells a line that is new or gone as a whole from one that changed inside. */
export interface Cell {
  readonly sign: " " | "+" | "-" | "~"
  readonly words: ReadonlyArray<Word>
}

/** Lines beside each other; `undefined` where a column has none. */
export interface SideRow {
  readonly base: Cell | undefined
  readonly ours: Cell | undefined
  readonly theirs: Cell | undefined
}

const wordsIn = (line: string): ReadonlyArray<string> => line.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []

const numbered = (before: ReadonlyArray<string>, after: ReadonlyArray<string>) => {
  const numbers = new Map<string, number>()
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  const [was, is] = [Int32Array.from(before, numberOf), Int32Array.from(after, numberOf)]
  return diffLines(was, is, numbers.size)
}

/** Neighbours of one kind become one piece. */
const joined = (words: ReadonlyArray<Word>): ReadonlyArray<Word> => {
  const pieces: Array<Word> = []
  for (const word of words) {
    const last = pieces.at(-1)
    if (last?.isChanged === word.isChanged) pieces[pieces.length - 1] = { ...word, text: last.text + word.text }
    else pieces.push(word)
  }
  return pieces
}

/** Blanks between two changed words count as changed, so that they are marked as one. */
const marked = (words: ReadonlyArray<string>, isChanged: (at: number) => boolean): ReadonlyArray<Word> => {
  const isBlank = (text: string, at: number): boolean => text.trim() === "" && isChanged(at - 1) && isChanged(at + 1)
  return joined(words.map((text, at) => ({ text, isChanged: isChanged(at) || isBlank(text, at) })))
}

const within = (at: number, hunks: ReadonlyArray<Hunk>, of: "base" | "side"): boolean =>
  hunks.some((hunk) => at >= hunk[`${of}Start`] && at < hunk[`${of}End`])

/** What changed between two lines, by words. */
export const changedWords = (
  before: string,
  after: string
): { readonly before: ReadonlyArray<Word>; readonly after: ReadonlyArray<Word> } => {
  const [was, is] = [wordsIn(before), wordsIn(after)]
  const hunks = numbered(was, is)
  return {
    before: marked(was, (at) => within(at, hunks, "base")),
    after: marked(is, (at) => within(at, hunks, "side"))
  }
}

const plain = (sign: Cell["sign"], text: string): Cell => ({ sign, words: [{ text, isChanged: false }] })

/** What a side made of each line of base, and what it put before each. */
interface Laid {
  readonly at: ReadonlyArray<string | undefined>
  readonly before: ReadonlyArray<ReadonlyArray<string>>
}

const lay = (base: ReadonlyArray<string>, side: ReadonlyArray<string>): Laid => {
  const at: Array<string | undefined> = []
  const before: Array<ReadonlyArray<string>> = Array.from({ length: base.length + 1 }, () => [])
  let next = 0
  for (const { baseStart, baseEnd, sideStart, sideEnd } of numbered(base, side)) {
    while (at.length < baseStart) at.push(side[next++])
    next = sideStart
    while (at.length < baseEnd) at.push(next < sideEnd ? side[next++] : undefined)
    before[baseEnd] = side.slice(next, sideEnd)
    next = sideEnd
  }
  while (at.length < base.length) at.push(side[next++])
  return { at, before }
}

const sideCell = (base: string, side: string | undefined): Cell | undefined => {
  if (side === undefined || side === base) return side === undefined ? undefined : plain(" ", side)
  return { sign: "~", words: changedWords(base, side).after }
}

const baseCell = (base: string, ours: string | undefined, theirs: string | undefined): Cell => {
  if (ours === undefined && theirs === undefined) return plain("-", base)
  const gone = [ours, theirs].flatMap((side) =>
    side === undefined || side === base ? [] : [changedWords(base, side).before]
  )
  const sign = ours === undefined || theirs === undefined ? "-" : gone.length > 0 ? "~" : " "
  const words = wordsIn(base)
  const changed = gone.map((pieces) => pieces.flatMap(({ text, isChanged }) => wordsIn(text).map(() => isChanged)))
  return { sign, words: marked(words, (at) => changed.some((flags) => flags[at] === true)) }
}

/** Lines of two texts beside each other; `undefined` where one has none. */
export interface PairRow {
  readonly before: Cell | undefined
  readonly after: Cell | undefined
}

/** Lays two texts, as lines, beside each other. */
export const inPairs = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<PairRow> =>
  sideBySide({ base: before, ours: after, theirs: before }).flatMap(({ base, ours }) =>
    base === undefined && ours === undefined ? [] : [{ before: base, after: ours }]
  )

/** Lays three texts, as lines, beside each other. */
export const sideBySide = (
  { base, ours, theirs }: {
    readonly base: ReadonlyArray<string>
    readonly ours: ReadonlyArray<string>
    readonly theirs: ReadonlyArray<string>
  }
): ReadonlyArray<SideRow> => {
  const [mine, other] = [lay(base, ours), lay(base, theirs)]
  const rows: Array<SideRow> = []
  const addBefore = (at: number): void => {
    const [left, right] = [mine.before[at] ?? [], other.before[at] ?? []]
    for (let line = 0; line < Math.max(left.length, right.length); line++) {
      const cell = (text: string | undefined): Cell | undefined => text === undefined ? undefined : plain("+", text)
      rows.push({ base: undefined, ours: cell(left[line]), theirs: cell(right[line]) })
    }
  }
  for (const [at, line] of base.entries()) {
    addBefore(at)
    rows.push({
      base: baseCell(line, mine.at[at], other.at[at]),
      ours: sideCell(line, mine.at[at]),
      theirs: sideCell(line, other.at[at])
    })
  }
  addBefore(base.length)
  return rows
}
