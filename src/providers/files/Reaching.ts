/**
 * The directories on the way to a file: made where they are missing, and removed again when what they were made for is
 * gone.
 */
import { partsOf } from "./FilePath.ts"
import { atSpot, type Files, type Spot } from "./Files.ts"
import { type Folder, inRoot, openIn, within } from "./Folder.ts"

interface Way {
  readonly files: Pick<Files, "folders" | "root">
  /** The path of the directory that is reached. */
  readonly path: string
  readonly folder: Folder
}

const below = ({ path }: Way, name: string): string => path === "" ? name : `${path}/${name}`

const made = async <A>(way: Way, parts: ReadonlyArray<string>, use: (spot: Spot) => Promise<A>): Promise<A> => {
  const [name = "", ...further] = parts
  const { files, folder } = way
  if (further.length === 0) return use({ folder, name })
  const path = below(way, name)
  const next = await openIn(folder, name) ?? await files.folders.make(folder, name, path)
  try {
    return await within(next, () => made({ files, path, folder: next }, further, use))
  } catch (error) {
    await files.folders.remove(folder, name, path).catch(() => undefined)
    throw error
  }
}

/** Does something at the spot of a path, making what is missing on the way; where that fails, it is removed again. */
export const reach = <A>(files: Way["files"], path: string, use: (spot: Spot) => Promise<A>): Promise<A> =>
  inRoot(files.root, (folder) => made({ files, path: "", folder }, partsOf(path), use))

const cleared = async <A>(
  way: Way,
  parts: ReadonlyArray<string>,
  use: (spot: Spot) => Promise<A | undefined>
): Promise<A | undefined> => {
  const [name = "", ...further] = parts
  const { files, folder } = way
  if (further.length === 0) return use({ folder, name })
  const next = await openIn(folder, name)
  if (next === undefined) return undefined
  const path = below(way, name)
  const result = await within(next, () => cleared({ files, path, folder: next }, further, use))
  // A directory that stays is no reason to say that the file did.
  if (result !== undefined) await files.folders.remove(folder, name, path).catch(() => undefined)
  return result
}

/** Does something at the spot of a path, then removes what was made on the way and is empty now. */
export const clearAfter = <A>(
  files: Way["files"],
  path: string,
  use: (spot: Spot) => Promise<A | undefined>
): Promise<A | undefined> => inRoot(files.root, (folder) => cleared({ files, path: "", folder }, partsOf(path), use))

/** Removes directories that were made for a file that never came. */
export const removeUnused = async (files: Way["files"]): Promise<void> => {
  for (const path of await files.folders.all()) {
    await atSpot(files, path, ({ folder, name }) => files.folders.remove(folder, name, path)).catch(() => undefined)
  }
}

/** Does something in the directory nearest to a path that is there. */
export const nearest = <A>(files: Way["files"], path: string, use: (folder: Folder) => Promise<A>): Promise<A> => {
  const look = async (folder: Folder, parts: ReadonlyArray<string>): Promise<A> => {
    const [name = "", ...further] = parts
    const next = further.length === 0 ? undefined : await openIn(folder, name)
    return next === undefined ? use(folder) : within(next, () => look(next, further))
  }
  return inRoot(files.root, (folder) => look(folder, partsOf(path)))
}
