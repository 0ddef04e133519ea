/**
 * What can happen to the files of a state: a log torn in its last commit, a log that lost commits it had promised, an
 * older copy put back, and a state file that is deleted, moved or replaced while a batch runs.
 */
import Database from "better-sqlite3"
import { copyFileSync, cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { type Cell, held, writes } from "../Cell.ts"
import { findingsIn } from "../InProcess.ts"
import type { Ended } from "../Launch.ts"
import { numbers } from "./Numbers.ts"
import { isFull, killedAt, type Tried, walk } from "./Points.ts"
import {
  desired,
  desiredHeld,
  fired,
  inTurn,
  openScene,
  original,
  refuseLast,
  type Scene,
  stateFile,
  until,
  wrongAfterRecovery,
  wrongWhenKilled,
  wrongWhenOver
} from "./Scene.ts"
import { commitEnds, lastCommit } from "./Wal.ts"

const timeoutMs = isFull ? 1_800_000 : 110_000
const seed = Number(process.env["AMENDS_CRASH_SEED"] ?? 1)

let after: ReadonlyArray<string>
beforeAll(async () => {
  after = await desiredHeld()
})

const logOf = (scene: Scene): string => `${stateFile(scene)}-wal`
const generationOf = (scene: Scene): string => join(dirname(stateFile(scene)), "generation")

/** How many batches a state knows of, with a log other than its own. */
const generationWith = (scene: Scene, log: Buffer): number => {
  const copy = `${stateFile(scene)}-torn`
  copyFileSync(stateFile(scene), copy)
  writeFileSync(`${copy}-wal`, log)
  const db = new Database(copy)
  try {
    return db.prepare<[], number>("select generation from meta").pluck().get() ?? 0
  } finally {
    db.close()
    for (const suffix of ["", "-wal", "-shm"]) rmSync(copy + suffix, { force: true })
  }
}

/** Tears the last commit: cuts it off somewhere, or leaves noise in it. What came after it cannot have been sent. */
const tear = (scene: Scene, next: () => number): void => {
  const path = logOf(scene)
  const log = readFileSync(path)
  const last = lastCommit(log)
  if (last === undefined) return
  const at = last.from + Math.floor(next() * (last.to - last.from))
  const noise = Buffer.from(Array.from({ length: last.to - at }, () => Math.floor(next() * 256)))
  const left = next() < 0.5 ? log.subarray(0, at) : Buffer.concat([log.subarray(0, at), noise])
  // The counter beside the state is written after the commit that holds it, so that commit is not torn any more.
  if (generationWith(scene, left) < Number(readFileSync(generationOf(scene), "utf8"))) return
  writeFileSync(path, left)
}

const torn = async (isRefused: boolean, nth: number): Promise<Tried> => {
  const scene = await openScene()
  const next = numbers(seed * 7_919 + nth)
  try {
    if (isRefused) refuseLast(scene)
    const { code } = await killedAt(scene, inTurn, { act: "killAfter", nth })
    const isPast = code !== "SIGKILL"
    if (!isPast) tear(scene, next)
    return { isPast, wrong: [...wrongWhenKilled(scene), ...await wrongAfterRecovery(scene, undefined, after)] }
  } finally {
    await scene.cell.close()
  }
}

const ending: ReadonlyArray<number | string> = [0, 3, 4]

/** A disk that lied: whole commits are gone that were said to be durable. It may need a person; it may not break. */
const cutShort = async (nth: number): Promise<Tried> => {
  const scene = await openScene()
  const next = numbers(seed * 104_729 + nth)
  try {
    const { code } = await killedAt(scene, inTurn, { act: "killAfter", nth })
    if (code !== "SIGKILL") return { isPast: true, wrong: [] }
    const log = readFileSync(logOf(scene))
    const ends = [32, ...commitEnds(log)]
    writeFileSync(logOf(scene), log.subarray(0, ends[Math.floor(next() * ends.length)]))
    const recovered = await scene.cell.run("recover")
    const isKnown = ending.includes(recovered.code) && !recovered.stderr.includes("does not expect")
    const broken = (await findingsIn(scene.cell)).filter(({ ok, what }) => what === "journal" && !ok)
    const wrong = [...(isKnown ? [] : [recovered.stderr]), ...broken.map(({ detail }) => detail)]
    return { isPast: false, wrong }
  } finally {
    await scene.cell.close()
  }
}

describe(`a log that ends too early (seed ${seed})`, () => {
  const stride = (from: number) => isFull ? { from: 1, by: 1 } : { from, by: 1, most: 1 }

  it.runIf(isFull)("because its last commit was torn loses nothing that was sent", async () => {
    expect((await walk(stride(9), (nth) => torn(false, nth))).wrong).toEqual([])
  }, timeoutMs)

  it("because its last commit was torn on the way back loses nothing that was sent", async () => {
    expect((await walk(stride(23), (nth) => torn(true, nth))).wrong).toEqual([])
  }, timeoutMs)

  it.runIf(isFull)("because the disk lied is still a journal", async () => {
    expect((await walk(stride(14), cutShort)).wrong).toEqual([])
  }, timeoutMs)
})

/** Puts an older copy of the state file in the place of the newest one. */
const putBack = (scene: Scene, copy: string): void => {
  for (const suffix of ["-wal", "-shm"]) rmSync(stateFile(scene) + suffix, { force: true })
  copyFileSync(copy, stateFile(scene))
}

const expectNothingSent = async (cell: Cell, args: ReadonlyArray<string>): Promise<Ended> => {
  const sent = writes(cell.sandbox).length
  const ended = await cell.start(args).ended
  expect(writes(cell.sandbox).length).toBe(sent)
  return ended
}

/** The way on that the refusal names: what exists is adopted. */
const goOn = async (scene: Scene, as: "original" | "desired"): Promise<void> => {
  const { before, cell, sandbox } = scene
  await cell.declare(as === "original" ? original : desired)
  const applied = await cell.run("apply", "--yes", "--adopt")
  expect(applied.code, applied.stdout + applied.stderr).toBe(0)
  // What only the lost state knew is managed by nobody now.
  const names = (rows: ReadonlyArray<string>) => rows.filter((row) => !/"(old|fresh)"/.test(row)).join("\n")
  expect(names(held(sandbox))).toBe(names(as === "original" ? before : after))
  const plan = await cell.run("plan", "--detailed-exitcode")
  expect(plan.code, plan.stdout + plan.stderr).toBe(0)
}

describe("a state restored from an older copy", () => {
  it("is refused by everything that writes, and leaves a way on", async () => {
    const scene = await openScene()
    const { cell } = scene
    const copy = join(cell.root, "copy.db")
    copyFileSync(stateFile(scene), copy)
    expect((await cell.run("apply", "--yes")).code).toBe(0)
    putBack(scene, copy)
    for (const args of [["apply", "--yes"], ["recover"], ["destroy", "--yes"]]) {
      const { code, stderr } = await expectNothingSent(cell, args)
      expect(code, stderr).toBe(4)
      expect(stderr).toContain("older copy")
      expect(stderr).toContain("amends state restore")
    }
    const kept = await expectNothingSent(cell, ["state", "restore", stateFile(scene), "--yes"])
    expect(kept.code, kept.stderr).toBe(0)
    await goOn(scene, "desired")
    await cell.close()
  }, timeoutMs)

  it.runIf(isFull)("in the middle of a batch is refused until the newest is back", async () => {
    const scene = await openScene()
    const { cell, sandbox } = scene
    const [copy, newest] = [join(cell.root, "copy.db"), join(cell.root, "newest")]
    copyFileSync(stateFile(scene), copy)
    expect((await killedAt(scene, inTurn, { act: "hangAfter", nth: 14 })).code).toBe("SIGKILL")
    sandbox.clearFaults()
    cpSync(dirname(stateFile(scene)), newest, { recursive: true })
    putBack(scene, copy)
    expect((await expectNothingSent(cell, ["recover"])).code).toBe(4)
    rmSync(dirname(stateFile(scene)), { recursive: true })
    cpSync(newest, dirname(stateFile(scene)), { recursive: true })
    expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
    await cell.close()
  }, timeoutMs)
})

/** Applies, and does something to the files while the server holds a write; tells the writes sent after that. */
const disturbedWhile = async (scene: Scene, act: () => void): Promise<Ended> => {
  const { cell, sandbox } = scene
  sandbox.addFault({ act: "delay", ms: 500, method: "PATCH" })
  const started = cell.start(inTurn)
  expect(await until(() => fired(sandbox, "delay") > 0, started)).toBe(true)
  const sent = writes(sandbox).length
  act()
  const ended = await started.ended
  expect(writes(sandbox).length, "nothing is sent any more").toBe(sent)
  sandbox.clearFaults()
  return ended
}

describe("a state file that is taken away from a batch under way", () => {
  it("and put back later is recovered from", async () => {
    const scene = await openScene()
    const away = join(scene.cell.root, "away.db")
    const { code, stderr } = await disturbedWhile(scene, () => renameSync(stateFile(scene), away))
    expect(code, stderr).toBe(4)
    expect(stderr).toContain("no longer the file that was opened")
    renameSync(away, stateFile(scene))
    expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
    await scene.cell.close()
  }, timeoutMs)

  it.runIf(isFull)("and replaced by a copy is recovered from once it is back", async () => {
    const scene = await openScene()
    const [away, copy] = [join(scene.cell.root, "away.db"), join(scene.cell.root, "copy.db")]
    copyFileSync(stateFile(scene), copy)
    const { code, stderr } = await disturbedWhile(scene, () => {
      renameSync(stateFile(scene), away)
      copyFileSync(copy, stateFile(scene))
    })
    expect(code, stderr).toBe(4)
    renameSync(away, stateFile(scene))
    expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
    await scene.cell.close()
  }, timeoutMs)

  it.runIf(isFull)("and its log with it, is stopped as well", async () => {
    const scene = await openScene()
    const away = join(scene.cell.root, "away.db-wal")
    const { code, stderr } = await disturbedWhile(scene, () => renameSync(logOf(scene), away))
    expect(code, stderr).toBe(4)
    rmSync(logOf(scene), { force: true })
    if (existsSync(away)) renameSync(away, logOf(scene))
    expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
    await scene.cell.close()
  }, timeoutMs)

  it("and deleted for good is refused as lost, and leaves a way on", async () => {
    const scene = await openScene()
    const { code, stderr } = await disturbedWhile(scene, () => rmSync(stateFile(scene)))
    expect(code, stderr).toBe(4)
    const refused = await expectNothingSent(scene.cell, ["recover"])
    expect(refused.code, refused.stderr).toBe(4)
    expect(refused.stderr).toContain("amends apply --adopt")
    await goOn(scene, "original")
    await scene.cell.close()
  }, timeoutMs)

  it.runIf(isFull)("between two batches is noticed by the next", async () => {
    const scene = await openScene()
    for (const suffix of ["", "-wal", "-shm"]) rmSync(stateFile(scene) + suffix, { force: true })
    const refused = await expectNothingSent(scene.cell, ["apply", "--yes"])
    expect(refused.code, refused.stderr).toBe(4)
    await goOn(scene, "original")
    await scene.cell.close()
  }, timeoutMs)
})

describe("a recovered scene", () => {
  it("is judged by what is there", async () => {
    const scene = await openScene()
    expect((await scene.cell.run("apply", "--yes")).code).toBe(0)
    expect(await wrongWhenOver(scene, "desired", after)).toEqual([])
    scene.sandbox.create("watchlist", { name: "orphan" })
    expect(await wrongWhenOver(scene, "desired", after)).toEqual([expect.stringContaining("orphan")])
    await scene.cell.close()
  }, timeoutMs)
})
