/**
 * Writing small files so that a power cut leaves the old content or the new, never a part: write beside it, force to
 * disk, rename, force the directory.
 *
 * Synchronous on purpose: each is a few hundred bytes, and what follows depends on it. All failures are StateErrors.
 */
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { codeOf, fileFailure } from "./FileFailure.ts"

const ownerOnly = 0o600

/** Does file work, with failures told as StateErrors. */
export const onFile = <A>(operation: string, path: string, work: () => A): A => {
  try {
    return work()
  } catch (cause) {
    throw fileFailure(operation, path, cause)
  }
}

/** Forces a file or directory to disk. */
export const force = (path: string): void => {
  const fd = openSync(path, "r")
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

const writeBeside = (path: string, text: string | Uint8Array): string => {
  const beside = `${path}.${process.pid}.new`
  writeFileSync(beside, text, { mode: ownerOnly, flush: true })
  return beside
}

/** Replaces a file's content durably; only the owner can read it. */
export const replaceFile = (operation: string, path: string, text: string): void =>
  onFile(operation, path, () => {
    renameSync(writeBeside(path, text), path)
    force(dirname(path))
  })

/** Makes a file durably unless there is one; tells whether it did. */
export const createFile = (operation: string, path: string, content: string | Uint8Array): boolean =>
  onFile(operation, path, () => {
    const beside = writeBeside(path, content)
    try {
      linkSync(beside, path)
    } catch (cause) {
      if (codeOf(cause) === "EEXIST") return false
      throw cause
    } finally {
      rmSync(beside, { force: true })
    }
    force(dirname(path))
    return true
  })

/** Reads a small text file; `undefined` where there is none. */
export const readText = (operation: string, path: string): string | undefined =>
  onFile(operation, path, () => {
    try {
      return readFileSync(path, "utf8")
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") return undefined
      throw cause
    }
  })
