/**
 * Ids that a server gave a second time: what had one before is gone, although nobody told us.
 *
 * Without this, two addresses hold one id, and the next delete of the one takes away the resource of the other. Only
 * servers that give ids do so: where a name is the id, who holds it is decided when planning.
 */
import type { StepId } from "../domain/Ids.ts"
import type { Head, HeadChange } from "../domain/Version.ts"
import { claimKey } from "./Claims.ts"
import { type Run, servedBy } from "./Run.ts"

type Place = Omit<Head, "version">

const idsOf = ({ deposed, remoteId }: Place): ReadonlyArray<string> => [remoteId, ...deposed]

/** What the changes bring under ids that their addresses did not hold: by kind and id, the address. */
const newcomers = (run: Run, changes: ReadonlyArray<HeadChange>): ReadonlyMap<string, string> => {
  const before = new Map(run.heads.map((head) => [head.address, head]))
  const byKind = new Map(run.opened.plan.steps.map((step) => [step.kind, step]))
  return new Map(changes.flatMap((change) => {
    if (change._tag === "drop") return []
    const { address, kind, remoteId } = change.head
    const step = byKind.get(kind)
    const old = before.get(address)
    const isServers = step !== undefined && servedBy(run, step).kind.capabilities.identity._tag === "server"
    const holder = run.steps.get(run.log.claims.get(claimKey(kind, remoteId)) ?? "" as StepId)
    const isAnothers = holder !== undefined && holder.address !== address
    const isNew = isServers && !isAnothers && (old === undefined || !idsOf(old).includes(remoteId))
    return isNew ? [[claimKey(kind, remoteId), address] as const] : []
  }))
}

/** Takes from the heads of other addresses the ids that changes of heads brought under new ones. */
export const withoutGivenAgain = (run: Run, changes: ReadonlyArray<HeadChange>): ReadonlyArray<HeadChange> => {
  const taken = newcomers(run, changes)
  if (taken.size === 0) return changes
  const left = (head: Place, id: string): boolean =>
    (taken.get(claimKey(head.kind, id)) ?? head.address) === head.address
  const parted = (head: Place, origin: Extract<HeadChange, { _tag: "set" }>["origin"]): HeadChange | undefined => {
    const deposed = head.deposed.filter((id) => left(head, id))
    if (!left(head, head.remoteId) && deposed.length === 0) return { _tag: "drop", address: head.address, origin }
    return deposed.length === head.deposed.length ? undefined : { _tag: "set", head: { ...head, deposed }, origin }
  }
  const changed = new Set(changes.map((change) => change._tag === "set" ? change.head.address : change.address))
  const others = run.heads.filter(({ address }) => !changed.has(address)).flatMap(({ version: _version, ...head }) => {
    const change = parted(head, "apply")
    return change === undefined ? [] : [change]
  })
  return [
    ...changes.map((change) => change._tag === "set" ? parted(change.head, change.origin) ?? change : change),
    ...others
  ]
}
