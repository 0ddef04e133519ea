/**
 * The group commit: many jobs, one transaction, one forced write.
 *
 * Every job is checked against the stored lease inside the transaction (W7), and a job that is refused has written
 * nothing. Where the newest row is not the one this writer wrote although its lease still holds, the state was
 * replaced under it, and it stops (W9). What a batch's last seq is, is remembered as long as the newest row is ours.
 */
import type { Database } from "better-sqlite3"
import type { Touched } from "../../domain/Audit.ts"
import type { Address, BatchId } from "../../domain/Ids.ts"
import { StateError } from "../StateError.ts"
import { type AuditBook, keepRecord } from "../storage/AuditBook.ts"
import type { ChainHead } from "../storage/Chain.ts"
import type { Job, Reply } from "../storage/Job.ts"
import { type HeadDraft, type Tip, touchedBy, versionOf, type VersionRow } from "../storage/Lineage.ts"
import { alreadyThere, fencedOff, notOpen } from "../storage/Refusal.ts"
import { chainOf } from "../storage/Row.ts"
import { keepContent } from "./Contents.ts"
import { headDigest } from "./Heads.ts"
import { summaryOf } from "./Reading.ts"
import { sqliteFailure } from "./SqliteFailure.ts"
import type { Statements } from "./Statements.ts"

interface Place {
  readonly n: number
  open: boolean
  seq: number
}

/** An open state file as its one writer sees it. */
export interface Committer {
  readonly db: Database
  readonly path: string
  readonly statements: Statements
  readonly book: AuditBook
  /** The newest row when this writer last committed, and under which epoch. */
  last: (ChainHead & { readonly epoch: number }) | undefined
  readonly places: Map<BatchId, Place>
}

/** One transaction: the chain as it grows. */
interface Group {
  readonly committer: Committer
  head: ChainHead
}

const placeOf = ({ places, statements }: Committer, batch: BatchId): Place | undefined => {
  const known = places.get(batch)
  if (known !== undefined) return known
  const stored = statements.batchPlace.get(batch)
  if (stored === undefined) return undefined
  const place = { n: stored.n, open: stored.ended === null, seq: stored.seq ?? 0 }
  places.set(batch, place)
  return place
}

const appendRows = (group: Group, place: Place, job: Job): void => {
  const { insertEntry } = group.committer.statements
  for (const { kind, step, body } of job.rows) {
    const n = group.head.n + 1
    const seq = place.seq + 1
    const { epoch } = job.lease
    const chain = chainOf(group.head.chain, { batch: job.batch, seq, epoch, at: job.at, kind, step, body })
    insertEntry.run(n, place.n, seq, epoch, job.at, kind, step, body, chain)
    place.seq = seq
    group.head = { n, chain }
  }
}

/** The numbers of the contents that a change holds; null for one that drops its head. */
interface Held {
  readonly declared: string | null
  readonly observed: string | null
}

const holdContents = (statements: Statements, { set }: HeadDraft): Held => {
  if (set === undefined) return { declared: null, observed: null }
  const declared = keepContent(statements, set.declared)
  const isSame = set.observed.digest === set.declared.digest
  return { declared, observed: isSame ? declared : keepContent(statements, set.observed) }
}

const storedTip = (statements: Statements, address: Address, { declared }: Held): Tip | undefined => {
  const row = statements.tipOfHead.get(address) ?? statements.tip.get(address)
  return row === undefined ? undefined : { id: row.id, keeps: row.document === declared }
}

const insertVersion = (statements: Statements, version: VersionRow, { declared, observed }: Held): void => {
  const { actor = null, address, at, batch, id, origin, parent = null, reason = null } = version
  const reverts = version.reverts === undefined ? null : JSON.stringify(version.reverts)
  statements.insertVersion.run(
    id,
    address,
    batch,
    parent,
    origin,
    declared,
    observed,
    actor,
    reason,
    reverts,
    at
  )
}

const changeHead = (statements: Statements, draft: HeadDraft, job: Job): Touched => {
  const { address, set } = draft
  const held = holdContents(statements, draft)
  const tip = storedTip(statements, address, held)
  const by = job.work._tag === "heads" ? job.work.by : {}
  const version = versionOf(draft, tip, { ...by, batch: job.batch, at: job.at })
  if (version !== undefined) insertVersion(statements, version, held)
  const { declared, observed } = held
  if (set === undefined || declared === null || observed === null) statements.dropHead.run(address)
  else {
    const cells = { address, version: version?.id ?? tip?.id ?? "", declared, observed, head: JSON.stringify(set.head) }
    statements.setHead.run({ ...cells, digest: headDigest(cells) })
  }
  return touchedBy(draft, version?.id ?? tip?.id)
}

/** Does what a job does to heads and pins; answers what it touched. */
const touch = (statements: Statements, job: Job): ReadonlyArray<Touched> => {
  const { work } = job
  if ("heads" in work) return Array.from(work.heads, (draft) => changeHead(statements, draft, job))
  if (work._tag !== "pin" && work._tag !== "unpin") return []
  const { _tag: did, by, version } = work
  statements.addPin.run(version, did, by.actor, by.reason ?? null, job.at)
  const address = statements.addressOf.get(version)
  return address === undefined ? [] : [{ address, did, version }]
}

/** Changes the heads, and records what was done: both or neither. */
const changeAndRecord = ({ book, statements }: Committer, job: Job): void => {
  const touched = touch(statements, job)
  for (const draft of job.audit ?? []) keepRecord(book, job.at, draft, touched)
}

/** The batch that keeps another one from opening. */
const knownBatch = ({ statements }: Committer, id: string, batchKey: string | undefined) =>
  statements.batchById.get(id) ?? (batchKey === undefined ? undefined : statements.batchByKey.get(batchKey))

const openBatch = (group: Group, job: Job): Reply => {
  const { committer } = group
  if (job.work._tag !== "open") return 0
  const { summary } = job.work
  const known = knownBatch(committer, summary.id, summary.batchKey)
  if (known !== undefined) return alreadyThere(summaryOf(known))
  const { lastInsertRowid } = committer.statements.insertBatch.run({
    id: summary.id,
    plan: summary.planHash,
    batch_key: summary.batchKey ?? null,
    actor: summary.actor,
    reason: summary.reason ?? null,
    steps: summary.steps,
    opened_at: summary.openedAt
  })
  const place = { n: Number(lastInsertRowid), open: true, seq: 0 }
  committer.places.set(summary.id, place)
  appendRows(group, place, job)
  changeAndRecord(committer, job)
  return place.seq
}

const goOn = (group: Group, job: Job): Reply => {
  const { statements } = group.committer
  const place = placeOf(group.committer, job.batch)
  if (place === undefined || !place.open) return notOpen(job.batch)
  appendRows(group, place, job)
  if (job.work._tag === "end") {
    statements.endBatch.run(job.work.as, job.at, place.n)
    place.open = false
  }
  changeAndRecord(group.committer, job)
  return place.seq
}

const apply = (group: Group, job: Job): Reply => {
  const { statements } = group.committer
  const { work } = job
  if (work._tag === "open") return openBatch(group, job)
  if (work._tag === "append" || work._tag === "end") return goOn(group, job)
  if (work._tag === "generation") statements.setGeneration.run(work.to)
  if (work._tag === "letGo") { for (const { mark, n } of work.stubs) statements.letGo.run(mark, n) }
  changeAndRecord(group.committer, job)
  return 0
}

const replaced = (path: string): StateError =>
  new StateError({
    reason: "Io",
    operation: "append",
    detail: `${path} does not hold what was last written to it: it was replaced while in use`,
    hint: "Put the newest state file back, then run `amends recover`."
  })

/** The newest row, which must be ours where nobody else may have written since. */
const trustedHead = (committer: Committer, epoch: number | undefined): ChainHead => {
  const head = committer.statements.chainHead.get() ?? { n: 0, chain: "" }
  const { last, path } = committer
  if (last !== undefined && last.n === head.n && last.chain === head.chain) return head
  if (last !== undefined && last.epoch === epoch) throw replaced(path)
  committer.places.clear()
  return head
}

const applyAll = (committer: Committer, jobs: ReadonlyArray<Job>): ReadonlyArray<Reply> => {
  const { statements } = committer
  const lease = statements.lease.get()
  const before = trustedHead(committer, lease?.epoch)
  const group: Group = { committer, head: before }
  const replies = jobs.map((job) => {
    const isHolder = lease?.epoch === job.lease.epoch && lease.owner === job.lease.owner
    return isHolder ? apply(group, job) : fencedOff(job.lease)
  })
  if (group.head !== before) statements.setChainHead.run(group.head.n, group.head.chain)
  statements.commit.run()
  committer.last = lease === undefined ? undefined : { ...group.head, epoch: lease.epoch }
  return replies
}

/** Undoes a failed transaction. Where that fails too, nobody knows what is written: a failure of the disk. */
const undo = ({ db, path, places, statements }: Committer): void => {
  places.clear()
  if (!db.inTransaction) return
  try {
    statements.rollback.run()
  } catch (cause) {
    const { detail, hint } = sqliteFailure("append", path, cause)
    throw new StateError({ reason: "Io", operation: "append", detail, hint })
  }
}

/** Commits jobs in order, durably. Throws StateError; Busy and Full only where surely nothing was written. */
export const commitJobs = (committer: Committer, jobs: ReadonlyArray<Job>): ReadonlyArray<Reply> => {
  try {
    committer.statements.begin.run()
    return applyAll(committer, jobs)
  } catch (cause) {
    undo(committer)
    throw sqliteFailure("append", committer.path, cause)
  }
}
