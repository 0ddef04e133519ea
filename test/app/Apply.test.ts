/** Plans and applies a real workspace against a real server, with faults where they hurt most. */
import { describe, expect, it } from "vitest"
import { exitCodeOfApply } from "../../src/app/Apply.ts"
import { changesAnything, planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import {
  applied,
  applying,
  content,
  edit,
  lastSeq,
  literalSecret,
  makeSite,
  on,
  secrets,
  stateBytes,
  writesAfter
} from "./Site.ts"

describe("apply", () => {
  it("creates what is declared, and then there is nothing to do", async () => {
    const site = await makeSite()
    const report = await applied(site)
    expect(report).toMatchObject({ outcome: "committed", counts: { added: 9, changed: 0, destroyed: 0 }, wrote: true })
    const snapshot = site.sandbox.snapshot()
    expect(Object.values(snapshot).map((all) => all.length)).toEqual([3, 3, 3])

    const seq = lastSeq(site)
    const { plan } = await on(site, planBatch(planDefaults))
    expect(plan.steps).toEqual([])
    expect(plan.drift).toEqual([])
    expect(changesAnything(plan)).toBe(false)
    const again = await on(site, applying())
    expect(again._tag).toBe("nothing")
    expect(exitCodeOfApply(again)).toBe(0)
    expect(writesAfter(site, seq)).toEqual([])
  })

  it("keeps every secret out of what it writes to the disk", async () => {
    const site = await makeSite()
    await applied(site)
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    const [one = ""] = Object.values(secrets)
    await on(site, applying({ reason: `rotated to ${one}`, actor: `${one}@host` }))
    const bytes = await stateBytes(site)
    expect(bytes).toContain("custom_agent.large-transfers")
    for (const secret of [...Object.values(secrets), literalSecret]) expect(bytes).not.toContain(secret)
  })

  it("takes everything back when the last write is refused, and succeeds once it is not", async () => {
    const site = await makeSite()
    await applied(site)
    const before = content(site)
    // An update, a delete of a channel with a change of its referrer, a replace, and a create whose write comes last.
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    await edit(site, "channels.yaml", /---\nkind: notification_channel\nname: audit[^]*$/, "")
    await edit(site, "agents.json", "notification_channel.audit.id", "notification_channel.ops.id")
    await edit(site, "agents.json", "ownershipChange", "tokenMint")
    site.sandbox.addFault({ method: "DELETE", path: "/notification-channels/", act: "status", status: 400, times: 0 })

    const failed = await on(site, applying())
    if (failed._tag !== "ran") throw new Error(failed._tag)
    expect(failed.report).toMatchObject({ outcome: "compensated", stuck: [], left: [], wrote: true })
    expect(failed.report.failures.map(({ address }) => address)).toEqual(["notification_channel.audit"])
    expect(exitCodeOfApply(failed)).toBe(3)
    expect(content(site)).toEqual(before)

    site.sandbox.clearFaults()
    const report = await applied(site)
    expect(report).toMatchObject({ outcome: "committed", counts: { added: 1, changed: 2, destroyed: 2 } })
    expect(site.sandbox.snapshot().notification_channel).toHaveLength(2)
    expect((await on(site, planBatch(planDefaults))).plan.steps).toEqual([])
  })

  it("gives a deleted channel back under a new id, and its agents that id", async () => {
    const site = await makeSite()
    await applied(site)
    const before = content(site)
    const idOf = (name: string) =>
      site.sandbox.snapshot().notification_channel.find((one) => one["name"] === name)?.["id"]
    const formerly = idOf("Audit log")
    await edit(site, "channels.yaml", /---\nkind: notification_channel\nname: audit[^]*$/, "")
    await edit(site, "agents.json", "notification_channel.audit.id", "notification_channel.ops.id")
    await edit(site, "agents.json", "ownershipChange", "tokenMint")
    // What a replace leaves behind is deleted last: the channel is gone by then.
    site.sandbox.addFault({ method: "DELETE", path: "/custom-agents/", act: "status", status: 400 })
    const failed = await on(site, applying({ policies: { parallelism: 1 } }))
    if (failed._tag !== "ran") throw new Error(failed._tag)
    expect(failed.report).toMatchObject({ outcome: "compensated", left: [] })
    expect(content(site)).toEqual(before)
    expect(idOf("Audit log")).not.toBe(formerly)

    await edit(site, "agents.json", "tokenMint", "ownershipChange")
    const report = await applied(site)
    expect(report).toMatchObject({ outcome: "committed", counts: { added: 0, changed: 1, destroyed: 1 } })
  })
})
