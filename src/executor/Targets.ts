/**
 * What `--target` selects: the named addresses, all that they depend on, and for those that will be deleted or
 * replaced, what has to let go of them first.
 */
import type { Address } from "../domain/Ids.ts"
import type { PlanInput, PlanOptions } from "./PlanInput.ts"
import { type PlanRefusal, unknownAddress } from "./PlanRefusal.ts"
import type { Referrers } from "./Referrers.ts"
import type { Subject } from "./Subject.ts"

/** Tells whether an address takes part. */
export type Selected = (address: Address) => boolean

/** Refuses options that name what is neither declared nor known. */
export const refuseUnknown = (
  { desired, options }: PlanInput,
  subjects: ReadonlyMap<Address, Subject>
): ReadonlyArray<PlanRefusal> => {
  const declared = new Set(desired.map(({ address }) => address))
  const unknown = (addresses: ReadonlyArray<Address>, option: "--target" | "--replace"): ReadonlyArray<PlanRefusal> =>
    addresses.filter((address) => !subjects.has(address) && !declared.has(address))
      .map((address) => unknownAddress(address, option))
  return [...unknown(options.targets, "--target"), ...unknown(options.replace, "--replace")]
}

/** Follows the targets to everything they need; `leaving` are resources that a decision deletes or replaces. */
export const select = (
  options: PlanOptions,
  subjects: ReadonlyMap<Address, Subject>,
  referrers: Referrers,
  leaving: ReadonlySet<Address>
): Selected => {
  const { only } = options
  if (only !== undefined) return (address) => only.has(address)
  if (options.targets.length === 0) return () => true
  const found = new Set([...options.targets, ...options.replace])
  if (options.refreshOnly) return (address) => found.has(address)
  // A set iterates over what is added meanwhile: it is the queue and its result at once.
  for (const address of found) {
    const subject = subjects.get(address)
    const goes = subject?.desired === undefined || leaving.has(address)
    for (const needed of referrers.needs(address)) found.add(needed)
    if (!goes) continue
    for (const referrer of referrers.to(address, subject?.head?.remoteId)) found.add(referrer.address)
  }
  return (address) => found.has(address)
}
