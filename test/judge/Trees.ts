/**
 * Merge commits as merges of whole trees, against `git merge-tree`: whether they are clean, and every byte of those
 * that are.
 *
 * What all three trees have alike is known by its name and not read; objects that git makes go to a scratch folder, and
 * the repository stays as it is. Renames of directories, which we do not follow, are switched off.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { mergeTrees, type Tree, type TreeEntry, type TreeMerge } from "../../src/merge/Merge.ts"
import type { Merge, openBlobs } from "./History.ts"

/** How a merge of ours stands to that of git; `structure` where we merged a file as a document and git did not. */
export type TreeRelation = "clean" | "conflict" | "structure" | "verdict" | "bytes" | "skipped"

interface Listed {
  readonly mode: string
  readonly type: string
  readonly blob: string
}
type Listing = ReadonlyMap<string, Listed>

const git = (repository: string, scratch: string, args: ReadonlyArray<string>) =>
  spawnSync("git", ["-C", repository, "-c", "merge.directoryRenames=false", ...args], {
    maxBuffer: 2 ** 30,
    env: {
      ...process.env,
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(repository, "objects")
    }
  })

const listingOf = (repository: string, scratch: string, tree: string): Listing =>
  new Map(
    String(git(repository, scratch, ["ls-tree", "-r", "-z", tree]).stdout).split("\0").filter(Boolean).map((line) => {
      const [about = "", path = ""] = line.split("\t")
      const [mode = "", type = "", blob = ""] = about.split(" ")
      return [path, { mode, type, blob }]
    })
  )

const nameOf = (content: Uint8Array): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex")

const isAlike = (listings: ReadonlyArray<Listing>, path: string): boolean => {
  const [first, ...others] = listings.map((listing) => listing.get(path))
  return first !== undefined && others.every((one) => one?.blob === first.blob && one.mode === first.mode)
}

const entryOf = ({ mode }: Listed, content: Uint8Array): TreeEntry =>
  mode === "120000"
    ? { _tag: "symlink", target: new TextDecoder().decode(content) }
    : { _tag: "file", mode: mode === "100755" ? 0o755 : 0o644, content }

/** The blobs that content stands for without being read. */
type Unread = Map<Uint8Array, string>

const treeOf = async (
  blobs: ReturnType<typeof openBlobs>,
  listing: Listing,
  alike: ReadonlyMap<string, Uint8Array>
): Promise<Tree> => {
  const tree = new Map<string, TreeEntry>()
  for (const [path, listed] of listing) {
    const content = alike.get(path) ?? await blobs.read(listed.blob) ?? new Uint8Array()
    tree.set(path, entryOf(listed, content))
  }
  return tree
}

const sameAs = (tree: Tree, listing: Listing, unread: Unread): boolean =>
  tree.size === listing.size && [...tree].every(([path, entry]) => {
    const listed = listing.get(path)
    if (entry._tag === "symlink") {
      return listed?.blob === entry.target || listed?.blob === nameOf(new TextEncoder().encode(entry.target))
    }
    return listed?.blob === (unread.get(entry.content) ?? nameOf(entry.content)) &&
      (listed.mode === "100755") === (entry.mode === 0o755)
  })

const relationOf = (ours: TreeMerge, theirs: Listing | undefined, unread: Unread): TreeRelation => {
  if (ours._tag === "refused") return "verdict"
  const isByStructure = ours.notes.some(({ kind }) => kind === "by-structure")
  if (ours._tag === "conflict") return theirs === undefined ? "conflict" : "verdict"
  if (theirs === undefined) return isByStructure ? "structure" : "verdict"
  return sameAs(ours.tree, theirs, unread) ? "clean" : "bytes"
}

/** Merges the trees of a merge commit both ways. Submodules are none of ours, and skipped. */
export const compareTrees = async (
  blobs: ReturnType<typeof openBlobs>,
  repository: string,
  scratch: string,
  merge: Merge
): Promise<TreeRelation> => {
  const listings = [merge.base, merge.ours, merge.theirs].map((commit) => listingOf(repository, scratch, commit))
  const [base, ours, theirs] = listings
  if (base === undefined || ours === undefined || theirs === undefined) return "skipped"
  if (listings.some((listing) => [...listing.values()].some(({ type }) => type !== "blob"))) return "skipped"
  const unread: Unread = new Map()
  const alike = new Map(
    [...base].filter(([path]) => isAlike(listings, path)).map(([path, { blob }]) => {
      const content = new TextEncoder().encode(blob)
      unread.set(content, blob)
      return [path, content] as const
    })
  )
  const merged = mergeTrees({
    base: await treeOf(blobs, base, alike),
    ours: await treeOf(blobs, ours, alike),
    theirs: await treeOf(blobs, theirs, alike)
  })
  const answer = git(repository, scratch, ["merge-tree", "--write-tree", "--no-messages", merge.ours, merge.theirs])
  const tree = String(answer.stdout).split("\n")[0] ?? ""
  return relationOf(merged, answer.status === 0 ? listingOf(repository, scratch, tree) : undefined, unread)
}
