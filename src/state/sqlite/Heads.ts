/**
 * Heads as they lie in the table, each with a digest of its row.
 *
 * A head says which resource is written and deleted: with one byte changed that would be somebody else's. So a row is
 * believed only with its digest. What it holds are contents, which have digests of their own (Contents.ts).
 */
import type { Database } from "better-sqlite3"
import type { Digest } from "../../domain/Ids.ts"
import { StateError } from "../StateError.ts"
import { digestOf } from "../storage/Content.ts"

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

/** Throws StateError as Corrupt where a row is not the one that was written. */
export const assertHead = (row: HeadCells & { readonly digest: Digest | null }): void => {
  if (row.digest === headDigest(row)) return
  throw new StateError({
    reason: "Corrupt",
    operation: "read",
    detail: `the head of ${row.address} is not what was written`,
    hint: "Put back a copy with `amends state restore FILE`, or save what can be read with `amends state salvage FILE`."
  })
}

/** The first head that is not what was written, in words. */
export const unfitHead = (db: Database): string | undefined => {
  const rows = db.prepare<[], HeadCells & { readonly digest: Digest | null }>(
    "select address, version, declared, observed, head, digest from head order by address"
  )
  for (const row of rows.iterate()) {
    if (row.digest !== headDigest(row)) return `the head of ${row.address} is not what was written`
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
