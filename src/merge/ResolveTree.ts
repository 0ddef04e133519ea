/**
 * Answers to the conflicts of a tree: a side, an entry, or answers to what conflicts inside the file.
 *
 * What a side would have had at the recorded places is put there. A tree that comes of it is looked through once more
 * for paths that cannot be there together; if there are any, or markers are left in a file, nothing is resolved.
 */
import type { Tree, TreeEntry } from "../domain/Tree.ts"
import type { Side } from "./Draft.ts"
import { markersIn } from "./Markers.ts"
import type { Refusal, Resolution } from "./Resolve.ts"
import { resolveText } from "./ResolveText.ts"
import { resolveStructured } from "./StructuredFile.ts"
import { decode } from "./Text.ts"
import type { TreeConflict } from "./TreeConflict.ts"
import { clashesIn, unsafePaths } from "./TreePaths.ts"
import type { TreeMerge } from "./Trees.ts"
import type { Value } from "./Value.ts"

/** The answer to a conflict, by its number. */
export type TreeResolution =
  & { readonly conflict: number }
  & (
    | { readonly take: Side }
    /** What is to stand at the path of the conflict; nothing if `undefined`. */
    | { readonly entry: TreeEntry | undefined }
    /** A mode of its own. */
    | { readonly mode: number }
    /** Answers to some or all conflicts inside the file, by their numbers there. */
    | { readonly inside: ReadonlyArray<Resolution<Value | undefined>> }
  )

/** A merge with conflicts. */
export type TreeConflicts = Extract<TreeMerge, { readonly _tag: "conflict" }>

/** What comes of answers: the tree, or what is still open, or the answers that cannot be. */
export type ResolvedTree =
  | { readonly _tag: "resolved"; readonly tree: Tree }
  | { readonly _tag: "unresolved"; readonly merge: TreeConflicts }
  | { readonly _tag: "refused"; readonly problems: ReadonlyArray<Refusal> }

/** What one answer does: entries to put, a mode to set, a conflict that stays, or why it cannot be. */
type Effect =
  | { readonly _tag: "put"; readonly entries: ReadonlyArray<readonly [string, TreeEntry]> }
  | { readonly _tag: "mode"; readonly path: string; readonly mode: number }
  | { readonly _tag: "left"; readonly conflict: TreeConflict }
  | { readonly _tag: "refused"; readonly problems: ReadonlyArray<Omit<Refusal, "conflict">> }

const refused = (path: string, why: string, hint: string): Effect => ({
  _tag: "refused",
  problems: [{ path, why, hint }]
})

const insideOf = (conflict: TreeConflict, answers: ReadonlyArray<Resolution<Value | undefined>>): Effect => {
  const { content, file, path } = conflict
  if (content === undefined || file === undefined) {
    return refused(path, "this conflict is not one of content", "take a side, or give the entry")
  }
  const texts = answers.flatMap((answer): ReadonlyArray<Resolution<string>> => {
    if ("take" in answer) return [answer]
    return typeof answer.value === "string" ? [{ conflict: answer.conflict, value: answer.value }] : []
  })
  if (content._tag === "conflict" && texts.length < answers.length) {
    return refused(path, "this file is a text", "give the lines as one string")
  }
  const resolved = content._tag === "conflict" ? resolveText(content, texts) : resolveStructured(content, answers)
  switch (resolved._tag) {
    case "refused":
      return { _tag: "refused", problems: resolved.problems.map((problem) => ({ ...problem, path })) }
    case "unresolved":
      return { _tag: "left", conflict: { ...conflict, content: resolved.merge } }
    case "resolved": {
      const entry: TreeEntry = { _tag: "file", mode: file.mode, content: new TextEncoder().encode(resolved.content) }
      return { _tag: "put", entries: [[file.path, entry]] }
    }
  }
}

const holdsMarker = ({ content }: TreeConflict, entry: TreeEntry): boolean => {
  if (content?._tag !== "conflict" || entry._tag !== "file") return false
  return markersIn(decode(entry.content) ?? "", content.markerLength).length > 0
}

const modeEffect = (conflict: TreeConflict, mode: unknown): Effect =>
  typeof mode === "number"
    ? { _tag: "mode", path: conflict.path, mode }
    : refused(conflict.path, "that side has no mode", "take another side, or give the mode")

const effectOf = (conflict: TreeConflict, answer: TreeResolution): Effect => {
  if ("inside" in answer) return insideOf(conflict, answer.inside)
  if (conflict.kind === "mode") {
    return modeEffect(conflict, "take" in answer ? conflict[answer.take] : "mode" in answer ? answer.mode : undefined)
  }
  if ("mode" in answer)
    return refused(conflict.path, "this conflict is not one of modes", "take a side, or give the entry")
  if ("take" in answer) return { _tag: "put", entries: conflict.puts[answer.take] }
  if (answer.entry === undefined) return { _tag: "put", entries: [] }
  return holdsMarker(conflict, answer.entry)
    ? refused(
      conflict.path,
      "the file holds a conflict marker",
      "decide what is to stand there, and remove the marker lines"
    )
    : { _tag: "put", entries: [[conflict.path, answer.entry]] }
}

const problemsOf = (effects: ReadonlyArray<readonly [number, Effect]>): ReadonlyArray<Refusal> =>
  effects.flatMap(([conflict, effect]) =>
    effect._tag === "refused" ? effect.problems.map((problem) => ({ conflict, ...problem })) : []
  )

const askedAmiss = (
  { conflicts }: TreeConflicts,
  answers: ReadonlyArray<TreeResolution>
): ReadonlyArray<Refusal> => {
  const seen = new Set<number>()
  return answers.flatMap(({ conflict }) => {
    const isTwice = seen.has(conflict)
    seen.add(conflict)
    if (conflicts[conflict] === undefined) {
      const hint = `they are numbered from 0 to ${conflicts.length - 1}`
      return [{ conflict, path: "", why: `there is no conflict ${conflict}`, hint }]
    }
    return isTwice
      ? [{ conflict, path: conflicts[conflict].path, why: "it is answered twice", hint: "give one answer" }]
      : []
  })
}

/** What is wrong with the tree that the answers make. */
const clashing = (tree: Tree): ReadonlyArray<Refusal> => [
  ...clashesIn(tree).map(({ path, paths }) => ({
    conflict: -1,
    path,
    why: `${paths.join(" and ")} cannot be there together`,
    hint: "give one of them another path, or leave it out"
  })),
  ...unsafePaths(tree, "ours").map(({ path, why }) => ({ conflict: -1, path, why, hint: "leave it out" }))
]

const applied = (
  tree: Map<string, TreeEntry>,
  effects: ReadonlyArray<readonly [number, Effect]>
): Map<string, TreeEntry> => {
  for (const [, effect] of effects) {
    if (effect._tag === "put") { for (const [path, entry] of effect.entries) tree.set(path, entry) }
  }
  for (const [, effect] of effects) {
    const entry = effect._tag === "mode" ? tree.get(effect.path) : undefined
    if (effect._tag === "mode" && entry?._tag === "file") tree.set(effect.path, { ...entry, mode: effect.mode })
  }
  return tree
}

/** Modes are set once the file is there; while it is open, they are kept with it. */
const stillOpen = (
  { conflicts }: TreeConflicts,
  effects: ReadonlyMap<number, Effect>
): ReadonlyArray<TreeConflict> => {
  const modes = new Map(
    [...effects.values()].flatMap((effect) => effect._tag === "mode" ? [[effect.path, effect.mode] as const] : [])
  )
  return conflicts.flatMap((conflict, number) => {
    const effect = effects.get(number)
    if (effect !== undefined && effect._tag !== "left") return []
    const left = effect?.conflict ?? conflict
    const mode = modes.get(left.path)
    return [mode === undefined ? left : withMode(left, mode)]
  })
}

const withMode = (conflict: TreeConflict, mode: number): TreeConflict => {
  const set = (entries: TreeConflict["puts"]["ours"]) =>
    entries.map(([path, entry]) =>
      [path, entry._tag === "file" && path === conflict.path ? { ...entry, mode } : entry] as const
    )
  const { puts, file } = conflict
  return {
    ...conflict,
    puts: { base: set(puts.base), ours: set(puts.ours), theirs: set(puts.theirs) },
    ...file === undefined ? {} : { file: { ...file, mode } }
  }
}

/** Resolves some conflicts of a tree or all of them. */
export const resolveTree = (merge: TreeConflicts, answers: ReadonlyArray<TreeResolution>): ResolvedTree => {
  const amiss = askedAmiss(merge, answers)
  if (amiss.length > 0) return { _tag: "refused", problems: amiss }
  const effects = answers.flatMap((answer): ReadonlyArray<readonly [number, Effect]> => {
    const conflict = merge.conflicts[answer.conflict]
    return conflict === undefined ? [] : [[answer.conflict, effectOf(conflict, answer)]]
  })
  const problems = problemsOf(effects)
  if (problems.length > 0) return { _tag: "refused", problems }
  const conflicts = stillOpen(merge, new Map(effects))
  const tree = applied(new Map(merge.tree), effects)
  if (conflicts.length > 0) return { _tag: "unresolved", merge: { ...merge, tree, conflicts } }
  const clashes = clashing(tree)
  return clashes.length > 0 ? { _tag: "refused", problems: clashes } : { _tag: "resolved", tree }
}
