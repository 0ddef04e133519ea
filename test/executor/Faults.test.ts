import { expect, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { describe } from "vitest"
import type { Act } from "../../src/providers/memory/Fault.ts"
import { apply, crash, idOf, makeSaga, planned, recoverNewest, type Saga, shape, want } from "./Saga.ts"

const before = [
  want("box", "a", { name: "a", size: 2 }),
  want("box", "old", { name: "old", label: "keep me" }),
  want("vault", "v", { name: "v", secret: "s3cret-one", note: "n" }),
  want("note", "n", { name: "n", text: "hello" }),
  want("note", "gone", { name: "gone", text: "bye", tags: ["x", "y"] }),
  want("flag", "f", { key: "f", on: true }),
  want("ring", "r", { name: "r", box: idOf("box", "old"), members: [{ who: "x" }] }),
  want("ring", "t", { name: "t", box: idOf("box", "a") })
]

const after = [
  want("box", "a", { name: "a", size: 3, material: "oak", label: "new" }),
  want("box", "b", { name: "b" }),
  want("vault", "v", { name: "v", secret: "s3cret-two" }),
  want("vault", "w", { name: "w", secret: "s3cret-three" }),
  want("note", "n", { name: "n", text: "changed" }),
  want("note", "m", { name: "m", text: "new" }),
  want("flag", "f", { key: "f", on: false }),
  want("flag", "g", { key: "g" }),
  want("ring", "r", { name: "r", box: idOf("box", "b"), members: [{ who: "y" }, { who: "z" }] }),
  want("ring", "s", { name: "s", box: idOf("box", "a"), members: [{ who: "q" }] })
]

const started = Effect.fnUntraced(function*() {
  const saga = makeSaga()
  yield* apply(saga, before)
  return { saga, shape: shape(saga.world), writes: saga.world.writes.length }
})

const countWrites = Effect.fnUntraced(function*() {
  const { saga, writes } = yield* started()
  yield* apply(saga, after, { parallelism: 1 })
  return saga.world.writes.length - writes
})

const strikeNth = (saga: Saga, nth: number, act: Act, times = 1) => {
  let seen = 0
  let struck = 0
  saga.world.onBeat = (beat) =>
    Effect.sync(() => {
      const write = ["create", "update", "delete"].includes(beat.operation)
      if (beat.when !== "before" || !write) return
      seen += 1
      if (seen < nth || struck >= times) return
      struck += 1
      saga.world.inject({ act, match: { operation: beat.operation, kind: beat.kind }, ms: 700 })
    })
}

describe("a batch that is refused at any position", () => {
  it.effect("ends with every resource as it was, and the corrected batch applies", () =>
    Effect.gen(function*() {
      const total = yield* countWrites()
      expect(total).toBeGreaterThan(12)
      for (let nth = 1; nth <= total; nth++) {
        for (const parallelism of [1, 10]) {
          const { saga, shape: was } = yield* started()
          strikeNth(saga, nth, "refuse")
          const report = yield* apply(saga, after, { parallelism })
          saga.world.onBeat = () => Effect.void
          expect([nth, report.outcome, report.stuck, report.left]).toEqual([nth, "compensated", [], []])
          expect(shape(saga.world)).toEqual(was)
          expect((yield* planned(saga, before)).steps).toEqual([])
          expect((yield* apply(saga, after, { parallelism })).outcome).toBe("committed")
        }
      }
    }), 60_000)
})

describe("an answer that is lost at any position", () => {
  const acts: ReadonlyArray<Act> = ["ambiguousAfter", "ambiguousBefore", "lateLanding", "hang", "notSent", "throttle"]
  for (const act of acts) {
    it.effect(`leaks and repeats nothing: ${act}`, () =>
      Effect.gen(function*() {
        const clean = yield* started()
        yield* apply(clean.saga, after)
        const desired = shape(clean.saga.world)
        for (let nth = 1; nth <= 16; nth++) {
          for (const parallelism of [1, 10]) {
            const { saga } = yield* started()
            strikeNth(saga, nth, act)
            const report = yield* apply(saga, after, { parallelism })
            saga.world.land()
            expect([nth, report.outcome, report.failures]).toEqual([nth, "committed", []])
            expect(shape(saga.world)).toEqual(desired)
          }
        }
      }), 60_000)
  }
})

describe("an answer that is lost on the way back", () => {
  const acts: ReadonlyArray<Act> = ["ambiguousAfter", "ambiguousBefore", "lateLanding", "notSent"]
  for (const act of acts) {
    it.effect(`leaks and repeats nothing: ${act}`, () =>
      Effect.gen(function*() {
        for (let nth = 1; nth <= 12; nth++) {
          const { saga, shape: was } = yield* started()
          saga.world.inject({ act: "refuse", match: { operation: "delete", kind: "box", during: "forward" } })
          let undone = 0
          saga.world.onBeat = (beat) =>
            Effect.sync(() => {
              const write = ["create", "update", "delete"].includes(beat.operation)
              if (beat.when !== "before" || !write || beat.during !== "compensation") return
              undone += 1
              const match = { operation: beat.operation, kind: beat.kind, during: "compensation" } as const
              if (undone === nth) saga.world.inject({ act, match, ms: 700 })
            })
          const report = yield* apply(saga, after, { parallelism: 4 })
          saga.world.land()
          expect([nth, report.outcome]).toEqual([nth, "compensated"])
          expect(shape(saga.world)).toEqual(was)
        }
      }), 60_000)
  }
})

describe("a process that dies at any beat", () => {
  const run = (direction: "auto" | "forward", refuse: boolean) =>
    Effect.gen(function*() {
      for (let at = 1; at < 400; at++) {
        const { saga, shape: was } = yield* started()
        if (refuse) saga.world.inject({ act: "refuse", match: { operation: "delete", kind: "box", during: "forward" } })
        let beats = 0
        let died = false
        saga.world.onBeat = () => {
          beats += 1
          died = died || beats === at
          return died ? crash : Effect.void
        }
        const exit = yield* Effect.exit(apply(saga, after, { parallelism: 3 }))
        saga.world.onBeat = () => Effect.void
        if (exit._tag === "Success") {
          expect(died).toBe(false)
          return at
        }
        const recovered = yield* recoverNewest(saga, { direction })
        if (recovered === undefined) {
          expect(shape(saga.world)).toEqual(was)
        } else if (Result.isSuccess(recovered)) {
          const forwards = recovered.success.outcome === "committed"
          const { outcome, stuck } = recovered.success
          expect([at, outcome, stuck]).toEqual([at, forwards ? "committed" : "compensated", []])
          if (!forwards) expect(shape(saga.world)).toEqual(was)
          if (forwards) expect((yield* planned(saga, after)).steps).toEqual([])
        } else {
          expect(direction).toBe("forward")
        }
        if (recovered !== undefined && Result.isFailure(recovered)) yield* recoverNewest(saga)
        expect(yield* recoverNewest(saga)).toBeUndefined()
      }
      return 0
    })

  it.effect(
    "is recovered back",
    () => Effect.map(run("auto", false), (beats) => expect(beats).toBeGreaterThan(20)),
    60_000
  )
  it.effect(
    "is recovered forward",
    () => Effect.map(run("forward", false), (b) => expect(b).toBeGreaterThan(20)),
    60_000
  )
  it.effect(
    "is recovered while it was going back",
    () => Effect.map(run("auto", true), (beats) => expect(beats).toBeGreaterThan(30)),
    60_000
  )
})
