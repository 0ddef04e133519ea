/**
 * Lists of files that nobody declared a way for, where the texts merge cleanly.
 *
 * A document would report them as conflicts, since a list without a way merges as a whole. In a file, lines around the
 * elements tell them apart as well as in any other text; so the text is taken there, and only there, with a warning.
 */
import { parsePointer } from "../domain/Pointer.ts"
import { fill } from "./Draft.ts"
import type { DocumentConflicts } from "./Resolve.ts"
import { type DocumentRules, plainTerms } from "./Terms.ts"
import { isList, isMembers, sameSpelled, type Value } from "./Value.ts"

const memberAt = (value: Value | undefined, path: ReadonlyArray<string>): Value | undefined =>
  path.reduce<Value | undefined>(
    (at, key) => isMembers(at) && Object.hasOwn(at, key) ? at[key] : undefined,
    value
  )

/** Tells whether a text merged to what the documents say, but for lists without a way. */
export const agreesOutsideLists = (
  { conflicts, draft }: DocumentConflicts,
  rules: DocumentRules,
  read: Value | undefined
): boolean => {
  if (read === undefined) return false
  const terms = plainTerms(rules)
  const areLists = conflicts.every(({ path, base, ours, theirs }) =>
    terms.wayAt(parsePointer(path)) === undefined && [base, ours, theirs].every(isList) &&
    isList(memberAt(read, parsePointer(path)))
  )
  if (!areLists) return false
  const filled = fill(draft, {
    hole: (number) => ({ value: memberAt(read, parsePointer(conflicts[number]?.path ?? "")) }),
    gap: () => undefined,
    slot: () => undefined
  })
  return filled._tag === "value" && sameSpelled(filled.value, read)
}
