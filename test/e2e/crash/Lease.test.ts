/**
 * The lease between real processes: one that is stopped for longer than it lasts while another takes over, two that
 * start at once, one that died, and one whose lease is broken by hand.
 */
import { existsSync, readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { type Cell, writes } from "../Cell.ts"
import type { Ended, Started } from "../Launch.ts"
import { isFull, killedAt } from "./Points.ts"
import {
  desiredHeld,
  disturbing,
  fired,
  inTurn,
  openScene,
  overRows,
  pause,
  refuseLast,
  type Scene,
  type Times,
  until,
  wrongAfterRecovery,
  wrongWhenOver
} from "./Scene.ts"

const timeoutMs = isFull ? 1_800_000 : 110_000

let after: ReadonlyArray<string>
beforeAll(async () => {
  after = await desiredHeld()
})

/** A lease lasts twice the timeout and its margin, so never under ten seconds. */
const short: Times = { timeout: "1s", horizon: "30ms" }
const long: Times = { timeout: "30s", horizon: "30ms" }

const isStopped = ({ child }: Started): boolean => {
  const path = `/proc/${child.pid}/stat`
  const stat = existsSync(path) ? readFileSync(path, "utf8") : ""
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T")
}

const rowsOf = (scene: Scene): unknown =>
  overRows(scene, (db) => db.prepare("select n, kind, epoch, chain from entry order by n").all())

/** Takes over from a process that is stopped: waits out its lease, and recovers. */
const takeOver = async ({ cell }: Scene): Promise<number | string> => {
  const { code } = await cell.run("recover", "--lease-timeout", "120s")
  return code
}

/** Stops an apply right after its n-th write of the state, has another process take over, and wakes it. */
const zombie = async (nth: number, isRefused: boolean): Promise<ReadonlyArray<string>> => {
  const scene = await openScene(short)
  const { cell, sandbox } = scene
  if (isRefused) refuseLast(scene)
  const sleeper = cell.start(inTurn, disturbing(`${nth}:stopAfter`))
  if (!(await until(() => isStopped(sleeper), sleeper))) {
    await cell.close()
    return [`at ${nth}: it was over before it could be stopped`]
  }
  await pause(50)
  sandbox.clearFaults()
  const taken = await takeOver(scene)
  const [sent, rows] = [writes(sandbox).length, JSON.stringify(rowsOf(scene))]
  sleeper.child.kill("SIGCONT")
  const { code, stderr } = await sleeper.ended
  const wrong: Array<string> = []
  if (code !== 6) wrong.push(`the woken one exited ${code}: ${stderr}`)
  if (writes(sandbox).length !== sent) wrong.push("the woken one sent something")
  if (JSON.stringify(rowsOf(scene)) !== rows) wrong.push("the woken one appended something")
  if (taken !== 0 && taken !== 3) wrong.push(`the recovery exited ${taken}`)
  wrong.push(...await wrongWhenOver(scene, taken === 3 ? "original" : "desired", after))
  await cell.close()
  return wrong.map((text) => `at ${nth}: ${text}`)
}

/** From the first intent on; a batch that was not opened yet has nothing to take over. */
const firstIntent = 5
const [forwardEnd, backwardEnd] = [16, 30]

const from = (first: number, last: number): ReadonlyArray<number> =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

const atOnce = <A, B>(all: ReadonlyArray<A>, work: (one: A) => Promise<B>): Promise<ReadonlyArray<B>> =>
  Promise.all(all.map(work))

describe("a process that is stopped for longer than its lease", () => {
  it("appends nothing and sends nothing when it wakes, and exits 6", async () => {
    const points = isFull ? from(firstIntent, forwardEnd) : [8]
    expect((await atOnce(points, (nth) => zombie(nth, false))).flat()).toEqual([])
  }, timeoutMs)

  it.runIf(isFull)("neither does so on the way back", async () => {
    const points = from(forwardEnd + 2, backwardEnd)
    expect((await atOnce(points, (nth) => zombie(nth, true))).flat()).toEqual([])
  }, timeoutMs)
})

/** An apply that is under way, and stopped while the server has its first write. */
const underWay = async ({ cell, sandbox }: Scene): Promise<Started> => {
  sandbox.addFault({ act: "delay", ms: 500, method: "PATCH" })
  const started = cell.start(inTurn)
  expect(await until(() => fired(sandbox, "delay") > 0, started)).toBe(true)
  started.child.kill("SIGSTOP")
  return started
}

const goesOn = ({ child, ended }: Started): Promise<Ended> => {
  child.kill("SIGCONT")
  return ended
}

const show = async (cell: Cell): Promise<string> => (await cell.run("lease", "show")).stdout

describe("two that start", () => {
  it("one after the other: the second is told who is at work, and changes nothing", async () => {
    const scene = await openScene(long)
    const first = await underWay(scene)
    const [apply, recover] = await atOnce([["apply", "--yes"], ["recover"]], (args) => scene.cell.start(args).ended)
    for (const second of [apply, recover]) {
      expect(second?.code, second?.stderr).toBe(6)
      expect(second?.stderr).toContain("lease")
    }
    expect((await goesOn(first)).code).toBe(0)
    expect(await wrongWhenOver(scene, "desired", after)).toEqual([])
    await scene.cell.close()
  }, timeoutMs)

  it("at the same moment: it is applied once", async () => {
    const scene = await openScene()
    const codes = await atOnce([1, 2, 3], async () => (await scene.cell.start(inTurn).ended).code)
    expect(codes).toContain(0)
    for (const code of codes) expect(code).toBeOneOf([0, 5, 6])
    expect(await wrongWhenOver(scene, "desired", after)).toEqual([])
    await scene.cell.close()
  }, timeoutMs)
})

describe("the lease of a process that died", () => {
  it("is shown as such, and taken at once", async () => {
    const scene = await openScene()
    expect((await killedAt(scene, inTurn, { act: "hangAfter", nth: 14 })).code).toBe("SIGKILL")
    scene.sandbox.clearFaults()
    expect(await show(scene.cell)).toContain("dead")
    // Without --lease-timeout nothing waits for a lease.
    expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
    expect(await show(scene.cell)).toContain("Nobody holds the lease.")
    await scene.cell.close()
  }, timeoutMs)
})

describe("a lease that is broken by hand", () => {
  it("stops its holder, who exits 6, and leaves the batch to recover", async () => {
    const scene = await openScene(long)
    const { cell, sandbox } = scene
    const holder = await underWay(scene)
    expect(await show(cell)).toContain(String(holder.child.pid))
    const sent = writes(sandbox).length
    const broken = await cell.run("lease", "break", "--yes")
    expect(broken.code, broken.stderr).toBe(0)
    const { code, stderr } = await goesOn(holder)
    expect(code, stderr).toBe(6)
    expect(stderr).toContain("the lease was lost")
    expect(writes(sandbox).length).toBe(sent)
    expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
    await cell.close()
  }, timeoutMs)

  it.runIf(isFull)("is not broken unasked", async () => {
    const scene = await openScene(long)
    const holder = await underWay(scene)
    expect((await scene.cell.run("lease", "break")).code).toBe(7)
    expect((await goesOn(holder)).code).toBe(0)
    await scene.cell.close()
  }, timeoutMs)
})
