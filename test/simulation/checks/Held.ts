/**
 * Invariants 9, 12 and 13 where people interfere: who only looks changes nothing, what is paused stands still, a lease
 * that was broken writes no more, and bounds of time and repetition are kept.
 */
import { type BatchLines, type Check, isIntent, type Ledger, type Line, type Violation } from "../Ledger.ts"
import type { Actor } from "../Trial.ts"
import { intentOf } from "./Wire.ts"

/** 12: a rehearsal, and whoever works with an older copy of the state, sends and writes nothing. */
export const onlookersChangeNothing: Check = ({ record }) =>
  record.actors.filter(({ act }) => act.verb === "rehearse" || act.older === true).flatMap(({ act, number }) => {
    const sent = record.sent.filter(({ process }) => process === number).length
    const written = record.written.filter(({ process }) => process === number).map(({ what }) => what)
    const told = record.told.find(({ process }) => process === number)
    const isRefused = act.older !== true || told === undefined || told.error?.includes("Restored") === true
    return [
      ...(sent + written.length === 0 ? [] : [`p${number}, an onlooker, sent ${sent} and wrote ${written.join()}`]),
      ...(isRefused ? [] : [`p${number} took an older state for the newest: ${told.text}`])
    ].map((evidence): Violation => ({ invariant: "12 verdicts", evidence }))
  })

const isControl = ({ body, kind }: Line, ...what: ReadonlyArray<string>): boolean =>
  kind === "control" && what.includes(body.what ?? "")

/** From a pause to whatever ended it: somebody let it go on, or another process took over. */
const pausesOf = ({ lines }: BatchLines): ReadonlyArray<readonly [Line, Line | undefined]> =>
  lines.filter((line) => isControl(line, "pause")).map((
    line
  ) => [
    line,
    lines.find((later) => later.n > line.n && (isControl(later, "resume", "cancel") || later.kind === "leased"))
  ])

/** 13: what says that it is paused sends nothing until somebody lets it go on. */
export const pausesHold: Check = (ledger) =>
  ledger.batches.flatMap((batch) =>
    pausesOf(batch).flatMap(([from, to]) => {
      const until = to?.n ?? Infinity
      const sent = ledger.record.sent.find((one) =>
        one.durable >= from.n && one.durable < until && intentOf(ledger, one)?.batch === batch.id
      )
      return sent === undefined ? [] : [{
        invariant: "13 reports",
        evidence: `${batch.id} was paused at ${from.seq}, and p${sent.process} sent ${sent.sending.call.operation}`
      }]
    })
  )

/** 9: whose lease was broken writes nothing any more. */
export const brokenLeasesAreOver: Check = ({ lines, record }) =>
  record.broken.flatMap(({ epoch, rows }) => {
    const late = lines.find((line) => line.n > rows && line.epoch <= epoch)
    return late === undefined
      ? []
      : [{ invariant: "9 epochs", evidence: `${late.batch} ${late.seq} of epoch ${epoch}, whose lease was broken` }]
  })

/** A step that began after it was over with beginning, by the clock of its own process. */
const begunLate = ({ lines }: BatchLines): Line | undefined => {
  const over = lines.find((line) => isControl(line, "deadline", "cancel"))
  if (over === undefined) return undefined
  return lines.find((line) =>
    line.kind === "intended" && line.epoch === over.epoch && (line.body.capturedAt ?? 0) > over.at &&
    lines.find(({ kind, step }) => kind === "intended" && step === line.step) === line
  )
}

interface Repeated {
  readonly kind: string
  readonly n: number
}

/**
 * How often a process may have asked, under the key of an intent, what came of it: each time that is settled, and once
 * more where the process did not come to write it down.
 */
const questionsAfter = ({ lines, record }: Ledger, process: number, { kind, n }: Repeated): number => {
  if (record.kinds.get(kind)?.keyTtlMs === undefined) return 0
  const intent = lines.find((line) => line.n === n)
  const settled = lines.filter(({ body, epoch, kind: what, n: at, step }) =>
    what === "resolved" && at > n && epoch === intent?.epoch && step === intent.step &&
    body.direction === "forward" && body.call === intent.body.call
  )
  const isWhole = record.told.some((one) => one.process === process && one.error === undefined)
  return settled.length + (isWhole ? 0 : 1)
}

const repeatsOf = (ledger: Ledger, { number }: Actor): ReadonlyMap<string, number> => {
  const sends = new Map<number, { readonly batch: string; readonly kind: string; count: number }>()
  for (const sent of ledger.record.sent) {
    const intent = sent.process === number && sent.during === "forward" ? intentOf(ledger, sent) : undefined
    if (intent === undefined || !isIntent(intent)) continue
    const known = sends.get(intent.n) ?? { batch: intent.batch, kind: sent.sending.kind, count: 0 }
    sends.set(intent.n, { ...known, count: known.count + 1 })
  }
  const repeats = new Map<string, number>()
  for (const [n, { batch, count, kind }] of sends) {
    const extra = Math.max(0, count - 1 - questionsAfter(ledger, number, { kind, n }))
    repeats.set(batch, (repeats.get(batch) ?? 0) + extra)
  }
  return repeats
}

/** 16: deadlines and budgets are kept, so that a batch comes to its end. */
export const boundsAreKept: Check = (ledger) => {
  const { batches, record } = ledger
  const jumps = record.scenario.acts.some(({ troubles }) => troubles.some(({ act }) => act === "clock"))
  const late = jumps ? [] : batches.flatMap((batch) => {
    const line = begunLate(batch)
    return line === undefined ? [] : [`${batch.id} began ${line.step} when it was over with beginning`]
  })
  const spent = record.actors.flatMap((actor) =>
    [...repeatsOf(ledger, actor)].flatMap(([id, repeats]) => {
      const budget = batches.find((batch) => batch.id === id)?.lines[0]?.body.policies?.retryBudget ?? Infinity
      return repeats > budget ? [`p${actor.number} repeated ${repeats} requests of ${id}, not ${budget}`] : []
    })
  )
  return [...late, ...spent].map((evidence) => ({ invariant: "16 ends", evidence }))
}
