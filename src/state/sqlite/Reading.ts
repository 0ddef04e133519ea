/**
 * Rows of the state file as values of the domain. Columns that are null are members that are absent.
 */
import type { BatchSummary } from "../../domain/Batch.ts"
import type { EndedAs } from "../../domain/Entry.ts"
import type { Digest } from "../../domain/Ids.ts"
import type { Head, Version } from "../../domain/Version.ts"
import { documentOf, readVersion } from "../storage/Lineage.ts"
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
  declared: documentOf(row.declared),
  observed: documentOf(row.observed),
  version: row.version
})

/** Reads a version. */
export const versionFrom = ({ actor, document, observed, parent, reason, reverts, ...row }: StoredVersion): Version =>
  readVersion({
    ...row,
    ...(parent === null ? {} : { parent }),
    ...(document === null ? {} : { document }),
    ...(observed === null ? {} : { observed }),
    ...(actor === null ? {} : { actor }),
    ...(reason === null ? {} : { reason }),
    ...(reverts === null ? {} : { reverts: JSON.parse(reverts) as ReadonlyArray<Digest> })
  })
