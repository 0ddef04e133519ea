/**
 * The contract suite of the provider port: what any provider has to satisfy, so that its author can prove theirs.
 *
 * Authors bring their test runner as `{ describe, it }` (vitest, `node:test`, jest), so that this package needs none.
 * Each case opens a remote system of its own; a broken rule fails its test with what was seen.
 */
import { Effect, type Scope } from "effect"
import type { Kind } from "../domain/Kind.ts"
import { faultCases } from "./ContractFaults.ts"
import { promiseCases } from "./ContractPromises.ts"
import { readCases } from "./ContractReads.ts"
import { withNeeds } from "./ContractSteps.ts"
import { type ContractCase, type ContractSubject, demand, type FaultName, type KindExample } from "./ContractSubject.ts"
import { writeCases } from "./ContractWrites.ts"

/** The two functions of a test runner that the suite needs. */
export interface ContractRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}

/** What a provider is tried with. */
export interface ProviderContract {
  readonly runner: ContractRunner
  /** The kinds of the provider, known before it is made: they decide which rules concern an example. */
  readonly kinds: ReadonlyMap<string, Kind>
  /** Makes the provider and an empty remote system; closed when its case is over. */
  readonly open: Effect.Effect<ContractSubject, unknown, Scope.Scope>
  readonly examples: ReadonlyArray<KindExample>
  /** The faults that `ContractSubject.fault` can arrange. Default: none. */
  readonly faults?: ReadonlyArray<FaultName>
}

const casesFor = (kind: Kind | undefined, faults: ReadonlyArray<FaultName>): ReadonlyArray<ContractCase> =>
  kind === undefined
    ? [{ fact: "the provider has the kind", holds: () => demand(false, "the example is of a kind that is not there") }]
    : [...readCases, ...writeCases, ...promiseCases, ...faultCases(faults)].filter(({ concerns }) =>
      concerns?.(kind) ?? true
    )

/** Declares the suite for one provider: a test for each example and each rule that its kind is concerned by. */
export const providerContract = (name: string, contract: ProviderContract): void => {
  const { runner, open, kinds, examples, faults = [] } = contract
  runner.describe(`provider contract: ${name}`, () => {
    for (const example of examples) {
      runner.describe(example.kind, () => {
        for (const { fact, holds } of casesFor(kinds.get(example.kind), faults)) {
          const trial = open.pipe(Effect.flatMap((subject) => withNeeds(subject, example)))
          runner.it(fact, () => Effect.runPromise(Effect.scoped(trial.pipe(Effect.flatMap(holds)))))
        }
      })
    }
  })
}
