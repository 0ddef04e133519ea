/**
 * A large plan in the journal: `opened` holds all of it but its steps and changes, which follow in rows of their own,
 * within the same transaction. Nothing above the storage knows of them: who reads the entries finds them in the plan.
 *
 * One text of the whole plan would have to fit into memory several times over, and into what an engine takes for a
 * text at all. Rows are made when they are written, one at a time.
 */
import type { Json } from "../../domain/Document.ts"
import type { Entry, EntryBody, Opened } from "../../domain/Entry.ts"
import { Limits } from "../../domain/Limits.ts"
import type { PlannedChange, Step } from "../../domain/Plan.ts"
import { StateError } from "../StateError.ts"

/** A part of the plan that the batch was opened with. */
export interface Planned {
  readonly _tag: "planned"
  readonly steps?: ReadonlyArray<Step>
  readonly changes?: ReadonlyArray<PlannedChange>
}

/** What is stored as `opened`: with `parts`, so many rows of the plan follow. */
export type StoredOpened = Opened & { readonly parts?: number }

/** The body of a stored row. */
export type StoredBody = EntryBody | Planned

const portions = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from(
    { length: Math.ceil(items.length / Limits.planPortion) },
    (_, index) => items.slice(index * Limits.planPortion, (index + 1) * Limits.planPortion)
  )

/** The bodies that an opened batch is stored as, in order. */
export const storedOpened = (opened: Opened): ReadonlyArray<StoredBody> => {
  const { changes, steps } = opened.plan
  if (steps.length + changes.length <= Limits.planPortion) return [opened]
  const parts: ReadonlyArray<Planned> = [
    ...portions(steps).map((some) => ({ _tag: "planned", steps: some }) as const),
    ...portions(changes).map((some) => ({ _tag: "planned", changes: some }) as const)
  ]
  const first: StoredOpened = { ...opened, plan: { ...opened.plan, steps: [], changes: [] }, parts: parts.length }
  return [first, ...parts]
}

/** Tells whether all of a plan is there, from the bodies of the first rows of its batch. */
export const isPlanWhole = (first: Readonly<Record<string, unknown>> | undefined, parts: number): boolean =>
  (first?.["parts"] ?? 0) === parts

const incomplete = (batch: string): StateError =>
  new StateError({
    reason: "Corrupt",
    operation: "entries",
    detail: `parts of the plan of batch ${batch} are missing`,
    hint: "Run `amends state salvage`, or restore a backup."
  })

/** An entry as it is stored. */
export type StoredEntry = Omit<Entry, "body"> & { readonly body: StoredBody }

const isEntry = (entry: StoredEntry): entry is Entry => entry.body._tag !== "planned"

/** The entries of a batch, its plan put together. Throws StateError where a part of that is missing. */
export const withWholePlan = (stored: ReadonlyArray<StoredEntry>): ReadonlyArray<Entry> => {
  const entries = stored.filter(isEntry)
  const [first, ...rest] = entries
  if (first === undefined || first.body._tag !== "opened") return entries
  const { parts = 0, ...opened }: StoredOpened = first.body
  if (parts === 0) return entries
  const planned = stored.flatMap(({ body }) => body._tag === "planned" ? [body] : [])
  if (planned.length !== parts) throw incomplete(first.batch)
  const steps = planned.flatMap((part) => part.steps ?? [])
  const changes = planned.flatMap((part) => part.changes ?? [])
  return [{ ...first, body: { ...opened, plan: { ...opened.plan, steps, changes } } }, ...rest]
}

/** About how many characters a value takes as text, without making it. */
export const roughSize = (value: Json | undefined): number => {
  if (typeof value === "string") return value.length + 2
  if (typeof value !== "object" || value === null) return 6
  return Object.entries(value).reduce((sum, [key, member]: [string, Json]) => sum + key.length + roughSize(member), 2)
}
