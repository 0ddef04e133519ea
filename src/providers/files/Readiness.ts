/**
 * What can be known of a whole batch before any of its files is touched: that each can be reached and changed where it
 * is, that every content is there, and that there is room for all of them at once.
 */
import { Limits } from "../../domain/Limits.ts"
import type { Intended } from "../Provider.ts"
import { isDigest } from "./Content.ts"
import { faultOf } from "./FilePath.ts"
import { atSpot, demandOneName, type Files, withFile } from "./Files.ts"
import { demandWritable, inRoot } from "./Folder.ts"
import { nearest } from "./Reaching.ts"
import { demandSpace, sizeOf } from "./Staging.ts"
import { FileTrouble, troubleOf } from "./Trouble.ts"

const pathOf = ({ desired, id }: Intended): string | undefined => {
  const path = id ?? desired?.["path"]
  return typeof path === "string" && faultOf(path) === undefined ? path : undefined
}

/** A trouble with the path that it is about. */
const about = (path: string, error: unknown): FileTrouble => {
  const { detail, reason } = troubleOf(error)
  return new FileTrouble({ reason, detail: `${path}: ${detail}` })
}

/** Bytes that a step may need; what is sealed or not known yet is no more than documents hold. */
const needed = async ({ store }: Files, { action, desired = {} }: Intended): Promise<number> => {
  if (action === "delete" || action === "guard") return 0
  const { base64, content, digest } = desired
  if (isDigest(digest)) return sizeOf(store, { _tag: "stored", digest })
  if (typeof content === "string") return Buffer.byteLength(content)
  if (typeof base64 === "string") return Buffer.byteLength(base64, "base64")
  return content === undefined && base64 === undefined ? 0 : Limits.managedInlineBytesMax
}

/** Fails with the first of the files that cannot be changed. */
export const demandReady = async (files: Files, intended: ReadonlyArray<Intended>): Promise<void> => {
  let bytes = 0
  for (const one of intended) {
    const path = pathOf(one)
    if (path === undefined || one.action === "guard") continue
    try {
      await nearest(files, path, demandWritable)
      if (one.action !== "create") await atSpot(files, path, (spot) => withFile(spot, demandOneName))
      bytes += await needed(files, one)
    } catch (error) {
      throw about(path, error)
    }
  }
  await inRoot(files.root, (folder) => demandSpace(folder, bytes))
}
