/**
 * Which remote ids are spoken for: by another step of the batch that made them, or by a head.
 *
 * A resource found by searching is ours only if nobody else claims it. An id is claimed the moment its answer is
 * read, before its outcome is durable, so that a search that runs meanwhile does not pair it with another step. What
 * bears the marker of a step is its own, whoever was given that id before. The way back of a delete may find its own
 * old id again, so what a head of the step's own address holds is no claim.
 */
import type { EntryBody } from "../domain/Entry.ts"
import type { StepId } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import type { Head } from "../domain/Version.ts"
import { type CallResult, type CallState, openCall, type StepState } from "./Fold.ts"
import type { Log, Run } from "./Run.ts"

/** Who made which resource, by kind and id. */
export type Claims = Map<string, StepId>

/** The name of a resource among claims. */
export const claimKey = (kind: string, id: string): string => `${kind}/${id}`

const mayBeGone: ReadonlySet<CallResult> = new Set<CallResult>(["open", "superseded", "applied"])

/** Whether a step deletes what is under an id, so that the server may give the id again before we hear of it. */
const letsGo = (state: StepState | undefined, id: string): boolean =>
  state?.calls.some(({ intent, result }) =>
    intent.operation === "delete" && intent.remoteId === id && mayBeGone.has(result)
  ) ?? false

/** Claims an id of a kind for the step that made it; tells whether it is free, or was this step's already. */
export const claimFor = (
  { claims, states }: Pick<Log, "claims" | "states">,
  step: StepId,
  kind: string,
  id: string
): boolean => {
  const key = claimKey(kind, id)
  const holder = claims.get(key)
  const isFree = holder === undefined || holder === step || letsGo(states.get(holder), id)
  if (isFree) claims.set(key, step)
  return isFree
}

/** Whether a call makes a resource whose id nobody knows yet. */
const makes = ({ intent }: CallState): boolean => intent.operation === "create" && intent.remoteId === undefined

/** Whether an entry settles a create by the marker that its resource bears: no other step made what is there now. */
export const isFoundByMarker = (
  { capabilities: { identity, marker } }: Kind,
  before: StepState,
  entry: EntryBody
): boolean => {
  const open = openCall(before)
  return identity._tag === "server" && marker !== undefined && open !== undefined && makes(open) &&
    entry._tag === "resolved" && entry.verdict === "applied"
}

/** Claims a new resource for a step; tells whether it is free, or was this step's already. */
export const claim = (run: Run, step: Step, id: string): boolean => claimFor(run.log, step.id, step.kind, id)

/** The addresses that heads hold ids for, replaced resources whose delete is not done included. */
export const claimsOfHeads = (heads: ReadonlyArray<Head>): ReadonlyMap<string, Head> =>
  new Map(heads.flatMap((head) => [head.remoteId, ...head.deposed].map((id) => [claimKey(head.kind, id), head])))

/** Whether another step of the batch made what is there under that id now: servers may give ids again. */
export const isAnothers = (run: Run, step: Step, id: string): boolean =>
  (run.log.claims.get(claimKey(step.kind, id)) ?? step.id) !== step.id

const deletes = ({ intent, result }: CallState, id: string): boolean =>
  intent.operation === "delete" && intent.remoteId === id && result === "applied"

/** Whether the batch deleted what was under an id of that kind: what is there now is another resource. */
export const isDeleted = ({ log, steps }: Run, kind: string, id: string): boolean =>
  [...log.states.values()].some((state) =>
    steps.get(state.id)?.kind === kind && state.calls.some((call) => deletes(call, id))
  )

/** Whether another step or another address's head claims this id of that kind. */
export const isClaimed = (run: Run, step: Step, id: string): boolean => {
  const key = claimKey(step.kind, id)
  const holder = run.log.claims.get(key)
  if (holder !== undefined && holder !== step.id) return !letsGo(run.log.states.get(holder), id)
  const head = run.headsById.get(key)
  return head !== undefined && head.address !== step.address && !isDeleted(run, step.kind, id)
}
