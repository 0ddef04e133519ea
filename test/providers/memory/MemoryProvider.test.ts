/**
 * The in-memory world as an engine test sees it: faults, beats, strangers, late landings, lagging reads.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Operation } from "../../../src/domain/Change.ts"
import type { Document } from "../../../src/domain/Document.ts"
import { box, flag, memoryKind, note, ring } from "../../../src/providers/memory/Kinds.ts"
import { makeMemoryProvider, type MemoryOptions } from "../../../src/providers/memory/MemoryProvider.ts"
import { MemoryWorld } from "../../../src/providers/memory/World.ts"
import { type Answer, Priority, type Provider } from "../../../src/providers/Provider.ts"
import type { ProviderError } from "../../../src/providers/ProviderError.ts"

const setup = (options: MemoryOptions = {}) => {
  const world = new MemoryWorld()
  return { world, provider: makeMemoryProvider(world, options) }
}

const perform = (provider: Provider, kind: string, operation: Operation, key = "key") =>
  Effect.gen(function*() {
    const answers: Array<Answer> = []
    let id = operation._tag === "create" ? undefined : operation.id
    for (const [index, call] of provider.calls(kind, operation).entries()) {
      const answer = yield* provider.send({
        kind,
        call,
        ...(id === undefined ? {} : { id }),
        idempotencyKey: `${key}-${index}`
      })
      id = id ?? answer.id
      answers.push(answer)
    }
    return answers
  })

const create = (desired: Document): Operation => ({ _tag: "create", desired })
const reasonOf = (effect: Effect.Effect<unknown, ProviderError>) =>
  Effect.flip(effect).pipe(Effect.map(({ reason, applied }) => ({ reason, applied })))

describe("faults", () => {
  const acts = [
    { act: "refuse", reason: "Rejected", applied: "no", there: 0 },
    { act: "notSent", reason: "NotSent", applied: "no", there: 0 },
    { act: "throttle", reason: "Throttled", applied: "no", there: 0 },
    { act: "unauthorized", reason: "Unauthorized", applied: "no", there: 0 },
    { act: "ambiguousBefore", reason: "Ambiguous", applied: "unknown", there: 0 },
    { act: "ambiguousAfter", reason: "Ambiguous", applied: "unknown", there: 1 },
    { act: "lateLanding", reason: "Ambiguous", applied: "unknown", there: 0 },
    { act: "truncated", reason: "Ambiguous", applied: "unknown", there: 1 }
  ] as const
  for (const { act, reason, applied, there } of acts) {
    it.effect(`${act} is told as ${reason} and leaves ${there} resources`, () =>
      Effect.gen(function*() {
        const { world, provider } = setup()
        world.inject({ match: { operation: "create" }, act, ms: 50 })
        assert.deepStrictEqual(yield* reasonOf(perform(provider, "box", create({ name: "a" }))), { reason, applied })
        assert.strictEqual(world.resources.get("box")?.size ?? 0, there)
        yield* perform(provider, "box", create({ name: "b" }))
        assert.strictEqual(world.resources.get("box")?.size, there + 1)
      }))
  }

  it.effect("a late landing is seen by the first operation after its time", () =>
    Effect.gen(function*() {
      const { world, provider } = setup()
      world.inject({ match: { operation: "create" }, act: "lateLanding", ms: 50 })
      const error = yield* Effect.flip(perform(provider, "box", create({ name: "a" })))
      assert.strictEqual(error.mayLand, true)
      yield* TestClock.adjust(49)
      assert.lengthOf(yield* provider.list("box"), 0)
      yield* TestClock.adjust(1)
      assert.lengthOf(yield* provider.list("box"), 1)
      assert.deepStrictEqual(world.log.map(({ effect }) => effect), ["lost", "read", "created", "read"])
      assert.strictEqual(world.writes[0]?.at, 50)
    }))

  it.effect("a hanging request times out as ambiguous and was not applied", () =>
    Effect.gen(function*() {
      const { world, provider } = setup({ timeoutMs: 1_000 })
      world.inject({ match: { operation: "create" }, act: "hang" })
      const fiber = yield* Effect.forkChild(Effect.flip(perform(provider, "box", create({ name: "a" }))))
      yield* TestClock.adjust(1_000)
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "Ambiguous")
      assert.strictEqual(yield* Clock.currentTimeMillis, 1_000)
      assert.deepStrictEqual(world.snapshot(), {})
    }))

  it.effect("aims by call, direction, nth and times", () =>
    Effect.gen(function*() {
      const { world, provider } = setup()
      world.inject(
        { match: { kind: "ring", call: 2 }, act: "refuse" },
        { match: { operation: "create", kind: "box", nth: 2 }, act: "refuse", times: 2 },
        { match: { operation: "observe", during: "compensation" }, act: "unauthorized" }
      )
      yield* Effect.flip(perform(provider, "ring", create({ name: "r", members: [{ who: "A" }] })))
      assert.deepStrictEqual(world.snapshot(), { ring: { "ring-1": { name: "r" } } })
      const told = yield* Effect.forEach(["a", "b", "c", "d"], (name) =>
        perform(provider, "box", create({ name })).pipe(Effect.match({
          onFailure: () =>
            "no",
          onSuccess: () => "yes"
        })))
      assert.deepStrictEqual(told, ["yes", "no", "no", "yes"])
      yield* provider.observe("box", "box-1")
      const back = provider.observe("box", "box-1").pipe(Effect.provideService(Priority, "compensation"))
      assert.strictEqual((yield* Effect.flip(back)).reason, "Unauthorized")
    }))

  it.effect("an answer about another id is malformed", () =>
    Effect.gen(function*() {
      const { world, provider } = setup()
      const id = world.create("box", { name: "a" })
      world.inject({ match: { operation: "observe" }, act: "otherId" })
      assert.strictEqual((yield* Effect.flip(provider.observe("box", id))).reason, "Malformed")
    }))

  it.effect("what was accepted and dropped is answered 202 and not there", () =>
    Effect.gen(function*() {
      const { world, provider } = setup()
      yield* perform(provider, "box", create({ name: "a", size: 2 }))
      world.inject({ act: "dropAccepted", times: 2 })
      const remove: Operation = { _tag: "delete", id: "box-1", from: { name: "a", size: 2 } }
      assert.deepStrictEqual(yield* perform(provider, "box", remove), [{ status: 202, id: "box-1" }])
      assert.strictEqual(world.writes.length, 1)
      yield* perform(provider, "box", create({ name: "b" }))
      assert.strictEqual(world.resources.get("box")?.size, 2)
    }))

  it.effect("die is a defect and applies nothing", () =>
    Effect.gen(function*() {
      const { world, provider } = setup()
      world.inject({ act: "die" })
      const exit = yield* Effect.exit(perform(provider, "box", create({ name: "a" })))
      assert.strictEqual(exit._tag === "Failure" && exit.cause.reasons[0]?._tag, "Die")
      assert.deepStrictEqual(world.snapshot(), {})
    }))
})

describe("beats", () => {
  it.effect("come before and after each operation, and may edit behind the back", () =>
    Effect.gen(function*() {
      const { world, provider } = setup()
      const id = world.create("box", { name: "a", size: 1 })
      const beats: Array<string> = []
      world.onBeat = (beat) =>
        Effect.sync(() => {
          beats.push(`${beat.n} ${beat.when} ${beat.operation}`)
          if (beat.n === 1) world.edit("box", id, { size: 7 })
        })
      const found = yield* provider.observe("box", id)
      assert.strictEqual(found?.document["size"], 7)
      assert.deepStrictEqual(beats, ["1 before observe", "2 after observe"])
    }))

  it.effect("a crash at the beat after a write loses the answer, not the write", () =>
    Effect.gen(function*() {
      const { world, provider } = setup()
      world.onBeat = ({ when }) => when === "after" ? Effect.interrupt : Effect.void
      const fiber = yield* Effect.forkChild(perform(provider, "box", create({ name: "a" })))
      const exit = yield* Fiber.await(fiber)
      assert.strictEqual(exit._tag, "Failure")
      assert.deepStrictEqual(world.snapshot(), { box: { "box-1": { name: "a", size: 1 } } })
    }))
})

describe("the server", () => {
  it.effect("replays the answer of a known idempotency key and refuses it for other bytes", () =>
    Effect.gen(function*() {
      const { world, provider } = setup({ kinds: [flag] })
      const first = yield* perform(provider, "flag", create({ key: "a" }))
      assert.deepStrictEqual(yield* perform(provider, "flag", create({ key: "a" })), first)
      assert.strictEqual(world.writes.length, 1)
      assert.strictEqual((yield* reasonOf(perform(provider, "flag", create({ key: "b" })))).reason, "Rejected")
      yield* TestClock.adjust("2 days")
      assert.strictEqual((yield* reasonOf(perform(provider, "flag", create({ key: "a" })))).reason, "Conflict")
    }))

  it.effect("refuses a stale guard and a changed immutable field", () =>
    Effect.gen(function*() {
      const { world, provider } = setup({ kinds: [note, box] })
      world.create("note", { name: "n", text: "a" }, "n")
      const from = yield* provider.observe("note", "n")
      world.touch("note", "n")
      const update: Operation = {
        _tag: "update",
        id: "n",
        from: { name: "n", text: "a" },
        to: { text: "b" },
        guard: from?.guard ?? ""
      }
      assert.strictEqual((yield* reasonOf(perform(provider, "note", update))).reason, "Conflict")
      world.create("box", { name: "b", material: "oak" })
      const material: Operation = { _tag: "update", id: "box-1", from: { material: "oak" }, to: { material: "ash" } }
      assert.strictEqual((yield* reasonOf(perform(provider, "box", material))).reason, "Rejected")
    }))

  it.effect("refuses to delete what others refer to, and references to nothing", () =>
    Effect.gen(function*() {
      const { world, provider } = setup()
      const id = world.create("box", { name: "b" })
      world.create("ring", { name: "r", box: id })
      const gone: Operation = { _tag: "delete", id, from: { name: "b" } }
      assert.strictEqual((yield* reasonOf(perform(provider, "box", gone))).reason, "Rejected")
      const lost = create({ name: "r", box: "box-9" })
      assert.strictEqual((yield* reasonOf(perform(provider, "ring", lost))).reason, "Rejected")
    }))

  it.effect("writes texts in its own form where it normalises", () =>
    Effect.gen(function*() {
      const { world, provider } = setup({ kinds: [{ ...box, normalises: ["label"] }] })
      const [answer] = yield* perform(provider, "box", create({ name: "A", label: "Loud" }))
      assert.strictEqual(answer?.document?.["label"], "loud")
      assert.strictEqual(world.get("box", "box-1")?.document["name"], "A")
    }))

  it.effect("shows writes late where reads settle later", () =>
    Effect.gen(function*() {
      const late = memoryKind({ name: "box", schema: box.kind.schema, capabilities: { settlesWithinMs: 100 } })
      const { provider } = setup({ kinds: [late] })
      yield* perform(provider, "box", create({ name: "a" }))
      assert.isUndefined(yield* provider.observe("box", "box-1"))
      yield* TestClock.adjust(100)
      assert.deepStrictEqual((yield* provider.observe("box", "box-1"))?.document, { name: "a" })
    }))

  it.effect("leaves a marker where the kind has one, and finds by it", () =>
    Effect.gen(function*() {
      const marked = memoryKind({
        name: "box",
        schema: box.kind.schema,
        capabilities: { marker: { field: "/trace" } },
        roles: { readOnly: ["/trace"] }
      })
      const { provider } = setup({ kinds: [marked] })
      yield* perform(provider, "box", create({ name: "a" }), "batch")
      const found = yield* provider.find("box", { "/trace": "batch-0" })
      assert.deepStrictEqual(found.map(({ id }) => id), ["box-1"])
    }))
})

describe("habits that a description does not tell", () => {
  const update = (id: string, to: Document): Operation => ({ _tag: "update", id, from: {}, to })
  const remove = (id: string): Operation => ({ _tag: "delete", id, from: {} })

  it.effect("an update that was taken is carried out later", () =>
    Effect.gen(function*() {
      const { provider, world } = setup()
      const id = world.create("box", { name: "a" })
      world.inject({ act: "acceptLate", ms: 50, match: { operation: "update" } })
      const [answer] = yield* perform(provider, "box", update(id, { size: 2 }))
      assert.deepStrictEqual([answer?.status, world.get("box", id)?.document["size"]], [202, undefined])
      yield* TestClock.adjust(50)
      assert.strictEqual((yield* provider.observe("box", id))?.document["size"], 2)
    }))

  it.effect("a read that is cut short told nothing", () =>
    Effect.gen(function*() {
      const { provider, world } = setup()
      world.inject({ act: "truncated" })
      assert.deepStrictEqual(yield* reasonOf(provider.list("box")), { reason: "Malformed", applied: "no" })
    }))

  it.effect("a delete may take along what refers to it", () =>
    Effect.gen(function*() {
      const { provider, world } = setup({ kinds: [box, { ...ring, references: "cascade" }] })
      const id = world.create("box", { name: "a" })
      world.create("ring", { name: "r", box: id })
      world.create("ring", { name: "s" })
      yield* perform(provider, "box", remove(id))
      assert.deepStrictEqual(world.snapshot(), { ring: { "ring-2": { name: "s" } } })
      assert.deepStrictEqual(world.writes.slice(-2).map(({ by }) => by), ["server", "provider"])
    }))

  it.effect("a name may stay taken, or bring the old resource back", () =>
    Effect.gen(function*() {
      for (const deletes of ["keepsName", "revives"] as const) {
        const { provider, world } = setup({ kinds: [{ ...note, deletes }] })
        world.create("note", { name: "n", text: "old" }, "n")
        yield* perform(provider, "note", remove("n"))
        const again = yield* Effect.exit(perform(provider, "note", create({ name: "n" }), "again"))
        assert.strictEqual(again._tag, deletes === "keepsName" ? "Failure" : "Success")
        const left = deletes === "keepsName" ? {} : { note: { n: { name: "n", text: "old" } } }
        assert.deepStrictEqual(world.snapshot(), left)
      }
    }))

  it.effect("an id may be given again, and there may be no more than so many", () =>
    Effect.gen(function*() {
      const { provider, world } = setup({ kinds: [{ ...box, ids: "reused", quota: 1 }] })
      yield* perform(provider, "box", create({ name: "a" }), "one")
      assert.strictEqual((yield* Effect.flip(perform(provider, "box", create({ name: "b" }), "two"))).status, 507)
      yield* perform(provider, "box", remove("box-1"))
      yield* perform(provider, "box", create({ name: "c" }), "three")
      assert.deepStrictEqual(world.snapshot(), { box: { "box-1": { name: "c", size: 1 } } })
    }))

  it.effect("sets and texts without case may have an order and a form of their own", () =>
    Effect.gen(function*() {
      const own = memoryKind({
        name: "own",
        nameField: "name",
        schema: box.kind.schema,
        capabilities: { listIsWhole: false },
        roles: { sets: ["/tags"], caseInsensitive: ["/code"] }
      }, { ownForms: true })
      const { provider, world } = setup({ kinds: [own] })
      yield* perform(provider, "own", create({ name: "a", tags: ["p", "q"], code: "abc" }))
      assert.deepStrictEqual(world.snapshot(), { own: { "own-1": { name: "a", tags: ["q", "p"], code: "ABC" } } })
      assert.deepStrictEqual(yield* provider.list("own"), [{ id: "own-1", document: { name: "a" } }])
    }))
})
