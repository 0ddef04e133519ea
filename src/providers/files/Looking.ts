/**
 * Reading managed files: one by its path, and which there are below the root. Nothing is changed by it.
 *
 * Lists hold the paths alone, because reading every file below a root to know a few of them would not do. What is no
 * ordinary file, what lies on another file system and what is amends' own is in no list.
 */
import type { FileHandle } from "node:fs/promises"
import { readdir } from "node:fs/promises"
import type { Document } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"
import { bears, type Observation, type Probe } from "../Provider.ts"
import { contentFields, modeText } from "./Content.ts"
import { faultOf, isOwn } from "./FilePath.ts"
import { atSpot, type Files, withFile } from "./Files.ts"
import { type Folder, inRoot, openIn, within } from "./Folder.ts"
import { type Bytes, readBytes } from "./Pieces.ts"
import { refused } from "./Trouble.ts"

/** What an open file is, as an observation. */
export const observationOf = async (
  { store }: Pick<Files, "store">,
  path: string,
  handle: FileHandle
): Promise<Observation & { readonly bytes: Bytes }> => {
  const bytes = await readBytes(handle)
  const mode = modeText((await handle.stat()).mode)
  const document: Document = { path, ...contentFields(bytes), mode, size: bytes.size }
  const token = store.token(bytes.digest, mode)
  return { id: path, document, token, guard: token, bytes }
}

/** Reads a file; `undefined` where there is none. */
export const observe = async (files: Files, path: string): Promise<Observation | undefined> => {
  const fault = faultOf(path)
  if (fault !== undefined) throw refused(`the path ${fault}`)
  const found = await atSpot(files, path, (spot) => withFile(spot, (handle) => observationOf(files, path, handle)))
  if (found === undefined) return undefined
  const { bytes: _, ...observation } = found
  return observation
}

const listIn = async (folder: Folder, prefix: string, paths: Array<string>): Promise<void> => {
  const entries = await readdir(folder.at(""), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${prefix}${entry.name}`
    if (isOwn(entry.name) || faultOf(path) !== undefined) continue
    if (entry.isFile()) paths.push(path)
    else if (entry.isDirectory()) await listBelow(folder, entry.name, `${path}/`, paths)
    if (paths.length > Limits.managedFilesMax) {
      throw refused(`there are more than ${Limits.managedFilesMax} files below the root: name a narrower one`)
    }
  }
}

const listBelow = async (parent: Folder, name: string, prefix: string, paths: Array<string>): Promise<void> => {
  const folder = await openIn(parent, name).catch((error: unknown) => {
    // Another file system, or something that was put in its place just now: neither holds files of ours.
    if (error instanceof Error && "_tag" in error) return undefined
    throw error
  })
  if (folder !== undefined) await within(folder, () => listIn(folder, prefix, paths))
}

/** Lists the paths of the files below the root. */
export const list = async ({ root }: Files): Promise<ReadonlyArray<Observation>> => {
  const paths: Array<string> = []
  await inRoot(root, (folder) => listIn(folder, "", paths))
  return paths.map((path) => ({ id: path, document: { path } }))
}

/** Searches by the path, and by whatever else is asked for. */
export const find = async (files: Files, probe: Probe): Promise<ReadonlyArray<Observation>> => {
  const path = probe["/path"]
  if (typeof path !== "string" || faultOf(path) !== undefined) return []
  const found = await observe(files, path)
  return found === undefined || !bears(found.document, probe) ? [] : [found]
}
