// What people and clocks ask of a run: pauses hold it, deadlines and budgets end it, and nothing is left half done.
import { expect, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber } from "effect"
import { describe } from "vitest"
import type { Wish } from "../../src/domain/Batch.ts"
import type { Policies } from "../../src/domain/Entry.ts"
import type { BatchId } from "../../src/domain/Ids.ts"
import { Stopping } from "../../src/executor/Stopping.ts"
import { Journal } from "../../src/state/Journal.ts"
import { holds } from "../../src/state/storage/Job.ts"
import { apply, crash, makeSaga, recoverNewest, type Saga, shape, want, withState } from "./Saga.ts"

const names = ["a", "b", "c"]
const boxes = (size: number) => names.map((name) => want("box", name, { name, size }))

const started = Effect.fnUntraced(function*() {
  const saga = makeSaga()
  yield* apply(saga, boxes(1))
  return { saga, was: shape(saga.world) }
})

const newest = ({ tables }: Saga): BatchId => [...tables.batches.keys()].at(-1) ?? "" as BatchId

const ask = (saga: Saga, what: Wish["what"]) =>
  Effect.map(Clock.currentTimeMillis, (at) => void saga.tables.wishes.set(newest(saga), { what, actor: "ops", at }))

/** Makes updates take a while, and does something once, after the first of them. */
const slowly = (saga: Saga, act: Effect.Effect<void> = Effect.void) => {
  let done = false
  saga.world.onBeat = ({ operation, when }) => {
    if (operation !== "update") return Effect.void
    if (when === "before") return Effect.sleep(900)
    if (done) return Effect.void
    done = true
    return act
  }
}

const controls = (saga: Saga) =>
  withState(
    saga,
    Effect.flatMap(Journal, (journal) =>
      Effect.map(journal.entries(newest(saga)), (entries) =>
        entries.flatMap(({ body }) =>
          body._tag === "control" ? [`${body.what} by ${body.actor}`] : []
        )))
  )

/** The times between one update and the next. */
const gaps = ({ world }: Saga): ReadonlyArray<number> => {
  const times = world.log.flatMap(({ arrival, at = 0 }) => arrival.operation === "update" ? [at] : [])
  return times.slice(1).map((at, index) => at - (times[index] ?? at))
}

const oneByOne: Partial<Policies> = { parallelism: 1 }

describe("a pause", () => {
  it.effect("starts nothing new until somebody lets it go on", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      slowly(saga, ask(saga, "pause"))
      const resumer = yield* Effect.forkChild(Effect.andThen(Effect.sleep(60_000), ask(saga, "resume")))
      const report = yield* apply(saga, boxes(2), oneByOne)
      yield* Fiber.join(resumer)
      expect(report.outcome).toBe("committed")
      expect(yield* controls(saga)).toEqual(["pause by ops", "resume by ops"])
      expect(gaps(saga).filter((gap) => gap > 50_000)).toHaveLength(1)
    }))

  it.effect("counts towards no deadline", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      slowly(saga, ask(saga, "pause"))
      yield* Effect.forkChild(Effect.andThen(Effect.sleep(60_000), ask(saga, "resume")))
      const report = yield* apply(saga, boxes(2), { ...oneByOne, batchDeadlineMs: 20_000, stepDeadlineMs: 10_000 })
      expect(report.outcome).toBe("committed")
    }))

  it.effect("ends where somebody asks to stop, and the batch goes back", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      const requested = Deferred.makeUnsafe<string>()
      slowly(saga, ask(saga, "pause"))
      yield* Effect.forkChild(Effect.andThen(Effect.sleep(60_000), Deferred.succeed(requested, "Ctrl-C")))
      const report = yield* Effect.provideService(apply(saga, boxes(2), oneByOne), Stopping, { requested })
      expect(report).toMatchObject({ outcome: "compensated", interrupted: true })
      expect(yield* controls(saga)).toEqual(["pause by ops", "cancel by tester"])
      expect(shape(saga.world)).toEqual(was)
    }))

  it.effect("of a process that died does not hold who recovers", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      slowly(saga, Effect.andThen(ask(saga, "pause"), crash))
      yield* Effect.exit(apply(saga, boxes(2), oneByOne))
      saga.world.onBeat = () => Effect.void
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
      expect(shape(saga.world)).toEqual(was)
    }))
})

describe("a deadline", () => {
  it.effect("starts nothing new while the disk is not ready to record it", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      slowly(saga)
      let busy = 100
      const onCommit: NonNullable<Saga["options"]["onCommit"]> = (_, jobs) =>
        jobs.some((job) => holds(job, "control")) && busy-- > 0 ? "Busy" : undefined
      const slow = { ...saga, options: { ...saga.options, onCommit } }
      const report = yield* apply(slow, boxes(2), { ...oneByOne, batchDeadlineMs: 1_000 })
      expect(report.outcome).toBe("compensated")
      expect(yield* controls(saga)).toEqual(["deadline by amends"])
      const begun = yield* withState(saga, Effect.flatMap(Journal, (journal) => journal.entries(newest(saga))))
      expect(begun.flatMap(({ body }) => body._tag === "intended" ? [body.step] : [])).toEqual(["box.a", "box.b"])
    }))

  it.effect("of the batch ends the way forward, which is journalled, and what was applied is taken back", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      slowly(saga)
      const report = yield* apply(saga, boxes(2), { ...oneByOne, batchDeadlineMs: 1_200 })
      expect(report).toMatchObject({ outcome: "compensated", interrupted: false, failures: [] })
      expect(yield* controls(saga)).toEqual(["deadline by amends"])
      expect(report.applied).toBeGreaterThan(0)
      expect(shape(saga.world)).toEqual(was)
    }))

  it.effect("of a step ends its repetitions, and says so", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      saga.world.inject({ act: "throttle", match: { operation: "update", id: "box-2" }, ms: 2_000, times: 99 })
      const report = yield* apply(saga, boxes(2), { ...oneByOne, retries: 50, stepDeadlineMs: 5_000 })
      expect(report.outcome).toBe("compensated")
      expect(report.failures[0]?.failure.detail).toContain("deadline of 5s leaves no time")
      expect(saga.world.log.filter(({ told }) => told === "Throttled").length).toBeLessThan(5)
      expect(shape(saga.world)).toEqual(was)
    }))

  it.effect("of the way back leaves what is left to a person, and recover finishes it", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      saga.world.inject({ act: "refuse", match: { operation: "update", id: "box-3", during: "forward" } })
      slowly(saga)
      const report = yield* apply(saga, boxes(2), { ...oneByOne, compensationDeadlineMs: 500 })
      expect(report).toMatchObject({ outcome: "stuck", compensated: 1 })
      expect(report.stuck).toMatchObject([{ address: "box.a", blocked: { choices: ["retry", "skip"] } }])
      expect(report.stuck[0]?.blocked.why).toContain("no time left")
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
      expect(shape(saga.world)).toEqual(was)
    }))
})

describe("a retry budget", () => {
  it.effect("is shared by all steps on the way forward, and the way back needs none", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      saga.world.inject({ act: "throttle", match: { operation: "update", during: "forward" }, times: 99 })
      saga.world.inject({ act: "throttle", match: { operation: "update", during: "compensation" }, times: 2 })
      const spent = yield* apply(saga, boxes(2), { parallelism: 3, retries: 9, retryBudget: 4 })
      expect(spent.outcome).toBe("compensated")
      const sent = saga.world.log.filter(({ arrival: { during, operation } }) =>
        operation === "update" && during === "forward"
      )
      expect(sent.length).toBeLessThanOrEqual(3 + 4)
      expect(shape(saga.world)).toEqual(was)
    }))
})
