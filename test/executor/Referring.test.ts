/**
 * Guards: what refers to what was created again under another id follows it, and so do heads.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import { box, memoryKind, ring } from "../../src/providers/memory/Kinds.ts"
import { apply, crash, idOf, makeSaga, observedHeads, planned, recoverNewest, type Saga, want } from "./Saga.ts"
import { simulatedKinds } from "./Simulating.ts"

/** Holds the id of a box in a field that is not cleared when it is no longer declared; the server does not check it. */
const hook = memoryKind({
  name: "hook",
  nameField: "name",
  schema: ring.kind.schema,
  roles: { references: [{ path: "/box", kind: "box" }] }
}, { references: "unchecked" })

describe("a guard of what was created again", () => {
  const old = want("box", "old", { name: "old" })
  const declared = [old, want("hook", "h", { name: "h", box: idOf("box", "old") })]
  const wanted = [want("hook", "h", { name: "h" }), want("note", "n", { name: "n" })]
  const nothing = () => {}
  const rows: ReadonlyArray<readonly [string, (saga: Saga) => void, string]> = [
    ["has its reference rewritten", nothing, "compensated"],
    ["that is gone needs nothing", ({ world }) => world.remove("hook", "hook-1"), "compensated"],
    [
      "that refers to it no more needs nothing",
      ({ world }) => world.edit("hook", "hook-1", { box: null }),
      "compensated"
    ],
    [
      "that cannot be read waits for a person",
      ({ world }) =>
        world.inject({ act: "unauthorized", match: { kind: "hook", operation: "observe", during: "compensation" } }),
      "stuck"
    ]
  ]
  for (const [name, act, outcome] of rows) {
    it.effect(`${name}`, () =>
      Effect.gen(function*() {
        const saga = makeSaga({ kinds: [...simulatedKinds, hook] })
        yield* apply(saga, declared)
        expect((yield* planned(saga, wanted)).steps.map(({ action }) => action)).toContain("guard")
        saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
        saga.world.onBeat = (beat) =>
          Effect.suspend(() => {
            if (beat.kind !== "note" || beat.operation !== "create") return Effect.void
            if (beat.when === "before") return Effect.sleep("500 millis")
            act(saga)
            return Effect.void
          })
        const report = yield* apply(saga, wanted)
        saga.world.onBeat = () => Effect.void
        expect(report).toMatchObject({ outcome, applied: 1 })
        if (outcome === "stuck") yield* recoverNewest(saga)
        expect(yield* recoverNewest(saga)).toBeUndefined()
        const refersTo = saga.world.get("hook", "hook-1")?.document["box"]
        expect([undefined, "box-2"]).toContain(refersTo)
        expect([...(saga.world.resources.get("box")?.keys() ?? [])]).toEqual(["box-2"])
        if (act === nothing) expect(yield* planned(saga, declared)).toMatchObject({ steps: [], drift: [] })
      }))
  }

  for (const [when, refused] of [["not begun", "box"], ["done", "note"]] as const) {
    it.effect(`whose own update was ${when} refers to it as well`, () =>
      Effect.gen(function*() {
        const saga = makeSaga({ kinds: [...simulatedKinds, hook] })
        yield* apply(saga, declared)
        const oak = want("box", "old", { name: "old", material: "oak" }, { replace: "deleteFirst" })
        saga.world.inject({ act: "refuse", match: { kind: refused, operation: "create", during: "forward" } })
        const needy = want("note", "n", { name: "n" }, { dependsOn: ["hook.h" as Address] })
        expect(yield* apply(saga, [oak, ...declared.slice(1), needy])).toMatchObject({ outcome: "compensated" })
        const back = refused === "box" ? "box-2" : "box-3"
        expect([...(saga.world.resources.get("box")?.keys() ?? [])]).toEqual([back])
        expect(saga.world.get("hook", "hook-1")?.document["box"]).toBe(back)
        expect(yield* planned(saga, declared)).toMatchObject({ steps: [], drift: [] })
      }))
  }

  it.effect("whose own update is taken back first is looked at again where reads lag behind writes", () =>
    Effect.gen(function*() {
      const { capabilities } = hook.kind
      const lagging = { ...hook, kind: { ...hook.kind, capabilities: { ...capabilities, settlesWithinMs: 300 } } }
      const saga = makeSaga({ kinds: [...simulatedKinds, lagging] })
      yield* apply(saga, declared)
      yield* TestClock.adjust("1 second")
      const oak = want("box", "old", { name: "old", material: "oak" }, { replace: "deleteFirst" })
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create", during: "forward" } })
      const needy = want("note", "n", { name: "n" }, { dependsOn: ["hook.h" as Address] })
      expect(yield* apply(saga, [oak, ...declared.slice(1), needy])).toMatchObject({ outcome: "compensated" })
      expect(saga.world.get("hook", "hook-1")?.document["box"]).toBe("box-3")
    }))

  it.effect("refers to the new id also where the server gives that of another to it", () =>
    Effect.gen(function*() {
      const kinds = simulatedKinds.filter(({ kind }) => kind !== box.kind)
      const saga = makeSaga({ kinds: [...kinds, hook, { ...box, ids: "reused" }] })
      yield* apply(saga, declared)
      const needy = want("box", "old", { name: "old" }, { dependsOn: ["box.young" as Address] })
      yield* apply(saga, [needy, want("box", "young", { name: "young" }), ...declared.slice(1)])
      const never = want("note", "n", { name: "n" })
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
      saga.world.onBeat = ({ kind, when }) =>
        kind === "note" && when === "before" ? Effect.sleep("1 second") : Effect.void
      const report = yield* apply(saga, [want("hook", "h", { name: "h" }), never], { parallelism: 3 })
      expect(report).toMatchObject({ outcome: "compensated", applied: 2 })
      const names = [...saga.world.resources.get("box")?.values() ?? []].map((
        { document, id }
      ) => [document["name"], id])
      const ids = Object.fromEntries(names) as Record<string, string>
      expect(Object.keys(ids).sort()).toEqual(["old", "young"])
      expect([ids, saga.world.get("hook", "hook-1")?.document["box"]]).toEqual([
        { old: "box-2", young: "box-1" },
        "box-2"
      ])
    }))

  it.effect("has its head rewritten with it where its process died between the two", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...simulatedKinds, hook] })
      yield* apply(saga, declared)
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
      saga.world.onBeat = ({ kind, operation, when }) => {
        if (kind === "note" && when === "before") return Effect.sleep("500 millis")
        return kind === "hook" && operation === "update" && when === "after" ? crash : Effect.void
      }
      yield* Effect.exit(apply(saga, wanted))
      saga.world.onBeat = () => Effect.void
      expect(saga.world.get("hook", "hook-1")?.document["box"]).toBe("box-2")
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
      expect(yield* observedHeads(saga)).toMatchObject([{ name: "old" }, { name: "h", box: "box-2" }])
    }))

  it.effect("leaves its head as it was when the batch commits", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...simulatedKinds, hook] })
      yield* apply(saga, declared)
      expect((yield* apply(saga, wanted)).outcome).toBe("committed")
      expect((yield* observedHeads(saga)).map(({ name }) => name)).toEqual(["h", "n"])
    }))
})
