/** Whether another process lives, as the system tells it. */
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { afterAll, expect, it } from "vitest"
import { startOf } from "../../../src/state/storage/Platform.ts"

// The shell becomes a program that waits for none of its children.
const parent = spawn("sh", ["-c", "sleep 600 & echo $!; exec sleep 600"], { stdio: ["ignore", "pipe", "ignore"] })

afterAll(() => void parent.kill("SIGKILL"))

const isListed = (pid: number, state: string): boolean =>
  readFileSync(`/proc/${pid}/stat`, "utf8").includes(`) ${state}`)

it("a process that was killed and that nobody waited for is gone", async () => {
  const [line] = (await once(parent.stdout, "data")) as [Buffer]
  const pid = Number(line.toString("utf8"))
  expect(startOf(pid)).toMatch(/^\d+$/)
  process.kill(pid, "SIGKILL")
  while (!isListed(pid, "Z")) execFileSync("true")
  expect(startOf(pid)).toBe("")
})

it("this process is there, and none of a number that no process has", () => {
  expect(startOf("self")).toBe(startOf(process.pid))
  expect(startOf(process.pid)).toMatch(/^\d+$/)
  expect(startOf(2 ** 30)).toBe("")
})
