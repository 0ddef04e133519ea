/**
 * Journal and Versions over a store and its writer: ports in, jobs and rows out.
 *
 * Opening a batch takes two commits, with the counter beside the state forced to disk between them, so that a state
 * restored from an older copy is always behind that counter (see Restored).
 */
import { Clock, Effect } from "effect"
import type { BatchSummary } from "../../domain/Batch.ts"
import type { Json } from "../../domain/Document.ts"
import type { Ended, EntryBody, Leased, Opened } from "../../domain/Entry.ts"
import type { BatchId } from "../../domain/Ids.ts"
import type { Author, HeadChange } from "../../domain/Version.ts"
import type { Journal, Versions } from "../Journal.ts"
import type { Lease } from "../Leases.ts"
import type { Sealer } from "../Sealer.ts"
import type { StateError } from "../StateError.ts"
import { type Job, justAppend, oneByOne, type Work } from "./Job.ts"
import { headDraftOf } from "./Lineage.ts"
import { roughSize, type StoredBody, storedOpened, withSteps, withWholePlan } from "./Planned.ts"
import { reading } from "./Reading.ts"
import { alreadyThere } from "./Refusal.ts"
import { refuseRestored } from "./Restored.ts"
import { draftOf, entryOf, gapText, type Row } from "./Row.ts"
import { verify } from "./Verifying.ts"
import { submit, submitRide, type Writer } from "./Writer.ts"

/** Who a job is of. */
interface Under {
  readonly batch: BatchId
  readonly lease: Lease
}

/** Where jobs that belong to no batch say so. */
const noBatch = "none" as BatchId

/** The least that is set aside for recording compensations; bytes. */
const reserveBytesMin = 4 * 1024 * 1024

const jobOf = ({ batch, lease }: Under, what: Pick<Job, "rows" | "size" | "work">): Effect.Effect<Job> =>
  Effect.map(Clock.currentTimeMillis, (at) => ({ batch, lease, at, ...what }))

const appending = (bodies: ReadonlyArray<EntryBody>): Pick<Job, "rows" | "size" | "work"> => {
  const rows = bodies.map(draftOf)
  return { rows, size: rows.reduce((sum, { body }) => sum + body.length, 0), work: justAppend }
}

const append = (writer: Writer, under: Under, bodies: ReadonlyArray<EntryBody>) =>
  Effect.flatMap(jobOf(under, appending(bodies)), (job) => submit(writer, job))

const ride = (writer: Writer, under: Under, bodies: ReadonlyArray<EntryBody>) =>
  Effect.flatMap(jobOf(under, appending(bodies)), (job) => submitRide(writer, job))

/** What changes of heads store, made as it is written: what is declared and observed, and a version. */
const changing = (heads: ReadonlyArray<HeadChange>) => ({
  heads: oneByOne(heads, headDraftOf),
  size: heads.reduce((sum, change) => sum + (change._tag === "drop" ? 0 : roughSize(change.head.observed)), 0) * 3
})

const summaryOf = (batch: BatchId, opened: Opened, openedAt: number): BatchSummary => ({
  id: batch,
  planHash: opened.plan.hash,
  actor: opened.actor,
  openedAt,
  steps: opened.plan.steps.length,
  ...(opened.batchKey === undefined ? {} : { batchKey: opened.batchKey }),
  ...(opened.reason === undefined ? {} : { reason: opened.reason })
})

const refuseKnownKey = (writer: Writer, { batchKey }: Opened): Effect.Effect<void, StateError> =>
  Effect.flatMap(
    reading("open", () => batchKey === undefined ? undefined : writer.store.byKey(batchKey)),
    (known) => known === undefined ? Effect.void : Effect.fail(alreadyThere(known))
  )

const open = Effect.fn("Journal.open")(function*(writer: Writer, under: Under, opened: Opened, leased: Leased) {
  const { store } = writer
  yield* refuseKnownKey(writer, opened)
  const bodies: ReadonlyArray<StoredBody> = [...storedOpened(opened), leased]
  const size = roughSize(opened as unknown as Json)
  const job = yield* jobOf(under, { rows: oneByOne(bodies, draftOf), size, work: justAppend })
  const bytes = Math.max(reserveBytesMin, 2 * size)
  const generation = yield* reading("open", () => {
    refuseRestored(store)
    store.reserve(bytes)
    return store.generation() + 1
  })
  yield* submit(writer, { ...job, rows: [], work: { _tag: "generation", to: generation } })
  yield* reading("open", () => store.keepGeneration(generation))
  yield* submit(writer, { ...job, work: { _tag: "open", summary: summaryOf(under.batch, opened, job.at) } })
})

const end = Effect.fn("Journal.end")(function*(
  writer: Writer,
  under: Under,
  ended: Ended,
  heads: ReadonlyArray<HeadChange>
) {
  const { heads: drafts, size } = changing(heads)
  const work: Work = { _tag: "end", as: ended.as, heads: drafts }
  yield* submit(writer, yield* jobOf(under, { rows: [draftOf(ended)], size, work }))
})

const openedOf = (row: Row | undefined): Opened | undefined => {
  const body = row === undefined ? undefined : entryOf(row).body
  return body?._tag === "opened" ? body : undefined
}

/** The Journal of a writer's store. */
export const journalOver = (writer: Writer, { digest }: Pick<Sealer["Service"], "digest">): Journal["Service"] => {
  const { store } = writer
  return {
    open: (batch, lease, opened, leased) => open(writer, { batch, lease }, opened, leased),
    append: (batch, lease, bodies) => append(writer, { batch, lease }, bodies),
    ride: (batch, lease, bodies) => ride(writer, { batch, lease }, bodies),
    end: (batch, lease, ended, heads) => end(writer, { batch, lease }, ended, heads),
    entries: (batch) => reading("entries", () => withWholePlan(store.rows(batch, entryOf))),
    toFold: (batch) => reading("toFold", () => withSteps(store.rows(batch, entryOf, "shown"))),
    opened: (batch) => reading("opened", () => openedOf(store.first(batch))),
    batches: reading("batches", () => store.batches("all")),
    unfinished: reading("unfinished", () => store.batches("unfinished")),
    byKey: (batchKey) => reading("byKey", () => store.byKey(batchKey)),
    wish: (batch) => reading("wish", () => store.wish(batch)),
    ask: (batch, wish) => reading("ask", () => store.ask(batch, wish)),
    control: (batch) =>
      reading("control", () => {
        const row = store.newest(batch, "control")
        return row === undefined ? undefined : withWholePlan([entryOf(row)])[0]
      }),
    used: (planHash) => reading("used", () => store.used(planHash)),
    verify: verify(store, (gap) => gap.mark === digest(gapText(gap))),
    generation: reading("generation", () => store.generation())
  }
}

const write = Effect.fn("Versions.write")(function*(
  writer: Writer,
  lease: Lease,
  by: Author,
  heads: ReadonlyArray<HeadChange>
) {
  const { heads: drafts, size } = changing(heads)
  const work: Work = { _tag: "heads", by, heads: drafts }
  yield* submit(writer, yield* jobOf({ batch: noBatch, lease }, { rows: [], size, work }))
})

/** Who and why, as it may be kept. */
const authorOf = ({ actor, reason }: Author, redact: (text: string) => string): Author => ({
  actor: redact(actor),
  ...(reason === undefined ? {} : { reason: redact(reason) })
})

const pinning = Effect.fn("Versions.pinning")(function*(writer: Writer, lease: Lease, work: Work) {
  yield* submit(writer, yield* jobOf({ batch: noBatch, lease }, { rows: [], size: 0, work }))
})

/** The Versions of a writer's store. */
export const versionsOver = (writer: Writer, { redact }: Pick<Sealer["Service"], "redact">): Versions["Service"] => ({
  heads: reading("heads", () => writer.store.heads()),
  count: reading("count", () => writer.store.headCount()),
  addresses: reading("addresses", () => writer.store.addresses()),
  lineage: (address) => reading("lineage", () => writer.store.lineage(address)),
  write: (lease, by, heads) => write(writer, lease, authorOf(by, redact), heads),
  pin: (lease, by, version) => pinning(writer, lease, { _tag: "pin", by: authorOf(by, redact), version }),
  unpin: (lease, by, version) => pinning(writer, lease, { _tag: "unpin", by: authorOf(by, redact), version })
})
