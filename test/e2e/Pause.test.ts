/**
 * Pause and resume from another process: no request leaves while a batch is paused, and it ends as it would have.
 */
import { afterEach, beforeEach, expect, it } from "vitest"
import { type Cell, openCell, writes } from "./Cell.ts"

let cell: Cell
beforeEach(async () => {
  cell = await openCell({ latencyMs: 20 })
})
afterEach(() => cell.close())

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const unfinished = async (): Promise<string> => {
  const { stdout } = await cell.run("batches")
  return /^(b-\S+) .*unfinished/m.exec(stdout)?.[1] ?? ""
}

/** An apply of many watchlists that has begun to write and is slowed down so far that it can't end; and its batch. */
const underWay = async () => {
  await cell.declare(
    Array.from({ length: 30 }, (_, i) => ({ kind: "watchlist", name: `w${i}`, spec: { description: "d" } }))
  )
  const running = cell.start(["apply", "--yes", "--parallelism", "2"])
  await until(() => writes(cell.sandbox).length > 2)
  cell.sandbox.configure({ latencyMs: 1000 })
  return { running, batch: await unfinished() }
}

it("nothing is written while a batch is paused; resumed, it commits", async () => {
  const { batch, running } = await underWay()
  const paused = await cell.run("pause", batch)
  expect(paused).toMatchObject({ code: 0, stdout: expect.stringContaining(`Paused ${batch}`) })
  const before = writes(cell.sandbox).length
  const status = await cell.run("status")
  expect(status.stdout).toMatch(new RegExp(`${batch} was paused by \\S+ at .* amends resume ${batch}`))
  expect(await cell.run("apply", "--yes")).toMatchObject({ code: 6 })
  expect(writes(cell.sandbox)).toHaveLength(before)
  cell.sandbox.configure({ latencyMs: 0 })
  expect(await cell.run("resume", batch)).toMatchObject({ code: 0, stdout: `Resumed ${batch}.\n` })
  const { code, stdout } = await running.ended
  expect(stdout).toMatch(/Paused by .*\n(.*\n)*Resumed by/)
  expect([code, cell.sandbox.snapshot().watchlist.length]).toEqual([0, 30])
  expect(await cell.run("pause", batch)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("the batch is over")
  })
  expect(await cell.run("pause", "b-nobody")).toMatchObject({ code: 1 })
})

it("a paused batch whose process is killed is resumed by who asks, and is not paused again", async () => {
  const { batch, running } = await underWay()
  await cell.run("pause", batch)
  running.child.kill("SIGKILL")
  await running.ended
  expect(await cell.run("pause", batch)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("nobody runs the batch")
  })
  cell.sandbox.configure({ latencyMs: 0 })
  const { code, stdout } = await cell.run("resume", batch)
  expect(stdout).toContain(`Recovered ${batch}: committed.`)
  expect([code, cell.sandbox.snapshot().watchlist.length]).toEqual([0, 30])
})

it("a signal ends a pause, and what was applied is taken back", async () => {
  const { batch, running } = await underWay()
  await cell.run("pause", batch)
  cell.sandbox.configure({ latencyMs: 0 })
  running.child.kill("SIGINT")
  const { code } = await running.ended
  expect([code, cell.sandbox.snapshot().watchlist]).toEqual([3, []])
})
