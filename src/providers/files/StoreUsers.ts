/**
 * Which states keep contents in a store: each leaves a note with where it is, so that what one of them no longer names
 * is not taken from another.
 *
 * A note says the way from the store to the state, so that a directory that holds both can be moved. It is never
 * removed by amends: nobody can tell a state that is gone from one on a disk that is not mounted.
 */
import { createHash } from "node:crypto"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join, relative, resolve } from "node:path"
import type { OtherUser } from "../Provider.ts"
import { codeOf, isMissing } from "./Trouble.ts"

const usersIn = (store: string): string => join(store, "users")

const nameOf = (way: string): string => createHash("sha256").update(way).digest("hex").slice(0, 32)

/** Who may not write there keeps nothing there. */
const harmless: ReadonlySet<string> = new Set(["EEXIST", "EACCES", "EPERM", "EROFS"])

/** Leaves the note of a state, once. */
export const noteUser = async (store: string, stateFile: string): Promise<void> => {
  const way = relative(store, stateFile)
  await mkdir(usersIn(store), { mode: 0o700, recursive: true })
    .then(() => writeFile(join(usersIn(store), nameOf(way)), way, { flag: "wx", mode: 0o600 }))
    .catch((error: unknown) => {
      if (!harmless.has(codeOf(error))) throw error
    })
}

/** The other states that left a note; all of them where it is not known whose eyes this is for. */
export const otherUsers = async (store: string, stateFile: string | undefined): Promise<ReadonlyArray<OtherUser>> => {
  const own = stateFile === undefined ? undefined : nameOf(relative(store, stateFile))
  const names = await readdir(usersIn(store)).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  return Promise.all(
    names.filter((name) => name !== own).toSorted().map(async (name): Promise<OtherUser> => {
      const note = join(usersIn(store), name)
      return { place: store, stateFile: resolve(store, await readFile(note, "utf8")), note }
    })
  )
}
