/**
 * What one side did to the base, as hunks of lines.
 *
 * Common ends are cut off, lines without a partner set aside, what remains is compared (small windows by node-diff3,
 * large ones by a search whose cost is bounded), and the groups of changed lines slide to where git puts them too.
 * Every pairing it answers with is of equal lines in their order, whatever bound was hit.
 */
import { comparable, type Kept } from "./Comparable.ts"
import { type Hunk, hunksOf, type Marks, noMarks } from "./Marks.ts"
import { cut, type Search, searchOver } from "./Search.ts"
import { slide } from "./Slide.ts"
import { compareSmall, isSmall, type Window } from "./SmallWindow.ts"

/** Without the lines that its ends have in common. */
const trim = (base: Int32Array, side: Int32Array, window: Window): Window => {
  let { start: top, end: bottom } = window.base
  let { start: left, end: right } = window.side
  while (top < bottom && left < right && base[top] === side[left]) {
    top++
    left++
  }
  while (top < bottom && left < right && base[bottom - 1] === side[right - 1]) {
    bottom--
    right--
  }
  return { base: { start: top, end: bottom }, side: { start: left, end: right } }
}

const wholeOf = (base: Int32Array, side: Int32Array): Window => ({
  base: { start: 0, end: base.length },
  side: { start: 0, end: side.length }
})

const markKept =
  (kept: { readonly base: Kept; readonly side: Kept }, marks: Marks) => ({ base, side }: Window): void => {
    for (let at = base.start; at < base.end; at++) marks.base[kept.base.lines[at] ?? 0] = 1
    for (let at = side.start; at < side.end; at++) marks.side[kept.side.lines[at] ?? 0] = 1
  }

const isOneSided = ({ base, side }: Window): boolean => base.start === base.end || side.start === side.end

/** Cuts a window until its parts have nothing in common; parts wait on a stack, the first on top. */
const searchWindow = (search: Search, window: Window, changed: (window: Window) => void): void => {
  const waiting = [window]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { base, side } = trim(search.base, search.side, next)
    const point = isOneSided({ base, side }) ? undefined : cut(search, { base, side })
    if (point === undefined) {
      changed({ base, side })
      continue
    }
    waiting.push({ base: { start: point.base, end: base.end }, side: { start: point.side, end: side.end } })
    waiting.push({ base: { start: base.start, end: point.base }, side: { start: side.start, end: point.side } })
  }
}

/** Compares a side with the base, both as lines interned below `size`. */
export const diffLines = (base: Int32Array, side: Int32Array, size: number): ReadonlyArray<Hunk> => {
  const marks = noMarks(base.length, side.length)
  const window = trim(base, side, wholeOf(base, side))
  const kept = comparable({ base, side, size }, window, marks)
  const rest = wholeOf(kept.base.ids, kept.side.ids)
  const changed = markKept(kept, marks)
  if (isOneSided(rest)) changed(rest)
  else if (isSmall(rest)) compareSmall(kept.base.ids, kept.side.ids, rest, changed)
  else searchWindow(searchOver(kept.base.ids, kept.side.ids), rest, changed)
  slide(base, side, marks)
  return hunksOf(marks)
}
