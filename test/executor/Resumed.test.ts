/** A step that was cut off between its calls, and goes on. */
import { expect, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { describe } from "vitest"
import { box, memoryKind, ring, vault } from "../../src/providers/memory/Kinds.ts"
import { apply, crash, makeSaga, planned, recoverNewest, want } from "./Saga.ts"
import { simulatedKinds } from "./Simulating.ts"

describe("a resumed step", () => {
  it.effect("is not written over somebody's edit of what it had applied", () =>
    Effect.gen(function*() {
      for (const [edit, outcome] of [[{ name: "theirs" }, "stuck"], [{}, "committed"]] as const) {
        const saga = makeSaga({ kinds: simulatedKinds })
        const wanted = [want("ring", "r", { name: "r", members: [{ who: "x" }] })]
        saga.world.onBeat = (beat) => beat.operation === "create" && beat.call === 2 ? crash : Effect.void
        yield* Effect.exit(apply(saga, wanted))
        saga.world.onBeat = () => Effect.void
        saga.world.edit("ring", "ring-1", edit)
        const done = yield* recoverNewest(saga, { direction: "forward" })
        expect([outcome, done !== undefined && Result.isSuccess(done) && done.success.outcome]).toEqual([
          outcome,
          outcome
        ])
        if (outcome === "committed") expect((yield* planned(saga, wanted)).steps).toEqual([])
        else expect(saga.world.get("ring", "ring-1")?.document["name"]).toBe("theirs")
      }
    }))

  it.effect("does not write over what somebody else wrote there meanwhile", () =>
    Effect.gen(function*() {
      const slowly = memoryKind({ name: "own", nameField: "name", schema: box.kind.schema }, {
        createIn: [["/name"], ["/label"]]
      })
      const saga = makeSaga({ kinds: [slowly] })
      saga.world.onBeat = (beat) => beat.operation === "create" && beat.call === 2 ? crash : Effect.void
      yield* Effect.exit(apply(saga, [want("own", "a", { name: "a", label: "x" })]))
      saga.world.onBeat = () => Effect.void
      saga.world.edit("own", "own-1", { label: "theirs" })
      expect(yield* recoverNewest(saga, { direction: "forward" })).toMatchObject({ success: { outcome: "stuck" } })
      expect(saga.world.get("own", "own-1")?.document["label"]).toBe("theirs")
    }))

  it.effect("does not, although it is not known of one of its calls whether that was applied", () =>
    Effect.gen(function*() {
      const hidden = memoryKind({
        name: "own",
        nameField: "name",
        schema: vault.kind.schema,
        roles: { writeOnly: ["/secret"], sensitive: ["/secret"] }
      }, { createIn: [["/name"], ["/secret"], ["/note"]] })
      const saga = makeSaga({ kinds: [hidden] })
      saga.world.inject({ act: "ambiguousAfter", match: { operation: "create", call: 2 } })
      let sent = 0
      saga.world.onBeat = ({ call, operation, when }) =>
        operation === "create" && call === 2 && when === "before" && ++sent === 2 ? crash : Effect.void
      yield* Effect.exit(apply(saga, [want("own", "a", { name: "a", secret: "s3cret-one", note: "x" })]))
      saga.world.onBeat = () => Effect.void
      saga.world.edit("own", "own-1", { note: "theirs" })
      expect(yield* recoverNewest(saga, { direction: "forward" })).toMatchObject({ success: { outcome: "stuck" } })
      expect(saga.world.get("own", "own-1")?.document["note"]).toBe("theirs")
    }))

  it.effect("that is gone is not made again on the way forward", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: simulatedKinds })
      const wanted = [want("ring", "r", { name: "r", members: [{ who: "x" }] })]
      saga.world.onBeat = (beat) => beat.operation === "create" && beat.call === 2 ? crash : Effect.void
      yield* Effect.exit(apply(saga, wanted))
      saga.world.onBeat = () => Effect.void
      saga.world.remove("ring", "ring-1")
      const done = yield* recoverNewest(saga, { direction: "forward" })
      expect(done).toMatchObject({ _tag: "Success", success: { outcome: "compensated" } })
    }))
})

describe("a create that its process did not live to read", () => {
  it.effect("is not deleted with what somebody added after its recovery had read it", () =>
    Effect.gen(function*() {
      const own = memoryKind({ name: "own", nameField: "name", schema: vault.kind.schema }, { answers: "bare" })
      const saga = makeSaga({ kinds: [own, ring] })
      const wanted = want("own", "a", { name: "a" })
      const last = want("ring", "r", { name: "r" }, { dependsOn: [wanted.address] })
      saga.world.onBeat = ({ operation, when }) => operation === "observe" && when === "before" ? crash : Effect.void
      yield* Effect.exit(apply(saga, [wanted, last]))
      saga.world.edit("own", "own-1", { note: "theirs" })
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      saga.world.onBeat = ({ kind, operation, when }) =>
        Effect.sync(() => {
          if (kind !== "ring" || operation !== "create" || when !== "before") return
          saga.world.edit("own", "own-1", { secret: "theirs" })
        })
      expect(yield* recoverNewest(saga, { direction: "forward" })).toMatchObject({ success: { outcome: "stuck" } })
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ note: "theirs", secret: "theirs" })
    }))
})
