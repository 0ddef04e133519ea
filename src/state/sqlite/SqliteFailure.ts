/**
 * What a failure of SQLite means for the state, as a table from the driver's code to a reason and a hint.
 *
 * Extended codes fall back to their family (`SQLITE_IOERR_FSYNC` to `SQLITE_IOERR`). SQLite's own message names files
 * and tables, never content, and is kept.
 */
import Sqlite from "better-sqlite3"
import { StateError, type StateReason } from "../StateError.ts"
import { fileFailure } from "../storage/FileFailure.ts"

type Meaning = readonly [reason: StateReason, hint: string]

const corrupt: Meaning = [
  "Corrupt",
  "Put back a copy with `amends state restore FILE`, or save what can be read with `amends state salvage PATH`."
]
const readOnly: Meaning = [
  "ReadOnly",
  "Give this user write access to the state file and its directory, then run the command again."
]
const io: Meaning = ["Io", "Check the disk and the system's log, then run `amends recover`."]

const table: Readonly<Record<string, Meaning>> = {
  SQLITE_BUSY: ["Busy", "Another process is writing to the state; try again when it is done."],
  SQLITE_LOCKED: ["Busy", "Another process is writing to the state; try again when it is done."],
  SQLITE_PROTOCOL: ["Busy", "Another process is opening the state; try again."],
  SQLITE_FULL: ["Full", "Free some space on that file system, then run `amends recover`."],
  SQLITE_READONLY: readOnly,
  SQLITE_PERM: readOnly,
  SQLITE_CANTOPEN: ["ReadOnly", "Check that the state file is a file that this user may read and write."],
  SQLITE_CANTOPEN_ISDIR: ["Corrupt", "A directory stands where the state file should be; move it away."],
  SQLITE_CORRUPT: corrupt,
  SQLITE_NOTADB: corrupt,
  SQLITE_FORMAT: corrupt,
  SQLITE_ERROR: corrupt,
  SQLITE_IOERR: io
}

const meaningOf = (code: string): Meaning => table[code] ?? table[code.split("_", 2).join("_")] ?? io

/** The error of a failed operation on the state file. One that is a StateError already stays as it is. */
export const sqliteFailure = (operation: string, path: string, cause: unknown): StateError => {
  if (!(cause instanceof Sqlite.SqliteError)) return fileFailure(operation, path, cause)
  const [reason, hint] = meaningOf(cause.code)
  return new StateError({
    reason,
    operation,
    detail: `${path}: ${cause.message} (${cause.code})`,
    hint: hint.replace("PATH", path)
  })
}
