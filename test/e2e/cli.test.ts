/**
 * The command line as people use it: what it prints last, how it exits, and what it refuses to do unasked.
 */
import { spawn } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { type Cell, type Declared, openCell, writes } from "./Cell.ts"

const cells: Array<Cell> = []
afterEach(async () => {
  await Promise.all(cells.splice(0).map((cell) => cell.close()))
})

const open = async (resources: ReadonlyArray<Declared>): Promise<Cell> => {
  const cell = await openCell()
  cells.push(cell)
  await cell.declare(resources)
  return cell
}

const watchlist = (name: string, description = "ours"): Declared => ({
  kind: "watchlist",
  name,
  spec: { name, description }
})

const hook = "https://hooks.example/T0P-secret-0001"

const channel: Declared = {
  kind: "notification_channel",
  name: "ops",
  spec: { type: "Webhook", configuration: { value: hook } }
}

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? ""

const applied = async (...resources: ReadonlyArray<Declared>): Promise<Cell> => {
  const cell = await open(resources)
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
  return cell
}

describe("the last line", () => {
  it("of a plan counts what it would do", async () => {
    const cell = await open([watchlist("a"), watchlist("b")])
    const plan = await cell.run("plan")
    expect(plan.code).toBe(0)
    expect(lastLine(plan.stdout)).toBe("Plan: 2 to add, 0 to change, 0 to destroy.")
    expect((await cell.run("plan", "--detailed-exitcode")).code).toBe(2)
    expect(writes(cell.sandbox)).toEqual([])
  })

  it("of an apply counts what was done, and of the next says that nothing is to do", async () => {
    const cell = await open([watchlist("a"), watchlist("b")])
    const first = await cell.run("apply", "--yes")
    expect(first).toMatchObject({ code: 0, stderr: "" })
    expect(lastLine(first.stdout)).toBe("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
    const second = await cell.run("apply")
    expect(second).toMatchObject({ code: 0, stdout: "No changes.\n" })
    expect(await cell.run("plan", "--detailed-exitcode")).toMatchObject({ code: 0, stdout: "No changes.\n" })
  })

  it("of a batch that was taken back says that nothing is left changed", async () => {
    const cell = await applied(watchlist("a"), watchlist("b"))
    cell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, status: 400 })
    await cell.declare([watchlist("a", "new"), watchlist("b", "new")])
    const apply = await cell.run("apply", "--yes", "--parallelism", "1")
    expect(apply.code).toBe(3)
    expect(lastLine(apply.stdout)).toBe(
      "Apply failed; 1 of 1 applied changes were compensated. Nothing is left changed."
    )
    expect(apply.stderr).toContain("Error: watchlist.b: the server refused the request")
    expect(cell.sandbox.snapshot().watchlist.map(({ description }) => description)).toEqual(["ours", "ours"])
  })

  it("of a batch that keeps what it applied says so", async () => {
    const cell = await applied(watchlist("a"), watchlist("b"))
    cell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, status: 400 })
    await cell.declare([watchlist("a", "new"), watchlist("b", "new")])
    const apply = await cell.run("apply", "--yes", "--parallelism", "1", "--on-failure", "keep")
    expect(apply.code).toBe(4)
    expect(lastLine(apply.stdout)).toContain("was kept. Resources: 0 added, 1 changed, 0 destroyed.")
  })

  it("of destroy counts what is gone", async () => {
    const cell = await applied(watchlist("a"))
    const destroy = await cell.run("destroy", "--yes")
    expect(destroy.code).toBe(0)
    expect(lastLine(destroy.stdout)).toBe("Apply complete! Resources: 0 added, 0 changed, 1 destroyed.")
    expect(cell.sandbox.snapshot().watchlist).toEqual([])
  })
})

describe("a step that needs a person", () => {
  it("is told with its choices as commands, and such a command finishes the batch", async () => {
    const cell = await applied(watchlist("a"), watchlist("b"))
    cell.sandbox.addFault({ act: "status", method: "PATCH", nth: 2, times: 0, status: 400 })
    await cell.declare([watchlist("a", "new"), watchlist("b", "new")])
    const apply = await cell.run("apply", "--yes", "--parallelism", "1")
    expect(apply.code).toBe(4)
    expect(lastLine(apply.stdout)).toMatch(/^Apply failed; 1 step needs you: watchlist\.a \(.+\)$/)
    const commands = apply.stdout.match(/amends recover b-\S+ --choice watchlist\.a=\S+@[0-9a-f]{8}/g) ?? []
    expect(commands.length).toBeGreaterThan(1)
    expect(await cell.run("status")).toMatchObject({ code: 0, stdout: expect.stringContaining("needs you") })
    const plan = await cell.run("plan")
    expect(plan.stderr).toContain("Warning: a batch is not finished")
    cell.sandbox.clearFaults()
    const retry = commands.find((command) => command.includes("=retry@"))?.split(" ").slice(1) ?? []
    const recover = await cell.run(...retry)
    expect(recover.code).toBe(3)
    expect(lastLine(recover.stdout)).toContain("1 of 1 applied changes were compensated. Nothing is left changed.")
    expect(await cell.run("recover")).toMatchObject({ code: 0 })
  })
})

describe("asking", () => {
  it("is refused where nobody can answer, and nothing is written", async () => {
    const cell = await open([watchlist("a")])
    for (const args of [["apply"], ["apply", "--input=false"], ["apply", "--json"]]) {
      const apply = await cell.run(...args)
      expect(apply.code).toBe(7)
      expect(apply.stderr).toContain("--yes")
    }
    expect(writes(cell.sandbox)).toEqual([])
  })

  it("is not needed for a saved plan, which is used once", async () => {
    const cell = await open([watchlist("a")])
    expect(await cell.run("plan", "--out", "saved.plan")).toMatchObject({ code: 0 })
    expect((await cell.run("show", "saved.plan")).stdout).toContain("Plan: 1 to add, 0 to change, 0 to destroy.")
    expect(await cell.run("apply", "saved.plan")).toMatchObject({ code: 0 })
    expect(await cell.run("apply", "saved.plan")).toMatchObject({ code: 7 })
  })

  it("answers a known batch key with what came of it", async () => {
    const cell = await open([watchlist("a")])
    expect(await cell.run("apply", "--yes", "--batch-key", "k1")).toMatchObject({ code: 0 })
    const sent = writes(cell.sandbox).length
    const again = await cell.run("apply", "--yes", "--batch-key", "k1")
    expect(again.code).toBe(0)
    expect(writes(cell.sandbox)).toHaveLength(sent)
  })
})

describe("a wrong use", () => {
  it.each([["nope"], ["plan", "--nope"], ["apply", "--parallelism", "0"], ["apply", "--on-failure", "x"], ["import"]])(
    "%s %s exits with 7 and says how it is used, on stderr",
    async (...args) => {
      const cell = await open([])
      const ended = await cell.run(...args.filter((arg) => arg !== undefined))
      expect(ended).toMatchObject({ code: 7, stdout: "" })
      expect(ended.stderr).toMatch(
        /^Error: the command was not understood\n(  .+\n)+  → usage: amends .*; see: amends.* --help\n$/
      )
    }
  )

  it("of a command that is not built yet is one sentence", async () => {
    const cell = await open([])
    const ended = await cell.run("sync", "b-1", "--only", "watchlist.a")
    expect(ended).toMatchObject({ code: 7, stdout: "" })
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1)
  })

  it("of the files names file, line and column, and exits with 7", async () => {
    const cell = await open([])
    await writeFile(join(cell.root, "resources", "bad.yaml"), "kind: watchlist\nname: x\nspeck: {}\n")
    const ended = await cell.run("validate")
    expect(ended.code).toBe(7)
    expect(ended.stderr).toContain("resources/bad.yaml:3:1")
  })
})

describe("a secret", () => {
  it("is shown only as changed, also where the server repeats it in an error", async () => {
    const cell = await open([channel])
    cell.sandbox.addFault({ act: "status", method: "POST", status: 400, echo: true, times: 0 })
    const apply = await cell.run("apply", "--yes", "--log-level", "debug")
    expect(apply.code).toBe(3)
    expect(apply.stdout + apply.stderr).not.toContain("T0P-secret")
    expect(apply.stdout).toContain("(sensitive)")
    cell.sandbox.clearFaults()
    expect(await cell.run("apply", "--yes")).toMatchObject({ code: 0 })
    await cell.declare([{ ...channel, spec: { type: "Webhook", configuration: { value: `${hook}2` } } }])
    const plan = await cell.run("plan")
    expect(plan.stdout).toContain("configuration.value: (sensitive) changed")
    expect(plan.stdout + plan.stderr).not.toContain("T0P-secret")
  })
})

describe("looking", () => {
  it("needs no resource files", async () => {
    const cell = await applied(watchlist("a"))
    await writeFile(join(cell.root, "resources", "all.json"), "{")
    for (const args of [["list"], ["batches"], ["history"], ["history", "watchlist.a"], ["show", "watchlist.a"]]) {
      expect(await cell.run(...args)).toMatchObject({ code: 0, stderr: "" })
    }
    expect((await cell.run("list")).stdout).toMatch(/^watchlist\.a +1 +monitoring/m)
    expect((await cell.run("lease", "show")).stdout).toBe("Nobody holds the lease.\n")
  })

  it("ends well where the reader goes away", async () => {
    const cell = await applied(watchlist("a"))
    const { child, ended } = cell.start(["schema"])
    child.stdout?.destroy()
    expect((await ended).stderr).not.toContain("EPIPE")
  })
})

describe("import and forget", () => {
  it("change what is managed and nothing remote", async () => {
    const cell = await applied(watchlist("a"))
    const sent = writes(cell.sandbox).length
    expect(await cell.run("forget", "watchlist.a")).toMatchObject({ code: 0 })
    expect(await cell.run("plan")).toMatchObject({ code: 5 })
    expect(await cell.run("import", "watchlist.a", "1")).toMatchObject({ code: 0 })
    expect(await cell.run("plan")).toMatchObject({ code: 0, stdout: "No changes.\n" })
    expect(writes(cell.sandbox)).toHaveLength(sent)
  })
})

describe("the sandbox as a process", () => {
  it("says where it is, serves an apply, and stops when it is told to", async () => {
    const cell = await open([watchlist("a")])
    const { child, ended } = cell.start(["sandbox", "--json"])
    const url = await new Promise<string>((resolve) => {
      child.stdout?.on("data", (chunk: Buffer) => {
        const found = /"url":"([^"]+)"/.exec(chunk.toString())
        if (found?.[1] !== undefined) resolve(found[1])
      })
    })
    const env = {
      ...process.env,
      MONITORING_URL: url,
      MONITORING_CLIENT_ID: "sandbox",
      MONITORING_CLIENT_SECRET: "sandbox-secret"
    }
    const amends = join(import.meta.dirname, "..", "..", "bin", "amends")
    const apply = spawn(amends, ["-C", cell.root, "apply", "--yes"], { env, stdio: "ignore" })
    expect(await new Promise((resolve) => apply.on("close", resolve))).toBe(0)
    child.kill("SIGTERM")
    expect(await ended).toMatchObject({ code: 0 })
    expect(cell.sandbox.snapshot().watchlist).toEqual([])
  })
})

describe("--version and --help", () => {
  it("exit with 0 on stdout", async () => {
    const cell = await open([])
    expect(await cell.run("--version")).toMatchObject({ code: 0, stdout: "0.1.0\n", stderr: "" })
    const help = await cell.run("apply", "--help")
    expect(help).toMatchObject({ code: 0, stderr: "" })
    expect(help.stdout).toContain("--on-failure")
    expect((await cell.run("--completions", "bash")).stdout).toContain("complete")
  })
})
