/**
 * SIGKILL at random moments of an apply and of its compensation, then `recover`: the real CLI, a real server, a real
 * state file. `npm run test:crash` does it 200 times, `npm test` a sample; a failure names its seed.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Cell, held, openCell, writes } from "../Cell.ts"
import { first, second } from "../Configurations.ts"
import { numbers } from "./Numbers.ts"

const runs = Number(process.env["AMENDS_CRASH_RUNS"] ?? 12)
const seed = Number(process.env["AMENDS_CRASH_SEED"] ?? 1)

interface Moment {
  readonly afterWrites: number
  readonly delayMs: number
  readonly refused: boolean
  readonly direction: "back" | "forward"
  readonly parallelism: number
}

const momentOf = (run: number): Moment => {
  const next = numbers(seed * 7_919 + run * 104_729)
  const refused = next() < 0.5
  return {
    refused,
    afterWrites: Math.floor(next() * (refused ? 30 : 16)),
    delayMs: Math.floor(next() * 12),
    direction: next() < 0.4 ? "forward" : "back",
    parallelism: next() < 0.5 ? 1 : 10
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Starts an apply and kills it at its moment; `false` where it was over before. */
const killed = async (cell: Cell, moment: Moment): Promise<boolean> => {
  const from = writes(cell.sandbox).length
  const { child, ended } = cell.start(["apply", "--yes", "--parallelism", String(moment.parallelism)])
  while (child.exitCode === null && writes(cell.sandbox).length - from < moment.afterWrites) await pause(1)
  await pause(moment.delayMs)
  child.kill("SIGKILL")
  return (await ended).code === "SIGKILL"
}

let cell: Cell
let kills = 0
beforeAll(async () => {
  cell = await openCell({ latencyMs: 2 })
})
afterAll(() => cell.close())

describe(`a process killed at a random moment (seed ${seed})`, () => {
  for (let run = 1; run <= runs; run++) {
    const moment = momentOf(run)
    it(`is recovered, run ${run}: ${JSON.stringify(moment)}`, async () => {
      const { sandbox } = cell
      sandbox.clearFaults()
      await cell.declare(first)
      expect((await cell.run("apply", "--yes", "--auto-recover")).code).toBe(0)
      const before = held(sandbox)
      await cell.declare(second)
      if (moment.refused) sandbox.addFault({ act: "status", status: 400, method: "DELETE", path: "^/custom-agents/" })
      const wasKilled = await killed(cell, moment)
      await pause(20)
      sandbox.clearFaults()
      if (!wasKilled) return
      kills += 1
      let recovered = await cell.run("recover", `--${moment.direction}`)
      if (recovered.code === 7) recovered = await cell.run("recover")
      expect(recovered.code, recovered.stdout + recovered.stderr).toBeOneOf([0, 3])
      const plan = await cell.run("plan", "--detailed-exitcode")
      expect(plan.code, plan.stdout + plan.stderr).toBeOneOf([0, 2])
      // Where the plan still has changes, nothing at all may have changed.
      expect(plan.code === 2 ? held(sandbox) : before).toEqual(before)
      const count = writes(sandbox).length
      expect((await cell.run("recover")).code).toBe(0)
      expect(writes(sandbox).length).toBe(count)
    })
  }

  it("was killed in time in most runs", () => expect(kills).toBeGreaterThan(runs / 2))
})
