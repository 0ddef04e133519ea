/** Whose change a change is: resources that were moved, let go of or taken over, and versions that nobody keeps. */
import { describe, expect, it } from "vitest"
import { forget } from "../../src/app/Forget.ts"
import { importResource } from "../../src/app/Import.ts"
import { history } from "../../src/app/Inspect.ts"
import { move } from "../../src/app/Move.ts"
import type { RollbackWhat } from "../../src/app/RollbackWhat.ts"
import { applied, batchOf, type Bench, found, makeBench, rehearsed, resource, rolledBack, stepsOf } from "./Bench.ts"

const by = { actor: "tester", leaseTimeoutMs: 0 }
const box = (name: string, label: string, called = name) => resource("box", name, { name: called, label })

const versions = async (bench: Bench, address: string) =>
  (await bench.run(history(address))).map(({ id }) => id).toReversed()

const moved = (bench: Bench, from: string, to: string) => bench.run(move({ from, to, ...by }))
const revert = (address: string, ...of: ReadonlyArray<string>): RollbackWhat => ({
  _tag: "revert",
  address,
  versions: of
})
const backTo = (address: string, version: string): RollbackWhat => ({ _tag: "to", address, version })

const refusalOf = (bench: Bench, what: RollbackWhat) =>
  rolledBack(bench, what).then(
    (done) => done._tag,
    (error: unknown) => error as { readonly reason?: string; readonly detail?: string; readonly hint?: string }
  )

describe("a resource that was moved", () => {
  const moving = async () => {
    const bench = makeBench()
    const first = await applied(bench, [box("a", "one")])
    const second = await applied(bench, [box("a", "two")])
    await moved(bench, "box.a", "box.b")
    await applied(bench, [resource("box", "b", { name: "a", label: "two", size: 7 })])
    return { bench, first, second, old: await versions(bench, "box.a") }
  }

  it("is followed by the rollback of a batch of before", async () => {
    const { bench, second } = await moving()
    const done = await rolledBack(bench, batchOf(second))
    expect(done.report.items.map(({ action, address }) => `${action} ${address}`)).toEqual(["update box.b"])
    expect([...bench.world.resources.get("box")?.values() ?? []].map(({ document }) => document)).toMatchObject([
      { name: "a", label: "one", size: 7 }
    ])
    const next = [resource("box", "b", { name: "a", label: "one", size: 7 })]
    expect(await stepsOf(bench, next)).toEqual([])
  })

  it("is named by what it is called now, or was then", async () => {
    const { bench, second } = await moving()
    for (const only of ["box.a", "box.b"]) {
      expect((await rehearsed(bench, batchOf(second, only))).report.items).toMatchObject([{ address: "box.b" }])
    }
  })

  it("has the versions of before, to be taken out or gone back to", async () => {
    const { bench, old: [first = "", second = ""] } = await moving()
    expect((await rehearsed(bench, revert("box.b", second))).report.items).toMatchObject([{ action: "update" }])
    expect((await rolledBack(bench, backTo("box.b", first)))._tag).toBe("ran")
    expect(found(bench, "box", "a")?.document).toMatchObject({ label: "one" })
  })

  it("is not made a second time under its old address", async () => {
    const { bench, old } = await moving()
    for (const version of old) {
      for (const what of [backTo("box.a", version), revert("box.a", version)]) {
        expect(await refusalOf(bench, what)).toMatchObject({
          reason: "NotFound",
          detail: expect.stringContaining("box.b")
        })
      }
    }
    expect(await refusalOf(bench, backTo("box.a", old[0] ?? ""))).toMatchObject({
      hint: expect.stringContaining(`amends rollback box.b --to ${old[0] ?? ""}`)
    })
    expect(bench.world.resources.get("box")?.size).toBe(1)
  })

  it("is another one than what has its old address since", async () => {
    const { bench, first, old: [created = ""] } = await moving()
    const both = [resource("box", "b", { name: "a", label: "two", size: 7 }), box("a", "one", "new")]
    await applied(bench, both)
    expect(await refusalOf(bench, revert("box.a", created))).toMatchObject({ reason: "NotFound" })
    const said = await rehearsed(bench, batchOf(first))
    expect(said.report.items.map(({ address }) => address)).toEqual(["box.b"])
    expect(found(bench, "box", "new")).toBeDefined()
  })

  it("is found after several moves", async () => {
    const { bench, second } = await moving()
    await moved(bench, "box.b", "box.c")
    await moved(bench, "box.c", "box.d")
    expect((await rehearsed(bench, batchOf(second))).report.items).toMatchObject([
      { address: "box.d", action: "update" }
    ])
  })

  it("is refused where its line cannot be told, and never taken for another", async () => {
    const { bench, second } = await moving()
    await moved(bench, "box.b", "box.a")
    expect(await refusalOf(bench, batchOf(second))).toMatchObject({ reason: "NotFound" })
  })
})

describe("a resource that was let go and taken over again", () => {
  const takenOver = async () => {
    const bench = makeBench()
    await applied(bench, [box("a", "one")])
    const id = found(bench, "box", "a")?.id ?? ""
    await bench.run(forget({ address: "box.a", ...by }))
    await bench.run(importResource({ address: "box.a", id, ...by }))
    const [first = "", letGo = "", imported = ""] = await versions(bench, "box.a")
    return { bench, first, letGo, imported }
  }

  it("is not deleted by going back to where it was let go", async () => {
    const { bench, letGo } = await takenOver()
    expect(await refusalOf(bench, backTo("box.a", letGo))).toMatchObject({ reason: "NotAvailable" })
    expect(found(bench, "box", "a")).toBeDefined()
  })

  it("is not deleted by taking out that it was taken over", async () => {
    const { bench, imported } = await takenOver()
    expect((await rolledBack(bench, revert("box.a", imported)))._tag).toBe("nothing")
    expect(found(bench, "box", "a")).toBeDefined()
  })
})

describe("what retention let go of", () => {
  const forgetful = async () => {
    const bench = makeBench()
    await applied(bench, [box("a", "one"), box("b", "one")])
    const batch = await applied(bench, [box("a", "two"), box("b", "two")])
    await applied(bench, [box("a", "three"), box("b", "two")])
    const rows = bench.tables.versions.get("box.a" as never) ?? []
    const [newest] = rows.slice(-1)
    if (newest === undefined) throw new Error("box.a has no versions")
    bench.tables.versions.set("box.a" as never, [{ ...newest, gap: { versions: 2 } }])
    return { bench, batch }
  }

  it("is not left out silently: the rollback is refused, and says what is left", async () => {
    const { batch, bench } = await forgetful()
    expect(await refusalOf(bench, batchOf(batch))).toMatchObject({
      reason: "NotAvailable",
      detail: expect.stringContaining("box.a"),
      hint: expect.stringContaining(`amends rollback ${batch ?? ""} --only box.b`)
    })
    expect(await rolledBack(bench, batchOf(batch, "box.b"))).toMatchObject({ _tag: "ran" })
    expect(found(bench, "box", "b")?.document).toMatchObject({ label: "one" })
  })

  it("is said of a batch as a whole", async () => {
    const { batch, bench } = await forgetful()
    const summary = [...bench.tables.batches.values()].find(({ id }) => id === batch)
    if (summary === undefined) throw new Error("the batch is not there")
    bench.tables.batches.set(summary.id, { ...summary, pruned: true })
    expect(await refusalOf(bench, batchOf(batch))).toMatchObject({ reason: "NotAvailable" })
  })
})
