/**
 * Every block fenced as `sh` in README.md, docs and some examples runs, and prints what the paper says it prints.
 *
 * The blocks of one paper are one script, run from a folder that looks like the root of a clone. A `text` block behind
 * an `sh` block is its output: each of its lines is printed, in that order, by the script up to there; `…` stands for
 * anything. The port of the sandbox, 4180, is replaced by a free one.
 */
import { spawn } from "node:child_process"
import { mkdtemp, rm, symlink } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Block, type Paper, paper, papers, root } from "./Markdown.ts"

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const mark = (index: number) => `--- block ${index} is over ---`

const isRunnable = ({ language }: Block): boolean => language === "sh"

const scriptOf = (blocks: ReadonlyArray<Block>): string =>
  [
    "set -euo pipefail",
    "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT",
    ...blocks.flatMap((block, index) => isRunnable(block) ? [block.text, `echo '${mark(index)}'`] : [])
  ].join("\n")

const { AMENDS_KEY: _, CI: __, ...environment } = process.env

/** A script that waits for what never comes ends before its test does; milliseconds. */
const scriptMsMax = 90_000

/** Runs a script in a process group of its own, so that nothing it started outlives it. */
const runScript = (script: string, cwd: string): Promise<{ readonly code: number | null; readonly out: string }> =>
  new Promise((resolve) => {
    const env = { ...environment, NO_COLOR: "1" }
    const child = spawn("bash", ["-c", script], { cwd, env, detached: true, timeout: scriptMsMax })
    let out = ""
    child.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => void (out += chunk.toString()))
    child.on("exit", () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM")
      } catch {
        // Nothing of it is left.
      }
    })
    child.on("close", (code) => resolve({ code, out }))
  })

const run = async (blocks: ReadonlyArray<Block>) => {
  const clone = await mkdtemp(join(tmpdir(), "amends-docs-"))
  try {
    for (const name of ["bin", "examples"]) await symlink(join(root, name), join(clone, name))
    return await runScript(scriptOf(blocks).replaceAll("4180", String(await freePort())), clone)
  } finally {
    await rm(clone, { recursive: true, force: true })
  }
}

/** The lines that a paper promises behind a block and that did not come, in order. */
const missingFrom = (promised: string, printed: string): ReadonlyArray<string> => {
  let rest = printed.split("\n")
  return promised.split("\n").filter((line) => line.trim() !== "").filter((line) => {
    const parts = line.trim().split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    const at = rest.findIndex((one) => new RegExp(`^${parts.join(".*")}$`).test(one.trim()))
    if (at >= 0) rest = rest.slice(at + 1)
    return at < 0
  })
}

const examples = ["examples/04-files/README.md", "examples/05-house/README.md"].map(paper)

const runnable = [...papers(), ...examples].filter(({ path, blocks }) =>
  (path === "README.md" || /^(docs|examples)\//.test(path)) && blocks.some(isRunnable)
)

/** What each block printed, by its place among the blocks. */
const printedBy = ({ blocks }: Paper, out: string): ReadonlyMap<number, string> => {
  const printed = new Map<number, string>()
  let rest = out
  blocks.forEach((block, index) => {
    if (!isRunnable(block)) return
    const [before = "", ...after] = rest.split(`${mark(index)}\n`)
    printed.set(index, before)
    rest = after.join(`${mark(index)}\n`)
  })
  return printed
}

describe("the blocks of the papers", () => {
  it("are seen, those of the README among them", () => {
    expect(runnable.map(({ path }) => path)).toContain("README.md")
  })

  it.each(runnable)("of $path run, and print what it says", async (one) => {
    const { code, out } = await run(one.blocks)
    expect(code, out).toBe(0)
    const printed = printedBy(one, out)
    const missing = one.blocks.flatMap(({ language, line, text }, index) => {
      const behind = printed.get(index - 1)
      if (language !== "text" || behind === undefined) return []
      return missingFrom(text, behind).map((absent) => `${one.path}:${line}: not printed: ${absent}`)
    })
    expect(missing, out).toEqual([])
  })
})
