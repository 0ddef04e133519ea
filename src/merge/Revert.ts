/**
 * Takes versions out of a lineage and keeps what came after them.
 *
 * To take out a version is a merge with that version as base, the head as ours and the version's parent as theirs; a
 * range from A to B, each the parent of the next, is one such merge with B as base and A's parent as theirs. What is no
 * range is taken out newest first, all or nothing. Nothing is written here: what comes of it is the content of a new
 * version that says what it reverts, so that it can be taken out the same way.
 */
import type { Suggestion } from "../domain/Conflict.ts"
import { ancestry, type Lineage, newestFirst } from "./Lineage.ts"

/** A merge of three contents, as far as it matters here. */
export type ContentMerge<C, K> =
  | { readonly _tag: "merged"; readonly content: C }
  | { readonly _tag: "conflict"; readonly conflicts: ReadonlyArray<K> }

/** What a conflict needs to be told about. */
export interface Placed {
  readonly path: string
  readonly suggestions: ReadonlyArray<Suggestion>
}

/** The contents of versions, and how they merge. */
export interface Contents<C, K extends Placed, M extends ContentMerge<C, K>> {
  readonly contentOf: (version: string) => C
  /** What stood there before the first version. */
  readonly absent: C
  readonly merge: (sides: { readonly base: C; readonly ours: C; readonly theirs: C }) => M
  readonly same: (a: C, b: C) => boolean
  /** The places that differ between two contents. */
  readonly changed: (before: C, after: C) => ReadonlyArray<string>
  /** Tells whether a place is among those that are meant by another. */
  readonly isWithin: (place: string, other: string) => boolean
  /** A content with some of its places as in another. */
  readonly withPlaces: (content: C, from: C, places: ReadonlyArray<string>) => C
}

/** What to take out: a version, or all from one to another, which comes from it. */
export type Taking = string | { readonly from: string; readonly to: string }

/** A wish to take something out. */
export interface RevertRequest {
  readonly head: string
  readonly take: ReadonlyArray<Taking>
  /** For each merge version among them, the parent whose line counts: what came from the others goes. */
  readonly mainline?: { readonly [version: string]: string }
  /** Takes out only what is at these places. */
  readonly only?: ReadonlyArray<string>
}

/** Why something cannot be taken out. */
export interface RevertProblem {
  readonly version: string
  readonly why: string
  readonly hint: string
}

/** What comes of taking versions out. */
export type Reverted<C, M> =
  | {
    readonly _tag: "reverted"
    readonly content: C
    /** The parents of the new version. */
    readonly parents: readonly [string]
    /** What it takes out, newest first. */
    readonly reverts: ReadonlyArray<string>
  }
  /** Nothing of it is left in the head. */
  | { readonly _tag: "already-undone"; readonly severity: "info"; readonly reverts: ReadonlyArray<string> }
  /** Nothing is taken out. */
  | { readonly _tag: "conflict"; readonly at: ReadonlyArray<string>; readonly merge: M }
  | { readonly _tag: "refused"; readonly problems: ReadonlyArray<RevertProblem> }

/** A stretch of a line of versions, the newest first, and what stood before it. */
interface Stretch {
  readonly versions: ReadonlyArray<string>
  readonly newest: string
  readonly before: string | undefined
}

type Parent = { readonly parent: string | undefined } | RevertProblem

const isProblem = (parent: Parent): parent is RevertProblem => "why" in parent

const parentOf = (lineage: Lineage, version: string, mainline: RevertRequest["mainline"]): Parent => {
  const parents = lineage.parents.get(version) ?? []
  const named = mainline !== undefined && Object.hasOwn(mainline, version) ? mainline[version] : undefined
  if (named !== undefined && !parents.includes(named)) {
    return { version, why: `${named} is none of its parents`, hint: `name one of ${parents.join(", ")}` }
  }
  if (parents.length > 1 && named === undefined) {
    return { version, why: "it is a merge", hint: `name the parent to go back to: ${parents.join(" or ")}` }
  }
  return { parent: named ?? parents[0] }
}

/** The line from a version back to an earlier one. */
const lineOf = (
  lineage: Lineage,
  { from, to }: { readonly from: string; readonly to: string },
  mainline: RevertRequest["mainline"]
): ReadonlyArray<string> | RevertProblem => {
  const line = [to]
  for (let at = to; at !== from;) {
    const found = parentOf(lineage, at, mainline)
    if (isProblem(found)) return found
    if (found.parent === undefined) {
      return { version: from, why: `${to} does not come from it`, hint: "name the older version first" }
    }
    at = found.parent
    line.push(at)
  }
  return line
}

const stretchesOf = (lineage: Lineage, { take, mainline }: RevertRequest) => {
  const problems: Array<RevertProblem> = []
  const wanted = new Set<string>()
  for (const one of take) {
    const line = typeof one === "string" ? [one] : lineOf(lineage, one, mainline)
    if ("why" in line) problems.push(line)
    else { for (const version of line) wanted.add(version) }
  }
  const stretches: Array<Stretch> = []
  for (const version of newestFirst(lineage, wanted)) {
    const found = parentOf(lineage, version, mainline)
    if (isProblem(found)) {
      problems.push(found)
      continue
    }
    const last = stretches.findIndex(({ before }) => before === version)
    const joined = stretches[last]
    if (joined === undefined) stretches.push({ versions: [version], newest: version, before: found.parent })
    else stretches[last] = { ...joined, versions: [...joined.versions, version], before: found.parent }
  }
  return { stretches, problems }
}

const strangersIn = (lineage: Lineage, { head, take, mainline = {} }: RevertRequest): ReadonlyArray<RevertProblem> => {
  if (!lineage.parents.has(head)) return [{ version: head, why: "it is not in the lineage", hint: "name the head" }]
  const line = ancestry(lineage, [head])
  const named = [
    ...new Set([
      ...take.flatMap((one) => typeof one === "string" ? [one] : [one.from, one.to]),
      ...Object.keys(mainline)
    ])
  ]
  const problems = named.filter((version) => !line.has(version)).map((version) => ({
    version,
    why: lineage.parents.has(version) ? `${head} does not come from it` : "it is not in the lineage",
    hint: "name a version that the head comes from"
  }))
  return take.length > 0 ? problems : [{ version: head, why: "nothing is named", hint: "name what to take out" }]
}

/** Versions that are taken out, and the newest of those that others are told apart from. */
export interface TakenOut {
  readonly head: string
  readonly taken: ReadonlySet<string>
  readonly after: string
}

/** Tells for a place which versions after one changed it, the newest first, but for those that are taken out. */
export const changedLater = <C, K extends Placed, M extends ContentMerge<C, K>>(
  lineage: Lineage,
  { after, head, taken }: TakenOut,
  contents: Contents<C, K, M>
) => {
  const later = newestFirst(lineage, ancestry(lineage, [head])).filter((version) =>
    !taken.has(version) && ancestry(lineage, [version]).has(after)
  )
  const changes = later.map((version) => {
    const [parent] = lineage.parents.get(version) ?? []
    const before = parent === undefined ? contents.absent : contents.contentOf(parent)
    return { version, places: contents.changed(before, contents.contentOf(version)) }
  })
  return (path: string): ReadonlyArray<string> =>
    changes.filter(({ places }) => places.some((place) => contents.isWithin(place, path))).map(({ version }) => version)
}

const advised = <C, K extends Placed, M extends ContentMerge<C, K>>(
  lineage: Lineage,
  request: RevertRequest,
  contents: Contents<C, K, M>,
  stretch: Stretch
) => {
  const { before, newest, versions } = stretch
  const laterChanging = changedLater(lineage, { head: request.head, taken: new Set(versions), after: newest }, contents)
  const places = contents.changed(
    before === undefined ? contents.absent : contents.contentOf(before),
    contents.contentOf(newest)
  )
  return (merge: Extract<M, { readonly _tag: "conflict" }>): M => {
    const free = places.filter((place) => !merge.conflicts.some(({ path }) => contents.isWithin(place, path)))
    const conflicts = merge.conflicts.map((conflict) => {
      const undoFirst = laterChanging(conflict.path)
      return {
        ...conflict,
        suggestions: [
          ...conflict.suggestions,
          ...undoFirst.length === 0 ? [] : [{ undoFirst }],
          ...free.length === 0 ? [] : [{ narrowTo: free }]
        ]
      }
    })
    return { ...merge, conflicts }
  }
}

const isConflict = <M extends { readonly _tag: string }>(
  merge: M
): merge is Extract<M, { readonly _tag: "conflict" }> => merge._tag === "conflict"

/** Takes versions out of what the head holds. */
export const revert = <C, K extends Placed, M extends ContentMerge<C, K>>(
  lineage: Lineage,
  request: RevertRequest,
  contents: Contents<C, K, M>
): Reverted<C, M> => {
  const strangers = strangersIn(lineage, request)
  if (strangers.length > 0) return { _tag: "refused", problems: strangers }
  const { stretches, problems } = stretchesOf(lineage, request)
  if (problems.length > 0) return { _tag: "refused", problems }
  const head = contents.contentOf(request.head)
  let content = head
  for (const stretch of stretches) {
    const base = contents.contentOf(stretch.newest)
    const before = stretch.before === undefined ? contents.absent : contents.contentOf(stretch.before)
    const theirs = request.only === undefined ? before : contents.withPlaces(base, before, request.only)
    const merge = contents.merge({ base, ours: content, theirs })
    if (isConflict(merge)) {
      return { _tag: "conflict", at: stretch.versions, merge: advised(lineage, request, contents, stretch)(merge) }
    }
    if (merge._tag === "merged") content = merge.content
  }
  const reverts = newestFirst(lineage, stretches.flatMap(({ versions }) => versions))
  return contents.same(content, head)
    ? { _tag: "already-undone", severity: "info", reverts }
    : { _tag: "reverted", content, parents: [request.head], reverts }
}

/** What restoring a version drops: everything that the head comes from and that version does not, newest first. */
export const droppedBy = (
  lineage: Lineage,
  head: string,
  restored: string
): { readonly _tag: "drops"; readonly versions: ReadonlyArray<string> } | {
  readonly _tag: "refused"
  readonly problems: ReadonlyArray<RevertProblem>
} => {
  const problems = strangersIn(lineage, { head, take: [restored] })
  if (problems.length > 0) return { _tag: "refused", problems }
  const kept = ancestry(lineage, [restored])
  return { _tag: "drops", versions: newestFirst(lineage, ancestry(lineage, [head])).filter((id) => !kept.has(id)) }
}
