/**
 * Judges a simulated run by what can be seen from outside: the world and its log, the durable rows, and the heads.
 *
 * Every judgement answers what is wrong, or nothing; none of them uses a function of the engine.
 */
import type { Entry } from "../../src/domain/Entry.ts"
import type { Head } from "../../src/domain/Version.ts"
import type { Simulated } from "./Simulating.ts"

/** What is there to judge by. */
export interface Traces {
  readonly run: Simulated
  readonly heads: ReadonlyArray<Head>
  readonly entries: ReadonlyArray<ReadonlyArray<Entry>>
}

type Judgement = (traces: Traces) => ReadonlyArray<string>

const has = ({ run }: Traces, ...choices: ReadonlyArray<string>): boolean =>
  run.choices.some(({ choice }) => choices.includes(choice))

const changed = new Set(["created", "updated", "deleted"])

/** The remote never sees a write whose intent is not durable. */
const intentsFirst: Judgement = ({ entries, run }) => {
  const keys = new Set(entries.flat().flatMap(({ body }) => "idempotencyKey" in body ? [body.idempotencyKey] : []))
  return run.saga.world.log
    .filter(({ by, idempotencyKey }) => by === "provider" && idempotencyKey !== undefined && !keys.has(idempotencyKey))
    .map(({ arrival }) => `a ${arrival.operation} of ${arrival.kind} was sent without an intent`)
}

/** One effect for each name of a call; masks that cannot be compared are written again. */
const appliedOnce: Judgement = ({ run }) => {
  const effects = Map.groupBy(
    run.saga.world.log.filter(({ arrival, by, effect }) =>
      by === "provider" && changed.has(effect) && arrival.kind !== "vault"
    ),
    ({ idempotencyKey }) => idempotencyKey
  )
  return [...effects].filter(([, of]) => of.length > 1).map(([key, of]) =>
    `${of.length} effects under ${key}: ${of.map(({ arrival, effect }) => `${effect} ${arrival.kind}`).join(", ")}`
  )
}

const existing = ({ run }: Traces): ReadonlyArray<string> =>
  [...run.saga.world.resources].flatMap(([kind, of]) => [...of.keys()].map((id) => `${kind}/${id}`))

/** Whatever is there is somebody else's, or under a head, unless a person let go of it. */
const noOrphan: Judgement = (traces) => {
  if (has(traces, "skip")) return []
  const managed = new Set(traces.heads.flatMap((h) => [h.remoteId, ...h.deposed].map((id) => `${h.kind}/${id}`)))
  return existing(traces)
    .filter((name) => !managed.has(name) && !traces.run.strangers.has(name))
    .map((name) => `${name} is an orphan`)
}

/** Heads hold nothing that is not there, but where the ending says that an address was left with a question. */
const noGhost: Judgement = (traces) => {
  const there = new Set(existing(traces))
  const left = new Set(traces.entries.flat().flatMap(({ body }) => body._tag === "ended" ? body.left : []))
  return traces.heads.filter(({ address }) => !left.has(address)).flatMap((head) =>
    [head.remoteId, ...head.deposed].map((id) => `${head.kind}/${id}`)
  )
    .filter((name) => !there.has(name)).map((name) => `a head holds ${name}, which is not there`)
}

/** Nobody's edit is overwritten unless a person says so. */
const editsSurvive: Judgement = (traces) =>
  has(traces, "force") ? [] : traces.run.edits.flatMap(({ field, id, kind, value }) => {
    const now = traces.run.saga.world.get(kind, id)?.document[field]
    return now === value ? [] : [`somebody's ${field} = ${value} of ${kind}/${id} became ${JSON.stringify(now)}`]
  })

/** After the way back was decided nothing goes forward; the end is the last entry. */
const directions: Judgement = ({ entries }) =>
  entries.flatMap((of) => {
    const bodies = of.map(({ body }) => body)
    const back = bodies.findIndex((body) => body._tag === "decided" && body.to === "back")
    const forward = back >= 0 && bodies.slice(back).some(({ _tag }) => _tag === "intended")
    const end = bodies.findIndex(({ _tag }) => _tag === "ended")
    return [
      ...(forward ? ["an intent forward after the way back was decided"] : []),
      ...(end === bodies.length - 1 ? [] : ["the batch did not end, or went on after its end"])
    ]
  })

/** Epochs never fall, and numbers have no holes. */
const rowsInOrder: Judgement = ({ entries }) =>
  entries.flatMap((of) =>
    of.flatMap(({ epoch, seq }, index) => [
      ...(seq === index + 1 ? [] : [`seq ${seq} at ${index + 1}`]),
      ...(epoch >= (of[index - 1]?.epoch ?? 0) ? [] : [`epoch ${epoch} after a newer one`])
    ])
  )

/** No secret leaves memory in clear. */
const noSecret: Judgement = ({ entries, heads }) =>
  /s3cret-/.test(JSON.stringify([entries, heads])) ? ["a secret is in clear"] : []

/** All judgements. */
export const judgements: { readonly [name: string]: Judgement } = {
  intentsFirst,
  appliedOnce,
  noOrphan,
  noGhost,
  editsSurvive,
  directions,
  rowsInOrder,
  noSecret
}
