/**
 * What a structured file format can do for a merge: read a text as a value, and change a text so that it holds another.
 *
 * A text that a format cannot read for certain is no value to it, and then merges as text. What a format writes is read
 * again before anybody trusts it, so that a format may decline, and need not be right in every corner.
 */
import { diffLines } from "./LineDiff.ts"
import { type Value, valueText } from "./Value.ts"

/** A format of structured files. */
export interface FileFormat {
  readonly name: "json" | "yaml" | "toml"
  /** The value of a text; `undefined` where it is none, or ambiguous. */
  readonly parse: (text: string) => Value | undefined
  /** Ours so that it holds a value; what is new is taken as theirs writes it, where that can be. */
  readonly write: (sides: Written, value: Value) => string | undefined
  /** The comments of a text, with their signs. */
  readonly comments: (text: string) => ReadonlyArray<string>
}

/** The texts that a merged file is written from. */
export interface Written {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

/** A step that turns one list into another: keep an element or replace it by another, drop it, or insert one. */
export type ListStep =
  | { readonly _tag: "keep"; readonly from: number; readonly to: number }
  | { readonly _tag: "drop"; readonly from: number }
  | { readonly _tag: "insert"; readonly at: number; readonly to: number }

/** The steps from one list to another, the last first, so that indices before a step stay what they are. */
export const listSteps = (before: ReadonlyArray<Value>, after: ReadonlyArray<Value>): ReadonlyArray<ListStep> => {
  const numbers = new Map<string, number>()
  const numberOf = (value: Value): number => {
    const text = valueText(value)
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  const [was, is] = [Int32Array.from(before, numberOf), Int32Array.from(after, numberOf)]
  const steps: Array<ListStep> = []
  let [from, to] = [0, 0]
  const keepUntil = (end: number): void => {
    while (from < end) steps.push({ _tag: "keep", from: from++, to: to++ })
  }
  for (const hunk of diffLines(was, is, numbers.size)) {
    keepUntil(hunk.baseStart)
    while (from < hunk.baseEnd && to < hunk.sideEnd) steps.push({ _tag: "keep", from: from++, to: to++ })
    while (from < hunk.baseEnd) steps.push({ _tag: "drop", from: from++ })
    while (to < hunk.sideEnd) steps.push({ _tag: "insert", at: from, to: to++ })
  }
  keepUntil(before.length)
  return steps.toReversed()
}

const countOf = (comments: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const comment of comments) counts.set(comment.trim(), (counts.get(comment.trim()) ?? 0) + 1)
  return counts
}

/** Tells whether a result has every comment that a side added, or that neither took away. */
export const keepsComments = (format: FileFormat, sides: Written, result: string): boolean => {
  const [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map((text) => countOf(format.comments(text)))
  const kept = countOf(format.comments(result))
  return [...new Set([...ours?.keys() ?? [], ...theirs?.keys() ?? []])].every((comment) => {
    const [was, mine, other] = [base, ours, theirs].map((counts) => counts?.get(comment) ?? 0) as [
      number,
      number,
      number
    ]
    const wanted = mine > was && other > was ? Math.max(mine, other) : mine + other - was
    return (kept.get(comment) ?? 0) >= wanted
  })
}
