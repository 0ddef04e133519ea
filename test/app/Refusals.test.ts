/** What keeps an apply from writing: each refusal comes before the first write, with its exit code. */
import { Deferred, Effect, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import { exitCodeOfApply } from "../../src/app/Apply.ts"
import { failureOf } from "../../src/app/Failure.ts"
import { planDefaults } from "../../src/app/PlanBatch.ts"
import { requestStop, Stopping } from "../../src/app/Progress.ts"
import { layerApp } from "../../src/main/Layers.ts"
import { Leases } from "../../src/state/Leases.ts"
import { layerSqlite } from "../../src/state/sqlite/Sqlite.ts"
import { applied, applying, edit, failing, lastSeq, makeSite, on, secrets, type Site, writesAfter } from "./Site.ts"

const layerOf = ({ directory, sandbox }: Site) =>
  layerApp({ directory, env: { ...secrets, MONITORING_URL: sandbox.url } })

const exitOf = async (...asked: Parameters<typeof failing>) => failureOf(await failing(...asked)).exitCode

describe("apply refuses", () => {
  it("what the user does not confirm", async () => {
    const site = await makeSite()
    const seen: Array<number> = []
    const declined = await on(
      site,
      applying({ confirm: ({ plan }) => Effect.sync(() => seen.push(plan.steps.length) < 0) })
    )
    expect(seen).toEqual([9])
    expect(declined._tag).toBe("declined")
    expect(exitCodeOfApply(declined)).toBe(7)
    expect(writesAfter(site, 0)).toEqual([])
  })

  it("to delete what is protected", async () => {
    const site = await makeSite()
    await applied(site)
    const seq = lastSeq(site)
    const failure = failureOf(await failing(site, applying({ plan: { ...planDefaults, destroy: true } })))
    expect(failure.exitCode).toBe(8)
    expect(failure.detail).toContain("notification_channel.pager")
    expect(writesAfter(site, seq)).toEqual([])
  })

  it("to create what exists unmanaged, and adopts it when asked", async () => {
    const site = await makeSite()
    site.sandbox.create("watchlist", { name: "Treasury", description: "somebody's" })
    const failure = failureOf(await failing(site, applying()))
    expect(failure.exitCode).toBe(5)
    expect(failure.detail).toContain("--adopt")
    expect(writesAfter(site, 0)).toEqual([])
    const report = await applied(site, { plan: { ...planDefaults, adopt: true } })
    expect(report).toMatchObject({ outcome: "committed", counts: { added: 8, changed: 1 } })
    expect(site.sandbox.snapshot().watchlist).toHaveLength(3)
  })

  it("what somebody changed while the question stood, once it is looked at again", async () => {
    const site = await makeSite()
    await applied(site)
    const id = Number(site.sandbox.snapshot().watchlist.find(({ name }) => name === "Treasury")?.["id"])
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "edited by us")
    const seq = lastSeq(site)
    const result = await on(
      site,
      applying({
        confirm: () =>
          Effect.sync(() => site.sandbox.edit("watchlist", id, { description: "somebody's" }) !== undefined)
      })
    )
    expect(result).toMatchObject({ _tag: "ran", report: { outcome: "compensated", stale: true, wrote: false } })
    expect(writesAfter(site, seq)).toEqual([])
  })

  it("to overwrite somebody else's edit of what it would change", async () => {
    const site = await makeSite()
    await applied(site)
    const id = Number(site.sandbox.snapshot().watchlist.find(({ name }) => name === "Treasury")?.["id"])
    site.sandbox.edit("watchlist", id, { description: "edited by somebody" })
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "edited by us")
    const seq = lastSeq(site)
    const failure = failureOf(await failing(site, applying()))
    expect(failure).toMatchObject({ exitCode: 5, detail: "watchlist.treasury at /description" })
    expect(writesAfter(site, seq)).toEqual([])
  })

  it("files with problems, and addresses that are none", async () => {
    const site = await makeSite()
    expect(await exitOf(site, applying({ plan: { ...planDefaults, targets: ["treasury"] } }))).toBe(7)
    expect(await exitOf(site, applying({ plan: { ...planDefaults, targets: ["watchlist.none"] } }))).toBe(7)
    await edit(site, "watchlists.yaml", "description: Protocols", "descriptoin: Protocols")
    const failure = failureOf(await failing(site, applying()))
    expect(failure.exitCode).toBe(7)
    expect(failure.detail).toMatch(/watchlists\.yaml:\d+:\d+: .*descriptoin/)
  })

  it("while another process holds the lease, and waits as long as it may", async () => {
    const site = await makeSite()
    const held = Effect.gen(function*() {
      const leases = yield* Leases
      const lease = yield* leases.acquire(60_000)
      const refused = yield* Effect.flip(applying()).pipe(Effect.provide(layerOf(site)))
      const patient = yield* Effect.forkChild(Effect.provide(applying({ leaseTimeoutMs: 10_000 }), layerOf(site)))
      yield* Effect.sleep(300)
      yield* leases.release(lease)
      return { refused, ran: yield* Fiber.join(patient) }
    })
    const state = layerSqlite({ stateFile: `${site.directory}/.amends/state.db`, create: true })
    const { ran, refused } = await Effect.runPromise(Effect.provide(held, state))
    expect(failureOf(refused).exitCode).toBe(6)
    expect(ran._tag).toBe("ran")
  })

  it("to begin once it was asked to stop", async () => {
    const site = await makeSite()
    const signal = { requested: Deferred.makeUnsafe<string>() }
    const confirm = () => Effect.as(requestStop(signal, "Ctrl-C"), true)
    const stopped = Effect.provideService(applying({ confirm }), Stopping, signal)
    expect(await exitOf(site, stopped)).toBe(130)
    expect(writesAfter(site, 0)).toEqual([])
  })

  it("credentials that the server does not take, before anything is journalled, and tells none of them", async () => {
    const site = await makeSite()
    await applied(site)
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    site.sandbox.configure({ credentials: { clientId: "other", clientSecret: "other" } })
    const failure = failureOf(await failing(site, applying()))
    expect(failure).toMatchObject({ exitCode: 1, summary: "the server refused the credentials" })
    for (const secret of Object.values(secrets)) expect(JSON.stringify(failure)).not.toContain(secret)
  })
})

describe("a batch key", () => {
  it("answers the batch that had it, and refuses other content", async () => {
    const site = await makeSite()
    await applied(site, { batchKey: "release-1" })
    const seq = lastSeq(site)
    const again = await on(site, applying({ batchKey: "release-1" }))
    expect(again).toMatchObject({ _tag: "known", summary: { ended: "committed", batchKey: "release-1" } })
    expect(exitCodeOfApply(again)).toBe(0)
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    expect(await exitOf(site, applying({ batchKey: "release-1" }))).toBe(7)
    expect(writesAfter(site, seq)).toEqual([])
  })
})
