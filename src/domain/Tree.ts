/**
 * Trees: the files of an artifact by their paths. Directories are what paths have in common and nothing of themselves.
 */

/** What stands at a path: a file with its mode (permission bits, such as `0o644`), or a symbolic link. */
export type TreeEntry =
  | { readonly _tag: "file"; readonly mode: number; readonly content: Uint8Array }
  | { readonly _tag: "symlink"; readonly target: string }

/** Entries by path: relative, with slashes, without `.` and `..`. */
export type Tree = ReadonlyMap<string, TreeEntry>

/** Compares the contents of two files. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

/** Compares two entries; `undefined` stands for none. */
export const equalEntries = (a: TreeEntry | undefined, b: TreeEntry | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b
  if (a._tag === "symlink") return b._tag === "symlink" && a.target === b.target
  return b._tag === "file" && a.mode === b.mode && equalBytes(a.content, b.content)
}
