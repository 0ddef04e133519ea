/**
 * How many calls a plan takes of each provider, and the least time they take.
 */
import { describe, expect, it } from "vitest"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import { callsOfPlan } from "../../src/app/PlanCalls.ts"
import { callLines } from "../../src/cli/RenderPlan.ts"
import { makeExisting, put } from "./Existing.ts"
import { applied, lastSeq, on, type Site, writesAfter } from "./Site.ts"

const declare = (site: Site, resources: ReadonlyArray<readonly [string, string, object]>) =>
  put(
    site,
    "resources/all.json",
    JSON.stringify(resources.map(([kind, name, spec]) => ({ kind, name, spec })))
  )

const calls = async (site: Site, destroy = false) => {
  const { plan, registry } = await on(site, planBatch({ ...planDefaults, destroy }))
  return callsOfPlan(plan, registry)
}

const asset = (address: string) => ({ chain: "ethereum", type: "Wallet", address })

const first = [
  ["watchlist", "plain", { description: "x" }],
  ["watchlist", "full", { assets: [asset("0x1")] }],
  ["notification_channel", "ops", { type: "Email", configuration: { value: "ops@example.com" } }]
] as const

const agent = (severity: string, agentType = "largeTransfer") =>
  [
    "custom_agent",
    "a",
    {
      agentType,
      severity,
      state: "enabled",
      rule: { threshold: 5 },
      channelsConfigurations: [{ id: "${notification_channel.ops.id}" }]
    }
  ] as const

describe("the calls of a plan", () => {
  it("are those that the batch makes, forward and on the way back", async () => {
    const site = await makeExisting()
    await declare(site, [...first, agent("High")])
    expect(await calls(site)).toEqual([{ provider: "monitoring", forward: 5, back: 4 }])
    await applied(site)
    expect(writesAfter(site, 0)).toHaveLength(5)
    expect(await calls(site)).toEqual([])
    expect(await calls(site, true)).toEqual([{ provider: "monitoring", forward: 4, back: 5 }])
  })

  it("are two for what is replaced, and none for what stays", async () => {
    const site = await makeExisting()
    await declare(site, [...first, agent("High")])
    await applied(site)
    const seq = lastSeq(site)
    await declare(site, [["watchlist", "full", { assets: [asset("0x2")] }], first[2], agent("Medium", "other")])
    expect(await calls(site)).toEqual([{ provider: "monitoring", forward: 4, back: 4 }])
    await applied(site)
    expect(writesAfter(site, seq)).toHaveLength(4)
  })

  it("take the time that the rate limit leaves them", async () => {
    const site = await makeExisting()
    const configuration = `workspace: a
providers:
  monitoring:
    baseUrl: ${site.sandbox.url}
    clientId: sandbox
    clientSecret: sandbox-secret
    rateLimit: { requests: 5, per: 30s }
`
    await put(site, "amends.yaml", configuration)
    await declare(site, Array.from({ length: 9 }, (_, n) => ["watchlist", `w${n}`, {}] as const))
    const expected = { provider: "monitoring", forward: 9, back: 9, forwardMs: 60_000, backMs: 30_000 }
    expect(await calls(site)).toEqual([expected])
    expect(callLines([expected, { provider: "x", forward: 1, back: 0 }])).toEqual([
      "Calls to monitoring: 9 in at least 1m 0s; to take all of it back: 9 in at least 30s.",
      "Calls to x: 1; to take all of it back: 0.",
      ""
    ])
  })
})
