/**
 * A trial whose process is killed: what it left is known by name, and the next trial of the kind removes it.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { apiWith } from "../cli/TrialApi.ts"
import { onGround } from "../cli/Trials.ts"
import type { Handle } from "../providers/described/Api.ts"

const amends = join(import.meta.dirname, "..", "..", "bin", "amends")

describe("a trial that is killed", () => {
  it("leaves a note, and the next one removes what it made", async () => {
    const { handle, rows } = apiWith({})
    let running: ChildProcess | undefined
    // The first change never comes to be: its process is gone.
    const killing: Handle = (asked) => {
      if (asked.method === "PATCH") running?.kill("SIGKILL")
      return handle(asked)
    }
    const declared = [{ name: "a thing", note: "x" }]
    await onGround({ kinds: { thing: { path: "/things" } }, handle: killing, declared }, async ({ doctor, shell }) => {
      running = spawn(amends, ["doctor", "--kind", "thing", "--yes"], { cwd: shell.root, stdio: "ignore" })
      const [, signal] = await once(running, "close")
      const [name] = [...rows.values()].map((row) => String(row["name"]))
      expect([signal, rows.size, name]).toEqual(["SIGKILL", 1, expect.stringMatching(/^amends-doctor-[0-9a-f]{8}$/)])
      running = undefined
      const plain = await shell.run("doctor")
      expect([plain.code, plain.stdout]).toEqual([1, expect.stringContaining(`may have left ${name}`)])
      expect(plain.stdout).toContain("→ remove it with: amends doctor --kind thing")
      const next = await doctor("--yes")
      expect([next.code, next.stdout]).toEqual([0, expect.stringContaining(`left ${name}; it is removed`)])
      expect(rows.size).toBe(0)
    })
  })
})
