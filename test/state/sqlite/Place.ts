/**
 * A place for a state file, and ways to look at it and to spoil it from outside.
 */
import Sqlite from "better-sqlite3"
import { Effect, Layer, type Scope } from "effect"
import { chmodSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { layerSqlite, type SqliteOptions } from "../../../src/state/sqlite/Sqlite.ts"
import type { StateError } from "../../../src/state/StateError.ts"
import { newFolder } from "../Folders.ts"

export interface Place {
  readonly folder: string
  readonly file: string
  readonly key: string
  /** Opens it as the program does. */
  readonly open: ReturnType<typeof layerSqlite>
}

/** A place at a folder's `.amends/state.db`; nothing is made yet. */
export const placeAt = (folder: string, options: Partial<SqliteOptions> = {}): Place => {
  const inside = join(folder, ".amends")
  const file = join(inside, "state.db")
  return {
    folder: inside,
    file,
    key: join(inside, "key"),
    open: layerSqlite({ stateFile: file, create: true, ...options })
  }
}

export const newPlace = (): Place => placeAt(newFolder())

/** Makes the folder that `.amends` is, for tests that put something there first. */
export const withFolder = (place: Place): Place => {
  mkdirSync(place.folder, { recursive: true })
  chmodSync(place.folder, 0o700)
  return place
}

/** Opens and closes the state, for what that does to the files. */
export const touch = (place: Pick<Place, "open">): Effect.Effect<void, StateError> =>
  Effect.asVoid(Effect.scoped(Layer.build(Layer.fresh(place.open))))

/** The failure of opening the state. */
export const openingError = (place: Pick<Place, "open">): Effect.Effect<StateError, void> => Effect.flip(touch(place))

/** Another connection to the same file, closed with the scope. */
export const connect = (file: string): Effect.Effect<Sqlite.Database, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.sync(() => new Sqlite(file)), (db) => Effect.sync(() => db.close()))

/** Changes the file behind the program's back. */
export const spoil = (file: string, sql: string): void => {
  const db = new Sqlite(file)
  db.pragma("ignore_check_constraints = on")
  db.pragma("foreign_keys = off")
  db.exec(sql)
  db.close()
}
