/**
 * Conflicts of trees as values: what stands where on each side, and what a person gets who takes a side.
 */
import type { Conflict, Severity, Suggestion } from "../domain/Conflict.ts"
import type { TreeEntry } from "../domain/Tree.ts"
import type { TextConflicts } from "./ResolveText.ts"
import type { StructuredConflicts } from "./StructuredFile.ts"

/** How two sides may disagree about a tree. */
export type TreeConflictKind =
  | "edit-edit"
  | "add-add"
  | "delete-edit"
  /** Content that is not merged by line. */
  | "binary"
  | "oversized"
  /** Two modes, or two targets of a link. */
  | "mode"
  | "symlink-target"
  /** A file on one side and a link on the other. */
  | "symlink-file"
  /** A file, or a link, where the other side has a directory. */
  | "directory-file"
  | "rename-rename"
  | "rename-delete"
  | "rename-add"
  /** Paths that are one on file systems that do not tell case or forms of Unicode apart. */
  | "collision"
  /** A rename that was told from similar content. */
  | "guessed-rename"
  /** Too many files came and went for all renames to be found. */
  | "renames-skipped"
  /** A list in a file that was merged as its lines are, or another note of the document in it. */
  | "document"
  /** A file that merged as a document though its lines conflict. */
  | "by-structure"

/** What a side of a conflict is about: an entry, a mode, the target of a link, a path. */
export type TreeSide = TreeEntry | number | string

/** Entries to put into a tree. */
export type Puts = ReadonlyArray<readonly [path: string, entry: TreeEntry]>

/** One disagreement about a tree. */
export interface TreeConflict extends Conflict<TreeSide, TreeConflictKind> {
  /** The conflicts inside the file, where it is one of content. */
  readonly content?: TextConflicts | StructuredConflicts
  /** What stands in the tree if a side is taken; none of it does before. */
  readonly puts: { readonly base: Puts; readonly ours: Puts; readonly theirs: Puts }
  /** The file that answers about the content are written to. */
  readonly file?: { readonly path: string; readonly mode: number }
}

/** What is said about a conflict beside its sides. */
export interface About {
  readonly path: string
  readonly kind: TreeConflictKind
  readonly severity?: Severity
  readonly base: TreeSide | undefined
  readonly ours: TreeSide | undefined
  readonly theirs: TreeSide | undefined
  readonly puts?: TreeConflict["puts"]
  readonly suggestions?: ReadonlyArray<Suggestion>
}

const nothing: TreeConflict["puts"] = { base: [], ours: [], theirs: [] }

/** A conflict, critical unless said otherwise. */
export const treeConflict = (
  { path, kind, severity = "critical", base, ours, theirs, puts = nothing, suggestions }: About
): TreeConflict => ({
  path,
  kind,
  severity,
  base,
  ours,
  theirs,
  suggestions: suggestions ?? ["take-ours", "take-theirs"],
  puts
})

/** What a person should know though it merged. */
export const treeNote = (about: Omit<About, "severity" | "puts">): TreeConflict =>
  treeConflict({ ...about, severity: "warning", suggestions: [] })
