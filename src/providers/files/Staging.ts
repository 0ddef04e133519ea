/**
 * New contents on their way into place: written in full and forced to disk in a directory of their own below the root,
 * so that one step of the system puts them where they belong.
 *
 * A process that is killed leaves its beginnings there and nowhere else. They are removed before a recovery; a process
 * that was only asleep then finds nothing to put into place.
 */
import { createHash } from "node:crypto"
import { constants, type FileHandle, mkdir, open, rm, statfs } from "node:fs/promises"
import { Limits } from "../../domain/Limits.ts"
import type { ContentStore } from "../ContentStore.ts"
import type { Content } from "./Content.ts"
import { ownPrefix } from "./FilePath.ts"
import { type Folder, inRoot, openIn, removeIfEmpty, type Root, within } from "./Folder.ts"
import { codeOf, FileTrouble, refused } from "./Trouble.ts"
import { type InTurn, makeTurns } from "./Turns.ts"

/** Where new contents of one provider of a workspace are written. */
export interface Staging {
  readonly root: Root
  /** The name of its directory: two workspaces with the same root do not remove each other's. */
  readonly name: string
  readonly contents: ContentStore
  readonly inTurn: InTurn
  /** How many contents are on their way. */
  readonly onTheWay: { count: number }
}

/** Makes a staging below a root. */
export const makeStaging = (root: Root, name: string, contents: ContentStore): Staging => ({
  root,
  name,
  contents,
  inTurn: makeTurns(),
  onTheWay: { count: 0 }
})

/** What is to be written, and how it is to look. */
export interface Draft {
  /** Tells drafts apart. */
  readonly key: string
  readonly content: Content
  readonly mode: number
  /** Whom it is to belong to; us where this is absent. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

const shared = `${ownPrefix}-staging`

/** The name of the directory for a workspace's provider. */
export const stagingName = (workspace: string, provider: string): string =>
  createHash("sha256").update(`${workspace}\0${provider}`).digest("hex").slice(0, 16)

const ensured = async (parent: Folder, name: string): Promise<Folder> => {
  await mkdir(parent.at(name), { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error
  })
  const folder = await openIn(parent, name)
  if (folder !== undefined) return folder
  throw new FileTrouble({ reason: "NotSent", detail: "the directory for new contents vanished meanwhile" })
}

const fresh = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

const copy = async (handle: FileHandle, contents: ContentStore, content: Content): Promise<void> => {
  if (content._tag === "inline") return handle.writeFile(content.bytes)
  const hash = createHash("sha256")
  await contents.read(content.digest, async (piece) => {
    hash.update(piece)
    await handle.writeFile(piece)
  })
  if (`sha256:${hash.digest("hex")}` !== content.digest) {
    throw refused(`what the store keeps as ${content.digest.slice(0, 19)}… is damaged: it has another content`)
  }
}

const owned = async (handle: FileHandle, owner: Draft["owner"]): Promise<void> => {
  if (owner === undefined) return
  const { gid, uid } = await handle.stat()
  if (gid === owner.gid && uid === owner.uid) return
  await handle.chown(owner.uid, owner.gid).catch(() => {
    throw refused("it belongs to somebody else, and what replaces it could not be given to them")
  })
}

const write = async (staging: Staging, path: string, { content, mode, owner }: Draft): Promise<void> => {
  await rm(path, { force: true })
  const handle = await open(path, fresh, 0o600)
  try {
    await copy(handle, staging.contents, content)
    await owned(handle, owner)
    // After the owner: giving a file away takes some bits of its mode.
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Opens the directory that new contents are written to. */
const enter = ({ inTurn, name, onTheWay, root }: Staging): Promise<Folder> =>
  inTurn(() =>
    inRoot(root, async (folder) => {
      const own = await within(await ensured(folder, shared), (all) => ensured(all, name))
      onTheWay.count += 1
      return own
    })
  )

/** The last one to leave removes the directory. */
const leave = ({ inTurn, name, onTheWay, root }: Staging): Promise<void> =>
  inTurn(async () => {
    onTheWay.count -= 1
    if (onTheWay.count === 0) await removeEmpty(root, name)
  })

const removeEmpty = (root: Root, name: string): Promise<void> =>
  inShared(root, async (folder) => {
    await removeIfEmpty(folder.at(name))
  })

/** Does something in the directory of all stagings, which goes when nothing is left in it. */
const inShared = (root: Root, use: (folder: Folder) => Promise<void>): Promise<void> =>
  inRoot(root, async (folder) => {
    const all = await openIn(folder, shared)
    if (all === undefined) return
    await within(all, use)
    await removeIfEmpty(folder.at(shared))
  })

const placed = async <A>(
  staging: Staging,
  path: string,
  draft: Draft,
  use: (path: string) => Promise<A>
): Promise<A> => {
  try {
    await write(staging, path, draft)
    return await use(path)
  } finally {
    // What is left here is found again; it does not change how the file ended.
    await rm(path, { force: true }).catch(() => undefined)
  }
}

/** Writes a draft; `use` puts it into place by its path. What is not in place afterwards is gone. */
export const staged = async <A>(staging: Staging, draft: Draft, use: (path: string) => Promise<A>): Promise<A> => {
  const own = await enter(staging)
  const name = createHash("sha256").update(draft.key).digest("hex").slice(0, 32)
  try {
    return await within(own, () => placed(staging, own.at(name), draft, use))
  } finally {
    await leave(staging).catch(() => undefined)
  }
}

/** Bytes that a content takes on the file system. */
export const demandSpace = async (folder: Folder, bytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(folder.at(""))
  if (bavail * bsize < bytes) {
    throw refused(`${bytes} bytes are needed and ${bavail * bsize} are free on the file system`)
  }
}

/** Removes everything that was written and is in no place, and the directory itself. */
export const removeStaged = ({ name, root }: Staging): Promise<void> =>
  inShared(root, (folder) => rm(folder.at(name), { recursive: true, force: true }))

/** The size of a content that is to be written; fails where it cannot be written in full. */
export const sizeOf = async (contents: ContentStore, content: Content): Promise<number> => {
  if (content._tag === "stored") {
    const size = await contents.size(content.digest)
    if (size !== undefined) return size
    throw refused(
      `the content ${content.digest.slice(0, 19)}… is not in the store: plan again where a source holds it, ` +
        "else put back a copy of the store"
    )
  }
  const { length } = content.bytes
  if (length <= Limits.managedInlineBytesMax) return length
  throw refused(`content in a resource's own file is at most ${Limits.managedInlineBytesMax} bytes: use source`)
}
