/**
 * Quarantine: an address whose batches keep failing is held out of plans, until a person releases it.
 *
 * Nothing stores who is in quarantine: it is what the newest batches and their journals say, after the last release. A
 * batch counts against the address that made it fail, and for every address that it committed; what happened to others
 * in a failed batch says nothing about them.
 */
import { Effect } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { Entry } from "../domain/Entry.ts"
import type { Address, BatchId } from "../domain/Ids.ts"
import { Limits } from "../domain/Limits.ts"
import type { Plan } from "../domain/Plan.ts"
import { referencesIn } from "../domain/Template.ts"
import type { Head } from "../domain/Version.ts"
import { Journal } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { Upkeep } from "../state/Upkeep.ts"
import { openedIn } from "./BatchView.ts"
import { Refusal } from "./Failure.ts"
import type { Declared } from "./Workspace.ts"

/** An address in quarantine, and why. */
export interface Quarantined {
  readonly address: Address
  /** Batches that it made fail, one after the other. */
  readonly failures: number
  /** Of the newest failure; milliseconds since the epoch. */
  readonly at: number
  /** What the newest failure was. */
  readonly why: string
  /** The batches that it rests on, newest first. */
  readonly batches: ReadonlyArray<BatchId>
}

/** An address that a plan leaves out: in quarantine itself, or because of one that is. */
export type HeldOut =
  | ({ readonly _tag: "failing" } & Quarantined)
  | { readonly _tag: "needs"; readonly address: Address; readonly needs: Address }
  /** It would be deleted or replaced, and one that is held out still refers to it. */
  | { readonly _tag: "needed"; readonly address: Address; readonly by: Address }

const endings: ReadonlySet<BatchSummary["ended"]> = new Set<BatchSummary["ended"]>(["compensated", "residue", "kept"])

interface Blame {
  readonly address: Address
  readonly why: string
}

const refusedStep = (entries: ReadonlyArray<Entry>): { readonly step: string; readonly why: string } | undefined => {
  for (const { body } of entries) {
    if (body._tag !== "outcome" || body.direction === "back") continue
    if (body.result === "refused") return { step: body.step, why: body.detail ?? "it was refused" }
    if ((body.diverged ?? []).length > 0) return { step: body.step, why: "it did not hold what was written" }
  }
  return undefined
}

/** Who made a batch go back: the decision names the first step that failed, else the first refusal tells. */
export const blameOf = (entries: ReadonlyArray<Entry>): Blame | undefined => {
  const plan: Plan | undefined = openedIn(entries)?.plan
  const decision = entries.map(({ body }) => body).find((body) => body._tag === "decided")
  const words = decision?._tag === "decided" ? decision.why : ""
  const named = plan?.steps.find(({ address }) => words.startsWith(`${address}: `))
  if (named !== undefined) return { address: named.address, why: words.slice(named.address.length + 2) }
  const refused = refusedStep(entries)
  const step = plan?.steps.find(({ id }) => id === refused?.step)
  return refused === undefined || step === undefined ? undefined : { address: step.address, why: refused.why }
}

interface Counting {
  readonly failures: Array<{ readonly batch: BatchId; readonly at: number; readonly why: string }>
  over: boolean
}

const counted = (counts: Map<Address, Counting>, address: Address): Counting => {
  const known = counts.get(address) ?? { failures: [], over: false }
  counts.set(address, known)
  return known
}

/** The newest batches down to the last one that can matter: beyond, there are too few failures to fill a row. */
const relevant = (batches: ReadonlyArray<BatchSummary>, after: number): ReadonlyArray<BatchSummary> => {
  const newest = batches.slice(0, Limits.quarantineBatchesMax).filter(({ pruned }) => pruned !== true)
  const failed = newest.filter(({ ended }) => endings.has(ended))
  if (failed.length < after) return []
  return newest.slice(0, newest.lastIndexOf(failed[failed.length - 1] ?? newest[0] as BatchSummary) + 1)
}

const count = (counts: Map<Address, Counting>, batch: BatchSummary, entries: ReadonlyArray<Entry>): void => {
  if (batch.ended === "committed") {
    for (const { address } of openedIn(entries)?.plan.steps ?? []) counted(counts, address).over = true
    return
  }
  const blame = blameOf(entries)
  if (blame === undefined) return
  const counting = counted(counts, blame.address)
  if (!counting.over) counting.failures.push({ batch: batch.id, at: batch.endedAt ?? batch.openedAt, why: blame.why })
}

/** Finds who is in quarantine; nobody where `quarantineAfter` is not set. */
export const quarantined = Effect.fn("Quarantine.quarantined")(function*(
  after: number | undefined
): Effect.fn.Return<ReadonlyArray<Quarantined>, StateError, Journal | Upkeep> {
  if (after === undefined) return []
  const journal = yield* Journal
  const ended = (yield* journal.batches).filter((batch) => batch.ended === "committed" || endings.has(batch.ended))
  const released = yield* (yield* Upkeep).released
  const counts = new Map<Address, Counting>()
  for (const batch of relevant(ended, after)) count(counts, batch, yield* journal.toFold(batch.id))
  return [...counts].flatMap(([address, { failures }]) => {
    const since = released.get(address) ?? 0
    const [newest, ...others] = failures.filter(({ at }) => at > since)
    if (newest === undefined || others.length + 1 < after) return []
    const batches = [newest, ...others].slice(0, after).map(({ batch }) => batch)
    return [{ address, failures: others.length + 1, at: newest.at, why: newest.why, batches }]
  }).sort((a, b) => a.address < b.address ? -1 : 1)
})

/** What an address needs, as declared, or as last applied where it is no longer. */
const needsOf = (declared: ReadonlyArray<Declared>, heads: ReadonlyArray<Pick<Head, "address" | "dependsOn">>) => {
  const needs = new Map<Address, ReadonlyArray<Address>>(heads.map(({ address, dependsOn }) => [address, dependsOn]))
  for (const { address, dependsOn, spec } of declared) {
    needs.set(address, [...dependsOn, ...referencesIn(spec).map((reference) => reference.address)])
  }
  return needs
}

type Heads = ReadonlyArray<Pick<Head, "address" | "dependsOn">>

/** Finds everything that a plan leaves out. */
export const heldOut = (
  failing: ReadonlyArray<Quarantined>,
  declared: ReadonlyArray<Declared>,
  heads: Heads
): ReadonlyArray<HeldOut> => {
  if (failing.length === 0) return []
  const needs = needsOf(declared, heads)
  const known = failing.filter(({ address }) => needs.has(address))
  return withNeeding(known.map((one) => ({ _tag: "failing", ...one })), needs)
}

/**
 * Finds what a plan has to leave out besides: what it deletes or replaces is not let go of by a resource that is held
 * out, which would come into the plan with it: it refers to that, or is declared to. The same list where that is
 * nothing.
 */
export const heldOutWith = (
  out: ReadonlyArray<HeldOut>,
  { changes, drops }: Pick<Plan, "changes" | "drops">,
  declared: ReadonlyArray<Declared>,
  heads: Heads
): ReadonlyArray<HeldOut> => {
  const held = new Set(out.map(({ address }) => address))
  const refers = [...needsOf(declared, []), ...needsOf([], heads)].filter(([address]) => held.has(address))
  const leaving = [
    ...changes.flatMap(({ action, address }) => action === "delete" || action === "replace" ? [address] : []),
    ...drops
  ]
  const needed = leaving.filter((address) => !held.has(address)).flatMap((address): ReadonlyArray<HeldOut> => {
    const [by] = refers.find(([, needs]) => needs.includes(address)) ?? []
    return by === undefined ? [] : [{ _tag: "needed", address, by }]
  })
  return needed.length === 0 ? out : withNeeding([...out, ...needed], needsOf(declared, heads))
}

const withNeeding = (
  first: ReadonlyArray<HeldOut>,
  needs: ReadonlyMap<Address, ReadonlyArray<Address>>
): ReadonlyArray<HeldOut> => {
  const out = new Map(first.map((one) => [one.address, one]))
  for (let size = -1; size !== out.size;) {
    size = out.size
    for (const [address, all] of needs) {
      const need = all.find((one) => out.has(one))
      if (need !== undefined && !out.has(address)) out.set(address, { _tag: "needs", address, needs: need })
    }
  }
  return [...out.values()].sort((a, b) => a.address < b.address ? -1 : 1)
}

/** The address to release, so that another is taken in again. */
export const releasing = (out: HeldOut): Address => {
  switch (out._tag) {
    case "failing":
      return out.address
    case "needs":
      return out.needs
    case "needed":
      return out.by
  }
}

/** Refuses a target that is held out: leaving it out silently would look like success. */
export const refuseHeldOut = (
  out: ReadonlyArray<HeldOut>,
  targets: ReadonlyArray<string>
): Effect.Effect<void, Refusal> => {
  const asked = out.filter(({ address }) => targets.includes(address))
  const [first] = asked
  if (first === undefined) return Effect.void
  return Effect.fail(
    new Refusal({
      reason: "Usage",
      summary: "a target is held out of plans",
      detail: asked.map(({ address }) => address).join(", "),
      hint: `release it with: amends forget --quarantine ${releasing(first)}`,
      addresses: asked.map(({ address }) => address)
    })
  )
}

/** Refuses to put back what keeps failing: it would be one more batch that fails. `others` says how to leave it out. */
export const refuseQuarantined = Effect.fnUntraced(function*(
  after: number | undefined,
  addresses: ReadonlyArray<Address>,
  others: string
) {
  const held = (yield* quarantined(after)).map(({ address }) => address).filter((address) =>
    addresses.includes(address)
  )
  const [first] = held
  if (first === undefined) return
  return yield* new Refusal({
    reason: "Usage",
    summary: "a resource is held out of plans",
    detail: `batches keep failing because of ${held.join(", ")}`,
    hint: `release it with: amends forget --quarantine ${first}${
      held.length < addresses.length ? ` (or leave it out: ${others})` : ""
    }`,
    addresses: held
  })
})
