/**
 * Why there is no plan, as one refusal: every reason is told, and the gravest gives the exit code.
 */
import type { PlanRefusal } from "../executor/Planner.ts"
import { Refusal, type RefusalReason } from "./Failure.ts"

type Words = { readonly reason: RefusalReason; readonly summary: string; readonly hint: string }

const mistake: Words = {
  reason: "Configuration",
  summary: "the resources cannot be planned",
  hint: "correct the files, then see: amends validate"
}

/** The gravest first: what the user has to settle before the others mean anything. */
const table: ReadonlyArray<readonly [PlanRefusal["_tag"], Words]> = [
  ["UnknownAddress", {
    reason: "Usage",
    summary: "an option names a resource that is not known",
    hint: "see: amends list"
  }],
  ["UnknownKind", mistake],
  ["UnknownReference", mistake],
  ["Cycle", mistake],
  ["CreateFirst", mistake],
  ["PreventDestroy", {
    reason: "PreventDestroy",
    summary: "the plan would delete a protected resource",
    hint: "set lifecycle.preventDestroy to false and apply that first, if it may go"
  }],
  ["Unmanaged", {
    reason: "Unmanaged",
    summary: "a resource of that name exists and nobody manages it",
    hint: "take it over as said above, or give yours another name"
  }]
]

/** Puts all reasons why there is no plan into one refusal. */
export const refusalOfPlan = (refusals: ReadonlyArray<PlanRefusal>): Refusal => {
  const tags = new Set(refusals.map(({ _tag }) => _tag))
  const [, words] = table.find(([tag]) => tags.has(tag)) ?? ["Cycle", mistake]
  return new Refusal({
    ...words,
    detail: refusals.map(({ message }) => message).join("\n"),
    addresses: [...new Set(refusals.map(({ address }) => address))]
  })
}
