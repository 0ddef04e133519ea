import { expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import type { Kind } from "../../src/domain/Kind.ts"
import { box, memoryKind } from "../../src/providers/memory/Kinds.ts"
import { Journal, Versions } from "../../src/state/Journal.ts"
import { apply, crash, makeSaga, planned, recoverNewest, type Saga, shape, want, withState } from "./Saga.ts"
import { simulatedKinds, tag } from "./Simulating.ts"

const saga = () => makeSaga({ kinds: simulatedKinds })

const there = (of: Saga, kind: string) => [...(of.world.resources.get(kind)?.keys() ?? [])]

const entriesOf = (of: Saga) =>
  withState(
    of,
    Effect.gen(function*() {
      const journal = yield* Journal
      const [newest] = yield* journal.batches
      return newest === undefined ? [] : (yield* journal.entries(newest.id)).map(({ body }) => body)
    })
  )

const sends = (of: Saga, kind: string) =>
  of.world.log.filter(({ arrival, by, request }) => by === "provider" && arrival.kind === kind && request !== undefined)

const tags = [want("tag", "a", { name: "a", size: 5 })]

/** Copies the tag under its marker, as a request that was repeated on its way would. */
const landTwice = (of: Saga, patch = {}) => {
  let done = false
  of.world.onBeat = (beat) =>
    Effect.sync(() => {
      if (beat.kind !== "tag" || beat.operation !== "find" || done) return
      const [id = ""] = there(of, "tag")
      const document = of.world.get("tag", id)?.document
      if (document !== undefined) of.world.create("tag", { ...document, ...patch })
      done = true
    })
}

describe("a create that bears a marker", () => {
  it.effect("and landed twice is kept once; the other is deleted as a recorded call of its own", () =>
    Effect.gen(function*() {
      const one = saga()
      one.world.inject({ act: "ambiguousAfter", match: { kind: "tag", operation: "create" } })
      landTwice(one)
      expect((yield* apply(one, tags)).outcome).toBe("committed")
      expect(there(one, "tag")).toEqual(["tag-1"])
      const bodies = yield* entriesOf(one)
      expect(bodies.flatMap((body) => body._tag === "undo-intended" ? [body.remoteId] : [])).toEqual(["tag-2"])
      expect(yield* planned(one, tags)).toMatchObject({ steps: [], drift: [] })
    }))

  it.effect("asks where the second one was edited", () =>
    Effect.gen(function*() {
      const one = saga()
      one.world.inject({ act: "ambiguousAfter", match: { kind: "tag", operation: "create" } })
      landTwice(one, { size: 9 })
      const report = yield* apply(one, tags)
      expect(report).toMatchObject({
        outcome: "stuck",
        stuck: [{ blocked: { choices: expect.arrayContaining(["skip"]) } }]
      })
      expect(there(one, "tag").length).toBe(2)
    }))

  it.effect("is recovered from a crash between the deletes and the verdict", () =>
    Effect.gen(function*() {
      for (let at = 1; at < 12; at++) {
        const one = saga()
        one.world.inject({ act: "ambiguousAfter", match: { kind: "tag", operation: "create" } })
        landTwice(one)
        const copy = one.world.onBeat
        let beats = 0
        one.world.onBeat = (beat) => ++beats >= at ? crash : copy(beat)
        yield* Effect.exit(apply(one, tags))
        landTwice(one)
        yield* recoverNewest(one)
        one.world.onBeat = () => Effect.void
        expect([at, yield* recoverNewest(one)]).toEqual([at, undefined])
        const heads = yield* withState(one, Effect.flatMap(Versions, (versions) => versions.heads))
        expect([at, there(one, "tag")]).toEqual([at, heads.map(({ remoteId }) => remoteId)])
      }
    }))

  it.effect("says so when the second one cannot be deleted, and finishes later", () =>
    Effect.gen(function*() {
      for (const act of ["refuse", "ambiguousBefore"] as const) {
        const one = saga()
        one.world.inject({ act: "ambiguousAfter", match: { kind: "tag", operation: "create" } })
        one.world.inject({ act, match: { kind: "tag", operation: "delete", id: "tag-2" }, times: 2 })
        landTwice(one)
        expect((yield* apply(one, tags)).outcome).toBe("stuck")
        one.world.clearFaults()
        yield* recoverNewest(one)
        expect([act, there(one, "tag")]).toEqual([act, []])
      }
    }))
})

const coins = [want("coin", "a", { name: "a", size: 5 })]

describe("a create that is found by its marker after a crash", () => {
  it.effect("is not committed where it holds something else than was sent, whoever made it so", () =>
    Effect.gen(function*() {
      const own = memoryKind({ ...tag.kind, name: "own" }, { normalises: ["label"] })
      const one = makeSaga({ kinds: [own] })
      one.world.onBeat = ({ operation, when }) => operation === "create" && when === "after" ? crash : Effect.void
      const desired = [want("own", "a", { name: "a", label: "Z" })]
      yield* Effect.exit(apply(one, desired))
      one.world.onBeat = () => Effect.void
      expect(yield* recoverNewest(one)).toMatchObject({ success: { outcome: "stuck" } })
    }))
})

describe("the first call of a create that somebody edited before a recovery finds it by its marker", () => {
  it.effect("is not thrown away unasked", () =>
    Effect.gen(function*() {
      const own = memoryKind({ ...tag.kind, name: "own" }, { createIn: [["/name", "/size"], ["/label"]] })
      const one = makeSaga({ kinds: [own] })
      one.world.onBeat = ({ operation, when }) => operation === "create" && when === "after" ? crash : Effect.void
      yield* Effect.exit(apply(one, [want("own", "a", { name: "a", size: 5, label: "x" })]))
      one.world.onBeat = () => Effect.void
      one.world.edit("own", "own-1", { size: 9 })
      expect(yield* recoverNewest(one)).toMatchObject({ success: { outcome: "stuck" } })
      expect(one.world.get("own", "own-1")?.document).toMatchObject({ size: 9 })
    }))
})

describe("an id that the server gives again, where neither the delete nor the create was answered", () => {
  it.effect.each(
    [["its own", []], ["one that an update dropped", [want("tag", "a", { name: "a", size: 6 })]]] as const
  )(
    "is told by the marker of what has it now from what bore %s",
    ([, then]) =>
      Effect.gen(function*() {
        const reused = { ...tag, ids: "reused" as const, updates: "replace" as const }
        const one = makeSaga({ kinds: [...simulatedKinds.filter((kind) => kind !== tag), reused] })
        yield* apply(one, tags)
        if (then.length > 0) yield* apply(one, then)
        for (const operation of ["delete", "create"] as const)
          one.world.inject({ act: "ambiguousAfter", match: { kind: "tag", operation } })
        one.world.onBeat = ({ operation, when }) =>
          operation === "create" && when === "before" ? Effect.sleep("500 millis") : Effect.void
        expect((yield* apply(one, [want("tag", "b", { name: "b", size: 5 })])).outcome).toBe("committed")
        expect(one.world.snapshot()).toMatchObject({ tag: { "tag-1": { name: "b" } } })
      })
  )
})

describe("a create that bears a marker in one of several collections", () => {
  it.effect("is searched for in its own", () =>
    Effect.gen(function*() {
      const pin = memoryKind({
        name: "pin",
        nameField: "name",
        schema: Schema.Struct({ name: Schema.String, board: Schema.String }) as unknown as Kind["schema"],
        scope: ["/board"],
        capabilities: { marker: { field: "/mark" } },
        roles: { readOnly: ["/mark"], immutable: ["/board"] }
      })
      const one = makeSaga({ kinds: [pin] })
      one.world.inject({ act: "ambiguousAfter", match: { kind: "pin", operation: "create" } })
      expect(yield* apply(one, [want("pin", "p", { name: "p", board: "north" })])).toMatchObject({
        outcome: "committed"
      })
      expect(there(one, "pin")).toEqual(["pin-1"])
    }))
})

describe("a create that bears an idempotency key", () => {
  it.effect("is sent again under it instead of being searched, and needs no horizon", () =>
    Effect.gen(function*() {
      for (const act of ["ambiguousAfter", "ambiguousBefore"] as const) {
        const one = saga()
        one.world.inject({ act, match: { kind: "coin", operation: "create" } })
        expect((yield* apply(one, coins)).outcome).toBe("committed")
        expect(there(one, "coin")).toEqual(["coin-1"])
        const intents = (yield* entriesOf(one)).filter(({ _tag }) => _tag === "intended" || _tag === "resolved")
        expect([act, intents.length]).toEqual([act, 1])
      }
    }))

  it.effect("is asked for its id where the search cannot tell, and taken back", () =>
    Effect.gen(function*() {
      const one = saga()
      one.world.inject({ act: "ambiguousAfter", match: { kind: "coin", operation: "create" } })
      let beats = 0
      one.world.onBeat = (beat) => {
        if (beat.operation === "create" && beat.when === "after") one.world.create("coin", { name: "a", size: 5 })
        return beat.operation === "create" && ++beats > 1 ? crash : Effect.void
      }
      yield* Effect.exit(apply(one, coins))
      one.world.onBeat = () => Effect.void
      const recovered = yield* recoverNewest(one, { direction: "back" })
      expect(recovered).toMatchObject({ _tag: "Success", success: { outcome: "compensated" } })
      expect(there(one, "coin")).toEqual(["coin-2"])
      expect(yield* entriesOf(one)).toContainEqual(expect.objectContaining({ _tag: "resolved", remoteId: "coin-1" }))
    }))

  it.effect("is not asked for after the API forgot the key", () =>
    Effect.gen(function*() {
      const one = saga()
      one.world.inject({ act: "ambiguousAfter", match: { kind: "coin", operation: "create" } })
      let beats = 0
      one.world.onBeat = (beat) => {
        if (beat.operation === "create" && beat.when === "after") one.world.create("coin", { name: "a", size: 5 })
        return beat.operation === "create" && ++beats > 1 ? crash : Effect.void
      }
      yield* Effect.exit(apply(one, coins))
      one.world.onBeat = () => Effect.void
      yield* TestClock.adjust("2 days")
      expect(yield* recoverNewest(one)).toMatchObject({ _tag: "Success", success: { outcome: "stuck" } })
      const adopted = yield* recoverNewest(one, { choices: [{ address: "coin.a" as Address, choice: "adopt:coin-1" }] })
      expect(adopted).toMatchObject({ _tag: "Success", success: { outcome: "compensated" } })
      expect(there(one, "coin")).toEqual(["coin-2"])
    }))
})

describe("a capture that is older than its bound", () => {
  it.effect("is made anew before anything is sent, and an edit made meanwhile stops the write", () =>
    Effect.gen(function*() {
      const one = saga()
      yield* apply(one, [want("box", "a", { name: "a", size: 2 })])
      one.world.inject({ act: "throttle", ms: 60_000, match: { kind: "box", operation: "update" } })
      one.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "update" && beat.when === "after") one.world.edit("box", "box-1", { size: 7 })
        })
      const report = yield* apply(one, [want("box", "a", { name: "a", size: 3 })])
      expect(report).toMatchObject({ outcome: "compensated", stale: true })
      expect(one.world.get("box", "box-1")?.document["size"]).toBe(7)
    }))

  it.effect("does not keep a slow server from being written", () =>
    Effect.gen(function*() {
      const one = saga()
      yield* apply(one, [want("box", "a", { name: "a", size: 2 })])
      one.world.inject({ act: "throttle", ms: 5_000, match: { kind: "box", operation: "update" }, times: 4 })
      const report = yield* apply(one, [want("box", "a", { name: "a", size: 3 })])
      expect(report.outcome).toBe("committed")
      expect((yield* entriesOf(one)).filter(({ _tag }) => _tag === "intended").length).toBeGreaterThan(1)
    }))
})

describe("a name that was taken by our own lost request", () => {
  it.effect("is found to be ours when the repetition is refused", () =>
    Effect.gen(function*() {
      const one = saga()
      one.world.inject({ act: "lateLanding", ms: 2_020, match: { kind: "note", operation: "create" } })
      one.world.onBeat = (beat) =>
        beat.kind === "note" && beat.operation === "create" && beat.when === "before"
          ? Effect.sleep("50 millis")
          : Effect.void
      const wanted = [want("note", "n", { name: "n", text: "x" })]
      expect((yield* apply(one, wanted)).outcome).toBe("committed")
      expect(sends(one, "note").map(({ effect }) => effect)).toContain("refused")
      expect(yield* planned(one, wanted)).toMatchObject({ steps: [], drift: [] })
    }))

  it.effect("belongs to somebody else when the first request is refused", () =>
    Effect.gen(function*() {
      const one = saga()
      one.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.kind === "note" && beat.operation === "create" && one.world.get("note", "n") === undefined) {
            one.world.create("note", { name: "n", text: "theirs" }, "n")
          }
        })
      const report = yield* apply(one, [want("note", "n", { name: "n", text: "x" })])
      expect(report.outcome).toBe("compensated")
      expect(one.world.get("note", "n")?.document).toMatchObject({ text: "theirs" })
    }))
})

const partial = memoryKind({
  name: "leaf",
  nameField: "name",
  schema: box.kind.schema,
  capabilities: { listIsWhole: false }
})

describe("a kind whose list is not whole", () => {
  it.effect("has each candidate of a lost create read", () =>
    Effect.gen(function*() {
      const one = makeSaga({ kinds: [partial] })
      one.world.inject({ act: "ambiguousAfter", match: { kind: "leaf", operation: "create" } })
      expect((yield* apply(one, [want("leaf", "a", { name: "a", size: 5 })])).outcome).toBe("committed")
      const reads = one.world.log.filter(({ arrival }) => arrival.operation === "observe" && arrival.id === "leaf-1")
      expect(reads.length).toBeGreaterThan(0)
      expect(there(one, "leaf")).toEqual(["leaf-1"])
    }))
})

describe("an answer that names a sibling's resource", () => {
  it.effect("is not believed: no resource is two steps'", () =>
    Effect.gen(function*() {
      for (const act of ["ambiguousAfter", "ambiguousBefore"] as const) {
        const one = saga()
        one.world.inject({ act, match: { kind: "box", operation: "create" } })
        // The second answer is on its way while the first is searched for.
        let creates = 0
        one.world.onBeat = (beat) =>
          beat.kind === "box" && beat.operation === "create" && beat.when === "after" && ++creates === 2
            ? Effect.sleep("2100 millis")
            : Effect.void
        const twins = ["x", "y"].map((name) => want("box", name, { name: "twin", size: 5 }))
        const report = yield* apply(one, twins)
        const heads = yield* withState(one, Effect.flatMap(Versions, (versions) => versions.heads))
        expect([act, report.outcome]).toEqual([act, "committed"])
        expect(new Set(heads.map(({ remoteId }) => remoteId)).size).toBe(2)
        expect(there(one, "box").length).toBe(2)
      }
    }))
})

describe("somebody's disjoint edit beside a write whose answer was lost", () => {
  it.effect("is not taken for ours, so that going back keeps it", () =>
    Effect.gen(function*() {
      const one = saga()
      yield* apply(one, [want("box", "a", { name: "a", size: 2 })])
      one.world.inject({ act: "ambiguousAfter", match: { kind: "box", operation: "update" } })
      one.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      one.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.operation === "update" && beat.when === "after" && beat.during === "forward") {
            one.world.edit("box", "box-1", { label: "theirs" })
          }
        })
      const ring = want("ring", "r", { name: "r" }, { dependsOn: ["box.a" as Address] })
      const report = yield* apply(one, [want("box", "a", { name: "a", size: 3 }), ring])
      expect(report.outcome).toBe("compensated")
      expect(one.world.get("box", "box-1")?.document).toMatchObject({ size: 2, label: "theirs" })
    }))
})

describe("a create of two calls whose second answer was lost", () => {
  it.effect("goes on where the second was not applied, although the server added more", () =>
    Effect.gen(function*() {
      for (const act of ["ambiguousBefore", "ambiguousAfter", "lateLanding"] as const) {
        const one = saga()
        one.world.inject({ act, ms: 500, match: { kind: "ring", operation: "create", call: 2 } })
        one.world.onBeat = (beat) =>
          Effect.sync(() => {
            const [id = ""] = there(one, "ring")
            if (beat.kind === "ring" && beat.operation === "observe" && id !== "" && beat.when === "before") {
              one.world.edit("ring", id, { extra: "by the server" })
            }
          })
        const wanted = [want("ring", "r", { name: "r", members: [{ who: "x" }] })]
        const report = yield* apply(one, wanted)
        expect([act, report.outcome, report.failures]).toEqual([act, "committed", []])
        expect(String(shape(one.world))).toContain(`"who":"x"`)
      }
    }))
})

describe("a request that lands at the end of the horizon", () => {
  it.effect("is looked for once reads show it, where they lag behind writes", () =>
    Effect.gen(function*() {
      const one = saga()
      one.world.inject({ act: "lateLanding", ms: 1_900, match: { kind: "slow", operation: "create" } })
      expect((yield* apply(one, [want("slow", "a", { name: "a" })])).outcome).toBe("committed")
      expect(there(one, "slow")).toEqual(["slow-1"])
    }))

  it.effect("so is a delete that was taken to be carried out later", () =>
    Effect.gen(function*() {
      const one = saga()
      yield* apply(one, [want("slow", "a", { name: "a" })])
      yield* TestClock.adjust("1 second")
      one.world.inject({ act: "acceptLate", ms: 1_900, match: { kind: "slow", operation: "delete" } })
      expect((yield* apply(one, [])).outcome).toBe("committed")
      expect(there(one, "slow")).toEqual([])
    }))

  it.effect("so is an update that was only taken, forwards and back", () =>
    Effect.gen(function*() {
      for (const during of ["forward", "compensation"] as const) {
        const one = saga()
        const sized = (size: number) => want("box", "a", { name: "a", size })
        yield* apply(one, [sized(2)])
        one.world.inject({ act: "acceptLate", ms: 1_900, match: { kind: "box", operation: "update", during } })
        one.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
        const note = want("note", "n", { name: "n" }, { dependsOn: ["box.a" as Address] })
        expect([during, (yield* apply(one, [sized(3), note])).outcome]).toEqual([during, "compensated"])
        one.world.land()
        expect([during, one.world.get("box", "box-1")?.document]).toMatchObject([during, { size: 2 }])
      }
    }))
})
