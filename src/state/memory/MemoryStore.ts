/**
 * The durable memory, in memory: for tests, for simulation, and for verbs that look at a workspace without a state.
 *
 * It keeps what a disk would: what was committed. A layer over the same tables is a new process over the same file, so
 * a test can crash one and recover with the next. `onCommit` is where a test makes a disk fail.
 */
import type { Touched } from "../../domain/Audit.ts"
import type { BatchSummary, Wish } from "../../domain/Batch.ts"
import type { Address, BatchId, Digest } from "../../domain/Ids.ts"
import type { Head, Pin, Version } from "../../domain/Version.ts"
import { StateError, type StateReason } from "../StateError.ts"
import { keepRecord, type Recorded } from "../storage/AuditBook.ts"
import type { AuditRow } from "../storage/AuditRow.ts"
import { type ChainHead, noChain } from "../storage/Chain.ts"
import { documentOf } from "../storage/Content.ts"
import type { Job, Reply } from "../storage/Job.ts"
import { type HeadDraft, readVersion, touchedBy, versionOf, type VersionRow } from "../storage/Lineage.ts"
import type { LeaseRow } from "../storage/Owner.ts"
import { alreadyThere, fencedOff, notOpen } from "../storage/Refusal.ts"
import { chainOf, type Row } from "../storage/Row.ts"
import type { Store } from "../storage/Store.ts"
import { letGoIn, memoryAudit, memoryBook } from "./MemoryAudit.ts"

/** What is kept: plain data, so that `structuredClone` is a copy of the disk. */
export interface MemoryTables {
  /** How many processes have opened it. */
  openings: number
  readonly rows: Array<Row>
  /** The last seq of each batch. */
  readonly seqs: Map<BatchId, number>
  readonly batches: Map<BatchId, BatchSummary>
  readonly wishes: Map<BatchId, Wish>
  readonly audit: Array<AuditRow>
  readonly heads: Map<Address, Head>
  /** Oldest first. */
  readonly versions: Map<Address, Array<VersionRow>>
  readonly pins: Map<Digest, Pin>
  lease: LeaseRow | undefined
  generation: number
  generationBeside: number | undefined
}

/** Lets a commit fail: called with its number, from 1, and what it would write, before anything is written. */
export type OnCommit = (commit: number, jobs: ReadonlyArray<Job>) => StateReason | undefined

/** Tables without anything in them. */
export const emptyTables = (): MemoryTables => ({
  openings: 0,
  rows: [],
  seqs: new Map(),
  batches: new Map(),
  wishes: new Map(),
  audit: [],
  heads: new Map(),
  versions: new Map(),
  pins: new Map(),
  lease: undefined,
  generation: 0,
  generationBeside: undefined
})

const headOf = (rows: ReadonlyArray<Row>): ChainHead => rows.at(-1) ?? noChain

const isUnder = ({ lease }: MemoryTables, job: Job): boolean =>
  lease !== undefined && lease.epoch === job.lease.epoch && lease.owner === job.lease.owner

const appendRows = (tables: MemoryTables, job: Job): number => {
  let seq = tables.seqs.get(job.batch) ?? 0
  for (const draft of job.rows) {
    seq += 1
    const row = { ...draft, batch: job.batch, seq, epoch: job.lease.epoch, at: job.at }
    const head = headOf(tables.rows)
    tables.rows.push({ ...row, n: head.n + 1, chain: chainOf(head.chain, row) })
  }
  tables.seqs.set(job.batch, seq)
  return seq
}

const changeHead = (tables: MemoryTables, draft: HeadDraft, job: Job): Touched => {
  const lineage = tables.versions.get(draft.address) ?? []
  const newest = lineage.at(-1)
  const { set } = draft
  const keeps = newest?.document?.digest === set?.declared.digest
  const tip = newest === undefined ? undefined : { id: newest.id, keeps }
  const by = job.work._tag === "heads" ? job.work.by : {}
  const version = versionOf(draft, tip, { ...by, batch: job.batch, at: job.at })
  if (version !== undefined) tables.versions.set(draft.address, [...lineage, version])
  tables.heads.delete(draft.address)
  if (set !== undefined) {
    tables.heads.set(draft.address, {
      ...set.head,
      declared: documentOf(set.declared.text),
      observed: documentOf(set.observed.text),
      version: version?.id ?? tip?.id ?? ""
    })
  }
  return touchedBy(draft, version?.id ?? tip?.id)
}

const touch = (tables: MemoryTables, job: Job): ReadonlyArray<Touched> => {
  const { work } = job
  if ("heads" in work) return Array.from(work.heads, (draft) => changeHead(tables, draft, job))
  if (work._tag !== "pin" && work._tag !== "unpin") return []
  const { _tag: did, by, version } = work
  if (did === "pin") tables.pins.set(version, { ...by, at: job.at })
  else tables.pins.delete(version)
  return [...tables.versions].filter(([, lineage]) => lineage.some(({ id }) => id === version))
    .map(([address]) => ({ address, did, version }))
}

const withKey = (tables: MemoryTables, batchKey: string): BatchSummary | undefined =>
  [...tables.batches.values()].find((batch) => batch.batchKey === batchKey)

const known = (tables: MemoryTables, { id, batchKey }: BatchSummary): BatchSummary | undefined =>
  tables.batches.get(id) ?? (batchKey === undefined ? undefined : withKey(tables, batchKey))

const refusal = (tables: MemoryTables, job: Job): StateError | undefined => {
  if (!isUnder(tables, job)) return fencedOff(job.lease)
  const { work } = job
  if (work._tag === "open") {
    const there = known(tables, work.summary)
    return there === undefined ? undefined : alreadyThere(there)
  }
  const isOpen = tables.batches.has(job.batch) && tables.batches.get(job.batch)?.ended === undefined
  const isOfBatch = work._tag === "append" || work._tag === "end"
  return isOpen || !isOfBatch ? undefined : notOpen(job.batch)
}

const apply = (tables: MemoryTables, job: Job): Reply => {
  const refused = refusal(tables, job)
  if (refused !== undefined) return refused
  const { work } = job
  if (work._tag === "generation") tables.generation = work.to
  if (work._tag === "open") tables.batches.set(job.batch, work.summary)
  const batch = tables.batches.get(job.batch)
  if (work._tag === "end" && batch !== undefined) {
    tables.batches.set(job.batch, { ...batch, ended: work.as, endedAt: job.at })
  }
  if (work._tag === "letGo") letGoIn(tables, work.stubs)
  const touched = touch(tables, job)
  for (const draft of job.audit ?? []) keepRecord(memoryBook(tables), job.at, draft, touched)
  return appendRows(tables, job)
}

const failure = (reason: StateReason): StateError =>
  new StateError({ reason, operation: "append", detail: "made to fail", hint: "This is a test." })

const commit = (tables: MemoryTables, jobs: ReadonlyArray<Job>): ReadonlyArray<Reply> =>
  jobs.map((job) => apply(tables, job))

const swapLease = (
  tables: MemoryTables,
  expected: LeaseRow | undefined,
  next: LeaseRow,
  audit: Recorded | undefined
): boolean => {
  const { lease } = tables
  if (lease?.epoch !== expected?.epoch || lease?.owner !== expected?.owner) return false
  tables.lease = next
  if (audit !== undefined) keepRecord(memoryBook(tables), audit.at, audit.draft)
  return true
}

const newestFirst = (tables: MemoryTables, which: "all" | "unfinished"): ReadonlyArray<BatchSummary> =>
  [...tables.batches.values()].filter((batch) => which === "all" || batch.ended === undefined).toReversed()

/** A version that a batch made has its actor and its reason. */
const versionIn = ({ batches, pins }: MemoryTables, row: VersionRow): Version => {
  const { actor, reason } = batches.get(row.batch) ?? {}
  const pinned = pins.get(row.id)
  return readVersion({
    ...(pinned === undefined ? {} : { pinned }),
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
    ...row
  })
}

/** A store over tables that outlive it. */
export const memoryStore = (tables: MemoryTables, onCommit: OnCommit = () => undefined): Store => {
  let commits = 0
  let reserved = false
  return {
    commit: (jobs) => {
      commits += 1
      const reason = onCommit(commits, jobs)
      if (reason !== undefined) throw failure(reason)
      return commit(tables, jobs)
    },
    rows: (batch, read, without) =>
      tables.rows.filter((row) => row.batch === batch && row.kind !== without).map((row) => read(row)),
    first: (batch) => tables.rows.find((row) => row.batch === batch),
    rowsAfter: (n, count) => tables.rows.slice(n, n + count),
    gaps: () => [],
    chainHead: () => headOf(tables.rows),
    batches: (which) => newestFirst(tables, which),
    byKey: (batchKey) => withKey(tables, batchKey),
    wish: (batch) => tables.wishes.get(batch),
    ask: (batch, wish, audit) => {
      const isOpen = tables.batches.has(batch) && tables.batches.get(batch)?.ended === undefined
      if (isOpen) {
        tables.wishes.set(batch, wish)
        keepRecord(memoryBook(tables), wish.at, audit)
      }
      return isOpen
    },
    newest: (batch, kind) => tables.rows.findLast((row) => row.batch === batch && row.kind === kind),
    used: (planHash) => [...tables.batches.values()].some((batch) => batch.planHash === planHash),
    headCount: () => tables.heads.size,
    heads: () => [...tables.heads.values()].sort((a, b) => a.address < b.address ? -1 : 1),
    addresses: () => [...tables.versions.keys()].sort(),
    lineage: (address) => (tables.versions.get(address) ?? []).map((row) => versionIn(tables, row)).toReversed(),
    checkContents: () => ({}),
    generation: () => tables.generation,
    generationBeside: () => tables.generationBeside,
    keepGeneration: (generation) => {
      tables.generationBeside = generation
    },
    reserve: () => {
      reserved = true
    },
    freeReserve: () => {
      const had = reserved
      reserved = false
      return had
    },
    lease: () => tables.lease,
    swapLease: (expected, next, audit) => swapLease(tables, expected, next, audit),
    audit: memoryAudit(tables)
  }
}
