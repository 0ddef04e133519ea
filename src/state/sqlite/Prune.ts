/**
 * Letting go of old versions, and of the journals of old batches: the only place that deletes rows of the log.
 *
 * What goes is chosen first, by reading alone, into a temporary table; then it goes in small transactions under the
 * lease, oldest first, so that it can stop at any time. A batch keeps its row (its key, its plan's hash, what became of
 * it): a used plan stays used, and a known key stays known. Where rows go, a gap keeps the chain together.
 */
import type { Database } from "better-sqlite3"
import { Clock, Effect } from "effect"
import type { Touched } from "../../domain/Audit.ts"
import type { Address, BatchId } from "../../domain/Ids.ts"
import { keptSince, type RetentionRule, ruleOf, strictest } from "../../domain/Retention.ts"
import type { Lease } from "../Leases.ts"
import type { Sealer } from "../Sealer.ts"
import type { StateError } from "../StateError.ts"
import { type AuditBook, type AuditDraft, keepRecord, type Recorded } from "../storage/AuditBook.ts"
import type { Deed } from "../storage/AuditDrafts.ts"
import { reading } from "../storage/Reading.ts"
import { fencedOff } from "../storage/Refusal.ts"
import { type Gap, gapText } from "../storage/Row.ts"
import type { Pruned, Pruning } from "../Upkeep.ts"
import { chooseVersions, type DoomedVersion, droppingVersions, versionBytes } from "./Doomed.ts"
import { droppingLoose, findLoose } from "./Loose.ts"
import { sqliteFailure } from "./SqliteFailure.ts"

/** An open state that is pruned. */
export interface Prunable {
  readonly db: Database
  readonly path: string
  readonly digest: Sealer["Service"]["digest"]
  /** Where what is done is recorded, in the same transaction, and who does it. */
  readonly book: AuditBook
  readonly draft: (deed: Deed) => Effect.Effect<AuditDraft, StateError>
  /** Throws where the file is no longer the one that was opened. */
  readonly assertFile: () => void
}

interface OldBatch {
  readonly n: number
  readonly id: BatchId
  readonly ended_at: number
}

interface Doomed {
  readonly n: number
  readonly entries: number
  readonly bytes: number
}

/** What is chosen, as it grows. */
interface Choice {
  readonly versions: Array<DoomedVersion>
  /** Bytes of contents that nothing refers to any more. */
  loose: number
  readonly batches: Array<Doomed>
  whole: boolean
}

/** Columns beside the body, about. */
const rowBytes = 100

const selecting = (db: Database) => ({
  newest: db.prepare<[], number>("select coalesce(max(n), 0) from batch").pluck(),
  batches: db.prepare<[number, number], OldBatch>(
    `select n, id, ended_at from batch b
     where ended is not null and pruned_at is null and ended_at < ? and n <= ? and not exists
       (select 1 from version v where v.batch = b.id and v.n not in (select n from temp.doomed))
     order by n`
  ),
  steps: db.prepare<[number], string>("select distinct step from entry where batch = ? and step <> ''").pluck(),
  size: db.prepare<[number, number], Doomed>(
    `select ? as n, count(*) as entries, coalesce(sum(length(body) + ${rowBytes}), 0) as bytes
     from entry where batch = ?`
  )
})

type Selecting = ReturnType<typeof selecting>

interface Selection {
  readonly run: Selecting
  readonly pruning: Pruning
  readonly rule: (address: Address) => RetentionRule | undefined
  readonly now: number
  readonly choice: Choice
}

const addressOfStep = (step: string): Address => step.replace(/#.*$/, "") as Address

const isNeeded = ({ now, pruning, rule, run }: Selection, newest: number, batch: OldBatch): boolean => {
  if (pruning.needed.has(batch.id)) return true
  const rules = run.steps.all(batch.n).map((step) => rule(addressOfStep(step)))
  const known = rules.filter((one) => one !== undefined)
  if (known.length < rules.length) return true
  const { keepDays, keepVersions } = strictest(known.length === 0 ? pruning.rules : known)
  const isYoung = keepDays > 0 && batch.ended_at >= keptSince({ match: "", keepDays }, now)
  return isYoung || batch.n > newest - keepVersions
}

const chooseBatch = (selection: Selection, newest: number, batch: OldBatch): void => {
  if (isNeeded(selection, newest, batch)) return
  const size = selection.run.size.get(batch.n, batch.n)
  if (size !== undefined) selection.choice.batches.push(size)
}

/** Goes through items in portions until the time is up; tells whether it came to the end. */
const within = <A>(deadline: number, items: ReadonlyArray<A>, each: (item: A) => void) =>
  Effect.gen(function*() {
    for (const [index, item] of items.entries()) {
      if (index % 16 === 0) {
        if ((yield* Clock.currentTimeMillis) > deadline) return false
        yield* Effect.yieldNow
      }
      each(item)
    }
    return true
  })

/** Tells what an effect over the state throws. */
const told = <A>({ path }: Prunable, work: Effect.Effect<A>): Effect.Effect<A, StateError> =>
  Effect.catchDefect(work, (cause) => Effect.fail(sqliteFailure("prune", path, cause)))

const inState = <A>({ path }: Prunable, work: () => A): Effect.Effect<A, StateError> =>
  reading("prune", () => {
    try {
      return work()
    } catch (cause) {
      throw sqliteFailure("prune", path, cause)
    }
  })

const choose = Effect.fnUntraced(function*(prunable: Prunable, pruning: Pruning, deadline: number) {
  const now = yield* Clock.currentTimeMillis
  const choice: Choice = { versions: [], loose: 0, batches: [], whole: false }
  const said = pruning.rules.filter(({ keepDays, keepVersions }) => (keepDays ?? keepVersions) !== undefined)
  if (said.length === 0) return { ...choice, whole: true }
  const rule = ruleOf(said)
  const each = <A>(items: ReadonlyArray<A>, of: (item: A) => void) => within(deadline, items, of)
  const dooming = { rule, untouched: pruning.untouched, now }
  const doomed = yield* told(prunable, chooseVersions(prunable.db, dooming, each))
  choice.versions.push(...doomed.versions)
  choice.loose = yield* inState(prunable, () => findLoose(prunable.db, pruning.contents))
  const run = yield* inState(prunable, () => selecting(prunable.db))
  const selection: Selection = { run, pruning: { ...pruning, rules: said }, rule, now, choice }
  const newest = (yield* inState(prunable, () => run.newest.get())) ?? 0
  const sinceMax = Math.max(...said.map((one) => keptSince(one, now)))
  const keptLeast = Math.min(...said.map(({ keepVersions }) => keepVersions ?? 0))
  const old = yield* inState(prunable, () => run.batches.all(sinceMax, newest - keptLeast))
  choice.whole = (yield* within(deadline, old, (batch) => chooseBatch(selection, newest, batch))) && doomed.whole
  return choice
})

const summed = ({ batches, loose, versions, whole }: Choice): Pruned => ({
  versions: versions.length,
  batches: batches.length,
  entries: batches.reduce((sum, { entries }) => sum + entries, 0),
  bytes: versions.length * versionBytes + loose + batches.reduce((sum, { bytes }) => sum + bytes, 0),
  whole
})

const dropping = (db: Database) => ({
  lease: db.prepare<[], { epoch: number; owner: string }>("select epoch, owner from lease"),
  links: db.prepare<[number], { n: number; chain: string }>(
    "select n, chain from entry where batch = ? order by n"
  ),
  keepContent: db.prepare<[number, number, number]>(
    `update batch set pruned_at = ?, content =
       (select json_extract(body, '$.content') from entry where batch = ? and seq = 1) where n = ?`
  ),
  entries: db.prepare<[number]>("delete from entry where batch = ?"),
  batchAt: db.prepare<[number], BatchId>("select id from batch where n = ?").pluck(),
  gapEndingAt: db.prepare<[number], Gap>("select first, last, chain, mark from gap where last = ?"),
  gapFrom: db.prepare<[number], Gap>("select first, last, chain, mark from gap where first = ?"),
  dropGap: db.prepare<[number]>("delete from gap where first = ?"),
  addGap: db.prepare<[Gap]>("insert into gap (first, last, chain, mark) values (@first, @last, @chain, @mark)")
})

type Dropping = ReturnType<typeof dropping>

/** Runs of rows without a hole between them. */
const runsOf = (links: ReadonlyArray<{ readonly n: number; readonly chain: string }>) => {
  const runs: Array<Omit<Gap, "mark">> = []
  for (const { chain, n } of links) {
    const run = runs.at(-1)
    if (run?.last === n - 1) runs[runs.length - 1] = { first: run.first, last: n, chain }
    else runs.push({ first: n, last: n, chain })
  }
  return runs
}

/** Adds a gap, joined with those beside it. */
const addGap = (run: Dropping, gap: Omit<Gap, "mark">, digest: Prunable["digest"]): void => {
  const before = run.gapEndingAt.get(gap.first - 1)
  const after = run.gapFrom.get(gap.last + 1)
  for (const beside of [before, after]) { if (beside !== undefined) run.dropGap.run(beside.first) }
  const joined = {
    first: before?.first ?? gap.first,
    last: after?.last ?? gap.last,
    chain: after?.chain ?? gap.chain
  }
  run.addGap.run({ ...joined, mark: digest(gapText(joined)) })
}

const dropBatch = ({ book, digest }: Prunable, run: Dropping, n: number, { at, draft }: Recorded): void => {
  const runs = runsOf(run.links.all(n))
  run.keepContent.run(at, n, n)
  run.entries.run(n)
  for (const gap of runs) addGap(run, gap, digest)
  const batch = run.batchAt.get(n)
  keepRecord(book, at, batch === undefined ? draft : { ...draft, batch })
}

/** Records versions that go; that they are gone is what keeps the records of them true. */
const recordVersions = (
  { book, db }: Prunable,
  versions: ReadonlyArray<DoomedVersion>,
  { at, draft }: Recorded
): void => {
  const addressAt = db.prepare<[number], Address>("select address from version where n = ?").pluck()
  const touched = versions.flatMap(({ id, n }): ReadonlyArray<Touched> => {
    const address = addressAt.get(n)
    return address === undefined ? [] : [{ address, did: "prune", version: id }]
  })
  if (touched.length > 0) keepRecord(book, at, draft, touched)
}

/** Does work in one transaction that is refused unless the lease holds. */
export const underLease = <A>(prunable: Prunable, lease: Lease, work: () => A): Effect.Effect<A, StateError> =>
  inState(prunable, () => {
    prunable.assertFile()
    return prunable.db.transaction(() => {
      const held = prunable.db.prepare<[], Lease>("select epoch, owner from lease").get()
      if (held?.epoch !== lease.epoch || held.owner !== lease.owner) throw fencedOff(lease)
      return work()
    }).immediate()
  })

const versionsAtOnce = 256

const portionsOf = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from(
    { length: Math.ceil(items.length / versionsAtOnce) },
    (_, index) => items.slice(index * versionsAtOnce, (index + 1) * versionsAtOnce)
  )

/** Tells what would go, without writing. */
export const prunable = Effect.fn("Upkeep.prunable")(function*(state: Prunable, pruning: Pruning) {
  return summed(yield* choose(state, pruning, Number.MAX_SAFE_INTEGER))
})

/** What is taken, what went so far, and how that is recorded. */
interface Taking {
  readonly chosen: Choice
  readonly gone: Choice
  readonly isLate: Effect.Effect<boolean>
  readonly recorded: Recorded
}

/** Takes versions with their contents, a portion at a time; tells whether it came to the end. */
const takeVersions = Effect.fnUntraced(function*(
  state: Prunable,
  lease: Lease,
  { chosen, gone, isLate, recorded }: Taking
) {
  const drop = yield* inState(state, () => droppingVersions(state.db, chosen.versions))
  const dropLoose = yield* inState(state, () => droppingLoose(state.db))
  const take = (portion: ReadonlyArray<DoomedVersion>, last: number) =>
    underLease(state, lease, () => {
      recordVersions(state, portion, recorded)
      drop(portion)
      return dropLoose(last)
    })
  for (const portion of portionsOf(chosen.versions)) {
    if (yield* isLate) return false
    gone.loose += yield* take(portion, portion.at(-1)?.n ?? 0)
    gone.versions.push(...portion)
  }
  gone.loose += yield* take([], Number.MAX_SAFE_INTEGER)
  return true
})

/** Lets go of what may go, within the time. */
export const prune = Effect.fn("Upkeep.prune")(function*(state: Prunable, lease: Lease, pruning: Pruning) {
  const now = yield* Clock.currentTimeMillis
  const deadline = now + pruning.budgetMs
  const chosen = yield* choose(state, pruning, deadline)
  const run = yield* inState(state, () => dropping(state.db))
  const gone: Choice = { versions: [], loose: 0, batches: [], whole: chosen.whole }
  const versions = yield* state.draft({ kind: "prune", outcome: "versions" })
  const journals = yield* state.draft({ kind: "prune", outcome: "journal" })
  const isLate = Effect.map(Clock.currentTimeMillis, (at) => at > deadline)
  const taking = { chosen, gone, isLate, recorded: { at: now, draft: versions } }
  if (chosen.versions.length + chosen.loose > 0 && !(yield* takeVersions(state, lease, taking))) {
    return summed({ ...gone, whole: false })
  }
  for (const batch of chosen.batches) {
    if (yield* isLate) return summed({ ...gone, whole: false })
    yield* underLease(state, lease, () => dropBatch(state, run, batch.n, { at: now, draft: journals }))
    gone.batches.push(batch)
  }
  return summed(gone)
})

/** Free pages below this are left for rows to come; bytes. */
const freeBytesMin = 1024 * 1024

/** Gives free pages back to the file system where they are a quarter of the file; answers the bytes. */
export const compact = (state: Prunable): Effect.Effect<number, StateError> =>
  inState(state, () => {
    const { db } = state
    const of = (name: string): number => Number(db.pragma(name, { simple: true }))
    const free = of("freelist_count") * of("page_size")
    if (free < freeBytesMin || of("freelist_count") * 4 < of("page_count")) return 0
    db.exec("vacuum")
    db.pragma("wal_checkpoint(truncate)")
    return free
  })
