/** Where rolling back is more than a merge: ids that change, what refers to what, secrets, failures, and refusals. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { forget } from "../../src/app/Forget.ts"
import { history } from "../../src/app/Inspect.ts"
import { exitCodeOfRollback } from "../../src/app/Rollback.ts"
import type { RollbackWhat } from "../../src/app/RollbackWhat.ts"
import { refNode } from "../../src/domain/Template.ts"
import {
  applied,
  at,
  batchOf,
  type Bench,
  found,
  makeBench,
  rehearsed,
  resource,
  rolledBack,
  stepsOf
} from "./Bench.ts"

const refer = (address: string) => refNode({ address: at(address), path: "/id" })
const box = (name: string, spec: Readonly<Record<string, string | number>> = {}) =>
  resource("box", name, { name, ...spec })
const ring = (name: string, of: string) => resource("ring", name, { name, box: refer(`box.${of}`) })

const versions = async (bench: Bench, address: string) =>
  (await bench.run(history(address))).map(({ id }) => id).toReversed()

const revert = (address: string, ...of: ReadonlyArray<string>): RollbackWhat => ({
  _tag: "revert",
  address,
  versions: of
})

const refusalOf = (bench: Bench, what: RollbackWhat) =>
  rolledBack(bench, what).then(
    () => undefined,
    (error: unknown) => error as { readonly reason?: string; readonly detail?: string }
  )

const actionsIn = (
  { report }: {
    readonly report: { readonly items: ReadonlyArray<{ readonly address: string; readonly action: string }> }
  }
) => report.items.map(({ action, address }) => `${action} ${address}`)

describe("what gets another id", () => {
  it("is followed by what the batch changed, and by what came later", async () => {
    const bench = makeBench()
    const oak = [box("a", { material: "oak" }), ring("r", "a")]
    await applied(bench, oak)
    const iron = [box("a", { material: "iron" }), ring("r", "a")]
    const batch = await applied(bench, iron)
    await applied(bench, [...iron, ring("later", "a")])
    const done = await rolledBack(bench, batchOf(batch))
    expect(done._tag).toBe("ran")
    expect(actionsIn(done)).toEqual(expect.arrayContaining(["replace box.a", "update ring.r", "update ring.later"]))
    expect(done.report.items.find(({ address }) => address === "ring.later")?.notes[0]).toContain("follows")
    const id = found(bench, "box", "a")?.id
    expect(found(bench, "box", "a")?.document).toMatchObject({ material: "oak" })
    expect([found(bench, "ring", "r"), found(bench, "ring", "later")].map((one) => one?.document["box"])).toEqual([
      id,
      id
    ])
    expect(await stepsOf(bench, [...oak, ring("later", "a")])).toEqual([])
  })

  it("comes back after a delete, under the addresses that it had", async () => {
    const bench = makeBench()
    const all = [box("a"), ring("r", "a")]
    await applied(bench, all)
    const batch = await applied(bench, [])
    expect(bench.world.resources.get("box")?.size ?? 0).toBe(0)
    const done = await rolledBack(bench, batchOf(batch))
    expect(actionsIn(done).toSorted()).toEqual(["create box.a", "create ring.r"])
    expect(found(bench, "ring", "r")?.document["box"]).toBe(found(bench, "box", "a")?.id)
    expect(await stepsOf(bench, all)).toEqual([])
  })
})

describe("what would refer to nothing", () => {
  it("blocks, and names the batch that brings it back", async () => {
    const bench = makeBench()
    await applied(bench, [box("a"), box("b"), ring("r", "a")])
    await applied(bench, [box("a"), box("b"), ring("r", "b")])
    const deleting = await applied(bench, [box("b"), ring("r", "b")])
    const [, second = ""] = await versions(bench, "ring.r")
    const blocked = await rolledBack(bench, revert("ring.r", second))
    expect(exitCodeOfRollback(blocked)).toBe(5)
    expect(blocked.report.conflicts).toMatchObject([
      { address: "ring.r", path: "/box", kind: "dependency", severity: "critical" }
    ])
    expect(blocked.report.conflicts[0]?.suggestions[0]).toBe(
      `amends rollback ${deleting ?? ""} --only box.a  # bring it back first`
    )
    await rolledBack(bench, batchOf(deleting, "box.a"))
    expect((await rolledBack(bench, revert("ring.r", second)))._tag).toBe("ran")
    expect(found(bench, "ring", "r")?.document["box"]).toBe(found(bench, "box", "a")?.id)
  })

  it("blocks where what stays refers to what would go", async () => {
    const bench = makeBench()
    const batch = await applied(bench, [box("a")])
    await applied(bench, [box("a"), ring("r", "a")])
    const blocked = await rolledBack(bench, batchOf(batch))
    expect(blocked._tag).toBe("blocked")
    expect(blocked.report.conflicts).toMatchObject([{ address: "box.a", kind: "dependency" }])
    expect(found(bench, "box", "a")).toBeDefined()
  })
})

describe("a field that nobody declared", () => {
  it("gets back what stood there, and belongs to nobody again", async () => {
    const bench = makeBench()
    const first = [box("a", { size: 2 })]
    await applied(bench, first)
    bench.world.edit("box", found(bench, "box", "a")?.id ?? "", { label: "theirs" })
    await applied(bench, [box("a", { size: 2, label: "ours" })])
    const [, second = ""] = await versions(bench, "box.a")
    expect((await rolledBack(bench, revert("box.a", second)))._tag).toBe("ran")
    expect(found(bench, "box", "a")?.document).toMatchObject({ size: 2, label: "theirs" })
    expect(await stepsOf(bench, first)).toEqual([])
  })

  it("is cleared where nothing stood there", async () => {
    const bench = makeBench()
    const first = [box("a", { size: 2 })]
    await applied(bench, first)
    await applied(bench, [box("a", { size: 2, label: "ours" })])
    const [, second = ""] = await versions(bench, "box.a")
    await rolledBack(bench, revert("box.a", second))
    expect(found(bench, "box", "a")?.document["label"] ?? null).toBeNull()
    expect(await stepsOf(bench, first)).toEqual([])
  })
})

describe("a secret", () => {
  it("comes back, and is in no report", async () => {
    const bench = makeBench()
    const vault = (secret: string) => [resource("vault", "v", { name: "v", secret })]
    await applied(bench, vault("first-secret-0001"))
    const batch = await applied(bench, vault("second-secret-0002"))
    const said = await rehearsed(bench, batchOf(batch))
    await rolledBack(bench, batchOf(batch))
    expect(found(bench, "vault", "v")?.document).toMatchObject({ secret: "first-secret-0001" })
    expect(JSON.stringify(said)).not.toMatch(/-secret-000/)
  })

  it("is masked in a conflict as well", async () => {
    const bench = makeBench()
    const vault = (note: string, secret: string) => [resource("vault", "v", { name: "v", note, secret })]
    await applied(bench, vault("one", "first-secret-0001"))
    const batch = await applied(bench, vault("two", "second-secret-0002"))
    await applied(bench, vault("three", "third-secret-0003"))
    const { report } = await rolledBack(bench, batchOf(batch))
    expect(report.conflicts.map(({ path }) => path)).toEqual(["/note", "/secret"])
    expect(JSON.stringify(report)).not.toMatch(/-secret-000/)
  })
})

describe("a rollback that fails half-way", () => {
  it("is compensated like an apply", async () => {
    const bench = makeBench()
    await applied(bench, [box("a", { size: 1 }), box("b", { size: 1 })])
    const batch = await applied(bench, [box("a", { size: 2 }), box("b", { size: 2 })])
    bench.world.inject({
      act: "refuse",
      match: { kind: "box", operation: "update", id: found(bench, "box", "b")?.id ?? "" }
    })
    const done = await rolledBack(bench, batchOf(batch))
    expect(done).toMatchObject({ _tag: "ran", batch: { outcome: "compensated" } })
    expect(exitCodeOfRollback(done)).toBe(3)
    expect(["a", "b"].map((name) => found(bench, "box", name)?.document["size"])).toEqual([2, 2])
    bench.world.clearFaults()
    expect(exitCodeOfRollback(await rolledBack(bench, batchOf(batch)))).toBe(0)
  })
})

describe("several versions", () => {
  const sizes = async (bench: Bench, ...all: ReadonlyArray<Readonly<Record<string, string | number>>>) => {
    for (const spec of all) await applied(bench, [box("a", spec)])
    return versions(bench, "box.a")
  }

  it("are taken out as a range or one by one, all or nothing", async () => {
    const bench = makeBench()
    const [, second = "", third = "", fourth = ""] = await sizes(
      bench,
      { size: 1, label: "one" },
      { size: 2, label: "one" },
      { size: 3, label: "one" },
      { size: 3, label: "two" }
    )
    await rolledBack(bench, revert("box.a", `${second}..${third}`))
    expect(found(bench, "box", "a")?.document).toMatchObject({ size: 1, label: "two" })
    expect((await bench.run(history("box.a")))[0]?.reverts).toEqual([third, second])
    await applied(bench, [box("a", { size: 4, label: "two" })])
    const blocked = await rolledBack(bench, revert("box.a", second, fourth))
    expect(blocked._tag).toBe("blocked")
    expect(found(bench, "box", "a")?.document).toMatchObject({ size: 4, label: "two" })
    expect(await refusalOf(bench, revert("box.a", `${third}..${second}`))).toMatchObject({ reason: "Usage" })
  })

  it("are settled one by one by answers, and an answer to what is no conflict is refused", async () => {
    const bench = makeBench()
    const [, second = ""] = await sizes(bench, { size: 1, label: "a" }, { size: 2, label: "b" }, {
      size: 3,
      label: "c"
    })
    const answers = (
      given: Readonly<Record<string, { readonly take: "ours" | "theirs" } | { readonly value: string }>>
    ) => ({
      answers: new Map([["box.a", new Map(Object.entries(given))]])
    })
    const half = await rolledBack(bench, revert("box.a", second), answers({ "/size": { take: "theirs" } }))
    expect(half.report.conflicts).toMatchObject([{ path: "/label" }, { path: "/size", settled: "theirs" }])
    expect(half._tag).toBe("blocked")
    await rolledBack(bench, revert("box.a", second), answers({ "/size": { take: "theirs" }, "/label": { value: "d" } }))
    expect(found(bench, "box", "a")?.document).toMatchObject({ size: 1, label: "d" })
    const wrong = rolledBack(bench, revert("box.a", second), answers({ "/lid": { take: "ours" } }))
    await expect(wrong).rejects.toMatchObject({ reason: "StaleChoice" })
  })

  it("are not settled by answers for what has no part in it, or for what goes back to a version", async () => {
    const bench = makeBench()
    const [first = "", second = ""] = await sizes(bench, { size: 1 }, { size: 2 }, { size: 3 })
    const other = { answers: new Map([["box.b", new Map([["/size", { take: "ours" } as const]])]]) }
    await expect(rolledBack(bench, revert("box.a", second), { ...other, strategy: "theirs" })).rejects.toMatchObject({
      reason: "StaleChoice",
      detail: expect.stringContaining("box.b")
    })
    const own = { answers: new Map([["box.a", new Map([["/size", { take: "ours" } as const]])]]) }
    await expect(rolledBack(bench, { _tag: "to", address: "box.a", version: first }, own)).rejects.toMatchObject({
      reason: "StaleChoice"
    })
    expect(found(bench, "box", "a")?.document).toMatchObject({ size: 3 })
  })

  it("of what is only told are not settled by answers: those are refused and not ignored", async () => {
    const bench = makeBench()
    const twice = (text: string, label: string) =>
      resource("note", "n", { name: "n", text, links: [{ to: "x", label: "a" }, { to: "x", label }] })
    await applied(bench, [twice("one", "b")])
    const batch = await applied(bench, [twice("one", "c")])
    await applied(bench, [twice("two", "c")])
    const said = await rehearsed(bench, batchOf(batch))
    const told = said.report.conflicts.filter(({ settled, severity }) => severity !== "critical" && settled === "ours")
    const paths = told.map(({ path }) => path)
    const answers = new Map([["note.n", new Map(paths.map((path) => [path, { take: "theirs" } as const]))]])
    expect(paths.length).toBeGreaterThan(0)
    await expect(rolledBack(bench, batchOf(batch), { answers })).rejects.toMatchObject({ reason: "StaleChoice" })
  })
})

describe("what cannot be rolled back is refused", () => {
  it("where it was let go and not deleted", async () => {
    const bench = makeBench()
    await applied(bench, [box("a")])
    await bench.run(forget({ address: "box.a", actor: "tester", leaseTimeoutMs: 0 }))
    const [, gone = ""] = await versions(bench, "box.a")
    expect(await refusalOf(bench, revert("box.a", gone))).toMatchObject({ reason: "NotAvailable" })
    expect(bench.world.resources.get("box")?.size).toBe(1)
  })

  it("where it is held out of plans, and goes on for the others", async () => {
    const bench = makeBench({ quarantineAfter: 2 })
    await applied(bench, [box("a", { size: 1 }), box("b", { size: 1 })])
    const batch = await applied(bench, [box("a", { size: 2 }), box("b", { size: 2 })])
    bench.world.inject({ act: "refuse", match: { kind: "box", operation: "update" }, times: 99 })
    for (const size of [3, 4]) {
      await expect(applied(bench, [box("a", { size }), box("b", { size: 2 })])).rejects.toThrow(/compensated/)
    }
    bench.world.clearFaults()
    for (const trying of [rolledBack, rehearsed]) {
      await expect(trying(bench, batchOf(batch))).rejects.toMatchObject({
        reason: "Usage",
        hint: expect.stringContaining("amends forget --quarantine box.a")
      })
    }
    expect((await rolledBack(bench, batchOf(batch, "box.b")))._tag).toBe("ran")
  })

  it("where a batch that is not over has to do with what would follow, in a dry run too", async () => {
    const bench = makeBench()
    await applied(bench, [box("a", { material: "oak" })])
    const iron = [box("a", { material: "iron" })]
    const batch = await applied(bench, iron)
    const rings = [ring("r", "a"), ring("s", "a")]
    await applied(bench, [...iron, ...rings])
    const id = found(bench, "ring", "r")?.id ?? ""
    bench.world.inject({ act: "refuse", match: { kind: "box", operation: "create" } })
    bench.world.onBeat = ({ during, kind }) =>
      Effect.sync(() => {
        if (kind === "ring" && during === "compensation") bench.world.edit("ring", id, { name: "theirs" })
      })
    const careful = resource("ring", "r", { name: "ours", box: refer("box.a") }, { conflict: "stop" })
    const last = { ...box("z"), dependsOn: [at("ring.r")] }
    await expect(applied(bench, [...iron, careful, ring("s", "a"), last])).rejects.toThrow(/"outcome":"stuck"/)
    bench.world.onBeat = () => Effect.void
    const hint: unknown = expect.stringMatching(/amends recover b-\w+$/)
    await expect(rehearsed(bench, batchOf(batch))).rejects.toMatchObject({ reason: "UnfinishedBatch", hint })
  })

  it("while a batch is not over; a dry run tells of what that did not touch", async () => {
    const bench = makeBench()
    await applied(bench, [box("a", { size: 1 }), box("b", { size: 1 }), box("c", { size: 1 })])
    const batch = await applied(bench, [box("a", { size: 2 }), box("b", { size: 2 }), box("c", { size: 2 })])
    // Changed by somebody while it is taken back: that needs a person.
    const id = found(bench, "box", "a")?.id ?? ""
    bench.world.inject({ act: "refuse", match: { kind: "ring", operation: "create" } })
    bench.world.onBeat = ({ during, kind }) =>
      Effect.sync(() => {
        if (kind === "box" && during === "compensation") bench.world.edit("box", id, { size: 9 })
      })
    const careful = resource("box", "a", { name: "a", size: 3 }, { conflict: "stop" })
    const stuck = applied(bench, [careful, box("b", { size: 2 }), box("c", { size: 2 }), ring("r", "a")])
    await expect(stuck).rejects.toThrow(/"outcome":"stuck"/)
    bench.world.onBeat = () => Effect.void
    for (const only of [[], ["box.c"]]) {
      expect(await refusalOf(bench, batchOf(batch, ...only))).toMatchObject({ reason: "UnfinishedBatch" })
    }
    await expect(rehearsed(bench, batchOf(batch, "box.a"))).rejects.toMatchObject({ reason: "UnfinishedBatch" })
    const told = await rehearsed(bench, batchOf(batch, "box.c"))
    expect(told.report.items).toMatchObject([{ address: "box.c", action: "update" }])
    expect(found(bench, "box", "c")?.document).toMatchObject({ size: 2 })
  })
})
