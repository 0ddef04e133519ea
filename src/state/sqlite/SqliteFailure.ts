/**
 * What a failure of SQLite means for the state, as a table from the driver's code to a reason and a hint.
 *
 * Extended codes fall back to their family (`SQLITE_IOERR_FSYNC` to `SQLITE_IOERR`). SQLite's own message is in its
 * words, not in ours: it names files and tables, never content, and is kept for the log.
 */
import Sqlite from "better-sqlite3"
import { StateError, type StateReason } from "../StateError.ts"
import { fileFailure } from "../storage/FileFailure.ts"

type Meaning = readonly [reason: StateReason, what: string, hint: string]

const corrupt: Meaning = [
  "Corrupt",
  "it does not hold what a state file holds",
  "Put back a copy with `amends state restore FILE`, or save what can be read with `amends state salvage PATH`."
]
const readOnly: Meaning = [
  "ReadOnly",
  "this user may not write to it",
  "Give this user write access to the state file, to those beside it (-wal, -shm) and to their directory."
]
const io: Meaning = [
  "Io",
  "the system could not read or write it",
  "Check the disk and the system's log, then run `amends recover`."
]
const locked = "another process has locked it"

const table: Readonly<Record<string, Meaning>> = {
  SQLITE_BUSY: ["Busy", locked, "Another process is writing to the state; try again when it is done."],
  SQLITE_LOCKED: ["Busy", locked, "Another process is writing to the state; try again when it is done."],
  SQLITE_PROTOCOL: ["Busy", locked, "Another process is opening the state; try again."],
  SQLITE_FULL: [
    "Full",
    "there is no space left on its file system",
    "Free some space on that file system, then run `amends recover`."
  ],
  SQLITE_READONLY: readOnly,
  SQLITE_PERM: readOnly,
  SQLITE_CANTOPEN: [
    "ReadOnly",
    "it cannot be opened",
    "Check that the state file is a file that this user may read and write."
  ],
  SQLITE_CANTOPEN_ISDIR: [
    "Corrupt",
    "it is a directory",
    "A directory stands where the state file should be; move it away."
  ],
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
  const [reason, what, hint] = meaningOf(cause.code)
  return new StateError({
    reason,
    operation,
    detail: `${path}: ${what}`,
    hint: hint.replace("PATH", path),
    technical: `${cause.message} (${cause.code})`
  })
}
