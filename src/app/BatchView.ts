/**
 * A batch as its journal tells it: every step with its phase, and what waits for a person since when.
 */
import type { BatchSummary } from "../domain/Batch.ts"
import type { Entry, Opened } from "../domain/Entry.ts"
import type { Address, StepId } from "../domain/Ids.ts"
import type { PlannedChange, Step } from "../domain/Plan.ts"
import { foldStep, phaseOf, type StepState, untouched } from "../executor/Fold.ts"
import type { StuckStep } from "../executor/Report.ts"

/** One step of a batch and where it is. */
export interface StepView {
  readonly address: Address
  readonly action: string
  readonly phase: string
  readonly remoteId?: string
  /** Why it failed or is stuck. */
  readonly why?: string
}

/** A batch with its steps, what waits for a person, and its journal. */
export interface BatchView {
  readonly summary: BatchSummary
  readonly steps: ReadonlyArray<StepView>
  /** `since` in milliseconds since the epoch. */
  readonly stuck: ReadonlyArray<StuckStep & { readonly since: number }>
  /** Somebody paused it, and nobody let it go on. */
  readonly paused?: { readonly actor: string; readonly at: number }
  readonly changes: ReadonlyArray<PlannedChange>
  readonly entries: ReadonlyArray<Entry>
}

/** What a journal begins with. */
export const openedIn = (entries: ReadonlyArray<Entry>): Opened | undefined => {
  const body = entries[0]?.body
  return body?._tag === "opened" ? body : undefined
}

/** Where the steps are, and since when those that are blocked are. */
export interface Folded {
  readonly states: ReadonlyMap<StepId, StepState>
  readonly blockedAt: ReadonlyMap<StepId, number>
}

/** Folds a journal step by step. */
export const folded = (entries: ReadonlyArray<Entry>): Folded => {
  const states = new Map<StepId, StepState>()
  const blockedAt = new Map<StepId, number>()
  for (const entry of entries) {
    const { body } = entry
    if (!("step" in body)) continue
    states.set(body.step, foldStep(states.get(body.step) ?? untouched(body.step), entry))
    if (body._tag === "blocked") blockedAt.set(body.step, entry.at)
  }
  return { states, blockedAt }
}

const stepView = ({ action, address, remoteId: planned }: Step, state: StepState): StepView => {
  const remoteId = state.remoteId ?? planned
  const why = state.blocked?.why ?? state.refusal
  return {
    address,
    action,
    phase: phaseOf(state),
    ...(remoteId === undefined ? {} : { remoteId }),
    ...(why === undefined ? {} : { why })
  }
}

/** The pause that a batch is in. */
const pauseIn = (entries: ReadonlyArray<Entry>): Pick<BatchView, "paused"> => {
  const last = entries.findLast(({ body }) => ["control", "leased", "ended"].includes(body._tag))
  if (last?.body._tag !== "control" || last.body.what !== "pause") return {}
  return { paused: { actor: last.body.actor, at: last.at } }
}

/** Folds a journal into what a person wants to know of the batch. */
export const batchView = (summary: BatchSummary, entries: ReadonlyArray<Entry>): BatchView => {
  const plan = openedIn(entries)?.plan
  const { blockedAt, states } = folded(entries)
  const steps = (plan?.steps ?? []).map((step) => ({ step, state: states.get(step.id) ?? untouched(step.id) }))
  return {
    summary,
    steps: steps.map(({ state, step }) => stepView(step, state)),
    stuck: steps.flatMap(({ state, step }) =>
      phaseOf(state) === "stuck" && state.blocked !== undefined
        ? [{ step: step.id, address: step.address, blocked: state.blocked, since: blockedAt.get(step.id) ?? 0 }]
        : []
    ),
    ...pauseIn(entries),
    changes: plan?.changes ?? [],
    entries
  }
}
