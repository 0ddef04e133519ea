import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Limits } from "../../../src/domain/Limits.ts"
import { layerMemory } from "../../../src/state/memory/Memory.ts"
import { emptyTables, type OnCommit } from "../../../src/state/memory/MemoryStore.ts"
import type { Job } from "../../../src/state/storage/Job.ts"
import { lifeMs, openBatch, start, startRunning } from "../../contract/state/Process.ts"
import { applied, batchOf, endedAs, intended, setHead, treasury, wayBack } from "../Example.ts"

/** Opening a batch takes two commits; what a test looks at comes after them. */
const opening = 2

const kinds = (jobs: ReadonlyArray<Job>): ReadonlyArray<string> =>
  jobs.flatMap(({ rows }) => Array.from(rows, ({ kind }) => kind))

/** A running process whose commits fail as told, and what its commits held. */
const failing = (onCommit: OnCommit) => {
  const tables = emptyTables()
  const commits: Array<ReadonlyArray<string>> = []
  const open = layerMemory({
    tables,
    onCommit: (commit, jobs) => {
      commits.push(kinds(jobs))
      return commit <= opening ? undefined : onCommit(commit - opening, jobs)
    }
  })
  return Effect.map(startRunning({ open }), (running) => ({ ...running, world: { open }, tables, commits }))
}

const bodies = (tables: { readonly rows: ReadonlyArray<{ readonly kind: string }> }): ReadonlyArray<string> =>
  tables.rows.slice(2).map(({ kind }) => kind)

describe("after a failed commit", () => {
  it.effect("every waiter fails with its reason, and nothing is appended any more", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, tables, commits } = yield* failing(() => "Io")
      yield* journal.ride(batch, lease, [applied(treasury)])
      const waiting = yield* Effect.forEach([1, 2, 3], (n) =>
        Effect.forkChild(Effect.flip(journal.append(batch, lease, [intended(treasury, n)]))))
      for (const fiber of waiting)
        expect((yield* Fiber.join(fiber)).reason).toBe("Io")
      const later = yield* Effect.flip(journal.append(batch, lease, wayBack))
      expect(later.reason).toBe("Poisoned")
      expect([later.detail, later.technical]).toEqual([
        expect.stringContaining("made to fail"),
        expect.stringContaining("Io")
      ])
      expect((yield* Effect.flip(journal.ride(batch, lease, [applied(treasury)]))).reason).toBe("Poisoned")
      expect((yield* Effect.flip(journal.end(batch, lease, endedAs("kept"), []))).reason).toBe("Poisoned")
      expect(bodies(tables)).toEqual([])
      expect(commits).toHaveLength(opening + 1)
    }))

  it.effect("what waits behind the failed group fails too", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, tables, commits } = yield* failing(() => "Io")
      const rows = Array.from({ length: Limits.groupRowsMax }, (_, n) => intended(treasury, n + 1))
      const append = Effect.forkChild(Effect.flip(journal.append(batch, lease, rows)), { startImmediately: true })
      const [first, second] = [yield* append, yield* append]
      expect((yield* Fiber.join(first)).reason).toBe("Io")
      expect((yield* Fiber.join(second)).reason).toBe("Io")
      expect(commits).toHaveLength(opening + 1)
      expect(bodies(tables)).toEqual([])
    }))

  it.effect("the next process starts from what is durable", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, tables, world } = yield* failing((commit) => commit === 2 ? "Io" : undefined)
      yield* journal.append(batch, lease, [intended(treasury)])
      yield* Effect.flip(journal.append(batch, lease, [applied(treasury)]))
      const next = yield* start(world)
      yield* TestClock.adjust(lifeMs)
      const taken = yield* next.leases.acquire(lifeMs)
      yield* next.journal.append(batch, taken, wayBack)
      expect(bodies(tables)).toEqual(["intended", "decided", "undo-intended", "compensated"])
      expect(yield* next.journal.verify).toBeUndefined()
    }))
})

describe("a busy state", () => {
  it.effect("is tried again with the same group", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, tables, commits } = yield* failing((commit) => commit <= 3 ? "Busy" : undefined)
      const fiber = yield* Effect.forkChild(journal.append(batch, lease, [intended(treasury)]))
      yield* TestClock.adjust(4 * Limits.busyMs)
      expect(yield* Fiber.join(fiber)).toBe(3)
      expect(commits).toHaveLength(opening + 4)
      expect(bodies(tables)).toEqual(["intended"])
    }))

  it.effect("that stays so stops the journal", () =>
    Effect.gen(function*() {
      const { journal, lease, batch } = yield* failing(() => "Busy")
      const fiber = yield* Effect.forkChild(Effect.flip(journal.append(batch, lease, [intended(treasury)])))
      yield* TestClock.adjust(Limits.busyTotalMs + Limits.busyMs)
      expect((yield* Fiber.join(fiber)).reason).toBe("Busy")
      expect((yield* Effect.flip(journal.append(batch, lease, []))).reason).toBe("Poisoned")
    }))
})

describe("a full disk", () => {
  it.effect("refuses intents from then on, and takes what the way back needs", () =>
    Effect.gen(function*() {
      const process = yield* failing((commit) => commit === 1 ? "Full" : undefined)
      const { journal, versions, lease, batch, tables, commits } = process
      expect((yield* Effect.flip(journal.append(batch, lease, [intended(treasury)]))).reason).toBe("Full")
      expect((yield* Effect.flip(journal.append(batch, lease, [intended(treasury)]))).reason).toBe("Full")
      expect((yield* Effect.flip(openBatch(process, lease, "b2"))).reason).toBe("Full")
      expect((yield* Effect.flip(versions.write(lease, { actor: "ada" }, [setHead("one")]))).reason).toBe("Full")
      expect(commits).toHaveLength(opening + 1)
      yield* journal.append(batch, lease, wayBack)
      yield* journal.end(batch, lease, endedAs("compensated"), [])
      expect(bodies(tables)).toEqual(["decided", "undo-intended", "compensated", "ended"])
    }))

  it.effect("leaves out the intents of a group, and commits the rest on the reserve", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, tables, commits } = yield* failing((commit) => commit === 1 ? "Full" : undefined)
      yield* journal.ride(batch, lease, [applied(treasury)])
      const forward = yield* Effect.forkChild(Effect.flip(journal.append(batch, lease, [intended(treasury)])))
      const back = yield* Effect.forkChild(journal.append(batch, lease, wayBack))
      expect((yield* Fiber.join(forward)).reason).toBe("Full")
      expect(yield* Fiber.join(back)).toBe(6)
      expect(commits.slice(opening)).toEqual([
        ["outcome", "intended", "decided", "undo-intended", "compensated"],
        ["outcome", "decided", "undo-intended", "compensated"]
      ])
      expect(bodies(tables)).toEqual(["outcome", "decided", "undo-intended", "compensated"])
    }))

  it.effect("that stays full stops the journal, and the reserve is freed only once", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, commits } = yield* failing((commit) => commit === 2 ? undefined : "Full")
      yield* journal.append(batch, lease, [wayBack[0] ?? intended(treasury)])
      expect((yield* Effect.flip(journal.append(batch, lease, [applied(treasury)]))).reason).toBe("Full")
      expect((yield* Effect.flip(journal.append(batch, lease, [applied(treasury)]))).reason).toBe("Poisoned")
      expect(commits).toHaveLength(opening + 3)
    }))

  it.effect("stops the journal when not even the reserve is enough", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, tables } = yield* failing(() => "Full")
      expect((yield* Effect.flip(journal.append(batch, lease, [applied(treasury)]))).reason).toBe("Full")
      expect((yield* Effect.flip(journal.append(batch, lease, []))).reason).toBe("Poisoned")
      expect(bodies(tables)).toEqual([])
    }))

  it.effect("does not leave out an intent that rides, since nobody would be told", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, commits } = yield* failing((commit) => commit === 1 ? "Full" : undefined)
      yield* journal.ride(batch, lease, [intended(treasury)])
      yield* journal.append(batch, lease, [applied(treasury)])
      expect(commits.slice(opening)).toEqual([["intended", "outcome"], ["intended", "outcome"]])
    }))
})

describe("groups", () => {
  it.effect("hold what was queued in a tick, up to their bounds", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, commits } = yield* failing(() => undefined)
      const count = 2 * Limits.groupRowsMax + 2
      yield* Effect.forEach(Array.from({ length: count }), () => journal.append(batch, lease, [intended(treasury)]), {
        concurrency: "unbounded"
      })
      expect(commits.slice(opening).map((group) => group.length)).toEqual([64, 64, 2])
    }))

  it.effect("hold a job larger than their bounds alone", () =>
    Effect.gen(function*() {
      const { journal, lease, batch, commits } = yield* failing(() => undefined)
      const large = Array.from({ length: 100 }, () => intended(treasury))
      const append = (count: number) => journal.append(batch, lease, large.slice(0, count))
      yield* Effect.forEach([1, 100, 1], append, { concurrency: "unbounded" })
      expect(commits.slice(opening).map((group) => group.length)).toEqual([1, 100, 1])
    }))

  it.effect("are kept small by what heads hold, too", () =>
    Effect.gen(function*() {
      const { journal, versions, lease, commits } = yield* failing(() => undefined)
      const heads = [setHead("x".repeat(Limits.groupBytesMax))]
      const [end, write] = [
        journal.end(batchOf("b1"), lease, endedAs("kept"), heads),
        versions.write(lease, { actor: "ada" }, heads)
      ]
      yield* Effect.all([end, write], { concurrency: "unbounded" })
      expect(commits).toHaveLength(opening + 2)
    }))
})
