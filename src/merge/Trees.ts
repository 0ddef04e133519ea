/**
 * The three-way merge of trees: file by file, wherever each side has put it.
 *
 * A file is followed through the renames of both sides, and merges where the renaming side has it. What cannot be at
 * one place, or was removed by one side and changed by the other, is a conflict that says what each side would have
 * there; nothing of it stands in the merged part. The result is looked through for paths that some file system takes
 * for one.
 */
import { equalEntries, type Tree, type TreeEntry } from "../domain/Tree.ts"
import { type Renames, renamesOf } from "./Renames.ts"
import type { DocumentRules } from "./Terms.ts"
import { type Puts, type TreeConflict, treeConflict, treeNote } from "./TreeConflict.ts"
import { type MergedEntry, mergeEntry } from "./TreeEntries.ts"
import { clashesIn, type UnsafePath, unsafePaths } from "./TreePaths.ts"

/** The trees to merge, and how the documents among their files merge. */
export interface Trees {
  readonly base: Tree
  readonly ours: Tree
  readonly theirs: Tree
  readonly rulesFor?: (path: string) => DocumentRules
}

/** What comes of a merge of trees. */
export type TreeMerge =
  | { readonly _tag: "merged"; readonly tree: Tree; readonly notes: ReadonlyArray<TreeConflict> }
  | {
    readonly _tag: "conflict"
    /** What is settled; what a conflict is about is not in it. */
    readonly tree: Tree
    readonly conflicts: ReadonlyArray<TreeConflict>
    readonly notes: ReadonlyArray<TreeConflict>
  }
  | { readonly _tag: "refused"; readonly problems: ReadonlyArray<UnsafePath> }

/** One file of the result: where it goes, and where it was. */
interface Placement {
  readonly path: string
  readonly merged: MergedEntry
  readonly from: { readonly base?: string; readonly ours?: string; readonly theirs?: string }
}

/** What is known while trees merge. */
interface Work {
  readonly trees: Trees
  readonly renames: { readonly ours: Renames; readonly theirs: Renames }
  readonly placements: Array<Placement>
  readonly conflicts: Array<TreeConflict>
  readonly notes: Array<TreeConflict>
}

const noRules: DocumentRules = {}
const rulesAt = ({ rulesFor }: Trees, path: string): DocumentRules => rulesFor?.(path) ?? noRules

const placeOf = (work: Work, side: "ours" | "theirs", path: string): string | undefined =>
  work.trees[side].has(path) ? path : work.renames[side].bySource.get(path)?.to

const puts = (path: string | undefined, entry: TreeEntry | undefined): Puts =>
  path === undefined || entry === undefined ? [] : [[path, entry]]

/** A file that one side removed: gone where the other left it alone, else a conflict. */
const removed = (work: Work, path: string, side: "ours" | "theirs", place: string): void => {
  const base = work.trees.base.get(path)
  const entry = work.trees[side].get(place)
  if (place === path && equalEntries(entry, base)) return
  const kept = puts(place, entry)
  work.conflicts.push(treeConflict({
    path: place,
    kind: place === path ? "delete-edit" : "rename-delete",
    base,
    ours: side === "ours" ? entry : undefined,
    theirs: side === "theirs" ? entry : undefined,
    puts: { base: puts(path, base), ours: side === "ours" ? kept : [], theirs: side === "theirs" ? kept : [] }
  }))
}

/** A file that each side put somewhere else; its content is merged where that is clean. */
const partedWays = (work: Work, path: string, ours: string, theirs: string): void => {
  const { trees } = work
  const [base, mine, other] = [trees.base.get(path), trees.ours.get(ours), trees.theirs.get(theirs)]
  if (mine === undefined || other === undefined) return
  const { entry, conflicts } = mergeEntry({ path, base, ours: mine, theirs: other }, rulesAt(trees, path))
  const clean = conflicts.length === 0 ? entry : undefined
  work.conflicts.push(treeConflict({
    path,
    kind: "rename-rename",
    base: path,
    ours,
    theirs,
    puts: { base: puts(path, clean ?? base), ours: puts(ours, clean ?? mine), theirs: puts(theirs, clean ?? other) }
  }))
}

/** Says that a file was followed by what it looks like, where that made a difference. */
const noteGuess = (work: Work, path: string, ours: string, theirs: string): void => {
  const guesses = [work.renames.ours, work.renames.theirs].map(({ bySource }) => bySource.get(path)?.score ?? 1)
  if (guesses.every((score) => score === 1)) return
  work.notes.push(treeNote({ path: ours === path ? theirs : ours, kind: "guessed-rename", base: path, ours, theirs }))
}

const followBase = (work: Work, path: string): void => {
  const { trees } = work
  const [ours, theirs] = [placeOf(work, "ours", path), placeOf(work, "theirs", path)]
  if (ours === undefined && theirs === undefined) return
  if (ours === undefined || theirs === undefined) {
    removed(work, path, ours === undefined ? "theirs" : "ours", ours ?? theirs ?? path)
    return
  }
  if (ours !== path && theirs !== path && ours !== theirs) {
    partedWays(work, path, ours, theirs)
    return
  }
  const [mine, other] = [trees.ours.get(ours), trees.theirs.get(theirs)]
  if (mine === undefined || other === undefined) return
  const place = ours === path ? theirs : ours
  const base = trees.base.get(path)
  const merged = mergeEntry({ path: place, base, ours: mine, theirs: other }, rulesAt(trees, place))
  const stayed = ours === path ? mine : theirs === path ? other : undefined
  if (place !== path && stayed !== undefined && !equalEntries(stayed, base)) noteGuess(work, path, ours, theirs)
  work.placements.push({ path: place, merged, from: { base: path, ours, theirs } })
}

const addedBy = (work: Work, side: "ours" | "theirs"): ReadonlySet<string> => {
  const targets = new Set([...work.renames[side].bySource.values()].map(({ to }) => to))
  return new Set([...work.trees[side].keys()].filter((path) => !work.trees.base.has(path) && !targets.has(path)))
}

const followAdded = (work: Work): void => {
  const { trees } = work
  const [mine, other] = [addedBy(work, "ours"), addedBy(work, "theirs")]
  for (const path of new Set([...mine, ...other])) {
    const ours = mine.has(path) ? trees.ours.get(path) : undefined
    const theirs = other.has(path) ? trees.theirs.get(path) : undefined
    const from = { ...ours === undefined ? {} : { ours: path }, ...theirs === undefined ? {} : { theirs: path } }
    const only = ours ?? theirs
    if (ours !== undefined && theirs !== undefined) {
      const merged = mergeEntry({ path, base: undefined, ours, theirs }, rulesAt(trees, path))
      work.placements.push({ path, merged, from })
    } else if (only !== undefined) {
      work.placements.push({ path, merged: { entry: only, conflicts: [], notes: [] }, from })
    }
  }
}

/** What a side has of the files that want one place. */
const standingIn = (work: Work, side: "base" | "ours" | "theirs", placements: ReadonlyArray<Placement>): Puts =>
  placements.flatMap(({ from }) => puts(from[side], work.trees[side].get(from[side] ?? "")))

const crowded = (work: Work, path: string, placements: ReadonlyArray<Placement>): void => {
  const [first] = placements
  const entry = first?.merged.entry
  const areSame = placements.every(({ merged }) => merged.conflicts.length === 0 && equalEntries(merged.entry, entry))
  if (areSame && entry !== undefined) return
  work.conflicts.push(treeConflict({
    path,
    kind: placements.filter(({ from }) => from.base !== undefined).length > 1 ? "rename-rename" : "rename-add",
    base: work.trees.base.get(path),
    ours: work.trees.ours.get(path),
    theirs: work.trees.theirs.get(path),
    puts: {
      base: standingIn(work, "base", placements),
      ours: standingIn(work, "ours", placements),
      theirs: standingIn(work, "theirs", placements)
    }
  }))
}

/** Puts every file in its place; what wants a place together is a conflict. */
const settle = (work: Work): Map<string, TreeEntry> => {
  const tree = new Map<string, TreeEntry>()
  for (const [path, placements] of Map.groupBy(work.placements, (placement) => placement.path)) {
    const count = work.conflicts.length
    if (placements.length > 1) crowded(work, path, placements)
    if (work.conflicts.length > count) continue
    const [placement] = placements
    if (placement === undefined) continue
    const { entry, conflicts, notes } = placement.merged
    if (entry !== undefined) tree.set(path, entry)
    work.conflicts.push(...conflicts)
    work.notes.push(...notes)
  }
  return tree
}

/** Takes out of the tree what cannot be there together. */
const separate = (work: Work, tree: Map<string, TreeEntry>): void => {
  const open = new Map(work.conflicts.flatMap((conflict) => [...conflict.puts.ours, ...conflict.puts.theirs]))
  for (const { kind, path, paths } of clashesIn(new Map([...open, ...tree]))) {
    const settled = paths.filter((one) => tree.has(one))
    // Between open conflicts alone it depends on the answers, and is looked for then.
    if (settled.length === 0) continue
    const side = (name: "base" | "ours" | "theirs"): Puts =>
      settled.flatMap((one) => work.trees[name].has(one) ? puts(one, tree.get(one)) : [])
    const all = { base: side("base"), ours: side("ours"), theirs: side("theirs") }
    const shown = (entries: Puts): string | undefined =>
      entries.length === 0 ? undefined : entries.map(([one]) => one).join(", ")
    work.conflicts.push(treeConflict({
      path,
      kind,
      base: shown(all.base),
      ours: shown(all.ours),
      theirs: shown(all.theirs),
      puts: all
    }))
    for (const one of settled) tree.delete(one)
  }
}

const byPath = (a: TreeConflict, b: TreeConflict): number => a.path < b.path ? -1 : a.path > b.path ? 1 : 0

const skipped = (side: "ours" | "theirs", { isPartial }: Renames): ReadonlyArray<TreeConflict> =>
  isPartial
    ? [
      treeNote({ path: "", kind: "renames-skipped", base: undefined, ours: undefined, theirs: undefined, [side]: side })
    ]
    : []

/** Merges trees. Inputs that hold paths which lead out of them, or through links, are refused. */
export const mergeTrees = (trees: Trees): TreeMerge => {
  const { base, ours, theirs } = trees
  const problems = [
    ...unsafePaths(base, "base"),
    ...unsafePaths(ours, "ours"),
    ...unsafePaths(theirs, "theirs")
  ]
  if (problems.length > 0) return { _tag: "refused", problems }
  const renames = { ours: renamesOf(base, ours, theirs), theirs: renamesOf(base, theirs, ours) }
  const work: Work = { trees, renames, placements: [], conflicts: [], notes: [] }
  for (const path of base.keys()) followBase(work, path)
  followAdded(work)
  const tree = settle(work)
  separate(work, tree)
  const notes = [...work.notes, ...skipped("ours", renames.ours), ...skipped("theirs", renames.theirs)].toSorted(byPath)
  return work.conflicts.length === 0
    ? { _tag: "merged", tree, notes }
    : { _tag: "conflict", tree, conflicts: work.conflicts.toSorted(byPath), notes }
}
