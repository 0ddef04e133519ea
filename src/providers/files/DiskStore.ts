/**
 * The store of contents on disk, with what else is remembered of managed files: a key for their tokens.
 *
 * A content is written under another name, forced to disk and renamed to its digest, so that what bears a digest is
 * whole. Nothing in it is ever changed. Only the owner may read it: it holds what managed files held.
 */
import { createHmac, randomBytes, randomUUID } from "node:crypto"
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { ContentDigest, ContentStore, ContentWriter } from "../ContentStore.ts"
import type { KeptContent, OtherUser } from "../Provider.ts"
import { eachPiece } from "./Pieces.ts"
import { noteUser, otherUsers } from "./StoreUsers.ts"
import { isMissing, refused } from "./Trouble.ts"

/** The contents of managed files, and their tokens. */
export interface DiskStore extends ContentStore {
  /** Absolute. */
  readonly path: string
  /** A token of what a file holds: it tells equal from different and, without the key, nothing of the content. */
  readonly token: (digest: ContentDigest, mode: string) => string
  /** Everything that is kept. */
  readonly list: () => Promise<ReadonlyArray<KeptContent>>
  /** Who else keeps contents here. */
  readonly others: () => Promise<ReadonlyArray<OtherUser>>
  /** Lets go of contents; of none while others keep theirs here, nor of one that was taken up again meanwhile. */
  readonly drop: (contents: ReadonlyArray<KeptContent>) => Promise<void>
  /** Says that a content is needed anew, as if it was kept now; milliseconds since the epoch. */
  readonly touch: (digest: ContentDigest, now: number) => Promise<void>
  /** Removes what processes that are gone left half written. */
  readonly tidy: () => Promise<void>
}

const ownerOnly = { mode: 0o700, recursive: true } as const

/** Forces a directory's entries to disk. */
export const syncDirectory = async (path: string): Promise<void> => {
  const handle = await open(path, "r")
  await handle.sync().finally(() => handle.close())
}

const unfinished = (store: string): string => join(store, "unfinished")

const placeOf = (store: string, digest: ContentDigest): string => {
  const hex = digest.slice("sha256:".length)
  return join(store, "sha256", hex.slice(0, 2), hex.slice(2))
}

const sizeOf = (path: string): Promise<number | undefined> => stat(path).then(({ size }) => size, () => undefined)

/** The name tells whose it is, so that it can be removed once that process is gone. */
const newName = (store: string): string => join(unfinished(store), `${process.pid}-${randomUUID()}`)

const keepAs = async (handle: FileHandle, from: string, to: string): Promise<void> => {
  await handle.sync()
  await mkdir(dirname(to), ownerOnly)
  await rename(from, to)
  await syncDirectory(dirname(to))
  await syncDirectory(dirname(dirname(to)))
}

const writerIn = async (store: string): Promise<ContentWriter> => {
  const name = newName(store)
  const handle = await open(name, "wx", 0o600)
  return {
    write: async (piece) => {
      await handle.writeFile(piece)
    },
    keep: (digest) => keepAs(handle, name, placeOf(store, digest)),
    close: async () => {
      await handle.close()
      await rm(name, { force: true })
    }
  }
}

const readIn = async (store: string, digest: ContentDigest, take: (piece: Uint8Array) => Promise<void>) => {
  const handle = await open(placeOf(store, digest), "r").catch((error: unknown) => {
    throw isMissing(error) ? refused(`the content ${digest.slice(0, 19)}… is not in the store`) : error
  })
  await eachPiece(handle, take).finally(() => handle.close())
}

/** The key of this store's tokens, made when it is first needed; two processes agree on one. */
const keyOf = async (store: string): Promise<Buffer> => {
  const path = join(store, "key")
  const kept = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (kept !== undefined) return kept
  const name = newName(store)
  const handle = await open(name, "wx", 0o600)
  await handle.writeFile(randomBytes(32)).then(() => handle.sync()).finally(() => handle.close())
  await link(name, path).catch(() => undefined)
  await rm(name, { force: true })
  return readFile(path)
}

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return typeof error === "object" && error !== null && "code" in error && error.code === "ESRCH"
  }
}

const tidy = async (store: string): Promise<void> => {
  for (const name of await readdir(unfinished(store))) {
    if (isGone(Number.parseInt(name, 10))) await rm(join(unfinished(store), name), { force: true })
  }
}

/** Whatever else somebody put there is none of ours. */
const folderNames = /^[0-9a-f]{2}$/
const contentNames = /^[0-9a-f]{62}$/

const listIn = async (store: string): Promise<ReadonlyArray<KeptContent>> => {
  const root = join(store, "sha256")
  const folders = (await readdir(root).catch(() => [])).filter((name) => folderNames.test(name))
  const found = await Promise.all(folders.map(async (folder) => {
    const names = await readdir(join(root, folder))
    return Promise.all(
      names.filter((name) => contentNames.test(name)).map(async (name): Promise<KeptContent> => {
        const place = join(root, folder, name)
        const { mtimeMs, size } = await stat(place)
        return { digest: `sha256:${folder}${name}`, place, bytes: size, at: mtimeMs }
      })
    )
  }))
  return found.flat()
}

const drop = async (
  store: string,
  stateFile: string | undefined,
  contents: ReadonlyArray<KeptContent>
): Promise<void> => {
  if ((await otherUsers(store, stateFile)).length > 0) return
  for (const { at, place } of contents) {
    const found = await stat(place).catch(() => undefined)
    if (found?.mtimeMs === at) await rm(place, { force: true })
  }
}

const touch = (store: string, digest: ContentDigest, now: number): Promise<void> =>
  utimes(placeOf(store, digest), now / 1_000, now / 1_000)

/** Opens the store of a workspace, for a state where that is known, and makes what is missing of it. */
export const openStore = async (path: string, stateFile?: string): Promise<DiskStore> => {
  await mkdir(unfinished(path), ownerOnly)
  if (stateFile !== undefined) await noteUser(path, stateFile)
  const key = await keyOf(path)
  return {
    path,
    size: (digest) => sizeOf(placeOf(path, digest)),
    writer: () => writerIn(path),
    read: (digest, take) => readIn(path, digest, take),
    token: (digest, mode) => createHmac("sha256", key).update(`${digest} ${mode}`).digest("hex").slice(0, 40),
    list: () => listIn(path),
    others: () => otherUsers(path, stateFile),
    drop: (contents) => drop(path, stateFile, contents),
    touch: (digest, now) => touch(path, digest, now),
    tidy: () => tidy(path)
  }
}
