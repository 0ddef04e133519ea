/**
 * Rows of the state file as values of the domain. Columns that are null are members that are absent.
 */
import type { BatchSummary } from "../../domain/Batch.ts"
import type { EndedAs } from "../../domain/Entry.ts"
import type { Digest } from "../../domain/Ids.ts"
import type { Head, Version } from "../../domain/Version.ts"
import { type Content, documentOf } from "../storage/Content.ts"
import { readVersion } from "../storage/Lineage.ts"
import { textOf } from "./Contents.ts"
import type { BatchRow, HeadRow, StoredVersion } from "./Statements.ts"

/** Reads a batch. */
export const summaryOf = (row: BatchRow): BatchSummary => ({
  id: row.id,
  planHash: row.plan,
  actor: row.actor,
  openedAt: row.opened_at,
  steps: row.steps,
  ...(row.batch_key === null ? {} : { batchKey: row.batch_key }),
  ...(row.reason === null ? {} : { reason: row.reason }),
  ...(row.ended === null ? {} : { ended: row.ended as EndedAs }),
  ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  ...(row.content === null ? {} : { content: row.content }),
  ...(row.pruned_at === null ? {} : { pruned: true })
})

/** Reads a head. */
export const headOf = (row: HeadRow): Head => ({
  ...(JSON.parse(row.head) as Omit<Head, "version" | "declared" | "observed">),
  declared: documentOf(textOf(row.declared, row.declared_body, `the head of ${row.address}`)),
  observed: documentOf(textOf(row.observed, row.observed_body, `the head of ${row.address}`)),
  version: row.version
})

const contentIn = (row: StoredVersion, column: "document" | "observed"): Content | undefined => {
  if (row[`has_${column}`] === 0) return undefined
  const digest = row[column]
  const text = textOf(digest, row[`${column}_body`], `version ${row.id} of ${row.address}`)
  return { digest: digest ?? "", text }
}

/** Reads a version. */
export const versionFrom = (row: StoredVersion): Version => {
  const { actor, address, at, batch, id, origin, parent, reason, reverts } = row
  const document = contentIn(row, "document")
  const observed = contentIn(row, "observed")
  return readVersion({
    id,
    address,
    batch,
    origin,
    at,
    ...(parent === null ? {} : { parent }),
    ...(document === undefined ? {} : { document }),
    ...(observed === undefined ? {} : { observed }),
    ...(actor === null ? {} : { actor }),
    ...(reason === null ? {} : { reason }),
    ...(reverts === null ? {} : { reverts: JSON.parse(reverts) as ReadonlyArray<Digest> })
  })
}
