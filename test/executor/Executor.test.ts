import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import { apply, idOf, makeSaga, planned, want } from "./Saga.ts"

const initial = [
  want("box", "a", { name: "a", size: 2 }),
  want("vault", "v", { name: "v", secret: "s3cret-one", note: "n" }),
  want("note", "n", { name: "n", text: "hello" }),
  want("flag", "f", { key: "f", on: true }),
  want("ring", "r", { name: "r", box: idOf("box", "a"), members: [{ who: "x" }] })
]

/** Creates, updates, replaces and deletes one of each that it can. */
const changed = [
  want("box", "a", { name: "a", size: 3, material: "oak" }),
  want("box", "b", { name: "b" }),
  want("vault", "v", { name: "v", secret: "s3cret-two" }),
  want("note", "m", { name: "m", text: "new" }),
  want("flag", "f", { key: "f", on: false }),
  want("ring", "r", { name: "r", box: idOf("box", "b"), members: [{ who: "y" }, { who: "z" }] }),
  want("ring", "s", { name: "s", box: idOf("box", "a") })
]

describe("a batch", () => {
  it.effect("commits what is desired, and then nothing is left to do", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const report = yield* apply(saga, initial)
      expect(report).toMatchObject({ outcome: "committed", counts: { added: 5, changed: 0, destroyed: 0 } })
      expect(saga.world.snapshot()["ring"]).toMatchObject({ "ring-1": { name: "r", box: "box-1" } })
      const writes = saga.world.writes.length
      const again = yield* planned(saga, initial)
      expect(again.steps).toEqual([])
      expect(saga.world.writes.length).toBe(writes)
    }))

  it.effect("creates, updates and deletes of every kind in one go", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, initial)
      const report = yield* apply(saga, changed)
      expect(report.failures).toEqual([])
      expect(report.outcome).toBe("committed")
      expect((yield* planned(saga, changed)).steps).toEqual([])
    }))
})
