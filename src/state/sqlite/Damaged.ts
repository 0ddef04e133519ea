/**
 * Reading what can be read of a damaged state file: each table from the front, from the back, and row by row between.
 *
 * It works on a duplicate, whose first page is put right where that is possible: what stands there is the same in every
 * state that was never compacted. Nothing that is read is believed before it was looked at (see Salvage.ts).
 */
import Sqlite, { type Database } from "better-sqlite3"
import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs"
import { onFile } from "../storage/Files.ts"
import { migrate } from "./Schema.ts"

/** A column's value as the driver gives it. */
export type Cell = string | number | Buffer | null

/** A row by its columns; `key` is what it is found by. */
export type DamagedRow = { readonly key: number } & { readonly [column: string]: Cell }

/** What was read of a table. */
export interface Scanned {
  readonly rows: ReadonlyArray<DamagedRow>
  /** Whether reading it met no damage. */
  readonly whole: boolean
}

/** The sizes that pages of a state were ever made with, and the byte that a table's only page begins with. */
const pageSizes = [4096, 16_384] as const
const leafMark = 13
const headerBytes = 100

const readAt = (file: string, at: number, length: number): Buffer =>
  onFile("salvage", file, () => {
    const fd = openSync(file, "r")
    try {
      const bytes = Buffer.alloc(length)
      readSync(fd, bytes, 0, length, at)
      return bytes
    } finally {
      closeSync(fd)
    }
  })

/** The size of a file's pages: as its header says, else where its second page begins, which is all of one table. */
const pageBytesOf = (file: string): number => {
  const said = readAt(file, 0, headerBytes).readUInt16BE(16)
  const [small, large] = pageSizes
  if (said === small || said === large) return said
  return readAt(file, small, 1)[0] === leafMark ? small : large
}

/** The first page of a state that was just made. */
const freshPage = (pageBytes: number): Buffer => {
  const db = new Sqlite(":memory:")
  try {
    db.pragma(`page_size = ${pageBytes}`)
    db.transaction(() => migrate(db, 0))()
    return db.serialize().subarray(0, pageBytes)
  } finally {
    db.close()
  }
}

const readsSchema = (db: Database): boolean => {
  try {
    const names = db.prepare<[], string>("select name from sqlite_schema where type = 'table'").pluck().all()
    return ["batch", "entry", "head", "meta", "version"].every((name) => names.includes(name))
  } catch {
    return false
  }
}

const openLoosely = (file: string): Database => {
  const db = new Sqlite(file)
  // Goes on although the file is shorter than it says, or its schema is odd.
  db.unsafeMode(true)
  db.pragma("writable_schema = on")
  db.pragma("cell_size_check = on")
  return db
}

const putFirst = (file: string, page: Buffer): void =>
  onFile("salvage", file, () => {
    const fd = openSync(file, "r+")
    try {
      writeSync(fd, page, 0, page.length, 0)
    } finally {
      closeSync(fd)
    }
  })

/** The file's header as it must be: its sizes are those of the file, and no page counts as free. */
const withHeader = (page: Buffer, fresh: Buffer, pages: number): Buffer => {
  const mended = Buffer.from(page)
  fresh.copy(mended, 0, 0, headerBytes)
  mended.writeUInt32BE(pages, 28)
  mended.writeUInt32BE(0, 32)
  mended.writeUInt32BE(0, 36)
  return mended
}

/** Opens a duplicate of a damaged file, with its first page put right if it has to be. */
export const openDamaged = (file: string): Database => {
  const first = tryOpen(file)
  if (first !== undefined) return first
  const pageBytes = pageBytesOf(file)
  const fresh = freshPage(pageBytes)
  const pages = Math.floor(statSync(file).size / pageBytes)
  putFirst(file, withHeader(readAt(file, 0, pageBytes), fresh, pages))
  const second = tryOpen(file)
  if (second !== undefined) return second
  putFirst(file, withHeader(fresh, fresh, pages))
  return openLoosely(file)
}

const tryOpen = (file: string): Database | undefined => {
  try {
    const db = openLoosely(file)
    if (readsSchema(db)) return db
    db.close()
  } catch {
    return undefined
  }
  return undefined
}

/** Rows that are probed one by one at most, where a scan from neither side gets to them. */
const probesMax = 200_000
/** Keys in a row that are not there, after which nothing is expected behind them. */
const missesMax = 1_000

const quietly = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

interface Scan {
  readonly db: Database
  readonly select: string
  readonly found: Map<number, DamagedRow>
}

const collect = ({ db, found, select }: Scan, order: "asc" | "desc"): { whole: boolean; last: number | undefined } => {
  let last: number | undefined
  try {
    for (const row of db.prepare<[], DamagedRow>(`${select} order by key ${order}`).iterate()) {
      if (found.has(row.key)) return { whole: false, last }
      found.set(row.key, row)
      last = row.key
    }
    return { whole: true, last }
  } catch {
    return { whole: false, last }
  }
}

/** One row by its key; absent also where it cannot be read. */
const rowAt = ({ db, select }: Scan, key: string): (at: number) => DamagedRow | undefined => {
  const statement = quietly(() => db.prepare<[number], DamagedRow>(`${select} where ${key} = ?`))
  return (at) => quietly(() => statement?.get(at))
}

const probe = (reading: Scan, key: string, from: number, to: number): void => {
  const read = rowAt(reading, key)
  let misses = 0
  for (let at = from; at < to && at - from < probesMax && misses < missesMax; at++) {
    const row = read(at)
    misses = row === undefined ? misses + 1 : 0
    if (row !== undefined) reading.found.set(at, row)
  }
}

/** Reads what can be read of a table. */
export const scan = (db: Database, table: string, key: string, columns: ReadonlyArray<string>): Scanned => {
  const found = new Map<number, DamagedRow>()
  const reading: Scan = { db, found, select: `select ${key} as key, ${columns.join(", ")} from ${table}` }
  const front = collect(reading, "asc")
  if (!front.whole) {
    const back = collect(reading, "desc")
    probe(reading, key, (front.last ?? 0) + 1, back.last ?? Number.MAX_SAFE_INTEGER)
  }
  return { rows: [...found.values()].sort((a, b) => a.key - b.key), whole: front.whole }
}
