/**
 * Merges what stands at one path of a tree: the content of a file by what it holds, its mode and the target of a link
 * as the scalars that they are.
 */
import type { Severity } from "../domain/Conflict.ts"
import { Limits } from "../domain/Limits.ts"
import { equalBytes, equalEntries, type TreeEntry } from "../domain/Tree.ts"
import { type FileTexts, mergeStructured, type StructuredMerge } from "./StructuredFile.ts"
import type { DocumentRules } from "./Terms.ts"
import { decode } from "./Text.ts"
import {
  type Puts,
  type TreeConflict,
  treeConflict,
  type TreeConflictKind,
  treeNote,
  type TreeSide
} from "./TreeConflict.ts"

/** What each side has of one file, wherever it stands there. */
export interface EntrySides {
  /** Where it is to stand. */
  readonly path: string
  readonly base: TreeEntry | undefined
  readonly ours: TreeEntry
  readonly theirs: TreeEntry
}

/** What came of it: an entry unless its content conflicts, and the conflicts. */
export interface MergedEntry {
  readonly entry: TreeEntry | undefined
  readonly conflicts: ReadonlyArray<TreeConflict>
  readonly notes: ReadonlyArray<TreeConflict>
}

type FileEntry = Extract<TreeEntry, { readonly _tag: "file" }>
type Files = readonly [ours: FileEntry, theirs: FileEntry]

const merged = (entry: TreeEntry, notes: ReadonlyArray<TreeConflict> = []): MergedEntry => ({
  entry,
  conflicts: [],
  notes
})

const putOf = (path: string, entry: TreeEntry | undefined): Puts => entry === undefined ? [] : [[path, entry]]

const conflicting = (
  sides: EntrySides,
  kind: TreeConflictKind,
  values: { readonly base: TreeSide | undefined; readonly ours: TreeSide; readonly theirs: TreeSide }
): MergedEntry => {
  const { path, base, ours, theirs } = sides
  const puts = { base: putOf(path, base), ours: putOf(path, ours), theirs: putOf(path, theirs) }
  return { entry: undefined, conflicts: [treeConflict({ path, kind, ...values, puts })], notes: [] }
}

const changedOf = <A>(base: A | undefined, ours: A, theirs: A): A | undefined => {
  if (ours === theirs || theirs === base) return ours
  return ours === base ? theirs : undefined
}

const mergeLinks = (sides: EntrySides, ours: string, theirs: string): MergedEntry => {
  const base = sides.base?._tag === "symlink" ? sides.base.target : undefined
  const target = changedOf(base, ours, theirs)
  return target === undefined
    ? conflicting(sides, "symlink-target", { base, ours, theirs })
    : merged({ _tag: "symlink", target })
}

const textsOf = ({ path, base, ours, theirs }: EntrySides): FileTexts | undefined => {
  const textOf = (entry: TreeEntry | undefined): string | undefined =>
    entry?._tag === "file" ? decode(entry.content) : undefined
  const [was, mine, other] = [textOf(base), textOf(ours), textOf(theirs)]
  if (mine === undefined || other === undefined || (base?._tag === "file" && was === undefined)) return undefined
  return { path, base: was, ours: mine, theirs: other }
}

const isOversized = (entry: TreeEntry | undefined): boolean =>
  entry?._tag === "file" && entry.content.length > Limits.mergeBytesMax

const worst = (severities: ReadonlyArray<Severity>): Severity =>
  (["critical", "warning", "info"] as const).find((one) => severities.includes(one)) ?? "critical"

const contentConflict = (
  sides: EntrySides,
  mode: number,
  merge: Exclude<StructuredMerge, { readonly _tag: "merged" | "opaque" }>
): MergedEntry => {
  const { path, base, ours, theirs } = sides
  const withMode = (entry: TreeEntry | undefined) => entry?._tag === "file" ? { ...entry, mode } : entry
  const puts = {
    base: putOf(path, withMode(base)),
    ours: putOf(path, withMode(ours)),
    theirs: putOf(path, withMode(theirs))
  }
  const conflict = treeConflict({
    path,
    kind: base === undefined ? "add-add" : "edit-edit",
    severity: worst(merge.conflicts.map(({ severity }) => severity)),
    base,
    ours,
    theirs,
    puts,
    suggestions: ["take-ours", "take-theirs", "edit-range"]
  })
  return { entry: undefined, conflicts: [{ ...conflict, content: merge, file: { path, mode } }], notes: [] }
}

const mergeContents = (sides: EntrySides, mode: number, rules: DocumentRules): MergedEntry => {
  const { path, base, ours, theirs } = sides
  if ([base, ours, theirs].some(isOversized)) return conflicting(sides, "oversized", { base, ours, theirs })
  const texts = textsOf(sides)
  const merge = texts === undefined ? undefined : mergeStructured(texts, rules)
  if (merge === undefined || merge._tag === "opaque") return conflicting(sides, "binary", { base, ours, theirs })
  if (merge._tag !== "merged") return contentConflict(sides, mode, merge)
  const notes = merge.notes.map((note) =>
    treeNote({ path: `${path}#${note.path}`, kind: "document", base: note.kind, ours: undefined, theirs: undefined })
  )
  // Both sides changed members next to each other, and may have meant them together.
  if (merge.by === "structure") notes.push(treeNote({ path, kind: "by-structure", base, ours, theirs }))
  return merged({ _tag: "file", mode, content: new TextEncoder().encode(merge.content) }, notes)
}

const mergeInside = (sides: EntrySides, [ours, theirs]: Files, mode: number, rules: DocumentRules): MergedEntry => {
  const base = sides.base?._tag === "file" ? sides.base.content : undefined
  if (equalBytes(ours.content, theirs.content)) return merged({ ...ours, mode })
  if (base !== undefined && equalBytes(ours.content, base)) return merged({ ...theirs, mode })
  if (base !== undefined && equalBytes(theirs.content, base)) return merged({ ...ours, mode })
  return mergeContents(sides, mode, rules)
}

/** The mode merges by itself; where it conflicts, ours stands until somebody answers. */
const mergeFiles = (sides: EntrySides, [ours, theirs]: Files, rules: DocumentRules): MergedEntry => {
  const base = sides.base?._tag === "file" ? sides.base.mode : undefined
  const mode = changedOf(base, ours.mode, theirs.mode)
  const inside = mergeInside(sides, [ours, theirs], mode ?? ours.mode, rules)
  if (mode !== undefined) return inside
  const conflict = treeConflict({ path: sides.path, kind: "mode", base, ours: ours.mode, theirs: theirs.mode })
  return { ...inside, conflicts: [conflict, ...inside.conflicts] }
}

/** Merges what two sides have of one file. */
export const mergeEntry = (sides: EntrySides, rules: DocumentRules = {}): MergedEntry => {
  const { base, ours, theirs } = sides
  if (equalEntries(ours, theirs)) return merged(ours)
  if (base !== undefined && equalEntries(ours, base)) return merged(theirs)
  if (base !== undefined && equalEntries(theirs, base)) return merged(ours)
  if (ours._tag === "symlink" && theirs._tag === "symlink") return mergeLinks(sides, ours.target, theirs.target)
  if (ours._tag === "file" && theirs._tag === "file") return mergeFiles(sides, [ours, theirs], rules)
  return conflicting(sides, "symlink-file", { base, ours, theirs })
}
