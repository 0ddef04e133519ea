/**
 * Guards: before a resource is deleted whose way back gives it a new id, every managed resource that would then still
 * hold the old one joins the batch, so that going back can rewrite the reference.
 *
 * That is what has no step of its own, and what lets go of the id only after the delete, because it waits for the new
 * resource: its own step is taken back before the deleted one is there again, if it was begun at all.
 */
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import { type Decided, letsGoBefore } from "./Edges.ts"

const renews = ({ action, kind }: Step, kinds: ReadonlyMap<string, Kind>): boolean =>
  action === "delete" && kinds.get(kind)?.capabilities.identity._tag === "server"

/** Which addresses need a guard, and what they guard. */
export type Guarded = ReadonlyMap<Address, ReadonlyArray<Address>>

/** Whether a step of a referrer comes before a delete. */
type IsBefore = (step: Step, of: Step, decided: Decided) => boolean

/** Lists the addresses that need a guard, sorted as the referrers are. */
export const guarded = (
  decided: Decided,
  kinds: ReadonlyMap<string, Kind>,
  isBefore: IsBefore = letsGoBefore
): Guarded => {
  const { referrers, steps } = decided
  const own = Map.groupBy(steps, ({ address }) => address)
  const found = new Map<Address, ReadonlyArray<Address>>()
  for (const step of steps) {
    const { address, kind, remoteId } = step
    if (!renews(step, kinds) || remoteId === undefined) continue
    const holders = referrers.holding(kind, remoteId).filter((holder) => holder !== address)
    for (const holder of holders) {
      // What a replace makes anew never held the old id.
      const olds = own.get(holder)?.filter(({ replaces }) => replaces !== "create")
      const hasLetGo = olds?.every((other) => isBefore(other, step, decided)) ?? false
      if (!hasLetGo) found.set(holder, [...(found.get(holder) ?? []), address])
    }
  }
  return found
}

const isBeforeAsOrdered: IsBefore = (step, { dependsOn }) => step.action === "guard" || dependsOn.includes(step.id)

/** The same once the steps are ordered: what would have come first in a cycle lets go only after the delete. */
export const guardedAsOrdered = (decided: Decided, kinds: ReadonlyMap<string, Kind>, first: Guarded): Guarded => {
  const late = guarded(decided, kinds, isBeforeAsOrdered)
  const unguarded = [...late].filter(([holder]) => !first.has(holder))
  return unguarded.length === 0 ? first : new Map([...first, ...unguarded])
}
