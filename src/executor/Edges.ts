/**
 * What the steps of a plan depend on.
 *
 * A write comes after the writes of what it refers to; a delete comes after everything that lets go of what it deletes;
 * the halves of a replace follow its kind of identity. Edges that only order deletes by what is remotely seen or was
 * last applied yield where they would close a cycle; all others make it a cycle that is refused.
 */
import { Result } from "effect"
import type { Address, StepId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { byCodeUnit, ordered } from "./Order.ts"
import type { Decision } from "./PlanChange.ts"
import { isLeftBehind } from "./PlanSteps.ts"
import type { Referrers } from "./Referrers.ts"

/** The decided batch. */
export interface Decided {
  readonly steps: ReadonlyArray<Step>
  readonly decisions: ReadonlyMap<Address, Decision>
  readonly referrers: Referrers
}

/** How much an edge is needed: `firm` never yields, `said` and `seen` do, `seen` first. */
type Strength = "firm" | "said" | "seen"

type Edges = Map<StepId, Map<StepId, Strength>>

const yieldOrder: { readonly [S in Strength]: number } = { firm: 0, said: 1, seen: 2 }

const connect = (edges: Edges, from: StepId, to: StepId, strength: Strength): void => {
  const of = edges.get(from)
  const existing = of?.get(to)
  if (of === undefined || from === to || (existing !== undefined && yieldOrder[existing] <= yieldOrder[strength]))
    return
  of.set(to, strength)
}

const isWrite = (step: Step): boolean => step.action !== "delete" && step.action !== "guard"

const writeEdges = (edges: Edges, byAddress: ReadonlyMap<Address, ReadonlyArray<Step>>, decided: Decided): void => {
  const { referrers, steps } = decided
  for (const step of steps.filter(isWrite)) {
    const needed = new Set(referrers.needs(step.address))
    for (const other of referrers.refersTo(step.address)) {
      const writes = (byAddress.get(other) ?? []).filter(isWrite)
      for (const write of writes) connect(edges, step.id, write.id, needed.has(other) ? "firm" : "seen")
    }
  }
}

/** Whether this is the delete of a replace and comes before its create. */
export const deletesFirst = (step: Step, decisions: ReadonlyMap<Address, Decision>): boolean =>
  step.replaces === "delete" && !isLeftBehind(step) && decisions.get(step.address)?.createFirst === false

/**
 * Whether a step of a referrer comes before a delete: one that waits for the new resource cannot be waited for by the
 * delete of the old one.
 */
export const letsGoBefore = (step: Step, of: Step, decided: Decided): boolean => {
  if (!deletesFirst(of, decided.decisions)) return true
  const stillRefers = decided.referrers.refersTo(step.address).includes(of.address)
  if (!stillRefers) return true
  return step.action === "guard" ||
    (step.action === "delete" && (step.replaces === undefined || deletesFirst(step, decided.decisions)))
}

const deleteEdges = (edges: Edges, byAddress: ReadonlyMap<Address, ReadonlyArray<Step>>, decided: Decided): void => {
  for (const step of decided.steps.filter(({ action }) => action === "delete")) {
    for (const referrer of decided.referrers.to(step.address, step.remoteId)) {
      const before = (byAddress.get(referrer.address) ?? []).filter((other) => letsGoBefore(other, step, decided))
      for (const other of before) {
        const both = other.action === "delete"
        connect(edges, step.id, other.id, referrer.onlySeen ? "seen" : both ? "said" : "firm")
      }
    }
  }
}

const replaceEdges = (edges: Edges, decided: Decided): void => {
  for (const step of decided.steps.filter(({ replaces }) => replaces === "delete")) {
    const create = step.address as string as StepId
    if (!edges.has(create)) continue
    if (deletesFirst(step, decided.decisions)) connect(edges, create, step.id, "firm")
    else connect(edges, step.id, create, "firm")
  }
}

const connected = (steps: ReadonlyArray<Step>, edges: Edges): ReadonlyArray<Step> =>
  steps.map((step) => ({ ...step, dependsOn: [...(edges.get(step.id)?.keys() ?? [])].sort(byCodeUnit) }))

/** The edge of a cycle that is needed least, or nothing where all are firm. */
const weakest = (cycle: ReadonlyArray<StepId>, edges: Edges): readonly [StepId, StepId] | undefined => {
  const pairs = cycle.slice(1).flatMap((to, index) => {
    const from = cycle[index]
    return from === undefined ? [] : [[from, to] as const]
  })
  const rank = ([from, to]: readonly [StepId, StepId]): number => yieldOrder[edges.get(from)?.get(to) ?? "firm"]
  const [best] = [...pairs].sort((a, b) => rank(b) - rank(a))
  return best === undefined || rank(best) === 0 ? undefined : best
}

/** Gives the steps what they depend on, or answers the cycle they would run in. */
export const withEdges = (decided: Decided): Result.Result<ReadonlyArray<Step>, ReadonlyArray<StepId>> => {
  const edges: Edges = new Map(decided.steps.map(({ id }) => [id, new Map()]))
  const byAddress = new Map<Address, Array<Step>>()
  for (const step of decided.steps) {
    const of = byAddress.get(step.address)
    if (of === undefined) byAddress.set(step.address, [step])
    else of.push(step)
  }
  writeEdges(edges, byAddress, decided)
  deleteEdges(edges, byAddress, decided)
  replaceEdges(edges, decided)
  for (;;) {
    const steps = connected(decided.steps, edges)
    const order = ordered(steps)
    if (Result.isSuccess(order)) return Result.succeed(steps)
    const pair = weakest(order.failure, edges)
    if (pair === undefined) return Result.fail(order.failure)
    edges.get(pair[0])?.delete(pair[1])
  }
}
