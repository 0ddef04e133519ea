/**
 * Which remote ids are spoken for: by another step of the batch that made them, or by a head.
 *
 * A resource found by searching is ours only if nobody else claims it. An id is claimed the moment its answer is
 * read, before its outcome is durable, so that a search that runs meanwhile does not pair it with another step. The way
 * back of a delete may find its own old id again, so what a head of the step's own address holds is no claim.
 */
import type { StepId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import type { Head } from "../domain/Version.ts"
import type { Run } from "./Run.ts"

/** Who made which resource, by kind and id. */
export type Claims = Map<string, StepId>

/** The name of a resource among claims. */
export const claimKey = (kind: string, id: string): string => `${kind}/${id}`

/** Claims a new resource for a step; tells whether it is free, or was this step's already. */
export const claim = (run: Run, step: Step, id: string): boolean => {
  const key = claimKey(step.kind, id)
  const holder = run.log.claims.get(key)
  if (holder === undefined) run.log.claims.set(key, step.id)
  return holder === undefined || holder === step.id
}

/** The addresses that heads hold ids for, replaced resources whose delete is not done included. */
export const claimsOfHeads = (heads: ReadonlyArray<Head>): ReadonlyMap<string, Head> =>
  new Map(heads.flatMap((head) => [head.remoteId, ...head.deposed].map((id) => [claimKey(head.kind, id), head])))

/** Whether another step of the batch made what is there under that id now: servers may give ids again. */
export const isAnothers = (run: Run, step: Step, id: string): boolean =>
  (run.log.claims.get(claimKey(step.kind, id)) ?? step.id) !== step.id

/** Whether another step or another address's head claims this id of that kind. */
export const isClaimed = (run: Run, step: Step, id: string): boolean => {
  const key = claimKey(step.kind, id)
  const holder = run.log.claims.get(key)
  if (holder !== undefined && holder !== step.id) return true
  const head = run.headsById.get(key)
  return head !== undefined && head.address !== step.address
}
