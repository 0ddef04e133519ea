/** What a journal must hold: order, no holes, fencing, endings. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { Entry } from "../../../src/domain/Entry.ts"
import { Limits } from "../../../src/domain/Limits.ts"
import {
  applied,
  batchOf,
  dropHead,
  endedAs,
  intended,
  leasedBy,
  openedOf,
  openedWith,
  setHead,
  treasury,
  wayBack
} from "../../state/Example.ts"
import { lifeMs, openBatch, start, startRunning } from "./Process.ts"
import type { World } from "./StateSuite.ts"

const tags = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> => entries.map(({ body }) => body._tag)
const seqs = (entries: ReadonlyArray<Entry>): ReadonlyArray<number> => entries.map(({ seq }) => seq)

export const journalSuite = (make: () => World) =>
  describe("Journal", () => {
    it.effect("gives back what was appended, in order, under the epoch and at the time of appending", () =>
      Effect.gen(function*() {
        const { journal, lease, batch } = yield* startRunning(make())
        yield* TestClock.setTime(5_000)
        expect(yield* journal.append(batch, lease, [intended(treasury), applied(treasury)])).toBe(4)
        const entries = yield* journal.entries(batch)
        expect(seqs(entries)).toEqual([1, 2, 3, 4])
        expect(entries.slice(2)).toEqual([
          { batch, seq: 3, epoch: lease.epoch, at: 5_000, body: intended(treasury) },
          { batch, seq: 4, epoch: lease.epoch, at: 5_000, body: applied(treasury) }
        ])
        expect(entries[0]?.body).toEqual(openedOf("hash of b1"))
      }))

    it.effect.each([16, 17, 500])("gives back a plan of %i steps as it was", (steps) =>
      Effect.gen(function*() {
        const { journal, leases } = yield* start(make())
        const lease = yield* leases.acquire(lifeMs)
        const opened = openedWith("large", steps)
        yield* journal.open(batchOf("large"), lease, opened, leasedBy(lease))
        yield* journal.append(batchOf("large"), lease, [intended(treasury)])
        const entries = yield* journal.entries(batchOf("large"))
        expect(tags(entries)).toEqual(["opened", "leased", "intended"])
        expect(entries[0]?.body).toEqual(opened)
        const folded = yield* journal.toFold(batchOf("large"))
        expect(folded.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq))
        expect(folded[0]?.body).toEqual({ ...opened, plan: { ...opened.plan, changes: [] } })
        expect(yield* journal.opened(batchOf("large"))).toMatchObject({ engine: opened.engine, actor: opened.actor })
        expect(yield* journal.opened(batchOf("none"))).toBeUndefined()
        expect(yield* journal.verify).toBeUndefined()
      }))

    it.effect("keeps the order of queueing when many append at once", () =>
      Effect.gen(function*() {
        const { journal, lease, batch } = yield* startRunning(make())
        const many = Array.from({ length: 200 }, (_, index) => index + 1)
        const last = yield* Effect.forEach(many, (n) => journal.append(batch, lease, [intended(treasury, n)]), {
          concurrency: "unbounded"
        })
        expect(last).toEqual(many.map((n) => n + 2))
        const attempts = (yield* journal.entries(batch)).flatMap(({ body }) =>
          body._tag === "intended" ? [body.attempt] : []
        )
        expect(attempts).toEqual(many)
        expect(yield* journal.verify).toBeUndefined()
      }))

    it.effect("commits a ride with what is appended behind it", () =>
      Effect.gen(function*() {
        const { journal, lease, batch } = yield* startRunning(make())
        yield* journal.ride(batch, lease, [applied(treasury)])
        expect(tags(yield* journal.entries(batch))).toEqual(["opened", "leased"])
        yield* journal.append(batch, lease, [intended(treasury)])
        expect(tags(yield* journal.entries(batch))).toEqual(["opened", "leased", "outcome", "intended"])
      }))

    it.effect("commits a ride by itself when its time is up", () =>
      Effect.gen(function*() {
        const { journal, lease, batch } = yield* startRunning(make())
        yield* journal.ride(batch, lease, [applied(treasury)])
        yield* TestClock.adjust(Limits.rideMs)
        // Appending nothing waits for what is queued.
        yield* Effect.yieldNow.pipe(Effect.repeat({ times: 5 }))
        expect(tags(yield* journal.entries(batch))).toEqual(["opened", "leased", "outcome"])
      }))

    it.effect("commits rides when it is closed", () =>
      Effect.gen(function*() {
        const world = make()
        yield* Effect.scoped(Effect.gen(function*() {
          const { journal, lease, batch } = yield* startRunning(world)
          yield* journal.ride(batch, lease, [applied(treasury)])
        }))
        const { journal } = yield* start(world)
        expect(tags(yield* journal.entries(batchOf("b1")))).toEqual(["opened", "leased", "outcome"])
      }))

    it.effect("appends nothing any more once closed", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const { journal, lease, batch } = yield* startRunning(make()).pipe(Scope.provide(scope))
        yield* Scope.close(scope, Exit.void)
        const error = yield* Effect.flip(journal.append(batch, lease, [intended(treasury)]))
        expect(error.reason).toBe("Poisoned")
      }))

    it.effect("refuses appends and rides of a lease that another has taken", () =>
      Effect.gen(function*() {
        const world = make()
        const first = yield* startRunning(world)
        const second = yield* start(world)
        yield* TestClock.adjust(lifeMs + 1)
        const taken = yield* second.leases.acquire(lifeMs)
        yield* second.journal.append(first.batch, taken, [leasedBy(taken)])
        yield* first.journal.ride(first.batch, first.lease, [applied(treasury)])
        const error = yield* Effect.flip(first.journal.append(first.batch, first.lease, [intended(treasury)]))
        expect(error.reason).toBe("Fenced")
        expect(yield* first.leases.left(first.lease)).toBe(0)
        yield* second.journal.append(first.batch, taken, wayBack)
        const entries = yield* second.journal.entries(first.batch)
        expect(tags(entries)).toEqual(["opened", "leased", "leased", "decided", "undo-intended", "compensated"])
        expect(entries.map(({ epoch }) => epoch)).toEqual([1, 1, 2, 2, 2, 2])
        expect(yield* second.journal.verify).toBeUndefined()
      }))

    it.effect("lets neighbours in a group through when one of them is fenced", () =>
      Effect.gen(function*() {
        const { journal, leases, lease, batch } = yield* startRunning(make())
        const renewed = yield* leases.acquire(lifeMs)
        const stale = yield* Effect.forkChild(Effect.flip(journal.append(batch, lease, [intended(treasury)])))
        const good = yield* Effect.forkChild(journal.append(batch, renewed, [intended(treasury)]))
        expect((yield* Fiber.join(stale)).reason).toBe("Fenced")
        expect(yield* Fiber.join(good)).toBe(3)
      }))

    it.effect("refuses a batch key or a batch that exists, and says which batch has it", () =>
      Effect.gen(function*() {
        const process = yield* start(make())
        const lease = yield* process.leases.acquire(lifeMs)
        yield* openBatch(process, lease, "b1", "deploy-7")
        const sameKey = yield* Effect.flip(openBatch(process, lease, "b2", "deploy-7"))
        expect(sameKey.reason).toBe("Duplicate")
        expect(sameKey.detail).toContain("b1")
        expect((yield* Effect.flip(openBatch(process, lease, "b1"))).reason).toBe("Duplicate")
        expect(yield* process.journal.byKey("deploy-7")).toMatchObject({ id: "b1", batchKey: "deploy-7" })
        expect(yield* process.journal.byKey("deploy-8")).toBeUndefined()
        expect(yield* process.journal.batches).toHaveLength(1)
      }))

    it.effect("knows which plans were used", () =>
      Effect.gen(function*() {
        const { journal } = yield* startRunning(make())
        expect(yield* journal.used("hash of b1")).toBe(true)
        expect(yield* journal.used("hash of b2")).toBe(false)
      }))

    it.effect("lists batches, and those unfinished, newest first", () =>
      Effect.gen(function*() {
        const process = yield* startRunning(make())
        const { journal, lease, batch } = process
        yield* openBatch(process, lease, "b2")
        yield* openBatch(process, lease, "b3")
        expect((yield* journal.unfinished).map(({ id }) => id)).toEqual(["b3", "b2", "b1"])
        yield* TestClock.setTime(9_000)
        yield* journal.end(batchOf("b2"), lease, endedAs("compensated"), [])
        expect((yield* journal.unfinished).map(({ id }) => id)).toEqual(["b3", batch])
        expect((yield* journal.batches).map(({ id }) => id)).toEqual(["b3", "b2", "b1"])
        expect((yield* journal.batches)[1]).toEqual({
          id: "b2",
          planHash: "hash of b2",
          actor: "ada@build-7",
          reason: "quarterly review",
          openedAt: 0,
          endedAt: 9_000,
          ended: "compensated",
          steps: 1
        })
      }))

    it.effect("ends a batch and moves the heads in one step", () =>
      Effect.gen(function*() {
        const { journal, versions, lease, batch } = yield* startRunning(make())
        yield* journal.ride(batch, lease, [applied(treasury)])
        yield* journal.end(batch, lease, endedAs("committed"), [setHead("cold wallets")])
        expect(tags(yield* journal.entries(batch))).toEqual(["opened", "leased", "outcome", "ended"])
        expect(yield* versions.heads).toMatchObject([{ address: treasury, remoteId: "41" }])
        expect(yield* journal.unfinished).toEqual([])
      }))

    it.effect("moves no head when ending under a lost lease", () =>
      Effect.gen(function*() {
        const { journal, versions, leases, lease, batch } = yield* startRunning(make())
        yield* leases.break
        const error = yield* Effect.flip(journal.end(batch, lease, endedAs("committed"), [setHead("cold wallets")]))
        expect(error.reason).toBe("Fenced")
        expect(yield* versions.heads).toEqual([])
        expect(yield* journal.unfinished).toHaveLength(1)
      }))

    it.effect("takes nothing for a batch that has ended or never was", () =>
      Effect.gen(function*() {
        const { journal, versions, lease, batch } = yield* startRunning(make())
        yield* journal.end(batch, lease, endedAs("committed"), [])
        const late = yield* Effect.flip(journal.end(batch, lease, endedAs("committed"), [dropHead()]))
        expect(late.reason).toBe("Missing")
        const lost = yield* Effect.flip(journal.append(batchOf("b9"), lease, [intended(treasury)]))
        expect(lost.detail).toContain("b9")
        expect(yield* versions.heads).toEqual([])
        expect(yield* journal.entries(batchOf("b9"))).toEqual([])
      }))

    it.effect("counts the batches it has opened", () =>
      Effect.gen(function*() {
        const world = make()
        const process = yield* startRunning(world)
        expect(yield* process.journal.generation).toBe(1)
        yield* openBatch(process, process.lease, "b2")
        expect(yield* (yield* start(world)).journal.generation).toBe(2)
      }))

    it.effect("opens no batch without the lease", () =>
      Effect.gen(function*() {
        const process = yield* start(make())
        const error = yield* Effect.flip(openBatch(process, { epoch: 1, owner: "nobody" }, "b1"))
        expect(error.reason).toBe("Fenced")
        expect(yield* process.journal.batches).toEqual([])
        expect(yield* process.journal.generation).toBe(0)
      }))

    it.effect("keeps the last wish for a batch that is not over, from whoever does not hold its lease", () =>
      Effect.gen(function*() {
        const world = make()
        const { journal, lease, batch } = yield* startRunning(world)
        const other = yield* start(world)
        expect(yield* other.journal.wish(batch)).toBeUndefined()
        const pause = { what: "pause", actor: "ops", at: 5 } as const
        expect(yield* other.journal.ask(batch, { ...pause, at: 4 })).toBe(true)
        expect(yield* other.journal.ask(batch, pause)).toBe(true)
        expect(yield* journal.wish(batch)).toEqual(pause)
        expect(yield* journal.append(batch, lease, [intended(treasury)])).toBe(3)
        yield* journal.end(batch, lease, endedAs("committed"), [])
        expect(yield* other.journal.ask(batch, pause)).toBe(false)
        expect(yield* other.journal.ask(batchOf("b9"), pause)).toBe(false)
        expect(yield* journal.wish(batchOf("b9"))).toBeUndefined()
        expect(yield* journal.verify).toBeUndefined()
      }))

    it.effect("finds the newest control entry", () =>
      Effect.gen(function*() {
        const { journal, lease, batch } = yield* startRunning(make())
        expect(yield* journal.control(batch)).toBeUndefined()
        for (const what of ["pause", "resume"] as const) {
          yield* journal.append(batch, lease, [{ _tag: "control", what, actor: "ops" }, intended(treasury)])
        }
        expect(yield* journal.control(batch)).toMatchObject({ seq: 5, body: { what: "resume", actor: "ops" } })
      }))

    it.effect("survives an append that was interrupted while it waited", () =>
      Effect.gen(function*() {
        const { journal, lease, batch } = yield* startRunning(make())
        const fiber = yield* Effect.forkChild(journal.append(batch, lease, [intended(treasury)]), {
          startImmediately: true
        })
        yield* Fiber.interrupt(fiber)
        expect(yield* journal.append(batch, lease, [])).toBe(3)
      }))
  })
