/**
 * Other people's deeds, done to the world directly, behind everybody's back.
 */
import type { Document, Json } from "../../src/domain/Document.ts"
import type { LogEntry, MemoryWorld, Stored } from "../../src/providers/memory/World.ts"
import { idIn } from "./Kinds.ts"
import type { Deed } from "./Scenario.ts"
import type { Trial } from "./Trial.ts"

const chosen = (world: MemoryWorld, { kind, which }: { readonly kind: string; readonly which: number }) => {
  const all = [...world.resources.get(kind)?.values() ?? []]
  return all[which % Math.max(1, all.length)]
}

const isEdit = ({ arrival, by, effect }: LogEntry, kind: string, id: string): boolean =>
  by === "stranger" && effect === "updated" && arrival.kind === kind && arrival.id === id

/** The patch that puts back what a stranger's last edit replaced. */
const reverting = (world: MemoryWorld, kind: string, { id }: Stored): Document | undefined => {
  const last = world.log.findLast((line) => isEdit(line, kind, id))
  const [before, after] = [last?.before?.document, last?.after?.document]
  if (before === undefined || after === undefined) return undefined
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return Object.fromEntries(
    fields.filter((field) => before[field] !== after[field]).map((
      field
    ): [string, Json] => [field, before[field] ?? null])
  )
}

const create = ({ scenario, world }: Trial, kind: string, document: Document): void => {
  const draft = scenario.kinds.find((one) => one.name === kind)
  if (draft === undefined) return
  const owner = world.resources.get(draft.refersTo ?? "")?.keys().next().value
  if (draft.places === "owner" && owner === undefined) return
  const place = draft.places === "owner" ? { ref: owner ?? "" } : draft.places === undefined ? {} : { place: "north" }
  const made = { size: 1, ...place, ...document }
  const named = idIn(draft, made)
  if (named !== undefined && world.get(kind, named) !== undefined) return
  world.create(kind, made, named ?? world.nextId(kind, draft.ids))
}

/** What a process last sent to be created, all calls of it together. */
const lastCreate = ({ record }: Trial, kind: string): Document | undefined => {
  const sent = record.sent.findLast(({ sending: { call, kind: of } }) => of === kind && call.operation === "create")
  return sent?.sending.call.expected
}

/** Does what a stranger does. What is not there is left alone. */
export const perform = (trial: Trial, deed: Deed): void => {
  const { timeline, world } = trial
  // What has landed by now was there first.
  world.land(timeline.now)
  if (deed.deed === "create") return create(trial, deed.kind, deed.document)
  if (deed.deed === "mimic") {
    const document = lastCreate(trial, deed.kind)
    return document === undefined ? undefined : create(trial, deed.kind, document)
  }
  const stored = chosen(world, deed)
  if (stored === undefined) return
  switch (deed.deed) {
    case "edit":
      return world.edit(deed.kind, stored.id, deed.patch)
    case "revert": {
      const patch = reverting(world, deed.kind, stored)
      return patch === undefined ? undefined : world.edit(deed.kind, stored.id, patch)
    }
    case "touch":
      return world.touch(deed.kind, stored.id)
    case "remove":
      return world.remove(deed.kind, stored.id)
    case "recreate":
      world.remove(deed.kind, stored.id)
      return create(trial, deed.kind, stored.document)
  }
}
