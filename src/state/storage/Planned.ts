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

/** Steps of the plan that the batch was opened with. */
export interface Planned {
  readonly _tag: "planned"
  readonly steps: ReadonlyArray<Step>
}

/** Changes of it: they are for showing, and nothing else reads them. */
export interface Shown {
  readonly _tag: "shown"
  readonly changes: ReadonlyArray<PlannedChange>
}

/** What is stored as `opened`: with `parts`, so many rows of steps and of changes follow. */
export type StoredOpened = Opened & { readonly parts?: { readonly planned: number; readonly shown: number } }

/** The body of a stored row. */
export type StoredBody = EntryBody | Planned | Shown

const portions = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from(
    { length: Math.ceil(items.length / Limits.planPortion) },
    (_, index) => items.slice(index * Limits.planPortion, (index + 1) * Limits.planPortion)
  )

/** The bodies that an opened batch is stored as, in order. */
export const storedOpened = (opened: Opened): ReadonlyArray<StoredBody> => {
  const { changes, steps } = opened.plan
  if (steps.length + changes.length <= Limits.planPortion) return [opened]
  const planned = portions(steps).map((some): Planned => ({ _tag: "planned", steps: some }))
  const shown = portions(changes).map((some): Shown => ({ _tag: "shown", changes: some }))
  const parts = { planned: planned.length, shown: shown.length }
  const first: StoredOpened = { ...opened, plan: { ...opened.plan, steps: [], changes: [] }, parts }
  return [first, ...planned, ...shown]
}

/** Tells whether all of a plan is there, from the first body of its batch and the kinds of its rows. */
export const isPlanWhole = (
  first: Readonly<Record<string, unknown>> | undefined,
  kinds: ReadonlyArray<unknown>
): boolean => {
  const { planned = 0, shown = 0 }: Partial<NonNullable<StoredOpened["parts"]>> = first?.["parts"] ?? {}
  const count = (kind: string) => kinds.filter((one) => one === kind).length
  return count("planned") === planned && count("shown") === shown
}

const incomplete = (batch: string): StateError =>
  new StateError({
    reason: "Corrupt",
    operation: "entries",
    detail: `parts of the plan of batch ${batch} are missing`,
    hint: "Run `amends state salvage`, or restore a backup."
  })

/** An entry as it is stored. */
export type StoredEntry = Omit<Entry, "body"> & { readonly body: StoredBody }

const isEntry = (entry: StoredEntry): entry is Entry => entry.body._tag !== "planned" && entry.body._tag !== "shown"

const withPlan = (entries: ReadonlyArray<Entry>, put: (opened: StoredOpened) => Opened["plan"]) => {
  const [first, ...rest] = entries
  if (first === undefined || first.body._tag !== "opened") return entries
  const { parts: _, ...opened }: StoredOpened = first.body
  return [{ ...first, body: { ...opened, plan: put(first.body) } }, ...rest]
}

const stepsIn = (stored: ReadonlyArray<StoredEntry>, { parts, plan }: StoredOpened, batch: string) => {
  if (parts === undefined) return plan.steps
  const planned = stored.flatMap(({ body }) => body._tag === "planned" ? [body.steps] : [])
  if (planned.length !== parts.planned) throw incomplete(batch)
  return planned.flat()
}

const changesIn = (stored: ReadonlyArray<StoredEntry>, { parts, plan }: StoredOpened, batch: string) => {
  if (parts === undefined) return plan.changes
  const shown = stored.flatMap(({ body }) => body._tag === "shown" ? [body.changes] : [])
  if (shown.length !== parts.shown) throw incomplete(batch)
  return shown.flat()
}

/** The entries of a batch, its plan put together. Throws StateError where a part of that is missing. */
export const withWholePlan = (stored: ReadonlyArray<StoredEntry>): ReadonlyArray<Entry> =>
  withPlan(stored.filter(isEntry), (opened) => {
    const batch = stored[0]?.batch ?? ""
    return { ...opened.plan, steps: stepsIn(stored, opened, batch), changes: changesIn(stored, opened, batch) }
  })

/** The entries of a batch with the steps of its plan and none of the changes. Throws StateError as the above. */
export const withSteps = (stored: ReadonlyArray<StoredEntry>): ReadonlyArray<Entry> =>
  withPlan(
    stored.filter(isEntry),
    (opened) => ({ ...opened.plan, steps: stepsIn(stored, opened, stored[0]?.batch ?? ""), changes: [] })
  )

/** About how many characters a value takes as text, without making it. */
export const roughSize = (value: Json | undefined): number => {
  if (typeof value === "string") return value.length + 2
  if (typeof value !== "object" || value === null) return 6
  return Object.entries(value).reduce((sum, [key, member]: [string, Json]) => sum + key.length + roughSize(member), 2)
}
