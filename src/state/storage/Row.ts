/**
 * A journal row as it is stored, and the chain that ties all rows of a workspace together.
 *
 * `chain` is its link (see Chain.ts), over the sealed bytes. Who can write the file and recompute it all is not caught.
 */
import type { BatchId, Epoch } from "../../domain/Ids.ts"
import { linkOf } from "./Chain.ts"
import type { StoredBody, StoredEntry } from "./Planned.ts"

/** An entry's body as text, made once when it is queued. */
export interface RowDraft {
  readonly kind: StoredBody["_tag"]
  /** Empty for entries of the whole batch. */
  readonly step: string
  readonly body: string
}

/** One stored row. */
export interface Row {
  /** Place in the workspace's chain, from 1. */
  readonly n: number
  readonly batch: BatchId
  readonly seq: number
  readonly epoch: Epoch
  readonly at: number
  readonly kind: string
  readonly step: string
  readonly body: string
  readonly chain: string
}

/** Rows that were let go: the chain goes on with the link of the last of them. */
export interface Gap {
  readonly first: number
  readonly last: number
  readonly chain: string
  /** HMAC under the workspace's key: nobody else can have made the gap. */
  readonly mark: string
}

/** What the mark of a gap is the HMAC of. */
export const gapText = ({ chain, first, last }: Omit<Gap, "mark">): string => `gap ${first} ${last} ${chain}`

/** Turns an entry's body into its row. */
export const draftOf = (body: StoredBody): RowDraft => ({
  kind: body._tag,
  step: "step" in body ? body.step : "",
  body: JSON.stringify(body)
})

/** The link of a row to the one before it. */
export const chainOf = (previous: string, row: Omit<Row, "n" | "chain">): string =>
  linkOf(previous, [row.batch, row.seq, row.epoch, row.at, row.kind, row.step], row.body)

/** Reads a row back. What stands in it was written by `draftOf`, and the chain tells whether it still does. */
export const entryOf = (row: Row): StoredEntry => ({
  batch: row.batch,
  seq: row.seq,
  epoch: row.epoch,
  at: row.at,
  body: JSON.parse(row.body) as StoredBody
})
