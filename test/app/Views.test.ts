/** Looking back, importing and forgetting, and the doctor. */
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { doctor } from "../../src/app/Doctor.ts"
import { failureOf } from "../../src/app/Failure.ts"
import { forget } from "../../src/app/Forget.ts"
import { importResource } from "../../src/app/Import.ts"
import { batches, history, leaseBreak, leaseShow, list, show, status } from "../../src/app/Inspect.ts"
import { planBatch, planDefaults } from "../../src/app/PlanBatch.ts"
import { shown } from "../../src/app/Shown.ts"
import { addressOf } from "../../src/domain/Ids.ts"
import { asSealed } from "../../src/domain/Sealed.ts"
import { refNode } from "../../src/domain/Template.ts"
import { startReceiver } from "./notify/Receiver.ts"
import {
  applied,
  edit,
  failing,
  lastSeq,
  literalSecret,
  makeSite,
  on,
  secrets,
  type Site,
  writesAfter
} from "./Site.ts"

const asked = { actor: "tester", leaseTimeoutMs: 0 }

const empty = async (site: Site): Promise<void> => {
  await rm(join(site.directory, "resources"), { recursive: true })
  await mkdir(join(site.directory, "resources"))
}

describe("views", () => {
  it("of a workspace without a state are empty, and make none", async () => {
    const site = await makeSite()
    expect(await on(site, list)).toEqual([])
    expect(await on(site, batches)).toEqual([])
    expect(await on(site, history())).toEqual([])
    expect(await on(site, leaseShow)).toBeUndefined()
    expect(await on(site, status)).toEqual({ workspace: "acme-monitoring", resources: 0, unfinished: [] })
    await on(site, planBatch(planDefaults))
    await expect(rm(join(site.directory, ".amends"), { recursive: true })).rejects.toThrow("ENOENT")
  })

  it("show what was done, without the resource files and without a secret", async () => {
    const site = await makeSite()
    const first = await applied(site)
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    const second = await applied(site)
    await empty(site)

    expect((await on(site, list)).map(({ address }) => address).at(-1)).toBe("watchlist.treasury")
    expect((await on(site, batches)).map(({ id, ended }) => [id, ended])).toEqual([
      [second.batch, "committed"],
      [first.batch, "committed"]
    ])
    expect(await on(site, history())).toHaveLength(10)
    const [newest, oldest] = await on(site, history("watchlist.treasury"))
    expect(newest?.parents).toEqual([oldest?.id])

    const batch = await on(site, show({ name: second.batch }))
    if (batch._tag !== "batch") throw new Error(batch._tag)
    expect(batch.batch.steps).toMatchObject([{ address: "watchlist.treasury", action: "update", phase: "applied" }])
    expect(await on(site, show({ name: newest?.id.slice(0, 20) ?? "" }))).toMatchObject({ _tag: "version" })
    const resource = await on(site, show({ name: "notification_channel.audit" }))
    if (resource._tag !== "resource" || resource.head === undefined) throw new Error(resource._tag)
    expect(shown(resource.head.declared)).toMatchObject({
      name: "Audit log",
      configuration: { value: "(sensitive)", headers: [{ key: "authorization", value: "(sensitive)" }] }
    })
    for (const secret of [...Object.values(secrets), literalSecret]) {
      expect(JSON.stringify([batch, resource])).not.toContain(secret)
    }
    expect(failureOf(await failing(site, show({ name: "nothing-of-that-name" }))).exitCode).toBe(1)
    expect(failureOf(await failing(site, show({ name: "watchlist.nobody" }))).exitCode).toBe(1)
    expect(await on(site, leaseBreak)).toBeUndefined()
  })

  it("show what is sensitive and what is not known yet in words", () => {
    const reference = refNode({ address: addressOf("watchlist", "a"), path: "/id" })
    expect(shown(asSealed({ a: [{ $sealed: "x" }], b: reference, c: 1 }))).toEqual({
      a: ["(sensitive)"],
      b: "(known after apply)",
      c: 1
    })
  })
})

describe("import", () => {
  it("manages what exists as its file declares it, and the next plan shows what differs", async () => {
    const site = await makeSite()
    const created = site.sandbox.create("watchlist", { name: "Treasury", description: "theirs", assets: [] })
    const seq = lastSeq(site)
    const head = await on(site, importResource({ ...asked, address: "watchlist.treasury", id: String(created["id"]) }))
    expect(head).toMatchObject({ remoteId: String(created["id"]), declared: { description: "theirs" } })
    expect(head.version).not.toBe("")
    const { plan } = await on(site, planBatch({ ...planDefaults, targets: ["watchlist.treasury"] }))
    expect(plan.steps).toMatchObject([{ action: "update", address: "watchlist.treasury" }])
    expect(plan.changes.find(({ action }) => action === "update")?.differs).toContain("/description")
    expect(writesAfter(site, seq)).toEqual([])
    const again = failureOf(await failing(site, importResource({ ...asked, address: "watchlist.treasury", id: "1" })))
    expect(again.exitCode).toBe(7)
    const gone = failureOf(await failing(site, importResource({ ...asked, address: "watchlist.contracts", id: "999" })))
    expect(gone.exitCode).toBe(1)
  })

  it("takes every writable field of what no file declares, secrets sealed", async () => {
    const site = await makeSite()
    await empty(site)
    const { id } = site.sandbox.create("notification_channel", {
      name: "theirs",
      type: "Webhook",
      configuration: { value: "https://hooks.example/their-secret" }
    })
    const head = await on(site, importResource({ ...asked, address: "notification_channel.theirs", id: String(id) }))
    expect(shown(head.declared)).toEqual({
      name: "theirs",
      type: "Webhook",
      configuration: { value: "(sensitive)" }
    })
    expect(JSON.stringify(head)).not.toContain("their-secret")
  })
})

describe("forget", () => {
  it("lets go of a resource and leaves it as it is", async () => {
    const site = await makeSite()
    await applied(site)
    const seq = lastSeq(site)
    expect(await on(site, forget({ ...asked, address: "custom_agent.ownership" }))).toMatchObject({
      address: "custom_agent.ownership"
    })
    expect((await on(site, list)).map(({ address }) => address)).not.toContain("custom_agent.ownership")
    expect(writesAfter(site, seq)).toEqual([])
    expect(site.sandbox.snapshot().custom_agent).toHaveLength(3)
    expect(failureOf(await failing(site, forget({ ...asked, address: "custom_agent.ownership" }))).exitCode).toBe(1)
  })
})

describe("the doctor", () => {
  it("finds nothing where all is well", async () => {
    const site = await makeSite()
    await applied(site)
    const findings = await on(site, doctor)
    expect(findings.filter(({ ok }) => !ok)).toEqual([])
    expect(findings.map(({ what }) => what)).toEqual([
      "workspace",
      "resources",
      "state",
      "journal",
      "batches",
      "lease",
      "provider monitoring"
    ])
  })

  it("tells everything that is wrong at once, and what to do", async () => {
    const site = await makeSite()
    await applied(site)
    await writeFile(join(site.directory, ".amends", "key"), `${"ab".repeat(32)}\n`)
    await edit(site, "watchlists.yaml", "description: Protocols", "descriptoin: Protocols")
    site.sandbox.configure({ credentials: { clientId: "other", clientSecret: "other" } })
    const bad = (await on(site, doctor)).filter(({ ok }) => !ok)
    expect(bad.map(({ what }) => what)).toEqual(["resources", "state", "provider monitoring"])
    expect(bad.every(({ hint }) => hint !== undefined && hint !== "")).toBe(true)
    for (const secret of Object.values(secrets)) expect(JSON.stringify(bad)).not.toContain(secret)
  })

  it("looks whether those whom notify tells are there, and tells them nothing", async () => {
    const site = await makeSite()
    await applied(site)
    const receiver = await startReceiver()
    const gone = await startReceiver()
    await gone.close()
    const notify = (...targets: ReadonlyArray<string>) =>
      appendFile(
        join(site.directory, "amends.yaml"),
        `notify:\n${targets.map((target) => `  - { on: [stuck], ${target} }\n`).join("")}`
      )
    const settings = await readFile(join(site.directory, "amends.yaml"), "utf8")
    await notify(`webhook: "${receiver.url}"`, "command: [node]")
    const well = await on(site, doctor, { PATH: dirname(process.execPath) })
    expect(well.filter(({ ok, what }) => !ok || what === "notify")).toMatchObject([{ what: "notify", ok: true }])
    await writeFile(join(site.directory, "amends.yaml"), settings)
    await notify(`webhook: "${gone.url}"`, "command: [no-such-program]")
    expect((await on(site, doctor)).filter(({ what }) => what === "notify")).toMatchObject([
      { ok: false, detail: "the webhook of /notify/0: it could not be reached (ECONNREFUSED)" },
      { ok: false, detail: "the command no-such-program of /notify/1: there is no such program" }
    ])
    await receiver.close()
    expect(receiver.letters).toEqual([])
  })

  it("says where the workspace should be when there is none", async () => {
    const site = await makeSite()
    await rm(join(site.directory, "amends.yaml"))
    expect(await on(site, doctor)).toMatchObject([{ what: "workspace", ok: false }])
  })
})
