/**
 * What a provider is to make of faults, as a table: the reason, and whether the write is there afterwards.
 *
 * The two that matter most are lost answers: one was applied and one was not, and the provider must say of both that
 * it does not know.
 */
import { Effect } from "effect"
import { createExample, lookAround } from "./ContractSteps.ts"
import { type ContractCase, demand, type FaultName, type Trial } from "./ContractSubject.ts"
import type { ProviderError, ProviderReason } from "./ProviderError.ts"

interface Row {
  readonly reason: ProviderReason
  /** Whether the resource is there afterwards. */
  readonly there: "yes" | "no"
}

const expectedOf: { readonly [F in Exclude<FaultName, "otherId">]: Row } = {
  refused: { reason: "Rejected", there: "no" },
  unauthorized: { reason: "Unauthorized", there: "no" },
  throttled: { reason: "Throttled", there: "no" },
  notSent: { reason: "NotSent", there: "no" },
  lostBefore: { reason: "Ambiguous", there: "no" },
  lostAfter: { reason: "Ambiguous", there: "yes" }
}

const arrange = (trial: Trial, name: FaultName) =>
  trial.subject.fault?.(name) ?? demand(false, `the subject cannot arrange ${name}`)

const onCreate = (name: keyof typeof expectedOf): ContractCase => ({
  fact: `a create that is ${name} is told as ${expectedOf[name].reason}`,
  holds: (trial) =>
    Effect.gen(function*() {
      yield* arrange(trial, name)
      const error = yield* Effect.flip(createExample(trial)).pipe(
        Effect.catch(() => demand(false, "the create was answered"))
      )
      const told = error?._tag === "ProviderError" ? error.reason : error?.message
      yield* demand(told === expectedOf[name].reason, `told as ${String(told)}`)
      const there = (yield* lookAround(trial)).length > 0 ? "yes" : "no"
      yield* demand(there === expectedOf[name].there, `there afterwards: ${there}`)
    })
})

const otherId: ContractCase = {
  fact: "an answer about another resource is an error",
  holds: (trial) =>
    Effect.gen(function*() {
      const id = yield* createExample(trial)
      yield* arrange(trial, "otherId")
      const error = yield* Effect.flip(trial.provider.observe(trial.kind.name, id)).pipe(
        Effect.catch((): Effect.Effect<ProviderError | void, never> => Effect.void)
      )
      yield* demand(error?.reason === "Malformed", `not Malformed: ${String(error?.message)}`)
    })
}

/** The cases for the faults that a subject can arrange. */
export const faultCases = (names: ReadonlyArray<FaultName>): ReadonlyArray<ContractCase> =>
  names.map((name) => name === "otherId" ? otherId : onCreate(name))
