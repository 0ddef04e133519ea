/**
 * The bytes of an open file, piece by piece, with their hash; no file has to fit into memory.
 */
import { createHash } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import { Limits } from "../../domain/Limits.ts"
import type { ContentDigest } from "../ContentStore.ts"
import { FileTrouble, refused } from "./Trouble.ts"

/** What a file held while it was read. */
export interface Bytes {
  readonly digest: ContentDigest
  readonly size: number
  /** The bytes themselves, where documents hold them. */
  readonly inline?: Buffer
}

/** Takes a piece; it is overwritten by the next one. */
export type Take = (piece: Uint8Array) => Promise<void>

const tooLarge = refused(`it is larger than ${Limits.managedFileBytesMax} bytes, which is the limit`)

/** Hands out the bytes of an open file from its beginning. */
export const eachPiece = async (handle: FileHandle, take: Take): Promise<number> => {
  const piece = Buffer.allocUnsafe(Limits.managedChunkBytes)
  let position = 0
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, position)
    if (bytesRead === 0) return position
    position += bytesRead
    if (position > Limits.managedFileBytesMax) throw tooLarge
    await take(piece.subarray(0, bytesRead))
  }
}

/** The digest of bytes at hand. */
export const digestOf = (bytes: Uint8Array): ContentDigest =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`

const nothing: Take = () => Promise.resolve()

/** What tells that a file is the one that was looked at, and that nobody wrote to it since. */
export interface Mark {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** Tells whether two looks at a file saw the same. */
export const isSameMark = (a: Mark, b: Mark): boolean =>
  a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs

/** Reads an open file; one that is written to meanwhile has no content yet. */
export const readBytes = async (handle: FileHandle, take: Take = nothing): Promise<Bytes> => {
  const before = await handle.stat({ bigint: true })
  if (before.size > Limits.managedFileBytesMax) throw tooLarge
  const hash = createHash("sha256")
  const kept: Array<Buffer> = []
  let room: number = Limits.managedInlineBytesMax
  const size = await eachPiece(handle, async (piece) => {
    hash.update(piece)
    room -= piece.length
    if (room >= 0) kept.push(Buffer.from(piece))
    await take(piece)
  })
  if (!isSameMark(before, await handle.stat({ bigint: true }))) {
    throw new FileTrouble({ reason: "NotSent", detail: "somebody writes to it right now" })
  }
  const digest: ContentDigest = `sha256:${hash.digest("hex")}`
  return size > Limits.managedInlineBytesMax ? { digest, size } : { digest, size, inline: Buffer.concat(kept) }
}
