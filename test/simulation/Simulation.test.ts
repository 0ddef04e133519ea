/**
 * A sample of the simulation, so that every run of the tests plays some hundred worlds. `npm run simulate` plays more.
 */
import { Effect, type Fiber } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { recoveriesAgree } from "./checks/Twin.ts"
import { drawOf } from "./Draw.ts"
import { drawScenario } from "./DrawScenario.ts"
import { story } from "./Narrate.ts"
import type { Mode } from "./Scenario.ts"
import { shrink } from "./Shrink.ts"
import { judge, simulate } from "./Simulate.ts"
import { makeProcess, startIn, Timeline } from "./Timeline.ts"

// Where an effect was made is nobody's question here, and costs a stack at every step.
const stacks = Error.stackTraceLimit
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stacks
})

const sampleFrom = (first: number, count: number, mode: Mode): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => first + index).flatMap((seed) =>
    simulate(seed, mode).violations.map(({ evidence, invariant }) =>
      `npm run simulate -- --seed ${seed} --mode ${mode}: ${invariant}: ${evidence}`
    )
  )

describe("the simulation", () => {
  it("finds no invariant violated while troubles last", () => {
    expect(sampleFrom(30_000, 180, "safety")).toEqual([])
  }, 180_000)

  it("finds that everything ends when troubles are over", () => {
    expect(sampleFrom(20_000, 120, "liveness")).toEqual([])
  }, 180_000)

  it("comes to the same whether or not a recovery is killed on its way", () => {
    const twins = Array.from({ length: 24 }, (_, index) => drawScenario(40_000 + index, "safety"))
    const killed = twins.map((scenario, index) => ({ ...scenario, twin: { beat: 1 + index % 8, landsMs: 300 } }))
    expect(killed.flatMap((scenario) => recoveriesAgree(scenario).map(({ evidence }) => [scenario.seed, evidence])))
      .toEqual([])
  }, 60_000)

  it("takes the same course for the same seed", () => {
    const seeds = [3, 4, 5, 6, 7]
    const [one, other] = [1, 2].map(() => seeds.map((seed) => story(simulate(seed, "liveness").trial)))
    expect(one).toEqual(other)
    expect(one?.flat().length).toBeGreaterThan(100)
  }, 60_000)

  it("plays worlds in which things go wrong", () => {
    const outcomes = new Set<string>()
    for (let seed = 1; seed <= 60; seed++) {
      const { record } = simulate(seed, "safety").trial
      for (const { error, reports, result } of record.told) {
        outcomes.add(error === undefined ? result ?? "" : error.split(" ", 1).join())
        for (const { outcome } of reports) outcomes.add(outcome)
      }
      if (record.actors.some(({ process }) => process.life === "dead")) outcomes.add("killed")
    }
    const expected = [
      "Halted",
      "ProviderError",
      "committed",
      "compensated",
      "kept",
      "killed",
      "nothing",
      "recovered",
      "stuck"
    ]
    expect([...outcomes]).toEqual(expect.arrayContaining(expected))
  }, 60_000)

  it("cuts a failing case down", () => {
    const scenario = drawScenario(5, "safety")
    const found = judge(scenario, "W1").violations.find(({ invariant }) => invariant === "2 announced")
    if (found === undefined) throw new Error("nothing to cut down")
    const small = shrink(scenario, found, "W1")
    expect(judge(small, "W1").violations.map(({ invariant }) => invariant)).toContain("2 announced")
    expect([small.acts.length, small.configurations.flat().length]).toEqual([1, 1])
  }, 120_000)
})

describe("a simulated process", () => {
  const run = (effect: (log: Array<string>) => Effect.Effect<void>) => {
    const [timeline, process, log] = [new Timeline(), makeProcess("p"), new Array<string>()]
    const fiber: Fiber.Fiber<void> = startIn(timeline, process, drawOf(1, "p"), effect(log))
    return { timeline, process, log, isOver: () => fiber.pollUnsafe() !== undefined }
  }

  const sleeper = (log: Array<string>) =>
    Effect.sleep(1_000).pipe(
      Effect.andThen(Effect.sync(() => log.push("woke"))),
      Effect.ensuring(Effect.sync(() => log.push("cleaned up")))
    )

  it("sleeps in no real time", () => {
    const { isOver, log, timeline } = run(sleeper)
    const before = timeline.now
    timeline.run(isOver)
    expect([log, timeline.now - before]).toEqual([["woke", "cleaned up"], 1_000])
  })

  it("runs nothing once it is killed, finalizers included", () => {
    const { isOver, log, process, timeline } = run(sleeper)
    process.life = "dead"
    timeline.run(isOver)
    expect([log, isOver()]).toEqual([[], false])
  })

  it("goes on where it was stopped", () => {
    const { isOver, log, process, timeline } = run(sleeper)
    process.life = "stopped"
    timeline.run(isOver)
    expect(log).toEqual([])
    timeline.continue(process)
    timeline.run(isOver)
    expect(log).toEqual(["woke", "cleaned up"])
  })
})
