import { expect, it } from "@effect/vitest"
import { Deferred, Effect, Result } from "effect"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import type { RecoverOptions } from "../../src/executor/Recovery.ts"
import { Stopping } from "../../src/executor/Stopping.ts"
import { box, memoryKind } from "../../src/providers/memory/Kinds.ts"
import { Versions } from "../../src/state/Journal.ts"
import { apply, crash, makeSaga, planned, recoverNewest, type Saga, shape, want, withState } from "./Saga.ts"
import { simulatedKinds } from "./Simulating.ts"

const before = [want("box", "a", { name: "a", size: 2 }), want("note", "n", { name: "n", text: "x" })]
const after = [
  want("box", "a", { name: "a", size: 3 }),
  want("note", "n", { name: "n", text: "y" }),
  want("ring", "last", { name: "last" }, { dependsOn: ["box.a" as Address, "note.n" as Address] })
]

const started = Effect.fnUntraced(function*() {
  const saga = makeSaga({ kinds: simulatedKinds })
  yield* apply(saga, before)
  return { saga, was: shape(saga.world) }
})

const recovered = (saga: Saga, options: Partial<RecoverOptions> = {}) =>
  Effect.map(recoverNewest(saga, options), (result) => {
    if (result === undefined || Result.isFailure(result)) throw new Error(`not recovered: ${JSON.stringify(result)}`)
    return result.success
  })

const headsOf = (saga: Saga) => withState(saga, Effect.flatMap(Versions, (versions) => versions.heads))

const once = memoryKind({
  name: "once",
  nameField: "name",
  schema: box.kind.schema,
  capabilities: {
    reversibility: {
      create: { _tag: "none", why: "it is sent to people" },
      update: { _tag: "none", why: "it is sent to people" },
      delete: { _tag: "none", why: "it is sent to people" }
    }
  }
})

describe("an irreversible step", () => {
  const letter = [want("once", "a", { name: "a", size: 1 })]
  const both = [...letter, want("ring", "r", { name: "r" }, { dependsOn: ["once.a" as Address] })]

  it.effect("makes what depends on it forward only: it waits, and recovery goes on", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...simulatedKinds, once] })
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      const report = yield* apply(saga, both)
      expect(report).toMatchObject({
        outcome: "stuck",
        stuck: [{ address: "ring.r", blocked: { choices: ["retry"] } }]
      })
      expect(saga.world.resources.get("once")?.size).toBe(1)
      expect((yield* recovered(saga)).outcome).toBe("committed")
      expect(yield* planned(saga, both)).toMatchObject({ steps: [], drift: [] })
    }))

  it.effect("stays as residue where a person asks for the way back", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...simulatedKinds, once] })
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" }, times: 2 })
      yield* apply(saga, both)
      expect((yield* recovered(saga)).outcome).toBe("stuck")
      const report = yield* recovered(saga, { direction: "back" })
      expect(report).toMatchObject({ outcome: "residue", left: ["once.a"] })
      expect((yield* headsOf(saga)).map(({ address }) => address)).toEqual(["once.a"])
    }))

  it.effect("that was a delete has no head once it is done", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...simulatedKinds, once] })
      yield* apply(saga, ["a", "b"].map((name) => want("once", name, { name })))
      saga.world.inject({ act: "refuse", match: { kind: "once", operation: "delete", nth: 2 }, times: 9 })
      const report = yield* apply(saga, [])
      expect(report).toMatchObject({ outcome: "stuck", stuck: [{ blocked: { direction: "forward" } }] })
      expect(yield* recovered(saga, { direction: "back" })).toMatchObject({ outcome: "residue", applied: 1 })
      expect((yield* headsOf(saga)).length).toBe(1)
      expect(saga.world.resources.get("once")?.size).toBe(1)
    }))

  it.effect("holds what an interruption left undone", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...simulatedKinds, once] })
      const requested = Deferred.makeUnsafe<string>()
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "create") Deferred.doneUnsafe(requested, Effect.succeed("Ctrl-C"))
        })
      const report = yield* apply(saga, both).pipe(Effect.provideService(Stopping, { requested }))
      expect(report).toMatchObject({ outcome: "stuck", interrupted: true, failures: [], left: ["ring.r"] })
      expect((yield* recovered(saga)).outcome).toBe("committed")
    }))

  it.effect("is residue also where it was never read back", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...simulatedKinds, once] })
      saga.world.inject({ act: "unauthorized", match: { kind: "once", operation: "observe" }, times: 99 })
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "once", operation: "create" } })
      let beats = 0
      saga.world.onBeat = (beat) => beat.operation === "create" && ++beats > 1 ? crash : Effect.void
      yield* Effect.exit(apply(saga, letter))
      saga.world.onBeat = () => Effect.void
      saga.world.clearFaults()
      const report = yield* recovered(saga, { direction: "back" })
      expect(report).toMatchObject({ outcome: "residue", left: ["once.a"] })
      expect((yield* headsOf(saga)).map(({ remoteId }) => remoteId)).toEqual(["once-1"])
    }))
})

describe("a kept batch", () => {
  it.effect("does not end with a request in doubt", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "ring", operation: "create" } })
      saga.world.inject({ act: "unauthorized", match: { kind: "ring", operation: "list", nth: 3 }, times: 9 })
      const report = yield* apply(saga, after, { onFailure: "keep" })
      expect(report).toMatchObject({
        outcome: "stuck",
        stuck: [{
          address: "ring.last",
          blocked: { direction: "forward", choices: expect.arrayContaining(["adopt:ID"]) }
        }]
      })
      saga.world.clearFaults()
      expect((yield* recovered(saga)).outcome).toBe("kept")
      expect((yield* planned(saga, after)).steps).toEqual([])
    }))

  it.effect("takes a person's word for what cannot be read", () =>
    Effect.gen(function*() {
      const address = "ring.last" as Address
      const rows = [
        ["not-applied", ["ring.last"]],
        ["adopt:ring-1", []],
        ["skip", ["ring.last"]]
      ] as const
      for (const [choice, steps] of rows) {
        const { saga } = yield* started()
        saga.world.inject({ act: "ambiguousAfter", match: { kind: "ring", operation: "create" } })
        saga.world.inject({ act: "unauthorized", match: { kind: "ring", operation: "list", nth: 3 }, times: 99 })
        yield* apply(saga, after, { onFailure: "keep" })
        expect([choice, (yield* recovered(saga, { choices: [{ address, choice }] })).outcome]).toEqual([choice, "kept"])
        saga.world.clearFaults()
        if (choice !== "adopt:ring-1") saga.world.remove("ring", "ring-1")
        expect((yield* planned(saga, after)).steps.map(({ id }) => id)).toEqual(steps)
      }
    }))

  it.effect("may still be taken back before it ended", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "ring", operation: "create" } })
      saga.world.inject({ act: "unauthorized", match: { kind: "ring", operation: "list", nth: 3 }, times: 9 })
      yield* apply(saga, after, { onFailure: "keep" })
      saga.world.clearFaults()
      expect((yield* recovered(saga, { direction: "back" })).outcome).toBe("compensated")
      expect(shape(saga.world)).toEqual(was)
    }))
})

/** Applies `after` with its last step refused, after somebody edited the box. */
const stuckOn = Effect.fnUntraced(function*() {
  const { saga } = yield* started()
  saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
  saga.world.onBeat = (beat) =>
    Effect.sync(() => {
      if (beat.kind === "ring" && beat.operation === "create" && beat.when === "before") {
        saga.world.edit("box", "box-1", { size: 9 })
      }
    })
  const report = yield* apply(saga, after)
  saga.world.onBeat = () => Effect.void
  return { saga, report }
})

describe("a person's choice", () => {
  const address = "box.a" as Address

  it.effect("may be repeated after the process that took it died", () =>
    Effect.gen(function*() {
      for (const choice of ["force", "accept", "skip"] as const) {
        const { report, saga } = yield* stuckOn()
        const digest = report.stuck[0]?.blocked.digest.replace(/^\w+:/, "").slice(0, 8) ?? ""
        let beats = 0
        saga.world.onBeat = () => ++beats > 2 ? crash : Effect.void
        yield* Effect.exit(recoverNewest(saga, { choices: [{ address, choice, digest }] }))
        saga.world.onBeat = () => Effect.void
        const again = yield* recoverNewest(saga, { choices: [{ address, choice, digest }] })
        if (again !== undefined) expect([choice, Result.isSuccess(again)]).toEqual([choice, true])
        const size = saga.world.get("box", "box-1")?.document["size"]
        expect([choice, size]).toEqual([choice, choice === "force" ? 2 : 9])
      }
    }))

  it.effect("to let go of what is in doubt holds, whether or not it can be read since", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      const n = "note.n" as Address
      saga.world.inject({ act: "truncated", match: { kind: "note", operation: "update" } })
      saga.world.inject({ act: "unauthorized", match: { kind: "note", operation: "observe", nth: 2 }, times: 100 })
      const back = { kind: "box", operation: "observe", during: "compensation" } as const
      saga.world.inject({ act: "unauthorized", match: back })
      const needed = want("box", "a", { name: "a", size: 3 })
      const note = want("note", "n", { name: "n", text: "y" }, { dependsOn: [needed.address] })
      expect(yield* apply(saga, [needed, note])).toMatchObject({ outcome: "stuck", stuck: [{ address: n }] })
      const skipped = yield* recovered(saga, { choices: [{ address: n, choice: "skip" }] })
      expect(skipped).toMatchObject({ outcome: "stuck", stuck: [{ address: needed.address }] })
      expect(yield* recovered(saga)).toMatchObject({ outcome: "residue", left: [n] })
    }))

  it.effect("to retry does the same compensation again", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      saga.world.inject({ act: "unauthorized", match: { kind: "box", during: "compensation" } })
      expect((yield* apply(saga, after)).stuck).toMatchObject([{
        address,
        blocked: { choices: expect.arrayContaining(["retry"]) }
      }])
      const report = yield* recovered(saga, { choices: [{ address, choice: "retry" }] })
      expect(report).toMatchObject({ outcome: "compensated", applied: 2, compensated: 2 })
      expect(shape(saga.world)).toEqual(was)
    }))

  it.effect("is taken for the step whose conflict it names, where several of an address wait", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: simulatedKinds })
      const made = (material: string) => want("box", "a", { name: "a", material }, { replace: "deleteFirst" })
      yield* apply(saga, [made("wood")])
      const was = shape(saga.world)
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      saga.world.onBeat = ({ during, operation, when }) => {
        if (operation !== "observe" || during !== "compensation" || when !== "before") return Effect.void
        saga.world.edit("box", "box-2", { size: 9 })
        return Effect.sleep("1 second")
      }
      const ring = want("ring", "last", { name: "last" }, { dependsOn: [address] })
      const { stuck } = yield* apply(saga, [made("tin"), ring], { compensationDeadlineMs: 500 })
      saga.world.onBeat = () => Effect.void
      expect(stuck.map(({ step }) => step)).toEqual(["box.a#deposed", "box.a"])
      const digests = stuck.map(({ blocked }) => blocked.digest.replace(/^\w+:/, ""))
      const [deposed = "", created = ""] = digests
      const choices = [{ address, choice: "force", digest: created }, {
        address,
        choice: "retry",
        digest: deposed
      }] as const
      expect(yield* recovered(saga, { choices })).toMatchObject({ outcome: "compensated" })
      expect(shape(saga.world)).toEqual(was)
    }))

  it.effect("that a compensation was applied leaves what somebody made of it since", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      const needed = want("box", "a", { name: "a", size: 3, label: "y" })
      yield* apply(saga, [want("box", "a", { name: "a", size: 2, label: "x" })])
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      const update = { kind: "box", operation: "update", during: "compensation" } as const
      saga.world.inject({ act: "ambiguousAfter", match: update })
      let isEdited = false
      saga.world.onBeat = ({ during, operation, when }) =>
        Effect.sync(() => {
          if (operation !== "update" || during !== "compensation" || when !== "after" || isEdited) return
          isEdited = true
          saga.world.edit("box", "box-1", { label: "y" })
        })
      const last = want("ring", "last", { name: "last" }, { dependsOn: [needed.address] })
      expect(yield* apply(saga, [needed, last])).toMatchObject({ outcome: "stuck" })
      const told = yield* recovered(saga, { choices: [{ address: needed.address, choice: "applied" }] })
      expect(told).toMatchObject({ outcome: "compensated" })
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ size: 2, label: "y" })
    }))

  it.effect("settles an update that nobody can read", () =>
    Effect.gen(function*() {
      for (const choice of ["applied", "not-applied"] as const) {
        const { saga, was } = yield* started()
        saga.world.inject({ act: "ambiguousAfter", match: { kind: "box", operation: "update" } })
        saga.world.inject({ act: "unauthorized", match: { kind: "box", operation: "observe", nth: 2 }, times: 99 })
        const report = yield* apply(saga, after)
        expect(report.stuck).toMatchObject([{
          address,
          blocked: { choices: ["retry", "applied", "not-applied", "skip"] }
        }])
        saga.world.clearFaults()
        saga.world.inject({ act: "unauthorized", match: { kind: "box", operation: "observe" } })
        yield* recoverNewest(saga, { choices: [{ address, choice }] })
        yield* recoverNewest(saga)
        const size = saga.world.get("box", "box-1")?.document["size"]
        expect([choice, size]).toEqual([choice, choice === "applied" ? 2 : 3])
        if (choice === "applied") expect(shape(saga.world)).toEqual(was)
      }
    }))

  it.effect("tells of a create without an id that it was not applied", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: simulatedKinds })
      saga.world.inject({ act: "ambiguousBefore", match: { kind: "box", operation: "create" } })
      saga.world.inject({ act: "unauthorized", match: { kind: "box", operation: "list", nth: 3 }, times: 99 })
      expect((yield* apply(saga, [want("box", "a", { name: "a" })])).outcome).toBe("stuck")
      const report = yield* recovered(saga, { choices: [{ address, choice: "not-applied" }] })
      expect(report).toMatchObject({ outcome: "compensated", applied: 0 })
    }))
})
