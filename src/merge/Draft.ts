/**
 * A merge that is not finished: what is settled, with a hole where each conflict stands.
 *
 * Filling the holes is how conflicts are resolved: by where they stand, never by a search for their path or their
 * content in the result. While a merge runs a hole holds its conflict; a finished one holds its number in the list of
 * conflicts, so that drafts can be stored and read again.
 */
import type { Conflict } from "../domain/Conflict.ts"
import { isList, type Value } from "./Value.ts"

/** A conflict about a place of a document. */
export type DocumentConflict = Conflict<Value>

/** One of the inputs. */
export type Side = "base" | "ours" | "theirs"

/** What stands where a side of a conflict is chosen, and nothing otherwise: an element that both sides moved. */
export interface Slot<C> {
  readonly _tag: "slot"
  readonly conflict: C
  readonly of: Side
  readonly draft: Draft<C>
}

/** An unfinished value. */
export type Draft<C = number> =
  | { readonly _tag: "value"; readonly value: Value | undefined }
  /** What stands here is open. */
  | { readonly _tag: "hole"; readonly conflict: C }
  /** Some elements of the list around it are open, or some lines of the text. */
  | { readonly _tag: "gap"; readonly conflict: C }
  | Slot<C>
  | { readonly _tag: "object"; readonly members: ReadonlyArray<readonly [key: string, draft: Draft<C>]> }
  | { readonly _tag: "list"; readonly items: ReadonlyArray<Draft<C>> }
  /** Strings and gaps between them. */
  | { readonly _tag: "text"; readonly parts: ReadonlyArray<Draft<C>> }

/** What becomes of a draft: what stands in a hole, which elements in a gap; `undefined` leaves it open. */
export interface Filling<C> {
  readonly hole: (conflict: C) => { readonly value: Value | undefined } | undefined
  readonly gap: (conflict: C) => ReadonlyArray<Value> | undefined
  readonly slot: (conflict: C) => Side | undefined
}

/** A draft that is settled. */
export const settledDraft = (value: Value | undefined): Draft<never> => ({ _tag: "value", value })

/** An object of drafts, itself settled if they all are. Members that are absent are left out. */
export const objectDraft = <C>(members: ReadonlyArray<readonly [string, Draft<C>]>): Draft<C> => {
  const values: Array<readonly [string, Value]> = []
  for (const [key, draft] of members) {
    if (draft._tag !== "value") return { _tag: "object", members }
    if (draft.value !== undefined) values.push([key, draft.value])
  }
  return settledDraft(Object.fromEntries(values))
}

/** A list of drafts, itself settled if they all are. Elements that are absent are left out. */
export const listDraft = <C>(items: ReadonlyArray<Draft<C>>): Draft<C> =>
  items.every((item) => item._tag === "value")
    ? settledDraft(items.flatMap(({ value }) => value === undefined ? [] : [value]))
    : { _tag: "list", items }

/** A string of drafts of strings, itself settled if they all are. */
export const textDraft = <C>(parts: ReadonlyArray<Draft<C>>): Draft<C> =>
  parts.every((part) => part._tag === "value")
    ? settledDraft(parts.map(({ value }) => typeof value === "string" ? value : "").join(""))
    : { _tag: "text", parts }

const fillSlot = <C>(slot: Slot<C>, filling: Filling<C>): Draft<C> => {
  const side = filling.slot(slot.conflict)
  const draft = fill(slot.draft, filling)
  if (side === undefined) return { ...slot, draft }
  return side === slot.of ? draft : settledDraft(undefined)
}

const fillAll = <C>(drafts: ReadonlyArray<Draft<C>>, filling: Filling<C>): ReadonlyArray<Draft<C>> =>
  drafts.flatMap((draft): ReadonlyArray<Draft<C>> =>
    draft._tag === "gap"
      ? filling.gap(draft.conflict)?.map((item) => settledDraft(item)) ?? [draft]
      : [fill(draft, filling)]
  )

/** Fills what it can; what is left open stays so. */
export const fill = <C>(draft: Draft<C>, filling: Filling<C>): Draft<C> => {
  switch (draft._tag) {
    case "value":
    case "gap":
      return draft
    case "hole": {
      const found = filling.hole(draft.conflict)
      return found === undefined ? draft : settledDraft(found.value)
    }
    case "slot":
      return fillSlot(draft, filling)
    case "object":
      return objectDraft(draft.members.map(([key, member]) => [key, fill(member, filling)]))
    case "list":
      return listDraft(fillAll(draft.items, filling))
    case "text":
      return textDraft(fillAll(draft.parts, filling))
  }
}

/** What one side holds at a conflict, as it fills a gap: some elements, or some lines as one string. */
export const gapItems = (value: Value | undefined): ReadonlyArray<Value> =>
  isList(value) ? value : value === undefined ? [] : [value]

/** The document that a draft is if one side is taken everywhere. */
export const draftAs = (
  { conflicts, draft }: { readonly conflicts: ReadonlyArray<DocumentConflict>; readonly draft: Draft },
  side: Side
): Value | undefined => {
  const filled = fill(draft, {
    hole: (at) => ({ value: conflicts[at]?.[side] }),
    gap: (at) => gapItems(conflicts[at]?.[side]),
    slot: () => side
  })
  return filled._tag === "value" ? filled.value : undefined
}

/** The same draft with something else for its conflicts. */
export const mapDraft = <A, B>(draft: Draft<A>, f: (conflict: A) => B): Draft<B> => {
  switch (draft._tag) {
    case "value":
      return draft
    case "hole":
    case "gap":
      return { _tag: draft._tag, conflict: f(draft.conflict) }
    case "slot":
      return { ...draft, conflict: f(draft.conflict), draft: mapDraft(draft.draft, f) }
    case "object":
      return { _tag: "object", members: draft.members.map(([key, member]) => [key, mapDraft(member, f)]) }
    case "list":
      return { _tag: "list", items: draft.items.map((item) => mapDraft(item, f)) }
    case "text":
      return { _tag: "text", parts: draft.parts.map((part) => mapDraft(part, f)) }
  }
}

/** The conflicts of a draft, each once, in the order in which they stand. */
export const conflictsOf = <C>(draft: Draft<C>): ReadonlyArray<C> => {
  const found = new Set<C>()
  mapDraft(draft, (conflict) => found.add(conflict))
  return [...found]
}
