/**
 * Which directories amends made, so that taking a file away also takes those that were made for it, and never one that
 * was there before.
 *
 * It is written down before a directory is made, because afterwards nothing would tell it from others, and completed
 * with what the system knows it by: one that somebody made anew in its place is theirs.
 */
import { createHash } from "node:crypto"
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
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
  /** The paths of those that it may have made, the deepest first. */
  readonly all: () => Promise<ReadonlyArray<string>>
}

/** What is written down of a directory. */
interface Note {
  readonly root: string
  readonly path: string
  /** What the system knows it by; empty while it is being made. */
  readonly known: string
}

const write = async (place: string, note: Note): Promise<void> => {
  const handle = await open(`${place}.new`, "w", 0o600)
  await handle.writeFile(JSON.stringify(note)).then(() => handle.sync()).finally(() => handle.close())
  await rename(`${place}.new`, place)
}

const read = async (place: string): Promise<Note | undefined> => {
  try {
    return JSON.parse(await readFile(place, "utf8")) as Note
  } catch {
    // Without a note nothing is known of a directory, and it stays.
    return undefined
  }
}

/** Where notes are, and of which root. */
interface Book {
  readonly notes: string
  readonly root: string
}

const placeIn = ({ notes, root }: Book, path: string): string =>
  join(notes, createHash("sha256").update(`${root}\0${path}`).digest("hex"))

const vanished = new FileTrouble({ reason: "NotSent", detail: "a directory of the path vanished meanwhile" })

const knownAs = ({ dev, ino }: Pick<Folder, "dev" | "ino">): string => `${dev}:${ino}`

const openOr = async (parent: Folder, name: string): Promise<Folder> => {
  const folder = await openIn(parent, name)
  if (folder === undefined) throw vanished
  return folder
}

const makeIn = async (book: Book, parent: Folder, name: string, path: string): Promise<Folder> => {
  const there = await openIn(parent, name)
  if (there !== undefined) return there
  const place = placeIn(book, path)
  await write(place, { root: book.root, path, known: "" })
  await syncDirectory(book.notes)
  try {
    await mkdir(parent.at(name))
  } catch (error) {
    await rm(place, { force: true })
    if (codeOf(error) !== "EEXIST") throw error
    return openOr(parent, name)
  }
  const folder = await openOr(parent, name)
  await write(place, { root: book.root, path, known: knownAs(folder) })
  await parent.handle.sync()
  return folder
}

const removeIn = async (book: Book, parent: Folder, name: string, path: string): Promise<void> => {
  const place = placeIn(book, path)
  const note = await read(place)
  if (note === undefined) return
  const folder = await openIn(parent, name)
  await folder?.handle.close()
  const isOurs = folder === undefined || note.known === "" || note.known === knownAs(folder)
  if (isOurs && !(await removeIfEmpty(parent.at(name)))) return
  await rm(place, { force: true })
  await parent.handle.sync()
}

const depthOf = (path: string): number => path.split("/").length

const allIn = async ({ notes, root }: Book): Promise<ReadonlyArray<string>> => {
  const written = await Promise.all((await readdir(notes)).map((name) => read(join(notes, name))))
  return written.flatMap((note) => note?.root === root ? [note.path] : []).sort((a, b) => depthOf(b) - depthOf(a))
}

/** Remembers in a store the directories that are made below a root. */
export const madeFoldersIn = async (store: string, root: Root): Promise<MadeFolders> => {
  const notes = join(store, "folders")
  await mkdir(notes, { mode: 0o700, recursive: true })
  const book: Book = { notes, root: root.path }
  // One after the other: of two files in one new directory only one makes it.
  const inTurn = makeTurns()
  return {
    make: (parent, name, path) => inTurn(() => makeIn(book, parent, name, path)),
    remove: (parent, name, path) => inTurn(() => removeIn(book, parent, name, path)),
    all: () => allIn(book)
  }
}
