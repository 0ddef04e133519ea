/** A saved plan is exactly what is applied: once, unedited, and only while what it rests on stands. */
import { describe, expect, it } from "vitest"
import { failureOf } from "../../src/app/Failure.ts"
import { list } from "../../src/app/Inspect.ts"
import { planDefaults } from "../../src/app/PlanBatch.ts"
import { planAndSave, readPlan } from "../../src/app/PlanFile.ts"
import { applied, applying, edit, failing, literalSecret, makeSite, on, secrets, type Site } from "./Site.ts"

const save = async (site: Site): Promise<string> => (await on(site, planAndSave(planDefaults))).text

const refusal = async (site: Site, planFile: string) => failureOf(await failing(site, applying({ planFile })))

describe("a saved plan", () => {
  it("is applied as it was saved, without asking and without the resource files, once", async () => {
    const site = await makeSite()
    const text = await save(site)
    await edit(site, "watchlists.yaml", "kind: watchlist", "kind: nonsense")
    const asked = {
      confirm: () => {
        throw new Error("a saved plan is not asked for")
      }
    }
    const report = await applied(site, { planFile: text, ...asked })
    expect(report).toMatchObject({ outcome: "committed", counts: { added: 9 } })
    expect(await on(site, list)).toHaveLength(9)
    expect(await refusal(site, text)).toMatchObject({ exitCode: 7, summary: "the plan was used before" })
  })

  it("holds no secret, and is read back as it was", async () => {
    const site = await makeSite()
    const { planned, text } = await on(site, planAndSave(planDefaults))
    for (const secret of [...Object.values(secrets), literalSecret]) expect(text).not.toContain(secret)
    expect((await on(site, readPlan(text))).plan).toEqual(JSON.parse(JSON.stringify(planned.plan)))
  })

  it("is refused when it was edited, or is none", async () => {
    const site = await makeSite()
    const text = await save(site)
    const broken = { exitCode: 7, summary: "the plan file cannot be used" }
    expect(await refusal(site, text.replace("Wallets that hold", "Wallets that held"))).toMatchObject(broken)
    expect(await refusal(site, "workspace: acme")).toMatchObject(broken)
    expect(await refusal(site, "{}")).toMatchObject(broken)
    const other = await makeSite()
    await save(other)
    expect(await refusal(other, text)).toMatchObject(broken)
    expect(site.sandbox.requests().filter(({ method }) => method !== "GET")).toEqual([])
  })

  it("is stale once a head it rests on is another, and only then", async () => {
    const site = await makeSite()
    await applied(site)
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    const text = await save(site)
    await edit(site, "watchlists.yaml", "What we deployed", "What they deployed")
    await applied(site, { plan: { ...planDefaults, targets: ["watchlist.contracts"] } })
    const early = await save(site)
    expect(await applied(site, { planFile: text })).toMatchObject({ outcome: "committed", counts: { changed: 1 } })
    const failure = await refusal(site, early)
    expect(failure).toMatchObject({ exitCode: 5, summary: "the plan is stale" })
    expect(failure.detail).toContain("watchlist.treasury")
  })

  it("is stale when a resource moved meanwhile, and nothing is written then", async () => {
    const site = await makeSite()
    await applied(site)
    await edit(site, "watchlists.yaml", "Wallets that hold the treasury", "Other words")
    const planFile = await save(site)
    const id = Number(site.sandbox.snapshot().watchlist.find(({ name }) => name === "Treasury")?.["id"])
    site.sandbox.edit("watchlist", id, { description: "somebody's words" })
    expect(await refusal(site, planFile)).toMatchObject({
      exitCode: 5,
      summary: "the plan is stale",
      detail: "watchlist.treasury: somebody changed /description meanwhile"
    })
  })

  it("is stale when what it deletes of an earlier replace moved meanwhile", async () => {
    const site = await makeSite()
    await applied(site)
    const { id } = site.sandbox.snapshot().watchlist.find(({ name }) => name === "Treasury") ?? {}
    site.sandbox.addFault({ act: "status", method: "DELETE", path: `watchlists/${String(id)}$`, status: 400 })
    const replace = { ...planDefaults, replace: ["watchlist.treasury"] }
    expect(await applied(site, { plan: replace, policies: { onFailure: "keep" } })).toMatchObject({ outcome: "kept" })
    const planFile = await save(site)
    site.sandbox.edit("watchlist", Number(id), { description: "somebody's words" })
    expect(await refusal(site, planFile)).toMatchObject({
      summary: "the plan is stale",
      detail: "watchlist.treasury: somebody changed /description meanwhile"
    })
    expect(await applied(site)).toMatchObject({ outcome: "committed", counts: { destroyed: 1 } })
  })
})
