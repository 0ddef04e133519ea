/**
 * Answers to conflicts, put where the conflicts stand: ours, theirs, base, both, or something else.
 *
 * An answer names its conflict by number, and goes to the recorded place of it, never to what looks like it. Some
 * conflicts may be answered and the rest kept for later. Answers that leave a marker in the content, or that would lose
 * or double something, are refused, all at once and with what to do; then nothing is resolved.
 */
import {
  conflictsOf,
  type DocumentConflict,
  type Draft,
  fill,
  type Filling,
  gapItems,
  mapDraft,
  type Side
} from "./Draft.ts"
import { markerLengthFor, markersIn } from "./Markers.ts"
import type { DocumentMerge } from "./Structure.ts"
import { isList, isMembers, sameValue, Unsettled, type Value } from "./Value.ts"

/** One of the inputs, or what ours and then theirs hold. */
export type Take = Side | "both"

/** The answer to a conflict, by its number. */
export type Resolution<V> =
  & { readonly conflict: number }
  & (
    | { readonly take: Take }
    | { readonly value: V }
  )

/** Why an answer is refused, and what to do instead. */
export interface Refusal {
  readonly conflict: number
  readonly path: string
  readonly why: string
  readonly hint: string
}

/** A merge with conflicts. */
export type DocumentConflicts = Extract<DocumentMerge, { readonly _tag: "conflict" }>

/** What comes of answers: the document, or what is still open, or the answers that cannot be. */
export type DocumentResolution =
  | { readonly _tag: "resolved"; readonly document: Value | undefined }
  | { readonly _tag: "unresolved"; readonly merge: DocumentConflicts }
  | { readonly _tag: "refused"; readonly problems: ReadonlyArray<Refusal> }

type Problem = Omit<Refusal, "conflict" | "path">

/** How the holes of a conflict are shaped, which says what may stand in them. */
type Shape = "hole" | "items" | "lines" | "slot"

const shapesOf = (draft: Draft): ReadonlyMap<number, Shape> => {
  const shapes = new Map<number, Shape>()
  const look = (at: Draft, gap: Shape): void => {
    if (at._tag === "hole") shapes.set(at.conflict, "hole")
    if (at._tag === "gap") shapes.set(at.conflict, gap)
    if (at._tag === "slot") {
      shapes.set(at.conflict, "slot")
      look(at.draft, gap)
    }
    if (at._tag === "object") { for (const [, member] of at.members) look(member, gap) }
    if (at._tag === "list") { for (const item of at.items) look(item, "items") }
    if (at._tag === "text") { for (const part of at.parts) look(part, "lines") }
  }
  look(draft, "items")
  return shapes
}

const stringsIn = (value: Value): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (isList(value)) return value.flatMap(stringsIn)
  return isMembers(value) ? Object.values(value).flatMap(stringsIn) : []
}

const isOpen = (value: Value): boolean =>
  value instanceof Unsettled || (isList(value) ? value : isMembers(value) ? Object.values(value) : []).some(isOpen)

const holdsMarker = (value: Value, { base, ours, theirs }: DocumentConflict): boolean => {
  const inputs = [base, ours, theirs].flatMap((side) => side === undefined ? [] : stringsIn(side))
  const length = markerLengthFor(inputs)
  return stringsIn(value).some((text) => markersIn(text, length).length > 0)
}

/** What stands on both sides, one behind the other; `undefined` where that makes no sense. */
const bothOf = ({ ours, theirs }: DocumentConflict, shape: Shape): ReadonlyArray<Value> | undefined => {
  if (shape === "lines") {
    const [mine, other] = [typeof ours === "string" ? ours : "", typeof theirs === "string" ? theirs : ""]
    return [mine === "" || mine.endsWith("\n") ? mine : `${mine}\n`, other]
  }
  if (!isList(ours) || !isList(theirs)) return undefined
  return shape === "items"
    ? [...ours, ...theirs]
    : [...ours, ...theirs.filter((item) => !ours.some((one) => sameValue(one, item)))]
}

const problemOfTake = (take: Take, conflict: DocumentConflict, shape: Shape, slots: ReadonlySet<Side>) => {
  if (take === "both") {
    return shape !== "slot" && bothOf(conflict, shape) !== undefined ? undefined : {
      why: "both sides cannot stand in this one place",
      hint: "take ours, theirs or base, or give the value"
    }
  }
  if (shape === "slot" && !slots.has(take)) {
    return { why: `the list that ${take} has it in is no more`, hint: "take another side" }
  }
  return conflict[take] instanceof Unsettled
    ? { why: "base is itself a conflict", hint: "take ours or theirs, or give the value" }
    : undefined
}

const problemOfValue = (value: Value, conflict: DocumentConflict, shape: Shape): Problem | undefined => {
  if (shape === "slot") return { why: "an element that moved stands in one of its places", hint: "take ours or theirs" }
  if (shape === "lines" && typeof value !== "string") {
    return { why: "this place holds text", hint: "give the lines as one string" }
  }
  if (shape === "items" && !isList(value)) {
    return { why: "this place holds elements of a list", hint: "give them as a list" }
  }
  if (isOpen(value)) return { why: "the value holds an unresolved conflict", hint: "give a value without" }
  return holdsMarker(value, conflict)
    ? { why: "the value holds a conflict marker", hint: "remove the marker lines" }
    : undefined
}

const slotsOf = (draft: Draft, number: number): ReadonlySet<Side> => {
  const found = new Set<Side>()
  const look = (at: Draft): void => {
    if (at._tag === "slot") {
      if (at.conflict === number) found.add(at.of)
      look(at.draft)
    }
    if (at._tag === "object") { for (const [, member] of at.members) look(member) }
    if (at._tag === "list") { for (const item of at.items) look(item) }
  }
  look(draft)
  return found
}

const problemsIn = (
  { conflicts, draft }: DocumentConflicts,
  resolutions: ReadonlyArray<Resolution<Value | undefined>>
): ReadonlyArray<Refusal> => {
  const shapes = shapesOf(draft)
  const seen = new Set<number>()
  return resolutions.flatMap((resolution) => {
    const { conflict: number } = resolution
    const conflict = conflicts[number]
    const shape = shapes.get(number)
    const found = conflict === undefined || shape === undefined
      ? { why: `there is no conflict ${number}`, hint: `they are numbered from 0 to ${conflicts.length - 1}` }
      : seen.has(number)
      ? { why: "it is answered twice", hint: "give one answer" }
      : "take" in resolution
      ? problemOfTake(resolution.take, conflict, shape, slotsOf(draft, number))
      : resolution.value === undefined && shape === "hole"
      ? undefined
      : problemOfValue(resolution.value ?? [], conflict, shape)
    seen.add(number)
    return found === undefined ? [] : [{ conflict: number, path: conflict?.path ?? "", ...found }]
  })
}

const fillingOf = (
  { conflicts, draft }: DocumentConflicts,
  resolutions: ReadonlyArray<Resolution<Value | undefined>>
): Filling<number> => {
  const shapes = shapesOf(draft)
  const answers = new Map(resolutions.map((resolution) => [resolution.conflict, resolution]))
  const answerAt = (number: number): { readonly value: Value | undefined } | undefined => {
    const [answer, conflict] = [answers.get(number), conflicts[number]]
    if (answer === undefined || conflict === undefined) return undefined
    if (!("take" in answer)) return { value: answer.value }
    return answer.take === "both"
      ? { value: bothOf(conflict, shapes.get(number) ?? "hole") }
      : { value: conflict[answer.take] }
  }
  return {
    hole: answerAt,
    gap: (number) => {
      const answer = answerAt(number)
      return answer === undefined ? undefined : gapItems(answer.value)
    },
    slot: (number) => {
      const answer = answers.get(number)
      return answer !== undefined && "take" in answer && answer.take !== "both" ? answer.take : undefined
    }
  }
}

/** Resolves some conflicts of a document or all of them. `value: undefined` leaves the place out. */
export const resolveDocument = (
  merge: DocumentConflicts,
  resolutions: ReadonlyArray<Resolution<Value | undefined>>
): DocumentResolution => {
  const problems = problemsIn(merge, resolutions)
  if (problems.length > 0) return { _tag: "refused", problems }
  const draft = fill(merge.draft, fillingOf(merge, resolutions))
  if (draft._tag === "value") return { _tag: "resolved", document: draft.value }
  const open = conflictsOf(draft).toSorted((a, b) => a - b)
  const numbers = new Map(open.map((old, at) => [old, at]))
  return {
    _tag: "unresolved",
    merge: {
      ...merge,
      conflicts: open.flatMap((old) => merge.conflicts[old] ?? []),
      draft: mapDraft(draft, (old) => numbers.get(old) ?? 0)
    }
  }
}
