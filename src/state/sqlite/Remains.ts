/**
 * What is left of a damaged state: what of the rows that were read is believed, and a new state made of it.
 *
 * An entry whose link or content is not what was written is lost; an ended batch that lost an entry loses its journal;
 * an unfinished one keeps what comes before the first hole, as a crash would have left it. The chain is made anew.
 */
import Sqlite, { type Database } from "better-sqlite3"
import type { Address, BatchId } from "../../domain/Ids.ts"
import type { Salvaged, Saved } from "../Rescue.ts"
import type { AuditDraft } from "../storage/AuditBook.ts"
import { digestOf } from "../storage/Content.ts"
import { isPlanWhole } from "../storage/Planned.ts"
import { chainOf } from "../storage/Row.ts"
import { type AuditSigning, bookIn } from "./AuditRows.ts"
import { contentStatements, intactText, keepContent } from "./Contents.ts"
import { type Cell, type DamagedRow, openDamaged, scan, type Scanned } from "./Damaged.ts"
import { type HeadCells, headDigest } from "./Heads.ts"
import { type ReadTrail, readTrail, saveTrail } from "./SavedTrail.ts"
import { migrate } from "./Schema.ts"

const batchColumns = ["n", "id", "plan", "batch_key", "actor", "reason", "steps", "opened_at", "ended", "ended_at"]
const entryColumns = ["n", "batch", "seq", "epoch", "at", "kind", "step", "body", "chain"]
const versionColumns = [
  "n",
  "id",
  "address",
  "batch",
  "parent",
  "origin",
  "document",
  "observed",
  "actor",
  "at"
]
/** Columns of a version that states of older formats do not have. */
const laterColumns = ["reason", "reverts", "gone", "older"]
const pinColumns = ["n", "version", "act", "at", "actor", "reason"]
const headColumns = ["address", "version", "declared", "observed", "head"]

/** Everything that was read, by table. */
export interface Read {
  readonly meta: DamagedRow | undefined
  readonly batches: Scanned
  readonly entries: Scanned
  readonly versions: Scanned
  readonly heads: Scanned
  readonly contents: ReadonlyMap<string, string>
  readonly pins: Scanned
  readonly pruned: ReadonlyMap<number, { readonly at: number; readonly content: Cell }>
  readonly gone: number
  readonly oldKeys: Scanned
  readonly released: Scanned
  readonly trail: ReadTrail
}

/** Heads, with the digest that states of older formats do not have. */
const readHeads = (db: Database): Scanned => {
  const { rows, whole } = scan(db, "head", "rowid", headColumns)
  const digests = new Map(scan(db, "head", "rowid", ["digest"]).rows.map((row) => [row.key, row["digest"] ?? null]))
  return { rows: rows.map((row) => ({ ...row, digest: digests.get(row.key) ?? null })), whole }
}

/** Versions, with the columns that states of older formats do not have. */
const readVersions = (db: Database): Scanned => {
  const { rows, whole } = scan(db, "version", "n", versionColumns)
  const later = new Map(scan(db, "version", "n", laterColumns).rows.map((row) => [row.key, row]))
  const none = { reason: null, reverts: null, gone: null, older: null }
  return { rows: rows.map((row) => ({ ...none, ...later.get(row.key), ...row })), whole }
}

/** Texts of contents that are what was written, by their numbers. */
const readContents = (db: Database): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>()
  for (const { body, digest, key } of scan(db, "content", "n", ["digest", "body"]).rows) {
    const isBody = typeof body === "string" || Buffer.isBuffer(body)
    const text = typeof digest === "string" && isBody ? intactText({ digest, body }) : undefined
    if (text !== undefined) texts.set(String(key), text)
  }
  return texts
}

const readAll = (db: Database): Read => {
  const gaps = scan(db, "gap", "first", ["last"]).rows
  const pruned = scan(db, "batch", "n", ["pruned_at", "content"]).rows.filter((row) => row["pruned_at"] !== null)
  return {
    meta: scan(db, "meta", "id", ["rows", "generation", "key_check"]).rows[0],
    batches: scan(db, "batch", "n", batchColumns),
    entries: scan(db, "entry", "n", entryColumns),
    versions: readVersions(db),
    heads: readHeads(db),
    contents: readContents(db),
    pins: scan(db, "pin", "n", pinColumns),
    pruned: new Map(pruned.map((row) => [row.key, { at: Number(row["pruned_at"]), content: row["content"] ?? null }])),
    gone: gaps.reduce((sum, gap) => sum + Number(gap["last"]) - gap.key + 1, 0),
    oldKeys: scan(db, "old_key", "n", ["sealed", "retired_at"]),
    released: scan(db, "released", "rowid", ["address", "at", "actor"]),
    trail: readTrail(db)
  }
}

const textOf = (row: DamagedRow, column: string): string => String(row[column] ?? "")
const numberOf = (row: DamagedRow | undefined, column: string): number => Number(row?.[column] ?? 0) || 0

const parsed = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Entries that are what was written, as far as the rows around them tell. */
const trueEntries = (rows: ReadonlyArray<DamagedRow>, ids: ReadonlyMap<number, string>): ReadonlyArray<DamagedRow> =>
  rows.filter((row, index) => {
    const previous = rows[index - 1]
    const batch = ids.get(numberOf(row, "batch"))
    const body = parsed(textOf(row, "body"))
    if (batch === undefined || body?.["_tag"] !== row["kind"]) return false
    const chain = row.key === 1 ? "" : previous?.key === row.key - 1 ? textOf(previous, "chain") : undefined
    if (chain === undefined) return true
    const { kind, step, text } = { kind: textOf(row, "kind"), step: textOf(row, "step"), text: textOf(row, "body") }
    const of = { batch: batch as BatchId, seq: numberOf(row, "seq"), epoch: numberOf(row, "epoch") }
    return chainOf(chain, { ...of, at: numberOf(row, "at"), kind, step, body: text }) === row["chain"]
  })

interface SavedBatch {
  readonly row: DamagedRow
  readonly entries: ReadonlyArray<DamagedRow>
  readonly fate: "whole" | "pruned" | "without journal" | "shortened"
}

/** What is left of a batch; `tailLost` tells that the newest entries of the state are missing. */
const batchOf = (row: DamagedRow, all: ReadonlyArray<DamagedRow>, tailLost: boolean): SavedBatch => {
  const own = all.toSorted((a, b) => numberOf(a, "seq") - numberOf(b, "seq"))
  const hole = own.findIndex((entry, index) => numberOf(entry, "seq") !== index + 1)
  const prefix = hole < 0 ? own : own.slice(0, hole)
  const isOpened = prefix[0]?.["kind"] === "opened" && isPlanWhole(
    parsed(textOf(prefix[0], "body")),
    prefix.map(({ kind }) => kind)
  )
  if (row["ended"] === null && isOpened) {
    return { row, entries: prefix, fate: hole >= 0 || tailLost ? "shortened" : "whole" }
  }
  const isWhole = isOpened && hole < 0 && prefix.at(-1)?.["kind"] === "ended"
  return isWhole ? { row, entries: own, fate: "whole" } : { row, entries: [], fate: "without journal" }
}

const batchesOf = (read: Read, entries: ReadonlyArray<DamagedRow>): ReadonlyArray<SavedBatch> => {
  const byBatch = Map.groupBy(entries, (entry) => numberOf(entry, "batch"))
  const tailLost = numberOf(read.meta, "rows") > (read.entries.rows.at(-1)?.key ?? 0) || !read.entries.whole
  return read.batches.rows.map((row): SavedBatch =>
    read.pruned.has(row.key) ? { row, entries: [], fate: "pruned" } : batchOf(row, byBatch.get(row.key) ?? [], tailLost)
  )
}

const inserting = (db: Database) => {
  const into = (table: string, columns: ReadonlyArray<string>) =>
    db.prepare<[Readonly<Record<string, Cell>>]>(
      `insert or ignore into ${table} (${columns.join(", ")}) values (${columns.map((name) => `@${name}`).join(", ")})`
    )
  return {
    batch: into("batch", [...batchColumns, "pruned_at", "content"]),
    entry: into("entry", entryColumns),
    version: into("version", [...versionColumns, ...laterColumns]),
    head: into("head", [...headColumns, "digest"]),
    oldKey: into("old_key", ["n", "sealed", "retired_at"]),
    released: into("released", ["address", "at", "actor"]),
    pin: into("pin", pinColumns),
    ...contentStatements(db),
    hasVersion: db.prepare<[string], number>("select 1 from version where id = ?").pluck(),
    newestVersion: db.prepare<[], number>("select coalesce(max(n), 0) from version").pluck()
  }
}

type Inserting = ReturnType<typeof inserting>

const writeBatch = (into: Inserting, read: Read, { entries, fate, row }: SavedBatch, now: number): void => {
  const gone = fate === "pruned" || fate === "without journal"
  const known = read.pruned.get(row.key)
  const opened = parsed(textOf(entries[0] ?? row, "body"))
  const content = known?.content ?? opened?.["content"]
  into.batch.run({
    ...row,
    ended: row["ended"] ?? (gone ? "abandoned" : null),
    ended_at: row["ended_at"] ?? (gone ? now : null),
    pruned_at: gone ? known?.at ?? now : null,
    content: gone && typeof content === "string" ? content : null
  })
}

/** Writes entries under a chain of their own; answers its head. */
const writeEntries = (into: Inserting, batches: ReadonlyArray<SavedBatch>) => {
  const ids = new Map(batches.map(({ row }) => [row.key, textOf(row, "id") as BatchId]))
  let [n, chain] = [0, ""]
  for (const row of batches.flatMap(({ entries }) => entries).toSorted((a, b) => a.key - b.key)) {
    const batch = ids.get(numberOf(row, "batch")) ?? ("" as BatchId)
    const [seq, epoch, at] = [numberOf(row, "seq"), numberOf(row, "epoch"), numberOf(row, "at")]
    const [kind, step, body] = [textOf(row, "kind"), textOf(row, "step"), textOf(row, "body")]
    n += 1
    chain = chainOf(chain, { batch, seq, epoch, at, kind, step, body })
    into.entry.run({ ...row, n, chain })
  }
  return { n, chain }
}

/** The text that a column refers to; states of older formats have it in the column. */
const textIn = ({ contents }: Read, row: DamagedRow, column: string): string | undefined => {
  const cell = textOf(row, column)
  const text = contents.get(cell) ?? cell
  return parsed(text) === undefined ? undefined : text
}

const cellsOf = (row: DamagedRow): HeadCells => ({
  address: textOf(row, "address"),
  version: textOf(row, "version"),
  declared: textOf(row, "declared"),
  observed: textOf(row, "observed"),
  head: textOf(row, "head")
})

const isHead = (read: Read) => (row: DamagedRow): boolean =>
  textIn(read, row, "declared") !== undefined && textIn(read, row, "observed") !== undefined &&
  parsed(textOf(row, "head"))?.["address"] === row["address"] &&
  (row["digest"] === null || row["digest"] === headDigest(cellsOf(row)))

const isVersion = (read: Read) => (row: DamagedRow): boolean =>
  textOf(row, "address").includes(".") && (row["document"] === null || textIn(read, row, "document") !== undefined)

/** A row with the contents it refers to, which are written before it. */
const withContents = (into: Inserting, read: Read, row: DamagedRow, columns: ReadonlyArray<string>): DamagedRow => {
  const held = columns.map((column) => {
    const text = textIn(read, row, column)
    return [column, text === undefined ? null : keepContent(into, { digest: digestOf(text), text })] as const
  })
  return { ...row, ...Object.fromEntries(held) }
}

/** A head names its version: where that is lost, the head tells what it held. */
const writeHead = (into: Inserting, row: DamagedRow, now: number): void => {
  if (into.hasVersion.get(textOf(row, "version")) === undefined) {
    into.version.run({
      n: (into.newestVersion.get() ?? 0) + 1,
      id: row["version"] ?? null,
      address: row["address"] ?? null,
      batch: "none",
      parent: null,
      origin: "import",
      document: row["declared"] ?? null,
      observed: row["observed"] ?? null,
      actor: "amends state salvage",
      reason: null,
      reverts: null,
      gone: null,
      older: null,
      at: now
    })
  }
  into.head.run({ ...row, digest: headDigest(cellsOf(row)) })
}

const writeMeta = (db: Database, read: Read, chain: { n: number; chain: string }, generation: number): void => {
  const known = read.meta?.["key_check"]
  db.prepare("update meta set rows = ?, chain = ?, generation = ?, key_check = ?").run(
    chain.n,
    chain.chain,
    Math.max(generation, numberOf(read.meta, "generation")),
    typeof known === "string" ? known : null
  )
}

const withoutHead = (versions: ReadonlyArray<DamagedRow>, heads: ReadonlyArray<DamagedRow>): ReadonlyArray<Address> => {
  const managed = new Set(heads.map((row) => textOf(row, "address")))
  const newest = new Map(versions.map((row) => [textOf(row, "address"), row]))
  return [...newest].filter(([address, row]) => row["document"] !== null && !managed.has(address))
    .map(([address]) => address as Address).sort()
}

const saved = (table: string, read: number, expected: number | undefined): Saved =>
  expected === undefined ? { table, read } : { table, read, lost: Math.max(0, expected - read) }

/** The file that is made. */
export interface Made {
  readonly file: string
  readonly generation: number
  readonly now: number
  /** What is recorded of it, and with what that is signed. */
  readonly draft: AuditDraft
  readonly signing: AuditSigning
}

/** Makes a new state of what was read; answers what is lost. */
export const build = (read: Read, { draft, file, generation, now, signing }: Made): Omit<Salvaged, "file"> => {
  const db = new Sqlite(file)
  try {
    const ids = new Map(read.batches.rows.map((row) => [row.key, textOf(row, "id")]))
    const entries = trueEntries(read.entries.rows, ids)
    const batches = batchesOf(read, entries)
    const [versions, heads] = [read.versions.rows.filter(isVersion(read)), read.heads.rows.filter(isHead(read))]
    db.transaction(() => {
      migrate(db, 0)
      const into = inserting(db)
      for (const batch of batches) writeBatch(into, read, batch, now)
      const chain = writeEntries(into, batches)
      for (const row of versions) into.version.run(withContents(into, read, row, ["document", "observed"]))
      for (const row of heads) writeHead(into, withContents(into, read, row, ["declared", "observed"]), now)
      for (const row of read.pins.rows) into.pin.run(row)
      for (const row of read.oldKeys.rows) into.oldKey.run({ ...row, n: row.key })
      for (const row of read.released.rows) into.released.run(row)
      writeMeta(db, read, chain, generation)
      saveTrail(db, read.trail, { at: now, draft, book: bookIn(db, signing) })
    })()
    const named = (fate: SavedBatch["fate"]) =>
      batches.filter((batch) => batch.fate === fate).map(({ row }) => textOf(row, "id") as BatchId)
    const expected = read.meta === undefined ? undefined : numberOf(read.meta, "rows") - read.gone
    const kept = batches.reduce((sum, batch) => sum + batch.entries.length, 0)
    const lastBatch = Math.max(0, ...ids.keys(), ...read.entries.rows.map((row) => numberOf(row, "batch")))
    return {
      tables: [
        saved("resources", heads.length, read.heads.whole ? read.heads.rows.length : undefined),
        saved("versions", versions.length, read.versions.whole ? read.versions.rows.length : undefined),
        saved("batches", batches.length, lastBatch),
        saved("journal entries", kept, expected),
        saved("audit records", read.trail.rows.length, read.trail.last)
      ],
      unmanaged: withoutHead(versions, heads),
      withoutJournal: named("without journal"),
      shortened: named("shortened")
    }
  } finally {
    db.close()
  }
}

/** Reads a damaged file, which is a duplicate that may be written to. */
export const readDamaged = (file: string): Read => {
  const db = openDamaged(file)
  try {
    return readAll(db)
  } finally {
    db.close()
  }
}
