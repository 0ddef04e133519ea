/**
 * A disk that fails: at each write of the state by a test hook (told as failed though written, not written, full once
 * and full for good), and a file system that is really full, on the way forward and on the way back.
 */
import { spawnSync } from "node:child_process"
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { held, openCell, writes } from "../Cell.ts"
import { applyIn } from "../InProcess.ts"
import type { Ended } from "../Launch.ts"
import { isFull, type Tried, walk } from "./Points.ts"
import {
  desired,
  desiredHeld,
  disturbing,
  fired,
  inTurn,
  lastWrite,
  openScene,
  original,
  overRows,
  refuseLast,
  type Scene,
  until,
  wrongAfterRecovery,
  wrongWhenKilled,
  wrongWhenOver
} from "./Scene.ts"

const timeoutMs = isFull ? 1_800_000 : 110_000

let after: ReadonlyArray<string>
beforeAll(async () => {
  after = await desiredHeld()
})

const isIntent = (kind: unknown): boolean => kind === "intended" || kind === "undo-intended"

/** An intent that was told as failed is the newest row, and was not sent although it is there. */
const wrongSending = (scene: Scene): ReadonlyArray<string> => {
  const kinds = overRows(
    scene,
    (db) =>
      db.prepare("select kind from entry where batch = (select max(n) from batch) and batch > 1 order by seq").pluck()
        .all()
  )
  if (!isIntent(kinds.at(-1))) return []
  const sent = writes(scene.sandbox).length - scene.from
  const announced = kinds.filter(isIntent).length
  return sent < announced ? [] : ["a write was sent although its intent failed"]
}

/** What an exit code says must be so at once, before any recovery. */
const wrongEnding = ({ before, from, sandbox }: Scene, { code, stderr }: Ended): ReadonlyArray<string> => {
  const is = held(sandbox).join("\n")
  if (code === 1) return writes(sandbox).length === from ? [] : [`exit 1 after a write: ${stderr}`]
  if (code === 3) return is === before.join("\n") ? [] : ["exit 3, but not as before"]
  if (code === 0) return is === after.join("\n") ? [] : ["exit 0, but not as desired"]
  return code === 4 ? [] : [`exited ${code}: ${stderr}`]
}

/** More writes than the batch makes on its way forward, and on its way forward and back. */
const writesMax = { forward: 22, back: 34 }

const told = /does not expect|please report/

const attempt = async (how: string, isRefused: boolean, nth: number): Promise<Tried> => {
  const scene = await openScene()
  try {
    if (isRefused) refuseLast(scene)
    const ended = await scene.cell.start(inTurn, disturbing(how.replace("n", String(nth)))).ended
    const wrong = [
      ...wrongWhenKilled(scene),
      ...(how === "n:EIOAfter" ? wrongSending(scene) : []),
      ...wrongEnding(scene, ended),
      ...(told.test(ended.stderr) ? [ended.stderr] : [])
    ]
    return {
      isPast: nth > (isRefused ? writesMax.back : writesMax.forward),
      wrong: [...wrong, ...await wrongAfterRecovery(scene, undefined, after)]
    }
  } finally {
    await scene.cell.close()
  }
}

const ways = [
  ["n:EIO", "fails and was not made"],
  ["n:EIOAfter", "fails although it was made"],
  ["n:ENOSPC", "finds the disk full, once"],
  ["n+:ENOSPC", "finds the disk full, and so do all that follow"]
] as const

describe("a write of the state", () => {
  ways.forEach(([how, what], index) => {
    for (const isRefused of isFull ? [false, true] : [index % 2 === 1]) {
      it(`${what}, ${isRefused ? "in a batch that goes back" : "on the way forward"}`, async () => {
        const stride = isFull ? { from: 1, by: 1 } : { from: (isRefused ? 17 : 6) + 3 * index, by: 1, most: 1 }
        expect((await walk(stride, (nth) => attempt(how, isRefused, nth))).wrong).toEqual([])
      }, timeoutMs)
    }
  })
})

/** A scene whose state lives on a small file system of its own; `undefined` where we may not mount one. */
const openSmall = async (): Promise<Scene & { readonly disk: string } | undefined> => {
  const cell = await openCell()
  const disk = join(cell.root, ".amends")
  mkdirSync(disk)
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", disk]).status !== 0) {
    await cell.close()
    return undefined
  }
  await cell.declare(original)
  await applyIn(cell)
  await cell.declare(desired)
  return { cell, sandbox: cell.sandbox, before: held(cell.sandbox), from: writes(cell.sandbox).length, disk }
}

const close = async ({ cell, disk }: Scene & { readonly disk: string }): Promise<void> => {
  spawnSync("umount", [disk])
  await cell.close()
}

const ballast = (disk: string): string => join(disk, "ballast")

const fill = (disk: string): void => {
  const fd = openSync(ballast(disk), "w")
  const [chunk, least] = [Buffer.alloc(64 * 1024, "x"), Buffer.alloc(512, "x")]
  for (const piece of [chunk, least]) {
    try {
      for (;;) writeSync(fd, piece)
    } catch {
      // Full, as it should be.
    }
  }
  closeSync(fd)
}

/** Applies, and does something to the disk while the server holds a request. */
const disturbedWhile = async (
  scene: Scene,
  request: { readonly method: string; readonly path: string },
  act: () => void
): Promise<Ended> => {
  scene.sandbox.addFault({ act: "delay", ms: 700, ...request })
  const started = scene.cell.start(inTurn)
  expect(await until(() => fired(scene.sandbox, "delay") > 0, started)).toBe(true)
  act()
  return started.ended
}

const firstWrite = { method: "PATCH", path: "^/" }

const smallOrSkip = async (skip: (note: string) => void) => {
  const scene = await openSmall()
  if (scene === undefined) skip("a file system of its own can only be mounted by root: not tried here")
  else onTestFinished(() => close(scene))
  return scene
}

describe("a file system that is full", () => {
  it("takes no more intents, and the batch goes back", async ({ skip }) => {
    const scene = await smallOrSkip(skip)
    if (scene === undefined) return
    const { code, stderr } = await disturbedWhile(scene, firstWrite, () => fill(scene.disk))
    expect(code, stderr).toBe(3)
    expect(stderr).toContain("the disk is full")
    rmSync(ballast(scene.disk))
    expect(await wrongWhenOver(scene, "original", after)).toEqual([])
  })

  it("keeps nobody from going back", async ({ skip }) => {
    const scene = await smallOrSkip(skip)
    if (scene === undefined) return
    const last = lastWrite(scene.sandbox)
    refuseLast(scene)
    const { code, stderr } = await disturbedWhile(scene, last, () => fill(scene.disk))
    expect(code, stderr).toBe(3)
    rmSync(ballast(scene.disk))
    scene.sandbox.clearFaults()
    expect(await wrongWhenOver(scene, "original", after)).toEqual([])
  })

  it("stops the way back where even the reserve is gone, until there is space", async ({ skip }) => {
    const scene = await smallOrSkip(skip)
    if (scene === undefined) return
    const last = lastWrite(scene.sandbox)
    refuseLast(scene)
    const ended = await disturbedWhile(scene, last, () => {
      rmSync(join(scene.disk, "reserve"))
      fill(scene.disk)
    })
    expect(ended.code, ended.stderr).toBe(4)
    expect(wrongWhenKilled(scene)).toEqual([])
    expect((await scene.cell.run("recover")).code).toBeOneOf([1, 4])
    expect(wrongWhenKilled(scene)).toEqual([])
    rmSync(ballast(scene.disk))
    expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
  })
})
