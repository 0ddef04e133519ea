/** What stands at a secret place is not shown by a rollback, whoever wrote it. */
import { describe, expect, it } from "vitest"
import { applied, batchOf, type Bench, found, makeBench, rehearsed, resource, rolledBack } from "./Bench.ts"

const box = (label: string) => ({ ...resource("box", "a", { name: "a", label }), secretPaths: ["/label"] })

const edited = async (): Promise<readonly [Bench, string | undefined]> => {
  const bench = makeBench()
  await applied(bench, [box("hunter-one")])
  const batch = await applied(bench, [box("hunter-two")])
  bench.world.edit("box", found(bench, "box", "a")?.id ?? "", { label: "by somebody" })
  return [bench, batch]
}

describe("a conflict at a place that is secret because of its origin", () => {
  it("tells that there is one and none of the values", async () => {
    const [bench, batch] = await edited()
    const { report } = await rehearsed(bench, batchOf(batch))
    expect(report.conflicts).toMatchObject([{ path: "/label", kind: "edit-edit", severity: "critical" }])
    expect(JSON.stringify(report)).not.toMatch(/hunter|by somebody/)
  })

  it("nor does the journal hold any, once it is settled", async () => {
    const [bench, batch] = await edited()
    const done = await rolledBack(bench, batchOf(batch), { strategy: "theirs" })
    expect(done._tag).toBe("ran")
    expect(found(bench, "box", "a")?.document).toMatchObject({ label: "hunter-one" })
    expect(JSON.stringify([done, bench.tables.rows])).not.toMatch(/hunter-(one|two)"|by somebody/)
  })
})
