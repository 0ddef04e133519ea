import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { Journal, Versions } from "../../src/state/Journal.ts"
import { judgements, type Traces } from "./Judging.ts"
import { apply, makeSaga, planned, recoverNewest, shape, withState } from "./Saga.ts"
import { simulate, type Simulated, simulatedKinds } from "./Simulating.ts"

const tracesOf = Effect.fnUntraced(function*(run: Simulated) {
  const batches = [...run.saga.tables.batches.keys()]
  return yield* withState(
    run.saga,
    Effect.gen(function*() {
      const journal = yield* Journal
      const versions = yield* Versions
      const traces: Traces = {
        run,
        heads: yield* versions.heads,
        entries: yield* Effect.forEach(batches, journal.entries)
      }
      return { traces, broken: yield* journal.verify }
    })
  )
})

/** The world that a declaration comes to where nothing goes wrong. */
const idealOf = Effect.fnUntraced(function*(run: Simulated, last: "before" | "after") {
  const ideal = makeSaga({ kinds: simulatedKinds })
  for (const name of run.strangers) {
    ideal.world.create(name.slice(0, name.indexOf("/")), { name: "theirs", size: 1 })
  }
  yield* apply(ideal, run.before)
  yield* TestClock.adjust("1 second")
  if (last === "after") yield* apply(ideal, run.after)
  return shape(ideal.world)
})

/** All or amended: one of the two worlds, where nobody meddled and no person chose otherwise. */
const allOrAmended = Effect.fnUntraced(function*(run: Simulated) {
  if (run.edits.length > 0 || run.choices.length > 0) return
  if (run.outcome === "committed") expect(shape(run.saga.world)).toEqual(yield* idealOf(run, "after"))
  if (run.outcome === "compensated") expect(shape(run.saga.world)).toEqual(yield* idealOf(run, "before"))
  const of = run.outcome === "committed" ? run.after : run.outcome === "compensated" ? run.before : undefined
  if (of !== undefined) expect(yield* planned(run.saga, of)).toMatchObject({ steps: [], drift: [], conflicts: [] })
})

/** Recovery has nothing left to do, and the desired state can still be reached. */
const goesOn = Effect.fnUntraced(function*(run: Simulated) {
  const { length } = run.saga.world.writes
  expect(yield* recoverNewest(run.saga)).toBeUndefined()
  expect(run.saga.world.writes.length).toBe(length)
  if (run.edits.length > 0 || run.choices.some(({ choice }) => choice === "skip")) return
  expect((yield* apply(run.saga, run.after)).outcome).toBe("committed")
  yield* TestClock.adjust("1 second")
  expect((yield* planned(run.saga, run.after)).steps).toEqual([])
})

const judge = Effect.fnUntraced(function*(seed: number) {
  const run = yield* simulate(seed)
  const { broken, traces } = yield* tracesOf(run)
  expect([seed, "chain", broken]).toEqual([seed, "chain", undefined])
  for (const [name, judgement] of Object.entries(judgements)) {
    expect([seed, name, judgement(traces)]).toEqual([seed, name, []])
  }
  yield* allOrAmended(run)
  yield* goesOn(run)
  return run.outcome
})

const first = Number(process.env["AMENDS_SEED"] ?? 1)
const runs = Number(process.env["AMENDS_SEEDS"] ?? 200)

describe("a seeded run of a small world", () => {
  it.effect("keeps every promise that can be seen from outside", () =>
    Effect.gen(function*() {
      const outcomes = new Map<string, number>()
      for (let seed = first; seed < first + runs; seed++) {
        const outcome = yield* judge(seed).pipe(
          Effect.tapCause((cause) => Effect.sync(() => process.stderr.write(`seed ${seed}: ${String(cause)}\n`)))
        )
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
      if (runs < 200) return
      for (const outcome of ["committed", "compensated", "kept"]) expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(5)
    }), 120_000)
})
