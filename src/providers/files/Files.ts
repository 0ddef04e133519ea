/**
 * What the operations on managed files share: where they are, what is kept of them, and how one is opened.
 */
import type { Stats } from "node:fs"
import { constants, type FileHandle, lstat, open } from "node:fs/promises"
import type { DiskStore } from "./DiskStore.ts"
import { partsOf } from "./FilePath.ts"
import { type Folder, inRoot, openIn, type Root, within } from "./Folder.ts"
import type { MadeFolders } from "./MadeFolders.ts"
import type { Staging } from "./Staging.ts"
import { codeOf, isMissing, refused } from "./Trouble.ts"

/** The managed files of one provider. */
export interface Files {
  /** Of the provider. */
  readonly name: string
  /** Whether what the files hold may be kept outside of the sealed state. */
  readonly contents: "plain" | "sensitive"
  readonly root: Root
  readonly store: DiskStore
  readonly staging: Staging
  readonly folders: MadeFolders
}

/** The directory of a file, and its name in there. */
export interface Spot {
  readonly folder: Folder
  readonly name: string
}

const descend = async <A>(
  folder: Folder,
  parts: ReadonlyArray<string>,
  use: (spot: Spot) => Promise<A>
): Promise<A | undefined> => {
  const [name = "", ...further] = parts
  if (further.length === 0) return use({ folder, name })
  const next = await openIn(folder, name)
  return next === undefined ? undefined : within(next, () => descend(next, further, use))
}

/** Does something at the spot of a path; answers `undefined` where a directory of it is not there. */
export const atSpot = <A>(
  { root }: Pick<Files, "root">,
  path: string,
  use: (spot: Spot) => Promise<A>
): Promise<A | undefined> => inRoot(root, (folder) => descend(folder, partsOf(path), use))

const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

const kindsOfThings: ReadonlyArray<readonly [what: string, is: (stats: Stats) => boolean]> = [
  ["a symbolic link, and those are not followed", (stats) => stats.isSymbolicLink()],
  ["a directory", (stats) => stats.isDirectory()]
]

/** Refuses what is at a path and is no ordinary file. */
const whyNoFile = (stats: Stats): string =>
  `what is there is ${kindsOfThings.find(([, is]) => is(stats))?.[0] ?? "no ordinary file"}`

/** Opens the file at a spot for reading; `undefined` where there is none. */
export const openFile = async ({ folder, name }: Spot): Promise<FileHandle | undefined> => {
  const path = folder.at(name)
  try {
    const stats = await lstat(path)
    if (!stats.isFile()) throw refused(whyNoFile(stats))
    const handle = await open(path, reading)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw codeOf(error) === "ELOOP" ? refused("what is there is a symbolic link, and those are not followed") : error
  }
  throw refused("what is there is no ordinary file")
}

/** Does something with the open file at a spot; `undefined` where there is none. */
export const withFile = async <A>(spot: Spot, use: (handle: FileHandle) => Promise<A>): Promise<A | undefined> => {
  const handle = await openFile(spot)
  if (handle === undefined) return undefined
  try {
    return await use(handle)
  } finally {
    await handle.close()
  }
}

/** Refuses a file with further names: to replace it would part them, and to delete it would not give them back. */
export const demandOneName = async (handle: FileHandle): Promise<void> => {
  const { nlink } = await handle.stat()
  if (nlink > 1) throw refused(`it has ${nlink} names (hard links), and a change would part them`)
}
