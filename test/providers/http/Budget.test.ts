/**
 * The budget of a provider: places, tokens, who goes first, and what a pause holds back.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type Budget, type BudgetOptions, makeBudget, tokensOf } from "../../../src/providers/http/Budget.ts"
import { Priority, RateWaits } from "../../../src/providers/Provider.ts"

interface Seen {
  readonly name: string
  readonly at: number
}

const setup = (options: BudgetOptions) =>
  Effect.gen(function*() {
    const budget = yield* makeBudget(options)
    const seen: Array<Seen> = []
    const start = yield* Clock.currentTimeMillis
    const ask = (name: string, priority: "forward" | "compensation" = "forward", takes = 0) =>
      budget.run(Effect.gen(function*() {
        seen.push({ name, at: (yield* Clock.currentTimeMillis) - start })
        if (takes > 0) yield* Effect.sleep(takes)
      })).pipe(Effect.provideService(Priority, priority), (request) =>
        Effect.forkChild(request, { startImmediately: true }))
    return { budget, seen, ask }
  })

const names = (seen: ReadonlyArray<Seen>) => seen.map(({ name }) => name).join(" ")

const neverMoreThan = (seen: ReadonlyArray<Seen>, requests: number, perMs: number) =>
  seen.every((one) => seen.filter(({ at }) => at >= one.at && at < one.at + perMs).length <= requests)

describe("places", () => {
  it.effect("are taken by so many requests at once, the others in order", () =>
    Effect.gen(function*() {
      const { ask, seen } = yield* setup({ concurrency: 2 })
      for (const name of ["a", "b", "c", "d"]) yield* ask(name, "forward", 100)
      assert.strictEqual(names(seen), "a b")
      yield* TestClock.adjust(100)
      assert.strictEqual(names(seen), "a b c d")
    }))

  it.effect("go to a compensation before everybody who waits", () =>
    Effect.gen(function*() {
      const { ask, seen } = yield* setup({ concurrency: 1 })
      yield* ask("a", "forward", 100)
      yield* ask("b", "forward", 100)
      yield* ask("undo", "compensation", 100)
      yield* TestClock.adjust(300)
      assert.strictEqual(names(seen), "a undo b")
    }))

  it.effect("are given back by requests that fail or are interrupted, and not taken by who left the queue", () =>
    Effect.gen(function*() {
      const { ask, budget, seen } = yield* setup({ concurrency: 1 })
      yield* Effect.flip(budget.run(Effect.fail("no")))
      const running = yield* ask("a", "forward", 1_000_000)
      const waiting = yield* ask("b")
      yield* ask("c")
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(running)
      assert.strictEqual(names(seen), "a c")
    }))

  it.effect("serve a long queue of requests that end at once", () =>
    Effect.gen(function*() {
      const { ask, seen } = yield* setup({ concurrency: 1 })
      const first = yield* ask("first", "forward", 10)
      yield* Effect.forEach(Array.from({ length: 5_000 }), () => ask("x"), { discard: true })
      yield* TestClock.adjust(10)
      yield* Fiber.join(first)
      assert.lengthOf(seen, 5_001)
    }))
})

describe("tokens", () => {
  it("leave a fifth to compensations, but one to forward requests", () => {
    const forward = [1, 2, 4, 5, 10, 20, 100].map((requests) => tokensOf({ requests, perMs: 1 }, "forward"))
    assert.deepStrictEqual(forward, [1, 1, 3, 4, 8, 16, 80])
    assert.strictEqual(tokensOf({ requests: 10, perMs: 1 }, "compensation"), 10)
  })

  const rate = { requests: 10, perMs: 1_000 }

  it.effect("come back a period later, so that no period ever sees more", () =>
    Effect.gen(function*() {
      const { ask, seen } = yield* setup({ concurrency: 100, rate })
      for (let i = 0; i < 30; i++) yield* ask(`f${i}`)
      assert.lengthOf(seen, 8)
      for (let i = 0; i < 60; i++) yield* TestClock.adjust(77)
      assert.lengthOf(seen, 30)
      assert.isTrue(neverMoreThan(seen, 8, 1_000))
    }))

  it.effect("are counted right after thousands of them", () =>
    Effect.gen(function*() {
      const { ask, seen } = yield* setup({ concurrency: 10_000, rate: { requests: 2_000, perMs: 1_000 } })
      for (let i = 0; i < 5_000; i++) yield* ask("f")
      const counts = [seen.length]
      for (let i = 0; i < 4; i++) {
        yield* TestClock.adjust(1_000)
        counts.push(seen.length)
      }
      assert.deepStrictEqual(counts, [1_600, 3_200, 4_800, 5_000, 5_000])
    }))

  it.effect("are there for a compensation when forward requests have used up theirs", () =>
    Effect.gen(function*() {
      const { ask, seen } = yield* setup({ concurrency: 100, rate })
      for (let i = 0; i < 20; i++) yield* ask("f")
      for (let i = 0; i < 3; i++) yield* ask(`undo${i}`, "compensation")
      assert.strictEqual(names(seen), "f f f f f f f f undo0 undo1")
      yield* TestClock.adjust(1_000)
      assert.strictEqual(seen[10]?.name, "undo2")
      assert.isTrue(neverMoreThan(seen, 10, 1_000))
    }))
})

describe("a pause", () => {
  const paused = (ms: number) =>
    Effect.gen(function*() {
      const parts = yield* setup({ concurrency: 100 })
      yield* Effect.sync(() => (parts.budget satisfies Budget).pause(ms))
      return parts
    })

  it.effect("holds back forward requests and lets compensations through", () =>
    Effect.gen(function*() {
      const { ask, seen } = yield* paused(5_000)
      yield* ask("f")
      yield* ask("undo", "compensation")
      yield* TestClock.adjust(4_999)
      assert.strictEqual(names(seen), "undo")
      yield* TestClock.adjust(1)
      assert.strictEqual(names(seen), "undo f")
    }))

  it.effect("is bounded, whatever the server asks", () =>
    Effect.gen(function*() {
      const { ask, seen } = yield* paused(1e12)
      yield* ask("f")
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(names(seen), "f")
    }))
})

describe("a wait", () => {
  it.effect("is told where the rate made it, and not where only a place was missing", () =>
    Effect.gen(function*() {
      const waits: Array<number> = []
      const told = Effect.provideService(RateWaits, (ms: number) => void waits.push(ms))
      const limited = yield* makeBudget({ concurrency: 10, rate: { requests: 1, perMs: 1_000 } })
      yield* limited.run(Effect.void)
      const waiting = yield* Effect.forkChild(told(limited.run(Effect.void)), { startImmediately: true })
      yield* TestClock.adjust(1_000)
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(waits, [1_000])

      const crowded = yield* makeBudget({ concurrency: 1 })
      yield* Effect.forkChild(crowded.run(Effect.sleep(500)), { startImmediately: true })
      const second = yield* Effect.forkChild(told(crowded.run(Effect.void)), { startImmediately: true })
      yield* TestClock.adjust(500)
      yield* Fiber.join(second)
      assert.deepStrictEqual(waits, [1_000])
    }))
})
