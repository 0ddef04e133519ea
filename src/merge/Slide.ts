/**
 * Slides groups of changed lines to where people and git put them.
 *
 * An inserted block that ends as the line before it ends could as well have been inserted one line higher: which of
 * those places a search finds is chance, and whether the edits of two sides touch hangs on it. So each group moves as
 * far down as it can, taking in the groups it meets; but where the other text has a change at a place on the way, it
 * stays at the last such place, since a line replaced reads better than one removed here and another added there.
 */
import { Limits } from "../domain/Limits.ts"
import type { Marks } from "./Marks.ts"

interface Group {
  start: number
  end: number
  /** Common lines before it: groups of both texts that have the same number before them are at the same place. */
  place: number
}

/** What remains to be slid, so that periodic texts do not cost their square. */
interface Budget {
  left: number
}

const groupsOf = (marks: Uint8Array): Array<Group> => {
  const groups: Array<Group> = []
  let place = 0
  for (let at = 0; at < marks.length; at++) {
    if (marks[at] !== 1) {
      place++
      continue
    }
    const start = at
    while (marks[at + 1] === 1) at++
    groups.push({ start, end: at + 1, place })
  }
  return groups
}

const move = (group: Group, by: number): void => {
  group.start += by
  group.end += by
  group.place += by
}

/** Up as far as it goes; what it meets is taken in and leaves `settled`. */
const slideUp = (ids: Int32Array, group: Group, settled: Array<Group>, budget: Budget): void => {
  while (group.start > 0 && ids[group.start - 1] === ids[group.end - 1] && budget.left > 0) {
    budget.left--
    move(group, -1)
    const before = settled.at(-1)
    if (before?.end !== group.start) continue
    group.start = before.start
    settled.pop()
  }
}

/** Down as far as it goes; what it meets is taken in and leaves `coming`, which is in reverse. Tells the last place
 * on the way at which the other text changes, too. */
const slideDown = (
  ids: Int32Array,
  group: Group,
  coming: Array<Group>,
  context: { readonly others: Uint8Array; readonly budget: Budget }
): number => {
  const { others, budget } = context
  let aligned = others[group.place] === 1 ? group.place : -1
  while (group.end < ids.length && ids[group.start] === ids[group.end] && budget.left > 0) {
    budget.left--
    move(group, 1)
    const after = coming.at(-1)
    if (after?.start === group.end) {
      group.end = after.end
      coming.pop()
    }
    if (others[group.place] === 1) aligned = group.place
  }
  return aligned
}

const slideGroup = (
  ids: Int32Array,
  group: Group,
  around: { readonly settled: Array<Group>; readonly coming: Array<Group> },
  context: { readonly others: Uint8Array; readonly budget: Budget }
): void => {
  let size = 0
  let aligned = -1
  while (size !== group.end - group.start) {
    size = group.end - group.start
    slideUp(ids, group, around.settled, context.budget)
    aligned = slideDown(ids, group, around.coming, context)
  }
  if (aligned >= 0) move(group, aligned - group.place)
}

const slideText = (ids: Int32Array, marks: Uint8Array, other: Uint8Array): void => {
  const others = new Uint8Array(Math.max(ids.length, other.length) + 1)
  for (const { place } of groupsOf(other)) others[place] = 1
  const coming = groupsOf(marks).toReversed()
  const settled: Array<Group> = []
  const context = { others, budget: { left: Limits.mergeSlidesPerLine * ids.length } }
  for (let group = coming.pop(); group !== undefined; group = coming.pop()) {
    slideGroup(ids, group, { settled, coming }, context)
    settled.push(group)
  }
  marks.fill(0)
  for (const { start, end } of settled) marks.fill(1, start, end)
}

/** Slides the groups of both texts, the base first. */
export const slide = (base: Int32Array, side: Int32Array, marks: Marks): void => {
  slideText(base, marks.base, marks.side)
  slideText(side, marks.side, marks.base)
}
