/**
 * The audit trail of a damaged state: records that hold what was written stay as they are, with their links and
 * signatures, and a record of the salvage says which are lost, and which batches and versions that others tell of.
 *
 * The chain is not made anew: a signature would not survive that, and nobody could tell it from a forgery.
 */
import type { Database } from "better-sqlite3"
import type { AuditKind, Range, Touched } from "../../domain/Audit.ts"
import type { BatchId, Digest } from "../../domain/Ids.ts"
import { type AuditBook, type AuditDraft, keepRecord } from "../storage/AuditBook.ts"
import { type AuditRow, bodyOf } from "../storage/AuditRow.ts"
import { digestOf } from "../storage/Content.ts"
import { auditStatements } from "./AuditStatements.ts"
import { type DamagedRow, scan } from "./Damaged.ts"

/** What was read of a trail. */
export interface ReadTrail {
  readonly rows: ReadonlyArray<AuditRow>
  /** The number of the last record there was, as far as anything tells. */
  readonly last: number
}

const columns = ["at", "kind", "batch", "digest", "body", "link", "mark", "signer", "signature"]

const textOrNull = (row: DamagedRow, column: string): string | null => {
  const value = row[column]
  return typeof value === "string" ? value : null
}

const rowOf = (row: DamagedRow): AuditRow => ({
  n: row.key,
  at: Number(row["at"]) || 0,
  kind: String(row["kind"]) as AuditKind,
  batch: textOrNull(row, "batch") as BatchId | null,
  digest: String(row["digest"]),
  body: textOrNull(row, "body"),
  link: String(row["link"]),
  mark: textOrNull(row, "mark"),
  signer: textOrNull(row, "signer"),
  signature: textOrNull(row, "signature")
})

const isTrue = ({ body, digest, mark }: AuditRow): boolean => body === null ? mark !== null : digestOf(body) === digest

/** Reads what can be read of the trail of a damaged state. */
export const readTrail = (db: Database): ReadTrail => {
  const rows = scan(db, "audit", "n", columns).rows.map(rowOf).filter(isTrue)
  const head = Number(scan(db, "audit_head", "id", ["rows"]).rows[0]?.["rows"] ?? 0) || 0
  return { rows, last: Math.max(head, rows.at(-1)?.n ?? 0) }
}

/** The numbers of records that are not there. */
const lostOf = ({ last, rows }: ReadTrail): ReadonlyArray<Range> => {
  const ranges: Array<Range> = []
  let next = 1
  for (const n of [...rows.map((row) => row.n), last + 1]) {
    if (n > next) ranges.push({ first: next, last: n - 1 })
    next = n + 1
  }
  return ranges
}

/** Versions that records tell of and that could not be saved. */
const lostVersions = (db: Database, rows: ReadonlyArray<AuditRow>): ReadonlyArray<Touched> => {
  const has = db.prepare<[string], number>("select 1 from version where id = ?").pluck()
  const lost = new Map<Digest, Touched>()
  for (const { body } of rows) {
    for (const { address, did, version } of bodyOf(body)?.touched ?? []) {
      if (version === undefined) continue
      if (did === "prune" || did === "lost") lost.delete(version)
      else if (has.get(version) === undefined) lost.set(version, { address, did: "lost", version })
    }
  }
  return [...lost.values()]
}

const lostBatches = (db: Database, rows: ReadonlyArray<AuditRow>): ReadonlyArray<BatchId> => {
  const has = db.prepare<[string], number>("select 1 from batch where id = ?").pluck()
  const named = new Set(rows.flatMap(({ batch }) => batch === null ? [] : [batch]))
  return [...named].filter((batch) => has.get(batch) === undefined)
}

/** What the salvage is recorded with. */
export interface SavingTrail {
  readonly at: number
  readonly draft: AuditDraft
  readonly book: AuditBook
}

/** Writes what was read into a new state, and the record of that. */
export const saveTrail = (db: Database, trail: ReadTrail, { at, book, draft }: SavingTrail): void => {
  const { insertAudit, setAuditHead } = auditStatements(db)
  for (const row of trail.rows) insertAudit.run(row)
  const newest = trail.rows.at(-1)
  setAuditHead.run(trail.last, newest?.n === trail.last ? newest.link : "")
  const [records, batches] = [lostOf(trail), lostBatches(db, trail.rows)]
  const lost = { ...(records.length === 0 ? {} : { records }), ...(batches.length === 0 ? {} : { batches }) }
  keepRecord(book, at, { ...draft, ...lost }, lostVersions(db, trail.rows))
}
