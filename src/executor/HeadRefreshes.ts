/**
 * What a plan does to heads without a remote write: those that catch up with the remote, and those of what is gone.
 *
 * They ride on the ending of a committed batch; a plan without steps has nothing else to write.
 */
import type { Plan } from "../domain/Plan.ts"
import type { Head, HeadChange } from "../domain/Version.ts"

/** Says of changes of heads how they come to be, where the plan is no apply. */
export const asMadeBy = ({ made }: Plan, changes: ReadonlyArray<HeadChange>): ReadonlyArray<HeadChange> =>
  made === undefined ? changes : changes.map((change) => {
    if (change.origin !== "apply") return change
    const reverts = made.reverts[change._tag === "set" ? change.head.address : change.address]
    return { ...change, origin: made.origin, ...(reverts === undefined ? {} : { reverts }) }
  })

/** The changes of heads that a plan brings about by itself. */
export const headRefreshes = (plan: Plan, heads: ReadonlyArray<Head>): ReadonlyArray<HeadChange> => {
  const { drops, refreshes } = plan
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
  const gone = dropped.map((address): HeadChange => ({ _tag: "drop", address, origin: "apply" }))
  return asMadeBy(plan, [...refreshed, ...gone])
}
