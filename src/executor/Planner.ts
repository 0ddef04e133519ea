/**
 * Plans a batch: compares what is desired with what was last applied and what is there, and answers the ordered set of
 * changes, or every reason why there is none.
 *
 * A pure function: it reads nothing, and the same input gives the same plan in whatever order its parts come. What it
 * cannot know yet (the id of what is created) stays a node that the batch fills in. Linear in the number of resources.
 */
import { Result } from "effect"
import type { Address, StepId } from "../domain/Ids.ts"
import type { Plan, Step } from "../domain/Plan.ts"
import { deletesFirst, withEdges } from "./Edges.ts"
import type { Source } from "./Filling.ts"
import { type Guarded, guarded, guardedAsOrdered } from "./Guards.ts"
import { ordered, runLast } from "./Order.ts"
import { decide, type Deciding, type Decision } from "./PlanChange.ts"
import { assemble, type Decisions, type Ordered } from "./PlanContents.ts"
import type { PlanInput } from "./PlanInput.ts"
import { cycle, type PlanRefusal, unmanaged } from "./PlanRefusal.ts"
import { guardOf, type Making, stepsOf } from "./PlanSteps.ts"
import { type Referrers, referrersOf } from "./Referrers.ts"
import { type Subject, type Subjects, subjectsOf } from "./Subject.ts"
import { refuseUnknown, select, type Selected } from "./Targets.ts"

export type { Desired, OpenHead, PlanInput, PlanOptions } from "./PlanInput.ts"
export type { PlanRefusal } from "./PlanRefusal.ts"

/** Addresses with what they need before them; a cycle of references is refused. */
const decidable = (
  subjects: ReadonlyMap<Address, Subject>,
  referrers: Referrers
): Result.Result<ReadonlyArray<Subject>, ReadonlyArray<PlanRefusal>> => {
  const nodes = [...subjects.values()].map((subject) => ({
    id: subject.address,
    dependsOn: referrers.needs(subject.address),
    subject
  }))
  return Result.mapBoth(ordered(nodes), {
    onSuccess: (sorted) => sorted.map(({ subject }) => subject),
    onFailure: (addresses) => [cycle(addresses)]
  })
}

const sourceOf = (decision: Decision | undefined): Source | undefined => {
  if (decision?.subject.desired === undefined) return undefined
  const { action, after, observation, refusals, secretPaths, seen, subject } = decision
  return {
    // What is refused is not there yet; its refusal is said once.
    action: refusals.length > 0 ? "create" : action,
    kind: subject.kind,
    secretPaths,
    ...(observation === undefined ? {} : { remoteId: observation.id }),
    ...(seen === undefined ? {} : { seen }),
    ...(after === undefined ? {} : { after })
  }
}

const decideAll = (
  input: PlanInput,
  sorted: ReadonlyArray<Subject>,
  referrers: Referrers,
  selected: Selected
): Decisions => {
  const decisions = new Map<Address, Decision>()
  const deciding: Deciding = {
    options: input.options,
    selected,
    replaces: new Set(input.options.replace),
    refersTo: referrers.refersTo,
    deletesFirst: (address) => {
      const { action, createFirst } = decisions.get(address) ?? {}
      return action === "replace" && createFirst === false
    },
    sources: ({ address }) => sourceOf(decisions.get(address))
  }
  for (const subject of sorted) decisions.set(subject.address, decide(subject, deciding))
  return decisions
}

/** The subjects with what is taken over for them: what that refers to counts as what a managed one refers to. */
const withTaken = (subjects: Subjects["all"], decisions: Decisions): Subjects["all"] =>
  new Map([...subjects].map(([address, subject]) => {
    const { action, observation, seen } = decisions.get(address) ?? {}
    const isTaken = action === "adopt" && observation !== undefined && seen !== undefined
    return [address, isTaken ? { ...subject, observation, seen } : subject]
  }))

const leavingIn = (decisions: Decisions): ReadonlySet<Address> =>
  new Set(
    [...decisions].flatMap(([address, { action }]) => action === "replace" || action === "delete" ? [address] : [])
  )

/** A targeted resource that turns out to be replaced brings in what refers to it, until nothing new comes in. */
const settle = (
  input: PlanInput,
  subjects: Subjects,
  sorted: ReadonlyArray<Subject>,
  referrers: Referrers
): Decisions => {
  let leaving: ReadonlySet<Address> = new Set()
  for (;;) {
    const selected = select(input.options, subjects.all, referrers, leaving)
    const decisions = decideAll(input, sorted, referrers, selected)
    const now = leavingIn(decisions)
    const closed = input.options.targets.length === 0 || [...now].every((address) => leaving.has(address))
    if (closed) return decisions
    leaving = new Set([...leaving, ...now])
  }
}

/** Two declarations cannot take over one resource. */
const adoptedTwice = (decisions: Decisions): ReadonlyArray<PlanRefusal> => {
  const adopting = [...decisions.values()].filter(({ action }) => action === "adopt")
  const claims = Map.groupBy(adopting, ({ observation, subject }) => `${subject.kind.name} ${observation?.id ?? ""}`)
  return [...claims.values()].flatMap(([, ...others]) =>
    others.map(({ observation, subject }) =>
      unmanaged(subject.address, [observation?.id ?? ""], "another declaration takes it over")
    )
  )
}

const runsLast = (steps: ReadonlyArray<Step>, decisions: Decisions): ReadonlyArray<Step> => {
  const irreversible = new Set(steps.filter(({ reversibility }) => reversibility._tag === "none").map(({ id }) => id))
  const old = steps.filter((step) => step.replaces === "delete" && !deletesFirst(step, decisions)).map(({ id }) => id)
  const cleaned = runLast(steps, { late: new Set(old), aside: irreversible })
  return runLast(cleaned, { late: irreversible, aside: new Set<StepId>() })
}

const orderedSteps = (
  input: PlanInput,
  decisions: Decisions,
  referrers: Referrers
): Result.Result<Ordered, ReadonlyArray<PlanRefusal>> => {
  const { leftBehind, seal } = input
  const making: Making = { seal, referrers, leftBehind }
  const written = [...decisions.values()].flatMap((decision) => stepsOf(making, decision))
  const withGuards = (guards: Guarded) => {
    const held = [...guards.keys()].flatMap((address) => decisions.get(address) ?? [])
    const steps = [...written, ...held.map((decision) => guardOf(making, decision))]
    return Result.map(withEdges({ steps, decisions, referrers }), (connected) => ({ connected, guards }))
  }
  const addressOf = new Map(written.map(({ address, id }) => [id, address]))
  const first = guarded({ steps: written, decisions, referrers }, input.kinds)
  return withGuards(first).pipe(
    Result.flatMap(({ connected, ...rest }) => {
      const guards = guardedAsOrdered({ steps: connected, decisions, referrers }, input.kinds, first)
      return guards === first ? Result.succeed({ connected, ...rest }) : withGuards(guards)
    }),
    Result.flatMap(({ connected, guards }) =>
      Result.map(ordered(runsLast(connected, decisions)), (steps): Ordered => ({ steps, guards }))
    ),
    Result.mapError((ids) => [
      cycle(ids.flatMap((id) => addressOf.get(id) ?? []).filter((a, i, all) => a !== all[i - 1]))
    ])
  )
}

/** Plans a batch, or answers all reasons why not. */
export const plan = (input: PlanInput): Result.Result<Plan, ReadonlyArray<PlanRefusal>> => {
  const subjects = subjectsOf(input)
  const referrers = referrersOf(input, subjects.all)
  const refused = [...subjects.refusals, ...refuseUnknown(input, subjects.all)]
  const sorted = decidable(subjects.all, referrers)
  if (Result.isFailure(sorted)) return Result.fail([...refused, ...sorted.failure])
  const decisions = settle(input, subjects, sorted.success, referrers)
  const refusals = [
    ...refused,
    ...[...decisions.values()].flatMap((decision) => decision.refusals),
    ...adoptedTwice(decisions)
  ]
  if (refusals.length > 0) return Result.fail(refusals)
  const takes = [...decisions.values()].some(({ action }) => action === "adopt")
  const known = takes ? referrersOf(input, withTaken(subjects.all, decisions)) : referrers
  return Result.map(orderedSteps(input, decisions, known), (order) => assemble(input, decisions, known, order))
}
