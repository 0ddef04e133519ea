/**
 * What a plan does to heads without a remote write: those that catch up with the remote, and those of what is gone.
 *
 * They ride on the ending of a committed batch; a plan without steps has nothing else to write.
 */
import type { Plan } from "../domain/Plan.ts"
import type { Head, HeadChange } from "../domain/Version.ts"

/** The changes of heads that a plan brings about by itself. */
export const headRefreshes = ({ drops, refreshes }: Plan, heads: ReadonlyArray<Head>): ReadonlyArray<HeadChange> => {
  if (refreshes.length === 0 && drops.length === 0) return []
  const byAddress = new Map(heads.map((head) => [head.address, head]))
  const refreshed = refreshes.flatMap((refresh): ReadonlyArray<HeadChange> => {
    const head = byAddress.get(refresh.address)
    if (head === undefined) return []
    const { token: _, version: __, ...rest } = head
    const { declared, observed, preventDestroy, refersTo, token } = refresh
    const next = { ...rest, declared, observed, dependsOn: refersTo, preventDestroy }
    return [{ _tag: "set", head: { ...next, ...(token === undefined ? {} : { token }) }, origin: "apply" }]
  })
  const dropped = drops.filter((address) => byAddress.has(address))
  return [...refreshed, ...dropped.map((address): HeadChange => ({ _tag: "drop", address, origin: "apply" }))]
}
