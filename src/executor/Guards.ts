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

/** Lists the addresses that need a guard, sorted as the referrers are, with what they guard. */
export const guarded = (
  decided: Decided,
  kinds: ReadonlyMap<string, Kind>
): ReadonlyMap<Address, ReadonlyArray<Address>> => {
  const { referrers, steps } = decided
  const own = Map.groupBy(steps, ({ address }) => address)
  const found = new Map<Address, ReadonlyArray<Address>>()
  for (const step of steps) {
    const { address, kind, remoteId } = step
    if (!renews(step, kinds) || remoteId === undefined) continue
    const holders = referrers.holding(kind, remoteId).filter((holder) => holder !== address)
    for (const holder of holders) {
      const hasLetGo = own.get(holder)?.every((other) => letsGoBefore(other, step, decided)) ?? false
      if (!hasLetGo) found.set(holder, [...(found.get(holder) ?? []), address])
    }
  }
  return found
}
