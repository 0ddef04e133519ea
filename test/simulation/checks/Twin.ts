/**
 * Invariant 11: a recovery that is killed at any beat and begun anew comes to what one comes to that is not killed.
 *
 * The same scenario is played twice up to where troubles end: once with one recovery after it, once with one that is
 * killed and another one after that. Ids that servers give may differ, and so may what they stamp on a resource.
 */
import type { Document } from "../../../src/domain/Document.ts"
import type { Violation } from "../Ledger.ts"
import { playThenRecover } from "../Play.ts"
import type { KindDraft, Scenario } from "../Scenario.ts"
import type { Trial } from "../Trial.ts"
import { fieldOf, fieldsOf } from "./Fields.ts"

/** A reference by what it leads to, since its id may be another one. */
const targetOf = ({ scenario, world }: Trial, { refersTo }: KindDraft, document: Document): string => {
  const ref = document["ref"]
  const serverGiven = scenario.kinds.find(({ name }) => name === refersTo)?.identity === "server"
  if (typeof ref !== "string" || refersTo === undefined || !serverGiven) return fieldOf(document, "ref")
  const target = world.get(refersTo, ref)?.document
  return target === undefined ? "nothing" : fieldOf(target, "name")
}

const resourceOf = (trial: Trial, kind: KindDraft, id: string, document: Document): string => {
  const fields = fieldsOf(document).filter((field) => field !== "ref").map((field) =>
    `${field} ${fieldOf(document, field)}`
  )
  const named = kind.identity === "server" ? "" : ` ${id}`
  return `${kind.name}${named}: ${[...fields.toSorted(), `ref ${targetOf(trial, kind, document)}`].join(", ")}`
}

/** What a run left, ids and stamps aside. */
const leftBy = (trial: Trial): ReadonlyArray<string> => {
  const { disk: { tables }, scenario, world } = trial
  const resources = scenario.kinds.flatMap((kind) =>
    [...world.resources.get(kind.name) ?? []].map(([id, { document }]) => resourceOf(trial, kind, id, document))
  )
  const batches = [...tables.batches.values()].map(({ ended, id }) => `batch ${id}: ${ended ?? "not ended"}`)
  return [...batches, ...resources.toSorted()]
}

/** Where a key expires between the two, one of them may learn by it what the other has to ask. */
const isTimeless = ({ kinds }: Scenario): boolean => kinds.every(({ keyTtlMs = Infinity }) => keyTtlMs > 3_600_000)

/** Whoever lets a batch go on that nobody runs takes it forward; only a killed recovery leaves it to them. */
const isResumed = ({ acts }: Scenario): boolean =>
  acts.some(({ troubles }) => troubles.some(({ act }) => act === "pause"))

/** Where the way back has a deadline, two recoveries get further than one. */
const unhurried = (scenario: Scenario): Scenario => ({
  ...scenario,
  acts: scenario.acts.map(({ compensationDeadlineMs: _deadline, ...act }) => act)
})

/** 11: recovery may be killed at any beat. */
export const recoveriesAgree = (scenario: Scenario): ReadonlyArray<Violation> => {
  const { tardy, twin } = scenario
  if (twin === undefined || tardy === true || !isTimeless(scenario) || isResumed(scenario)) return []
  const played = unhurried(scenario)
  const whole = leftBy(playThenRecover(played, [{ troubles: [] }]))
  const killed = { troubles: [{ ...twin, act: "crash" as const }] }
  const again = leftBy(playThenRecover(played, [killed, { troubles: [] }]))
  const missing = whole.find((line) => !again.includes(line))
  const surplus = again.find((line) => !whole.includes(line))
  return missing === undefined && surplus === undefined ? [] : [{
    invariant: "11 recovery",
    evidence: `killed and begun anew it left ${surplus ?? "less"}, and not killed ${missing ?? "less"}`
  }]
}
