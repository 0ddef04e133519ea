/**
 * Rows of the state file as values of the domain. Columns that are null are members that are absent.
 */
import type { BatchSummary } from "../../domain/Batch.ts"
import type { EndedAs } from "../../domain/Entry.ts"
import type { Digest } from "../../domain/Ids.ts"
import type { Gap, Head, Pin, Version } from "../../domain/Version.ts"
import { type Content, documentOf } from "../storage/Content.ts"
import { readVersion } from "../storage/Lineage.ts"
import { textOf } from "./Contents.ts"
import { assertHead } from "./Heads.ts"
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

/** Reads a head. Throws StateError as Corrupt where it is not what was written. */
export const headOf = (row: HeadRow): Head => {
  assertHead(row)
  return {
    ...(JSON.parse(row.head) as Omit<Head, "version" | "declared" | "observed">),
    declared: documentOf(textOf(row.declared_digest, row.declared_body, `the head of ${row.address}`)),
    observed: documentOf(textOf(row.observed_digest, row.observed_body, `the head of ${row.address}`)),
    version: row.version
  }
}

const contentIn = (row: StoredVersion, column: "document" | "observed"): Content | undefined => {
  if (row[`has_${column}`] === 0) return undefined
  const digest = row[column]
  const text = textOf(digest, row[`${column}_body`], `version ${row.id} of ${row.address}`)
  return { digest: digest ?? "", text }
}

const pinIn = ({ pin_act, pin_actor, pin_at, pin_reason }: StoredVersion): Pin | undefined =>
  pin_act !== "pin" || pin_actor === null || pin_at === null ? undefined : {
    actor: pin_actor,
    at: pin_at,
    ...(pin_reason === null ? {} : { reason: pin_reason })
  }

const gapIn = ({ gone, older }: StoredVersion): Gap | undefined =>
  gone === null ? undefined : { versions: gone, ...(older === null ? {} : { older }) }

/** Reads a version. */
export const versionFrom = (row: StoredVersion): Version => {
  const { actor, address, at, batch, id, origin, parent, reason, reverts } = row
  const document = contentIn(row, "document")
  const observed = contentIn(row, "observed")
  const [pinned, gap] = [pinIn(row), gapIn(row)]
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
    ...(pinned === undefined ? {} : { pinned }),
    ...(gap === undefined ? {} : { gap }),
    ...(reverts === null ? {} : { reverts: JSON.parse(reverts) as ReadonlyArray<Digest> })
  })
}
