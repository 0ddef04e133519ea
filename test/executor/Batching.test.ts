import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import type { Entry } from "../../src/domain/Entry.ts"
import type { StepId } from "../../src/domain/Ids.ts"
import { foldStep, phaseOf, type StepState, untouched } from "../../src/executor/Fold.ts"
import { Journal } from "../../src/state/Journal.ts"
import { withState } from "./Saga.ts"
import { drawing, simulate } from "./Simulating.ts"

const fold = (entries: ReadonlyArray<Entry>, from: ReadonlyMap<StepId, StepState> = new Map()) => {
  const states = new Map(from)
  for (const entry of entries) {
    if (!("step" in entry.body)) continue
    const { step } = entry.body
    states.set(step, foldStep(states.get(step) ?? untouched(step), entry))
  }
  return states
}

const journalsOf = Effect.fnUntraced(function*(seed: number) {
  const { saga } = yield* simulate(seed)
  const batches = [...saga.tables.batches.keys()]
  return yield* withState(saga, Effect.flatMap(Journal, (journal) => Effect.forEach(batches, journal.entries)))
})

const seeds = Array.from({ length: 20 }, (_, index) => 9_000 + index)

/** Folds entries in groups of random size. */
const grouped = (entries: ReadonlyArray<Entry>, below: (n: number) => number) => {
  let states = fold([])
  for (let at = 0; at < entries.length;) {
    const size = 1 + below(5)
    states = fold(entries.slice(at, at + size), states)
    at += size
  }
  return states
}

/** What is wrong with a state that a prefix of a journal came to. */
const wrongIn = (state: StepState): ReadonlyArray<string> => {
  const open = state.calls.filter(({ result }) => result === "open")
  const back = state.calls.some(({ direction }) => direction === "back")
  const forward = state.calls.some(({ direction }) => direction === "forward")
  return [
    ...(open.length <= 2 ? [] : [`${open.length} open calls`]),
    ...(phaseOf(state) !== "applied" || state.complete ? [] : ["applied and not complete"]),
    ...(!back || forward || state.unneeded ? [] : ["undone and never done"])
  ]
}

describe("the fold of a journal", () => {
  it.effect(
    "is the same however its entries were grouped, and in whatever order the steps took turns",
    () =>
      Effect.gen(function*() {
        for (const seed of seeds) {
          const { below } = drawing(seed)
          for (const entries of yield* journalsOf(seed)) {
            const whole = fold(entries)
            expect([seed, grouped(entries, below)]).toEqual([seed, whole])
            const byStep = [...whole.keys()].flatMap((id) =>
              entries.filter(({ body }) => "step" in body && body.step === id)
            )
            expect([seed, fold(byStep)]).toEqual([seed, whole])
          }
        }
      }),
    30_000
  )

  it.effect("is legal for every prefix", () =>
    Effect.gen(function*() {
      for (const seed of seeds) {
        for (const entries of yield* journalsOf(seed)) {
          const wrong = entries.flatMap((_, index) => [...fold(entries.slice(0, index + 1)).values()].flatMap(wrongIn))
          expect([seed, wrong]).toEqual([seed, []])
        }
      }
    }), 30_000)
})
