/**
 * Every example runs, as its reader would run it, against the sandbox.
 */
import { execFile } from "node:child_process"
import { cp, link, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type House, startHouse } from "../../examples/05-house/server.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"

const root = join(import.meta.dirname, "..", "..")
const example = (...path: ReadonlyArray<string>) => join(root, "examples", ...path)

let sandbox: Sandbox
let house: House
let folder: string
beforeAll(async () => {
  sandbox = await startSandbox()
  house = await startHouse()
  folder = await mkdtemp(join(tmpdir(), "amends-examples-"))
})
afterAll(async () => {
  await sandbox.close()
  await house.close()
  await rm(folder, { recursive: true, force: true })
})

const run = (command: string, args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number; readonly output: string }>((resolve) => {
    const env = {
      ...process.env,
      MONITORING_URL: sandbox.url,
      MONITORING_CLIENT_ID: "sandbox",
      MONITORING_CLIENT_SECRET: "sandbox-secret",
      HOUSE_URL: house.url
    }
    execFile(command, [...args], { cwd: root, env }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : 1
      resolve({ code, output: stdout + stderr })
    })
  })

/** What takes long on a busy machine is said before it. */
const unchanged = { code: 0, output: expect.stringMatching(/^(reading .*\n)*No changes\.\n$/) }

const amends = (...args: ReadonlyArray<string>) => run(join(root, "bin", "amends"), args)

describe("the examples", () => {
  it("are the ones that are tried here", async () => {
    expect((await readdir(example())).sort()).toEqual([
      "01-monitoring",
      "02-library",
      "03-described",
      "04-files",
      "05-house",
      "06-effects",
      "demo.ts"
    ])
  })

  it("01: a monitoring workspace of three of each kind applies, and then has no changes", async () => {
    sandbox.reset()
    const workspace = join(folder, "monitoring")
    await cp(example("01-monitoring"), workspace, { recursive: true })
    const applied = await amends("-C", workspace, "apply", "--yes")
    expect(applied.output).toContain("Apply complete! Resources: 9 added, 0 changed, 0 destroyed.")
    expect(await amends("-C", workspace, "plan", "--detailed-exitcode")).toEqual(unchanged)
    expect((await amends("-C", workspace, "validate")).code).toBe(0)
  })

  it("02: the library onboards customers, and takes a failed batch back", async () => {
    sandbox.reset()
    const program = example("02-library", "onboard.ts")
    const workspace = join(folder, "library")
    const onboarded = await run(process.execPath, [program, workspace, "acme", "globex"])
    expect(onboarded.output).toContain("committed: 4 added")
    sandbox.addFault({ act: "status", status: 400, method: "POST", path: "^/custom-agents" })
    const refused = await run(process.execPath, [program, workspace, "acme", "globex", "initech"])
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.output).toContain("notification_channel.initech was taken back")
    expect(sandbox.snapshot().notification_channel).toHaveLength(2)
    expect((await run(process.execPath, [program, workspace, "acme", "globex"])).output).toContain("nothing to do")
  })

  it("03: the same workspace applies with kinds that are described", async () => {
    sandbox.reset()
    const workspace = join(folder, "described")
    await cp(example("03-described"), workspace, { recursive: true })
    await cp(example("01-monitoring", "resources"), join(workspace, "resources"), { recursive: true })
    const applied = await amends("-C", workspace, "apply", "--yes")
    expect(applied.output).toContain("Apply complete! Resources: 9 added, 0 changed, 0 destroyed.")
    expect(await amends("-C", workspace, "plan", "--detailed-exitcode")).toEqual(unchanged)
  })

  it("04: the files of a site apply, and what cannot be changed is refused before anything is", async () => {
    const workspace = join(folder, "files")
    await cp(example("04-files"), workspace, { recursive: true })
    const applied = await amends("-C", workspace, "apply", "--yes")
    expect(applied.output).toContain("Apply complete! Resources: 4 added, 0 changed, 0 destroyed.")
    const settings = join(workspace, "site", "private", "settings.json")
    expect([((await stat(settings)).mode & 0o777).toString(8), await readFile(settings, "utf8")]).toEqual([
      "600",
      "{ \"mail\": \"nobody@example.org\" }"
    ])
    expect(await amends("-C", workspace, "plan", "--detailed-exitcode")).toEqual(unchanged)
    await writeFile(join(workspace, "content", "index.html"), "new")
    await link(settings, join(workspace, "a second name"))
    const resources = join(workspace, "resources", "site.yaml")
    await writeFile(resources, (await readFile(resources, "utf8")).replace("0600", "0640"))
    const failed = await amends("-C", workspace, "apply", "--yes")
    expect([failed.code, failed.output]).toEqual([1, expect.stringContaining("private/settings.json: it has 2 names")])
    expect(await readFile(join(workspace, "site", "index.html"), "utf8")).toContain("Every file of it is a resource.")
  })

  it("05: a provider of one's own runs under the command as it is, and takes a failed batch back", async () => {
    const workspace = join(folder, "house")
    await cp(example("05-house"), workspace, { recursive: true })
    const applied = await amends("-C", workspace, "apply", "--yes")
    expect(applied.output).toContain("Apply complete! Resources: 3 added, 0 changed, 0 destroyed.")
    expect(await amends("-C", workspace, "plan", "--detailed-exitcode")).toEqual(unchanged)
    const before = house.rows()
    const resources = join(workspace, "resources", "house.yaml")
    await writeFile(resources, (await readFile(resources, "utf8")).replace("by day", "always").replace("Ada", "Ada L."))
    house.meet("refused")
    const failed = await amends("-C", workspace, "apply", "--yes")
    expect([failed.code, failed.output]).toEqual([3, expect.stringContaining("not today")])
    const withoutRevisions = (rows: typeof before) => JSON.stringify(rows).replaceAll(/"rev":\d+/g, "")
    expect(withoutRevisions(house.rows())).toBe(withoutRevisions(before))
  })

  it("06: a program of Effects undoes the newest batch, unless a later change is in the way", async () => {
    sandbox.reset()
    const workspace = join(folder, "effects")
    const undo = () => run(process.execPath, [example("06-effects", "undo.ts"), workspace, "too early"])
    await run(process.execPath, [example("02-library", "onboard.ts"), workspace, "acme"])
    await run(process.execPath, [example("02-library", "onboard.ts"), workspace, "acme", "globex"])
    const undone = await undo()
    expect(undone.output).toContain("is about custom_agent.globex-transfers, notification_channel.globex")
    expect(undone.output).toMatch(/undone in b-\w+ by the undo program\nrecord \d+: committed \(too early\)/)
    expect([undone.code, sandbox.snapshot().notification_channel.length]).toEqual([0, 1])
    await rm(join(workspace, ".amends", "key"))
    expect(await undo()).toMatchObject({ code: 1, output: expect.stringContaining("the key of the workspace") })
  })

  it("the demo shows the main job, and everything it claims holds", async () => {
    const shown = await run(process.execPath, [example("demo.ts")])
    expect(shown.output).toContain("Everything held.")
    expect(shown.code).toBe(0)
  })
})
