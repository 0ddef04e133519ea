/**
 * Tells what happened in a run, for whoever has to understand a violation: journal and log as one story.
 */
import type { Document } from "../../src/domain/Document.ts"
import type { LogEntry } from "../../src/providers/memory/World.ts"
import type { Body } from "./Ledger.ts"
import type { Scenario } from "./Scenario.ts"
import type { Trial } from "./Trial.ts"

const short = (document: Document | undefined): string => document === undefined ? "nothing" : JSON.stringify(document)

const ofLog = (line: LogEntry): string => {
  const { after, arrival, before, by, effect, idempotencyKey = "", seq, told } = line
  const what = `${arrival.operation} ${arrival.kind} ${arrival.id ?? after?.id ?? ""}`
  const change = effect === "read" || effect === "lost" || effect === "refused" ? "" : `: ${short(after?.document)}`
  const was = effect === "deleted" ? ` (was ${short(before?.document)})` : ""
  return `    log ${seq} ${by} ${what} ${effect}, told ${told} ${idempotencyKey.slice(0, 6)}${change}${was}`
}

const ofBody = ({ _tag, ...body }: Body & { readonly [key: string]: unknown }): string => {
  const { plan, ...rest } = body
  const steps = plan?.steps.map(({ action, dependsOn, id }) => `${action} ${id} after [${dependsOn.join()}]`) ?? []
  const { idempotencyKey = "", providers: _, policies: __, request: ___, listing: ____, ...facts } = rest
  const key = idempotencyKey === "" ? "" : ` ${idempotencyKey.slice(0, 6)}`
  return `${_tag}${key} ${steps.length > 0 ? steps.join("; ") : JSON.stringify(facts)}`
}

/** The journal and the log in the order in which they came about. */
export const story = ({ record, world }: Trial): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let logged = 0
  record.rows.forEach((row, index) => {
    for (; logged < (record.rowsLogged[index] ?? 0); logged++)
      lines.push(...world.log.slice(logged, logged + 1).map(ofLog))
    lines.push(
      `${row.n} ${row.batch.slice(-4)}/${row.seq} e${row.epoch} ${row.at % 1e8} ${ofBody(JSON.parse(row.body))}`
    )
  })
  return [...lines, ...world.log.slice(logged).map(ofLog)]
}

/** What each process said. */
export const sayings = ({ record }: Trial): ReadonlyArray<string> =>
  record.told.map(({ at, error, process, reports, result }) =>
    `p${process} at ${at % 1e8}: ${result ?? ""} ${error ?? ""} ${
      reports.map(({ batch, outcome, stuck }) =>
        `${batch.slice(-4)} ${outcome} ${
          stuck.map(({ choices, step, why }) => `[${step}: ${why}: ${choices.join()}]`).join(" ")
        }`
      ).join("; ")
    }`
  )

/** A scenario, one line for each thing that it decides. */
export const outline = (
  { acts, configurations, kinds, mode, quarantineAfter, seed, strangers }: Scenario
): ReadonlyArray<string> => [
  `seed ${seed}, ${mode}${quarantineAfter === undefined ? "" : `, quarantine after ${quarantineAfter}`}`,
  ...kinds.map((kind) => `kind ${JSON.stringify(kind)}`),
  ...strangers.map((one) => `stranger's ${JSON.stringify(one)}`),
  ...configurations.flatMap((declared, index) =>
    declared.map((one) => `configuration ${index}: ${JSON.stringify(one)}`)
  ),
  ...acts.map((act, index) => `act ${index + 1}: ${JSON.stringify(act)}`)
]
