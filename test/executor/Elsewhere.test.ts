/** A server that answers an update with the id of another resource: it makes a new one of each change. */
import { expect, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { describe } from "vitest"
import { type Document, isObject } from "../../src/domain/Document.ts"
import type { Address } from "../../src/domain/Ids.ts"
import type { RecoverOptions } from "../../src/executor/Recovery.ts"
import { box, memoryKind } from "../../src/providers/memory/Kinds.ts"
import { makeMemoryProvider } from "../../src/providers/memory/MemoryProvider.ts"
import { MemoryWorld } from "../../src/providers/memory/World.ts"
import { ProviderError } from "../../src/providers/ProviderError.ts"
import { makeRegistry } from "../../src/providers/Registry.ts"
import { Versions } from "../../src/state/Journal.ts"
import { apply, crash, makeSaga, recoverNewest, type Saga, want, withState } from "./Saga.ts"

const kind = "plain"
const kinds = [memoryKind({ name: kind, nameField: "name", schema: box.kind.schema })]
const address = `${kind}.a` as Address

const documentIn = (body: unknown): Document => isObject(body as Document) ? body as Document : {}

/** Each update makes another resource; of the one that was to be updated it leaves nothing, or all. */
const moving = (leaves: "nothing" | "all"): Saga => {
  const world = new MemoryWorld()
  const saga = makeSaga({ world, kinds })
  const provider = makeMemoryProvider(world, { kinds, horizonMs: 2_000, timeoutMs: 1_000 })
  const registry = makeRegistry([{
    ...provider,
    send: (sending) => {
      const { call, id } = sending
      if (call.operation !== "update" || id === undefined) return provider.send(sending)
      return Effect.suspend(() => {
        const answeredId = world.create(kind, { ...world.get(kind, id)?.document, ...documentIn(call.body) })
        if (leaves === "nothing") world.remove(kind, id)
        const facts = { provider: "memory", request: "update", detail: "the answer is about another resource" }
        return Effect.fail(new ProviderError({ reason: "Ambiguous", ...facts, mayLand: false, answeredId }))
      })
    }
  }])
  return { ...saga, registry }
}

const changed = [want(kind, "a", { name: "a", size: 2 })]

const recovered = (saga: Saga, options: Partial<RecoverOptions> = {}) =>
  Effect.map(recoverNewest(saga, options), (result) => {
    if (result === undefined || Result.isFailure(result)) throw new Error(`not recovered: ${JSON.stringify(result)}`)
    return result.success
  })

const headsOf = (saga: Saga) => withState(saga, Effect.flatMap(Versions, (versions) => versions.heads))

const started = Effect.fnUntraced(function*(leaves: "nothing" | "all") {
  const saga = moving(leaves)
  yield* apply(saga, [want(kind, "a", { name: "a", size: 1 })])
  return saga
})

const namesOf = (saga: Saga) => [...(saga.world.resources.get(kind)?.keys() ?? [])]

describe("an update that is answered with another id", () => {
  it.effect.each(["nothing", "all"] as const)(
    "waits for a person, and is sent once (leaves %s)",
    (leaves) =>
      Effect.gen(function*() {
        const saga = yield* started(leaves)
        const report = yield* apply(saga, changed)
        expect(report).toMatchObject({
          outcome: "stuck",
          stuck: [{ address, blocked: { choices: ["retry", "not-applied", "adopt:ID", "skip"] } }]
        })
        expect(JSON.stringify(report)).toContain("the answer names another resource, plain-2")
        expect(namesOf(saga)).toEqual(leaves === "all" ? ["plain-1", "plain-2"] : ["plain-2"])
      })
  )

  it.effect("is ours under that id where a person says so", () =>
    Effect.gen(function*() {
      const saga = yield* started("nothing")
      yield* apply(saga, changed, { onFailure: "keep" })
      expect(yield* recovered(saga, { choices: [{ address, choice: "adopt:plain-2" }] })).toMatchObject({
        outcome: "kept"
      })
      expect((yield* headsOf(saga)).map(({ remoteId }) => remoteId)).toEqual(["plain-2"])
    }))

  it.effect("is taken back under that id, where the same may happen again", () =>
    Effect.gen(function*() {
      const saga = yield* started("nothing")
      yield* apply(saga, changed)
      const back = yield* recovered(saga, { choices: [{ address, choice: "adopt:plain-2" }] })
      expect(back).toMatchObject({ outcome: "stuck", stuck: [{ address, blocked: { direction: "back" } }] })
      const done = yield* recovered(saga, { choices: [{ address, choice: "adopt:plain-3" }] })
      expect(done.outcome).toBe("compensated")
      expect(saga.world.get(kind, "plain-3")?.document).toMatchObject({ name: "a", size: 1 })
      expect((yield* headsOf(saga)).map(({ remoteId }) => remoteId)).toEqual(["plain-3"])
    }))

  it.effect("waits for a person also where the process died right after the answer", () =>
    Effect.gen(function*() {
      const saga = yield* started("nothing")
      saga.world.onBeat = () => namesOf(saga).includes("plain-2") ? crash : Effect.void
      yield* Effect.exit(apply(saga, changed))
      expect(namesOf(saga)).toEqual(["plain-2"])
      saga.world.onBeat = () => Effect.void
      expect(yield* recovered(saga)).toMatchObject({ outcome: "stuck", stuck: [{ address }] })
    }))
})
