/**
 * The merge base of two versions: what they have in common to tell who changed what.
 *
 * After merges that crossed there are several nearest common ancestors, and none of them will do alone: what the other
 * already had would look like a change. They are merged into a virtual base, over their own merge base. Where they
 * disagree it holds something that is like nothing else, so that both sides have changed that place, and a conflict
 * comes up there unless the sides agree.
 */
import { Limits } from "../domain/Limits.ts"
import type { Tree, TreeEntry } from "../domain/Tree.ts"
import { type DocumentConflict, fill, gapItems } from "./Draft.ts"
import { commonAncestors, type Lineage } from "./Lineage.ts"
import { mergeDocument } from "./Structure.ts"
import type { DocumentRules } from "./Terms.ts"
import { decode, mergeText } from "./Text.ts"
import type { TreeConflict, TreeSide } from "./TreeConflict.ts"
import { mergeTrees } from "./Trees.ts"
import { Unsettled, type Value } from "./Value.ts"

/** How versions become one virtual base. */
export interface Weaving<C> {
  readonly contentOf: (version: string) => C
  /** Merges, and leaves something unlike all else where it cannot; without base where the two have none. */
  readonly weave: (base: C | undefined, ours: C, theirs: C) => C
}

/** The merge base of two versions. */
export type MergeBase<C> =
  | { readonly _tag: "version"; readonly version: string; readonly content: C }
  | { readonly _tag: "virtual"; readonly versions: ReadonlyArray<string>; readonly content: C }
  /** The versions have nothing in common. */
  | { readonly _tag: "none" }

interface Search<C> {
  readonly lineage: Lineage
  readonly weaving: Weaving<C>
  /** Bases that are known by the versions that they are of, since the same ones are asked for again. */
  readonly known: Map<string, MergeBase<C>>
}

const woven = <C>(search: Search<C>, versions: ReadonlyArray<string>, depth: number): C | undefined => {
  const { contentOf, weave } = search.weaving
  const [first, ...others] = versions
  if (first === undefined) return undefined
  const done = [first]
  let content = contentOf(first)
  for (const version of others) {
    const base = depth === 0 ? { _tag: "none" as const } : find(search, done, version, depth - 1)
    content = weave(base._tag === "none" ? undefined : base.content, content, contentOf(version))
    done.push(version)
  }
  return content
}

const find = <C>(
  search: Search<C>,
  ours: ReadonlyArray<string>,
  theirs: string,
  depth: number
): MergeBase<C> => {
  const name = JSON.stringify([ours, theirs])
  const known = search.known.get(name)
  if (known !== undefined) return known
  const versions = commonAncestors(search.lineage, ours, [theirs])
  const [only] = versions
  const content = woven(search, versions, depth)
  const base: MergeBase<C> = only === undefined || content === undefined
    ? { _tag: "none" }
    : versions.length === 1
    ? { _tag: "version", version: only, content }
    : { _tag: "virtual", versions, content }
  search.known.set(name, base)
  return base
}

/** Finds the merge base of two versions of a lineage. */
export const mergeBase = <C>(
  lineage: Lineage,
  ours: string,
  theirs: string,
  weaving: Weaving<C>
): MergeBase<C> => find({ lineage, weaving, known: new Map() }, [ours], theirs, Limits.mergeBaseDepthMax)

/** FNV-1a, twice with other beginnings: enough to tell one disagreement from another. */
const digest = (text: string): string => {
  let [a, b] = [0x811c9dc5, 0x050c5d1f]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x01000193)
  }
  return [a, b].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("")
}

/** A line that stands for lines on which versions disagree. */
const unsettledLine = (ours: string, theirs: string): string =>
  `\uFFFC the versions before disagree here, ${digest(JSON.stringify([ours, theirs]))}\n`

/** Weaves texts: a line that is like no other stands where they disagree. */
export const weaveText = (base: string | undefined, ours: string, theirs: string): string => {
  const merge = mergeText({ path: "", base: base ?? "", ours, theirs })
  switch (merge._tag) {
    case "merged":
      return merge.content
    case "opaque":
      return unsettledLine(ours, theirs)
    case "conflict":
      return merge.parts.map((part) =>
        part._tag === "text" ? part.text : unsettledLine(part.conflict.ours, part.conflict.theirs)
      ).join("")
  }
}

const textOf = (value: Value | undefined): string => typeof value === "string" ? value : ""

const unsettled = ({ ours, theirs }: DocumentConflict): Unsettled => new Unsettled(ours, theirs)

/** Weaves documents by rules: something unsettled stands where they disagree. */
export const weaveDocument =
  (rules: DocumentRules) =>
  (base: Value | undefined, ours: Value | undefined, theirs: Value | undefined): Value | undefined => {
    const merge = mergeDocument({ base, ours, theirs }, rules)
    if (merge._tag === "merged") return merge.document
    const { conflicts, draft } = merge
    // Where an element is cannot be said of one that both moved, and so nothing can be said of the document.
    if (conflicts.some(({ kind }) => kind === "move-move")) return new Unsettled(ours, theirs)
    const filled = fill(draft, {
      hole: (number) => ({ value: conflicts[number] && unsettled(conflicts[number]) }),
      gap: (number) => {
        const conflict = conflicts[number]
        if (conflict === undefined) return []
        const isText = [conflict.base, conflict.ours, conflict.theirs].some((side) => typeof side === "string")
        return isText
          ? [unsettledLine(textOf(conflict.ours), textOf(conflict.theirs))]
          : gapItems([unsettled(conflict)])
      },
      slot: () => "ours"
    })
    return filled._tag === "value" ? filled.value : undefined
  }

const textIn = (entry: TreeSide | undefined): string | undefined =>
  typeof entry === "object" && entry._tag === "file" ? decode(entry.content) : undefined

/** What stands in a virtual base where trees disagree: a file with the lines that they share, or with none. */
const unsettledEntry = ({ path, base, ours, theirs }: TreeConflict): TreeEntry => {
  const [was, mine, other] = [textIn(base), textIn(ours), textIn(theirs)]
  const text = mine === undefined || other === undefined
    ? unsettledLine(`${path} ${mine ?? ""}`, other ?? "")
    : weaveText(was, mine, other)
  return { _tag: "file", mode: 0o644, content: new TextEncoder().encode(text) }
}

/** Weaves trees, which are known to hold safe paths: a file that is like no other stands where they disagree. */
export const weaveTree = (base: Tree | undefined, ours: Tree, theirs: Tree): Tree => {
  const merge = mergeTrees({ base: base ?? new Map(), ours, theirs })
  switch (merge._tag) {
    case "merged":
      return merge.tree
    case "conflict":
      return new Map([...merge.tree, ...merge.conflicts.map((one) => [one.path, unsettledEntry(one)] as const)])
    case "refused":
      throw new Error(`versions hold safe paths only: ${merge.problems.map(({ path }) => path).join(", ")}`)
  }
}
