/** The library: promises over a directory, with events, and a signal that stops. */
import { appendFile } from "node:fs/promises"
import { join } from "node:path"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { type EngineEvent, failureOf, openWorkspace, type Refusal, type Warning } from "../../src/index.ts"
import { startReceiver } from "./notify/Receiver.ts"
import { edit, literalSecret, makeSite, secrets, type Site } from "./Site.ts"

const opened = ({ directory, sandbox }: Site, onEvent: (event: EngineEvent) => void = () => {}) =>
  openWorkspace({ directory, env: { ...secrets, MONITORING_URL: sandbox.url }, actor: "a program", onEvent })

describe("a program", () => {
  it("plans, applies and recovers", async () => {
    const site = await makeSite()
    const events: Array<EngineEvent["_tag"]> = []
    const workspace = opened(site, ({ _tag }) => events.push(_tag))
    const { plan } = await workspace.plan()
    expect(plan.steps).toHaveLength(9)
    const result = await workspace.apply({ reason: "first" })
    expect(result).toMatchObject({ _tag: "ran", report: { outcome: "committed" } })
    expect(events.filter((tag) => tag === "apply_complete")).toHaveLength(9)
    expect((await workspace.apply())._tag).toBe("nothing")
    expect(await workspace.recover()).toMatchObject({ reports: [], unfinished: [], addresses: [] })
  })

  it("says no to a plan, and sees errors as values of one union", async () => {
    const site = await makeSite()
    const workspace = opened(site)
    expect((await workspace.apply({ confirm: () => false }))._tag).toBe("declined")
    await edit(site, "watchlists.yaml", "description: Protocols", "descriptoin: Protocols")
    const error = await workspace.apply().catch((cause: Refusal) => cause)
    expect(failureOf(error as Refusal).exitCode).toBe(7)
    expect(site.sandbox.snapshot().watchlist).toEqual([])
  })

  it("tells no secret where it logs or serialises what it is told", async () => {
    const site = await makeSite()
    const told: Array<unknown> = []
    const workspace = opened(site, (event) => told.push(event))
    const confirm = (planned: unknown) => told.push(planned) > 0
    await workspace.apply({ confirm })
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    told.push(await workspace.plan())
    const applied = await workspace.apply({ confirm })
    const what = { _tag: "batch", batch: applied.metadata.batch ?? "", only: [] } as const
    told.push(applied, await workspace.rollbackDryRun(what), await workspace.rollback(what))
    const written = told.flatMap((one) => [JSON.stringify(one), inspect(one, { depth: Infinity })]).join("\n")
    expect(written).toContain("watchlist.treasury")
    expect([...Object.values(secrets), literalSecret].filter((secret) => written.includes(secret))).toEqual([])
    expect(applied).toHaveProperty("planned.settings.name")
  })

  it("is told what went wrong beside the work", async () => {
    const site = await makeSite()
    const receiver = await startReceiver(404)
    const file = join(site.directory, "amends.yaml")
    await appendFile(file, "notify: [{ on: [committed], webhook: \"${env.OPS_WEBHOOK}\" }]\n")
    const warnings: Array<Warning> = []
    const workspace = openWorkspace({
      directory: site.directory,
      env: { ...secrets, MONITORING_URL: site.sandbox.url, OPS_WEBHOOK: receiver.url },
      onWarning: (warning) => void warnings.push(warning)
    })
    expect(await workspace.apply()).toMatchObject({ _tag: "ran", report: { outcome: "committed" } })
    expect(warnings.map(({ summary }) => summary)).toEqual(["a notification was not delivered"])
    await receiver.close()
  })

  it("stops an apply, which takes back what it did", async () => {
    const site = await makeSite()
    const controller = new AbortController()
    const workspace = opened(site, ({ _tag }) => _tag === "apply_complete" && controller.abort())
    const result = await workspace.apply({ signal: controller.signal, policies: { parallelism: 1 } })
    expect(result).toMatchObject({ _tag: "ran", report: { outcome: "compensated", interrupted: true, wrote: true } })
    expect(Object.values(site.sandbox.snapshot()).flat()).toEqual([])
  })
})
