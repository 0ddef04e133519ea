/** What the store lists and lets go of is what it keeps, and never what is needed again. */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { type ContentDigest } from "../../../src/providers/ContentStore.ts"
import { type DiskStore, openStore } from "../../../src/providers/files/DiskStore.ts"

let root: string
let store: DiskStore

const digest: ContentDigest = `sha256:${"a".repeat(64)}`

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "amends-store-"))
  store = await openStore(join(root, "contents"), join(root, "state.db"))
  const writer = await store.writer()
  await writer.write(Buffer.from("one"))
  await writer.keep(digest)
  await writer.close()
})
afterEach(() => rm(root, { recursive: true }))

it("lists what it keeps, and nothing else that lies there", async () => {
  const [kept] = await store.list()
  await writeFile(join(store.path, "sha256", "README"), "put here by somebody")
  await writeFile(join(kept?.place ?? "", "..", ".DS_Store"), "and this")
  expect((await store.list()).map((one) => one.digest)).toEqual([digest])
})

it("lets go of what was listed, unless it was taken up again since", async () => {
  const listed = await store.list()
  await store.touch(digest, 1_000)
  await store.drop(listed)
  expect(await store.size(digest)).toBe(3)
  await store.drop(await store.list())
  expect(await store.size(digest)).toBeUndefined()
})

it("lets go of nothing once another state keeps contents there", async () => {
  const listed = await store.list()
  expect(await store.others()).toEqual([])
  await openStore(store.path, join(root, "other", "state.db"))
  expect((await store.others()).map(({ stateFile }) => stateFile)).toEqual([join(root, "other", "state.db")])
  await store.drop(listed)
  expect(await store.size(digest)).toBe(3)
})

it("knows its own state after the directory of both was moved", async () => {
  const moved = `${root}-moved`
  await rename(root, moved)
  root = moved
  expect(await (await openStore(join(moved, "contents"), join(moved, "state.db"))).others()).toEqual([])
})
