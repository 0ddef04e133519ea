/**
 * Invariants 13, 14 and 16: what processes said, what may never be said, and that everything comes to an end.
 */
import type { Check, Violation } from "../Ledger.ts"
import type { Told, ToldReport, Trial } from "../Trial.ts"

const endings = new Set(["committed", "compensated", "residue", "kept", "abandoned"])

/** 13: what was reported is what is durable: ended so, or blocked and not ended. */
export const reportsAreTrue: Check = ({ batches, record }) => {
  const wrong = ({ durable }: Told, report: ToldReport): string | undefined => {
    const batch = batches.find(({ id }) => id === report.batch)
    const ended = batch?.ended !== undefined && batch.ended.n <= durable ? batch.ended.body.as : undefined
    if (endings.has(report.outcome)) {
      return ended === report.outcome ? undefined : `told ${report.outcome}, but durable is ${ended ?? "no end"}`
    }
    if (ended !== undefined) return `told ${report.outcome}, but it ended ${ended}`
    const silent = report.stuck.find(({ step }) =>
      batch?.lines.some((line) => line.kind === "blocked" && line.step === step && line.n <= durable) !== true
    )
    return silent === undefined ? undefined : `${silent.step} is told to be stuck, and nothing durable says so`
  }
  return record.told.flatMap((told) =>
    told.reports.flatMap((report): ReadonlyArray<Violation> => {
      const evidence = wrong(told, report)
      return evidence === undefined ? [] : [{ invariant: "13 reports", evidence: `${report.batch}: ${evidence}` }]
    })
  )
}

const secret = /s3cret-\w+-\d/

/** 14: no secret in clear, in what is kept and in what is said. */
export const noSecrets: Check = ({ record }) =>
  [["what is kept", record.kept()], ["an answer", record.told.map(({ text }) => text).join()], [
    "an event",
    record.events.join()
  ]].flatMap(([where, text = ""]): ReadonlyArray<Violation> => {
    const found = secret.exec(text)
    return found === null
      ? []
      : [{
        invariant: "14 secrets",
        evidence: `${where}: …${text.slice(Math.max(0, found.index - 120), found.index + 20)}`
      }]
  })

/** A defect is nobody's answer. */
export const nobodyDies: Check = ({ record }) =>
  record.told.flatMap(({ error = "", process }): ReadonlyArray<Violation> =>
    /^Died|^Interrupted/.test(error) && !error.includes("the provider died")
      ? [{ invariant: "16 ends", evidence: `p${process}: ${error}` }]
      : []
  )

/** 16: when faults stop, every batch ends or waits for a person who can act. */
export const everythingEnds: Check = ({ batches, record }) => {
  const hung = record.actors.filter(({ over, process }) => !over && process.life !== "dead")
  const late = record.actors.filter(({ overdue }) => overdue)
  const stopped = [...hung, ...late].map(({ number }): Violation => ({
    invariant: "16 ends",
    evidence: `p${number} never ends`
  }))
  if (record.scenario.mode !== "liveness") return stopped
  const helpless = record.told.flatMap(({ reports }) => reports).flatMap(({ batch, outcome, stuck }) => [
    ...(outcome === "stuck" && stuck.length === 0 ? [`${batch} is stuck without saying where`] : []),
    ...stuck.flatMap(({ choices, step, why }) =>
      choices.length === 0 || why === "" ? [`${batch} ${step} gives no choice`] : []
    )
  ])
  const open = batches.filter(({ ended }) => ended === undefined).map(({ id }) => {
    const last = record.told.at(-1)
    const why = last?.reports.flatMap(({ stuck }) => stuck).map(({ choices, step, why: how }) =>
      `${step}: ${how} (${choices})`
    )
    return `${id} does not end: ${why?.join("; ") ?? ""} ${last?.error ?? ""}`
  })
  return [...stopped, ...[...helpless, ...open].map((evidence) => ({ invariant: "16 ends", evidence }))]
}

/** What a batch that nobody disturbs takes at most; milliseconds. */
const undisturbedMs = 5_000

/** 17: another workspace over the same server does not wait for this one, whoever holds its lease or is stopped. */
export const neighboursDoNotWait = ({ neighbour, record }: Trial): ReadonlyArray<Violation> => {
  const disturbed = record.scenario.acts.some(({ faults }) => faults.some(({ match }) => match?.kind === undefined))
  const [actor] = neighbour?.actors ?? []
  if (neighbour === undefined || actor === undefined || disturbed) return []
  const [told] = neighbour.told
  const tookMs = (told?.at ?? Infinity) - actor.startedAt
  return tookMs < undisturbedMs && told?.reports[0]?.outcome === "committed"
    ? []
    : [{ invariant: "17 two workspaces", evidence: `the neighbour took ${tookMs} ms: ${told?.text ?? "never over"}` }]
}
