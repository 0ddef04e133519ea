/**
 * What happens on a terminal: the question, its answers, Ctrl-C and Ctrl-D at it, and colours.
 */
import { spawn, spawnSync } from "node:child_process"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Cell, openCell, writes } from "./Cell.ts"

const amends = join(import.meta.dirname, "..", "..", "bin", "amends")
const question = "Only 'yes' is a yes: "

let cell: Cell
beforeAll(async () => {
  cell = await openCell()
  await cell.declare([{ kind: "watchlist", name: "a", spec: { description: "ours" } }])
})
afterAll(() => cell.close())

/** Runs amends on a pseudo-terminal, made by script(1), and types an answer once it asks. */
const onTerminal = (command: string, answer = "", env: Readonly<Record<string, string>> = {}) =>
  new Promise<{ readonly code: number | null; readonly text: string }>((resolve) => {
    const child = spawn("script", ["-qec", `'${amends}' ${command}`, "/dev/null"], {
      cwd: cell.root,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        TERM: "xterm-256color",
        SHELL: "/bin/sh",
        MONITORING_URL: cell.sandbox.url,
        MONITORING_CLIENT_ID: "sandbox",
        MONITORING_CLIENT_SECRET: "sandbox-secret",
        ...env
      }
    })
    let text = ""
    let asked = false
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString()
      if (asked || !text.includes(question)) return
      asked = true
      child.stdin.write(answer)
    })
    child.on("close", (code) => resolve({ code, text: text.replaceAll("\r\n", "\n") }))
  })

const isThere = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0

describe.skipIf(!isThere)("on a terminal", () => {
  it.each([["no\n"], ["y\n"], ["YES\n"], ["\n"], ["yes please\n"], ["\u0004"]])(
    "the answer %j is no yes: nothing is written, and the exit code is 7",
    async (answer) => {
      const { code, text } = await onTerminal("apply", answer)
      expect([code, text.trimEnd().split("\n").at(-1)]).toEqual([7, "Not confirmed; nothing was changed."])
      expect(writes(cell.sandbox)).toEqual([])
    }
  )

  it("Ctrl-C at the question leaves with 130 on a line of its own, and gives the lease back", async () => {
    const { code, text } = await onTerminal("apply", "\u0003")
    expect([code, text.trimEnd().split("\n").at(-1)]).toEqual([130, "Interrupted before anything was written."])
    expect(writes(cell.sandbox)).toEqual([])
    expect(await cell.run("lease", "show")).toMatchObject({ stdout: "Nobody holds the lease.\n" })
  })

  it("nobody is asked with --input=false or --json, and --quiet asks with the counts", async () => {
    for (const flag of ["--input=false", "--json"]) {
      const { code, text } = await onTerminal(`apply ${flag}`)
      expect([flag, code]).toEqual([flag, 7])
      expect(text).toContain("answer with --yes")
    }
    const quiet = await onTerminal("apply --quiet", "no\n")
    expect(quiet.text).toMatch(/^Plan: 1 to add, 0 to change, 0 to destroy\.\nDo you want to apply/)
    expect(writes(cell.sandbox)).toEqual([])
  })

  it("colours are there, unless --no-color, NO_COLOR or a dumb terminal says otherwise", async () => {
    expect((await onTerminal("plan")).text).toContain("\u001B[32m")
    for (
      const [command, env] of [["plan --no-color", {}], ["plan", { NO_COLOR: "1" }], ["plan", {
        TERM: "dumb"
      }]] as const
    ) {
      expect((await onTerminal(command, "", env)).text).not.toContain("\u001B[3")
    }
  })

  it("yes applies", async () => {
    const { code, text } = await onTerminal("apply", "yes\n")
    expect(code).toBe(0)
    expect(text.trimEnd().split("\n").at(-1)).toBe("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
    expect(cell.sandbox.snapshot().watchlist).toHaveLength(1)
  })
})
