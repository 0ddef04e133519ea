/**
 * Takes versions out of what a resource holds now, or makes it hold what it held: pure, and the same for a dry run and
 * the real one.
 *
 * The later changes stay, those that no version holds as well. Where both touched a place it is a conflict: settled by
 * an answer for that place, by a strategy, or open, and then what is there stands for it until somebody decides.
 */
import type { Severity } from "../domain/Conflict.ts"
import { type Document, isObject, type Json } from "../domain/Document.ts"
import type { Digest } from "../domain/Ids.ts"
import type { DocumentConflict } from "../merge/Draft.ts"
import { type DocumentConflicts, type Resolution, resolveDocument, type Take } from "../merge/Resolve.ts"
import { type ResourceContentMerge, resourceContents } from "../merge/ResourceContents.ts"
import { changedLater, type Contents, droppedBy, revert } from "../merge/Revert.ts"
import type { Value } from "../merge/Value.ts"
import { nowId, type Past } from "./Past.ts"
import { shapedLike } from "./Shaped.ts"

/** The answer to a conflict: a side, or another value. */
export type Answer = { readonly take: Take } | { readonly value: Json }

/** How conflicts are settled. */
export interface Answers {
  /** What becomes of a critical one without an answer: `ours` keeps what is there, `theirs` what stood there before. */
  readonly strategy: "stop" | "ours" | "theirs"
  /** By the path of the conflict. */
  readonly given: ReadonlyMap<string, Answer>
}

/** A conflict that was met, and how it is settled. */
export interface Met {
  readonly path: string
  readonly kind: DocumentConflict["kind"]
  readonly severity: Severity
  readonly base: Json | undefined
  readonly ours: Json | undefined
  readonly theirs: Json | undefined
  readonly settled?: Take | "value"
  /** Versions that changed the place later, and what stands for edits, newest first. */
  readonly laterBy: ReadonlyArray<string>
}

/** What a resource is to hold. */
export interface TakenBack {
  /** Absent for nothing there. */
  readonly target: Document | undefined
  /** What of it is declared. */
  readonly declares: Document | undefined
  /** Newest first. */
  readonly reverts: ReadonlyArray<Digest>
  readonly conflicts: ReadonlyArray<Met>
  /** Versions, and what stands for edits, that are lost, newest first. */
  readonly drops: ReadonlyArray<string>
  /** Answers that no conflict asked for, or that cannot be. */
  readonly problems: ReadonlyArray<string>
}

type ResourceContents = Contents<Document | undefined, DocumentConflict, ResourceContentMerge>

/** A conflict as it was settled. */
type Settled = Omit<Met, "laterBy">

const json = (value: unknown): Json | undefined => value as Json | undefined

const takeOf = ({ path, severity }: DocumentConflict, { given, strategy }: Answers): Answer | undefined => {
  const answer = given.get(path)
  if (answer !== undefined) return answer
  if (strategy === "stop") return severity === "critical" ? undefined : { take: "ours" }
  return { take: strategy }
}

/** Merges that settle their conflicts, and keep what they met. */
const settling = (contents: ResourceContents, answers: Answers) => {
  const met: Array<Settled> = []
  const problems: Array<string> = []
  const asked = new Set<string>()
  const settle = (merge: DocumentConflicts): ResourceContentMerge => {
    const taken = merge.conflicts.map((conflict) => takeOf(conflict, answers))
    for (const { path } of merge.conflicts) asked.add(path)
    met.push(...merge.conflicts.map(({ base, kind, ours, path, severity, theirs }, at): Settled => {
      const how = taken[at]
      const settled = how === undefined ? undefined : "take" in how ? how.take : "value"
      const sides = { base: json(base), ours: json(ours), theirs: json(theirs) }
      return { path, kind, severity, ...sides, ...(settled === undefined ? {} : { settled }) }
    }))
    const resolutions = taken.map((how, conflict): Resolution<Value | undefined> =>
      how === undefined || "take" in how ? { conflict, take: how?.take ?? "ours" } : { conflict, value: how.value }
    )
    const resolved = resolveDocument(merge, resolutions)
    if (resolved._tag === "resolved") {
      return {
        _tag: "merged",
        content: isObject(resolved.document as Json) ? resolved.document as Document : undefined,
        notes: []
      }
    }
    if (resolved._tag === "refused")
      problems.push(...resolved.problems.map(({ hint, path, why }) => `${path}: ${why}; ${hint}`))
    return merge
  }
  const merging: ResourceContents = {
    ...contents,
    merge: (sides) => {
      const merge = contents.merge(sides)
      if (merge._tag === "conflict") return settle(merge)
      met.push(
        ...merge.notes.map(({ base, kind, ours, path, severity, theirs }): Settled => ({
          path,
          kind,
          severity,
          base: json(base),
          ours: json(ours),
          theirs: json(theirs),
          settled: "ours"
        }))
      )
      return merge
    }
  }
  return { merging, met, problems, asked }
}

const declaredAs = (shape: Document | undefined, target: Document | undefined): Document | undefined =>
  target === undefined || shape === undefined ? target : shapedLike(shape, target)

/** What is declared once versions are out: of what both sides changed, the places count and not the values. */
const declaredWithout = ({ declaredOf, kind, lineage }: Past, take: ReadonlyArray<Digest>): Document | undefined => {
  const { merging } = settling(resourceContents(kind, declaredOf), { strategy: "theirs", given: new Map() })
  const reverted = revert(lineage, { head: nowId, take }, merging)
  return reverted._tag === "reverted" ? reverted.content : declaredOf(nowId)
}

const unasked = (
  answers: Answers,
  asked: ReadonlySet<string>,
  met: ReadonlyArray<Settled>
): ReadonlyArray<string> => {
  const told = new Set(met.map(({ path }) => path))
  return [...answers.given.keys()].filter((path) => !asked.has(path)).map((path) =>
    `${path === "" ? "the whole resource" : path}: ${
      told.has(path) ? "it is only told, and what is there stays" : "there is no conflict"
    }`
  )
}

/** Takes versions out of what is there now. */
export const takeOut = (past: Past, take: ReadonlyArray<Digest>, answers: Answers): TakenBack => {
  const contents = resourceContents(past.kind, past.contentOf)
  const { asked, merging, met, problems } = settling(contents, answers)
  const reverted = revert(past.lineage, { head: nowId, take }, merging)
  const target = reverted._tag === "reverted" ? reverted.content : past.contentOf(nowId)
  const isOpen = met.some(({ settled }) => settled === undefined)
  const shape = isOpen ? past.declaredOf(nowId) : declaredWithout(past, take)
  const oldest = past.versions.find(({ id }) => take.includes(id))?.id ?? nowId
  const laterBy = changedLater(past.lineage, { head: nowId, taken: new Set(take), after: oldest }, contents)
  return {
    target,
    declares: declaredAs(shape ?? past.declaredOf(nowId), target),
    reverts: reverted._tag === "reverted" || reverted._tag === "already-undone"
      ? reverted.reverts as ReadonlyArray<Digest>
      : take,
    conflicts: met.map((one) => ({ ...one, laterBy: laterBy(one.path) })),
    drops: [],
    problems: [
      ...problems,
      ...unasked(answers, asked, met),
      ...reverted._tag === "refused"
        ? reverted.problems.map(({ hint, version, why }) => `${version}: ${why}; ${hint}`)
        : []
    ]
  }
}

/** Makes a resource hold what it held at a version; everything later is lost, and said. */
export const restoreTo = (past: Past, version: Digest, answers: Answers): TakenBack => {
  const target = past.contentOf(version)
  const lost = droppedBy(past.lineage, nowId, version)
  const { changed } = resourceContents(past.kind, past.contentOf)
  const isChange = (id: string): boolean => {
    const [parent] = past.lineage.parents.get(id) ?? []
    return id !== nowId ||
      changed(parent === undefined ? undefined : past.contentOf(parent), past.contentOf(id)).length > 0
  }
  return {
    target,
    declares: declaredAs(past.declaredOf(version), target),
    reverts: [],
    conflicts: [],
    drops: lost._tag === "drops" ? lost.versions.filter(isChange) : [],
    problems: unasked(answers, new Set(), [])
  }
}
