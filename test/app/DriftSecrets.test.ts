/** What came from the environment stays secret where it drifts, is accepted, or restored. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { drift } from "../../src/app/Drift.ts"
import { acceptDrift, restoreDrift } from "../../src/app/DriftSettle.ts"
import { history } from "../../src/app/Inspect.ts"
import { applied, type Bench, found, makeBench, resource } from "./Bench.ts"

const by = { actor: "tester", leaseTimeoutMs: 0 }
const pin = "hunter-4711"
const box = { ...resource("box", "a", { name: "a", label: pin }), secretPaths: ["/label"] }

const drifted = async () => {
  const bench = makeBench()
  await applied(bench, [box])
  bench.world.edit("box", found(bench, "box", "a")?.id ?? "", { label: "by somebody" })
  return bench
}

const newest = async (bench: Bench, address: string) => JSON.stringify((await bench.run(history(address)))[0])

describe("a value from the environment", () => {
  it("that drifted is not shown", async () => {
    const bench = await drifted()
    const { drifted: [one] } = await bench.run(drift)
    expect(one).toMatchObject({ paths: ["/label"] })
    expect(JSON.stringify(one)).not.toContain(pin)
    expect(JSON.stringify(one)).not.toContain("by somebody")
  })

  it("that is accepted is kept sealed", async () => {
    const bench = await drifted()
    await bench.run(acceptDrift({ addresses: ["box.a"], ...by }))
    expect(await newest(bench, "box.a")).toContain("$sealed")
    expect(await newest(bench, "box.a")).not.toContain("by somebody")
  })

  it("is not in the journal of what restores it, nor what stood in its place", async () => {
    const bench = await drifted()
    await bench.run(
      restoreDrift({ addresses: ["box.a"], ...by, allowIrreversible: true, confirm: () => Effect.succeed(true) })
    )
    expect(found(bench, "box", "a")?.document).toMatchObject({ label: pin })
    const kept = JSON.stringify([bench.tables.rows, await bench.run(history("box.a"))])
    expect(kept).not.toContain("by somebody")
    expect(kept).not.toContain(pin)
  })
})
