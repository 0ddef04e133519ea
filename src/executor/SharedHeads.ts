/**
 * Heads as a batch holds them while it runs: what they hold as the plan does is there once.
 *
 * A plan rests on what the heads hold, so that nearly all of it would be in memory twice, and some of it three times.
 */
import { sharing } from "../domain/Document.ts"
import type { Plan } from "../domain/Plan.ts"
import type { Head } from "../domain/Version.ts"
import { isLeftBehind } from "./PlanSteps.ts"

/** Heads whose documents share their parts with those that the steps of a plan rest on. */
export const sharedHeads = ({ steps }: Plan, heads: ReadonlyArray<Head>): ReadonlyArray<Head> => {
  const known = new Map(
    steps.flatMap((step) => step.before === undefined || isLeftBehind(step) ? [] : [[step.address, step.before]])
  )
  return heads.map((head) => {
    const { address, declared, observed } = head
    const before = known.get(address)
    return before === undefined
      ? head
      : { ...head, declared: sharing(declared, before), observed: sharing(observed, before) }
  })
}
