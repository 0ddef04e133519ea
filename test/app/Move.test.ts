/**
 * Another address for what is managed, by command and by `moved:`: nothing is written remotely, before or after.
 */
import { Result } from "effect"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { failureOf } from "../../src/app/Failure.ts"
import { list } from "../../src/app/Inspect.ts"
import { move, type MoveOptions } from "../../src/app/Move.ts"
import { afterMoves } from "../../src/app/Moves.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import { planAndSave } from "../../src/app/PlanFile.ts"
import type { Address } from "../../src/domain/Ids.ts"
import { clean, makeExisting, planned, put } from "./Existing.ts"
import { applied, applying, failing, lastSeq, on, type Site, writesAfter } from "./Site.ts"

const declare = (site: Site, name: string, type = "Email") =>
  put(
    site,
    "resources/all.yaml",
    `kind: notification_channel
name: ${name}
spec: { type: ${type}, configuration: { value: ops@example.com } }
---
kind: custom_agent
name: agent
spec:
  agentType: largeTransfer
  severity: High
  state: enabled
  rule: { threshold: 5 }
  channelsConfigurations: [{ id: "\${notification_channel.${name}.id}" }]
`
  )

const moving = (options: Partial<MoveOptions> = {}) =>
  move({
    from: "notification_channel.old",
    to: "notification_channel.new",
    actor: "tester",
    leaseTimeoutMs: 0,
    ...options
  })

const settle = async (site: Site, moved: string): Promise<void> => {
  const path = join(site.directory, "amends.yaml")
  const text = await readFile(path, "utf8")
  await writeFile(path, `${text.replace(/^moved:.*\n/m, "")}${moved === "" ? "" : `moved: ${moved}\n`}`)
}

const heads = async (site: Site) => {
  const all = await on(site, list)
  return all.map(({ address, dependsOn, remoteId }) => [address, remoteId, ...dependsOn].join(" "))
}

const after = [
  "custom_agent.agent 1 notification_channel.new",
  "notification_channel.new 1"
]

/** Two resources that are managed, and the last request that made them. */
const ready = async () => {
  const site = await makeExisting()
  await declare(site, "old")
  await applied(site)
  return { site, seq: lastSeq(site) }
}

describe("a move", () => {
  it("renames what is managed, and a plan of the renamed files is empty", async () => {
    const { seq, site } = await ready()
    await declare(site, "new")
    expect(await on(site, moving())).toMatchObject({ remoteId: "1", files: "follow" })
    expect(await heads(site)).toEqual(after)
    expect(await planned(site)).toEqual(clean)
    expect(writesAfter(site, seq)).toEqual([])
    expect(site.sandbox.snapshot().notification_channel).toMatchObject([{ id: 1, name: "old" }])
  })

  it("keeps the remote's name through later changes, until the file says another", async () => {
    const { site } = await ready()
    await declare(site, "new")
    await on(site, moving())
    await declare(site, "new", "Slack")
    await applied(site)
    expect(site.sandbox.snapshot().notification_channel).toMatchObject([{ id: 1, name: "old", type: "Slack" }])
    expect(await planned(site)).toEqual(clean)
  })

  it("tells where the files do not follow", async () => {
    const { site } = await ready()
    expect(await on(site, moving())).toMatchObject({ files: "lag" })
  })

  it.each<readonly [string, Partial<MoveOptions>, number]>([
    ["to another kind", { to: "watchlist.new" }, 7],
    ["to itself", { to: "notification_channel.old" }, 7],
    ["to what is managed", { from: "notification_channel.other", to: "notification_channel.old" }, 1],
    ["of what is not managed", { from: "watchlist.none", to: "watchlist.new" }, 1],
    ["of no address", { from: "old" }, 7]
  ])("%s is refused", async (_, options, exitCode) => {
    const { site } = await ready()
    expect(failureOf(await failing(site, moving(options))).exitCode).toBe(exitCode)
    expect((await heads(site))[1]).toBe("notification_channel.old 1")
  })

  it("never puts two under one address", () => {
    const head = (name: string) => ({
      address: `box.${name}` as Address,
      remoteId: name,
      dependsOn: [],
      version: "v"
    })
    const moves = [{ from: "box.a" as Address, to: "box.b" as Address }]
    const result = afterMoves(moves, [head("a"), head("b")])
    expect(Result.isFailure(result) && result.failure).toMatchObject({ reason: "Usage", summary: "both are managed" })
    expect(Result.isSuccess(afterMoves(moves, [head("b")]))).toBe(true)
  })
})

describe("moved: in amends.yaml", () => {
  const moved = "[{ from: notification_channel.old, to: notification_channel.new }]"

  it("is shown by a plan, done by an apply, and may be taken out afterwards", async () => {
    const { seq, site } = await ready()
    await declare(site, "new")
    await settle(site, moved)
    const { moves, plan } = await on(site, planBatch(planDefaults))
    expect([moves, plan.steps]).toEqual([[{ from: "notification_channel.old", to: "notification_channel.new" }], []])
    expect((await heads(site))[1]).toBe("notification_channel.old 1")
    expect((await on(site, applying()))._tag).toBe("nothing")
    expect(await heads(site)).toEqual(after)
    expect(writesAfter(site, seq)).toEqual([])
    for (const left of [moved, ""]) {
      await settle(site, left)
      expect(await planned(site)).toEqual(clean)
    }
  })

  it("goes with a change of the same resource, from the files or from a saved plan", async () => {
    const { seq, site } = await ready()
    await declare(site, "new", "Slack")
    await settle(site, moved)
    const { text } = await on(site, planAndSave(planDefaults))
    const result = await on(site, applying({ planFile: text }))
    expect(result._tag).toBe("ran")
    expect(writesAfter(site, seq)).toEqual(["PATCH /notification-channels/1"])
    expect(await heads(site)).toEqual(after)
    expect(await planned(site)).toEqual(clean)
  })

  it("may go through several addresses", async () => {
    const { site } = await ready()
    await declare(site, "new")
    await settle(
      site,
      "[{ from: notification_channel.old, to: notification_channel.mid }, " +
        "{ from: notification_channel.mid, to: notification_channel.new }]"
    )
    await on(site, applying())
    expect(await heads(site)).toEqual(after)
  })

  it("is refused where the files still declare the old address, or where it cannot be meant", async () => {
    const { site } = await ready()
    await settle(site, moved)
    expect(failureOf(await failing(site, planBatch(planDefaults))).detail).toContain(
      "`moved` says that notification_channel.old has become notification_channel.new"
    )
    await declare(site, "new")
    await settle(
      site,
      "[{ from: a.b, to: c.d }, { from: a.b, to: a.b }, { from: a.b, to: a.c }, { from: a.b, to: a.d }]"
    )
    const { detail } = failureOf(await failing(site, planBatch(planDefaults)))
    expect(detail.match(/\/moved\/\d/g)).toEqual(["/moved/0", "/moved/1", "/moved/3"])
  })
})
