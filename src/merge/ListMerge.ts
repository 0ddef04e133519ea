/**
 * How lists merge: one way per list, chosen by its path, from a table.
 *
 * Without a way a list is atomic, since position alone does not tell which element is which.
 */
import { type Asked, mergeKeyed } from "./KeyedMerge.ts"
import { type Merged, mergeWhole } from "./Node.ts"
import { mergeSequence } from "./SequenceMerge.ts"
import { mergeSet } from "./SetMerge.ts"

/** Merges a list by its way. */
export const mergeList = (asked: Asked): Merged => {
  const way = asked.place.terms.wayAt(asked.place.path) ?? "atomic"
  switch (way) {
    case "atomic":
    case "text":
      return mergeWhole(asked.place, asked.sides)
    case "set":
      return mergeSet(asked)
    case "sequence":
      return mergeSequence(asked)
    default:
      return mergeKeyed(asked, way)
  }
}
