/**
 * Changing managed files: each change is one step of the system, so that whoever looks sees the old file or the new
 * one, and a process that is killed leaves one of the two.
 *
 * Before that step everything that can be known is: the directories and their rights, the space, the new content in
 * full and on disk, and of a large old content a copy in the store, which is its way back. Right before it the lease
 * is asked for, and the file is compared with the one that was captured.
 */
import { type FileHandle, link, lstat, rename, rm, unlink } from "node:fs/promises"
import { type Document, isObject } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"
import type { Answer, Sending } from "../Provider.ts"
import { type Content, contentIn, modeDefault } from "./Content.ts"
import { atSpot, demandOneName, type Files, type Spot, withFile } from "./Files.ts"
import { demandWritable } from "./Folder.ts"
import { observationOf } from "./Looking.ts"
import { isSameMark, type Mark, readBytes } from "./Pieces.ts"
import { clearAfter, nearest, reach } from "./Reaching.ts"
import { demandSpace, sizeOf, staged } from "./Staging.ts"
import { changing, codeOf, FileTrouble, lasting, refused } from "./Trouble.ts"

/** A call on its way. */
interface Change {
  readonly files: Files
  readonly sending: Sending
  readonly path: string
  readonly wanted: Document
  /** Asked right before the change; fails where the lease has no time left. */
  readonly gate: () => Promise<void>
}

/** What a call is carried out with. */
export type ChangeOf = Omit<Change, "wanted" | "gate"> & {
  /** Tells whether the lease has time left for the change. */
  readonly mayChange: () => Promise<boolean>
}

const empty: Content = { _tag: "inline", bytes: Buffer.alloc(0) }

const modeIn = ({ mode }: Document): number => Number.parseInt(typeof mode === "string" ? mode : modeDefault, 8)

const answer = async ({ files, path }: Change, spot: Spot, status: number): Promise<Answer> => {
  const found = await withFile(spot, (handle) => observationOf(files, path, handle)).catch(() => undefined)
  if (found === undefined) return { status, id: path }
  const { document, guard, token } = found
  return {
    status,
    id: path,
    document,
    ...(token === undefined ? {} : { token }),
    ...(guard === undefined ? {} : { guard })
  }
}

const taken = new FileTrouble({ reason: "Conflict", detail: "somebody made a file of that path meanwhile" })

/** Where names cannot be given twice, a file is put in place by renaming it over nothing. */
const noLinks: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"])

/** Gives a new file its name; one that is there by now is left alone. */
const place = async (from: string, to: string): Promise<void> => {
  try {
    return await changing(() => link(from, to))
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw taken
    if (!noLinks.has(codeOf(error))) throw error
  }
  const there = await lstat(to).catch(() => undefined)
  if (there !== undefined) throw taken
  await changing(() => rename(from, to))
}

const create = async (change: Change): Promise<Answer> => {
  const { files, gate, path, sending, wanted } = change
  const content = contentIn(wanted) ?? empty
  const bytes = await sizeOf(files.store, content)
  await nearest(files, path, async (folder) => {
    await demandWritable(folder)
    await demandSpace(folder, bytes)
  })
  const draft = { key: sending.idempotencyKey, content, mode: modeIn(wanted) }
  return staged(files.staging, draft, (from) =>
    reach(files, path, async (spot) => {
      await gate()
      await place(from, spot.folder.at(spot.name))
      await lasting(() => spot.folder.handle.sync())
      // The second name goes, or the file would count as one that is linked.
      await rm(from, { force: true }).catch(() => undefined)
      return answer(change, spot, 201)
    }))
}

const gone = new FileTrouble({ reason: "NotFound", detail: "there is no such file" })

const edited = new FileTrouble({ reason: "Conflict", detail: "somebody changed the file since it was captured" })

/** The file that is there, once it was seen to be the captured one and a large content of it is in the store. */
interface Old {
  readonly mark: Mark
  readonly owner: { readonly uid: number; readonly gid: number }
  readonly mode: number
}

/** Looks at the content that is about to go; a large one goes into the store, a small one is in the journal. */
const preserved = async ({ files, path, sending }: Change, handle: FileHandle): Promise<void> => {
  const { precondition } = sending.call
  const { bytes, token } = await observationOf(files, path, handle)
  if (precondition !== undefined && token !== precondition) throw edited
  if (bytes.inline !== undefined) return
  if (files.contents === "sensitive") {
    throw refused(`it is larger than ${Limits.managedInlineBytesMax} bytes, and sensitive content is kept sealed alone`)
  }
  if ((await files.store.size(bytes.digest)) !== undefined) return
  const writer = await files.store.writer()
  try {
    const copied = await readBytes(handle, writer.write)
    if (copied.digest !== bytes.digest) throw edited
    await writer.keep(copied.digest)
  } finally {
    await writer.close()
  }
}

const lookAt = async (change: Change, handle: FileHandle): Promise<Old> => {
  const mark = await handle.stat({ bigint: true })
  await demandOneName(handle)
  await preserved(change, handle)
  const { gid, mode, uid } = await handle.stat()
  return { mark, owner: { uid, gid }, mode: mode & 0o7777 }
}

/** The last look before a change. */
const demandUnchanged = async ({ folder, name }: Spot, { mark }: Old): Promise<void> => {
  const now = await lstat(folder.at(name), { bigint: true }).catch(() => undefined)
  if (now === undefined) throw gone
  if (!isSameMark(mark, now)) throw edited
}

const replace = async (change: Change, spot: Spot, old: Old, content: Content): Promise<void> => {
  const { files, gate, sending, wanted } = change
  await demandSpace(spot.folder, await sizeOf(files.store, content))
  const mode = typeof wanted["mode"] === "string" ? modeIn(wanted) : old.mode
  const draft = { key: sending.idempotencyKey, content, mode, owner: old.owner }
  await staged(files.staging, draft, async (from) => {
    await gate()
    await demandUnchanged(spot, old)
    await changing(() => rename(from, spot.folder.at(spot.name)))
    await lasting(() => spot.folder.handle.sync())
  })
}

const update = async (change: Change): Promise<Answer> => {
  const { files, gate, path, wanted } = change
  const content = contentIn(wanted)
  const updated = await atSpot(files, path, async (spot) => {
    const done = await withFile(spot, async (handle) => {
      await demandWritable(spot.folder)
      const old = await lookAt(change, handle)
      if (content !== undefined) return replace(change, spot, old, content).then(() => true)
      await gate()
      await demandUnchanged(spot, old)
      await changing(() => handle.chmod(modeIn(wanted)))
      await lasting(() => handle.sync())
      return true
    })
    return done === undefined ? undefined : answer(change, spot, 200)
  })
  if (updated === undefined) throw gone
  return updated
}

const remove = async (change: Change): Promise<Answer> => {
  const { files, gate, path } = change
  const removed = await clearAfter(files, path, (spot) =>
    withFile(spot, async (handle) => {
      await demandWritable(spot.folder)
      const old = await lookAt(change, handle)
      await gate()
      await demandUnchanged(spot, old)
      await changing(() => unlink(spot.folder.at(spot.name)))
      await lasting(() => spot.folder.handle.sync())
      return true
    }))
  if (removed === undefined) throw gone
  return { status: 204, id: path }
}

const how = { create, update, delete: remove }

/** Carries out one call, once. */
export const change = ({ mayChange, ...call }: ChangeOf): Promise<Answer> => {
  const { body, operation } = call.sending.call
  return how[operation]({
    ...call,
    wanted: isObject(body) ? body : {},
    gate: async () => {
      if (await mayChange()) return
      throw new FileTrouble({ reason: "NotSent", detail: "the lease has not enough time left for a change" })
    }
  })
}
