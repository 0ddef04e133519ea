/** A plan that reads the same however the server orders what is a set, and leaves lists alone. */
import { describe, expect, it } from "vitest"
import { steadyPlan } from "../../src/cli/Steady.ts"
import { makeMemoryProvider } from "../../src/providers/memory/MemoryProvider.ts"
import { MemoryWorld } from "../../src/providers/memory/World.ts"
import { makeRegistry } from "../../src/providers/Registry.ts"
import { change, plan } from "./Plans.ts"

const registry = makeRegistry([makeMemoryProvider(new MemoryWorld())])

/** The kind of the imagined world that has a set, with the place of the set. */
const withSet =
  [...registry.kinds.values()].flatMap(({ name, roles }) =>
    (roles.sets ?? []).map((pattern) => ({ kind: name, field: pattern.replace("/", "") }))
  )[0] ?? { kind: "none", field: "none" }

const shownAs = (items: ReadonlyArray<string>, field: string = withSet.field) => {
  const document = { name: "x", [field]: items }
  const changes = [change(`${withSet.kind}.x`, { before: document, after: { ...document, more: { deep: items } } })]
  return steadyPlan({ plan: plan({ changes }), registry }).changes[0]
}

describe("a steady plan", () => {
  it("has the elements of a set in one order", () => {
    expect(withSet.field).not.toBe("none")
    const [one, other] = [shownAs(["b", "a", "c"]), shownAs(["c", "b", "a"])]
    expect(one?.before).toEqual({ name: "x", [withSet.field]: ["a", "b", "c"] })
    expect([other?.before, other?.after?.[withSet.field]]).toEqual([one?.before, one?.after?.[withSet.field]])
  })

  it("leaves every other array as it is", () => {
    expect(shownAs(["b", "a"], "list")?.before).toEqual({ name: "x", list: ["b", "a"] })
    expect(shownAs(["b", "a"])?.after?.["more"]).toEqual({ deep: ["b", "a"] })
  })

  it("leaves out what is not there, and a kind that nobody serves alone", () => {
    const document = { name: "x", [withSet.field]: ["b", "a"] }
    const changes = [change(`${withSet.kind}.new`, { after: document }), change("nobodys.x", { before: document })]
    const [created, unknown] = steadyPlan({ plan: plan({ changes }), registry }).changes
    expect([created?.before, created?.after]).toEqual([undefined, { name: "x", [withSet.field]: ["a", "b"] }])
    expect(unknown?.before).toEqual(document)
  })
})
