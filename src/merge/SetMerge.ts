/**
 * Merges lists without order or duplicates: what all three have stays, what either side adds comes. No two sides can
 * disagree about a set.
 */
import type { Asked } from "./KeyedMerge.ts"
import { type Merged, type Place, settled, takeChanged } from "./Node.ts"
import { type Value, valueText } from "./Value.ts"

/** The elements by their canonical text. */
const byText = ({ terms, path }: Place, items: ReadonlyArray<Value>): ReadonlyMap<string, Value> => {
  const element = [...path, "*"]
  return new Map(items.map((item) => [valueText(terms.form(element, item)), item]))
}

/** Stays what all three have; comes what either side adds. */
export const mergeSet = ({ place, sides, lists }: Asked): Merged => {
  const taken = takeChanged(place, sides)
  if (taken !== undefined) return taken
  const base = byText(place, lists.base)
  const ours = byText(place, lists.ours)
  const theirs = byText(place, lists.theirs)
  const stays = [...ours].filter(([text]) => theirs.has(text) || !base.has(text))
  const comes = [...theirs].filter(([text]) => !ours.has(text) && !base.has(text))
  return settled([...stays, ...comes].map(([, item]) => item))
}
