/** What others do while a batch goes back, and resources whose conflicts are to be overwritten. */
import { expect, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import type { RemoteOperation } from "../../src/providers/memory/Fault.ts"
import { box as plainBox, defaultKinds, memoryKind } from "../../src/providers/memory/Kinds.ts"
import type { Beat } from "../../src/providers/memory/World.ts"
import { Versions } from "../../src/state/Journal.ts"
import { holds } from "../../src/state/storage/Job.ts"
import { apply, makeSaga, planned, recoverNewest, type Saga, want, withState } from "./Saga.ts"

const a = "box.a" as Address
const last = want("ring", "last", { name: "last" }, { dependsOn: [a] })
const box = (size: number, conflict: "stop" | "force" = "stop") =>
  want("box", "a", { name: "a", size, label: "x" }, { conflict })

/** Acts on the world once, at the first beat that is meant. */
const once = ({ world }: Saga, isMeant: (beat: Beat) => boolean, act: () => void): void => {
  let acted = false
  world.onBeat = (beat) =>
    Effect.sync(() => {
      if (acted || !isMeant(beat)) return
      acted = true
      act()
    })
}

const beforeLast = (beat: Beat): boolean =>
  beat.kind === "ring" && beat.operation === "create" && beat.when === "before"

const goingBack = (operation: RemoteOperation) => (beat: Beat): boolean =>
  beat.kind === "box" && beat.operation === operation && beat.during === "compensation" && beat.when === "before"

/** A box of size 2 that is to have 3, in a batch whose last step is refused. */
const failing = Effect.fnUntraced(function*(conflict: "stop" | "force" = "stop") {
  const saga = makeSaga()
  yield* apply(saga, [box(2, conflict)])
  saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" }, times: 9 })
  return { saga, run: apply(saga, [box(3, conflict), last]) }
})

/** A box whose replace left box-1 behind. */
const leaving = Effect.fnUntraced(function*(conflict: "stop" | "force") {
  const saga = makeSaga()
  const made = (material: string) => [want("box", "a", { name: "a", material }, { conflict })]
  yield* apply(saga, made("oak"))
  saga.world.inject({ act: "refuse", match: { operation: "delete" } })
  yield* apply(saga, made("iron"), { onFailure: "keep" })
  return { saga, run: apply(saga, made("iron")) }
})

const document = ({ world }: Saga) => world.get("box", "box-1")?.document

const writesOf = ({ world }: Saga) => world.writes.filter(({ by }) => by === "provider").length

describe("an edit of what an earlier replace left behind, made since it was planned", () => {
  const beforeCapture = ({ during, operation, when }: Beat): boolean =>
    operation === "observe" && during === "forward" && when === "before"

  it.effect.each([["is not deleted", "stop"], ["is deleted where that is forced", "force"]] as const)(
    "%s",
    ([, conflict]) =>
      Effect.gen(function*() {
        const { run, saga } = yield* leaving(conflict)
        once(saga, beforeCapture, () => saga.world.edit("box", "box-1", { label: "theirs" }))
        const isForced = conflict === "force"
        expect(yield* run).toMatchObject({ outcome: isForced ? "committed" : "compensated" })
        expect(document(saga)?.["label"]).toBe(isForced ? undefined : "theirs")
        expect(yield* apply(saga, [want("box", "a", { name: "a", material: "iron" })])).toMatchObject({
          outcome: "committed",
          counts: { destroyed: isForced ? 0 : 1 }
        })
      })
  )
})

describe("an edit that meets the way back", () => {
  it.effect("and already took ours back leaves nothing to write", () =>
    Effect.gen(function*() {
      const { run, saga } = yield* failing()
      let written = 0
      once(saga, beforeLast, () => {
        saga.world.edit("box", "box-1", { size: 2, label: "theirs" })
        written = writesOf(saga)
      })
      expect(yield* run).toMatchObject({ outcome: "compensated", applied: 1, compensated: 1 })
      expect(document(saga)).toMatchObject({ size: 2, label: "theirs" })
      expect(writesOf(saga)).toBe(written)
      expect((yield* planned(saga, [box(2)])).conflicts).toEqual([])
    }))

  it.effect.each(
    [
      ["is refused by a guard", undefined],
      ["takes the answer to it away", "ambiguousBefore"]
    ] as const
  )("in the moment of a write, which %s, is looked at again and kept", ([, fault]) =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const note = (text: string) => want("note", "n", { name: "n", text, tags: ["x"] })
      yield* apply(saga, [note("old")])
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      const update = { kind: "note", operation: "update", during: "compensation" } as const
      if (fault !== undefined) saga.world.inject({ act: fault, match: update })
      once(
        saga,
        (beat) => beat.kind === "note" && beat.operation === "update" && beat.during === "compensation",
        () => saga.world.edit("note", "n", { tags: ["theirs"] })
      )
      const wanted = want("ring", "last", { name: "last" }, { dependsOn: ["note.n" as Address] })
      expect(yield* apply(saga, [note("new"), wanted])).toMatchObject({ outcome: "compensated", compensated: 1 })
      expect(saga.world.get("note", "n")?.document).toMatchObject({ text: "old", tags: ["theirs"] })
    }))

  it.effect("as a delete in the moment of the write needs a person, who may accept that nothing is there", () =>
    Effect.gen(function*() {
      const { run, saga } = yield* failing()
      once(saga, goingBack("update"), () => saga.world.remove("box", "box-1"))
      expect(yield* run).toMatchObject({
        outcome: "stuck",
        stuck: [{ blocked: { why: "somebody deleted it since it was changed", choices: ["force", "accept", "skip"] } }]
      })
      const accepted = yield* recoverNewest(saga, { choices: [{ address: a, choice: "accept" }] })
      expect(accepted).toMatchObject({ success: { outcome: "compensated" } })
      expect(yield* withState(saga, Effect.flatMap(Versions, ({ heads }) => heads))).toEqual([])
    }))

  it.effect("as a delete of what is to be deleted leaves nothing to do", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      once(saga, goingBack("delete"), () => saga.world.remove("box", "box-1"))
      expect(yield* apply(saga, [box(2), last])).toMatchObject({ outcome: "compensated", compensated: 1 })
      expect(document(saga)).toBeUndefined()
    }))

  it.effect("that cannot be read needs a person, and retry goes on", () =>
    Effect.gen(function*() {
      const { run, saga } = yield* failing()
      saga.world.inject({
        act: "unauthorized",
        match: { kind: "box", operation: "observe", during: "compensation" },
        times: 1
      })
      expect(yield* run).toMatchObject({
        outcome: "stuck",
        stuck: [{ address: a, blocked: { choices: ["retry", "accept", "skip"] } }]
      })
      const recovered = yield* recoverNewest(saga, { choices: [{ address: a, choice: "retry" }] })
      expect(recovered !== undefined && Result.isSuccess(recovered) && recovered.success.outcome).toBe("compensated")
      expect(document(saga)).toMatchObject({ size: 2 })
    }))
})

describe("an edit of what a write would have changed that was taken and not carried out", () => {
  it.effect.each(["theirs", "p"])("stays as it is, %s", (tag) =>
    Effect.gen(function*() {
      const saga = makeSaga()
      yield* apply(saga, [want("note", "n", { name: "n", text: "x", tags: ["p", "q"] })])
      saga.world.inject({ act: "dropAccepted", match: { operation: "update", during: "forward" } })
      once(
        saga,
        ({ during, operation, when }) => operation === "observe" && during === "compensation" && when === "before",
        () => saga.world.edit("note", "n", { tags: [tag] })
      )
      // Of what was asked for, the tag alone is there: no write is carried out by half.
      expect(yield* apply(saga, [want("note", "n", { name: "n", text: "y", tags: ["p"] })]))
        .toMatchObject({ outcome: "compensated" })
      expect(saga.world.get("note", "n")?.document).toEqual({ name: "n", text: "x", tags: [tag] })
    }))
})

describe("an edit of what was created, and not kept as it was sent", () => {
  it.effect("is not thrown away with it, where the answer showed all that was there", () =>
    Effect.gen(function*() {
      const lowered = memoryKind(
        { name: "low", nameField: "name", schema: plainBox.kind.schema },
        { normalises: ["label"], answers: "whole" }
      )
      const saga = makeSaga({ kinds: [lowered] })
      once(saga, (beat) => beat.during === "compensation", () => saga.world.edit("low", "low-1", { size: 9 }))
      const report = yield* apply(saga, [want("low", "a", { name: "a", label: "Upper" })])
      expect(report.outcome).toBe("stuck")
      expect(saga.world.get("low", "low-1")?.document).toMatchObject({ label: "upper", size: 9 })
    }))
})

describe("a resource whose conflicts are overwritten", () => {
  it.effect("is written over an edit that was made after the plan, and over one on the way back", () =>
    Effect.gen(function*() {
      const { run, saga } = yield* failing("force")
      once(saga, (beat) => beat.kind === "box" && beat.operation === "observe" && beat.when === "before", () => {
        saga.world.edit("box", "box-1", { size: 7 })
        once(saga, beforeLast, () => saga.world.edit("box", "box-1", { size: 9 }))
      })
      expect(yield* run).toMatchObject({ outcome: "compensated", compensated: 1 })
      expect(document(saga)).toMatchObject({ size: 7 })
    }))

  it.effect("is created again where somebody deleted it, without asking", () =>
    Effect.gen(function*() {
      const { run, saga } = yield* failing("force")
      once(saga, beforeLast, () => saga.world.remove("box", "box-1"))
      expect((yield* run).outcome).toBe("compensated")
      expect([...(saga.world.resources.get("box")?.values() ?? [])].map((stored) => stored.document))
        .toMatchObject([{ name: "a", size: 2, label: "x" }])
      expect((yield* planned(saga, [box(2, "force")])).steps).toEqual([])
    }))
})

describe("an edit of what was created, by a process that died before it read it back", () => {
  it.effect("is told from what the answer to the create showed, and waits for a person", () =>
    Effect.gen(function*() {
      const own = memoryKind({ name: "own", nameField: "name", schema: plainBox.kind.schema })
      const saga = makeSaga({ kinds: [own] })
      const onCommit: NonNullable<Saga["options"]["onCommit"]> = (_, jobs) =>
        jobs.some((job) => holds(job, "decided")) ? "Io" : undefined
      const dying = { ...saga, options: { ...saga.options, onCommit } }
      yield* Effect.exit(apply(dying, [want("own", "a", { name: "a", size: 2 })]))
      saga.world.edit("own", "own-1", { label: "theirs" })
      expect(yield* recoverNewest(saga, { direction: "back" })).toMatchObject({ success: { outcome: "stuck" } })
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ size: 2, label: "theirs" })
    }))
})

describe("an edit between the first two calls of a create, of what the first one sent", () => {
  it.effect.each([["shows in the answer to the second", 3], ["shows in those to all later ones", 4]] as const)(
    "%s, and is not thrown away unasked",
    ([, refused]) =>
      Effect.gen(function*() {
        const createIn = [["/name", "/size"], ["/label"], ["/lid"], ["/material"]]
        const own = memoryKind({ name: "own", nameField: "name", schema: plainBox.kind.schema }, { createIn })
        const saga = makeSaga({ kinds: [own] })
        saga.world.inject({ act: "refuse", match: { operation: "create", call: refused } })
        once(
          saga,
          ({ call, operation, when }) => operation === "create" && call === 2 && when === "before",
          () => saga.world.edit("own", "own-1", { size: 9 })
        )
        const lid = { colour: "red", locked: true }
        const wanted = want("own", "a", { name: "a", size: 2, label: "x", lid, material: "oak" })
        expect(yield* apply(saga, [wanted])).toMatchObject({ outcome: "stuck" })
        expect(saga.world.get("own", "own-1")?.document).toMatchObject({ size: 9 })
      })
  )
})

describe("an edit of what the first of two calls of a create made", () => {
  it.effect("is told from what that call sent, where its answer was lost, and not thrown away unasked", () =>
    Effect.gen(function*() {
      const own = memoryKind({
        name: "own",
        nameField: "name",
        schema: plainBox.kind.schema,
        roles: { readOnly: ["/mark"] },
        capabilities: { ...plainBox.kind.capabilities, marker: { field: "/mark" } }
      }, { createIn: [["/name", "/size"], ["/label"]] })
      const saga = makeSaga({ kinds: [...defaultKinds, own] })
      saga.world.inject({ act: "ambiguousAfter", match: { operation: "create", kind: "own" } })
      saga.world.inject({ act: "refuse", match: { operation: "create", kind: "ring" } })
      once(
        saga,
        ({ kind, operation, when }) => kind === "own" && operation === "find" && when === "before",
        () => saga.world.edit("own", "own-1", { size: 9 })
      )
      const wanted = want("own", "a", { name: "a", size: 2, label: "x" })
      const refused = want("ring", "last", { name: "last" }, { dependsOn: ["own.a" as Address] })
      expect(yield* apply(saga, [wanted, refused])).toMatchObject({ outcome: "stuck" })
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ size: 9, label: "x" })
    }))

  it.effect("is told from what it sent unsaid, where the answer to the second was lost", () =>
    Effect.gen(function*() {
      const own = memoryKind({
        name: "own",
        nameField: "name",
        schema: plainBox.kind.schema,
        roles: { defaults: { "/size": 1 } }
      }, { createIn: [["/name", "/size"], ["/label"]] })
      const saga = makeSaga({ kinds: [...defaultKinds, own] })
      saga.world.inject({ act: "ambiguousAfter", match: { operation: "create", kind: "own", call: 2 } })
      saga.world.inject({ act: "refuse", match: { operation: "create", kind: "ring" } })
      once(
        saga,
        ({ call, kind, when }) => kind === "own" && call === 2 && when === "before",
        () => saga.world.edit("own", "own-1", { size: 9 })
      )
      const wanted = want("own", "a", { name: "a", label: "x" })
      const refused = want("ring", "last", { name: "last" }, { dependsOn: ["own.a" as Address] })
      expect(yield* apply(saga, [wanted, refused])).toMatchObject({ outcome: "stuck" })
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ size: 9, label: "x" })
    }))
})

describe("an edit of a create of two calls, the second of which was lost", () => {
  const own = memoryKind({ name: "own", nameField: "name", schema: plainBox.kind.schema }, {
    answers: "bare",
    createIn: [["/name"], ["/label", "/lid"]]
  })
  const wanted = [want("own", "a", { name: "a", label: "x" })]
  const address = "own.a" as Address
  const isRead = ({ operation, when }: Beat) => operation === "observe" && when === "before"

  it.effect("waits for a person, although another one said that the second was not applied", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [own] })
      saga.world.inject({ act: "ambiguousBefore", match: { operation: "create", call: 2 } })
      once(saga, isRead, () => saga.world.edit("own", "own-1", { label: "theirs" }))
      expect(yield* apply(saga, wanted)).toMatchObject({ outcome: "stuck" })
      const said = yield* recoverNewest(saga, { choices: [{ address, choice: "not-applied" }] })
      const blocked = { paths: ["/label"], choices: ["force", "accept", "skip"] }
      expect(said).toMatchObject({ success: { outcome: "stuck", stuck: [{ address, blocked }] } })
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ label: "theirs" })
      yield* recoverNewest(saga, { choices: [{ address, choice: "force" }] })
      expect(saga.world.resources.get("own")?.size).toBe(0)
    }))

  it.effect("is told from what was there when the second was looked for", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [own] })
      saga.world.inject({ act: "ambiguousBefore", match: { operation: "create", call: 2 } })
      saga.world.inject({ act: "refuse", match: { operation: "create", call: 2, nth: 2 } })
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (isRead(beat)) saga.world.edit("own", "own-1", beat.during === "forward" ? { size: 3 } : { size: 4 })
        })
      expect(yield* apply(saga, wanted)).toMatchObject({ outcome: "stuck" })
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ size: 4 })
    }))
})

describe("an addition to what a recovery found of a create that it goes on with", () => {
  it.effect("waits for a person where the update that it met is refused", () =>
    Effect.gen(function*() {
      const own = memoryKind({
        name: "own",
        nameField: "name",
        schema: plainBox.kind.schema,
        capabilities: { ...plainBox.kind.capabilities, guard: "etag" }
      }, { answers: "bare", createIn: [["/name"], ["/label"]] })
      const saga = makeSaga({ kinds: [own] })
      let intents = 0
      const onCommit: NonNullable<Saga["options"]["onCommit"]> = (_, jobs) =>
        jobs.some((job) => holds(job, "intended")) && ++intents > 1 ? "Io" : undefined
      const dying = { ...saga, options: { ...saga.options, onCommit } }
      yield* Effect.exit(apply(dying, [want("own", "a", { name: "a", label: "x" })]))
      once(
        saga,
        ({ operation, when }) => operation === "update" && when === "before",
        () => saga.world.edit("own", "own-1", { material: "oak" })
      )
      expect(yield* recoverNewest(saga, { direction: "forward" })).toMatchObject({ success: { outcome: "stuck" } })
      expect(saga.world.get("own", "own-1")?.document).toMatchObject({ material: "oak" })
    }))
})

describe("an edit of what is created again on the way back, in calls of which the last is refused", () => {
  it.effect("is kept by a recovery, and by one after that whose predecessor died before it said so", () =>
    Effect.gen(function*() {
      const schema = plainBox.kind.schema
      const own = memoryKind({ name: "own", nameField: "name", schema }, { createIn: [["/name"], ["/label"]] })
      const saga = makeSaga({ kinds: [...defaultKinds, own] })
      yield* apply(saga, [want("own", "a", { name: "a", label: "x" })])
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      saga.world.inject({ act: "refuse", match: { operation: "create", call: 2, during: "compensation" } })
      saga.world.onBeat = ({ kind, operation, when }) =>
        kind === "ring" && operation === "create" && when === "before" ? Effect.sleep("1 second") : Effect.void
      const report = yield* apply(saga, [want("ring", "last", { name: "last" })])
      expect(report).toMatchObject({ outcome: "stuck" })
      saga.world.edit("own", "own-2", { size: 9 })
      const onCommit: NonNullable<Saga["options"]["onCommit"]> = (_, jobs) =>
        jobs.some((job) => holds(job, "compensated")) ? "Io" : undefined
      yield* Effect.exit(recoverNewest({ ...saga, options: { ...saga.options, onCommit } }))
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
      expect(saga.world.get("own", "own-2")?.document).toMatchObject({ label: "x", size: 9 })
    }))
})
