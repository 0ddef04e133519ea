/**
 * Finds the differences of large windows in linear space: Myers, "An O(ND) Difference Algorithm and Its Variations",
 * Algorithmica 1 (1986), section 4b.
 *
 * Two searches, from the start and from the end, go one edit farther in turn until they meet; the window is cut there
 * and both parts are searched again. A search that needs too many edits is cut at the farthest point reached instead,
 * and once the steps for a whole text are used up, what is left counts as changed. So the cost is bounded on any input,
 * and a bound that is hit makes more lines changed, never fewer.
 */
import { Limits } from "../domain/Limits.ts"
import type { Window } from "./SmallWindow.ts"

/** How far a search has come on each diagonal (base line minus side line) between two bounds. */
interface Front {
  readonly reach: Int32Array
  low: number
  high: number
}

/** The search of one text: its lines and the memory that all its windows share. */
export interface Search {
  readonly base: Int32Array
  readonly side: Int32Array
  readonly forward: Front
  readonly backward: Front
  /** Where diagonal 0 is in `reach`. */
  readonly origin: number
  stepsLeft: number
}

/** A window as plain numbers, for the loops. */
interface Box {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

const nowhere = Number.MIN_SAFE_INTEGER
const unreached = 0x7fffffff

/** Prepares a search; the steps it may take grow with the texts. */
export const searchOver = (base: Int32Array, side: Int32Array): Search => {
  const diagonals = base.length + side.length + 3
  return {
    base,
    side,
    forward: { reach: new Int32Array(diagonals), low: 0, high: 0 },
    backward: { reach: new Int32Array(diagonals), low: 0, high: 0 },
    origin: side.length + 1,
    stepsLeft: Math.min(Limits.mergeStepsPerLine * diagonals, Limits.mergeStepsMax)
  }
}

/** A line of a window that is surely inside; the loops stay within their bounds. */
const at = (numbers: Int32Array, index: number): number => numbers[index] as number

/** One more edit opens one more diagonal on either end, unless the window ends there. */
const widen = (front: Front, { top, bottom, left, right }: Box, context: { origin: number; outside: number }): void => {
  const { origin, outside } = context
  if (front.low > top - right) front.reach[origin + --front.low - 1] = outside
  else front.low++
  if (front.high < bottom - left) front.reach[origin + ++front.high + 1] = outside
  else front.high--
}

/** Goes one edit farther from the start; answers with the diagonal on which it meets the other search. */
const stepForward = (search: Search, box: Box, canMeet: boolean): number => {
  const { base, side, origin, forward: { reach, low, high }, backward } = search
  const { bottom, right } = box
  for (let diagonal = high; diagonal >= low; diagonal -= 2) {
    const index = origin + diagonal
    const start = Math.max(at(reach, index - 1) + 1, at(reach, index + 1))
    let line = start
    while (line < bottom && line - diagonal < right && base[line] === side[line - diagonal]) line++
    reach[index] = line
    search.stepsLeft -= line - start + 1
    const isMet = canMeet && backward.low <= diagonal && diagonal <= backward.high
    if (isMet && at(backward.reach, index) <= line) return diagonal
  }
  return nowhere
}

/** Goes one edit farther from the end. */
const stepBackward = (search: Search, box: Box, canMeet: boolean): number => {
  const { base, side, origin, forward, backward: { reach, low, high } } = search
  const { top, left } = box
  for (let diagonal = high; diagonal >= low; diagonal -= 2) {
    const index = origin + diagonal
    const start = Math.min(at(reach, index - 1), at(reach, index + 1) - 1)
    let line = start
    while (line > top && line - diagonal > left && base[line - 1] === side[line - diagonal - 1]) line--
    reach[index] = line
    search.stepsLeft -= start - line + 1
    const isMet = canMeet && forward.low <= diagonal && diagonal <= forward.high
    if (isMet && line <= at(forward.reach, index)) return diagonal
  }
  return nowhere
}

interface Point {
  readonly base: number
  readonly side: number
}

const farthestForward = ({ forward: { reach, low, high }, origin }: Search, { bottom, right }: Box): Point => {
  let best: Point = { base: -1, side: 0 }
  for (let diagonal = high; diagonal >= low; diagonal -= 2) {
    const line = Math.min(at(reach, origin + diagonal), bottom, right + diagonal)
    if (2 * line - diagonal > best.base + best.side) best = { base: line, side: line - diagonal }
  }
  return best
}

const farthestBackward = ({ backward: { reach, low, high }, origin }: Search, { top, left }: Box): Point => {
  let best: Point = { base: unreached, side: 0 }
  for (let diagonal = high; diagonal >= low; diagonal -= 2) {
    const line = Math.max(at(reach, origin + diagonal), top, left + diagonal)
    if (2 * line - diagonal < best.base + best.side) best = { base: line, side: line - diagonal }
  }
  return best
}

/** The point that whichever search came farther has reached. */
const farthest = (search: Search, box: Box): Point => {
  const forward = farthestForward(search, box)
  const backward = farthestBackward(search, box)
  const gone = forward.base + forward.side - box.top - box.left
  return box.bottom + box.right - backward.base - backward.side < gone ? forward : backward
}

/** Where to cut a window whose ends differ, or `undefined` when no steps are left. */
export const cut = (search: Search, { base, side }: Window): Point | undefined => {
  const box: Box = { top: base.start, bottom: base.end, left: side.start, right: side.end }
  const { origin, forward, backward } = search
  const first = box.top - box.left
  const last = box.bottom - box.right
  const isOdd = ((first - last) & 1) !== 0
  forward.low = forward.high = first
  backward.low = backward.high = last
  forward.reach[origin + first] = box.top
  backward.reach[origin + last] = box.bottom
  for (let edits = 1; search.stepsLeft > 0; edits++) {
    widen(forward, box, { origin, outside: -1 })
    const ahead = stepForward(search, box, isOdd)
    if (ahead !== nowhere) return pointOn(forward, ahead, origin)
    widen(backward, box, { origin, outside: unreached })
    const behind = stepBackward(search, box, !isOdd)
    if (behind !== nowhere) return pointOn(backward, behind, origin)
    if (edits >= Limits.mergeSearchEditsMax) return farthest(search, box)
  }
  return undefined
}

const pointOn = ({ reach }: Front, diagonal: number, origin: number): Point => {
  const base = at(reach, origin + diagonal)
  return { base, side: base - diagonal }
}
