/**
 * Invariants 2, 3, 7 and 11: what reached the wire, against what was durable when it left.
 */
import type { LogEntry } from "../../../src/providers/memory/World.ts"
import { type BatchLines, type Check, type Ledger, type Line, type Violation } from "../Ledger.ts"
import type { Sent } from "../Trial.ts"
import { changedBy } from "./Fields.ts"

const told = ({ at, process, sending: { call, id, kind } }: Sent): string =>
  `p${process} at ${at % 1e9}: ${call.operation} ${kind} ${id ?? ""} ${JSON.stringify(call.body ?? null)}`

/** The newest durable intent of a request. */
export const intentOf = ({ intents }: Ledger, { durable, sending }: Sent): Line | undefined =>
  (intents.get(sending.idempotencyKey) ?? []).findLast(({ body, n }) =>
    n <= durable && body.operation === sending.call.operation && body.remoteId === sending.id
  )

/** 2: no write whose intent is not durable, and no other bytes under an intent than the first. */
export const writesAreAnnounced: Check = (ledger) => {
  const bytes = new Map<number, string>()
  return ledger.record.sent.flatMap((sent): ReadonlyArray<Violation> => {
    const intent = intentOf(ledger, sent)
    if (intent === undefined) return [{ invariant: "2 announced", evidence: `no durable intent for ${told(sent)}` }]
    const text = JSON.stringify([sent.sending.call, sent.sending.id])
    const first = bytes.get(intent.n)
    bytes.set(intent.n, first ?? text)
    return first === undefined || first === text
      ? []
      : [{
        invariant: "2 announced",
        evidence: `other bytes under intent ${intent.seq}: ${told(sent)}; first ${first}`
      }]
  })
}

const isDurable = (batch: BatchLines | undefined, sent: Sent, holds: (line: Line) => boolean): boolean =>
  batch?.lines.some((line) => line.n <= sent.durable && holds(line)) ?? false

/** 7: after `decided back` nothing goes forward but the repetition of a keyed request that learns its id. */
export const oneDirection: Check = (ledger) => {
  const batches = new Map(ledger.batches.map((batch) => [batch.id, batch]))
  return ledger.record.sent.flatMap((sent): ReadonlyArray<Violation> => {
    const intent = intentOf(ledger, sent)
    const batch = batches.get(intent?.batch ?? "")
    const back = isDurable(batch, sent, ({ body, kind }) => kind === "decided" && body.to === "back")
    const over = isDurable(batch, sent, ({ kind }) => kind === "ended")
    if (over) return [{ invariant: "7 one direction", evidence: `sent after the end: ${told(sent)}` }]
    if (intent?.kind !== "intended" || !back) return []
    const keyed = ledger.record.kinds.get(sent.sending.kind)?.keyTtlMs !== undefined
    return keyed && sent.sending.call.learnsId
      ? []
      : [{ invariant: "7 one direction", evidence: `forward after decided back: ${told(sent)}` }]
  })
}

/** 4 of the ten rules: a request without an answer is not simply sent again. */
export const noBlindRepeats: Check = (ledger) => {
  const { record } = ledger
  const last = new Map<number, Sent>()
  return record.sent.flatMap((sent): ReadonlyArray<Violation> => {
    const intent = intentOf(ledger, sent)
    if (intent === undefined) return []
    const before = last.get(intent.n)
    last.set(intent.n, sent)
    if (before === undefined || record.kinds.get(sent.sending.kind)?.keyTtlMs !== undefined) return []
    // What lands late was sent and settled earlier.
    const lost = record.world.log.slice(before.logged, sent.logged).some(({ idempotencyKey, lateMs, told: answer }) =>
      idempotencyKey === sent.sending.idempotencyKey && answer === "Ambiguous" && lateMs === undefined
    )
    return lost ? [{ invariant: "3 applied once", evidence: `a blind repeat: ${told(sent)}` }] : []
  })
}

/** How often a step was found, before a line, not to hold what it had written: what it writes then is another write. */
const begunAnew = ({ lines }: Ledger, { batch, n, step }: Line): number =>
  lines.filter((line) =>
    line.batch === batch && line.step === step && line.n < n && line.kind === "outcome" &&
    line.body.diverged !== undefined
  ).length

/** Which call of which step made a change, and in which round. */
const callOf = (ledger: Ledger, { idempotencyKey }: LogEntry): string | undefined => {
  const line = ledger.intents.get(idempotencyKey ?? "")?.at(-1)
  return line === undefined
    ? undefined
    : `${line.batch} ${line.step} ${line.kind} ${line.body.operation} ${line.body.call} round ${
      begunAnew(ledger, line)
    }`
}

/** Several that bear our marker may be there for a while: settling removes all but one. */
const mayDouble = (ledger: Ledger, kind: string): boolean => ledger.record.kinds.get(kind)?.marker === true

/** 3: at most one effective application and one effective undo per call. */
export const appliedOnce: Check = (ledger) => {
  const found: Array<Violation> = []
  const made = new Map<string, Set<string>>()
  const updated = new Map<string, Set<string>>()
  const lastWriter = new Map<string, string>()
  for (const change of ledger.changes) {
    const { arrival, effect, seq } = change
    const id = change.after?.id ?? change.before?.id ?? ""
    const resource = `${arrival.kind}/${id}`
    // What is made under that id again is another one.
    if (effect === "deleted") {
      for (const ids of made.values()) ids.delete(resource)
      updated.delete(resource)
    }
    const call = change.by === "provider" ? callOf(ledger, change) : undefined
    if (call !== undefined && effect === "created") {
      const ids = made.get(call) ?? new Set()
      made.set(call, ids.add(resource))
      if (ids.size > 1 && !mayDouble(ledger, arrival.kind)) {
        found.push({ invariant: "3 applied once", evidence: `log ${seq}: ${call} made ${[...ids].join(" and ")}` })
      }
    }
    if (call !== undefined && effect === "updated" && changedBy(change).length > 0) {
      const calls = updated.get(resource) ?? new Set()
      const again = calls.has(call)
      updated.set(resource, calls.add(call))
      if (again && lastWriter.get(resource) !== "stranger") {
        found.push({ invariant: "3 applied once", evidence: `log ${seq}: ${call} took effect twice on ${resource}` })
      }
    }
    lastWriter.set(resource, change.by)
  }
  return found
}

/** 11: a recovery that finds nothing unfinished sends nothing. */
export const idleRecoveriesAreSilent: Check = ({ record }) =>
  record.told.flatMap(({ process, reports, result }) => {
    const sent = record.sent.filter((one) => one.process === process)
    return result === "recovered" && reports.length === 0 && sent.length > 0
      ? [{ invariant: "11 recovery", evidence: `p${process} recovered nothing and sent ${sent.length} requests` }]
      : []
  })
