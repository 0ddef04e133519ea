/**
 * What is told of a batch: names, counts, reasons and commands to paste, as JSON. No document, and nothing that is
 * known as a secret.
 *
 * Reasons may repeat a server's words; whatever was learned as secret is taken out of every text. Members given here
 * stay as they are, and new ones may come (docs/notify.md).
 */
import { DateTime } from "effect"
import { isArray, isObject, type Json, type JsonObject } from "../domain/Document.ts"
import { renderDuration } from "../domain/Duration.ts"
import type { Address } from "../domain/Ids.ts"
import { Limits } from "../domain/Limits.ts"
import type { BatchReport, FailedStep, StuckStep } from "../executor/Report.ts"
import { choiceText } from "./Choosing.ts"
import { exitCodeOfReport, type Failure } from "./Failure.ts"
import type { NotifyWord } from "./NotifyRule.ts"
import type { WatchedBatch } from "./Telemetry.ts"

/** What happened to a batch. */
export interface Happening {
  readonly workspace: string
  readonly watched: WatchedBatch
  /** When this process took the batch on, and when it happened; milliseconds since the epoch. */
  readonly startedAt: number
  readonly at: number
  readonly traceId?: string
  /** Absent while the batch runs, and where it was stopped before it was over. */
  readonly report?: BatchReport
  /** What stopped it before it was over. */
  readonly stopped?: Failure
  readonly waiting: ReadonlyArray<StuckStep>
  /** Steps with a request whose outcome nobody knows. */
  readonly inDoubt: ReadonlyArray<Address>
}

/** Takes secrets out of a text. */
export type Redact = (text: string) => string

/** The names of members are ours, so only texts are looked through. */
const redacted = (value: Json, redact: Redact): Json => {
  if (typeof value === "string") return redact(value)
  if (isArray(value)) return value.map((item) => redacted(item, redact))
  return isObject(value) ? redactedMembers(value, redact) : value
}

const redactedMembers = (members: JsonObject, redact: Redact): JsonObject =>
  Object.fromEntries(Object.entries(members).map(([name, member]) => [name, redacted(member, redact)]))

const iso = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))

const capped = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => items.slice(0, Limits.notifyListMax)

const waitingOf = (batch: string, stuck: StuckStep): JsonObject => ({
  address: stuck.address,
  why: stuck.blocked.why,
  paths: capped(stuck.blocked.paths),
  commands: stuck.blocked.choices.map((choice) => `amends recover ${batch} --choice ${choiceText(stuck, choice)}`)
})

const failedOf = ({ address, failure: { applied, detail, hint, summary } }: FailedStep): JsonObject => ({
  address,
  summary,
  detail,
  hint,
  applied
})

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

const resources = (count: number): string => plural(count, "resource", "resources")

const stuckText = ({ stopped, waiting }: Happening): string => {
  if (stopped !== undefined) return `stopped before it was over: ${stopped.summary}`
  return `is stuck: ${resources(waiting.length)} ${waiting.length === 1 ? "needs" : "need"} a person`
}

const residueText = ({ report }: Happening): string =>
  `failed and was taken back, but ${resources(report?.left.length ?? 0)} could not be put back as before`

const ranText = ({ at, startedAt }: Happening): string => {
  const ms = at - startedAt
  return `still runs after ${renderDuration(ms < 1_000 ? ms : Math.round(ms / 1_000) * 1_000)}`
}

/** What is said of the batch in a sentence. */
const sentences: { readonly [W in NotifyWord]: (happening: Happening) => string } = {
  "stuck": stuckText,
  "in-doubt": (happening) => {
    const requests = plural(happening.inDoubt.length, "request was", "requests were")
    return `${stuckText(happening)}; it is not known whether ${requests} applied`
  },
  "compensated": (happening) =>
    happening.report?.outcome === "residue"
      ? residueText(happening)
      : "failed and was taken back; nothing is left changed",
  "residue": residueText,
  "kept": () => "failed; what was applied was kept",
  "abandoned": ({ report }) => `was abandoned, with ${resources(report?.left.length ?? 0)} left changed`,
  "committed": ({ report }) => {
    const { added = 0, changed = 0, destroyed = 0 } = report?.counts ?? {}
    return `is committed: ${added} added, ${changed} changed, ${destroyed} destroyed`
  },
  "long-running": ranText
}

const needsRecovery: ReadonlySet<NotifyWord> = new Set<NotifyWord>(["stuck", "in-doubt"])

const countsOf = ({ inDoubt, report, waiting }: Happening): JsonObject => ({
  ...(report === undefined ? {} : {
    add: report.counts.added,
    change: report.counts.changed,
    destroy: report.counts.destroyed,
    applied: report.applied,
    compensated: report.compensated,
    failed: report.failures.length,
    left: report.left.length
  }),
  waiting: waiting.length,
  inDoubt: inDoubt.length
})

/** What may hold words of others. */
const textsOf = (event: NotifyWord, happening: Happening): JsonObject => {
  const { inDoubt, report, stopped, waiting, watched, workspace } = happening
  const { actor, batch, reason, recoveredBy } = watched
  const next = `amends recover ${batch}`
  const said = `${workspace}: batch ${batch} ${sentences[event](happening)}.`
  return {
    text: needsRecovery.has(event) ? `${said} Run: ${next}` : said,
    workspace,
    actor,
    ...(reason === undefined ? {} : { reason }),
    ...(recoveredBy === undefined ? {} : { recoveredBy }),
    waiting: capped(waiting).map((stuck) => waitingOf(batch, stuck)),
    inDoubt: capped(inDoubt),
    failed: capped(report?.failures ?? []).map(failedOf),
    left: capped(report?.left ?? []),
    ...(stopped === undefined
      ? {}
      : { stopped: { summary: stopped.summary, detail: stopped.detail, hint: stopped.hint } }),
    ...(needsRecovery.has(event) ? { next } : {})
  }
}

/** Puts a notification together. Names and numbers of ours stay as they are, even where one equals a short secret. */
export const notificationOf = (event: NotifyWord, happening: Happening, redact: Redact): JsonObject => {
  const { at, report, startedAt, stopped, traceId, watched } = happening
  return {
    format: 1,
    id: `${watched.batch}:${event}:${at}`,
    event,
    batch: watched.batch,
    ...redactedMembers(textsOf(event, happening), redact),
    ...(report === undefined ? {} : { outcome: report.outcome, exitCode: exitCodeOfReport(report) }),
    ...(stopped === undefined ? {} : { exitCode: stopped.exitCode }),
    steps: watched.steps,
    counts: countsOf(happening),
    at: iso(at),
    startedAt: iso(startedAt),
    ms: at - startedAt,
    ...(traceId === undefined ? {} : { traceId })
  }
}
