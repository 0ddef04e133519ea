/**
 * Which paths a tree may hold: none that leaves it, none through a link, none that file systems take for another.
 */
import type { Tree, TreeEntry } from "../domain/Tree.ts"

/** A path that is refused, before anything is merged. */
export interface UnsafePath {
  readonly path: string
  readonly side: "base" | "ours" | "theirs"
  readonly why: string
}

const faultOf = (path: string): string | undefined => {
  if (path === "") return "it is empty"
  if (path.includes("\0")) return "it holds a NUL"
  if (/^([/\\]|[a-zA-Z]:)/.test(path)) return "it is absolute"
  const segments = path.split(/[/\\]/)
  if (segments.includes("..")) return "it leads out of the tree"
  return segments.includes(".") || segments.includes("") ? "it is not the plain form of a path" : undefined
}

/** The directories of a path, the outermost first. */
export const parentsOf = (path: string): ReadonlyArray<string> => {
  const segments = path.split("/")
  return segments.slice(1).map((_, at) => segments.slice(0, at + 1).join("/"))
}

const linkAbove = (tree: Tree, path: string): string | undefined =>
  parentsOf(path).find((parent) => tree.get(parent)?._tag === "symlink")

/** What is refused in an input. */
export const unsafePaths = (tree: Tree, side: UnsafePath["side"]): ReadonlyArray<UnsafePath> =>
  [...tree.keys()].flatMap((path) => {
    const link = linkAbove(tree, path)
    const fault = faultOf(path)
    const why = fault ?? (link === undefined ? undefined : `it leads through the link ${link}`)
    return why === undefined ? [] : [{ path, side, why }]
  })

/** One text for all spellings that file systems without case, or with one form of Unicode, take for one. */
export const folded = (path: string): string =>
  // Letter by letter, since a sigma at the end of a word has another lower case; through upper case for ß and ſ.
  [...path.normalize("NFC").toUpperCase()].map((letter) => letter.toLowerCase()).join("").normalize("NFC")

/** Paths of a tree that cannot all be there. */
export interface Clash {
  readonly kind: "collision" | "directory-file"
  /** The place that they want. */
  readonly path: string
  readonly paths: ReadonlyArray<string>
}

/** What wants one place, however it is spelled. */
interface Wanted {
  readonly places: Set<string>
  isEntry: boolean
  isDirectory: boolean
  readonly paths: Array<string>
}

const isClash = ({ places, isEntry, isDirectory }: Wanted): boolean => places.size > 1 || (isEntry && isDirectory)

const wantedIn = (paths: Iterable<string>): ReadonlyMap<string, Wanted> => {
  const folds = new Map<string, string>()
  const wanted = new Map<string, Wanted>()
  const want = (place: string, path: string): void => {
    const fold = folds.get(place) ?? folded(place)
    folds.set(place, fold)
    const found = wanted.get(fold) ?? { places: new Set(), isEntry: false, isDirectory: false, paths: [] }
    wanted.set(fold, found)
    found.places.add(place)
    found.paths.push(path)
    if (place === path) found.isEntry = true
    else found.isDirectory = true
  }
  for (const path of paths) { for (const place of [...parentsOf(path), path]) want(place, path) }
  return wanted
}

/** Finds the paths that cannot all be there; each path is in one clash at most, the outermost. */
export const clashesIn = (tree: ReadonlyMap<string, TreeEntry>): ReadonlyArray<Clash> => {
  const seen = new Set<string>()
  const clashes = [...wantedIn(tree.keys())].filter(([, wanted]) => isClash(wanted))
  return clashes.toSorted(([a], [b]) => a < b ? -1 : 1).flatMap(([fold, { places, paths }]): ReadonlyArray<Clash> => {
    const left = paths.filter((path) => !seen.has(path)).sort()
    for (const path of left) seen.add(path)
    if (left.length < 2) return []
    return [{
      kind: places.size > 1 ? "collision" : "directory-file",
      path: [...places].sort()[0] ?? fold,
      paths: left
    }]
  })
}
