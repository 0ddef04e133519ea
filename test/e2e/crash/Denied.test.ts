/**
 * Permissions taken away while a batch goes back: by the server for some resources, by the server for all of them, and
 * by the file system. What cannot be taken back waits, the rest goes on, and a later recovery finishes.
 */
import { chmodSync, chownSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { held, writes } from "../Cell.ts"
import type { Ended, Given } from "../Launch.ts"
import { isFull } from "./Points.ts"
import {
  atOnce,
  desiredHeld,
  disturbing,
  fired,
  inTurn,
  lastWrite,
  openScene,
  refuseLast,
  type Scene,
  until,
  wrongAfterRecovery,
  wrongWhenOver
} from "./Scene.ts"

let after: ReadonlyArray<string>
beforeAll(async () => {
  after = await desiredHeld()
})

/** Applies; when the last change is refused, and before that is told, something is taken away. */
const deniedOnTheWayBack = async (
  scene: Scene,
  { args = inTurn, ...given }: Given & { readonly args?: ReadonlyArray<string> },
  deny: () => void
): Promise<Ended> => {
  const { cell, sandbox } = scene
  sandbox.addFault({ act: "delay", ms: 500, ...lastWrite(sandbox) })
  refuseLast(scene)
  const started = cell.start(args, given)
  expect(await until(() => fired(sandbox, "delay") > 0, started)).toBe(true)
  deny()
  return started.ended
}

const ofKind = (rows: ReadonlyArray<string>, kind: string): ReadonlyArray<string> =>
  rows.filter((row) => row.startsWith(kind))

describe("permissions taken away by the server", () => {
  for (const args of isFull ? [inTurn, atOnce] : [atOnce]) {
    it(`hold up the resources they are for, and no others (${args.at(-1)} at a time)`, async () => {
      const scene = await openScene()
      const { before, cell, sandbox } = scene
      const denied = { act: "status", status: 403, path: "^/watchlists/", times: 0 } as const
      const ended = await deniedOnTheWayBack(scene, { args }, () => {
        for (const method of ["PATCH", "DELETE", "POST"]) sandbox.addFault({ ...denied, method })
      })
      expect(ended.code, ended.stderr).toBe(4)
      expect(ended.stdout + ended.stderr).toContain("watchlist.treasury")
      for (const kind of ["notification_channel", "custom_agent"]) {
        expect(ofKind(held(sandbox), kind)).toEqual(ofKind(before, kind))
      }
      expect(ofKind(held(sandbox), "watchlist")).not.toEqual(ofKind(before, "watchlist"))
      const again = await cell.run("recover")
      expect(again.code, again.stderr).toBe(4)
      expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
      await cell.close()
    })
  }

  it.runIf(isFull)("of everything leave everything to a later recovery", async () => {
    const scene = await openScene()
    const { cell, sandbox } = scene
    const ended = await deniedOnTheWayBack(
      scene,
      {},
      () => sandbox.configure({ credentials: { clientId: "other", clientSecret: "other" } })
    )
    expect(ended.code, ended.stderr).toBe(4)
    expect((await cell.run("recover")).code).toBeOneOf([1, 4])
    sandbox.configure({ credentials: { clientId: "sandbox", clientSecret: "sandbox-secret" } })
    expect(await wrongAfterRecovery(scene, undefined, after)).toEqual([])
    await cell.close()
  })
})

/** An ordinary user, for to root nothing is forbidden. */
const somebody = 65_534

const everything = (root: string): ReadonlyArray<string> => [
  root,
  ...readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => join(root, name))
]

const isRoot = process.getuid?.() === 0

/** The files of the state and their directory, with or without the right to write. */
const setWritable = ({ cell }: Scene, isWritable: boolean): void => {
  const directory = join(cell.root, ".amends")
  for (const name of readdirSync(directory)) chmodSync(join(directory, name), isWritable ? 0o600 : 0o400)
  chmodSync(directory, isWritable ? 0o700 : 0o500)
}

describe.skipIf(!isRoot)("permissions taken away by the file system (skipped unless we can be another user)", () => {
  it("do not stop a way back under way, whose files are open", async () => {
    const scene = await openScene()
    const { cell, sandbox } = scene
    for (const path of everything(cell.root)) chownSync(path, somebody, somebody)
    const ended = await deniedOnTheWayBack(scene, { uid: somebody }, () => setWritable(scene, false))
    expect(ended.code, ended.stdout + ended.stderr).toBe(3)
    setWritable(scene, true)
    sandbox.clearFaults()
    expect(await wrongWhenOver(scene, "original", after)).toEqual([])
    await cell.close()
  })

  it("keep a recovery from beginning, which says so and sends nothing", async () => {
    const scene = await openScene()
    const { cell, sandbox } = scene
    for (const path of everything(cell.root)) chownSync(path, somebody, somebody)
    const { code } = await cell.start(inTurn, { ...disturbing("12:killAfter"), uid: somebody }).ended
    expect(code).toBe("SIGKILL")
    setWritable(scene, false)
    const sent = writes(sandbox).length
    const refused = await cell.start(["recover"], { uid: somebody }).ended
    expect(refused.code, refused.stderr).toBe(1)
    expect(refused.stderr).toContain("the state cannot be written")
    expect(writes(sandbox).length).toBe(sent)
    setWritable(scene, true)
    const recovered = await cell.start(["recover", "--back"], { uid: somebody }).ended
    expect(recovered.code, recovered.stderr).toBe(3)
    expect(await wrongWhenOver(scene, "original", after)).toEqual([])
    await cell.close()
  })
})
