import { expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Result } from "effect"
import { describe } from "vitest"
import type { BatchId } from "../../src/domain/Ids.ts"
import { exact } from "../../src/domain/Kind.ts"
import { Stopping } from "../../src/executor/Stopping.ts"
import { box, memoryKind } from "../../src/providers/memory/Kinds.ts"
import { Journal } from "../../src/state/Journal.ts"
import { holds } from "../../src/state/storage/Job.ts"
import { apply, crash, idOf, makeSaga, planned, recoverNewest, type Saga, shape, want, withState } from "./Saga.ts"

const before = [
  want("box", "a", { name: "a", size: 2 }),
  want("box", "old", { name: "old" }),
  want("vault", "v", { name: "v", secret: "s3cret-one" }),
  want("ring", "r", { name: "r", box: idOf("box", "old"), members: [{ who: "x" }] })
]

const after = [
  want("box", "a", { name: "a", size: 3 }),
  want("box", "b", { name: "b" }),
  want("vault", "v", { name: "v", secret: "s3cret-two" }),
  want("ring", "r", { name: "r", box: idOf("box", "b"), members: [{ who: "y" }] }),
  want("ring", "s", { name: "s", box: idOf("box", "a"), members: [{ who: "q" }] })
]

const b0 = "" as BatchId

const started = Effect.fnUntraced(function*() {
  const saga = makeSaga()
  yield* apply(saga, before)
  return { saga, was: shape(saga.world) }
})

/** Dies at the n-th beat from now on, for good. */
const dieAt = (saga: Saga, n: number) => {
  let beats = 0
  saga.world.onBeat = () => ++beats >= n ? crash : Effect.void
}

const live = (saga: Saga) => {
  saga.world.onBeat = () => Effect.void
}

describe("recovery", () => {
  it.effect("survives its own crash at any beat, and running it again changes nothing", () =>
    Effect.gen(function*() {
      for (const first of [14, 18, 22, 26, 30, 34]) {
        for (let second = 1; second < 60; second++) {
          const { saga, was } = yield* started()
          dieAt(saga, first)
          expect(Exit.isFailure(yield* Effect.exit(apply(saga, after, { parallelism: 3 })))).toBe(true)
          dieAt(saga, second)
          const exit = yield* Effect.exit(recoverNewest(saga))
          live(saga)
          yield* recoverNewest(saga)
          const desired = (yield* planned(saga, after)).steps.length === 0
          if (!desired) expect([first, second, shape(saga.world)]).toEqual([first, second, was])
          const writes = saga.world.writes.length
          expect(yield* recoverNewest(saga)).toBeUndefined()
          expect(saga.world.writes.length).toBe(writes)
          if (Exit.isSuccess(exit)) break
        }
      }
    }), 120_000)

  it.effect("ends every batch whose journal stopped taking entries", () =>
    Effect.gen(function*() {
      for (let commit = 1; commit < 60; commit++) {
        const { saga, was } = yield* started()
        let failed = false
        const broken: Saga = {
          ...saga,
          options: {
            onCommit: (n) => {
              failed = failed || n === commit
              return n >= commit ? "Io" : undefined
            }
          }
        }
        const exit = yield* Effect.exit(apply(broken, after, { parallelism: 3 }))
        if (!failed) return expect(commit).toBeGreaterThan(5)
        expect(Exit.isFailure(exit)).toBe(true)
        saga.world.land()
        yield* recoverNewest(saga)
        const desired = (yield* planned(saga, after)).steps.length === 0
        if (!desired) expect([commit, shape(saga.world)]).toEqual([commit, was])
        expect(yield* recoverNewest(saga)).toBeUndefined()
      }
      return expect.unreachable()
    }), 60_000)

  it.effect("does not go forward once the way back was decided", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "update" } })
      saga.world.onBeat = (beat) => beat.during === "compensation" ? crash : Effect.void
      yield* Effect.exit(apply(saga, after))
      live(saga)
      expect(yield* recoverNewest(saga, { direction: "forward" }))
        .toMatchObject({ _tag: "Failure", failure: { _tag: "TooLate" } })
      yield* recoverNewest(saga)
      expect(shape(saga.world)).toEqual(was)
    }))

  it.effect("settles an open call before it goes forward, and never takes what it reads for a step without one", () =>
    Effect.gen(function*() {
      for (const unreadable of [1, 20]) {
        const saga = makeSaga()
        yield* apply(saga, [want("box", "a", { name: "a", size: 2 })])
        saga.world.onBeat = (beat) => beat.operation === "update" && beat.when === "after" ? crash : Effect.void
        const wanted = [want("box", "a", { name: "a", size: 3 })]
        expect(Exit.isFailure(yield* Effect.exit(apply(saga, wanted)))).toBe(true)
        live(saga)
        saga.world.inject({ act: "otherId", match: { operation: "observe" }, times: unreadable })
        const recovered = yield* recoverNewest(saga, { direction: "forward" })
        const outcome = recovered !== undefined && Result.isSuccess(recovered) ? recovered.success.outcome : undefined
        expect([unreadable, outcome]).toEqual([unreadable, unreadable === 1 ? "committed" : "stuck"])
        const journal = yield* withState(
          saga,
          Effect.flatMap(Journal, ({ batches, entries }) => Effect.flatMap(batches, ([b]) => entries(b?.id ?? b0)))
        )
        const tags = journal.map(({ body }) => body._tag)
        expect(tags.includes("resolved")).toBe(unreadable === 1)
        expect(journal.some(({ body }) => body._tag === "outcome" && body.result === "unneeded")).toBe(false)
      }
    }))

  it.effect("abandons with the list of what was left", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      dieAt(saga, 30)
      yield* Effect.exit(apply(saga, after, { parallelism: 1 }))
      live(saga)
      const abandoned = yield* recoverNewest(saga, { abandon: true })
      expect(abandoned !== undefined && Result.isSuccess(abandoned) && abandoned.success.left.length).toBeGreaterThan(0)
      expect(yield* recoverNewest(saga)).toBeUndefined()
      expect((yield* apply(saga, after)).outcome).toBe("committed")
    }))

  it.effect("abandons without naming what was refused, never begun or taken back", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const sized = (size: number) => ["a", "b", "c", "d"].map((name) => want("box", name, { name, size }))
      yield* apply(saga, sized(1))
      saga.world.inject({ act: "refuse", match: { operation: "update", during: "forward", nth: 3 } })
      saga.world.inject({ act: "refuse", match: { operation: "update", during: "compensation", nth: 2 } })
      expect((yield* apply(saga, sized(2), { parallelism: 1 })).outcome).toBe("stuck")
      const abandoned = yield* recoverNewest(saga, { abandon: true })
      expect(abandoned).toMatchObject({ success: { outcome: "abandoned", left: ["box.a"] } })
    }))

  it.effect("reads a journal whose chain holds", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      dieAt(saga, 30)
      yield* Effect.exit(apply(saga, after, { parallelism: 1 }))
      live(saga)
      yield* recoverNewest(saga)
      expect(yield* withState(saga, Effect.flatMap(Journal, (journal) => journal.verify))).toBeUndefined()
    }))
})

describe("a wish to stop", () => {
  it.effect("starts nothing new and takes back what was done", () =>
    Effect.gen(function*() {
      for (const at of [3, 8, 14, 20, 26]) {
        const { saga, was } = yield* started()
        const requested = Deferred.makeUnsafe<string>()
        let beats = 0
        saga.world.onBeat = () =>
          Effect.sync(() => {
            if (++beats === at) Deferred.doneUnsafe(requested, Effect.succeed("Ctrl-C"))
          })
        const report = yield* apply(saga, after, { parallelism: 2 }).pipe(
          Effect.provideService(Stopping, { requested })
        )
        expect([at, report.outcome, report.interrupted]).toEqual([at, "compensated", true])
        expect(shape(saga.world)).toEqual(was)
      }
    }))

  it.effect("keeps what was done where the policy says so", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      const requested = Deferred.makeUnsafe<string>()
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "update") Deferred.doneUnsafe(requested, Effect.succeed("Ctrl-C"))
        })
      const report = yield* apply(saga, after, { parallelism: 1, onFailure: "keep" }).pipe(
        Effect.provideService(Stopping, { requested })
      )
      expect(report.outcome).toBe("kept")
      live(saga)
      expect((yield* apply(saga, after)).outcome).toBe("committed")
    }))
})

describe("a step that was applied and does not hold what was sent", () => {
  const { schema } = box.kind
  const habits = { normalises: ["label"] }
  const pen = memoryKind({ name: "pen", nameField: "name", schema }, habits)
  const lasting = memoryKind({
    name: "ink",
    nameField: "name",
    schema,
    capabilities: { reversibility: { create: { _tag: "none", why: "it dries" }, update: exact, delete: exact } }
  }, habits)

  const cutOff = Effect.fnUntraced(function*(kind: string) {
    const saga = makeSaga({ kinds: [pen, lasting] })
    const onCommit: NonNullable<Saga["options"]["onCommit"]> = (_, jobs) =>
      jobs.some((job) => holds(job, "decided")) ? "Io" : undefined
    yield* Effect.exit(apply({ ...saga, options: { ...saga.options, onCommit } }, [want(kind, "a", { label: "Red" })]))
    return saga
  })

  it.effect("keeps a recovery from going forward", () =>
    Effect.gen(function*() {
      const saga = yield* cutOff("pen")
      const done = yield* recoverNewest(saga, { direction: "forward" })
      expect(done).toMatchObject({ success: { outcome: "compensated", failures: [{ address: "pen.a" }] } })
      expect(shape(saga.world)).toEqual([])
    }))

  it.effect("is named where there is no way back, until the server takes it", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [lasting] })
      const report = yield* apply(saga, [want("ink", "a", { label: "Red" })])
      const stuck = [{ address: "ink.a", blocked: { choices: ["retry"] } }]
      expect(report).toMatchObject({ outcome: "stuck", left: ["ink.a"], stuck })
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "stuck", stuck } })
      const plain = { ...lasting, normalises: [] }
      const patient = makeSaga({ ...saga.options, world: saga.world, tables: saga.tables, kinds: [plain] })
      expect(yield* recoverNewest(patient)).toMatchObject({ success: { outcome: "committed", stuck: [] } })
      expect(saga.world.get("ink", "ink-1")?.document).toMatchObject({ label: "Red" })
    }))
})
