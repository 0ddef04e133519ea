/**
 * Merges of JSON texts, told in one line, for tables.
 */
import { type DocumentRules, mergeDocument, parseJson, printJson, type Value } from "../../src/merge/Merge.ts"

/** A merge and what is said of it; an empty text stands for an absent document. */
export type Row = readonly [fact: string, base: string, ours: string, theirs: string, result: string]

const read = (text: string): Value | undefined => text === "" ? undefined : parseJson(text)

export const merged = (rules: DocumentRules, base: string, ours: string, theirs: string) =>
  mergeDocument({ base: read(base), ours: read(ours), theirs: read(theirs) }, rules)

/** The document, or its conflicts, and the notes behind. */
export const said = (rules: DocumentRules, [base, ours, theirs]: readonly [string, string, string]): string => {
  const merge = merged(rules, base, ours, theirs)
  const notes = merge.notes.map(({ kind, path, severity }) => ` (${severity} ${kind} ${path})`).join("")
  if (merge._tag === "merged") return (merge.document === undefined ? "absent" : printJson(merge.document)) + notes
  return merge.conflicts.map(({ kind, path }) => `${kind} ${path}`).join(", ") + notes
}
