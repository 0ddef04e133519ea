/**
 * Lays what two sides did to one base side by side: stretches that nobody, one side or both changed.
 *
 * Hunks that share base lines or touch without a line between them are one region, as in git: whether they can both be
 * had is not for a program to say. It is a conflict unless both sides made the same of it.
 */
import type { LineRange } from "./Lines.ts"
import type { Hunk } from "./Marks.ts"

/** A stretch of all three texts, and whose lines belong there. */
export interface Region {
  readonly from: "base" | "ours" | "theirs" | "both" | "conflict"
  readonly base: LineRange
  readonly ours: LineRange
  readonly theirs: LineRange
  /** Whether both sides changed lines next to each other only, none that the other changed. */
  readonly isTouching: boolean
}

/** What two sides did, and whether two stretches of theirs hold the same lines. */
export interface Changes {
  readonly baseLines: number
  readonly ours: ReadonlyArray<Hunk>
  readonly theirs: ReadonlyArray<Hunk>
  readonly same: (ours: LineRange, theirs: LineRange) => boolean
}

/** The hunks of one side: which comes next, and how far its lines are off those of the base. */
interface Side {
  readonly hunks: ReadonlyArray<Hunk>
  next: number
  shift: number
}

const takeUntil = (side: Side, end: number): number => {
  const hunk = side.hunks[side.next]
  if (hunk === undefined || hunk.baseStart > end) return -1
  side.next++
  return Math.max(end, hunk.baseEnd)
}

/** Takes in every hunk that the region reaches; answers with its end in the base. */
const gather = (ours: Side, theirs: Side, start: number): number => {
  let end = start
  for (;;) {
    const further = Math.max(takeUntil(ours, end), takeUntil(theirs, end))
    if (further < 0) return end
    end = further
  }
}

/** The lines of a side that stand for some of the base, given the hunks among them. */
const standIn = (side: Side, first: number, base: LineRange): LineRange => {
  const start = base.start + side.shift
  for (const hunk of side.hunks.slice(first, side.next)) {
    side.shift += hunk.sideEnd - hunk.sideStart - hunk.baseEnd + hunk.baseStart
  }
  return { start, end: base.end + side.shift }
}

const overlap = (a: Hunk, b: Hunk): boolean =>
  a.baseStart === b.baseStart
    ? a.baseEnd === b.baseEnd || (a.baseStart < a.baseEnd && b.baseStart < b.baseEnd)
    : a.baseStart < b.baseEnd && b.baseStart < a.baseEnd

/** Tells whether no base line is changed by both, and they do not both add at one place. */
const onlyTouch = (ours: ReadonlyArray<Hunk>, theirs: ReadonlyArray<Hunk>): boolean => {
  let [mine, other] = [0, 0]
  for (;;) {
    const [a, b] = [ours[mine], theirs[other]]
    if (a === undefined || b === undefined) return true
    if (overlap(a, b)) return false
    if (a.baseEnd <= b.baseEnd) mine++
    else other++
  }
}

const untouched = (base: LineRange, ours: Side, theirs: Side): Region => ({
  from: "base",
  base,
  ours: { start: base.start + ours.shift, end: base.end + ours.shift },
  theirs: { start: base.start + theirs.shift, end: base.end + theirs.shift },
  isTouching: false
})

const changed = (changes: Changes, sides: { readonly ours: Side; readonly theirs: Side }, start: number): Region => {
  const [firstOurs, firstTheirs] = [sides.ours.next, sides.theirs.next]
  const base = { start, end: gather(sides.ours, sides.theirs, start) }
  const ours = standIn(sides.ours, firstOurs, base)
  const theirs = standIn(sides.theirs, firstTheirs, base)
  const at = { base, ours, theirs, isTouching: false }
  if (sides.theirs.next === firstTheirs) return { from: "ours", ...at }
  if (sides.ours.next === firstOurs) return { from: "theirs", ...at }
  if (changes.same(ours, theirs)) return { from: "both", ...at }
  const isTouching = onlyTouch(
    changes.ours.slice(firstOurs, sides.ours.next),
    changes.theirs.slice(firstTheirs, sides.theirs.next)
  )
  return { from: "conflict", ...at, isTouching }
}

/** The regions of a merge, first to last; together they cover all three texts. */
export const regionsOf = (changes: Changes): ReadonlyArray<Region> => {
  const ours: Side = { hunks: changes.ours, next: 0, shift: 0 }
  const theirs: Side = { hunks: changes.theirs, next: 0, shift: 0 }
  const regions: Array<Region> = []
  let done = 0
  for (;;) {
    const [a, b] = [ours.hunks[ours.next]?.baseStart, theirs.hunks[theirs.next]?.baseStart]
    const start = Math.min(a ?? changes.baseLines, b ?? changes.baseLines)
    if (start > done) regions.push(untouched({ start: done, end: start }, ours, theirs))
    if (a === undefined && b === undefined) return regions
    const region = changed(changes, { ours, theirs }, start)
    regions.push(region)
    done = region.base.end
  }
}
