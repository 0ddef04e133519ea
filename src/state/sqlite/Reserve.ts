/**
 * `.amends/reserve`: blocks set aside so that a compensation can still be recorded on a full disk.
 *
 * The blocks are real: filled with random bytes, which no file system compresses away or leaves as a hole, and forced
 * to disk. Freed once, by deleting the file; the next batch sets them aside again, or does not open.
 */
import { randomFillSync } from "node:crypto"
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs"
import { fileFailure } from "../storage/FileFailure.ts"

const chunkBytes = 1024 * 1024

const fill = (fd: number, bytes: number): void => {
  const chunk = new Uint8Array(Math.min(chunkBytes, bytes))
  for (let written = 0; written < bytes;) {
    written += writeSync(fd, randomFillSync(chunk), 0, Math.min(chunk.length, bytes - written))
  }
  fsyncSync(fd)
}

/** Sets bytes aside, unless as many are already. Throws StateError Full where the disk does not have them. */
export const reserve = (path: string, bytes: number): void => {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= bytes) return
  try {
    const fd = openSync(path, "w", 0o600)
    try {
      fill(fd, bytes)
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    rmSync(path, { force: true })
    throw fileFailure("reserve", path, cause)
  }
}

/** Gives the blocks back; tells whether there were any. */
export const freeReserve = (path: string): boolean => {
  if (!existsSync(path)) return false
  rmSync(path, { force: true })
  return true
}
