import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import type { Document } from "../../src/domain/Document.ts"
import type { Address } from "../../src/domain/Ids.ts"
import { offers, parseChoice } from "../../src/executor/Choices.ts"
import { box, memoryKind } from "../../src/providers/memory/Kinds.ts"
import type { Provider } from "../../src/providers/Provider.ts"
import { makeRegistry } from "../../src/providers/Registry.ts"
import { Versions } from "../../src/state/Journal.ts"
import { apply, crash, makeSaga, planned, recoverNewest, type Saga, shape, want, withState } from "./Saga.ts"
import { simulatedKinds } from "./Simulating.ts"

const last = want("ring", "last", { name: "last" }, { dependsOn: ["box.a" as Address, "vault.v" as Address] })
const before = [
  want("box", "a", { name: "a", size: 2 }),
  want("vault", "v", { name: "v", secret: "s3cret-one", note: "x" })
]
const after = [
  want("box", "a", { name: "a", size: 3 }),
  want("vault", "v", { name: "v", secret: "s3cret-two", note: "y" }),
  last
]

const headsOf = (saga: Saga) => withState(saga, Effect.flatMap(Versions, (versions) => versions.heads))

/** Applies `after` with its last step refused, after a stranger acted. */
const disturbed = Effect.fnUntraced(function*(act: (saga: Saga) => void) {
  const saga = makeSaga({ kinds: simulatedKinds })
  yield* apply(saga, before)
  const was = shape(saga.world)
  saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
  saga.world.onBeat = (beat) =>
    Effect.sync(() => {
      if (beat.kind === "ring" && beat.operation === "create" && beat.when === "before") act(saga)
    })
  const report = yield* apply(saga, after)
  saga.world.onBeat = () => Effect.void
  return { saga, report, was }
})

describe("a resource that somebody deleted before it was taken back", () => {
  const rows = [
    ["accept", "compensated", ["vault.v"], []],
    ["skip", "residue", ["vault.v"], []],
    ["force", "compensated", ["box.a", "vault.v"], [{ name: "a", size: 2 }]]
  ] as const
  for (const [choice, outcome, heads, boxes] of rows) {
    it.effect(`has the head that ${choice} means`, () =>
      Effect.gen(function*() {
        const { saga } = yield* disturbed(({ world }) => world.remove("box", "box-1"))
        const done = yield* recoverNewest(saga, { choices: [{ address: "box.a" as Address, choice }] })
        expect(done).toMatchObject({ _tag: "Success", success: { outcome } })
        expect((yield* headsOf(saga)).map(({ address }) => address)).toEqual(heads)
        expect(Object.values(saga.world.snapshot()["box"] ?? {})).toEqual(boxes)
      }))
  }

  it.effect("and forced is created once, although the process dies in between", () =>
    Effect.gen(function*() {
      for (let at = 1; at < 12; at++) {
        const { saga } = yield* disturbed(({ world }) => world.remove("box", "box-1"))
        let beats = 0
        saga.world.onBeat = () => ++beats >= at ? crash : Effect.void
        const choices = [{ address: "box.a" as Address, choice: "force" as const }]
        yield* Effect.exit(recoverNewest(saga, { choices }))
        saga.world.onBeat = () => Effect.void
        yield* recoverNewest(saga, { choices })
        expect([at, saga.world.resources.get("box")?.size]).toEqual([at, 1])
      }
    }))
})

describe("a conflict beside a secret", () => {
  it.effect("shows the places and none of the secrets", () =>
    Effect.gen(function*() {
      const edit = { note: "theirs", secret: "s3cret-theirs" }
      const { report, saga } = yield* disturbed(({ world }) => world.edit("vault", "vault-1", edit))
      expect(report.stuck).toMatchObject([{ address: "vault.v", blocked: { paths: ["/note"] } }])
      expect(JSON.stringify([report, saga.tables.rows])).not.toContain("s3cret-")
    }))
})

describe("an update whose answer was lost beside somebody's", () => {
  const meanwhile = (act: (saga: Saga) => void, lost: "ambiguousBefore" | "ambiguousAfter") =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: simulatedKinds })
      const plain = memoryKind({ name: "plain", nameField: "name", schema: box.kind.schema })
      const one = makeSaga({ ...saga.options, kinds: [...simulatedKinds, plain] })
      yield* apply(one, [want("plain", "a", { name: "a", size: 2 })])
      one.world.inject({ act: lost, match: { kind: "plain", operation: "update" } })
      one.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "update" && beat.when === "after") act(one)
        })
      const report = yield* apply(one, [want("plain", "a", { name: "a", size: 3 })])
      return { report, document: one.world.get("plain", "plain-1")?.document }
    })

  it.effect("edit of another field is not applied where it did not land", () =>
    Effect.gen(function*() {
      const edit = ({ world }: Saga) => world.edit("plain", "plain-1", { label: "theirs" })
      const { document, report } = yield* meanwhile(edit, "ambiguousBefore")
      expect(report).toMatchObject({ outcome: "compensated", stale: true })
      expect(document).toMatchObject({ size: 2, label: "theirs" })
    }))

  it.effect("edit of the same field waits for a person", () =>
    Effect.gen(function*() {
      const edit = ({ world }: Saga) => world.edit("plain", "plain-1", { size: 9 })
      const { document, report } = yield* meanwhile(edit, "ambiguousAfter")
      expect(report.outcome).toBe("stuck")
      expect(document).toMatchObject({ size: 9 })
    }))

  it.effect("delete leaves nothing to take back", () =>
    Effect.gen(function*() {
      const { document, report } = yield* meanwhile(({ world }) => world.remove("plain", "plain-1"), "ambiguousAfter")
      expect(report).toMatchObject({ outcome: "compensated", stuck: [] })
      expect(document).toBeUndefined()
    }))
})

const badge = memoryKind({
  name: "badge",
  nameField: "name",
  schema: box.kind.schema,
  capabilities: { marker: { field: "/mark" }, guard: "version", changeToken: "/updatedAt" },
  roles: { readOnly: ["/mark", "/updatedAt"] }
})

describe("a guarded duplicate", () => {
  it.effect("is deleted only as it was found", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [badge] })
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "badge", operation: "create" } })
      const copy = (document: Document | undefined) => {
        if (document !== undefined && saga.world.resources.get("badge")?.size === 1) {
          saga.world.create("badge", document)
        }
      }
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "find") copy(saga.world.get("badge", "badge-1")?.document)
          if (beat.operation === "delete" && beat.when === "before") saga.world.touch("badge", "badge-2")
        })
      expect((yield* apply(saga, [want("badge", "a", { name: "a" })])).outcome).toBe("stuck")
      expect([...(saga.world.resources.get("badge")?.keys() ?? [])]).toEqual(["badge-1", "badge-2"])
      saga.world.onBeat = () => Effect.void
      yield* recoverNewest(saga)
      expect(saga.world.snapshot()).toEqual({})
    }))
})

describe("an answer to a create that names no id", () => {
  it.effect("is searched for, not believed and not repeated", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: simulatedKinds })
      const [provider] = saga.registry.providers
      if (provider === undefined) return expect.unreachable()
      const send: Provider["send"] = (sending) =>
        Effect.map(provider.send(sending), (answer) => sending.call.learnsId ? { status: answer.status } : answer)
      const nameless = { ...saga, registry: makeRegistry([{ ...provider, send }]) }
      expect((yield* apply(nameless, [want("box", "a", { name: "a" })])).outcome).toBe("committed")
      expect((yield* headsOf(saga)).map(({ remoteId }) => remoteId)).toEqual(["box-1"])
    }))
})

describe("a resource of two calls that is created again", () => {
  const pair = want("ring", "r", { name: "r", members: [{ who: "x" }] })
  const late = want("note", "z", { name: "z" })

  it.effect("is finished under its new id, wherever the process died", () =>
    Effect.gen(function*() {
      for (let at = 1; at < 30; at++) {
        const saga = makeSaga({ kinds: simulatedKinds })
        yield* apply(saga, [pair])
        const was = shape(saga.world)
        saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
        let beats = 0
        saga.world.onBeat = (beat) => {
          if (beat.during === "compensation" && ++beats >= at) return crash
          const waits = beat.kind === "note" && beat.operation === "create" && beat.when === "before"
          return waits ? Effect.sleep("500 millis") : Effect.void
        }
        const exit = yield* Effect.exit(apply(saga, [late]))
        saga.world.onBeat = () => Effect.void
        yield* recoverNewest(saga)
        expect([at, shape(saga.world)]).toEqual([at, was])
        expect(yield* planned(saga, [pair])).toMatchObject({ steps: [], drift: [] })
        if (exit._tag === "Success") return expect(at).toBeGreaterThan(6)
      }
      return expect.unreachable()
    }))

  it.effect("and edited in between waits for a person, and keeps the edit", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: simulatedKinds })
      yield* apply(saga, [pair])
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
      saga.world.onBeat = (beat) => {
        if (beat.during === "compensation" && beat.operation === "create" && beat.call === 2) return crash
        const waits = beat.kind === "note" && beat.operation === "create" && beat.when === "before"
        return waits ? Effect.sleep("500 millis") : Effect.void
      }
      yield* Effect.exit(apply(saga, [late]))
      saga.world.onBeat = () => Effect.void
      saga.world.edit("ring", "ring-2", { members: [{ who: "theirs" }] })
      expect(yield* recoverNewest(saga)).toMatchObject({ _tag: "Success", success: { outcome: "stuck" } })
      const choices = [{ address: "ring.r" as Address, choice: "not-applied" as const }]
      expect(yield* recoverNewest(saga, { choices })).toMatchObject({
        _tag: "Success",
        success: { outcome: "compensated" }
      })
      const members = saga.world.get("ring", "ring-2")?.document["members"]
      expect(members).toEqual(expect.arrayContaining([{ who: "x" }, { who: "theirs" }]))
    }))
})

describe("what is refused on the way back", () => {
  const slots = { ...box, kind: { ...box.kind, name: "slot" }, quota: 2 }
  const slotOf = (saga: Saga) =>
    [...saga.world.resources.get("slot")?.values() ?? []].map(({ document: { name } }) => name)

  /** A batch that deletes a slot and creates another, and is taken back once somebody took some of those left. */
  const crowded = Effect.fnUntraced(function*(theirs: ReadonlyArray<string>) {
    const saga = makeSaga({ kinds: [...simulatedKinds, slots] })
    yield* apply(saga, [want("slot", "b", { name: "b" })])
    saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
    saga.world.onBeat = ({ kind, operation, when }) =>
      Effect.sync(() => {
        if (kind !== "ring" || operation !== "create" || when === "after") return
        for (const name of theirs) saga.world.create("slot", { name })
      })
    const ring = want("ring", "last", { name: "last" }, { dependsOn: ["slot.a" as Address] })
    const report = yield* apply(saga, [want("slot", "a", { name: "a" }), ring], { parallelism: 1 })
    const sent = saga.world.log.filter(({ arrival: { during, operation } }) =>
      during === "compensation" && operation === "create"
    )
    return { saga, report, sent }
  })

  it.effect("is tried again once the others are taken back", () =>
    Effect.gen(function*() {
      const { report, saga, sent } = yield* crowded(["theirs"])
      expect(report).toMatchObject({ outcome: "compensated", stuck: [] })
      expect(slotOf(saga)).toEqual(["theirs", "b"])
      expect(sent.map(({ effect }) => effect)).toEqual(["refused", "created"])
    }))

  it.effect("waits for a person where that does not help, and is tried no more often than others are", () =>
    Effect.gen(function*() {
      const { report, saga, sent } = yield* crowded(["one", "two"])
      expect(report).toMatchObject({ outcome: "stuck", stuck: [{ address: "slot.b" }] })
      expect(slotOf(saga)).toEqual(["one", "two"])
      expect(sent.map(({ effect }) => effect)).toEqual(["refused", "refused"])
    }))
})

describe("a choice as typed", () => {
  it("is one of the table, or none", () => {
    const read = ["retry", "force", "accept", "applied", "not-applied", "skip", "adopt:7", "adopt:", "yes"].map(
      parseChoice
    )
    const none = undefined
    expect(read).toEqual(["retry", "force", "accept", "applied", "not-applied", "skip", "adopt:7", none, none])
    expect(offers(["retry", "adopt:ID"], "adopt:7")).toBe(true)
    expect(offers(["retry", "skip"], "adopt:7")).toBe(false)
  })
})
