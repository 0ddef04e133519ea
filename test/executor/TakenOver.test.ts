/**
 * What a batch takes over that nobody managed: what it held before is known only as far as the API tells.
 */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import type { Address } from "../../src/domain/Ids.ts"
import { defaultKinds, memoryKind, vault } from "../../src/providers/memory/Kinds.ts"
import { apply, makeSaga, planned, runPlan, want, withState } from "./Saga.ts"

const exact = { _tag: "exact" }
const lossy = { _tag: "lossy", why: "the API does not give back /secret, /keys/0/value" }
const keys = [{ name: "k", value: "theirs" }]

const safeThat = (updates: "merge" | "replace") =>
  memoryKind({
    name: "safe",
    nameField: "name",
    schema: vault.kind.schema,
    roles: { writeOnly: ["/secret", "/keys/*/value"], sensitive: ["/secret", "/keys/*/value"] }
  }, { updates })

/** A resource with write-only secrets that somebody set is taken over and changed, and then the batch goes back. */
const takenOver = Effect.fnUntraced(function*(updates: "merge" | "replace") {
  const safe = safeThat(updates)
  const saga = makeSaga({ kinds: [...defaultKinds, safe] })
  saga.world.create("safe", { name: "s", note: "x", secret: "theirs", keys })
  saga.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
  const last = want("ring", "last", { name: "last" }, { dependsOn: ["safe.s" as Address] })
  const plan = yield* planned(saga, [want("safe", "s", { name: "s", note: "y" }), last], { adopt: true })
  const report = yield* withState(saga, runPlan(saga, plan))
  return { plan, report, document: saga.world.get("safe", "safe-1")?.document }
})

describe("a write-only secret of what is taken over", () => {
  it.effect("is gone where an update replaces all, as the plan says, and going back leaves residue", () =>
    Effect.gen(function*() {
      const { document, plan, report } = yield* takenOver("replace")
      expect(plan.steps[0]?.reversibility).toEqual(lossy)
      expect(report).toMatchObject({ outcome: "residue", left: ["safe.s"] })
      expect(document).toEqual({ name: "s", note: "x", keys: [{ name: "k" }] })
    }))

  it.effect("stays where an update leaves alone what it does not name", () =>
    Effect.gen(function*() {
      const { document, plan, report } = yield* takenOver("merge")
      expect(plan.steps[0]?.reversibility).toEqual(exact)
      expect(report).toMatchObject({ outcome: "compensated", left: [] })
      expect(document).toEqual({ name: "s", note: "x", secret: "theirs", keys })
    }))

  it.effect("does not come back with what a later batch deleted, and nothing tells of it", () =>
    Effect.gen(function*() {
      const safe = safeThat("merge")
      const saga = makeSaga({ kinds: [...defaultKinds, safe] })
      saga.world.create("safe", { name: "s", note: "x", secret: "theirs" })
      const needed = want("box", "needed", { name: "needed" })
      const taken = want("safe", "s", { name: "s" }, { dependsOn: [needed.address] })
      yield* withState(saga, runPlan(saga, yield* planned(saga, [needed, taken], { adopt: true })))
      saga.world.inject({ act: "refuse", match: { kind: "box", operation: "delete" } })
      const report = yield* apply(saga, [])
      expect(report).toMatchObject({ outcome: "compensated", left: [] })
      const { document } = [...(saga.world.resources.get("safe")?.values() ?? [])][0] ?? {}
      expect(document).toEqual({ name: "s", note: "x" })
    }))
})
