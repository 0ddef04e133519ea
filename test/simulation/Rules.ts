/**
 * The rules that the simulation was seen to need: each is switched off in turn, and the seed named here notices.
 *
 * A change of what seeds draw makes other seeds notice: `npm run simulate -- --rules` looks for them and prints this
 * table anew.
 */
import { drawScenario } from "./DrawScenario.ts"
import type { Mode } from "./Scenario.ts"
import { judge } from "./Simulate.ts"
import type { Mutation } from "./Trial.ts"

/** One rule, and the seed that notices that it is missing. */
export interface RuleProof {
  readonly rule: Mutation
  readonly mode: Mode
  readonly seed: number
}

/** What each mutation does, as docs/guarantees.md tells it. */
export const withoutRule: { readonly [M in Mutation]: string } = {
  W1: "an intent is acknowledged before it is durable",
  W2: "what rides is written after what was queued later",
  W3: "the decision to go back is written after the first undo",
  W4: "the intent of an undo is acknowledged before it is durable",
  W5: "the end is acknowledged before it is durable",
  W6: "a repeated request carries other bytes under the same key",
  W7: "the journal takes entries of a lease that was lost",
  horizon: "what may still land is not waited for",
  "resolve-before-undo": "an intent without an outcome is taken for never sent"
}

/** The seeds that were found; one for each rule. */
export const proofs: ReadonlyArray<RuleProof> = [
  { rule: "W1", mode: "safety", seed: 1 },
  { rule: "W2", mode: "safety", seed: 3 },
  { rule: "W3", mode: "liveness", seed: 6 },
  { rule: "W4", mode: "liveness", seed: 6 },
  { rule: "W5", mode: "safety", seed: 1 },
  { rule: "W6", mode: "safety", seed: 5 },
  { rule: "W7", mode: "safety", seed: 19 },
  { rule: "horizon", mode: "safety", seed: 233 },
  { rule: "resolve-before-undo", mode: "liveness", seed: 6 }
]

/** The invariants that are violated without a rule. */
export const noticed = ({ mode, rule, seed }: RuleProof): ReadonlyArray<string> =>
  [...new Set(judge(drawScenario(seed, mode), rule).violations.map(({ invariant }) => invariant))].toSorted()

/** Looks for the first seed that notices that a rule is missing, and is quiet with it. */
export const seek = (rule: Mutation, isLate: () => boolean): RuleProof | undefined => {
  for (let seed = 1; !isLate(); seed++) {
    const proof: RuleProof = { rule, seed, mode: seed % 2 === 0 ? "liveness" : "safety" }
    const quiet = () => judge(drawScenario(seed, proof.mode)).violations.length === 0
    if (noticed(proof).length > 0 && quiet()) return proof
  }
  return undefined
}
