/** What a lease must hold. Time is the test's clock. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { lifeMs, start } from "./Process.ts"
import type { World } from "./StateSuite.ts"

export const leaseSuite = (make: () => World) =>
  describe("Leases", () => {
    it.effect("is taken when free, and only once", () =>
      Effect.gen(function*() {
        const world = make()
        const [first, second] = [yield* start(world), yield* start(world)]
        expect(yield* first.leases.show).toBeUndefined()
        const lease = yield* first.leases.acquire(lifeMs)
        expect(lease).toMatchObject({ epoch: 1 })
        expect(lease).not.toHaveProperty("previous")
        const error = yield* Effect.flip(second.leases.acquire(lifeMs))
        expect(error.reason).toBe("Held")
        expect(error.detail).toContain(lease.owner)
        expect(yield* second.leases.show).toEqual({ ...lease, leftMs: lifeMs, ownerAlive: "alive" })
      }))

    it.effect("is never won by two that reach for it at once", () =>
      Effect.gen(function*() {
        const world = make()
        const processes = yield* Effect.forEach([1, 2, 3, 4, 5], () => start(world))
        const answers = yield* Effect.forEach(processes, ({ leases }) => Effect.result(leases.acquire(lifeMs)), {
          concurrency: "unbounded"
        })
        expect(answers.filter((answer) => answer._tag === "Success")).toHaveLength(1)
      }))

    it.effect("lasts its life, and longer when renewed", () =>
      Effect.gen(function*() {
        const world = make()
        const [first, second] = [yield* start(world), yield* start(world)]
        const lease = yield* first.leases.acquire(lifeMs)
        yield* TestClock.adjust(lifeMs - 1_000)
        expect(yield* first.leases.left(lease)).toBe(1_000)
        yield* first.leases.renew(lease, lifeMs)
        yield* TestClock.adjust(lifeMs - 1_000)
        expect((yield* Effect.flip(second.leases.acquire(lifeMs))).reason).toBe("Held")
        yield* TestClock.adjust(1_000)
        expect(yield* first.leases.left(lease)).toBe(0)
        expect(yield* second.leases.show).toMatchObject({ leftMs: 0 })
        expect(yield* second.leases.acquire(lifeMs)).toMatchObject({ epoch: 2, previous: lease.owner })
      }))

    it.effect("is not moved by a wall clock that jumps", () =>
      Effect.gen(function*() {
        const world = make()
        const [first, second] = [yield* start(world), yield* start(world)]
        yield* TestClock.adjust(10 * lifeMs)
        const lease = yield* first.leases.acquire(lifeMs)
        yield* TestClock.setTime(0)
        expect(yield* first.leases.left(lease)).toBe(lifeMs)
        expect((yield* Effect.flip(second.leases.acquire(lifeMs))).reason).toBe("Held")
      }))

    it.effect("once lost cannot be renewed, and does not come back", () =>
      Effect.gen(function*() {
        const world = make()
        const [first, second] = [yield* start(world), yield* start(world)]
        const lease = yield* first.leases.acquire(lifeMs)
        yield* TestClock.adjust(lifeMs)
        const taken = yield* second.leases.acquire(lifeMs)
        expect((yield* Effect.flip(first.leases.renew(lease, lifeMs))).reason).toBe("Fenced")
        expect(yield* first.leases.left(lease)).toBe(0)
        yield* first.leases.release(lease)
        expect(yield* second.leases.left(taken)).toBe(lifeMs)
        expect((yield* Effect.flip(first.leases.acquire(lifeMs))).reason).toBe("Held")
      }))

    it.effect("can be renewed late, as long as nobody took it", () =>
      Effect.gen(function*() {
        const { leases } = yield* start(make())
        const lease = yield* leases.acquire(lifeMs)
        yield* TestClock.adjust(2 * lifeMs)
        yield* leases.renew(lease, lifeMs)
        expect(yield* leases.left(lease)).toBe(lifeMs)
      }))

    it.effect("is free at once when released", () =>
      Effect.gen(function*() {
        const world = make()
        const [first, second] = [yield* start(world), yield* start(world)]
        const lease = yield* first.leases.acquire(lifeMs)
        yield* first.leases.release(lease)
        expect(yield* first.leases.left(lease)).toBe(0)
        expect(yield* first.leases.show).toBeUndefined()
        const next = yield* second.leases.acquire(lifeMs)
        expect(next.epoch).toBe(2)
        expect(next).not.toHaveProperty("previous")
      }))

    it.effect("is free at once when its holder closed the state without releasing it", () =>
      Effect.gen(function*() {
        const world = make()
        const owner = yield* Effect.scoped(Effect.gen(function*() {
          const { leases } = yield* start(world)
          return (yield* leases.acquire(lifeMs)).owner
        }))
        const { leases } = yield* start(world)
        expect(yield* leases.acquire(lifeMs)).toMatchObject({ epoch: 2, previous: owner })
      }))

    it.effect("taken by another is not let go when the one before closes the state", () =>
      Effect.gen(function*() {
        const world = make()
        const second = yield* start(world)
        const taken = yield* Effect.scoped(Effect.gen(function*() {
          const first = yield* start(world)
          yield* first.leases.acquire(lifeMs)
          yield* TestClock.adjust(lifeMs)
          return yield* second.leases.acquire(lifeMs)
        }))
        expect(yield* second.leases.show).toEqual({ epoch: 2, owner: taken.owner, leftMs: lifeMs, ownerAlive: "alive" })
      }))

    it.effect("taken again by its own process has a higher epoch", () =>
      Effect.gen(function*() {
        const { leases } = yield* start(make())
        const lease = yield* leases.acquire(lifeMs)
        expect(yield* leases.acquire(lifeMs)).toEqual({ ...lease, epoch: 2, previous: lease.owner })
        expect(yield* leases.left(lease)).toBe(0)
        expect((yield* Effect.flip(leases.renew(lease, lifeMs))).reason).toBe("Fenced")
      }))

    it.effect("can be broken: the holder is fenced, and whoever comes next may have it", () =>
      Effect.gen(function*() {
        const world = make()
        const [first, second] = [yield* start(world), yield* start(world)]
        expect(yield* second.leases.break).toBeUndefined()
        const lease = yield* first.leases.acquire(lifeMs)
        expect(yield* second.leases.break).toMatchObject({ owner: lease.owner, epoch: 1 })
        expect(yield* second.leases.break).toBeUndefined()
        expect((yield* Effect.flip(first.leases.renew(lease, lifeMs))).reason).toBe("Fenced")
        expect(yield* second.leases.acquire(lifeMs)).toMatchObject({ epoch: 3 })
      }))

    it.effect("tells what is left of somebody else's lease: nothing", () =>
      Effect.gen(function*() {
        const { leases } = yield* start(make())
        const lease = yield* leases.acquire(lifeMs)
        expect(yield* leases.left({ ...lease, owner: "somebody" })).toBe(0)
      }))
  })
