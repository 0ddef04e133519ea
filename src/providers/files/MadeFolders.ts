/**
 * Which directories amends made, so that taking a file away also takes those that were made for it, and never one that
 * was there before.
 *
 * It is written down before a directory is made, because afterwards nothing would tell it from others, and completed
 * with what the system knows it by: one that somebody made anew in its place is theirs.
 */
import { createHash } from "node:crypto"
import { mkdir, open, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { syncDirectory } from "./DiskStore.ts"
import { type Folder, openIn, removeIfEmpty, type Root } from "./Folder.ts"
import { codeOf, FileTrouble } from "./Trouble.ts"
import { makeTurns } from "./Turns.ts"

/** The directories below a root that amends made. */
export interface MadeFolders {
  /** Makes the directory of that name and opens it; one that is there meanwhile is opened as it is. */
  readonly make: (parent: Folder, name: string, path: string) => Promise<Folder>
  /** Removes a directory that amends made, if nothing is in it. */
  readonly remove: (parent: Folder, name: string, path: string) => Promise<void>
}

const write = async (path: string, text: string): Promise<void> => {
  const handle = await open(path, "w", 0o600)
  await handle.writeFile(text).then(() => handle.sync()).finally(() => handle.close())
}

const vanished = new FileTrouble({ reason: "NotSent", detail: "a directory of the path vanished meanwhile" })

const knownAs = ({ dev, ino }: Pick<Folder, "dev" | "ino">): string => `${dev}:${ino}`

const openOr = async (parent: Folder, name: string): Promise<Folder> => {
  const folder = await openIn(parent, name)
  if (folder === undefined) throw vanished
  return folder
}

const makeIn = async (notes: string, note: string, parent: Folder, name: string): Promise<Folder> => {
  const there = await openIn(parent, name)
  if (there !== undefined) return there
  const path = join(notes, note)
  await write(path, "")
  await syncDirectory(notes)
  try {
    await mkdir(parent.at(name))
  } catch (error) {
    await rm(path, { force: true })
    if (codeOf(error) !== "EEXIST") throw error
    return openOr(parent, name)
  }
  const folder = await openOr(parent, name)
  await write(path, knownAs(folder))
  await parent.handle.sync()
  return folder
}

const removeIn = async (notes: string, note: string, parent: Folder, name: string): Promise<void> => {
  const path = join(notes, note)
  const known = await readFile(path, "utf8").catch(() => undefined)
  if (known === undefined) return
  const folder = await openIn(parent, name)
  await folder?.handle.close()
  const isOurs = folder === undefined || known === "" || known === knownAs(folder)
  if (isOurs && !(await removeIfEmpty(parent.at(name)))) return
  await rm(path, { force: true })
  await parent.handle.sync()
}

/** Remembers in a store the directories that are made below a root. */
export const madeFoldersIn = async (store: string, root: Root): Promise<MadeFolders> => {
  const notes = join(store, "folders")
  await mkdir(notes, { mode: 0o700, recursive: true })
  const noteOf = (path: string): string => createHash("sha256").update(`${root.path}\0${path}`).digest("hex")
  // One after the other: of two files in one new directory only one makes it.
  const inTurn = makeTurns()
  return {
    make: (parent, name, path) => inTurn(() => makeIn(notes, noteOf(path), parent, name)),
    remove: (parent, name, path) => inTurn(() => removeIn(notes, noteOf(path), parent, name))
  }
}
