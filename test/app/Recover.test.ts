/** A process dies in the middle of a batch; the next one finishes it from the journal, without the resource files. */
import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { exitCodeOfReports, failureOf } from "../../src/app/Failure.ts"
import { leaseBreak, leaseShow, status } from "../../src/app/Inspect.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import { choiceText } from "../../src/app/Recover.ts"
import {
  applied,
  applying,
  content,
  edit,
  failing,
  fired,
  killedDuring,
  lastSeq,
  makeSite,
  on,
  recovering,
  type Site,
  writesAfter
} from "./Site.ts"

const agentsCreated = { method: "POST", path: "/custom-agents", act: "hangAfter" } as const

const killedSite = async (): Promise<Site> => {
  const site = await makeSite()
  // One at a time, so that some of the batch is not begun.
  await killedDuring(site, applying({ policies: { parallelism: 1 } }), agentsCreated)
  return site
}

describe("recover", () => {
  it("takes back what a dead process left, and needs no resource file for it", async () => {
    const site = await killedSite()
    expect(Object.values(site.sandbox.snapshot()).flat().length).toBeGreaterThan(6)
    await rm(join(site.directory, "resources"), { recursive: true })
    const { reports, unfinished } = await on(site, recovering())
    expect(reports).toMatchObject([{ outcome: "compensated", left: [], stuck: [] }])
    expect(exitCodeOfReports(reports)).toBe(3)
    expect(unfinished).toEqual([])
    expect(Object.values(site.sandbox.snapshot()).flat()).toEqual([])
    expect(await on(site, recovering())).toEqual({ reports: [], unfinished: [], addresses: [] })
  })

  it("goes forward where that is asked for", async () => {
    const site = await killedSite()
    const { reports } = await on(site, recovering({ direction: "forward" }))
    expect(reports).toMatchObject([{ outcome: "committed" }])
    expect((await on(site, planBatch(planDefaults))).plan.steps).toEqual([])
    expect(Object.values(site.sandbox.snapshot()).map((all) => all.length)).toEqual([3, 3, 3])
  })

  it("stands in the way of every write until it is done, and only warns a plan", async () => {
    const site = await killedSite()
    const seq = lastSeq(site)
    const refused = failureOf(await failing(site, applying()))
    expect(refused).toMatchObject({ exitCode: 4, summary: "a batch is not finished" })
    expect(refused.hint).toContain("amends recover")
    expect(writesAfter(site, seq)).toEqual([])
    // What is there of it is the batch's own: no plan takes it for a stranger's and says to import it.
    const planned = await on(site, planBatch(planDefaults))
    expect(planned.unfinished).toHaveLength(1)
    expect(planned.plan.steps.map(({ action }) => action)).toEqual(Array.from({ length: 9 }, () => "create"))
    const view = await on(site, status)
    expect(view.unfinished.map(({ summary }) => summary.ended)).toEqual([undefined])
    expect(view.unfinished.flatMap(({ steps }) => steps.map(({ phase }) => phase))).toContain("in doubt")
  })

  it("stands in no plan's way either where it was cut off on its way back", async () => {
    const site = await makeSite()
    await applied(site)
    const channels = join(site.directory, "resources", "channels.yaml")
    const before = await readFile(channels, "utf8")
    await edit(site, "channels.yaml", /---\nkind: notification_channel\nname: audit[^]*$/, "")
    await edit(site, "agents.json", "notification_channel.audit.id", "notification_channel.ops.id")
    await edit(site, "agents.json", "ownershipChange", "tokenMint")
    site.sandbox.addFault({ method: "DELETE", path: "/custom-agents/", act: "status", status: 400 })
    const again = { method: "POST", path: "/notification-channels", act: "hangAfter" } as const
    await killedDuring(site, applying({ policies: { parallelism: 1 } }), again)
    await writeFile(channels, before)
    const { plan, unfinished } = await on(site, planBatch(planDefaults))
    expect(unfinished).toHaveLength(1)
    expect(plan.changes).toContainEqual(expect.objectContaining({ address: "notification_channel.audit" }))
    expect((await on(site, recovering())).reports).toMatchObject([{ outcome: "compensated", left: [] }])
  })

  it("goes first where an apply may do so", async () => {
    const site = await killedSite()
    const result = await on(site, applying({ autoRecover: true }))
    expect(result).toMatchObject({ _tag: "ran", recovered: [{ outcome: "compensated" }] })
    expect((await on(site, planBatch(planDefaults))).plan.steps).toEqual([])
  })

  it("asks for what it cannot decide, and does what a person chooses", async () => {
    const site = await makeSite()
    await applied(site)
    const before = content(site)
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    await edit(site, "agents.json", "ownershipChange", "tokenMint")
    const refusal = { act: "status", status: 400, times: 0 } as const
    site.sandbox.addFault({ ...refusal, method: "DELETE", path: "/custom-agents/" })
    const failed = await on(site, applying())
    if (failed._tag !== "ran") throw new Error(failed._tag)
    expect(failed.report.outcome).toBe("stuck")
    const [stuck] = failed.report.stuck
    if (stuck === undefined) throw new Error("nothing is stuck")
    expect(stuck.address).toBe("custom_agent.ownership")

    const early = await on(site, recovering())
    expect(early.reports).toMatchObject([{ outcome: "stuck" }])
    expect(early.unfinished).toHaveLength(1)
    const forward = failureOf(await failing(site, recovering({ direction: "forward" })))
    expect(forward).toMatchObject({ exitCode: 7, summary: "it is too late to go forward" })
    const wrong = failureOf(await failing(site, recovering({ choices: [`${stuck.address}=adopt:9`] })))
    expect(wrong).toMatchObject({ exitCode: 7, summary: "the choice is not offered" })
    const stale = failureOf(await failing(site, recovering({ choices: [`${stuck.address}=retry@0123456789ab`] })))
    expect(stale.exitCode).toBe(5)

    site.sandbox.clearFaults()
    const [again] = early.reports.flatMap((report) => report.stuck)
    if (again === undefined) throw new Error("nothing is stuck any more")
    const { reports, unfinished } = await on(site, recovering({ choices: [choiceText(again, "retry")] }))
    expect(reports).toMatchObject([{ outcome: "compensated", left: [] }])
    expect(unfinished).toEqual([])
    expect(content(site)).toEqual(before)
  })

  it("finds nothing in doubt of a batch that said it needs a person", async () => {
    const site = await makeSite()
    await applied(site)
    const idOf = (called: string) => site.sandbox.snapshot().watchlist.find(({ name }) => name === called)?.["id"]
    await edit(site, "watchlists.yaml", "What we deployed", "taken back last")
    await edit(site, "watchlists.yaml", "Protocols we depend on", "stuck")
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "refused")
    const refusal = { act: "status", status: 400, times: 0, method: "PATCH" } as const
    site.sandbox.addFault({ ...refusal, path: `/watchlists/${idOf("Treasury")}` })
    site.sandbox.addFault({ ...refusal, path: `/watchlists/${idOf("Counterparties")}`, nth: 2 })
    const failed = await on(site, applying({ policies: { parallelism: 1 } }))
    expect(failed).toMatchObject({ report: { outcome: "stuck", compensated: 1 } })
    const { unfinished } = await on(site, status)
    expect(unfinished.flatMap(({ steps }) => steps.map(({ address, phase }) => `${address} ${phase}`))).toEqual([
      "watchlist.contracts compensated",
      "watchlist.counterparties stuck",
      "watchlist.treasury refused"
    ])
  })

  it("finishes what a run left that lost its lease, which stopped and took nothing back", async () => {
    const site = await makeSite()
    site.sandbox.addFault({ method: "POST", path: "/watchlists", act: "delay", ms: 300 })
    const run = failing(site, applying({ policies: { parallelism: 1 } }))
    await fired(site, "delay")
    expect(await on(site, leaseBreak)).toMatchObject({ ownerAlive: "alive" })
    const taker = await on(site, leaseShow)
    expect(taker?.leftMs ?? 0).toBe(0)
    const failure = failureOf(await run)
    expect(failure).toMatchObject({ exitCode: 6, summary: "the lease was lost on the way" })
    expect(failure.hint).toContain("amends recover b-")
    expect(site.sandbox.requests().filter(({ method }) => method === "DELETE")).toEqual([])
    const { reports } = await on(site, recovering({ direction: "back" }))
    expect(reports).toMatchObject([{ outcome: "compensated", left: [] }])
    expect(Object.values(site.sandbox.snapshot()).flat()).toEqual([])
  })

  it("can be given up, which says what is left", async () => {
    const site = await killedSite()
    const { reports } = await on(site, recovering({ abandon: true }))
    expect(reports).toMatchObject([{ outcome: "abandoned" }])
    expect(reports[0]?.left.length).toBeGreaterThan(5)
    expect(exitCodeOfReports(reports)).toBe(4)
  })

  it("refuses what is not there, and choices that are none", async () => {
    const site = await makeSite()
    expect(failureOf(await failing(site, recovering({ batch: "b-nobody" }))).exitCode).toBe(1)
    expect(failureOf(await failing(site, recovering({ choices: ["watchlist.treasury"] }))).exitCode).toBe(7)
  })
})
