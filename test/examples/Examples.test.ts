/**
 * Every example runs, as its reader would run it, against the sandbox.
 */
import { execFile } from "node:child_process"
import { cp, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"

const root = join(import.meta.dirname, "..", "..")
const example = (...path: ReadonlyArray<string>) => join(root, "examples", ...path)

let sandbox: Sandbox
let folder: string
beforeAll(async () => {
  sandbox = await startSandbox()
  folder = await mkdtemp(join(tmpdir(), "amends-examples-"))
})
afterAll(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true, force: true })
})

const run = (command: string, args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number; readonly output: string }>((resolve) => {
    const env = {
      ...process.env,
      MONITORING_URL: sandbox.url,
      MONITORING_CLIENT_ID: "sandbox",
      MONITORING_CLIENT_SECRET: "sandbox-secret"
    }
    execFile(command, [...args], { cwd: root, env }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : 1
      resolve({ code, output: stdout + stderr })
    })
  })

const amends = (...args: ReadonlyArray<string>) => run(join(root, "bin", "amends"), args)

describe("the examples", () => {
  it("are the ones that are tried here", async () => {
    expect((await readdir(example())).sort()).toEqual(["01-monitoring", "02-library", "03-described", "demo.ts"])
  })

  it("01: a monitoring workspace of three of each kind applies, and then has no changes", async () => {
    sandbox.reset()
    const workspace = join(folder, "monitoring")
    await cp(example("01-monitoring"), workspace, { recursive: true })
    const applied = await amends("-C", workspace, "apply", "--yes")
    expect(applied.output).toContain("Apply complete! Resources: 9 added, 0 changed, 0 destroyed.")
    expect(await amends("-C", workspace, "plan", "--detailed-exitcode")).toEqual({ code: 0, output: "No changes.\n" })
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
    expect(await amends("-C", workspace, "plan", "--detailed-exitcode")).toEqual({ code: 0, output: "No changes.\n" })
  })

  it("the demo shows the main job, and everything it claims holds", async () => {
    const shown = await run(process.execPath, [example("demo.ts")])
    expect(shown.output).toContain("Everything held.")
    expect(shown.code).toBe(0)
  })
})
