/** What keeps drift from being settled says what to do, with words that the command knows. */
import { Effect } from "effect"
import { expect, it } from "vitest"
import { acceptDrift, restoreDrift } from "../../src/app/DriftSettle.ts"
import { applied, type Bench, found, makeBench, resource } from "./Bench.ts"

const by = { addresses: ["box.a"], actor: "tester", leaseTimeoutMs: 0 }
const restoring = { ...by, allowIrreversible: true, confirm: () => Effect.succeed(true) }

const box = (name: string, size: number) => resource("box", name, { name, size }, { conflict: "stop" })

const edit = ({ world }: Bench, size: number) =>
  world.edit("box", [...world.resources.get("box")?.keys() ?? []][0] ?? "", { size })

it("does not restore what is held out of plans, before anybody released it", async () => {
  const bench = makeBench({ quarantineAfter: 2 })
  await applied(bench, [box("a", 1), box("b", 1)])
  bench.world.inject({ act: "refuse", match: { kind: "box", operation: "update" }, times: 99 })
  for (const size of [3, 4]) await expect(applied(bench, [box("a", size), box("b", 1)])).rejects.toThrow(/compensated/)
  bench.world.clearFaults()
  edit(bench, 9)
  await expect(bench.run(restoreDrift(restoring))).rejects.toMatchObject({
    reason: "Usage",
    hint: "release it with: amends forget --quarantine box.a"
  })
  expect(found(bench, "box", "a")?.document).toMatchObject({ size: 9 })
})

it("names recover while a batch is unfinished, and no flag that only an apply has", async () => {
  const bench = makeBench()
  await applied(bench, [box("a", 1)])
  bench.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
  bench.world.onBeat = ({ during, kind }) =>
    Effect.sync(() => {
      if (kind === "box" && during === "compensation") edit(bench, 9)
    })
  const stuck = applied(bench, [box("a", 2), {
    ...resource("ring", "r", { name: "r" }),
    dependsOn: [box("a", 1).address]
  }])
  await expect(stuck).rejects.toThrow(/"outcome":"stuck"/)
  bench.world.onBeat = () => Effect.void
  for (const settling of [() => bench.run(restoreDrift(restoring)), () => bench.run(acceptDrift(by))]) {
    await expect(settling()).rejects.toMatchObject({
      reason: "UnfinishedBatch",
      hint: "finish it with: amends recover"
    })
  }
})
