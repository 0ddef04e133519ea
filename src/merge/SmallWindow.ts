/**
 * Compares small windows with node-diff3, which is right on them and unusable on large ones.
 *
 * It is handed numbers only: of objects it would compare the strings, and lose edits. Only its comparison is used, not
 * its merge, because where a group of lines goes is decided afterwards, and its merge cannot be told.
 */
import { diffIndices } from "node-diff3"
import { Limits } from "../domain/Limits.ts"
import type { LineRange } from "./Lines.ts"

/** A stretch of the base against a stretch of a side. */
export interface Window {
  readonly base: LineRange
  readonly side: LineRange
}

/** Tells whether a window may go to node-diff3. */
export const isSmall = ({ base, side }: Window): boolean =>
  base.end - base.start <= Limits.mergeWindowLinesMax && side.end - side.start <= Limits.mergeWindowLinesMax

/** Calls back with the stretches of a window that differ. */
export const compareSmall = (
  base: Int32Array,
  side: Int32Array,
  window: Window,
  changed: (window: Window) => void
): void => {
  const before = Array.from(base.subarray(window.base.start, window.base.end))
  const after = Array.from(side.subarray(window.side.start, window.side.end))
  for (const { buffer1: [baseAt, baseLength], buffer2: [sideAt, sideLength] } of diffIndices(before, after)) {
    const baseStart = window.base.start + baseAt
    const sideStart = window.side.start + sideAt
    changed({
      base: { start: baseStart, end: baseStart + baseLength },
      side: { start: sideStart, end: sideStart + sideLength }
    })
  }
}
