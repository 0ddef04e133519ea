/**
 * Guards: before a resource is deleted whose way back gives it a new id, every managed resource that holds its id and
 * has no step of its own joins the batch, so that going back can rewrite the reference.
 */
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import type { Referrers } from "./Referrers.ts"

/** Lists the addresses that need a guard, sorted as the referrers are, with what they guard. */
export const guarded = (
  steps: ReadonlyArray<Step>,
  kinds: ReadonlyMap<string, Kind>,
  referrers: Referrers
): ReadonlyMap<Address, ReadonlyArray<Address>> => {
  const busy = new Set(steps.filter(({ id, address }) => id as string === address).map(({ address }) => address))
  const found = new Map<Address, ReadonlyArray<Address>>()
  for (const { action, address, kind, remoteId } of steps) {
    const renews = action === "delete" && kinds.get(kind)?.capabilities.identity._tag === "server"
    if (!renews || remoteId === undefined) continue
    const idle = referrers.holding(kind, remoteId).filter((holder) => holder !== address && !busy.has(holder))
    for (const holder of idle) found.set(holder, [...(found.get(holder) ?? []), address])
  }
  return found
}
