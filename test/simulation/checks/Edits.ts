/**
 * Invariant 8: nobody else's edit that we could see is overwritten, unless somebody said so.
 *
 * What we could see depends on the API: with a guard everything, else what our last reading of the resource before the
 * intent showed.
 */
import type { Document, Json } from "../../../src/domain/Document.ts"
import type { LogEntry } from "../../../src/providers/memory/World.ts"
import { type BatchLines, type Check, choicesOf, type Ledger, type Line, stepOf, type Violation } from "../Ledger.ts"
import type { KindDraft } from "../Scenario.ts"
import { documentIn, type Sent } from "../Trial.ts"
import { changedBy, differences, fieldOf, idOf, sentOf } from "./Fields.ts"
import { intentOf } from "./Wire.ts"

interface Known {
  readonly document: Document | undefined
  /** Strangers' edits that stand, by field. */
  readonly edits: ReadonlyMap<string, LogEntry>
  /** What each field held before the first of them. */
  readonly before: Document | undefined
}

const unknown: Known = { document: undefined, edits: new Map(), before: undefined }

const baseOf = (field: string): string => field.split("/")[0] ?? ""

/** The fields that a request of ours wrote, whether or not they held the same already. */
const writtenBy = ({ request }: LogEntry, changed: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set([...changed.map(baseOf), ...Object.keys(Object(request?.body))])

/**
 * What is known of a resource after one more change. What was deleted and made again as it was counts as never gone,
 * and an edit that was taken back as never made. An edit of a field that we wrote after it is over: where both made it
 * the same, nobody can tell whose it is. So is one of what we deleted: what was there before is what we put back.
 */
const noted = ({ before, document, edits }: Known, change: LogEntry, kind: KindDraft | undefined): Known => {
  if (change.by === "provider" && change.effect === "deleted") return unknown
  const next = change.after?.document ?? document
  const fields = differences(document, next)
  if (change.by === "provider") {
    const written = writtenBy(change, fields)
    // Where a write replaces the whole, what it leaves out is written as well.
    const isWhole = kind?.updates === "replace" && change.arrival.operation === "update"
    const left = isWhole ? [] : [...edits].filter(([field]) => !written.has(baseOf(field)))
    // What such an edit takes back is what was there before it, whatever we wrote elsewhere meanwhile.
    const unedited = left.map(([field]): [string, Json] => [baseOf(field), before?.[baseOf(field)] ?? null])
    return { document: next, before: next && { ...next, ...Object.fromEntries(unedited) }, edits: new Map(left) }
  }
  const all = new Map([...edits, ...fields.map((field) => [field, change] as const)])
  const stands = ([field]: readonly [string, LogEntry]): boolean => fieldOf(before, field) !== fieldOf(next, field)
  return { document: next, before, edits: new Map([...all].filter(stands)) }
}

/** Whether the resource of a step was read, and what it showed was written down, before an edit of it. */
const wasRead = ({ record }: Ledger, ofStep: ReadonlyArray<Line>, since: number, edit: LogEntry): boolean =>
  ofStep.some((line) => {
    if (line.kind !== "resolved" || line.n <= since) return false
    const writer = record.written.find(({ rows, what }) => what === "commit" && rows >= line.n)?.process
    return record.reads.some(({ id, kind, logged, process, rows }) =>
      process === writer && kind === edit.arrival.kind && id === idOf(edit) && logged < edit.seq && rows >= since &&
      rows < line.n
    )
  })

/** Whether the call before one of a create was only taken (202): such an answer tells no guard. */
const isAfterTaken = ({ lines }: BatchLines, { n, step }: Line): boolean =>
  lines.findLast((line) => line.step === step && line.n < n && line.kind === "outcome")?.body.status === 202

/**
 * Between two calls of a create the guard of the first one's answer is all there is to go by; and what was created
 * and never read back holds whatever its server made of it, as far as anybody knows.
 */
const isUntold = (ledger: Ledger, batch: BatchLines, line: Line, { edit, field }: Lost): boolean => {
  const { lines } = batch
  const isBare = ledger.record.kinds.get(edit.arrival.kind)?.answers === "bare"
  if (line.body.operation === "create") return (line.body.call ?? 1) > 1 && (isBare || isAfterTaken(batch, line))
  const ofStep = lines.filter(({ n, step }) => step === line.step && n < line.n)
  const created = ofStep.findLast(({ body }, at) =>
    body.operation === "create" &&
    !ofStep.slice(at + 1).some(({ body: later }) =>
      later.call === body.call && later.direction !== "back" &&
      (later.verdict === "not-applied" || later.result === "refused")
    )
  )
  if (created === undefined || line.body.operation !== "delete") return false
  const isKnown = ofStep.some(({ body, n }) => n > created.n && body.after !== undefined)
  return !isKnown && !wasRead(ledger, ofStep, created.n, edit) &&
    created.body.expected?.[baseOf(field)] === undefined
}

interface Lost {
  readonly field: string
  readonly edit: LogEntry
}

/** Whether a create said nothing of a field, so that a server may have added it as well. */
const isAdded = ({ lines }: BatchLines, line: Line, field: string): boolean => {
  const created = lines.findLast(({ body, n, step }) => step === line.step && n < line.n && body.operation === "create")
  return created !== undefined && created.body.expected?.[baseOf(field)] === undefined
}

/** Whether the request before an answer said nothing of a field. */
const isUnsaid = ({ lines }: BatchLines, answer: Line, field: string): boolean => {
  const asked = lines.findLast(({ kind, n, step }) => kind === "intended" && step === answer.step && n < answer.n)?.body
  if (asked?.operation === "create") return (asked.call ?? 1) > 1 && asked.expected?.[baseOf(field)] === undefined
  return asked?.operation === "update" && fieldOf(asked.before, field) === fieldOf(asked.expected, field)
}

/**
 * Whether the answer to a write that no guard protects shows an edit as if the write had made it: one of a field that
 * nothing was said of, made since our last reading.
 */
const isInAnswer = ({ record }: Ledger, batch: BatchLines, answer: Line, { edit, field }: Lost): boolean =>
  record.kinds.get(edit.arrival.kind)?.guard === "none" && isUnsaid(batch, answer, field) &&
  fieldOf(answer.body.after, field) === fieldOf(edit.after?.document, field)

/** Whether an outcome took the value of an edit for what the server made of the write: made again, it is no other. */
const isTakenFor = ({ body, kind }: Line, { edit, field }: Lost): boolean =>
  kind === "outcome" && body.diverged !== undefined &&
  fieldOf(body.after, field) === fieldOf(edit.after?.document, field)

/**
 * An edit between our write and our reading of it cannot be told from what the server made of the write, unless the
 * answer itself had said what is there.
 */
const looksLikeOurs = (ledger: Ledger, batch: BatchLines, line: Line, { edit, field }: Lost): boolean => {
  const { record } = ledger
  return batch.lines.some((earlier) => {
    const { body, kind, n, step } = earlier
    if (step !== line.step || n >= line.n) return false
    if (isTakenFor(earlier, { edit, field })) return true
    if ((record.rowsLogged[n - 1] ?? 0) < edit.seq) return false
    if (kind === "resolved" && body.verdict === "applied") return isAdded(batch, line, field)
    if (kind !== "outcome" || body.result !== "applied") return false
    if (isInAnswer(ledger, batch, earlier, { edit, field })) return true
    return body.diverged !== undefined || record.kinds.get(edit.arrival.kind)?.answers === "bare"
  })
}

const isSealed = (value: Json | undefined): boolean =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "$sealed")

/**
 * What somebody made exactly as our create asked for it, marker and all where there is one, cannot be told from what
 * that create made by searching; a key is asked only where searching does not tell. So it is with what somebody brought
 * to exactly what a call of ours asked for, whose answer was lost.
 */
const isMadeAsOurs = ({ lines }: BatchLines, line: Line, edit: LogEntry): boolean => {
  const made = edit.after?.document
  if (made === undefined) return false
  const earlier = lines.filter(({ n, step }) => step === line.step && n < line.n)
  return earlier.some(({ body, n }) => {
    // Of what was made, a server may have added what the call did not say.
    const mayBeAdded = (field: string): boolean =>
      edit.effect === "created" && body.expected?.[baseOf(field)] === undefined
    const isAsSent = body.expected !== undefined &&
      differences(body.expected, made).every((field) => isSealed(body.expected?.[field]) || mayBeAdded(field))
    const settled = earlier.find((later) =>
      later.n > n && (later.kind === "resolved" || (later.kind === "outcome" && later.body.result !== "ambiguous"))
    )
    return isAsSent && (edit.effect === "created" ? body.operation === "create" : settled?.body.verdict === "applied")
  })
}

/** How the calls of a step found its resource that were then read as not applied. */
const foundBefore = ({ lines }: BatchLines, line: Line): ReadonlyArray<Document> =>
  lines.filter(({ kind, n, step }) => kind === "intended" && step === line.step && n < line.n).flatMap(
    ({ body, n }) => {
      const settled = lines.find((later) => later.kind === "resolved" && later.step === line.step && later.n > n)
      return body.before !== undefined && settled?.body.verdict === "not-applied" ? [body.before] : []
    }
  )

/**
 * Whether a field is as it was when the batch began, so that its plan rests on that, or as a call found it whose answer
 * was lost: a document as before is not applied (protocol, 5), whoever made it so.
 */
const isAsFound = (batch: BatchLines, line: Line, { edit, field }: Lost, now: Document | undefined): boolean => {
  const { opening } = batch
  const atOpening = opening === undefined ? undefined : documentIn(opening.picture, edit.arrival.kind, idOf(edit))
  const planned = stepOf(batch, line.step)?.before
  return line.kind === "intended" &&
    [atOpening, planned, ...foundBefore(batch, line)].some((document) =>
      document !== undefined && fieldOf(document, field) === fieldOf(now, field)
    )
}

const isForced = (batch: BatchLines, line: Line): boolean =>
  stepOf(batch, line.step)?.conflict === "force" || choicesOf(batch, line.step).includes("force")

/** Whether the process had read the resource, before it announced its write, when the edit was there. */
const couldSee = ({ record }: Ledger, sent: Sent, line: Line, edit: LogEntry): boolean =>
  record.reads.some(({ id, kind, logged, process, rows }) =>
    process === sent.process && kind === sent.sending.kind && id === idOf(edit) && logged >= edit.seq && rows < line.n
  )

/** 8: others' edits are kept. */
export const editsAreKept: Check = (ledger) => {
  const { changes, intents, record } = ledger
  const batches = new Map(ledger.batches.map((batch) => [batch.id, batch]))
  const resources = new Map<string, Known>()
  return changes.flatMap((change): ReadonlyArray<Violation> => {
    const resource = `${change.arrival.kind}/${idOf(change)}`
    const known = resources.get(resource) ?? unknown
    resources.set(resource, noted(known, change, record.kinds.get(change.arrival.kind)))
    const before = known.edits
    if (change.by !== "provider" || change.effect === "created") return []
    const sent = sentOf(ledger, change)
    const line = sent === undefined ? intents.get(change.idempotencyKey ?? "")?.at(-1) : intentOf(ledger, sent)
    const batch = batches.get(line?.batch ?? "")
    if (line === undefined || batch === undefined || isForced(batch, line)) return []
    // A conditional write that went through was told of no edit since the reading that it rests on, unless somebody
    // made the resource again since and its versions have come to where they were.
    const isTold = record.kinds.get(change.arrival.kind)?.guard !== "none" &&
      sent?.sending.call.precondition === undefined
    const lost = changedBy(change).find((field) => {
      const edit = before.get(field)
      if (edit === undefined || edit.by !== "stranger" || edit.seq <= (batch.opening?.logged ?? 0)) return false
      if (looksLikeOurs(ledger, batch, line, { edit, field }) || isUntold(ledger, batch, line, { edit, field }))
        return false
      if (isMadeAsOurs(batch, line, edit) || isAsFound(batch, line, { edit, field }, known.document)) return false
      return isTold || (sent !== undefined && couldSee(ledger, sent, line, edit))
    })
    return lost === undefined ? [] : [{
      invariant: "8 others' edits",
      evidence:
        `log ${change.seq}: ${line.batch} ${line.kind} ${line.step} ${change.effect} over a stranger's ${lost} (log ${
          before.get(lost)?.seq
        })`
    }]
  })
}
