/**
 * What a plan would do, counted the way the report of a batch counts what was done: a replace is one to add and one to
 * destroy, an adoption is a change.
 */
import type { Counts } from "../domain/Batch.ts"
import type { Plan, StepAction } from "../domain/Plan.ts"

/** Counts the steps of a plan. */
export const planCounts = (plan: Plan): Counts => {
  const count = (...actions: ReadonlyArray<StepAction>): number =>
    plan.steps.filter(({ action }) => actions.includes(action)).length
  return { added: count("create"), changed: count("update", "adopt"), destroyed: count("delete") }
}

/** Nothing counted. */
export const noCounts: Counts = { added: 0, changed: 0, destroyed: 0 }
