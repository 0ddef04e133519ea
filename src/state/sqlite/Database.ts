/**
 * Opening the state file: made for its owner only, in WAL mode with every commit forced to disk, checked before it is
 * changed.
 *
 * Order matters: nothing is written before the file is known to be ours and not newer, and the key to be the one it
 * was sealed under. The driver blocks the whole process while it waits for a lock, so it waits briefly.
 */
import Sqlite, { type Database } from "better-sqlite3"
import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { Limits } from "../../domain/Limits.ts"
import { isOf, type Keys, keysOf } from "../sealing/Key.ts"
import {
  adoptNextKey,
  type KeySource,
  missingKey,
  readKey,
  readNextKey,
  readOrMakeKey,
  wrongKey
} from "../sealing/KeyFile.ts"
import { openLeaf } from "../sealing/Leaf.ts"
import { fileFailure } from "../storage/FileFailure.ts"
import { createFile, readText } from "../storage/Files.ts"
import { typeOf } from "../storage/Platform.ts"
import { copyInto } from "./Copy.ts"
import { refuseNetwork } from "./FileSystem.ts"
import { migrate, schemaVersion, versionOf } from "./Schema.ts"
import { sqliteFailure } from "./SqliteFailure.ts"

/** The files of a state, all in one directory. */
export interface StateFiles {
  readonly state: string
  readonly generation: string
  readonly reserve: string
  /** How far the audit trail reached when it was last written to. */
  readonly auditCheckpoint: string
}

/** The files that stand beside a state file. */
export const filesOf = (state: string): StateFiles => ({
  state,
  generation: join(dirname(state), "generation"),
  reserve: join(dirname(state), "reserve"),
  auditCheckpoint: join(dirname(state), "audit-checkpoint")
})

/** The counter beside a state. Text that is no number counts as missing. */
export const generationBeside = ({ generation }: StateFiles): number | undefined => {
  const text = readText("generation", generation)
  return text !== undefined && /^\d+\n?$/.test(text) ? Number(text) : undefined
}

/** An open state file, and the keys it is sealed under. */
export interface OpenState {
  readonly db: Database
  readonly keys: Keys
  /** The key itself, for sealing it under the next one. */
  readonly key: Uint8Array
  /** Keys that were in use before, newest first. */
  readonly old: ReadonlyArray<Uint8Array>
}

type Keyed = Omit<OpenState, "db">

const makeFile = (path: string): void => {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there?.isFile() === true) return
  if (there !== undefined) throw fileFailure("open", path, { code: "EISDIR" })
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // SQLite gives its log the rights of this file, so it has to be there, with the right ones, first.
  createFile("open", path, "")
}

/** Bytes of a page in a new file: entries and documents of a few kilobytes lie in it without much waste. */
const pageBytes = 16 * 1024

const setUp = (db: Database): void => {
  // Counts for an empty file only: one that was made with other pages keeps them.
  db.pragma(`page_size = ${pageBytes}`)
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  db.pragma("foreign_keys = ON")
  db.pragma(`cache_size = -${Limits.stateCacheBytes / 1024}`)
  db.pragma("trusted_schema = OFF")
  // Checkpoints are ours to make: SQLite would ignore their failures, which are failures of the disk.
  db.pragma("wal_autocheckpoint = 0")
}

/** The stored check value; `undefined` where the state has no key yet. */
export const checkOf = (db: Database, version: number): string | undefined => {
  if (version === 0) return undefined
  const row = db.prepare<[], { key_check: string | null }>("select key_check from meta").get()
  return row?.key_check ?? undefined
}

const isKeyOf = (key: Uint8Array | undefined, check: string): key is Uint8Array =>
  key !== undefined && isOf(keysOf(key), check)

/** A rotation that ended after the state was sealed and before the file was there is brought to its end. */
const rotatedKey = (source: KeySource, check: string): Uint8Array | undefined => {
  const next = readNextKey(source)
  if (!isKeyOf(next, check)) return undefined
  adoptNextKey(source)
  return next
}

const keyFor = (source: KeySource, check: string | undefined): Uint8Array => {
  if (check === undefined) return readOrMakeKey(source)
  const key = readKey(source)
  if (isKeyOf(key, check)) return key
  const rotated = rotatedKey(source, check)
  if (rotated !== undefined) return rotated
  throw key === undefined ? missingKey(source.keyFile) : wrongKey(source)
}

/** The keys before this one, newest first, which are sealed under it. */
export const oldKeysOf = (db: Database, keys: Keys): ReadonlyArray<Uint8Array> =>
  db.prepare<[], string>("select sealed from old_key order by n desc").pluck().all().map((sealed) =>
    Buffer.from(String(openLeaf(keys, sealed)), "hex")
  )

/** A copy from before a migration, as `state.db.v1`; one that is there already is of an earlier attempt, and stays. */
const keepBefore = (db: Database, path: string, version: number): void => {
  const copy = `${path}.v${version}`
  if (!existsSync(copy)) copyInto(db, copy)
}

/** Migrates and stores the check value; another process may have done either meanwhile. */
const prepare = (db: Database, path: string, keys: Keys): void => {
  db.transaction(() => {
    migrate(db, versionOf(db, path))
    db.prepare("update meta set key_check = coalesce(key_check, ?)").run(keys.check)
  }).immediate()
}

const keyOf = (db: Database, path: string, source: KeySource): Uint8Array => {
  const version = versionOf(db, path)
  const check = checkOf(db, version)
  const key = keyFor(source, check)
  setUp(db)
  if (version === schemaVersion && check !== undefined) return key
  if (version > 0 && version < schemaVersion) keepBefore(db, path, version)
  prepare(db, path, keysOf(key))
  return keyFor(source, checkOf(db, schemaVersion))
}

const openKeyed = (db: Database, path: string, source: KeySource): Keyed => {
  const key = keyOf(db, path, source)
  const keys = keysOf(key)
  return { key, keys, old: oldKeysOf(db, keys) }
}

/** Opens the state file, making it and its key where they are needed. Throws StateError. */
export const openState = (path: string, source: KeySource): OpenState => {
  try {
    refuseNetwork(path, typeOf(path))
    makeFile(path)
    const db = new Sqlite(path, { timeout: Limits.busyMs, fileMustExist: true })
    try {
      return { db, ...openKeyed(db, path, source) }
    } catch (cause) {
      db.close()
      throw cause
    }
  } catch (cause) {
    throw sqliteFailure("open", path, cause)
  }
}
