/**
 * Secrets that an API masks or never gives back: remembered from what was written, or said to be lost.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import { defaultKinds, memoryKind, vault } from "../../src/providers/memory/Kinds.ts"
import { apply, crash, makeSaga, observedHeads, planned, recoverNewest, type Saga, want } from "./Saga.ts"

/** A box, and after it a ring, which the server refuses. */
const failing = (saga: Saga, desired: ReturnType<typeof want>) => {
  saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
  return apply(saga, [desired, want("ring", "last", { name: "last" }, { dependsOn: [desired.address] })])
}

describe("a masked secret whose process died", () => {
  it.effect("is remembered by the head, although reading it back shows a mask", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const desired = [want("vault", "v", { name: "v", secret: "one" })]
      saga.world.onBeat = ({ operation, when }) => operation === "create" && when === "after" ? crash : Effect.void
      yield* Effect.exit(apply(saga, desired))
      saga.world.onBeat = () => Effect.void
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "committed" } })
      expect(yield* observedHeads(saga)).toMatchObject([{ name: "v", secret: "one" }])
    }))
})

/** As a vault, with a guard in place of a change token. */
const guarded = memoryKind({
  name: "vault",
  nameField: "name",
  mask: /^\*{3}$/,
  schema: vault.kind.schema,
  capabilities: { guard: "version" },
  roles: { sensitive: ["/secret"], clearable: ["/note"] }
})

describe("a masked secret whose write was not answered, beside a field that somebody put back since", () => {
  it.effect.each([["a change token", vault], ["a guard", guarded]] as const)(
    "is put back, where %s tells of a change",
    ([, kind]) =>
      Effect.gen(function*() {
        const saga = makeSaga({ kinds: [...defaultKinds.filter((other) => other.kind.name !== "vault"), kind] })
        yield* apply(saga, [want("vault", "v", { name: "v", secret: "one", note: "x" })])
        saga.world.onBeat = ({ operation, when }) => operation === "update" && when === "after" ? crash : Effect.void
        yield* Effect.exit(apply(saga, [want("vault", "v", { name: "v", secret: "two", note: "y" })]))
        saga.world.onBeat = () => Effect.void
        saga.world.edit("vault", "vault-1", { note: "x" })
        expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
        expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "one", note: "x" })
      })
  )
})

/** Secrets that reads mask, or do not show at all, where an update says all that there is. */
const hiding = {
  vault: memoryKind({
    name: "safe",
    nameField: "name",
    mask: /^\*{3}$/,
    schema: vault.kind.schema,
    roles: { sensitive: ["/secret"], clearable: ["/note"] }
  }, { updates: "replace" }),
  safe: memoryKind({
    name: "safe",
    nameField: "name",
    schema: vault.kind.schema,
    roles: { writeOnly: ["/secret"], sensitive: ["/secret"], clearable: ["/note"] }
  }, { updates: "replace" })
}

describe("a secret whose write was not answered, beside somebody's edit of another field", () => {
  const one = want("safe", "s", { name: "s", secret: "one" })
  const two = [want("safe", "s", { name: "s", secret: "two" })]

  it.effect.each([["masked", hiding.vault], ["write-only", hiding.safe]] as const)(
    "is put back, where it is %s",
    ([, kind]) =>
      Effect.gen(function*() {
        for (const dies of [true, false]) {
          const saga = makeSaga({ kinds: [...defaultKinds, kind] })
          yield* apply(saga, [one])
          if (!dies) saga.world.inject({ act: "ambiguousAfter", match: { operation: "update" } })
          saga.world.onBeat = ({ during, operation, when }) => {
            if (operation !== "update" || when !== "after" || during !== "forward") return Effect.void
            return Effect.andThen(
              Effect.sync(() => saga.world.edit("safe", "safe-1", { note: "theirs" })),
              dies ? crash : Effect.void
            )
          }
          const first = yield* Effect.exit(apply(saga, two))
          if (dies) expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "compensated" } })
          else expect(first).toMatchObject({ value: { outcome: "compensated" } })
          expect(saga.world.get("safe", "safe-1")?.document).toEqual({ name: "s", secret: "one", note: "theirs" })
        }
      })
  )

  it.effect("is put back, where the edit comes before it is sent again", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...defaultKinds, hiding.safe] })
      yield* apply(saga, [one])
      saga.world.inject({ act: "ambiguousBefore", match: { operation: "update", during: "forward" }, times: 100 })
      let looks = 0
      saga.world.onBeat = ({ operation, when }) =>
        Effect.sync(() => {
          const isSettled = operation === "observe" && when === "after" && ++looks === 2
          if (isSettled) saga.world.edit("safe", "safe-1", { note: "theirs" })
        })
      expect(yield* apply(saga, two)).toMatchObject({ outcome: "compensated" })
      expect(saga.world.get("safe", "safe-1")?.document).toEqual({ name: "s", secret: "one", note: "theirs" })
    }))

  it.effect("is residue where nobody knows the one before", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...defaultKinds, hiding.safe] })
      yield* apply(saga, [want("safe", "s", { name: "s" })])
      saga.world.onBeat = ({ operation, when }) => operation === "update" && when === "after" ? crash : Effect.void
      yield* Effect.exit(apply(saga, two))
      saga.world.onBeat = () => Effect.void
      saga.world.edit("safe", "safe-1", { note: "theirs" })
      expect(yield* recoverNewest(saga)).toMatchObject({ success: { outcome: "residue", left: ["safe.s"] } })
      expect(saga.world.get("safe", "safe-1")?.document).toMatchObject({ note: "theirs" })
    }))
})

describe("a masked secret whose write back was taken and not carried out", () => {
  it.effect("is not taken for known where nothing could be read since", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const first = [want("vault", "v", { name: "v", secret: "one", note: "x" })]
      yield* apply(saga, first)
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
      saga.world.inject({ act: "dropAccepted", match: { operation: "update", during: "compensation" } })
      const observe = { kind: "vault", operation: "observe", during: "compensation" } as const
      saga.world.inject({ act: "unauthorized", match: { ...observe, nth: 2 }, times: 100 })
      const last = want("note", "n", { name: "n" }, { dependsOn: ["vault.v" as Address] })
      const second = [want("vault", "v", { name: "v", secret: "two", note: "x" }), last]
      expect(yield* apply(saga, second)).toMatchObject({ outcome: "residue" })
      yield* apply(saga, first)
      expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "one", note: "x" })
    }))

  it.effect("is not taken for known, so that the next batch writes it", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const first = [want("vault", "v", { name: "v", secret: "one", note: "x" })]
      yield* apply(saga, first)
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
      saga.world.inject({ act: "dropAccepted", match: { operation: "update", during: "compensation" } })
      const last = want("note", "n", { name: "n" }, { dependsOn: ["vault.v" as Address] })
      const second = [want("vault", "v", { name: "v", secret: "two", note: "y" }), last]
      expect(yield* apply(saga, second)).toMatchObject({ outcome: "residue" })
      yield* apply(saga, first)
      expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "one", note: "x" })
    }))
})

describe("a masked secret whose write was taken and not carried out in a batch that is kept", () => {
  it.effect.each([["with a field that shows it", "y", 0], ["where nothing could be read since", "x", 100]] as const)(
    "is not taken for known, %s",
    ([, text, failures]) =>
      Effect.gen(function*() {
        const saga = makeSaga()
        yield* apply(saga, [want("vault", "v", { name: "v", secret: "one", note: "x" })])
        saga.world.inject({ act: "dropAccepted", match: { operation: "update" } })
        const observe = { kind: "vault", operation: "observe", during: "forward", nth: 2 } as const
        if (failures > 0) saga.world.inject({ act: "unauthorized", match: observe, times: failures })
        const second = [want("vault", "v", { name: "v", secret: "two", note: text })]
        expect(yield* apply(saga, second, { onFailure: "keep" })).toMatchObject({ outcome: "kept" })
        saga.world.clearFaults()
        yield* apply(saga, second)
        expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "two", note: text })
      })
  )
})

describe("a masked secret whose write was only taken, while somebody else wrote to the same resource", () => {
  it.effect.each(["forward", "compensation"] as const)(
    "is there when the batch ends, going %s",
    (during) =>
      Effect.gen(function*() {
        const saga = makeSaga()
        yield* apply(saga, [want("vault", "v", { name: "v", secret: "one" })])
        saga.world.inject({ act: "acceptLate", match: { operation: "update", during }, ms: 1_500 })
        saga.world.onBeat = (beat) =>
          Effect.sync(() => {
            const isTaken = beat.operation === "update" && beat.when === "after" && beat.during === during
            if (isTaken) saga.world.touch("vault", "vault-1")
          })
        const desired = want("vault", "v", { name: "v", secret: "two" })
        const report = yield* during === "forward" ? apply(saga, [desired]) : failing(saga, desired)
        expect(report).toMatchObject({ outcome: during === "forward" ? "committed" : "compensated" })
        expect(saga.world.get("vault", "vault-1")?.document["secret"]).toBe(during === "forward" ? "two" : "one")
      })
  )
})

describe("a masked secret that was there when a person accepted what is there", () => {
  it.effect("is not taken for the one before, so that the next batch does not claim to put it back", () =>
    Effect.gen(function*() {
      const saga = makeSaga()
      const first = [want("vault", "v", { name: "v", secret: "one", note: "x" })]
      yield* apply(saga, first)
      saga.world.inject({ act: "refuse", match: { kind: "note", operation: "create" } })
      saga.world.onBeat = ({ kind, operation, when }) =>
        Effect.sync(() => {
          if (kind === "note" && operation === "create" && when === "before")
            saga.world.edit("vault", "vault-1", { note: "theirs" })
        })
      const last = want("note", "n", { name: "n" }, { dependsOn: ["vault.v" as Address] })
      const second = [want("vault", "v", { name: "v", secret: "two", note: "y" }), last]
      expect(yield* apply(saga, second)).toMatchObject({ outcome: "stuck" })
      const accepted = yield* recoverNewest(saga, { choices: [{ address: "vault.v" as Address, choice: "accept" }] })
      expect(accepted).toMatchObject({ success: { outcome: "compensated" } })
      saga.world.onBeat = () => Effect.void
      yield* apply(saga, first)
      expect(saga.world.get("vault", "vault-1")?.document).toMatchObject({ secret: "one" })
    }))
})

describe("a masked secret that an update drops which says all that is there", () => {
  it.effect("is residue, also where the process dies and it looks as if somebody had taken it away", () =>
    Effect.gen(function*() {
      const safe = memoryKind({
        name: "safe",
        nameField: "name",
        mask: /^\*{3}$/,
        schema: vault.kind.schema,
        roles: { sensitive: ["/secret"], clearable: ["/note"] }
      }, { updates: "replace" })
      const saga = makeSaga({ kinds: [...defaultKinds, safe] })
      yield* apply(saga, [want("safe", "s", { name: "s", note: "x" })])
      saga.world.edit("safe", "safe-1", { secret: "theirs" })
      saga.world.onBeat = ({ operation, when }) => operation === "update" && when === "after" ? crash : Effect.void
      yield* Effect.exit(apply(saga, [want("safe", "s", { name: "s", note: "y" })]))
      saga.world.onBeat = () => Effect.void
      const report = yield* recoverNewest(saga, { direction: "back" })
      expect(saga.world.get("safe", "safe-1")?.document).toEqual({ name: "s", note: "x" })
      expect(report).toMatchObject({ success: { outcome: "residue", left: ["safe.s"] } })
    }))
})

describe("a write-only secret", () => {
  it.effect("that was set beside a field of which the server made something else is residue as well", () =>
    Effect.gen(function*() {
      const own = memoryKind({
        name: "own",
        nameField: "name",
        schema: vault.kind.schema,
        roles: { writeOnly: ["/secret"], sensitive: ["/secret"] }
      }, { normalises: ["note"] })
      const saga = makeSaga({ kinds: [own] })
      yield* apply(saga, [want("own", "v", { name: "v" })])
      const report = yield* apply(saga, [want("own", "v", { name: "v", note: "Z", secret: "one" })])
      expect(report).toMatchObject({ outcome: "residue", left: ["own.v"] })
    }))

  const safe = memoryKind({
    name: "safe",
    nameField: "name",
    schema: vault.kind.schema,
    roles: { writeOnly: ["/secret"], sensitive: ["/secret"], clearable: ["/note"] }
  })

  it.effect("that a batch was the first to set is residue when the batch goes back", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...defaultKinds, safe] })
      yield* apply(saga, [want("safe", "s", { name: "s", note: "x" })])
      const report = yield* failing(saga, want("safe", "s", { name: "s", note: "y", secret: "ours" }))
      expect(report).toMatchObject({ outcome: "residue", left: ["safe.s"] })
      expect(saga.world.get("safe", "safe-1")?.document).toEqual({ name: "s", note: "x", secret: "ours" })
    }))

  it.effect("that was set before is set to that again", () =>
    Effect.gen(function*() {
      const saga = makeSaga({ kinds: [...defaultKinds, safe] })
      yield* apply(saga, [want("safe", "s", { name: "s", secret: "one" })])
      const report = yield* failing(saga, want("safe", "s", { name: "s", secret: "two" }))
      expect(report).toMatchObject({ outcome: "compensated" })
      expect(saga.world.get("safe", "safe-1")?.document).toEqual({ name: "s", secret: "one" })
    }))
})

describe("a write-only secret of what an earlier replace left behind", () => {
  it.effect.each([["is said to be gone", false], ["is so after a crash", true]] as const)(
    "%s where the way back creates that again",
    ([, isCut]) =>
      Effect.gen(function*() {
        const own = memoryKind({
          name: "own",
          nameField: "name",
          schema: vault.kind.schema,
          roles: { writeOnly: ["/secret"], sensitive: ["/secret"], immutable: ["/note"] }
        })
        const saga = makeSaga({ kinds: [own] })
        const replaced = [want("own", "a", { name: "a", note: "y" }, { replace: "createFirst" })]
        yield* apply(saga, [want("own", "a", { name: "a", note: "x", secret: "one" })])
        saga.world.inject({ act: "refuse", match: { operation: "delete" } })
        expect(yield* apply(saga, replaced, { onFailure: "keep" })).toMatchObject({ outcome: "kept" })
        const why = expect.stringContaining("/secret") as unknown
        const steps = [{ action: "delete", reversibility: { _tag: "lossy", why } }]
        expect(yield* planned(saga, replaced)).toMatchObject({ steps })
        const dies = (at: string): typeof saga.world.onBeat => ({ operation, when }) =>
          operation === at && when === "after" ? crash : Effect.void
        saga.world.onBeat = dies("delete")
        yield* Effect.exit(apply(saga, replaced))
        saga.world.onBeat = isCut ? dies("create") : () => Effect.void
        const first = yield* Effect.exit(recoverNewest(saga, { direction: "back" }))
        saga.world.onBeat = () => Effect.void
        const done = Exit.isSuccess(first) ? first.value : yield* recoverNewest(saga)
        expect(Exit.isSuccess(first)).toBe(!isCut)
        expect(done).toMatchObject({ success: { outcome: "residue", left: ["own.a"] } })
      })
  )
})

describe("a secret whose write is in doubt when a batch is given up", () => {
  it.effect("is not taken for known, so that the next batch writes it", () =>
    Effect.gen(function*() {
      const safe = memoryKind({
        name: "safe",
        nameField: "name",
        schema: vault.kind.schema,
        roles: { writeOnly: ["/secret"], sensitive: ["/secret"] }
      }, { createIn: [["/name"], ["/secret"]] })
      const saga = makeSaga({ kinds: [...defaultKinds, safe] })
      const desired = [want("safe", "s", { name: "s", secret: "one" })]
      saga.world.onBeat = ({ call, operation, when }) =>
        operation === "create" && call === 2 && when === "before" ? crash : Effect.void
      yield* Effect.exit(apply(saga, desired))
      saga.world.onBeat = () => Effect.void
      yield* recoverNewest(saga, { abandon: true })
      yield* apply(saga, desired)
      expect(saga.world.get("safe", "safe-1")?.document).toEqual({ name: "s", secret: "one" })
    }))
})
