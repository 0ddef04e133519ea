/**
 * What the journal of a batch leaves open: steps that wait for a person, and requests whose outcome nobody knows.
 *
 * A step may be both: what could not be settled by reading is blocked for a person to say. What was taken back, or let
 * go by a person's choice, is neither any more.
 */
import type { Entry } from "../domain/Entry.ts"
import type { Address } from "../domain/Ids.ts"
import { openCall, phaseOf } from "../executor/Fold.ts"
import type { StuckStep } from "../executor/Report.ts"
import { folded, openedIn } from "./BatchView.ts"

/** What is open. */
export interface OpenQuestions {
  readonly waiting: ReadonlyArray<StuckStep>
  readonly inDoubt: ReadonlyArray<Address>
}

/** Finds what a journal leaves open, in the order of its plan. */
export const openQuestionsIn = (entries: ReadonlyArray<Entry>): OpenQuestions => {
  const { states } = folded(entries)
  const steps = (openedIn(entries)?.plan.steps ?? []).flatMap((step) => {
    const state = states.get(step.id)
    return state === undefined || state.compensated !== undefined ? [] : [{ step, state }]
  })
  return {
    waiting: steps.flatMap(({ state, step }) =>
      phaseOf(state) === "stuck" && state.blocked !== undefined
        ? [{ step: step.id, address: step.address, blocked: state.blocked }]
        : []
    ),
    inDoubt: [...new Set(steps.flatMap(({ state, step }) => openCall(state) === undefined ? [] : [step.address]))]
  }
}
