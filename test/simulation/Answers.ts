/**
 * What a person answers to steps that are stuck: any of the choices they are given, and where the question is what
 * became of a request, the truth as the server knows it.
 *
 * A contrary person answers what was asked long ago or never, says two things at once, or what nobody offered; but
 * they do not lie about what became of a request either.
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

const everAsked = ({ record }: Trial): ReadonlyArray<ReadonlyArray<Asked>> =>
  record.told.flatMap(({ reports }) => reports).filter(({ outcome }) => outcome === "stuck").map(({ batch, stuck }) =>
    stuck.map((one) => ({ batch, ...one }))
  )

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

/** Those of some choices that say nothing untrue. */
const honest = (choices: ReadonlyArray<string>, id: string | undefined): ReadonlyArray<string> =>
  choices.filter((choice) => {
    if (choice === "adopt:ID" || choice === "applied") return id !== undefined
    return choice !== "not-applied" || id === undefined
  })

const shortened = (digest: string): string => digest.replace(/^\w+:/, "").slice(0, 12)

const say = (draw: Draw, { address, digest }: Asked, choices: ReadonlyArray<string>, id: string | undefined) => {
  const [first, ...rest] = honest(choices, id)
  if (first === undefined) return []
  return [`${address}=${draw.pick([first, ...rest]).replace("adopt:ID", `adopt:${id ?? ""}`)}@${shortened(digest)}`]
}

const everyChoice: ReadonlyArray<string> = ["retry", "force", "accept", "applied", "not-applied", "adopt:ID", "skip"]

/** One of the ways to be contrary about a step. */
const contradict = (trial: Trial, draw: Draw, asked: Asked): ReadonlyArray<string> => {
  const id = truth(trial, asked)
  const earlier = everAsked(trial).flat().find(({ address, digest }) =>
    address === asked.address && digest !== asked.digest
  )
  switch (draw.pick(["old", "nobody's", "twice", "not offered", "bare"])) {
    case "old":
      return say(draw, earlier ?? { ...asked, digest: "0123456789ab" }, asked.choices, id)
    case "nobody's":
      return say(draw, { ...asked, address: `${asked.address}-nobody` }, asked.choices, id)
    case "twice":
      return [...say(draw, asked, asked.choices, id), ...say(draw, asked, asked.choices, id)]
    case "not offered":
      return say(draw, asked, everyChoice, id)
    case "bare":
      return say(draw, asked, asked.choices, id).map((text) => text.replace(/@.*$/, ""))
  }
}

/** Answers to what the last report asked. */
export const answersTo = (trial: Trial, draw: Draw, isContrary: boolean): ReadonlyArray<string> =>
  (everAsked(trial).at(-1) ?? []).flatMap((asked) => {
    if (isContrary && draw.chance(0.5)) return contradict(trial, draw, asked)
    return draw.chance(0.9) ? say(draw, asked, asked.choices, truth(trial, asked)) : []
  })
