/**
 * Starting from what exists: files for everything that a kind lists, after which the next plan is empty.
 */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { failureOf } from "../../src/app/Failure.ts"
import { list } from "../../src/app/Inspect.ts"
import {
  clean,
  filesIn,
  imported,
  importedDeclared,
  makeExisting,
  planned,
  put,
  refusedImport,
  textOf
} from "./Existing.ts"
import { applied, applying, killedDuring, on, type Site, stateBytes, writesAfter } from "./Site.ts"

const channel = (name: string, secret = "hooks-secret-value") => ({
  name,
  type: "Webhook",
  configuration: { value: `https://${secret}`, headers: [{ key: "x-key", value: secret }] }
})

const agent = (agentName: string, channels: ReadonlyArray<number>) => ({
  agentName,
  agentType: "largeTransfer",
  severity: "High",
  state: "enabled",
  rule: { chain: "ethereum", threshold: 5 },
  channelsConfigurations: channels.map((id) => ({ id }))
})

const asset = (address: string) => ({ chain: "ethereum", type: "Wallet", address, name: null })

/** Makes a resource; answers its id. */
const made = ({ sandbox }: Site, kind: "watchlist" | "notification_channel" | "custom_agent", body: object): number =>
  Number(sandbox.create(kind, body as never)["id"])

const heads = async (site: Site) => (await on(site, list)).map(({ address, remoteId }) => `${address} ${remoteId}`)

describe("200 existing resources", () => {
  it("are managed after one command, and the plan is empty", async () => {
    const site = await makeExisting()
    const channels = Array.from(
      { length: 20 },
      (_, n) => made(site, "notification_channel", channel(`Ops ${n % 18}`))
    )
    for (let n = 0; n < 120; n++) {
      const description = n % 2 === 0 ? "" : `a \${text}: yes, # and "${n}"`
      made(site, "watchlist", { name: `Trésor n°${n}`, description, assets: [asset(`0xAB${n}`)] })
    }
    for (let n = 0; n < 60; n++) made(site, "custom_agent", agent(`agent-${n}`, [channels[n % 20] ?? 0]))
    const result = await imported(site)
    expect([result.imported.length, result.files.length, result.leftOut, result.differs]).toEqual([200, 200, [], []])
    expect(await planned(site)).toEqual(clean)
    expect(writesAfter(site, 0)).toEqual([])
    expect(await imported(site)).toMatchObject({ imported: [], files: [], leftOut: [] })
  })

  it("are all or none: nothing is left of an import that cannot be", async () => {
    const site = await makeExisting()
    for (let n = 0; n < 5; n++) made(site, "watchlist", { name: `list ${n}`, description: "" })
    const error = await refusedImport(site, {}, "elsewhere")
    expect(failureOf(error)).toMatchObject({ exitCode: 7, summary: "the files would not be read" })
    expect(failureOf(error).hint).toContain("elsewhere/**/*.yaml")
    expect(await filesIn(site, "elsewhere")).toEqual([])
    expect(await heads(site)).toEqual([])
  })
})

describe("an imported resource", () => {
  it("refers to what is declared, and keeps the ids of what is not", async () => {
    const site = await makeExisting()
    const ops = made(site, "notification_channel", channel("ops"))
    const other = made(site, "notification_channel", channel("other"))
    made(site, "custom_agent", agent("first", [ops, other]))
    await put(site, "resources/ops.yaml", "kind: notification_channel\nname: ops\nspec: { type: Webhook }\n")
    await importedDeclared(site)
    expect(await heads(site)).toEqual([`notification_channel.ops ${ops}`])
    await imported(site, { kinds: ["custom_agent"] })
    const text = await textOf(site, "resources/custom_agent/first.yaml")
    expect(text).toContain("- id: ${notification_channel.ops.id}\n")
    expect(text).toContain(`- id: ${other}\n`)
    expect(await planned(site)).toEqual(clean)
    await imported(site)
    expect(await planned(site)).toEqual(clean)
  })

  it("has its secrets in no file, whether they come back masked or in clear, and still works", async () => {
    for (const maskSecrets of [false, true]) {
      const site = await makeExisting({ maskSecrets })
      const id = made(site, "notification_channel", channel("ops", "hunter2hunter2"))
      made(site, "watchlist", { name: "leaky", description: "with sandbox-secret in it" })
      const { secrets } = await imported(site)
      expect(secrets).toBe(3)
      const text = await textOf(site, "resources/notification_channel/ops.yaml")
      expect(text).toBe(
        "# Secret, and so not in this file: /configuration/headers, /configuration/value\n" +
          "# They stay as they are. To manage one, declare it as ${env.NAME}.\n" +
          "kind: notification_channel\nname: ops\nspec:\n  type: Webhook\n"
      )
      expect(await textOf(site, "resources/watchlist/leaky.yaml")).not.toContain("sandbox-secret")
      expect(await stateBytes(site)).not.toContain("hunter2hunter2")
      expect(await planned(site)).toEqual(clean)
      await put(site, "resources/notification_channel/ops.yaml", `${text}  name: renamed\n`)
      await applied(site)
      expect(site.sandbox.snapshot().notification_channel).toMatchObject([
        { id, name: "renamed", configuration: { value: "https://hunter2hunter2" } }
      ])
    }
  })

  it("is what a file declares already, where that has its name", async () => {
    const site = await makeExisting()
    const id = made(site, "watchlist", { name: "Treasury", description: "theirs" })
    await put(site, "resources/mine.yaml", "kind: watchlist\nname: mine\nspec: { name: Treasury, description: ours }\n")
    const { differs, files } = await imported(site)
    expect([files, differs]).toEqual([[], ["watchlist.mine"]])
    expect(await heads(site)).toEqual([`watchlist.mine ${id}`])
    expect((await planned(site)).steps).toEqual(["update watchlist.mine"])
  })

  it("is left out where several have the name that a file declares", async () => {
    const site = await makeExisting()
    const ids = [1, 2].map(() => made(site, "watchlist", { name: "mine", description: "" }))
    await put(site, "resources/mine.yaml", "kind: watchlist\nname: mine\nspec: {}\n")
    const { imported: done, leftOut } = await imported(site)
    expect(done).toEqual([])
    expect(leftOut.map(({ id }) => id)).toEqual(ids.map(String))
    expect(leftOut[0]?.why).toContain("amends import watchlist.mine ID")
  })

  it("without files is only what is declared: nothing else is managed, so a plan deletes nothing", async () => {
    const site = await makeExisting()
    made(site, "watchlist", { name: "mine", description: "" })
    const other = made(site, "watchlist", { name: "other", description: "" })
    await put(site, "resources/mine.yaml", "kind: watchlist\nname: mine\nspec: {}\n")
    const { imported: done, leftOut } = await importedDeclared(site)
    expect(done.map(({ address }) => address)).toEqual(["watchlist.mine"])
    expect(leftOut).toEqual([{
      kind: "watchlist",
      id: String(other),
      why: "no file declares it; --write DIR writes one"
    }])
    expect(await planned(site)).toEqual(clean)
  })

  it("that clashes by name or by case gets a name of its own, the same in every run", async () => {
    const site = await makeExisting()
    const names = ["ops", "Ops", "ops", "Öps", "con", "日本", "a/../b", ".hidden", "x".repeat(300)]
    const ids = names.map((name) => made(site, "watchlist", { name, description: "" }))
    await imported(site)
    const files = await filesIn(site, "resources/watchlist")
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(names.length)
    expect(files).toEqual(
      [
        "ops.yaml",
        `Ops-${ids[1]}.yaml`,
        `ops-${ids[2]}.yaml`,
        `ops-${ids[3]}.yaml`,
        `con-${ids[4]}.yaml`,
        `${ids[5]}.yaml`,
        "a-b.yaml",
        "hidden.yaml",
        `${"x".repeat(80)}.yaml`
      ].sort()
    )
    expect(await planned(site)).toEqual(clean)
    made(site, "watchlist", { name: "OPS", description: "" })
    const { files: more } = await imported(site)
    expect(more).toHaveLength(1)
    expect(await planned(site)).toEqual(clean)
  })
})

describe("an import of everything", () => {
  it("that was killed between the files and the state is finished by another", async () => {
    const site = await makeExisting()
    made(site, "watchlist", { name: "Treasury", description: "x" })
    await imported(site)
    await rm(join(site.directory, ".amends"), { recursive: true })
    expect((await planned(site).catch(() => ({ steps: ["refused"] }))).steps).toEqual(["refused"])
    const { files, imported: done } = await imported(site)
    expect([files, done.length]).toEqual([[], 1])
    expect(await planned(site)).toEqual(clean)
  })

  it("overwrites no file", async () => {
    const site = await makeExisting()
    made(site, "watchlist", { name: "Treasury", description: "x" })
    await put(site, "resources/watchlist/Treasury.yaml", "kind: watchlist\nname: another\nspec: {}\n")
    const error = await refusedImport(site)
    expect(failureOf(error).detail).toContain("resources/watchlist/Treasury.yaml:1:1: the file exists already")
    expect(await heads(site)).toEqual([])
  })

  it("is refused for a directory outside of the workspace, and for a kind that nobody serves", async () => {
    const site = await makeExisting()
    expect(failureOf(await refusedImport(site, {}, "../elsewhere")).exitCode).toBe(7)
    const unknown = failureOf(await refusedImport(site, { kinds: ["watchlists"] }))
    expect([unknown.exitCode, unknown.hint]).toEqual([7, "did you mean \"watchlist\"?"])
  })

  it("leaves out what its kind cannot declare, and says so", async () => {
    const site = await makeExisting()
    const row = { ...channel("bad"), id: 7, type: "Pigeon", updatedAt: "1" }
    const body = { success: true, data: { results: [row, { ...row, id: 8, name: "good", type: "Email" }] } }
    const all = {
      method: "GET",
      path: "^/notification-channels(\\?|$)",
      act: "status",
      status: 200,
      times: 99,
      body
    } as const
    site.sandbox.addFault(all)
    const { imported: done, leftOut } = await imported(site)
    expect(done.map(({ address }) => address)).toEqual(["notification_channel.good"])
    const why = "what is there does not fit the kind notification_channel: /type"
    expect(leftOut).toEqual([{ kind: "notification_channel", id: "7", why }])
  })

  it("is refused while a batch is unfinished", async () => {
    const site = await makeExisting()
    await put(site, "resources/a.yaml", "kind: watchlist\nname: a\nspec: {}\n")
    await killedDuring(site, applying(), { method: "POST", path: "/watchlists", act: "hangAfter" })
    expect(failureOf(await refusedImport(site)).exitCode).toBe(4)
  })
})
