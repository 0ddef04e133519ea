/**
 * A copy of an open state in a file of its own: one consistent moment, however many others write meanwhile.
 *
 * `vacuum into` reads under one snapshot and writes a whole new file; it stands under another name until it is forced
 * to disk, so that a file with the name of a copy is a copy. Only the owner may read it.
 */
import type { Database } from "better-sqlite3"
import { chmodSync, closeSync, linkSync, openSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import { StateError } from "../StateError.ts"
import { codeOf } from "../storage/FileFailure.ts"
import { force, onFile } from "../storage/Files.ts"
import { sqliteFailure } from "./SqliteFailure.ts"

const exists = (file: string): StateError =>
  new StateError({
    reason: "Exists",
    operation: "backup",
    detail: `${file} is there already`,
    hint: "Name a file that is not there yet; nothing is ever written over."
  })

/** Where a copy is made until it is whole. */
export const besideOf = (file: string): string => `${file}.${process.pid}.new`

/** Gives a file that was made under another name its own, unless there is one. */
export const publish = (made: string, file: string): void =>
  onFile("backup", file, () => {
    try {
      force(made)
      linkSync(made, file)
    } catch (cause) {
      throw codeOf(cause) === "EEXIST" ? exists(file) : cause
    } finally {
      rmSync(made, { force: true })
    }
    force(dirname(file))
  })

/** Copies an open state into a file that must not be there yet. Throws StateError. */
export const copyAside = (db: Database, file: string): void => {
  onFile("backup", file, () => {
    rmSync(file, { force: true })
    // Made first, so that nobody else can read it while it grows.
    closeSync(openSync(file, "wx", 0o600))
    chmodSync(file, 0o600)
  })
  try {
    db.prepare("vacuum into ?").run(file)
  } catch (cause) {
    rmSync(file, { force: true })
    throw sqliteFailure("backup", file, cause)
  }
}

/** Copies an open state into a new file, durably. Throws StateError; Exists where the file is there. */
export const copyInto = (db: Database, file: string): void => {
  const beside = besideOf(file)
  copyAside(db, beside)
  publish(beside, file)
}
