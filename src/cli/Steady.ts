/**
 * A plan whose sets are in one order: servers answer them in any, and the same plan has to read the same every time.
 */
import type { PlannedBatch } from "../app/PlanBatch.ts"
import { canonicalText, isArray, isObject, type Json } from "../domain/Document.ts"
import { kindOf } from "../domain/Ids.ts"
import type { Plan } from "../domain/Plan.ts"
import { matches, type Path } from "../domain/Pointer.ts"
import { asSealed, type SealedDocument } from "../domain/Sealed.ts"

const byText = (a: Json, b: Json): number => canonicalText(a) < canonicalText(b) ? -1 : 1

/** What needs no sorting comes out as the same value: a large plan stands beside the one that is shown. */
const steadyAt = (sets: ReadonlyArray<string>, value: Json, path: Path): Json => {
  if (isArray(value)) {
    const items = value.map((item, index) => steadyAt(sets, item, [...path, String(index)]))
    const ordered = sets.some((pattern) => matches(pattern, path)) ? items.toSorted(byText) : items
    return ordered.every((item, index) => item === value[index]) ? value : ordered
  }
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([key, member]) => [key, steadyAt(sets, member, [...path, key])] as const)
  return members.every(([key, member]) => member === value[key]) ? value : Object.fromEntries(members)
}

const steady = (sets: ReadonlyArray<string>, document: SealedDocument): SealedDocument => {
  const value = steadyAt(sets, document, [])
  return isObject(value) ? asSealed(value) : document
}

/** The plan with the sets of its documents sorted; only for showing. */
export const steadyPlan = ({ plan, registry }: Pick<PlannedBatch, "plan" | "registry">): Plan => ({
  ...plan,
  changes: plan.changes.map((change) => {
    const sets = registry.kinds.get(kindOf(change.address))?.roles.sets ?? []
    return {
      ...change,
      ...(change.before === undefined ? {} : { before: steady(sets, change.before) }),
      ...(change.after === undefined ? {} : { after: steady(sets, change.after) })
    }
  })
})
