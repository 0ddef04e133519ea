/**
 * Heads as they lie in the table, each with a digest of its row.
 *
 * A head says which resource is written and deleted: with one byte changed that would be somebody else's. So a row is
 * believed only with its digest. What it holds are contents, which have digests of their own (Contents.ts).
 */
import type { Database } from "better-sqlite3"
import type { Digest } from "../../domain/Ids.ts"
import { digestOf } from "../storage/Content.ts"
import { notAsWritten } from "./NotAsWritten.ts"

/** The row of a head: contents by their numbers, the rest as JSON. */
export interface HeadCells {
  readonly address: string
  readonly version: string
  readonly declared: string
  readonly observed: string
  readonly head: string
}

/** The digest of a head's row. */
export const headDigest = ({ address, declared, head, observed, version }: HeadCells): Digest =>
  digestOf([address, version, declared, observed, head].join("\n"))

/** What is wrong with a head's row, in words. */
const faultOf = (row: HeadCells & { readonly digest: Digest | null }): string | undefined =>
  row.digest === headDigest(row) ? undefined : `the head of ${row.address} is not what was written`

/** Throws StateError as Corrupt where a row is not the one that was written. */
export const assertHead = (row: HeadCells & { readonly digest: Digest | null }): void => {
  const fault = faultOf(row)
  if (fault !== undefined) throw notAsWritten(fault)
}

/** The first head that is not what was written, in words. */
export const unfitHead = (db: Database): string | undefined => {
  const rows = db.prepare<[], HeadCells & { readonly digest: Digest | null }>(
    "select address, version, declared, observed, head, digest from head order by address"
  )
  for (const row of rows.iterate()) {
    const fault = faultOf(row)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** Brings a file of format 5 to format 6: heads get their digests. */
export const intoDigests = (db: Database): void => {
  db.exec("alter table head add column digest text")
  const rows = db.prepare<[], HeadCells>("select address, version, declared, observed, head from head").all()
  const keep = db.prepare<[Digest, string]>("update head set digest = ? where address = ?")
  for (const row of rows) keep.run(headDigest(row), row.address)
}
