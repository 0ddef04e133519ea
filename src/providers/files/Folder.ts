/**
 * Directories that are held open while something is done in them.
 *
 * A path is walked part by part and no symbolic link is followed. On Linux everything then goes through the open
 * directory (`/proc/self/fd`), so that nobody can put a link into the middle of a path between the look and the
 * change. Elsewhere the parts are looked at by their paths, which leaves that moment open.
 */
import { existsSync } from "node:fs"
import { access, constants, type FileHandle, lstat, open, realpath, rmdir } from "node:fs/promises"
import { codeOf, FileTrouble, isMissing, refused } from "./Trouble.ts"

/** An open directory. */
export interface Folder {
  /** The path of something in it, for the system. */
  readonly at: (name: string) => string
  readonly handle: FileHandle
  readonly dev: bigint
  readonly ino: bigint
}

const descriptors = "/proc/self/fd"
const holdsOpen = existsSync(descriptors)

const directory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

const folderOf = async (handle: FileHandle, path: string): Promise<Folder> => {
  const { dev, ino } = await handle.stat({ bigint: true })
  const base = holdsOpen ? `${descriptors}/${handle.fd}` : path
  return { handle, dev, ino, at: (name) => name === "" ? base : `${base}/${name}` }
}

/** Why something that should be a directory cannot be opened as one. */
const whyNot = async (path: string, error: unknown): Promise<unknown> => {
  const code = codeOf(error)
  if (code !== "ENOTDIR" && code !== "ELOOP") return error
  const found = await lstat(path)
  const what = found.isSymbolicLink() ? "is a symbolic link, and those are not followed" : "is no directory"
  return refused(`a part of its path ${what}`)
}

const openAt = async (path: string): Promise<Folder> => {
  const handle = await open(path, directory).catch(async (error: unknown) => {
    throw await whyNot(path, error)
  })
  return folderOf(handle, path)
}

/** Opens the directory of that name in another, or answers `undefined` where there is none. */
export const openIn = async (parent: Folder, name: string): Promise<Folder | undefined> => {
  try {
    const folder = await openAt(parent.at(name))
    if (folder.dev === parent.dev) return folder
    await folder.handle.close()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  throw refused("it is on another file system than the root: give that one a provider of its own")
}

/** Does something in a directory and closes it. */
export const within = async <A>(folder: Folder, use: (folder: Folder) => Promise<A>): Promise<A> => {
  try {
    return await use(folder)
  } finally {
    await folder.handle.close()
  }
}

/** The root of a provider as it was when the provider was made. */
export interface Root {
  /** Absolute, links above it resolved. */
  readonly path: string
  readonly dev: bigint
  readonly ino: bigint
}

/** Looks at the directory that is to be a root; a root that is a link itself could be turned elsewhere at any time. */
export const lookAtRoot = async (path: string): Promise<Root> => {
  const found = await lstat(path, { bigint: true })
  if (found.isSymbolicLink()) throw refused("it is a symbolic link: name the directory that it leads to")
  if (!found.isDirectory()) throw refused("it is no directory")
  return { path: await realpath(path), dev: found.dev, ino: found.ino }
}

/** Does something in the root, which has to be the same directory still. */
export const inRoot = async <A>(root: Root, use: (folder: Folder) => Promise<A>): Promise<A> =>
  within(await openAt(root.path), async (folder) => {
    if (folder.dev === root.dev && folder.ino === root.ino) return use(folder)
    throw new FileTrouble({ reason: "Rejected", detail: "the root was replaced by another directory meanwhile" })
  })

/** Refuses a directory in which nothing can be made. */
export const demandWritable = async (folder: Folder): Promise<void> =>
  access(folder.at(""), constants.W_OK | constants.X_OK)

/** Removes a directory if nothing is in it; tells whether it is gone. */
export const removeIfEmpty = async (path: string): Promise<boolean> => {
  try {
    await rmdir(path)
    return true
  } catch (error) {
    return isMissing(error)
  }
}
