/**
 * Which lines of two texts have no partner in the other: what a comparison finds out, line by line.
 *
 * Lines without a mark pair up in their order, so that there are as many of them on both sides. Hunks are another way
 * to read the same marks. The arrays are filled in place while one comparison runs, and then only read.
 */

/** For each line of two texts: 1 where it is changed. */
export interface Marks {
  readonly base: Uint8Array
  readonly side: Uint8Array
}

/** Lines of the base that became lines of a side; one of the two may be empty, not both. */
export interface Hunk {
  readonly baseStart: number
  readonly baseEnd: number
  readonly sideStart: number
  readonly sideEnd: number
}

/** Marks for two texts that have everything in common. */
export const noMarks = (baseLines: number, sideLines: number): Marks => ({
  base: new Uint8Array(baseLines),
  side: new Uint8Array(sideLines)
})

/** Where a run of marked lines that starts here ends. */
const runEnd = (marks: Uint8Array, start: number): number => {
  let end = start
  while (marks[end] === 1) end++
  return end
}

/** The hunks that marks stand for, first to last; between two of them lies at least one common line. */
export const hunksOf = ({ base, side }: Marks): ReadonlyArray<Hunk> => {
  const hunks: Array<Hunk> = []
  let baseStart = 0
  let sideStart = 0
  while (baseStart < base.length || sideStart < side.length) {
    const baseEnd = runEnd(base, baseStart)
    const sideEnd = runEnd(side, sideStart)
    if (baseEnd > baseStart || sideEnd > sideStart) hunks.push({ baseStart, baseEnd, sideStart, sideEnd })
    baseStart = baseEnd + 1
    sideStart = sideEnd + 1
  }
  return hunks
}
