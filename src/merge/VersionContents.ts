/**
 * What versions hold, and how it merges, for what works on versions of anything: documents by rules, texts, or trees.
 */
import { equalEntries, type Tree } from "../domain/Tree.ts"
import type { DocumentConflict } from "./Draft.ts"
import { areRelated, changedPlaces, withPlaces } from "./Places.ts"
import type { DocumentConflicts } from "./Resolve.ts"
import type { TextConflicts } from "./ResolveText.ts"
import type { TreeConflicts } from "./ResolveTree.ts"
import type { Contents } from "./Revert.ts"
import { mergeDocument } from "./Structure.ts"
import type { DocumentRules } from "./Terms.ts"
import { mergeText } from "./Text.ts"
import type { OpaqueConflict, TextConflict } from "./TextConflict.ts"
import type { TreeConflict } from "./TreeConflict.ts"
import { mergeTrees } from "./Trees.ts"
import { sameValue, type Value } from "./Value.ts"

/** A merge of documents, as versions merge. */
export type DocumentContentMerge =
  | { readonly _tag: "merged"; readonly content: Value | undefined; readonly notes: ReadonlyArray<DocumentConflict> }
  | DocumentConflicts

/** Versions that are documents; absent ones are `undefined`. */
export const documentContents = (
  contentOf: (version: string) => Value | undefined,
  rules: DocumentRules = {}
): Contents<Value | undefined, DocumentConflict, DocumentContentMerge> => ({
  contentOf,
  absent: undefined,
  merge: (sides) => {
    const merge = mergeDocument(sides, rules)
    return merge._tag === "conflict" ? merge : { _tag: "merged", content: merge.document, notes: merge.notes }
  },
  same: sameValue,
  changed: (before, after) => changedPlaces(before, after, rules),
  isWithin: areRelated,
  withPlaces: (content, from, places) => withPlaces(content, from, places, rules)
})

/** A merge of trees, as versions merge. */
export type TreeContentMerge =
  | { readonly _tag: "merged"; readonly content: Tree; readonly notes: ReadonlyArray<TreeConflict> }
  | TreeConflicts

const sameTrees = (a: Tree, b: Tree): boolean =>
  a.size === b.size && [...a].every(([path, entry]) => equalEntries(entry, b.get(path)))

/** Versions that are trees, which are known to hold safe paths; places are their paths. */
export const treeContents = (
  contentOf: (version: string) => Tree,
  rulesFor: (path: string) => DocumentRules = () => ({})
): Contents<Tree, TreeConflict, TreeContentMerge> => ({
  contentOf,
  absent: new Map(),
  merge: (sides) => {
    const merge = mergeTrees({ ...sides, rulesFor })
    switch (merge._tag) {
      case "conflict":
        return merge
      case "merged":
        return { _tag: "merged", content: merge.tree, notes: merge.notes }
      case "refused":
        throw new Error(`versions hold safe paths only: ${merge.problems.map(({ path }) => path).join(", ")}`)
    }
  },
  same: sameTrees,
  changed: (before, after) =>
    [...new Set([...before.keys(), ...after.keys()])].filter((path) =>
      !equalEntries(before.get(path), after.get(path))
    ),
  isWithin: areRelated,
  withPlaces: (content, from, places) => {
    const isMeant = (path: string): boolean => places.some((place) => path === place || path.startsWith(`${place}/`))
    return new Map([...[...content].filter(([path]) => !isMeant(path)), ...[...from].filter(([path]) => isMeant(path))])
  }
})

/** A merge of texts, as versions merge. */
export type TextContentMerge =
  | { readonly _tag: "merged"; readonly content: string }
  | TextConflicts
  /** Content that is not merged by line. */
  | { readonly _tag: "conflict"; readonly conflicts: ReadonlyArray<OpaqueConflict<string>> }

/** Versions that are texts; the path is where conflicts are reported. */
export const textContents = (
  contentOf: (version: string) => string,
  path: string
): Contents<string, TextConflict | OpaqueConflict<string>, TextContentMerge> => ({
  contentOf,
  absent: "",
  merge: (sides) => {
    const merge = mergeText({ path, ...sides })
    return merge._tag === "opaque" ? { _tag: "conflict", conflicts: [merge.conflict] } : merge
  },
  same: (a, b) => a === b,
  changed: (before, after) => before === after ? [] : [path],
  isWithin: (place, other) => place === other,
  withPlaces: (content, from, places) => places.includes(path) ? from : content
})
