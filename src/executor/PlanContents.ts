/**
 * The contents of a plan as a reader sees them: one change for every address, drift, conflicts, and what happens to
 * heads without a write.
 *
 * Changes come in the order of the steps, then those without a step by address. A resource that stays as it is carries
 * no document: a plan costs what it changes.
 */
import type { Json } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import { exact } from "../domain/Kind.ts"
import type { HeadRefresh, Plan, PlannedChange, Step } from "../domain/Plan.ts"
import { renderPointer } from "../domain/Pointer.ts"
import type { Decision } from "./PlanChange.ts"
import type { PlanInput } from "./PlanInput.ts"
import { isLeftBehind } from "./PlanSteps.ts"
import type { Referrers } from "./Referrers.ts"
import { worse } from "./Reversible.ts"

/** What was decided, by address. */
export type Decisions = ReadonlyMap<Address, Decision>

/** Steps in a legal order, and the addresses that are guarded with what for. */
export interface Ordered {
  readonly steps: ReadonlyArray<Step>
  readonly guards: ReadonlyMap<Address, ReadonlyArray<Address>>
}

const lossNotes = (steps: ReadonlyArray<Step>): ReadonlyArray<string> =>
  steps.flatMap(({ replaces, reversibility }) =>
    reversibility._tag === "lossy"
      ? [`${replaces === "delete" ? "deleting the old one: " : ""}${reversibility.why}`]
      : []
  )

const changeOf = (
  input: PlanInput,
  decision: Decision,
  own: ReadonlyArray<Step>,
  guards: ReadonlyArray<Address>
): PlannedChange => {
  const { action, after, createFirst, differs, notes, secretPaths, seen, subject } = decision
  const seal = (document: typeof after) =>
    document === undefined ? undefined : input.seal(subject.kind, document, secretPaths)
  const before = action === "none" || action === "create"
    ? undefined
    : own.find((step) => step.before && !isLeftBehind(step))?.before ?? seal(seen)
  const later = action === "none" || action === "delete" ? undefined : seal(after)
  const leftBehind = own.filter(isLeftBehind)
  return {
    address: subject.address,
    action,
    ...(action === "replace" ? { createFirst } : {}),
    ...(before === undefined ? {} : { before }),
    ...(later === undefined ? {} : { after: later }),
    reversibility: own.map(({ reversibility }) => reversibility).reduce(worse, exact),
    guarded: subject.kind.capabilities.guard !== "none",
    differs: differs.map(renderPointer),
    notes: [
      ...notes,
      ...lossNotes(own),
      ...leftBehind.map(({ remoteId }) => `deletes ${remoteId ?? ""}, which an earlier replace left behind`),
      ...guards.map((address) => `holds the id of ${address}, and would be rewritten on the way back`)
    ]
  }
}

const changesOf = (
  input: PlanInput,
  decisions: Decisions,
  { guards, steps }: Ordered
): ReadonlyArray<PlannedChange> => {
  const own = Map.groupBy(steps.filter(({ action }) => action !== "guard"), ({ address }) => address)
  const idle = [...decisions.keys()].filter((address) => !own.has(address)).sort()
  return [...own.keys(), ...idle].flatMap((address) => {
    const decision = decisions.get(address)
    return decision === undefined ? [] : [changeOf(input, decision, own.get(address) ?? [], guards.get(address) ?? [])]
  })
}

const refreshIn = (input: PlanInput, referrers: Referrers, decision: Decision): ReadonlyArray<HeadRefresh> => {
  const { observation, refresh, secretPaths, subject } = decision
  if (refresh === undefined) return []
  const { address, head, kind, preventDestroy } = subject
  const keeps = input.options.refreshOnly
  return [{
    address,
    declared: input.seal(kind, refresh.declared, secretPaths),
    observed: input.seal(kind, refresh.observed, secretPaths),
    ...(observation?.token === undefined ? {} : { token: observation.token }),
    refersTo: keeps ? head?.dependsOn ?? [] : referrers.refersTo(address),
    preventDestroy: keeps ? head?.preventDestroy ?? false : preventDestroy
  }]
}

/** Puts the plan together; its hash is over everything else in it, so that a plan made later is another one. */
export const assemble = (input: PlanInput, decisions: Decisions, referrers: Referrers, order: Ordered): Plan => {
  const all = [...decisions.values()].sort((a, b) => a.subject.address < b.subject.address ? -1 : 1)
  const content: Omit<Plan, "hash"> = {
    format: 1,
    workspace: input.workspace,
    createdAt: input.createdAt,
    conflicts: all.flatMap(({ conflicts, subject }) => conflicts.map((path) => ({ address: subject.address, path }))),
    refreshes: all.flatMap((decision) => refreshIn(input, referrers, decision)),
    drops: all.flatMap(({ drop, subject }) => drop ? [subject.address] : []),
    ...(input.made === undefined ? {} : { made: input.made }),
    steps: order.steps,
    changes: changesOf(input, decisions, order),
    drift: all.flatMap(({ drift }) => drift ?? [])
  }
  return { ...content, hash: input.digest(content as unknown as Json) }
}
