/**
 * Notifications of the real command line: a webhook on loopback, a script, and what is said where neither takes them.
 */
import { appendFile, chmod, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Limits } from "../../src/domain/Limits.ts"
import { type Manner, type Receiver, startReceiver } from "../app/notify/Receiver.ts"
import { type Cell, type Declared, openCell } from "./Cell.ts"
import { eventsOf, typed } from "./Events.ts"
import type { Ended } from "./Launch.ts"

const secret = "sandbox-secret"

let cell: Cell
let receiver: Receiver | undefined
beforeEach(async () => {
  cell = await openCell()
  receiver = undefined
})
afterEach(async () => {
  await receiver?.close()
  await cell.close()
})

const watchlist = (name: string, dependsOn: ReadonlyArray<string> = []): Declared => ({
  kind: "watchlist",
  name,
  spec: { name, description: `${name} of ours` },
  dependsOn
})

const words = "committed, compensated, stuck, in-doubt"

const rules = (text: string): Promise<void> => appendFile(join(cell.root, "amends.yaml"), `notify:\n${text}`)

/** A webhook whose address comes from the environment. */
const listening = async (...manners: ReadonlyArray<Manner>): Promise<Receiver> => {
  receiver = await startReceiver(...manners)
  await rules(`  - { on: [${words}], webhook: "\${env.OPS_WEBHOOK}" }\n`)
  return receiver
}

const run = (url: string, ...args: ReadonlyArray<string>): Promise<Ended> =>
  cell.start(args, { env: { OPS_WEBHOOK: url } }).ended

/** Two watchlists, the second of which is refused in words that hold a secret. */
const declareRefused = async (): Promise<void> => {
  await cell.declare([watchlist("a"), watchlist("b", ["watchlist.a"])])
  const body = { success: false, error: `no ${secret}` }
  cell.sandbox.addFault({ method: "POST", nth: 2, act: "status", status: 422, body })
}

const script = async (name: string, text: string): Promise<void> => {
  await writeFile(join(cell.root, name), `#!/bin/sh\n${text}\n`)
  await chmod(join(cell.root, name), 0o755)
}

const written = (name: string): Promise<string> => readFile(join(cell.root, name), "utf8")

describe("a webhook", () => {
  it("is told after one failure of what the exit code says, without a secret; its address is in nothing", async () => {
    const { letters, url } = await listening(500, 204)
    await declareRefused()
    const ended = await run(url, "apply", "--yes", "--json", "--reason", "ticket 1")
    expect(ended.code).toBe(3)
    expect(letters).toHaveLength(2)
    const [, letter] = letters
    expect(letter).toMatchObject({ method: "POST", path: "/hooks/very-secret-path?sig=very-secret-sig" })
    expect(letter?.json).toMatchObject({
      event: "compensated",
      exitCode: 3,
      reason: "ticket 1",
      failed: [{ address: "watchlist.b", detail: expect.stringContaining("422: no (secret)") as string }]
    })
    expect(eventsOf(ended).at(-1)).toMatchObject({ batch: letter?.json["batch"], outcome: "compensated" })
    expect(typed(eventsOf(ended), "diagnostic")).toEqual([])
    const kept = (await cell.kept()).toString("latin1")
    for (const text of [letter?.text, ended.stdout, ended.stderr, kept]) expect(text).not.toContain(secret)
    for (const text of [ended.stdout, ended.stderr, kept]) expect(text).not.toContain("very-secret")
  })

  it("that nobody answers at is a warning; the outcome and exit code stay", async () => {
    const { close, url } = await listening()
    await close()
    receiver = undefined
    await declareRefused()
    const ended = await run(url, "apply", "--yes", "--json")
    expect(ended.code).toBe(3)
    const warnings = typed(eventsOf(ended), "diagnostic")
    expect(warnings).toMatchObject([{ severity: "warning", summary: "a notification was not delivered" }])
    expect(warnings[0]?.["detail"]).toMatch(
      /^the webhook of \/notify\/0 was not told that batch b-\w+ is compensated: .*\(ECONNREFUSED\); after 4 attempts$/
    )
    expect(`${ended.stdout}${ended.stderr}`).not.toContain("very-secret")
  })

  it("that never answers is waited for, and given up at a signal, which changes nothing", async () => {
    const { arrived, url } = await listening("silent")
    await cell.declare([watchlist("a")])
    const { child, ended } = cell.start(["apply", "--yes"], { env: { OPS_WEBHOOK: url } })
    await arrived(1)
    // The batch is over: somebody else may write.
    expect(await run("", "destroy", "--yes", "--lease-timeout", "20s")).toMatchObject({ code: 0 })
    child.kill("SIGINT")
    const { code, stderr, stdout } = await ended
    expect(code).toBe(0)
    expect(stdout).toContain("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
    expect(stderr).toContain("Warning: a notification was not delivered")
    expect(stderr).toContain("it was given up")
  })

  it("that never answers is given up at a second signal, and the batch is over with what it came to", async () => {
    const { arrived, url } = await listening("silent")
    await declareRefused()
    cell.sandbox.addFault({ method: "DELETE", act: "delay", ms: 1_000 })
    const { child, ended } = cell.start(["apply", "--yes"], { env: { OPS_WEBHOOK: url } })
    const isWaiting = new Promise((resolve) =>
      child.stdout?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("notifications to be delivered")) resolve(undefined)
      })
    )
    while (!cell.sandbox.requests().some(({ method }) => method === "DELETE")) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    child.kill("SIGINT")
    await arrived(1)
    await isWaiting
    child.kill("SIGINT")
    const { code, stderr, stdout } = await ended
    expect(code).toBe(3)
    expect(stdout).toContain("Nothing is left changed.")
    expect(stderr).toContain("it was given up")
  })

  it("is told by recover of what a killed process left", async () => {
    const { letters, url } = await listening()
    await cell.declare([watchlist("a"), watchlist("b", ["watchlist.a"])])
    cell.sandbox.addFault({ method: "POST", nth: 2, act: "hangAfter" })
    const { child, ended } = cell.start(["apply", "--yes"], { env: { OPS_WEBHOOK: url } })
    while (!cell.sandbox.requests().some(({ faults }) => faults.includes("hangAfter"))) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    child.kill("SIGKILL")
    await ended
    expect(letters).toEqual([])
    expect(await run(url, "recover", "--actor", "on call")).toMatchObject({ code: 0 })
    expect(letters.map(({ json }) => json)).toMatchObject([{ event: "committed", recoveredBy: "on call" }])
  })
})

describe("a command", () => {
  it("runs in the workspace with the notification, and what it prints is in nothing of ours", async () => {
    await rules(`  - { on: [${words}], command: [./page.sh, "$HOME"] }\n`)
    await script("page.sh", "cat > told.json; env > told.env; echo \"$1\" > told.arg; echo hello; echo hello >&2")
    await cell.declare([watchlist("a")])
    const ended = await cell.start(["apply", "--yes"], { env: { PAGER_TOKEN: "for the pager" } }).ended
    expect(ended.code).toBe(0)
    const told = JSON.parse(await written("told.json")) as { readonly batch: string }
    expect(told).toMatchObject({ event: "committed", workspace: "cell", counts: { add: 1 } })
    expect((await written("told.env")).split("\n")).toEqual(expect.arrayContaining([
      "AMENDS_EVENT=committed",
      "AMENDS_WORKSPACE=cell",
      `AMENDS_BATCH=${told.batch}`,
      "PAGER_TOKEN=for the pager"
    ]))
    expect(await written("told.arg")).toBe("$HOME\n")
    expect(`${ended.stdout}${ended.stderr}`).not.toContain("hello")
  })

  it("that fails is run again, then a warning; the outcome and exit code stay", async () => {
    await rules("  - { on: [compensated], command: [./page.sh] }\n")
    await script("page.sh", "echo again >> told; exit 3")
    await declareRefused()
    const { code, stderr } = await cell.run("apply", "--yes")
    expect(code).toBe(3)
    expect((await written("told")).trim().split("\n")).toHaveLength(Limits.notifyAttemptsMax)
    expect(stderr).toContain("it exited with 3; after 4 attempts")
  })

  it("that is not there is said by validate, and by an apply that needs it", async () => {
    await rules("  - { on: [committed], command: [./page.sh] }\n")
    await cell.declare([watchlist("a")])
    const looked = await cell.run("validate")
    expect(looked.code).toBe(0)
    expect(looked.stderr).toMatch(/amends\.yaml:\d+:\d+: the command of a notification is not there/)
    const { code, stderr } = await cell.run("apply", "--yes")
    expect(code).toBe(0)
    expect(stderr).toContain("there is no such program")
  })
})

describe("a batch that waits for a person", () => {
  it("is told of with commands that work when pasted", async () => {
    const { letters, url } = await listening()
    await declareRefused()
    cell.sandbox.addFault({ method: "DELETE", times: 2, act: "status", status: 403 })
    expect(await run(url, "apply", "--yes")).toMatchObject({ code: 4 })
    const [letter] = letters
    if (letter === undefined) throw new Error("nobody was told")
    expect(letter.json).toMatchObject({ event: "stuck", exitCode: 4, waiting: [{ address: "watchlist.a" }] })
    const [waiting] = letter.json["waiting"] as ReadonlyArray<{ readonly commands: ReadonlyArray<string> }>
    const [, ...command] = waiting?.commands[0]?.split(" ") ?? []
    cell.sandbox.clearFaults()
    expect(await run(url, ...command)).toMatchObject({ code: 3 })
    expect(letters.map(({ json: { event } }) => event)).toEqual(["stuck", "compensated"])
  })
})
