/**
 * Rows of the state file as values of the domain. Columns that are null are members that are absent.
 */
import type { BatchSummary } from "../../domain/Batch.ts"
import type { EndedAs } from "../../domain/Entry.ts"
import type { Head, Version } from "../../domain/Version.ts"
import { documentOf, readVersion, type VersionRow } from "../storage/Lineage.ts"
import type { BatchRow, HeadRow, Nullable } from "./Statements.ts"

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
  declared: documentOf(row.declared),
  observed: documentOf(row.observed),
  version: row.version
})

/** Reads a version. */
export const versionFrom = ({ parent, document, observed, actor, ...row }: Nullable<VersionRow>): Version =>
  readVersion({
    ...row,
    ...(parent === null ? {} : { parent }),
    ...(document === null ? {} : { document }),
    ...(observed === null ? {} : { observed }),
    ...(actor === null ? {} : { actor })
  })
