/** Takes committed batches and changes of one resource back, on a real server where others are at work as well. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { history } from "../../src/app/Inspect.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import { exitCodeOfRollback, rollback, rollbackDryRun, type RollbackOptions } from "../../src/app/Rollback.ts"
import type { RollbackWhat } from "../../src/app/RollbackWhat.ts"
import type { Address, Digest } from "../../src/domain/Ids.ts"
import {
  applied,
  content,
  edit,
  killedDuring,
  lastSeq,
  makeSite,
  on,
  recovering,
  type Site,
  writesAfter
} from "./Site.ts"

const rolling = (what: RollbackWhat, options: Partial<RollbackOptions> = {}) =>
  rollback({
    what,
    strategy: "stop",
    answers: new Map(),
    policies: {},
    allowIrreversible: false,
    leaseTimeoutMs: 0,
    actor: "tester",
    confirm: () => Effect.succeed(true),
    ...options
  })

const dry = (what: RollbackWhat, options: Partial<RollbackOptions> = {}) =>
  rollbackDryRun({ what, strategy: "stop", answers: new Map(), ...options })

const batch = (id: string, ...only: ReadonlyArray<string>): RollbackWhat => ({ _tag: "batch", batch: id, only })

const revert = (address: string, ...versions: ReadonlyArray<string>): RollbackWhat => ({
  _tag: "revert",
  address,
  versions
})

/** Rolls back, which must be carried out and commit. */
const rolledBack = async (site: Site, what: RollbackWhat, options: Partial<RollbackOptions> = {}) => {
  const result = await on(site, rolling(what, options))
  if (result._tag !== "ran") throw new Error(`the rollback came to ${result._tag}: ${JSON.stringify(result.report)}`)
  expect(result.batch.outcome).toBe("committed")
  expect(exitCodeOfRollback(result)).toBe(0)
  return result
}

const versionsOf = async (site: Site, address: string) =>
  (await on(site, history(address))).map(({ id }) => id).toReversed()

const watchlist = (site: Site, name = "Treasury") => {
  const found = site.sandbox.snapshot().watchlist.find((one) => one["name"] === name)
  if (found === undefined) throw new Error(`no watchlist ${name}`)
  return found as { readonly id: number; readonly [key: string]: unknown }
}

const describeAs = (site: Site, from: string | RegExp, to: string) => edit(site, "watchlists.yaml", from, to)

describe("a batch", () => {
  it("is taken back: what it changed is as it was, and the next plan wants it again", async () => {
    const site = await makeSite()
    await applied(site)
    const before = content(site)
    await describeAs(site, "Wallets that hold the treasury", "Other words")
    await edit(site, "agents.json", "100000", "250000")
    const { batch: id } = await applied(site)
    const { report } = await rolledBack(site, batch(id))
    expect(report.items.map(({ action, address }) => [address, action])).toEqual([
      ["watchlist.treasury", "update"],
      ["custom_agent.large-transfers", "update"]
    ])
    expect(report.conflicts).toEqual([])
    expect(content(site)).toEqual(before)
    const { plan } = await on(site, planBatch(planDefaults))
    expect(plan.steps.map(({ address }) => address).toSorted()).toEqual([
      "custom_agent.large-transfers",
      "watchlist.treasury"
    ])
  })

  it("is taken back, and that rollback is taken back as well", async () => {
    const site = await makeSite()
    await applied(site)
    await describeAs(site, "Wallets that hold the treasury", "Other words")
    const { batch: id } = await applied(site)
    const after = content(site)
    const { batch: { batch: undone } } = await rolledBack(site, batch(id))
    await rolledBack(site, batch(undone))
    expect(content(site)).toEqual(after)
    expect((await on(site, planBatch(planDefaults))).plan.steps).toEqual([])
  })

  it("keeps what others edited meanwhile, recorded or not", async () => {
    const site = await makeSite()
    await applied(site)
    await describeAs(site, "Wallets that hold the treasury", "Other words")
    const { batch: id } = await applied(site)
    // Ours, later; and somebody's that nobody recorded.
    await describeAs(site, "Main vault", "Main wallet")
    await applied(site)
    const { id: remoteId } = watchlist(site)
    site.sandbox.edit("watchlist", remoteId, { name: "Treasury of ours" })
    await rolledBack(site, batch(id))
    expect(watchlist(site, "Treasury of ours")).toMatchObject({ description: "Wallets that hold the treasury" })
    expect(JSON.stringify(watchlist(site, "Treasury of ours"))).toContain("Main wallet")
  })

  it("stops where somebody changed the same place, says who, and writes nothing", async () => {
    const site = await makeSite()
    await applied(site)
    await describeAs(site, "Wallets that hold the treasury", "Other words")
    await edit(site, "agents.json", "100000", "250000")
    const { batch: id } = await applied(site)
    const { id: remoteId } = watchlist(site)
    site.sandbox.edit("watchlist", remoteId, { description: "Theirs" })
    const seq = lastSeq(site)
    const result = await on(site, rolling(batch(id)))
    expect(result._tag).toBe("blocked")
    expect(exitCodeOfRollback(result)).toBe(5)
    expect(result.report.conflicts).toMatchObject([{
      address: "watchlist.treasury",
      path: "/description",
      kind: "edit-edit",
      severity: "critical",
      base: "Other words",
      ours: "Theirs",
      theirs: "Wallets that hold the treasury",
      touchedBy: [{ _tag: "outside" }]
    }])
    expect(result.report.conflicts[0]?.suggestions).toContain(
      `amends rollback ${id} --only custom_agent.large-transfers  # only what has no conflict`
    )
    expect(writesAfter(site, seq)).toEqual([])
    expect((await on(site, dry(batch(id)))).report).toEqual(result.report)

    await rolledBack(site, batch(id, "custom_agent.large-transfers"))
    expect(JSON.stringify(site.sandbox.snapshot().custom_agent)).toContain("100000")
    expect(watchlist(site)).toMatchObject({ description: "Theirs" })
    await rolledBack(site, batch(id, "watchlist.treasury"), { strategy: "theirs" })
    expect(watchlist(site)).toMatchObject({ description: "Wallets that hold the treasury" })
  })

  it("brings deleted resources back, and what refers to them follows the new ids", async () => {
    const site = await makeSite()
    await applied(site)
    const before = content(site)
    await edit(site, "channels.yaml", /---\nkind: notification_channel\nname: audit[^]*$/, "")
    await edit(site, "agents.json", "notification_channel.audit.id", "notification_channel.ops.id")
    const { batch: id } = await applied(site)
    const { report } = await rolledBack(site, batch(id))
    expect(report.items.map(({ action, address }) => [address, action])).toEqual(
      expect.arrayContaining([["notification_channel.audit", "create"], ["custom_agent.counterparty-risk", "update"]])
    )
    expect(content(site)).toEqual(before)
  })

  it("deletes what it created, unless somebody edited that or something refers to it", async () => {
    const site = await makeSite()
    const { batch: id } = await applied(site)
    const { id: remoteId } = watchlist(site, "Contracts")
    site.sandbox.edit("watchlist", remoteId, { description: "Edited" })
    const what = batch(id, "watchlist.contracts")
    const edited = await on(site, rolling(what))
    expect(edited.report.conflicts).toMatchObject([{ path: "", kind: "delete-edit", severity: "critical" }])
    const referred = await on(site, rolling(what, { strategy: "theirs" }))
    expect(referred._tag).toBe("blocked")
    expect(referred.report.conflicts).toMatchObject([{ settled: "theirs" }, {
      kind: "dependency",
      severity: "critical"
    }])
    expect(referred.report.conflicts[1]?.why).toContain("custom_agent.ownership refers to it")
    site.sandbox.edit("watchlist", remoteId, { description: "What we deployed" })
    await rolledBack(site, batch(id, "watchlist.contracts", "custom_agent.ownership"))
    expect(site.sandbox.snapshot().watchlist.map(({ name }) => name)).toEqual(["Counterparties", "Treasury"])
  })
})

describe("a rollback that is killed half-way", () => {
  it.each(["auto", "forward"] as const)("is recovered like an apply (%s)", async (direction) => {
    const site = await makeSite()
    await applied(site)
    const before = content(site)
    await describeAs(site, "Wallets that hold the treasury", "Other words")
    await edit(site, "agents.json", "100000", "250000")
    const { batch: id } = await applied(site)
    const second = content(site)
    const first = rolling(batch(id), { policies: { parallelism: 1 } })
    await killedDuring(site, first, { method: "PATCH", path: "/", act: "hangAfter" })
    const { reports } = await on(site, recovering({ direction }))
    expect(reports.map(({ outcome }) => outcome)).toEqual([direction === "auto" ? "compensated" : "committed"])
    expect(content(site)).toEqual(direction === "auto" ? second : before)
    const [newest] = await on(site, history("watchlist.treasury"))
    expect(newest?.origin).toBe(direction === "auto" ? "apply" : "rollback")
  })
})

describe("a version", () => {
  it("is taken out of five, and the later ones stay; taking that out again gives the head back", async () => {
    const site = await makeSite()
    await applied(site)
    const words = ["Wallets that hold the treasury", "second"]
    await describeAs(site, words[0] ?? "", "second")
    await applied(site)
    await describeAs(site, "name: Main vault", "name: Vault one")
    await applied(site)
    await describeAs(site, /\n {4}- \{[^\n]*Payroll \}/, "")
    await applied(site)
    await describeAs(site, "name: Treasury\n", "name: The treasury\n")
    await applied(site)
    const head = content(site)
    const [, second = "", , , fifth = ""] = await versionsOf(site, "watchlist.treasury")
    await rolledBack(site, revert("watchlist.treasury", second))
    const now = watchlist(site, "The treasury")
    expect(now).toMatchObject({ description: words[0] })
    expect(JSON.stringify(now)).toContain("Vault one")
    expect(JSON.stringify(now)).not.toContain("Payroll")
    const all = await on(site, history("watchlist.treasury"))
    expect(all[0]).toMatchObject({ origin: "rollback", reverts: [second], parents: [fifth] })
    await rolledBack(site, revert("watchlist.treasury", all[0]?.id ?? ""))
    expect(content(site)).toEqual(head)
  })

  it("is gone back to, after saying what that drops", async () => {
    const site = await makeSite()
    await applied(site)
    const before = content(site)
    await describeAs(site, "Wallets that hold the treasury", "second")
    await applied(site)
    const { id: remoteId } = watchlist(site)
    site.sandbox.edit("watchlist", remoteId, { name: "Theirs" })
    const [first = "", second = ""] = await versionsOf(site, "watchlist.treasury")
    const what: RollbackWhat = { _tag: "to", address: "watchlist.treasury", version: first }
    const { report } = await rolledBack(site, what)
    expect(report.items[0]?.drops).toMatchObject([{ _tag: "outside" }, { _tag: "version", version: second as Digest }])
    expect(content(site)).toEqual(before)
  })

  it("that is not there, or is named the wrong way round, is refused", async () => {
    const site = await makeSite()
    await applied(site)
    const refused = (what: RollbackWhat) => on(site, Effect.flip(rolling(what)) as never)
    const of = "watchlist.treasury" as Address
    expect(await refused(revert(of, "sha256:000000"))).toMatchObject({ reason: "NotFound" })
    expect(await refused(revert("watchlist.nobody", "sha256:0"))).toMatchObject({ reason: "NotFound" })
    expect(await refused(batch("b-nothing"))).toMatchObject({ reason: "NotFound" })
  })
})
