/**
 * What an API does not show, masks or makes up: it is remembered from what was written, or said to be lost.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import { Versions } from "../../src/state/Journal.ts"
import { Sealer } from "../../src/state/Sealer.ts"
import { apply, crash, makeSaga, recoverNewest, type Saga, want, withState } from "./Saga.ts"

const observedHeads = (saga: Saga) =>
  withState(
    saga,
    Effect.gen(function*() {
      const sealer = yield* Sealer
      return yield* Effect.forEach(yield* (yield* Versions).heads, ({ observed }) => sealer.open(observed))
    })
  )

describe("a masked secret whose process died", () => {
  it.effect("is remembered by the head, although reading it back shows a mask", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const desired = [want("vault", "v", { name: "v", secret: "one" })]
      saga.world.onBeat = ({ operation, when }) => operation === "create" && when === "after" ? crash : Effect.void
      yield* Effect.exit(apply(saga, desired))
      saga.world.onBeat = () => Effect.void
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "committed" } })
      expect(yield* observedHeads(saga)).toMatchObject([{ name: "v", secret: "one" }])
    }))
})
