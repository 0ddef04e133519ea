/** The verbs of the library: each answers with its metadata, as promise and as Effect, and is recorded by its name. */
import { Effect } from "effect"
import { getEventListeners } from "node:events"
import { describe, expect, it } from "vitest"
import { mergeHandlers } from "../../src/app/MergeDirection.ts"
import * as amends from "../../src/index.ts"
import { edit, killedDuring, lastSeq, makeSite, secrets, type Site, writesAfter } from "./Site.ts"

const placeOf = ({ directory, sandbox }: Site) => ({
  directory,
  env: { ...secrets, MONITORING_URL: sandbox.url },
  actor: "a program"
})

/** A site whose workspace a program applied, twice. */
const changedSite = async () => {
  const site = await makeSite()
  const workspace = amends.openWorkspace(placeOf(site))
  await workspace.apply({ reason: "first" })
  await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
  const changed = await workspace.apply({ reason: "second", actor: "ada" })
  if (changed._tag !== "ran") throw new Error("nothing was changed")
  return { site, workspace, changed }
}

const treasury = ({ sandbox }: Site) => {
  const found = sandbox.snapshot().watchlist.find((one) => one["name"] === "Treasury")
  if (found === undefined) throw new Error("the watchlist is gone")
  return found as { readonly id: number; readonly description?: string }
}

describe("the metadata of an answer", () => {
  it("says which verb it was, by whom and why, what it was about, and which batch came of it", async () => {
    const before = Date.now()
    const { changed: { metadata, report } } = await changedSite()
    expect(metadata).toEqual({
      verb: "apply",
      at: expect.any(Number),
      ms: expect.any(Number),
      actor: "ada",
      reason: "second",
      scopes: ["watchlist.treasury"],
      batch: report.batch
    })
    expect(metadata.at).toBeGreaterThanOrEqual(before)
  })

  it("is there for every verb, and dry runs say that they are", async () => {
    const { changed: { report: { batch } }, site, workspace } = await changedSite()
    const about = ["watchlist.treasury"]
    const by = { actor: "a program" }
    const what = { _tag: "batch", batch, only: [] } as const
    const seq = lastSeq(site)
    expect((await workspace.plan()).metadata).toMatchObject({ verb: "plan", ...by, scopes: [] })
    expect((await workspace.plan({ reason: "to see" })).metadata).toMatchObject({ reason: "to see" })
    expect((await workspace.rehearse()).metadata).toMatchObject({ verb: "recover", dryRun: true, scopes: [] })
    const dry = await workspace.rollbackDryRun(what)
    expect(dry.metadata).toMatchObject({ verb: "rollback", dryRun: true, ...by, scopes: about })
    expect((await workspace.drift()).metadata).toMatchObject({ verb: "drift", scopes: [] })
    expect((await workspace.history("watchlist.treasury")).metadata).toMatchObject({ verb: "history", scopes: about })
    expect((await workspace.batches()).metadata).toMatchObject({ verb: "batches" })
    expect((await workspace.show({ name: batch })).metadata).toMatchObject({ verb: "show", scopes: about, batch })
    expect((await workspace.diff("watchlist.treasury")).metadata).toMatchObject({ verb: "diff", scopes: about })
    expect((await workspace.auditVerify()).metadata).toMatchObject({ verb: "audit verify" })
    expect(writesAfter(site, seq)).toEqual([])
    expect((await workspace.rollback(what)).metadata).toMatchObject({ verb: "rollback", ...by, scopes: about })
    const destroyed = await workspace.apply({ plan: { destroy: true, targets: ["custom_agent.large-transfers"] } })
    expect(destroyed.metadata).toMatchObject({ verb: "destroy", scopes: ["custom_agent.large-transfers"] })
  })
})

describe("a program that changes something", () => {
  it("is in the audit trail by its verb, its name and its reason", async () => {
    const { changed, workspace } = await changedSite()
    const what = { _tag: "batch", batch: changed.report.batch, only: [] } as const
    await workspace.rollback(what, { actor: "bo", reason: "too early" })
    const { metadata, records } = await workspace.auditList({ kind: "rollback" })
    expect(records.map(({ body, kind }) => [kind, body?.verb, body?.actor, body?.reason])).toEqual([
      ["batch", "rollback", "bo", "too early"],
      ["opened", "rollback", "bo", "too early"]
    ])
    expect(metadata.scopes).toEqual(["watchlist.treasury"])
    const { lines, records: count } = await workspace.auditExport({ kind: "opened" }, { format: "csv" })
    expect([count, lines.length, lines[0]?.split(",")[0]]).toEqual([3, 4, "record"])
    expect((await workspace.auditVerify()).fault).toBeUndefined()
  })

  it("finishes what a killed run left, and is recorded as the one who did", async () => {
    const site = await makeSite()
    await killedDuring(site, amends.apply(), { method: "POST", path: "/custom-agents", act: "hangAfter" })
    const workspace = amends.openWorkspace(placeOf(site))
    const rehearsed = await workspace.rehearse()
    const { metadata, reports } = await workspace.recover({ direction: "back", reason: "it was killed" })
    expect(metadata).toMatchObject({ verb: "recover", reason: "it was killed", batch: reports[0]?.batch })
    expect(metadata.scopes).toHaveLength(9)
    expect(rehearsed.metadata).toMatchObject({ dryRun: true, batch: metadata.batch })
    expect(rehearsed.metadata.scopes.length).toBeGreaterThan(0)
    const [ended] = (await workspace.auditList({ kind: "batch" })).records
    expect(ended?.body).toMatchObject({ verb: "recover", actor: "a program", reason: "it was killed" })
    expect(ended?.body?.began).toMatchObject({ verb: "apply" })
  })

  it("accepts and restores what drifted, and each is recorded", async () => {
    const { site, workspace } = await changedSite()
    site.sandbox.edit("watchlist", treasury(site).id, { description: "by hand" })
    expect((await workspace.drift()).drifted.map(({ address, kind }) => [address, kind])).toEqual([
      ["watchlist.treasury", "edited"]
    ])
    const restored = await workspace.restoreDrift(["watchlist.treasury"], { reason: "not agreed" })
    expect(restored).toMatchObject({ _tag: "ran", metadata: { verb: "drift", scopes: ["watchlist.treasury"] } })
    expect(treasury(site).description).toBe("Other words")
    site.sandbox.edit("watchlist", treasury(site).id, { description: "by hand" })
    const accepted = await workspace.acceptDrift(["watchlist.treasury"], { reason: "agreed" })
    expect(accepted).toMatchObject({ accepted: ["watchlist.treasury"], metadata: { verb: "drift" } })
    expect(treasury(site).description).toBe("by hand")
    const [newest] = (await workspace.auditList({ kind: "accept" })).records
    expect(newest?.body).toMatchObject({ verb: "drift", actor: "a program", reason: "agreed" })
  })

  it("leaves nothing behind at a signal that outlives it", async () => {
    const { site, workspace } = await changedSite()
    const { signal } = new AbortController()
    let heard = 0
    const confirm = () => {
      heard = getEventListeners(signal, "abort").length
      return false
    }
    site.sandbox.edit("watchlist", treasury(site).id, { description: "by hand" })
    await workspace.restoreDrift(["watchlist.treasury"], { confirm, signal })
    await expect(workspace.restoreDrift(["nothing"], { signal })).rejects.toThrow("not an address")
    expect([heard, getEventListeners(signal, "abort").length]).toEqual([1, 0])
  })

  it("asks nothing of a restoring that it declines", async () => {
    const { site, workspace } = await changedSite()
    site.sandbox.edit("watchlist", treasury(site).id, { description: "by hand" })
    const declined = await workspace.restoreDrift(["watchlist.treasury"], { confirm: () => false })
    expect([declined._tag, treasury(site).description]).toEqual(["declined", "by hand"])
  })
})

describe("a rollback that a later change stands in the way of", () => {
  it("is an answer, which can be said as an error is", async () => {
    const { changed, site, workspace } = await changedSite()
    await edit(site, "watchlists.yaml", "Other words", "Words of a third")
    await workspace.apply()
    const seq = lastSeq(site)
    const result = await workspace.rollback({ _tag: "batch", batch: changed.report.batch, only: [] })
    expect([result._tag, result.metadata.scopes]).toEqual(["blocked", ["watchlist.treasury"]])
    expect(amends.failureOfBlocked(result.report)).toMatchObject({
      exitCode: amends.exitCodeOfRollback(result),
      status: 409,
      detail: expect.stringContaining("watchlist.treasury at /description: "),
      hint: expect.stringContaining("amends rollback")
    })
    expect(writesAfter(site, seq)).toEqual([])
  })
})

describe("an Effect", () => {
  it("does the same over a layer, with errors that are known by their tag and reason", async () => {
    const { changed, site } = await changedSite()
    const program = Effect.gen(function*() {
      const missing = yield* amends.show({ name: "b-nothing" }).pipe(
        Effect.as("found"),
        Effect.catchTag("Refusal", ({ reason }) => Effect.succeed(reason))
      )
      const what = { _tag: "batch", batch: changed.report.batch, only: [] } as const
      const { report } = yield* amends.rollbackDryRun(what)
      const { metadata } = yield* amends.rollback(what)
      return { missing, items: report.items.length, metadata }
    })
    const layer = amends.layerWorkspace({ ...placeOf(site), reason: "from a layer" })
    const { items, metadata, missing } = await Effect.runPromise(Effect.provide(program, layer))
    expect([missing, items]).toEqual(["NotFound", 1])
    expect(metadata).toMatchObject({ verb: "rollback", actor: "a program", reason: "from a layer" })
  })
})

describe("a sync", () => {
  it.each(amends.mergeDirections)("towards %s refuses with why and what to do", async (direction) => {
    const { sandbox, directory } = await makeSite()
    const workspace = amends.openWorkspace({ directory, env: { ...secrets, MONITORING_URL: sandbox.url } })
    const error = await workspace.sync(direction).catch((cause: amends.AppError) => cause)
    const { detail, hint, summary } = amends.failureOf(error as amends.Refusal)
    expect(error).toMatchObject({ _tag: "Refusal", reason: "NotSupported" })
    expect([summary, detail, hint].every((words) => words.length > 20)).toBe(true)
    expect(detail).toContain(direction)
  })

  it("has a handler for each direction, and refuses another word", async () => {
    expect(Object.keys(mergeHandlers).toSorted()).toEqual([...amends.mergeDirections].toSorted())
    const { directory } = await makeSite()
    const error = await amends.openWorkspace({ directory, env: {} }).sync("sideways").catch((cause: unknown) => cause)
    expect(error).toMatchObject({ reason: "Usage", hint: expect.stringContaining("upstream, project, collection") })
  })
})
