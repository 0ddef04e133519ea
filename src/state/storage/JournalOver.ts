/**
 * Journal and Versions over a store and its writer: ports in, jobs and rows out.
 *
 * Opening a batch takes two commits, with the counter beside the state forced to disk between them, so that a state
 * restored from an older copy is always behind that counter (see Restored).
 */
import { Clock, Effect } from "effect"
import type { BatchSummary, Wish } from "../../domain/Batch.ts"
import type { Json } from "../../domain/Document.ts"
import type { Ended, EntryBody, Leased, Opened } from "../../domain/Entry.ts"
import type { BatchId } from "../../domain/Ids.ts"
import type { Author, HeadChange } from "../../domain/Version.ts"
import type { Journal, Versions } from "../Journal.ts"
import type { Lease } from "../Leases.ts"
import type { Sealer } from "../Sealer.ts"
import type { StateError } from "../StateError.ts"
import { type Deed, drafted, ofEnded, ofEntries, ofHeads, ofOpened, ofPin } from "./AuditDrafts.ts"
import { type Job, justAppend, oneByOne, type Pinning, type Work } from "./Job.ts"
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

type Redact = Sealer["Service"]["redact"]

/** A writer, and what masks the words of people in what it records. */
interface Writing {
  readonly writer: Writer
  readonly redact: Redact
}

const jobOf = ({ batch, lease }: Under, what: Pick<Job, "rows" | "size" | "work">): Effect.Effect<Job> =>
  Effect.map(Clock.currentTimeMillis, (at) => ({ batch, lease, at, ...what }))

/** The same with what is recorded of it. */
const recording = ({ redact, writer: { store } }: Writing, job: Job, deeds: ReadonlyArray<Deed>) =>
  deeds.length === 0
    ? Effect.succeed(job)
    : Effect.map(
      Effect.forEach(deeds, (deed) => drafted({ store, redact }, deed)),
      (audit): Job => ({ ...job, audit })
    )

const appending = (bodies: ReadonlyArray<EntryBody>): Pick<Job, "rows" | "size" | "work"> => {
  const rows = bodies.map(draftOf)
  return { rows, size: rows.reduce((sum, { body }) => sum + body.length, 0), work: justAppend }
}

const appendJob = (writing: Writing, under: Under, bodies: ReadonlyArray<EntryBody>) =>
  Effect.flatMap(jobOf(under, appending(bodies)), (job) => recording(writing, job, ofEntries(under.batch, bodies)))

const append = (writing: Writing, under: Under, bodies: ReadonlyArray<EntryBody>) =>
  Effect.flatMap(appendJob(writing, under, bodies), (job) => submit(writing.writer, job))

const ride = (writing: Writing, under: Under, bodies: ReadonlyArray<EntryBody>) =>
  Effect.flatMap(appendJob(writing, under, bodies), (job) => submitRide(writing.writer, job))

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

const open = Effect.fn("Journal.open")(function*(writing: Writing, under: Under, opened: Opened, leased: Leased) {
  const { writer } = writing
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
  const work: Work = { _tag: "open", summary: summaryOf(under.batch, opened, job.at) }
  yield* submit(writer, yield* recording(writing, { ...job, work }, [ofOpened(under.batch, opened)]))
})

const end = Effect.fn("Journal.end")(function*(
  writing: Writing,
  under: Under,
  ended: Ended,
  heads: ReadonlyArray<HeadChange>
) {
  const { heads: drafts, size } = changing(heads)
  const work: Work = { _tag: "end", as: ended.as, heads: drafts }
  const job = yield* jobOf(under, { rows: [draftOf(ended)], size, work })
  yield* submit(writing.writer, yield* recording(writing, job, [ofEnded(under.batch, ended)]))
})

const ask = Effect.fn("Journal.ask")(function*({ redact, writer: { store } }: Writing, batch: BatchId, wish: Wish) {
  const deed: Deed = { kind: "control", outcome: "asked", actor: wish.actor, batch, detail: wish.what }
  const draft = yield* drafted({ store, redact }, deed)
  return yield* reading("ask", () => store.ask(batch, wish, draft))
})

const openedOf = (row: Row | undefined): Opened | undefined => {
  const body = row === undefined ? undefined : entryOf(row).body
  return body?._tag === "opened" ? body : undefined
}

/** The Journal of a writer's store. */
export const journalOver = (
  writer: Writer,
  { digest, redact }: Pick<Sealer["Service"], "digest" | "redact">
): Journal["Service"] => {
  const { store } = writer
  const writing: Writing = { writer, redact }
  return {
    open: (batch, lease, opened, leased) => open(writing, { batch, lease }, opened, leased),
    append: (batch, lease, bodies) => append(writing, { batch, lease }, bodies),
    ride: (batch, lease, bodies) => ride(writing, { batch, lease }, bodies),
    end: (batch, lease, ended, heads) => end(writing, { batch, lease }, ended, heads),
    entries: (batch) => reading("entries", () => withWholePlan(store.rows(batch, entryOf))),
    toFold: (batch) => reading("toFold", () => withSteps(store.rows(batch, entryOf, "shown"))),
    opened: (batch) => reading("opened", () => openedOf(store.first(batch))),
    batches: reading("batches", () => store.batches("all")),
    unfinished: reading("unfinished", () => store.batches("unfinished")),
    byKey: (batchKey) => reading("byKey", () => store.byKey(batchKey)),
    wish: (batch) => reading("wish", () => store.wish(batch)),
    ask: (batch, wish) => ask(writing, batch, wish),
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
  writing: Writing,
  lease: Lease,
  by: Author,
  heads: ReadonlyArray<HeadChange>
) {
  const { heads: drafts, size } = changing(heads)
  const work: Work = { _tag: "heads", by, heads: drafts }
  const job = yield* jobOf({ batch: noBatch, lease }, { rows: [], size, work })
  yield* submit(writing.writer, yield* recording(writing, job, [ofHeads(by, heads)]))
})

/** Who and why, as it may be kept. */
const authorOf = ({ actor, reason }: Author, redact: (text: string) => string): Author => ({
  actor: redact(actor),
  ...(reason === undefined ? {} : { reason: redact(reason) })
})

const pinning = Effect.fn("Versions.pinning")(function*(writing: Writing, lease: Lease, work: Pinning) {
  const job = yield* jobOf({ batch: noBatch, lease }, { rows: [], size: 0, work })
  yield* submit(writing.writer, yield* recording(writing, job, [ofPin(work._tag, work.by)]))
})

/** The Versions of a writer's store. */
export const versionsOver = (writer: Writer, { redact }: Pick<Sealer["Service"], "redact">): Versions["Service"] => ({
  heads: reading("heads", () => writer.store.heads()),
  count: reading("count", () => writer.store.headCount()),
  addresses: reading("addresses", () => writer.store.addresses()),
  lineage: (address) => reading("lineage", () => writer.store.lineage(address)),
  write: (lease, by, heads) => write({ writer, redact }, lease, authorOf(by, redact), heads),
  pin: (lease, by, version) => pinning({ writer, redact }, lease, { _tag: "pin", by: authorOf(by, redact), version }),
  unpin: (lease, by, version) =>
    pinning({ writer, redact }, lease, { _tag: "unpin", by: authorOf(by, redact), version })
})
