/**
 * Saved plans from the outside: shown, used once, and refused when edited, stale or somebody else's.
 */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { type Cell, type Declared, openCell, writes } from "./Cell.ts"
import { eventsOf, typed } from "./Events.ts"

const cells: Array<Cell> = []
afterEach(async () => {
  await Promise.all(cells.splice(0).map((cell) => cell.close()))
})

const watchlist = (name: string, description = "ours"): Declared => ({ kind: "watchlist", name, spec: { description } })

const channel = (value: string): Declared => ({
  kind: "notification_channel",
  name: "ops",
  spec: { type: "Webhook", configuration: { value } }
})

const open = async (...resources: ReadonlyArray<Declared>): Promise<Cell> => {
  const cell = await openCell()
  cells.push(cell)
  await cell.declare(resources)
  return cell
}

const saved = async (...resources: ReadonlyArray<Declared>): Promise<Cell> => {
  const cell = await open(...resources)
  expect(await cell.run("plan", "--out", "saved.plan")).toMatchObject({ code: 0 })
  return cell
}

const refuses = async (cell: Cell, code: number, why: string, ...args: ReadonlyArray<string>): Promise<void> => {
  const sent = writes(cell.sandbox).length
  const ended = await cell.run("apply", "saved.plan", ...args)
  expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(why)])
  expect(writes(cell.sandbox)).toHaveLength(sent)
}

it("a saved plan is shown with all that the plan said, also to programs, and holds no secret", async () => {
  const cell = await saved(channel("https://hooks.example/s3cret-hook"), watchlist("a"))
  expect(await readFile(join(cell.root, "saved.plan"), "utf8")).not.toContain("s3cret-hook")
  const of = ["planned_change", "change_summary"]
  const [planned, shown] = await Promise.all([cell.run("plan", "--json"), cell.run("show", "saved.plan", "--json")])
  const changes = [planned, shown].map((ended) =>
    // How many calls a provider gets is told where its provider is there.
    of.flatMap((type) => typed(eventsOf(ended), type)).map((event) => ({ ...event, at: "", calls: undefined }))
  )
  expect(changes[0]).toHaveLength(3)
  expect(changes[1]).toEqual(changes[0])
  const text = await cell.run("show", "saved.plan")
  expect(text.stdout.trimEnd().split("\n").at(-1)).toBe("Plan: 2 to add, 0 to change, 0 to destroy.")
  expect(text.stdout + shown.stdout).not.toContain("s3cret-hook")
})

it("a plan file that was edited, cut or is none is refused, and so are flags beside one", async () => {
  const cell = await saved(watchlist("a"))
  const file = join(cell.root, "saved.plan")
  const text = await readFile(file, "utf8")
  const edits: ReadonlyArray<readonly [string, string]> = [
    [text.replace("\"ours\"", "\"evil\""), "it was edited"],
    [text.slice(0, 300), "it is no JSON"],
    ["{}", "it is no saved plan"],
    [text.replace("\"format\": 1", "\"format\": 2"), "another version"]
  ]
  for (const [edited, why] of edits) {
    await writeFile(file, edited)
    await refuses(cell, 7, why)
  }
  await writeFile(file, text)
  await refuses(cell, 7, "--adopt cannot change a saved plan", "--adopt")
  const stranger = await open(watchlist("b"))
  await writeFile(join(stranger.root, "saved.plan"), text)
  await refuses(stranger, 7, "another key")
  const sibling = await open(watchlist("b"))
  await writeFile(join(sibling.root, "saved.plan"), text)
  const settings = await readFile(join(cell.root, "amends.yaml"), "utf8")
  await writeFile(join(sibling.root, "amends.yaml"), settings.replace("cell", "other"))
  const env = { AMENDS_KEY: await readFile(join(cell.root, ".amends", "key"), "utf8") }
  const { code, stderr } = await sibling.start(["apply", "saved.plan"], { env }).ended
  expect([code, stderr]).toEqual([7, expect.stringContaining("it was made for workspace cell, not other")])
})

it("a plan is stale once what it rests on moved: here, remotely, or in amends.yaml", async () => {
  const cell = await open(watchlist("a"), watchlist("b"))
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  const replan = async (description: string): Promise<void> => {
    await cell.declare([watchlist("a", description), watchlist("b")])
    expect(await cell.run("plan", "--out", "saved.plan")).toMatchObject({ code: 0 })
  }
  await replan("two")
  await cell.declare([watchlist("a", "three"), watchlist("b")])
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  await refuses(cell, 5, "changed since it was planned: watchlist.a")
  await replan("four")
  const id = Number(cell.sandbox.snapshot().watchlist.find(({ name }) => name === "a")?.["id"])
  cell.sandbox.edit("watchlist", id, { description: "somebody's" })
  await refuses(cell, 5, "watchlist.a: somebody changed /description meanwhile")
  cell.sandbox.edit("watchlist", id, { description: "three" })
  await replan("five")
  const file = join(cell.root, "amends.yaml")
  await writeFile(file, (await readFile(file, "utf8")).replace("30ms", "40ms"))
  await refuses(cell, 5, "the providers in amends.yaml were changed")
})

it("a plan that is stale anywhere writes nothing, whatever comes first, and is not used up by that", async () => {
  const cell = await open(watchlist("a"), watchlist("b"), watchlist("gone"))
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  const idOf = (name: string) => Number(cell.sandbox.snapshot().watchlist.find((one) => one["name"] === name)?.["id"])
  await cell.declare(["a", "b", "new"].map((name) => watchlist(name, "next")))
  expect(await cell.run("plan", "--out", "saved.plan")).toMatchObject({ code: 0 })
  cell.sandbox.edit("watchlist", idOf("b"), { description: "somebody's" })
  cell.sandbox.create("watchlist", { name: "new", description: "a stranger's" })
  await refuses(cell, 5, "watchlist.b: somebody changed /description meanwhile", "--parallelism", "1")
  await refuses(cell, 5, "watchlist.new: somebody else created it meanwhile")
  cell.sandbox.remove("watchlist", idOf("new"))
  cell.sandbox.remove("watchlist", idOf("b"))
  await refuses(cell, 5, "watchlist.b: somebody deleted it meanwhile")
})

it("a plan goes on where somebody deleted what it deletes, and where what it wants is there already", async () => {
  const cell = await open(watchlist("a"), watchlist("b"), watchlist("gone"))
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  const [a, , gone] = cell.sandbox.snapshot().watchlist.toSorted((x, y) =>
    String(x["name"]) < String(y["name"]) ? -1 : 1
  ).map((one) => Number(one["id"]))
  await cell.declare([watchlist("a", "next"), watchlist("b", "next")])
  expect(await cell.run("plan", "--out", "saved.plan")).toMatchObject({ code: 0 })
  cell.sandbox.edit("watchlist", a ?? 0, { description: "next" })
  cell.sandbox.remove("watchlist", gone ?? 0)
  expect(await cell.run("apply", "saved.plan")).toMatchObject({ code: 0 })
  expect(cell.sandbox.snapshot().watchlist.map((one) => one["description"])).toEqual(["next", "next"])
})

it("a batch key is used once: the same content is answered, other content refused, nothing is sent", async () => {
  const cell = await open(watchlist("a"))
  expect(await cell.run("apply", "--yes", "--batch-key", "k")).toMatchObject({ code: 0 })
  const sent = writes(cell.sandbox).length
  const again = eventsOf(await cell.run("apply", "--batch-key", "k", "--json"))
  expect(again.map(({ type }) => type)).toEqual(["version", "outcome"])
  expect(again.at(-1)).toMatchObject({ outcome: "committed", batch: expect.stringMatching(/^b-/), exitCode: 0 })
  await cell.declare([watchlist("a", "other")])
  const other = await cell.run("apply", "--yes", "--batch-key", "k")
  expect([other.code, other.stderr]).toEqual([7, expect.stringContaining("already used for something else")])
  cell.sandbox.addFault({ act: "status", method: "PATCH", status: 400 })
  expect(await cell.run("apply", "--yes", "--batch-key", "k2")).toMatchObject({ code: 3 })
  expect(await cell.run("apply", "--yes", "--batch-key", "k2")).toMatchObject({ code: 3, stderr: "" })
  expect(writes(cell.sandbox)).toHaveLength(sent + 1)
})
