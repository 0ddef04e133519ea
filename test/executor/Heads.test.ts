import { expect, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import type { FaultMatch } from "../../src/providers/memory/Fault.ts"
import {
  box as plainBox,
  defaultKinds,
  memoryKind,
  ring as plainRing,
  vault as plainVault
} from "../../src/providers/memory/Kinds.ts"
import { Versions } from "../../src/state/Journal.ts"
import {
  apply,
  crash,
  idOf,
  makeSaga,
  planned,
  recoverNewest,
  runPlan,
  type Saga,
  shape,
  want,
  withState
} from "./Saga.ts"

const headsOf = (saga: Saga) => withState(saga, Effect.flatMap(Versions, (versions) => versions.heads))

const headAt = (saga: Saga, address: string) =>
  Effect.map(headsOf(saga), (heads) => heads.find((head) => head.address === address))

const names = (saga: Saga, kind: string) =>
  [...(saga.world.resources.get(kind)?.values() ?? [])].map(({ document }) => String(document["name"])).sort()

const refuse = (saga: Saga, match: FaultMatch) => saga.world.inject({ act: "refuse", match })

/** Two replaced boxes whose old ones are left behind; deletes of what is left behind come last, one after the other. */
const leftBehind = Effect.fnUntraced(function*() {
  const saga = makeSaga()
  const boxes = (material: string) => ["a", "b"].map((name) => want("box", name, { name, material }))
  yield* apply(saga, boxes("oak"))
  saga.world.inject({ act: "refuse", match: { kind: "box", operation: "delete" } })
  yield* apply(saga, boxes("iron"), { onFailure: "keep", continueOnError: true })
  saga.world.inject({ act: "refuse", match: { kind: "box", operation: "delete", id: "box-2" } })
  return { saga, desired: boxes("iron") }
})

const wood = [want("box", "a", { name: "a", material: "oak" }), want("ring", "r", { name: "r", box: idOf("box", "a") })]
const iron = [
  want("box", "a", { name: "a", material: "iron" }),
  want("ring", "r", { name: "r", box: idOf("box", "a") })
]

describe("a replace that creates first", () => {
  it.effect("is taken back when the delete of the old one is refused", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, wood)
      const was = shape(saga.world)
      refuse(saga, { kind: "box", operation: "delete", during: "forward" })
      expect((yield* apply(saga, iron)).outcome).toBe("compensated")
      expect(shape(saga.world)).toEqual(was)
      expect(yield* planned(saga, wood)).toMatchObject({ steps: [], drift: [] })
    }))

  it.effect("keeps the old one as deposed where the batch is kept, and a later batch deletes it", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, wood)
      refuse(saga, { kind: "box", operation: "delete" })
      expect((yield* apply(saga, iron, { onFailure: "keep" })).outcome).toBe("kept")
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-2", deposed: ["box-1"] })
      const report = yield* apply(saga, iron)
      expect(report).toMatchObject({ outcome: "committed", counts: { destroyed: 1 } })
      expect(names(saga, "box")).toEqual(["a"])
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-2", deposed: [] })
      expect(yield* planned(saga, iron)).toMatchObject({ steps: [], drift: [] })
    }))

  it.effect("forgets the old one once it is deleted, also where the head catches up with an edit", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, wood)
      refuse(saga, { kind: "box", operation: "delete" })
      yield* apply(saga, iron, { onFailure: "keep" })
      saga.world.edit("box", "box-2", { label: "theirs" })
      expect(yield* apply(saga, iron)).toMatchObject({ outcome: "committed", counts: { destroyed: 1 } })
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-2", deposed: [] })
      expect(yield* planned(saga, iron)).toMatchObject({ steps: [], drift: [] })
    }))

  it.effect("keeps what it made under an id that what was left behind had, and the server gives again", () =>
    Effect.gen(function*() {
      const reused = { ...plainBox, ids: "reused" as const }
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== plainBox), reused] })
      const boxOf = (material: string) => [want("box", "a", { name: "a", material })]
      yield* apply(saga, boxOf("oak"))
      refuse(saga, { kind: "box", operation: "delete" })
      yield* apply(saga, boxOf("iron"), { onFailure: "keep" })
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-2", deposed: ["box-1"] })
      saga.world.remove("box", "box-1")
      expect(yield* apply(saga, boxOf("oak"))).toMatchObject({ outcome: "committed" })
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ name: "a", material: "oak" })
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-1", deposed: [] })
    }))

  it.effect("forgets what it left behind where the next replace deletes first", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, wood)
      refuse(saga, { kind: "box", operation: "delete" })
      yield* apply(saga, iron, { onFailure: "keep" })
      const tin = [
        want("box", "a", { name: "a", material: "tin" }, { replace: "deleteFirst" }),
        want("ring", "r", { name: "r" })
      ]
      expect(yield* apply(saga, tin)).toMatchObject({ outcome: "committed", counts: { destroyed: 2 } })
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-3", deposed: [] })
    }))

  it.effect("deletes what it left behind before what that still refers to", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, wood)
      refuse(saga, { kind: "ring", operation: "delete" })
      const free = want("ring", "r", { name: "r" })
      const box = want("box", "a", { name: "a", material: "oak" })
      const plan = yield* planned(saga, [box, free], { replace: ["ring.r" as Address] })
      expect(yield* withState(saga, runPlan(saga, plan, { onFailure: "keep" }))).toMatchObject({ outcome: "kept" })
      expect(yield* headAt(saga, "ring.r")).toMatchObject({ deposed: ["ring-1"] })
      const { steps } = yield* planned(saga, [free])
      expect(steps.find(({ address }) => address === "box.a")?.dependsOn).toContain("ring.r#deposed-ring-1")
    }))

  it.effect("forgets what is gone once what it left behind is deleted, and not before", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, wood)
      refuse(saga, { kind: "box", operation: "delete" })
      yield* apply(saga, iron, { onFailure: "keep" })
      saga.world.edit("ring", "ring-1", { box: null })
      saga.world.remove("box", "box-2")
      refuse(saga, { kind: "box", operation: "delete" })
      expect(yield* apply(saga, [], { onFailure: "keep" })).toMatchObject({ outcome: "kept" })
      expect(yield* headAt(saga, "box.a")).toMatchObject({ deposed: ["box-1"] })
      expect(yield* apply(saga, [])).toMatchObject({ outcome: "committed" })
      expect([yield* headsOf(saga), names(saga, "box")]).toEqual([[], []])
    }))

  it.effect("re-creates a deposed one on the way back and still knows it", () =>
    Effect.gen(function*() {
      const { desired, saga } = yield* leftBehind()
      expect((yield* apply(saga, desired)).outcome).toBe("compensated")
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-3", deposed: ["box-5"] })
      expect(yield* headAt(saga, "box.b")).toMatchObject({ remoteId: "box-4", deposed: ["box-2"] })
      expect([...(saga.world.resources.get("box")?.keys() ?? [])].sort()).toEqual(["box-2", "box-3", "box-4", "box-5"])
      expect((yield* apply(saga, desired)).outcome).toBe("committed")
      expect(names(saga, "box")).toEqual(["a", "b"])
    }))

  it.effect("deletes what it left behind together with the resource itself", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, wood)
      refuse(saga, { kind: "box", operation: "delete" })
      yield* apply(saga, iron, { onFailure: "keep" })
      expect((yield* apply(saga, [])).outcome).toBe("committed")
      expect(saga.world.snapshot()).toEqual({})
      expect(yield* headsOf(saga)).toEqual([])
    }))
})

const unchecked = [...defaultKinds.filter((kind) => kind !== plainRing), {
  ...plainRing,
  references: "unchecked" as const
}]

describe("a reference to what is created again on the way back", () => {
  const tin = [
    want("box", "a", { name: "a", material: "tin" }, { replace: "deleteFirst" }),
    want("ring", "r", { name: "r", box: idOf("box", "a") })
  ]

  it.effect("is not forgotten where the deadline passes before it is rewritten", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: unchecked })
      yield* apply(saga, wood)
      const was = shape(saga.world)
      refuse(saga, { kind: "box", operation: "create", during: "forward" })
      saga.world.onBeat = ({ during, operation }) =>
        during === "compensation" && operation === "create" ? Effect.sleep("1 second") : Effect.void
      const report = yield* apply(saga, tin, { compensationDeadlineMs: 500 })
      expect(report).toMatchObject({ outcome: "stuck", stuck: [{ address: "ring.r" }] })
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
      expect(shape(saga.world)).toEqual(was)
    }))

  it.effect("waits for nobody where there is none any more", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: unchecked })
      yield* apply(saga, wood)
      refuse(saga, { kind: "box", operation: "create", during: "forward" })
      saga.world.inject({
        act: "unauthorized",
        match: { kind: "ring", operation: "observe", during: "compensation" }
      })
      expect(yield* apply(saga, tin)).toMatchObject({ outcome: "stuck", stuck: [{ address: "ring.r" }] })
      saga.world.edit("ring", "ring-1", { box: null })
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
    }))
})

const first = [want("note", "n", { name: "one", text: "x" })]
const second = [want("note", "n", { name: "two", text: "x" })]

describe("a replace that deletes first", () => {
  it.effect("puts the old one back when the create is refused", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, first)
      const was = shape(saga.world)
      refuse(saga, { kind: "note", operation: "create", during: "forward" })
      expect((yield* apply(saga, second)).outcome).toBe("compensated")
      expect(shape(saga.world)).toEqual(was)
      expect(yield* planned(saga, first)).toMatchObject({ steps: [], drift: [] })
    }))

  it.effect("has no head of what is gone where the batch is kept half-way", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, first)
      refuse(saga, { kind: "note", operation: "create" })
      expect((yield* apply(saga, second, { onFailure: "keep" })).outcome).toBe("kept")
      expect(yield* headsOf(saga)).toEqual([])
      expect((yield* apply(saga, second)).outcome).toBe("committed")
      expect(yield* planned(saga, second)).toMatchObject({ steps: [], drift: [] })
    }))

  it.effect("creates under the id that was just deleted without taking it for another's", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, first)
      const plan = yield* planned(saga, first, { replace: ["note.n" as Address] })
      expect(plan.steps.map(({ action }) => action)).toEqual(["delete", "create"])
      const finds = () => saga.world.log.filter(({ arrival }) => arrival.operation === "find").length
      const before = finds()
      expect((yield* withState(saga, runPlan(saga, plan))).outcome).toBe("committed")
      expect(finds() - before).toBe(1)
      expect(yield* planned(saga, first)).toMatchObject({ steps: [], drift: [] })
    }))
})

describe("a delete that was taken and not carried out", () => {
  it.effect("leaves a head where the batch is kept, and the next one deletes it", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, wood)
      saga.world.inject({ act: "dropAccepted", match: { kind: "box", operation: "delete" } })
      const report = yield* apply(saga, [], { onFailure: "keep" })
      expect(report).toMatchObject({ outcome: "kept", left: ["box.a"] })
      expect((yield* headsOf(saga)).map(({ address }) => address)).toEqual(["box.a"])
      expect((yield* apply(saga, [])).outcome).toBe("committed")
      expect([saga.world.resources.get("box")?.size, yield* headsOf(saga)]).toEqual([0, []])
    }))
})

describe("adopting", () => {
  const adopted = [want("box", "a", { name: "a", size: 5 })]
  const adoptAnd = Effect.fnUntraced(function*(saga: Saga, also: Parameters<typeof planned>[1]) {
    const plan = yield* planned(saga, [...adopted, ...also], { adopt: true })
    return yield* withState(saga, runPlan(saga, plan))
  })

  it.effect("makes a head, and its undo restores and forgets, never deletes", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.create("box", { name: "a", size: 2 })
      const was = shape(saga.world)
      refuse(saga, { kind: "ring", operation: "create" })
      const ring = want("ring", "r", { name: "r", box: idOf("box", "a") })
      expect((yield* adoptAnd(saga, [ring])).outcome).toBe("compensated")
      expect(shape(saga.world)).toEqual(was)
      expect(yield* headsOf(saga)).toEqual([])
      expect((yield* adoptAnd(saga, [ring])).outcome).toBe("committed")
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-1" })
    }))

  it.effect("of what is as desired already writes nothing but the head", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.create("box", { name: "a", size: 5 })
      const writes = saga.world.writes.length
      expect((yield* adoptAnd(saga, [])).outcome).toBe("committed")
      expect(saga.world.writes.length).toBe(writes)
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-1" })
    }))
})

describe("a person's skip", () => {
  it.effect("of a deposed resource leaves the head of the living one", () =>
    Effect.gen(function*() {
      const { desired, saga } = yield* leftBehind()
      saga.world.inject({ act: "refuse", match: { kind: "box", operation: "create", during: "compensation" } })
      const report = yield* apply(saga, desired)
      expect(report.stuck.map(({ step }) => step)).toEqual(["box.a#deposed-box-1"])
      const skipped = yield* recoverNewest(saga, { choices: [{ address: "box.a" as Address, choice: "skip" }] })
      expect(skipped).toMatchObject({ _tag: "Success", success: { outcome: "residue", applied: 1, compensated: 0 } })
      expect(yield* headAt(saga, "box.a")).toMatchObject({ remoteId: "box-3", deposed: [] })
    }))
})

describe("a person's accept", () => {
  const box = want("box", "a", { name: "a", material: "oak" })
  const ring = want("ring", "r", { name: "r", box: idOf("box", "a") }, { conflict: "keep" })
  const note = want("note", "last", { name: "last" }, { dependsOn: ["ring.r" as Address] })

  it.effect("of what refers to what is deleted again declares the id that it was written with", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: unchecked })
      refuse(saga, { kind: "note", operation: "create" })
      saga.world.onBeat = ({ kind, operation, when }) =>
        Effect.sync(() => {
          if (kind !== "note" || operation !== "create" || when !== "before") return
          saga.world.edit("ring", "ring-1", { members: [{ who: "ann" }] })
        })
      expect(yield* apply(saga, [box, ring, note])).toMatchObject({ outcome: "stuck", stuck: [{ address: "ring.r" }] })
      yield* recoverNewest(saga, { choices: [{ address: "ring.r" as Address, choice: "accept" }] })
      expect([names(saga, "box"), names(saga, "ring")]).toEqual([[], ["r"]])
      expect(yield* headAt(saga, "ring.r")).toMatchObject({ declared: { name: "r", box: "box-1" } })
      expect((yield* planned(saga, [box, ring])).steps.map(({ action }) => action)).toEqual(["create", "update"])
      yield* apply(saga, [box, ring])
      expect(yield* planned(saga, [box, ring])).toMatchObject({ steps: [], drift: [] })
    }))
})

describe("a batch that is given up while a request of it may still land", () => {
  it.effect("ends once nothing of it does any more", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.onBeat = ({ operation, when }) => operation === "create" && when === "before" ? crash : Effect.void
      yield* Effect.exit(apply(saga, [want("box", "a", { name: "a" })]))
      saga.world.onBeat = () => Effect.void
      const before = yield* Clock.currentTimeMillis
      yield* recoverNewest(saga, { abandon: true })
      expect((yield* Clock.currentTimeMillis) - before).toBeGreaterThanOrEqual(2_000)
    }))
})

describe("a secret whose write was sent again because nothing showed it", () => {
  const safe = memoryKind({
    name: "safe",
    nameField: "name",
    schema: plainVault.kind.schema,
    roles: { writeOnly: ["/secret"], sensitive: ["/secret"] }
  }, { createIn: [["/name"], ["/secret"]] })

  it.effect("is known once that is applied", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...defaultKinds, safe] })
      const created = [want("safe", "s", { name: "s", secret: "one" })]
      saga.world.inject({ act: "truncated", match: { kind: "safe", operation: "create", nth: 2 } })
      expect(yield* apply(saga, created)).toMatchObject({ outcome: "committed" })
      expect(saga.world.writes.length).toBe(3)
      refuse(saga, { kind: "ring", operation: "create" })
      const last = want("ring", "last", { name: "last" }, { dependsOn: ["safe.s" as Address] })
      const changed = [want("safe", "s", { name: "s", secret: "two" }), last]
      expect(yield* apply(saga, changed)).toMatchObject({ outcome: "compensated" })
      expect(saga.world.get("safe", "safe-1")?.document).toEqual({ name: "s", secret: "one" })
    }))
})

describe("a batch that is given up with a secret in doubt", () => {
  const vault = (secret: string, extra: { readonly dependsOn?: ReadonlyArray<Address> } = {}) =>
    want("vault", "v", { name: "v", secret, note: "x" }, extra)
  const failing = want("ring", "last", { name: "last" }, { dependsOn: ["vault.v" as Address] })

  for (const during of ["forward", "compensation"] as const) {
    it.effect(`on the way ${during === "forward" ? "forward" : "back"} leaves a head that knows none`, () =>
      Effect.gen(function*() {
        const saga = makeSaga()
        yield* apply(saga, [vault("one")])
        if (during === "compensation") refuse(saga, { kind: "ring", operation: "create" })
        saga.world.onBeat = (beat) =>
          beat.operation === "update" && beat.during === during && beat.when === "after" ? crash : Effect.void
        yield* Effect.exit(apply(saga, [vault("two"), failing]))
        saga.world.onBeat = () => Effect.void
        yield* recoverNewest(saga, { abandon: true })
        refuse(saga, { kind: "ring", operation: "create" })
        const report = yield* apply(saga, [vault("three"), failing])
        expect(report).toMatchObject({ outcome: "residue", left: ["vault.v"] })
        yield* apply(saga, [vault("one")])
        expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "one" })
      }))
  }
})
