/**
 * Which files a side renamed: what is gone from its path in base, and stands at a new one.
 *
 * What is equal to the byte is a rename for certain; what has half of its content in common or more is a guess. Each
 * file is renamed to one place at most. Pairs are compared up to a bound; beyond it only what the other side touched
 * is looked for, and beyond it again nothing is guessed, which is said.
 */
import { Limits } from "../domain/Limits.ts"
import { equalEntries, type Tree, type TreeEntry } from "../domain/Tree.ts"
import { type Pieces, piecesOf, similarity } from "./Similarity.ts"

/** A rename of one side. */
export interface Rename {
  readonly from: string
  readonly to: string
  /** The share of the content that stayed; 1 where it is certain. */
  readonly score: number
}

/** What one side renamed, by the path in base. */
export interface Renames {
  readonly bySource: ReadonlyMap<string, Rename>
  /** Whether there was too much to compare. */
  readonly isPartial: boolean
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** Of two pairs the one that is likelier to be meant comes first. */
const byLikelihood = (a: Rename, b: Rename): number => {
  if (a.score !== b.score) return b.score - a.score
  const [mine, other] = [a, b].map(({ from, to }) => nameOf(from) === nameOf(to) ? 0 : 1)
  if (mine !== other) return (mine ?? 0) - (other ?? 0)
  const [left, right] = [`${a.from}\n${a.to}`, `${b.from}\n${b.to}`]
  return left < right ? -1 : left > right ? 1 : 0
}

const isEmpty = (entry: TreeEntry): boolean => entry._tag === "file" && entry.content.length === 0

/** Contents that may be equal have one key. */
const keyOf = (entry: TreeEntry): string => {
  if (entry._tag === "symlink") return `symlink ${entry.target}`
  let hash = 0x811c9dc5
  for (const byte of entry.content) hash = Math.imul(hash ^ byte, 0x01000193)
  return `${entry.content.length} ${hash}`
}

const sameContent = (a: TreeEntry, b: TreeEntry): boolean =>
  a._tag === "file" && b._tag === "file" ? equalEntries({ ...a, mode: b.mode }, b) : equalEntries(a, b)

type Entries = ReadonlyArray<readonly [path: string, entry: TreeEntry]>

const exactPairs = (gone: Entries, added: Entries): ReadonlyArray<Rename> => {
  const byKey = Map.groupBy(added, ([, entry]) => keyOf(entry))
  return gone.flatMap(([from, entry]) =>
    isEmpty(entry) ? [] : (byKey.get(keyOf(entry)) ?? [])
      .filter(([, other]) => sameContent(entry, other))
      .map(([to]) => ({ from, to, score: 1 }))
  )
}

const piecesIn = (entries: Entries): ReadonlyArray<readonly [string, Pieces]> =>
  entries.flatMap(([path, entry]) => entry._tag === "file" ? [[path, piecesOf(entry.content)] as const] : [])

const similarPairs = (gone: Entries, added: Entries): ReadonlyArray<Rename> => {
  const others = piecesIn(added)
  return piecesIn(gone).flatMap(([from, pieces]) =>
    others.flatMap(([to, other]) => {
      const score = similarity(pieces, other)
      return score >= Limits.mergeRenameShareMin ? [{ from, to, score: Math.min(score, 0.999) }] : []
    })
  )
}

/** Takes pairs in their order while both their paths are free. */
const choose = (pairs: ReadonlyArray<Rename>, chosen: Map<string, Rename>): void => {
  const taken = new Set([...chosen.values()].map(({ to }) => to))
  for (const pair of pairs.toSorted(byLikelihood)) {
    if (chosen.has(pair.from) || taken.has(pair.to)) continue
    chosen.set(pair.from, pair)
    taken.add(pair.to)
  }
}

const isBearable = (gone: Entries, added: Entries): boolean => gone.length * added.length <= Limits.mergeRenamePairsMax

/** Finds what a side renamed; the other side tells what it matters for. */
export const renamesOf = (base: Tree, side: Tree, other: Tree): Renames => {
  const gone = [...base].filter(([path]) => !side.has(path))
  const added = [...side].filter(([path]) => !base.has(path))
  const chosen = new Map<string, Rename>()
  choose(exactPairs(gone, added), chosen)
  const targets = new Set([...chosen.values()].map(({ to }) => to))
  const left = gone.filter(([path]) => !chosen.has(path))
  const free = added.filter(([path]) => !targets.has(path))
  if (isBearable(left, free)) {
    choose(similarPairs(left, free), chosen)
    return { bySource: chosen, isPartial: false }
  }
  const touched = left.filter(([path, entry]) => !equalEntries(entry, other.get(path)))
  if (isBearable(touched, free)) choose(similarPairs(touched, free), chosen)
  return { bySource: chosen, isPartial: touched.length > 0 && !isBearable(touched, free) }
}
