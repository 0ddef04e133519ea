import { expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Result } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import type { Capabilities, Reversibility } from "../../src/domain/Kind.ts"
import type { RecoverOptions } from "../../src/executor/Recovery.ts"
import { Stopping } from "../../src/executor/Stopping.ts"
import { box, memoryKind, vault as plainVault } from "../../src/providers/memory/Kinds.ts"
import type { Provider } from "../../src/providers/Provider.ts"
import { makeRegistry } from "../../src/providers/Registry.ts"
import { Versions } from "../../src/state/Journal.ts"
import { holds } from "../../src/state/storage/Job.ts"
import { apply, crash, makeSaga, planned, recoverNewest, runPlan, type Saga, shape, want, withState } from "./Saga.ts"
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

describe("a provider with a defect", () => {
  it.effect("in a request costs its step, and the others are taken back", () =>
    Effect.gen(function*() {
      for (const [operation, times] of [["create", 9], ["observe", 1]] as const) {
        const { saga, was } = yield* started()
        saga.world.inject({ act: "die", match: { kind: "ring", operation }, times })
        const report = yield* apply(saga, after)
        expect([operation, report.outcome]).toEqual([operation, "compensated"])
        expect(report.failures).toMatchObject([{ address: "ring.last" }])
        expect(shape(saga.world)).toEqual(was)
      }
    }))

  const withBroken = (saga: Saga, broken: Partial<Provider>): Saga => {
    const [provider] = saga.registry.providers
    return provider === undefined ? saga : { ...saga, registry: makeRegistry([{ ...provider, ...broken }]) }
  }

  it.effect("in its calls costs its step forwards, and waits for a person backwards", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      const [provider] = saga.registry.providers
      const calls: Provider["calls"] = (kind, operation) => {
        if (kind === "ring" || (kind === "box" && "to" in operation && operation.to["size"] === 2)) {
          throw new Error("no such call")
        }
        return provider?.calls(kind, operation) ?? []
      }
      const report = yield* apply(withBroken(saga, { calls }), after)
      expect(report).toMatchObject({
        outcome: "stuck",
        failures: [{ address: "ring.last", failure: { applied: "no" } }],
        stuck: [{ address: "box.a", blocked: { choices: ["retry", "skip"] } }]
      })
      expect((yield* recovered(saga)).outcome).toBe("compensated")
      expect(shape(saga.world)).toEqual(was)
    }))
})

describe("a disk that fills up", () => {
  it.effect("stops what leads forward and lets everything be taken back", () =>
    Effect.gen(function*() {
      let full = 0
      for (let from = 3; from < 14; from++) {
        const { saga, was } = yield* started()
        let refusing = false
        const disk: Saga = {
          ...saga,
          options: {
            ...saga.options,
            onCommit: (n, jobs) => {
              const forward = jobs.some((job) => holds(job, "intended"))
              refusing = refusing || (n >= from && forward)
              return refusing && forward ? "Full" : undefined
            }
          }
        }
        const report = yield* apply(disk, after, { parallelism: 1 })
        if (!refusing) break
        full += 1
        expect([from, report.outcome]).toEqual([from, "compensated"])
        expect(report.failures[0]?.failure.summary).toContain("full")
        expect(shape(saga.world)).toEqual(was)
      }
      expect(full).toBeGreaterThan(2)
    }))
})

describe("a journal that stops", () => {
  it.effect("stops every request: nothing more is sent, not even a compensation", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      let poisoned = false
      const fails = (commit: number) => {
        poisoned = poisoned || commit === 5
        return poisoned ? "Io" as const : undefined
      }
      const disk: Saga = {
        ...saga,
        options: { ...saga.options, onCommit: fails }
      }
      const writes: Array<boolean> = []
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.when === "before" && ["create", "update", "delete"].includes(beat.operation)) writes.push(poisoned)
        })
      const exit = yield* Effect.exit(apply(disk, after, { parallelism: 1 }))
      expect(Exit.isFailure(exit)).toBe(true)
      expect(writes).not.toContain(true)
      saga.world.onBeat = () => Effect.void
      yield* recovered(saga)
      expect(shape(saga.world)).toEqual(was)
    }))
})

describe("a wish to stop", () => {
  it.effect("does not end a way back that has begun", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      const requested = Deferred.makeUnsafe<string>()
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      saga.world.inject({ act: "throttle", ms: 3_000, match: { during: "compensation", kind: "box" }, times: 2 })
      saga.world.onBeat = (beat) =>
        Effect.sync(() => {
          if (beat.during === "compensation") Deferred.doneUnsafe(requested, Effect.succeed("Ctrl-C"))
        })
      const report = yield* apply(saga, after).pipe(Effect.provideService(Stopping, { requested }))
      expect(report).toMatchObject({ outcome: "compensated", interrupted: true, applied: 2, compensated: 2 })
      expect(shape(saga.world)).toEqual(was)
    }))
})

describe("a report", () => {
  it.effect("counts what was applied and taken back, without guards and what needed nothing", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      const plan = yield* planned(saga, [...after, want("box", "new", { name: "new" })])
      saga.world.edit("note", "n", { text: "y" })
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      const report = yield* withState(saga, runPlan(saga, plan))
      expect(report).toMatchObject({ outcome: "compensated", applied: 2, compensated: 2, wrote: true, stale: false })
    }))

  it.effect("is stale only where nothing took effect", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      const plan = yield* planned(saga, after)
      saga.world.edit("note", "n", { text: "theirs" })
      const one = yield* withState(
        saga,
        runPlan(saga, { ...plan, steps: plan.steps.filter(({ kind }) => kind === "note") })
      )
      expect(one).toMatchObject({ outcome: "compensated", stale: true, wrote: false })
      const two = yield* withState(saga, runPlan(saga, { ...plan, hash: "other" }, { parallelism: 1 }))
      expect(two).toMatchObject({ outcome: "compensated", stale: false, wrote: true })
    }))
})

describe("a delete that is taken and carried out later", () => {
  const late = (saga: Saga, ms: number) => {
    const provider = saga.registry.providers[0]
    if (provider === undefined) throw new Error("no provider")
    const send: Provider["send"] = (sending) =>
      sending.call.method !== "DELETE" || sending.kind !== "box"
        ? provider.send(sending)
        : Effect.forkDetach(Effect.andThen(Effect.sleep(ms), Effect.ignore(provider.send(sending)))).pipe(
          Effect.as({ status: 202 })
        )
    return { ...saga, registry: makeRegistry([{ ...provider, send }]) }
  }

  it.effect("is waited for", () =>
    Effect.gen(function*() {
      const { saga } = yield* started()
      expect((yield* apply(late(saga, 900), before.slice(1))).outcome).toBe("committed")
      expect(saga.world.resources.get("box")?.size).toBe(0)
    }))

  it.effect("and is not carried out leaves nothing to create again", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      const report = yield* apply(late(saga, 1e9), before.slice(1))
      expect(report).toMatchObject({ outcome: "compensated", left: [] })
      expect(shape(saga.world)).toEqual(was)
      expect(yield* planned(saga, before)).toMatchObject({ steps: [], drift: [] })
    }))
})

describe("an update that is taken and could not be read back", () => {
  it.effect("is waited for before it is taken back", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      saga.world.inject({ act: "acceptLate", match: { kind: "box", operation: "update" }, ms: 1_500 })
      saga.world.inject({ act: "otherId", match: { kind: "box", operation: "observe", nth: 2 } })
      expect(yield* apply(saga, [want("box", "a", { name: "a", size: 3 }), ...before.slice(1)])).toMatchObject({
        outcome: "compensated"
      })
      saga.world.land()
      expect(shape(saga.world)).toEqual(was)
    }))
})

describe("a write back that is taken and could not be read back", () => {
  it.effect("is waited for before the batch ends", () =>
    Effect.gen(function*() {
      const { saga, was } = yield* started()
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      const match = { kind: "box", during: "compensation" } as const
      saga.world.inject({ act: "acceptLate", match: { ...match, operation: "update" }, ms: 1_500 })
      saga.world.inject({ act: "otherId", match: { ...match, operation: "observe", nth: 2 } })
      expect(yield* apply(saga, after)).toMatchObject({ outcome: "compensated", left: [] })
      expect(shape(saga.world)).toEqual(was)
    }))
})

describe("a call of what is created again that is taken and not carried out", () => {
  it.effect("is made up for when the process died before it could be missed", () =>
    Effect.gen(function*() {
      const own = memoryKind({ name: "own", nameField: "name", schema: box.kind.schema }, {
        createIn: [["/name"], ["/label"], ["/size"]]
      })
      const saga = makeSaga({ kinds: [...simulatedKinds, own] })
      yield* apply(saga, [want("own", "a", { name: "a", label: "x", size: 2 })])
      const match = { kind: "own", operation: "create", call: 2, during: "compensation" } as const
      saga.world.inject({ act: "dropAccepted", match }, { act: "refuse", match: { kind: "note", operation: "create" } })
      saga.world.onBeat = ({ call, during, kind, operation, when }) => {
        if (kind === "note" && operation === "create" && when === "before") return Effect.sleep("1 second")
        return during === "compensation" && operation === "create" && call === 3 ? crash : Effect.void
      }
      yield* Effect.exit(apply(saga, [want("note", "n", { name: "n" })]))
      saga.world.onBeat = () => Effect.void
      expect(yield* recovered(saga)).toMatchObject({ outcome: "compensated" })
      expect(saga.world.snapshot()).toEqual({ own: { "own-2": { name: "a", label: "x", size: 2 } } })
    }))
})

describe("reads that lag behind writes", () => {
  it.effect("do not make a recovery believe that nothing was done", () =>
    Effect.gen(function*() {
      const desired = [want("slow", "a", { name: "a", size: 5 }), want("slow", "b", { name: "b" })]
      for (let at = 1; at < 20; at++) {
        const saga = makeSaga({ kinds: simulatedKinds })
        let beats = 0
        saga.world.onBeat = () => ++beats >= at ? crash : Effect.void
        yield* Effect.exit(apply(saga, desired))
        saga.world.onBeat = () => Effect.void
        const report = yield* recoverNewest(saga, { direction: "back" })
        if (report !== undefined) expect([at, saga.world.snapshot()]).toEqual([at, {}])
      }
    }))
})

describe("a delete that could not be read back where reads lag behind writes", () => {
  it.effect("is taken back once they show it, rather than taken for undone by somebody", () =>
    Effect.gen(function*() {
      const named = memoryKind({
        name: "named",
        nameField: "name",
        schema: box.kind.schema,
        capabilities: { identity: { _tag: "natural", fields: ["/name"] }, settlesWithinMs: 300 }
      })
      const saga = makeSaga({ kinds: [named] })
      yield* apply(saga, [want("named", "n", { name: "n" })])
      yield* TestClock.adjust("1 second")
      saga.world.inject({ act: "otherId", match: { operation: "observe", nth: 2 } })
      expect(yield* apply(saga, [])).toMatchObject({ outcome: "compensated" })
      expect(saga.world.snapshot()).toEqual({ named: { n: { name: "n" } } })
    }))
})

describe("a secret that nobody knows", () => {
  it.effect("makes taking back a delete lossy, and that is said", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: simulatedKinds })
      saga.world.create("vault", { name: "v", secret: "unknown", note: "x" })
      const adopting = yield* planned(saga, [want("vault", "v", { name: "v", note: "x" })], { adopt: true })
      yield* withState(saga, runPlan(saga, adopting))
      const plan = yield* planned(saga, [want("ring", "last", { name: "last" }, { dependsOn: [] })])
      const vault = plan.steps.find(({ kind }) => kind === "vault")
      expect(vault?.reversibility._tag).toBe("lossy")
      saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
      saga.world.onBeat = (beat) =>
        beat.kind === "ring" && beat.operation === "create" && beat.when === "before"
          ? Effect.sleep("1 second")
          : Effect.void
      const report = yield* withState(saga, runPlan(saga, plan))
      expect(report).toMatchObject({ outcome: "residue", left: ["vault.v"], applied: 1, compensated: 0 })
      expect(saga.world.get("vault", "vault-2")?.document).toEqual({ name: "v", note: "x" })
      expect((yield* headsOf(saga)).map(({ remoteId }) => remoteId)).toEqual(["vault-2"])
    }))
})

describe("a secret that nobody knows and an update of the whole leaves out", () => {
  it.effect("is missed by a recovery as well", () =>
    Effect.gen(function*() {
      const whole = { ...plainVault, updates: "replace" as const }
      const saga = makeSaga({ kinds: [...simulatedKinds.filter((kind) => kind !== plainVault), whole] })
      saga.world.create("vault", { name: "v", secret: "unknown", note: "x" })
      const adopting = yield* planned(saga, [want("vault", "v", { name: "v", note: "x" })], { adopt: true })
      yield* withState(saga, runPlan(saga, adopting))
      saga.world.onBeat = ({ kind, operation }) => kind === "ring" && operation === "create" ? crash : Effect.void
      const last = want("ring", "last", { name: "last" }, { dependsOn: ["vault.v" as Address] })
      yield* Effect.exit(apply(saga, [want("vault", "v", { name: "v", note: "y" }), last]))
      saga.world.onBeat = () => Effect.void
      expect(yield* recoverNewest(saga, { direction: "back" }))
        .toMatchObject({ success: { outcome: "residue", left: ["vault.v"] } })
    }))
})

const irreversible = (capabilities: Capabilities, update: Reversibility): Capabilities => ({
  ...capabilities,
  reversibility: { ...capabilities.reversibility, update }
})

describe("an update of a masked secret", () => {
  it.effect("that was taken and not carried out is noticed by its token, forwards and back", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const vault = (secret: string) => [want("vault", "v", { name: "v", secret })]
      yield* apply(saga, vault("one"))
      saga.world.inject({ act: "dropAccepted", match: { operation: "update", during: "forward" } })
      saga.world.inject({ act: "dropAccepted", match: { operation: "update", during: "compensation" } })
      expect(yield* apply(saga, vault("two"))).toMatchObject({ outcome: "residue", left: ["vault.v"] })
      expect(yield* apply(saga, vault("two"))).toMatchObject({ outcome: "committed" })
      expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "two" })
    }))

  it.effect("that was taken and not carried out is not remembered, where nobody knows what was there", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const vault = (secret: string, note: string) => [want("vault", "v", { name: "v", secret, note })]
      yield* apply(saga, vault("one", "x"))
      saga.world.inject({ act: "dropAccepted", match: { operation: "update" }, times: 3 })
      expect(yield* apply(saga, vault("two", "x"))).toMatchObject({ outcome: "residue", left: ["vault.v"] })
      // The way back finds nothing to write, and the secret that it reads as its own was never there.
      expect(yield* apply(saga, vault("two", "y"))).toMatchObject({ outcome: "residue", left: ["vault.v"] })
      expect(yield* apply(saga, vault("two", "y"))).toMatchObject({ outcome: "committed" })
      expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "two", note: "y" })
    }))

  it.effect("is read back only once reads show what was written, where they lag behind", () =>
    Effect.gen(function*() {
      const { mask, roles, schema } = plainVault.kind
      const bare = { answers: "bare" } as const
      const lagging = { schema, roles, ...(mask === undefined ? {} : { mask }), capabilities: { settlesWithinMs: 300 } }
      const saga = makeSaga({ kinds: [memoryKind({ name: "safe", nameField: "name", ...lagging }, bare)] })
      const safe = (secret: string) => [want("safe", "s", { name: "s", secret })]
      yield* apply(saga, safe("one"))
      yield* TestClock.adjust("1 second")
      expect(yield* apply(saga, safe("two"))).toMatchObject({ outcome: "committed" })
      const { log } = saga.world
      const written = log.findLast(({ effect }) => effect === "updated")?.at ?? 0
      const read = log.findLast(({ arrival, effect }) => effect === "read" && arrival.operation === "observe")?.at ?? 0
      expect(read - written).toBeGreaterThanOrEqual(300)
    }))

  it.effect("is sent again by a batch that only goes forward", () =>
    Effect.gen(function*() {
      const update = { _tag: "none", why: "once and for all" } as const
      const once = {
        ...plainVault,
        kind: { ...plainVault.kind, capabilities: irreversible(plainVault.kind.capabilities, update) }
      }
      const saga = makeSaga({ kinds: [once] })
      const declared = (secret: string) => [want("vault", "v", { name: "v", secret })]
      yield* apply(saga, declared("one"))
      saga.world.inject({ act: "dropAccepted", match: { operation: "update" } })
      expect((yield* apply(saga, declared("two"))).outcome).toBe("stuck")
      expect(yield* recovered(saga)).toMatchObject({ outcome: "committed" })
      expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "two" })
    }))
})
