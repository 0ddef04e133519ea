import { describe, expect, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import { Checkpoint } from "../../../src/state/sqlite/Checkpoint.ts"
import type { Job } from "../../../src/state/storage/Job.ts"
import { justAppend } from "../../../src/state/storage/Job.ts"
import { batchOf } from "../Example.ts"

const jobOf = (size: number): Job => ({
  batch: batchOf("b1"),
  lease: { epoch: 1, owner: "me" },
  at: 0,
  rows: [],
  size,
  work: justAppend
})

/** A database that counts its checkpoints and fails them with a code. */
const counting = (code?: string) => {
  const made: Array<string> = []
  const db = Object.assign(new Sqlite(":memory:"), {
    pragma: (text: string) => {
      made.push(text)
      if (code !== undefined) throw new Sqlite.SqliteError("message", code)
    }
  })
  return { made, checkpoint: new Checkpoint(db, "state.db") }
}

describe("a checkpoint", () => {
  it("is made each time that the log has grown by its bound", () => {
    const { made, checkpoint } = counting()
    for (let n = 0; n < 36; n++) checkpoint.afterCommit([jobOf(1024 * 1024)])
    expect(made).toEqual(["wal_checkpoint(passive)", "wal_checkpoint(passive)"])
  })

  it("counts small commits by the pages they write", () => {
    const { made, checkpoint } = counting()
    for (let n = 0; n < 1_024; n++) checkpoint.afterCommit([])
    expect(made).toHaveLength(1)
  })

  it.each(["SQLITE_FULL", "SQLITE_BUSY"])("that fails with %s is left for the next time", (code) => {
    const { made, checkpoint } = counting(code)
    checkpoint.afterCommit([jobOf(17 * 1024 * 1024)])
    expect(made).toHaveLength(1)
  })

  it("that fails for the disk is a failure of the disk", () => {
    const { checkpoint } = counting("SQLITE_IOERR_FSYNC")
    expect(() => checkpoint.afterCommit([jobOf(17 * 1024 * 1024)])).toThrow(/checkpoint: Io/)
  })
})
