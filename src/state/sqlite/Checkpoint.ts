/**
 * Moving the log's content into the state file, by ourselves: SQLite would do it after a commit and ignore its
 * failures, but a failed forced write there is a failure of the disk like any other (W9).
 *
 * A full disk or a reader in the way is none: the log just grows on until the next time.
 */
import type { Database } from "better-sqlite3"
import type { Job } from "../storage/Job.ts"
import { sqliteFailure } from "./SqliteFailure.ts"

/** Log that is left to grow before it is moved; bytes. */
const logBytesMax = 16 * 1024 * 1024
/** Pages that any commit writes, whatever it holds; bytes. */
const commitBytes = 16 * 1024

/** Counts what was written and makes a checkpoint when it is due. */
export class Checkpoint {
  readonly #db: Database
  readonly #path: string
  #written = 0

  constructor(db: Database, path: string) {
    this.#db = db
    this.#path = path
  }

  /** To be called after each commit. Throws StateError where the disk fails. */
  afterCommit(jobs: ReadonlyArray<Job>): void {
    this.#written += jobs.reduce((sum, { size }) => sum + size, commitBytes)
    if (this.#written < logBytesMax) return
    this.#written = 0
    try {
      this.#db.pragma("wal_checkpoint(passive)")
    } catch (cause) {
      const failure = sqliteFailure("checkpoint", this.#path, cause)
      if (failure.reason !== "Full" && failure.reason !== "Busy") throw failure
    }
  }
}
