/**
 * Signals, and others that want to write: the first signal goes through the engine, the second leaves at once and says
 * how to recover; who holds the lease is not disturbed.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Cell, type Declared, openCell, writes } from "./Cell.ts"
import { eventsOf } from "./Events.ts"

let cell: Cell
beforeEach(async () => {
  cell = await openCell({}, "    timeout: 60s\n")
})
afterEach(() => cell.close())

const watchlists = (description: string): ReadonlyArray<Declared> =>
  ["a", "b", "c"].map((name) => ({ kind: "watchlist", name, spec: { name, description } }))

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** An apply whose first write has arrived and is not answered yet. */
const underWay = async (...args: ReadonlyArray<string>) => {
  await cell.declare(watchlists("ours"))
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  await cell.declare(watchlists("new"))
  const sent = writes(cell.sandbox).length
  cell.sandbox.addFault({ method: "PATCH", act: "delay", ms: 2000 })
  const running = cell.start(["apply", "--yes", "--parallelism", "1", ...args])
  await until(() => writes(cell.sandbox).length > sent)
  return running
}

const descriptions = () => cell.sandbox.snapshot().watchlist.map(({ description }) => description)

describe.each(["SIGINT", "SIGTERM"] as const)("a first %s", (signal) => {
  it("lets what is under way finish, takes it back, and says so", async () => {
    const { child, ended } = await underWay()
    child.kill(signal)
    const { code, stdout } = await ended
    expect(code).toBe(3)
    expect(stdout).toContain(`Interrupted by ${signal}`)
    expect(stdout).toContain("Apply failed; 1 of 1 applied changes were compensated. Nothing is left changed.")
    expect(descriptions()).toEqual(["ours", "ours", "ours"])
  })
})

describe("a first signal", () => {
  it("keeps what is applied with --on-failure keep", async () => {
    const { child, ended } = await underWay("--on-failure", "keep")
    child.kill("SIGINT")
    const { code, stdout } = await ended
    expect(code).toBe(4)
    expect(stdout).toContain("was kept. Resources: 0 added, 1 changed, 0 destroyed.")
    expect(descriptions()).toEqual(["new", "ours", "ours"])
  })

  it("while planning ends with 130, and nothing is written", async () => {
    await cell.declare(watchlists("ours"))
    cell.sandbox.configure({ latencyMs: 60_000 })
    const { child, ended } = cell.start(["apply", "--yes", "--json"])
    await until(() => cell.sandbox.peakInFlight() > 0)
    child.kill("SIGTERM")
    const end = await ended
    expect(eventsOf(end).at(-1)).toMatchObject({ outcome: "none", exitCode: 130 })
    expect(writes(cell.sandbox)).toEqual([])
  })
})

describe("a second signal", () => {
  it("leaves at once with 4, and recover finishes what it left", async () => {
    const { child, ended } = await underWay()
    cell.sandbox.configure({ latencyMs: 60_000 })
    child.kill("SIGINT")
    await new Promise((resolve) =>
      child.stdout?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("Interrupted by SIGINT")) resolve(undefined)
      })
    )
    child.kill("SIGINT")
    const { code, stdout } = await ended
    expect(code).toBe(4)
    expect(stdout).toContain("amends recover")
    cell.sandbox.configure({ latencyMs: 0 })
    // What was under way lands although nobody waits for it any more; how late is not the question here.
    await until(() => descriptions().includes("new"))
    expect(await cell.run("recover")).toMatchObject({ code: 3 })
    expect(descriptions()).toEqual(["ours", "ours", "ours"])
  })
})

describe("a second apply while one runs", () => {
  it("is told who holds the lease, with 6, and waits for it where it may", async () => {
    const { child, ended } = await underWay()
    child.kill("SIGSTOP")
    const refused = await cell.run("apply", "--yes")
    expect(refused.code).toBe(6)
    expect(refused.stderr).toContain("another process holds the lease")
    const waiting = cell.start(["apply", "--yes", "--lease-timeout", "60s"])
    child.kill("SIGCONT")
    expect(await waiting.ended).toMatchObject({ code: 0 })
    expect(await ended).toMatchObject({ code: 0 })
    expect(descriptions()).toEqual(["new", "new", "new"])
  })
})
