/**
 * The listing that creates without a key or marker are searched against.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import { apply, makeSaga, want } from "./Saga.ts"

describe("a listing that takes longer than a capture may be old", () => {
  it.effect("serves all creates that wait for it", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, [want("note", "first", { name: "first" })])
      const listings = () =>
        saga.world.log.filter(({ arrival }) => arrival.kind === "box" && arrival.operation === "list").length
      const ofPlanning = listings()
      saga.world.onBeat = ({ operation, when }) =>
        operation === "list" && when === "before" ? Effect.sleep("5 seconds") : Effect.void
      const boxes = ["a", "b", "c", "d"].map((name) => want("box", name, { name }))
      const report = yield* apply(saga, [want("note", "first", { name: "first" }), ...boxes])
      expect(report.outcome).toBe("committed")
      expect(listings() - 2 * ofPlanning).toBe(1)
    }))
})
