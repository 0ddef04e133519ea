/** References that a rollback restores to what is not there any more, or was made again without a delete of ours. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { acceptDrift, restoreDrift } from "../../src/app/DriftSettle.ts"
import { refNode } from "../../src/domain/Template.ts"
import { applied, at, batchOf, type Bench, found, makeBench, resource, rolledBack } from "./Bench.ts"

const by = { actor: "tester", leaseTimeoutMs: 0 }
const box = (name: string) => resource("box", name, { name })
const ring = (of: string) =>
  resource("ring", "r", { name: "r", box: refNode({ address: at(`box.${of}`), path: "/id" }) })

/** A ring that referred to a box, and does not any more; the box is deleted behind everybody's back. */
const left = async () => {
  const bench = makeBench()
  await applied(bench, [box("a"), box("b"), ring("a")])
  const batch = await applied(bench, [box("a"), box("b"), ring("b")])
  bench.world.write("box", found(bench, "box", "a")?.id ?? "", undefined)
  return { bench, batch }
}

const held = (bench: Bench) => found(bench, "ring", "r")?.document["box"]

describe("what a reference comes back to", () => {
  it("has a new id after it was deleted by somebody and applied again", async () => {
    const { batch, bench } = await left()
    await applied(bench, [box("a"), box("b"), ring("b")])
    expect(await rolledBack(bench, batchOf(batch))).toMatchObject({ _tag: "ran", batch: { outcome: "committed" } })
    expect(held(bench)).toBe(found(bench, "box", "a")?.id)
  })

  it("has a new id after it drifted away and was restored", async () => {
    const { batch, bench } = await left()
    await bench.run(
      restoreDrift({ addresses: ["box.a"], ...by, allowIrreversible: true, confirm: () => Effect.succeed(true) })
    )
    await rolledBack(bench, batchOf(batch))
    expect(held(bench)).toBe(found(bench, "box", "a")?.id)
  })

  it("has a new id where a batch deleted it and went back", async () => {
    const bench = makeBench()
    await applied(bench, [box("a"), box("b"), box("c"), ring("a")])
    const batch = await applied(bench, [box("a"), box("b"), box("c"), ring("b")])
    const former = found(bench, "box", "a")?.id
    bench.world.inject({ act: "refuse", match: { kind: "box", operation: "delete", nth: 2 }, times: 9 })
    const one = applied(bench, [box("b"), ring("b")], { policies: { parallelism: 1 } })
    await expect(one).rejects.toThrow(/"outcome":"compensated"/)
    expect(found(bench, "box", "a")?.id).not.toBe(former)
    await rolledBack(bench, batchOf(batch))
    expect(held(bench)).toBe(found(bench, "box", "a")?.id)
  })

  it("blocks where it was deleted and that was accepted", async () => {
    const { batch, bench } = await left()
    await bench.run(acceptDrift({ addresses: ["box.a"], ...by }))
    const done = await rolledBack(bench, batchOf(batch))
    expect(done).toMatchObject({
      _tag: "blocked",
      report: { conflicts: [{ address: "ring.r", path: "/box", kind: "dependency", severity: "critical" }] }
    })
    expect(done.report.conflicts[0]?.suggestions[0]).toContain("amends history box.a")
  })

  it("blocks where somebody deleted it and nobody knows yet", async () => {
    const { batch, bench } = await left()
    const done = await rolledBack(bench, batchOf(batch))
    expect(done).toMatchObject({
      _tag: "blocked",
      report: { conflicts: [{ address: "ring.r", path: "/box", kind: "dependency", severity: "critical" }] }
    })
    expect(held(bench)).toBe(found(bench, "box", "b")?.id)
  })
})
