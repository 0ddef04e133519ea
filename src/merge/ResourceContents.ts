/**
 * What versions of a resource hold, and how it merges: documents of a kind, of which only what is the user's counts.
 */
import { canonical, same } from "../domain/Canonical.ts"
import type { Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { DocumentConflict } from "./Draft.ts"
import { areRelated, changedPlaces, withPlaces } from "./Places.ts"
import type { DocumentConflicts } from "./Resolve.ts"
import type { Contents } from "./Revert.ts"
import { mergeOfKind } from "./Structure.ts"
import { type DocumentRules, keyed } from "./Terms.ts"
import { isMembers, type Value } from "./Value.ts"

/** A merge of documents of a kind, as versions merge. */
export type ResourceContentMerge =
  | { readonly _tag: "merged"; readonly content: Document | undefined; readonly notes: ReadonlyArray<DocumentConflict> }
  | DocumentConflicts

const asDocument = (value: Value | undefined): Document | undefined => isMembers(value) ? value as Document : undefined

const waysOf = ({ roles }: Kind): DocumentRules => ({
  ...Object.fromEntries(roles.sets.map((path) => [path, "set"])),
  ...Object.fromEntries(roles.sequences.map((path) => [path, "sequence"])),
  ...Object.fromEntries(roles.texts.map((path) => [path, "text"])),
  ...Object.fromEntries(roles.keyed.map(({ key, path }) => [path, keyed(key, "list")]))
})

/** Versions of a resource: documents of a kind, of which only what is the user's counts. */
export const resourceContents = (
  kind: Kind,
  contentOf: (version: string) => Document | undefined
): Contents<Document | undefined, DocumentConflict, ResourceContentMerge> => {
  const rules = waysOf(kind)
  const form = (document: Document | undefined): Document | undefined =>
    document === undefined ? undefined : canonical(kind, document)
  return {
    contentOf,
    absent: undefined,
    merge: (sides) => {
      const merge = mergeOfKind(kind, sides)
      return merge._tag === "conflict"
        ? merge
        : { _tag: "merged", content: asDocument(merge.document), notes: merge.notes }
    },
    same: (a, b) => a === undefined || b === undefined ? a === b : same(kind, a, b),
    changed: (before, after) => changedPlaces(form(before), form(after), rules),
    isWithin: areRelated,
    withPlaces: (content, from, places) => asDocument(withPlaces(content, from, places, rules))
  }
}
