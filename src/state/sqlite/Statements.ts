/**
 * Every statement that a run needs, prepared once. Here `entry` is only ever inserted into (see Prune.ts).
 */
import type { Database } from "better-sqlite3"
import type { Address, BatchId, Digest } from "../../domain/Ids.ts"
import type { ChainHead } from "../storage/Chain.ts"
import type { VersionRow } from "../storage/Lineage.ts"
import type { LeaseRow } from "../storage/Owner.ts"
import type { Gap, Row } from "../storage/Row.ts"
import { auditStatements } from "./AuditStatements.ts"
import { contentStatements, type Packed } from "./Contents.ts"
import type { HeadCells } from "./Heads.ts"

/** A batch as it is stored. */
export interface BatchRow {
  readonly id: BatchId
  readonly plan: string
  readonly batch_key: string | null
  readonly actor: string
  readonly reason: string | null
  readonly steps: number
  readonly opened_at: number
  readonly ended: string | null
  readonly ended_at: number | null
  readonly pruned_at: number | null
  readonly content: string | null
}

/** A head as it is stored, with the contents that its numbers stand for. */
export interface HeadRow extends HeadCells {
  readonly address: Address
  readonly version: Digest
  readonly declared_digest: Digest | null
  readonly declared_body: Packed | null
  readonly observed_digest: Digest | null
  readonly observed_body: Packed | null
  readonly digest: Digest | null
}

/** Where a batch stands. */
export interface BatchPlace {
  readonly n: number
  readonly ended: string | null
  /** The last seq; null before the first entry. */
  readonly seq: number | null
}

/** Columns that may be null, as the driver gives them. */
export type Nullable<A> = { readonly [K in keyof A]-?: undefined extends A[K] ? NonNullable<A[K]> | null : A[K] }

/** A version as it is stored: its documents are contents, and what it reverts is JSON. */
export type StoredVersion = Nullable<Omit<VersionRow, "reverts" | "document" | "observed" | "pinned" | "gap">> & {
  readonly reverts: string | null
  readonly has_document: number
  readonly document: Digest | null
  readonly document_body: Packed | null
  readonly has_observed: number
  readonly observed: Digest | null
  readonly observed_body: Packed | null
  readonly gone: number | null
  readonly older: Digest | null
  readonly pin_act: string | null
  readonly pin_at: number | null
  readonly pin_actor: string | null
  readonly pin_reason: string | null
}

const batchColumns = "id, plan, batch_key, actor, reason, steps, opened_at, ended, ended_at, pruned_at, content"
const rowColumns = "e.n, b.id as batch, e.seq, e.epoch, e.at, e.kind, e.step, e.body, e.chain"
const versionColumns = "id, address, batch, parent, origin, document, observed, actor, reason, reverts, at"
const leaseColumns = "epoch, owner, host, boot, space, pid, started, expires_ms as expiresMs, life_ms as lifeMs"
const leaseValues = "1, @epoch, @owner, @host, @boot, @space, @pid, @started, @expiresMs, @lifeMs"

type Numbers = [number, number]

/** What a group commit runs. */
const writing = (db: Database) => ({
  begin: db.prepare("begin immediate"),
  commit: db.prepare("commit"),
  rollback: db.prepare("rollback"),
  chainHead: db.prepare<[], ChainHead>("select rows as n, chain from meta"),
  setChainHead: db.prepare<[number, string]>("update meta set rows = ?, chain = ?"),
  setGeneration: db.prepare<[number]>("update meta set generation = ?"),
  batchPlace: db.prepare<[string], BatchPlace>(
    "select n, ended, (select max(seq) from entry where batch = b.n) as seq from batch b where id = ?"
  ),
  insertBatch: db.prepare<[Omit<BatchRow, "ended" | "ended_at" | "pruned_at" | "content">]>(
    `insert into batch (id, plan, batch_key, actor, reason, steps, opened_at)
     values (@id, @plan, @batch_key, @actor, @reason, @steps, @opened_at)`
  ),
  endBatch: db.prepare<[string, number, number]>("update batch set ended = ?, ended_at = ? where n = ?"),
  insertEntry: db.prepare<[number, number, number, number, number, string, string, string, string]>(
    "insert into entry (n, batch, seq, epoch, at, kind, step, body, chain) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
  ),
  ...contentStatements(db),
  // A head is the newest version of its address, and its row is written next anyway.
  tipOfHead: db.prepare<[string], { readonly id: Digest; readonly document: string | null }>(
    "select version as id, declared as document from head where address = ?"
  ),
  tip: db.prepare<[string], { readonly id: Digest; readonly document: string | null }>(
    "select id, document from version where address = ? order by n desc limit 1"
  ),
  insertVersion: db.prepare<[...ReadonlyArray<string | null>, number]>(
    `insert into version (${versionColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
  ),
  // In place: to replace a row would free its pages and take others.
  setHead: db.prepare<[HeadCells & { readonly digest: Digest }]>(
    `insert into head (address, version, declared, observed, head, digest)
     values (@address, @version, @declared, @observed, @head, @digest)
     on conflict (address) do update set version = excluded.version, declared = excluded.declared,
       observed = excluded.observed, head = excluded.head, digest = excluded.digest`
  ),
  addPin: db.prepare<[string, string, string, string | null, number]>(
    "insert into pin (version, act, actor, reason, at) values (?, ?, ?, ?, ?)"
  ),
  dropHead: db.prepare<[string]>("delete from head where address = ?")
})

/** What leases need: these tables are the same in every format. */
export const leaseStatements = (db: Database) => ({
  lease: db.prepare<[], LeaseRow>(`select ${leaseColumns} from lease`),
  takeLease: db.prepare<[LeaseRow]>(
    `insert or ignore into lease (id, epoch, owner, host, boot, space, pid, started, expires_ms, life_ms)
     values (${leaseValues})`
  ),
  swapLease: db.prepare<[LeaseRow & { fromEpoch: number; fromOwner: string }]>(
    `update lease set epoch = @epoch, owner = @owner, host = @host, boot = @boot, space = @space, pid = @pid,
       started = @started, expires_ms = @expiresMs, life_ms = @lifeMs
     where epoch = @fromEpoch and owner = @fromOwner`
  )
})

/** Replaces the lease if it still is the one expected; tells whether it was. */
export const swapLease = (
  statements: ReturnType<typeof leaseStatements>,
  expected: LeaseRow | undefined,
  next: LeaseRow
): boolean => {
  const { changes } = expected === undefined
    ? statements.takeLease.run(next)
    : statements.swapLease.run({ ...next, fromEpoch: expected.epoch, fromOwner: expected.owner })
  return changes === 1
}

/** What the rest runs. */
const looking = (db: Database) => ({
  rows: db.prepare<[batch: string, without: string | null], Row>(
    `select ${rowColumns} from entry e join batch b on b.n = e.batch where b.id = ? and e.kind is not ? order by e.seq`
  ),
  first: db.prepare<[string], Row>(
    `select ${rowColumns} from entry e join batch b on b.n = e.batch where b.id = ? and e.seq = 1`
  ),
  rowsAfter: db.prepare<Numbers, Row>(
    `select ${rowColumns} from entry e join batch b on b.n = e.batch where e.n > ? order by e.n limit ?`
  ),
  linkOf: db.prepare<{ readonly n: number }, string>(
    "select chain from entry where n = @n union all select chain from gap where last = @n"
  ).pluck(),
  gaps: db.prepare<[], Gap>("select first, last, chain, mark from gap order by first"),
  batches: db.prepare<[], BatchRow>(`select ${batchColumns} from batch order by n desc`),
  unfinished: db.prepare<[], BatchRow>(`select ${batchColumns} from batch where ended is null order by n desc`),
  batchById: db.prepare<[string], BatchRow>(`select ${batchColumns} from batch where id = ?`),
  batchByKey: db.prepare<[string], BatchRow>(`select ${batchColumns} from batch where batch_key = ?`),
  wish: db.prepare<[string], { readonly wish: string | null }>("select wish from batch where id = ?"),
  ask: db.prepare<[string, string]>("update batch set wish = ? where id = ? and ended is null"),
  newest: db.prepare<[string, string], Row>(
    `select ${rowColumns} from entry e join batch b on b.n = e.batch
     where b.id = ? and e.kind = ? order by e.seq desc limit 1`
  ),
  used: db.prepare<[string], object>("select 1 from batch where plan = ?"),
  addresses: db.prepare<[], Address>("select distinct address from version order by address").pluck(),
  headCount: db.prepare<[], number>("select count(*) from head").pluck(),
  heads: db.prepare<[], HeadRow>(
    `select h.address, h.version, h.declared, h.observed, h.head, h.digest, d.digest as declared_digest,
       d.body as declared_body, o.digest as observed_digest, o.body as observed_body
     from head h left join content d on d.n = cast(h.declared as integer)
       left join content o on o.n = cast(h.observed as integer)
     order by h.address`
  ),
  // Of a version that a batch made, the batch says who and why.
  lineage: db.prepare<[string], StoredVersion>(
    `select v.id, v.address, v.batch, v.parent, v.origin, v.document is not null as has_document,
       d.digest as document, d.body as document_body, v.observed is not null as has_observed,
       o.digest as observed, o.body as observed_body, v.reverts, v.at,
       coalesce(v.actor, b.actor) as actor, coalesce(v.reason, b.reason) as reason, v.gone, v.older,
       p.act as pin_act, p.at as pin_at, p.actor as pin_actor, p.reason as pin_reason
     from version v left join batch b on b.id = v.batch
       left join content d on d.n = cast(v.document as integer)
       left join content o on o.n = cast(v.observed as integer)
       left join pin p on p.n = (select max(n) from pin where version = v.id)
     where v.address = ? order by v.n desc`
  ),
  generation: db.prepare<[], { generation: number }>("select generation from meta")
})

/** Prepares the statements of an open state file. */
export const statementsOf = (db: Database) => ({
  ...writing(db),
  ...leaseStatements(db),
  ...looking(db),
  ...auditStatements(db)
})

export type Statements = ReturnType<typeof statementsOf>
