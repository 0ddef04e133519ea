/**
 * Whether a state file is whole: every page of it, and the chain of its log; and what it holds.
 *
 * A copy that was not checked is not a copy: this is asked of every backup when it is made, and again before one is put
 * in place.
 */
import Sqlite, { type Database } from "better-sqlite3"
import { Effect } from "effect"
import { statSync } from "node:fs"
import { type Keys } from "../sealing/Key.ts"
import { digestUnder } from "../sealing/Sealing.ts"
import { StateError } from "../StateError.ts"
import { reading } from "../storage/Reading.ts"
import { gapText } from "../storage/Row.ts"
import { verify } from "../storage/Verifying.ts"
import type { Copied } from "../Upkeep.ts"
import { filesOf } from "./Database.ts"
import { sqliteFailure } from "./SqliteFailure.ts"
import { sqliteStore } from "./SqliteStore.ts"

const damaged = (path: string, detail: string): StateError =>
  new StateError({
    reason: "Corrupt",
    operation: "check",
    detail: `${path}: ${detail}`,
    hint: "Use another copy, or save what can be read with `amends state salvage FILE`."
  })

const refuseBroken = (db: Database, path: string): void => {
  const [first] = db.prepare<[], string>("pragma integrity_check(1)").pluck().all()
  if (first !== "ok") throw damaged(path, first ?? "it cannot be checked")
}

const count = (db: Database, table: "head" | "batch" | "entry"): number =>
  db.prepare<[], number>(`select count(*) from ${table}`).pluck().get() ?? 0

/** Checks an open state; fails as Corrupt. */
export const checkState = Effect.fnUntraced(function*(db: Database, path: string, keys: Keys) {
  yield* reading("check", () => {
    try {
      refuseBroken(db, path)
    } catch (cause) {
      throw sqliteFailure("check", path, cause)
    }
  })
  const store = yield* reading("check", () => sqliteStore(db, filesOf(path)))
  const broken = yield* verify(store, (gap) => gap.mark === digestUnder(keys, gapText(gap)))
  if (broken !== undefined) return yield* damaged(path, broken)
})

/** What an open state holds. */
export const contentsOf = (db: Database, file: string): Copied => ({
  file,
  bytes: statSync(file).size,
  resources: count(db, "head"),
  batches: count(db, "batch"),
  entries: count(db, "entry")
})

/** Opens a file for a while, without a log beside it. */
export const opened = (file: string) =>
  Effect.acquireRelease(
    reading("open", () => {
      try {
        return new Sqlite(file, { fileMustExist: true })
      } catch (cause) {
        throw sqliteFailure("open", file, cause)
      }
    }),
    (db) => Effect.sync(() => db.close())
  )
