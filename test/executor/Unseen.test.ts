/**
 * What an API does not show, masks or makes up: it is remembered from what was written, or said to be lost.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import type { Document } from "../../src/domain/Document.ts"
import type { Address } from "../../src/domain/Ids.ts"
import type { Desired } from "../../src/executor/Planner.ts"
import { box, defaultKinds, memoryKind, note, vault } from "../../src/providers/memory/Kinds.ts"
import { Versions } from "../../src/state/Journal.ts"
import { apply, crash, makeSaga, observedHeads, recoverNewest, want, withState } from "./Saga.ts"

describe("an update that was taken and not carried out in a batch that is kept", () => {
  it.effect("leaves a head that still depends on what it did before", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const a = want("box", "a", { name: "a" })
      const other = { dependsOn: [a.address] }
      yield* apply(saga, [a, want("note", "n", { name: "n", text: "x" }, other)])
      saga.world.inject({ act: "dropAccepted", match: { kind: "note", operation: "update" } })
      const next = [a, want("note", "n", { name: "n", text: "y" })]
      expect(yield* apply(saga, next, { onFailure: "keep" })).toMatchObject({ outcome: "kept", left: ["note.n"] })
      const heads = yield* withState(saga, Effect.flatMap(Versions, (versions) => versions.heads))
      expect(heads.find(({ kind }) => kind === "note")?.dependsOn).toEqual([a.address])
    }))
})

describe("a write that a person says was applied, in a batch that is kept", () => {
  it.effect("is read, because the server may have made something else of it", () =>
    Effect.gen(function*() {
      const own = memoryKind({ name: "own", nameField: "name", schema: note.kind.schema }, { normalises: ["text"] })
      const saga = makeSaga({ kinds: [own] })
      yield* apply(saga, [want("own", "o", { name: "o", text: "x" })])
      saga.world.inject({ act: "ambiguousAfter", match: { operation: "update" } })
      const second = [want("own", "o", { name: "o", text: "Z" })]
      expect(yield* apply(saga, second, { onFailure: "keep" })).toMatchObject({ outcome: "stuck" })
      const told = yield* recoverNewest(saga, { choices: [{ address: "own.o" as Address, choice: "applied" }] })
      expect(told).toMatchObject({ success: { outcome: "kept", left: ["own.o"] } })
      expect(yield* observedHeads(saga)).toMatchObject([{ name: "o", text: "z" }])
    }))
})

describe("a server that brings a deleted resource back", () => {
  const revived = { ...note, deletes: "revives" as const }

  it.effect("with what it held in between leaves residue", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== note), revived] })
      yield* apply(saga, [want("note", "n", { name: "n", tags: ["a"] })])
      saga.world.onBeat = ({ kind, operation, when }) =>
        Effect.sync(() => {
          if (kind !== "note" || operation !== "delete" || when !== "after") return
          saga.world.create("note", { name: "n", text: "theirs" }, "n")
          saga.world.remove("note", "n")
        })
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      const report = yield* apply(saga, [want("ring", "last", { name: "last" })], { parallelism: 1 })
      expect(saga.world.get("note", "n")?.document).toEqual({ name: "n", tags: ["a"], text: "theirs" })
      expect(report).toMatchObject({ outcome: "residue", left: ["note.n"] })
    }))

  it.effect("with what it held in between leaves residue, also where the process dies on the way back", () =>
    Effect.gen(function*() {
      const kept = { ...revived, kind: { ...note.kind, roles: { ...note.kind.roles, immutable: ["/name", "/text"] } } }
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== note), kept] })
      yield* apply(saga, [want("note", "n", { name: "n" })])
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      saga.world.onBeat = ({ kind, operation, when }) =>
        Effect.suspend(() => {
          const isBack = saga.world.log.filter(({ effect }) => effect === "deleted").length === 2
          return kind === "note" && operation === "create" && when === "after" && isBack ? crash : Effect.void
        })
      const replaced = want("note", "n", { name: "n", text: "new" })
      const last = want("ring", "last", { name: "last" }, { dependsOn: [replaced.address] })
      yield* Effect.exit(apply(saga, [replaced, last]))
      saga.world.onBeat = () => Effect.void
      const report = yield* recoverNewest(saga)
      expect(saga.world.get("note", "n")?.document).toEqual({ name: "n", text: "new" })
      expect(report).toMatchObject({ success: { outcome: "residue", left: ["note.n"] } })
    }))
})

describe("a masked secret that a server brings back with what is created again", () => {
  const safe = memoryKind({
    name: "safe",
    nameField: "name",
    mask: /^\*{3}$/,
    schema: vault.kind.schema,
    capabilities: { identity: { _tag: "natural", fields: ["/name"] } },
    roles: { sensitive: ["/secret"] }
  }, { answers: "bare", createIn: [["/name"], ["/note", "/secret"]], deletes: "revives" })
  const declared = (secret: string) => [want("safe", "s", { name: "s", note: "x", secret })]

  it.effect("is not taken for what a call sent whose answer was lost", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [safe] })
      yield* apply(saga, declared("one"))
      yield* apply(saga, [])
      saga.world.inject({ act: "ambiguousBefore", match: { operation: "create", call: 2 } })
      expect(yield* apply(saga, declared("two"))).toMatchObject({ outcome: "committed" })
      expect(saga.world.get("safe", "s")?.document).toEqual({ name: "s", note: "x", secret: "two" })
    }))

  it.effect("goes with it where the process died", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [safe] })
      yield* apply(saga, declared("one"))
      yield* apply(saga, [])
      let calls = 0
      saga.world.onBeat = ({ operation, when }) =>
        operation === "create" && when === "before" && ++calls === 2 ? crash : Effect.void
      yield* Effect.exit(apply(saga, declared("two")))
      saga.world.onBeat = () => Effect.void
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
      expect(saga.world.get("safe", "s")).toBeUndefined()
    }))
})

describe("an edit between two calls of a create", () => {
  const slowly = (answers: "whole" | "bare") => ({ ...note, answers, createIn: [["/name"], ["/text", "/tags"]] })

  const edited = (answers: "whole" | "bare", patch: Document) =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== note), slowly(answers)] })
      saga.world.onBeat = ({ operation, when }) =>
        Effect.sync(() => {
          const isNew = saga.world.get("note", "n")?.version === 1
          if (operation === "create" && when === "after" && isNew) saga.world.edit("note", "n", patch)
        })
      const report = yield* apply(saga, [want("note", "n", { name: "n", text: "ours" })])
      return { report, document: saga.world.get("note", "n")?.document }
    })

  it.effect("is not overwritten by the second one, which carries the guard of the first one's answer", () =>
    Effect.gen(function*() {
      const { document, report } = yield* edited("whole", { text: "theirs" })
      expect(document).toEqual({ name: "n", text: "theirs" })
      expect(report).toMatchObject({ outcome: "stuck", left: ["note.n"] })
    }))

  it.effect.each([1, 2])(
    "is not overwritten by the next one, where the answer to call %s was lost",
    (lost) =>
      Effect.gen(function*() {
        const kind = { ...slowly("whole"), createIn: [["/name"], ["/text"], ["/tags"]] }
        const saga = makeSaga({ kinds: [...defaultKinds.filter((other) => other !== note), kind] })
        saga.world.inject({ act: "ambiguousAfter", match: { kind: "note", operation: "create", call: lost } })
        saga.world.onBeat = ({ call, operation, when }) =>
          Effect.sync(() => {
            const isNext = operation === "create" && when === "before" && call === lost + 1
            if (isNext) saga.world.edit("note", "n", { tags: ["theirs"] })
          })
        const report = yield* apply(saga, [want("note", "n", { name: "n", text: "ours", tags: ["ours"] })])
        expect(saga.world.get("note", "n")?.document).toMatchObject({ tags: ["theirs"] })
        expect(report).toMatchObject({ outcome: "stuck", left: ["note.n"] })
      })
  )

  it.effect("of another field is kept where answers have no guard", () =>
    Effect.gen(function*() {
      const { document, report } = yield* edited("bare", { tags: ["theirs"] })
      expect(document).toEqual({ name: "n", text: "ours", tags: ["theirs"] })
      expect(report).toMatchObject({ outcome: "committed" })
    }))
})

describe("an id that the server gives again", () => {
  it.effect("after somebody deleted what had it is no longer that of the address that had it", () =>
    Effect.gen(function*() {
      const reused = { ...box, ids: "reused" as const }
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== box), reused] })
      yield* apply(saga, [want("box", "a", { name: "a" })])
      saga.world.onBeat = ({ operation, when }) =>
        Effect.sync(() => {
          if (operation === "create" && when === "before") saga.world.remove("box", "box-1")
        })
      const b = want("box", "b", { name: "b" })
      yield* apply(saga, [want("box", "a", { name: "a" }), b])
      saga.world.onBeat = () => Effect.void
      yield* apply(saga, [b])
      expect(saga.world.snapshot()).toMatchObject({ box: { "box-1": { name: "b" } } })
    }))

  it.effect("to another resource of the batch does not keep what was deleted", () =>
    Effect.gen(function*() {
      const reused = { ...box, ids: "reused" as const }
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== box), reused] })
      yield* apply(saga, [want("box", "a", { name: "a" })])
      const gone = () => saga.world.log.some(({ effect }) => effect === "deleted")
      // The new one takes the id between the delete and its reading.
      saga.world.onBeat = ({ kind, operation, when }) => {
        const waits = when === "before" && kind === "box" &&
          (operation === "create" || (operation === "observe" && gone()))
        return waits ? Effect.sleep(operation === "create" ? "1 second" : "3 seconds") : Effect.void
      }
      const report = yield* apply(saga, [want("box", "b", { name: "b" })])
      expect(report).toMatchObject({ outcome: "committed" })
      expect(saga.world.get("box", "box-1")?.document).toMatchObject({ name: "b" })
    }))

  it.effect("to a create whose answer was lost, after the batch deleted what had it, is found", () =>
    Effect.gen(function*() {
      const reused = { ...box, ids: "reused" as const }
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== box), reused] })
      yield* apply(saga, [want("box", "a", { name: "a" })])
      saga.world.inject({ act: "lateLanding", match: { kind: "box", operation: "create" }, ms: 700 })
      expect(yield* apply(saga, [want("box", "b", { name: "b" })])).toMatchObject({ outcome: "committed" })
      expect(saga.world.snapshot()).toMatchObject({ box: { "box-1": { name: "b" } } })
      expect(saga.world.resources.get("box")?.size).toBe(1)
    }))

  it.effect("to a resource that is deleted again, while we look, does not keep what was deleted before", () =>
    Effect.gen(function*() {
      const reused = { ...box, ids: "reused" as const }
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== box), reused] })
      yield* apply(saga, [want("box", "a", { name: "a" })])
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create", nth: 2 } })
      let looks = 0
      saga.world.onBeat = ({ during, kind, operation, when }) => {
        if (kind === "note" && operation === "create" && when === "before") return Effect.sleep("1 second")
        if (during !== "compensation" || kind !== "box") return Effect.void
        if (operation === "delete" && when === "before") return Effect.sleep("1 second")
        // The answer about the old one takes longer than it takes to delete the new one.
        return operation === "observe" && when === "after" && ++looks === 2 ? Effect.sleep("3 seconds") : Effect.void
      }
      const b = want("box", "b", { name: "b" }, { dependsOn: ["note.m" as Address] })
      const last = want("note", "n", { name: "n" }, { dependsOn: ["note.m" as Address] })
      const report = yield* apply(saga, [want("note", "m", { name: "m" }), b, last])
      expect(report).toMatchObject({ outcome: "compensated" })
      expect([...saga.world.resources.get("box")?.values() ?? []].map(({ document }) => document["name"])).toEqual([
        "a"
      ])
    }))

  it.effect("to what is created again, before we hear that it is free, is believed", () =>
    Effect.gen(function*() {
      const reused = { ...box, ids: "reused" as const }
      const saga = makeSaga({ kinds: [...defaultKinds.filter((kind) => kind !== box), reused] })
      yield* apply(saga, [want("box", "a", { name: "a" })])
      const b = want("box", "b", { name: "b" }, { dependsOn: ["note.m" as Address] })
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create", nth: 2 } })
      // The first note waits for the delete of the old box; on the way back the old one is made again between the
      // delete of the new one and its answer.
      saga.world.onBeat = ({ during, kind, operation, when }) => {
        if (kind === "note" && operation === "create" && when === "before") return Effect.sleep("1 second")
        if (kind !== "box" || during !== "compensation") return Effect.void
        if (operation === "create" && when === "before") return Effect.sleep("1 second")
        return operation === "delete" && when === "after" ? Effect.sleep("3 seconds") : Effect.void
      }
      const last = want("note", "n", { name: "n" }, { dependsOn: ["box.b" as Address] })
      const report = yield* apply(saga, [want("note", "m", { name: "m" }), b, last])
      expect(report).toMatchObject({ outcome: "compensated" })
      expect(saga.world.snapshot()).toMatchObject({ box: { "box-1": { name: "a" } } })
      expect(saga.world.resources.get("box")?.size).toBe(1)
    }))
})

describe("a write whose answer was cut short", () => {
  it.effect("is looked for only once reads show it", () =>
    Effect.gen(function*() {
      const lagging = memoryKind({
        name: "lagging",
        nameField: "name",
        schema: box.kind.schema,
        capabilities: { settlesWithinMs: 300, changeToken: "/updatedAt" },
        roles: { readOnly: ["/updatedAt"] }
      })
      const saga = makeSaga({ kinds: [...defaultKinds, lagging] })
      yield* apply(saga, [want("lagging", "l", { name: "l", size: 1 })])
      yield* TestClock.adjust("1 second")
      saga.world.inject({ act: "truncated", match: { kind: "lagging", operation: "update" } })
      expect(yield* apply(saga, [want("lagging", "l", { name: "l", size: 2 })])).toMatchObject({ outcome: "committed" })
      expect(saga.world.log.filter(({ effect }) => effect === "updated")).toHaveLength(1)
    }))
})

describe("a request whose key expired while its process stood still", () => {
  it.effect("is not repeated", () =>
    Effect.gen(function*() {
      const brief = memoryKind({
        name: "brief",
        nameField: "name",
        schema: box.kind.schema,
        capabilities: { idempotencyKey: { ttlMs: 4_000 } }
      })
      const saga = makeSaga({ kinds: [...defaultKinds, brief] })
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "brief", operation: "create" } })
      saga.world.onBeat = ({ operation, when }) =>
        operation === "create" && when === "after" ? Effect.sleep("5 seconds") : Effect.void
      expect(yield* apply(saga, [want("brief", "b", { name: "b" })])).toMatchObject({ outcome: "committed" })
      expect([...saga.world.resources.get("brief")?.keys() ?? []]).toEqual(["brief-1"])
    }))
})

describe("a create that could not be read at first, and holds something else than was sent", () => {
  const marked = memoryKind({
    name: "own",
    nameField: "name",
    schema: box.kind.schema,
    roles: { readOnly: ["/mark"] },
    capabilities: { ...box.kind.capabilities, marker: { field: "/mark" } }
  }, { normalises: ["label"] })
  const own = [want("own", "a", { name: "a", label: "X" })]
  const unread = { act: "unauthorized", match: { kind: "own", operation: "find" } } as const

  it.effect("is not committed by a recovery that goes on", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [marked] })
      saga.world.onBeat = ({ operation, when }) => operation === "create" && when === "after" ? crash : Effect.void
      yield* Effect.exit(apply(saga, own))
      saga.world.onBeat = () => Effect.void
      saga.world.inject(unread)
      expect(yield* recoverNewest(saga, { direction: "forward" })).toMatchObject({ success: { outcome: "stuck" } })
    }))

  it.effect("is known as it is by a batch that is kept", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [marked] })
      saga.world.inject({ act: "ambiguousAfter", match: { kind: "own", operation: "create" } })
      saga.world.inject(unread)
      expect(yield* apply(saga, own, { onFailure: "keep" })).toMatchObject({ outcome: "kept", left: ["own.a"] })
      expect(yield* observedHeads(saga)).toMatchObject([{ label: "x" }])
    }))
})

describe("an id that is given again between two creates of a batch, by a server that keeps our marker", () => {
  const tagged = memoryKind({
    name: "tag",
    nameField: "name",
    schema: box.kind.schema,
    roles: { readOnly: ["/mark"] },
    capabilities: { marker: { field: "/mark" } }
  }, { ids: "reused" })
  const [a, b] = ["a", "b"].map((name) => want("tag", name, { name })) as [Desired, Desired]

  /** The first that is planned is sent after the second, which somebody deletes before it lands. */
  const saga = () => {
    const made = makeSaga({ kinds: [...defaultKinds, tagged] })
    let creates = 0
    made.world.onBeat = ({ kind, operation, when }) => {
      if (kind !== "tag" || when !== "before") return Effect.void
      if (operation === "delete") return Effect.sleep("1 second")
      if (operation !== "create" || ++creates > 1) return Effect.void
      return Effect.andThen(Effect.sleep("1 second"), Effect.sync(() => made.world.remove("tag", "tag-1")))
    }
    return made
  }

  it.effect("is that of the one that was made last, and no longer of the other", () =>
    Effect.gen(function*() {
      const one = saga()
      expect(yield* apply(one, [a, b])).toMatchObject({ outcome: "committed" })
      const heads = yield* withState(one, Effect.flatMap(Versions, (versions) => versions.heads))
      expect(heads.map(({ address, remoteId }) => [address, remoteId])).toEqual([["tag.a", "tag-1"]])
    }))

  it.effect.each([["goes", false], ["goes, also after a crash,", true]] as const)(
    "%s with what has it where the batch goes back",
    ([, dies]) =>
      Effect.gen(function*() {
        const one = saga()
        one.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
        const last = want("ring", "last", { name: "last" }, { dependsOn: [b.address] })
        const { onBeat } = one.world
        one.world.onBeat = (beat) => beat.kind === "ring" && dies && beat.operation === "create" ? crash : onBeat(beat)
        const first = yield* Effect.exit(apply(one, [a, b, last]))
        one.world.onBeat = onBeat
        if (dies) expect(yield* recoverNewest(one)).toMatchObject({ success: { outcome: "compensated" } })
        else expect(first).toMatchObject({ value: { outcome: "compensated" } })
        expect(one.world.snapshot()).toEqual({})
      })
  )

  it.effect("is not written to for the address that had it, even where edits are overwritten", () =>
    Effect.gen(function*() {
      const one = makeSaga({ kinds: [tagged] })
      yield* apply(one, [b])
      one.world.onBeat = ({ operation, when }) =>
        Effect.sync(() => {
          if (operation === "create" && when === "before") one.world.remove("tag", "tag-1")
        })
      const forced = want("tag", "b", { name: "b", label: "x" }, { dependsOn: [a.address], conflict: "force" })
      expect(yield* apply(one, [a, forced])).toMatchObject({ outcome: "compensated" })
      expect(one.world.log.filter(({ effect }) => effect === "updated")).toEqual([])
    }))
})
