/**
 * What a person answers to steps that are stuck: any of the choices they are given, and where the question is what
 * became of a request, the truth as the server knows it.
 */
import type { Draw } from "./Draw.ts"
import type { Trial } from "./Trial.ts"

interface Asked {
  readonly batch: string
  readonly address: string
  readonly step: string
  readonly digest: string
  readonly choices: ReadonlyArray<string>
}

const lastAsked = ({ record }: Trial): ReadonlyArray<Asked> => {
  const report = record.told.flatMap(({ reports }) => reports).findLast(({ outcome }) => outcome === "stuck")
  return report?.stuck.map((one) => ({ batch: report.batch, ...one })) ?? []
}

interface Body {
  readonly _tag: string
  readonly step?: string
  readonly idempotencyKey?: string
}

/** The keys under which the newest request of a step was sent. */
const lastKey = ({ record }: Trial, asked: Asked): string | undefined => {
  const row = record.rows.findLast(({ batch, kind, step }) =>
    batch === asked.batch && step === asked.step && (kind === "intended" || kind === "undo-intended")
  )
  return row === undefined ? undefined : (JSON.parse(row.body) as Body).idempotencyKey
}

/** What really came of the newest request of a step: the id it made or wrote. */
const truth = (trial: Trial, asked: Asked): string | undefined => {
  const key = lastKey(trial, asked)
  const line = trial.world.log.findLast(({ effect, idempotencyKey }) =>
    idempotencyKey === key && (effect === "created" || effect === "updated" || effect === "deleted")
  )
  return line?.after?.id ?? line?.before?.id
}

const answerTo = (trial: Trial, draw: Draw, asked: Asked): ReadonlyArray<string> => {
  const { address, choices, digest } = asked
  const id = truth(trial, asked)
  const honest = choices.filter((choice) => {
    if (choice === "adopt:ID" || choice === "applied") return id !== undefined
    return choice !== "not-applied" || id === undefined
  })
  const [first, ...rest] = honest
  if (first === undefined) return []
  const choice = draw.pick([first, ...rest]).replace("adopt:ID", `adopt:${id ?? ""}`)
  return [`${address}=${choice}@${digest.replace(/^\w+:/, "").slice(0, 12)}`]
}

/** Answers to what the last report asked. */
export const answersTo = (trial: Trial, draw: Draw): ReadonlyArray<string> =>
  lastAsked(trial).flatMap((asked) => draw.chance(0.9) ? answerTo(trial, draw, asked) : [])
