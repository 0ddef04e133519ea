/**
 * Invariants 1, 4 and 15: what the world looks like when a batch has ended, and whether the heads say so.
 */
import type { Document } from "../../../src/domain/Document.ts"
import type { Head } from "../../../src/domain/Version.ts"
import type { LogEntry } from "../../../src/providers/memory/World.ts"
import { type BatchLines, type Check, choicesOf, type Ledger, type PlannedStep, type Violation } from "../Ledger.ts"
import type { DeclaredDraft } from "../Scenario.ts"
import { documentIn, type Moment, type Picture } from "../Trial.ts"
import { fieldOf, fieldsOf, idOf, isTardy, touchedByOthers } from "./Fields.ts"
import { heldOutAt } from "./Quarantine.ts"

interface Ended {
  readonly ledger: Ledger
  readonly batch: BatchLines
  readonly as: string
  readonly opening: Moment
  readonly ending: Moment
}

const endedOf = (ledger: Ledger): ReadonlyArray<Ended> =>
  ledger.batches.flatMap((batch) => {
    const { ended, ending, opening } = batch
    const as = ended?.body.as
    return as === undefined || ending === undefined || opening === undefined
      ? []
      : [{ ledger, batch, as, opening, ending }]
  })

/** Where ids of re-created resources went, `kind/id` to id. */
const remapsOf = ({ lines }: BatchLines): ReadonlyMap<string, string> =>
  new Map(
    lines.flatMap(({ body: { remap } }) => remap === undefined ? [] : [[`${remap.kind}/${remap.from}`, remap.to]])
  )

const followed = (remaps: ReadonlyMap<string, string>, kind: string, id: string): string =>
  remaps.get(`${kind}/${id}`) ?? id

const letGo = new Set(["accept", "skip", "force"])

/** A step whose resource a person decided about, by whichever step is about it, or that the ending says it left. */
const isExcused = (batch: BatchLines, { address, id, kind, remoteId }: PlannedStep): boolean => {
  const about = batch.steps.filter((other) =>
    other.id === id || (remoteId !== undefined && other.kind === kind && other.remoteId === remoteId)
  )
  return (batch.ended?.body.left ?? []).includes(address) ||
    about.flatMap((step) => choicesOf(batch, step.id)).some((choice) =>
      letGo.has(choice) || choice.startsWith("adopt:")
    )
}

const withNewIds = (ended: Ended, kind: string, document: Document): Document => {
  const refersTo = ended.ledger.record.kinds.get(kind)?.refersTo
  const ref = document["ref"]
  return refersTo === undefined || typeof ref !== "string"
    ? document
    : { ...document, ref: followed(remapsOf(ended.batch), refersTo, ref) }
}

/** A reference to what somebody else deleted dangles as they left it, or leads to what was made again in its place. */
const dangles = ({ batch, ledger }: Ended, kind: string, { ref }: Document): boolean => {
  const refersTo = ledger.record.kinds.get(kind)?.refersTo
  return !batch.steps.some((step) => step.action === "delete" && step.kind === refersTo && step.remoteId === ref)
}

/** 1, on the way back: what was there is there as it was, others' edits aside. */
const isAsBefore = (ended: Ended, step: PlannedStep): string | undefined => {
  const { batch, ending, ledger, opening } = ended
  const { kind, remoteId } = step
  const was = remoteId === undefined ? undefined : documentIn(opening.picture, kind, remoteId)
  if (remoteId === undefined || was === undefined || isExcused(batch, step)) return undefined
  const id = followed(remapsOf(batch), kind, remoteId)
  const theirs = touchedByOthers(ledger, kind, [remoteId, id], [opening.logged, ending.logged])
  if (theirs.removed) return undefined
  const is = documentIn(ending.picture, kind, id)
  if (is === undefined) return `${kind} ${id} is gone`
  const wanted = withNewIds(ended, kind, was)
  const wrong = fieldsOf(wanted, is).find((field) =>
    !theirs.fields.has(field) && fieldOf(wanted, field) !== fieldOf(is, field) &&
    !(field === "ref" && fieldOf(was, field) === fieldOf(is, field) && dangles(ended, kind, was))
  )
  return wrong === undefined
    ? undefined
    : `${kind} ${id} ${wrong} is ${fieldOf(is, wrong)}, was ${fieldOf(wanted, wrong)}`
}

const wentBack = (ended: Ended): ReadonlyArray<string> =>
  ended.batch.steps.flatMap((step) => isAsBefore(ended, step) ?? [])

const headOf = (heads: ReadonlyArray<Head>, address: string): Head | undefined =>
  heads.find((head) => head.address === address)

/** The id of what the batch made at an address. */
const madeIn = ({ lines }: BatchLines, address: string): string | undefined =>
  lines.findLast(({ body }) => body.step === address && body.remoteId !== undefined)?.body.remoteId

const idHeld = (address: string, { batch, ending, opening }: Ended): string | undefined =>
  headOf(ending.heads, address)?.remoteId ?? madeIn(batch, address) ?? headOf(opening.heads, address)?.remoteId

/**
 * A declared document, its references replaced by the ids that the heads hold, or that the batch made and lost, or that
 * they held before somebody removed it and the server gave its id to another one.
 */
const resolved = (one: DeclaredDraft, ended: Ended): Document => {
  const ref = one.spec["ref"] as { readonly $ref?: { readonly address: string } } | undefined
  const target = ref?.$ref === undefined ? undefined : idHeld(ref.$ref.address, ended)
  return target === undefined ? one.spec : { ...one.spec, ref: target }
}

/** 1, forward: what was declared holds, others' edits since the process began aside. */
const holdsDesired = (ended: Ended, one: DeclaredDraft, since: number): string | undefined => {
  const { ending, ledger } = ended
  const address = `${one.kind}.${one.name}`
  const head = headOf(ending.heads, address)
  // What somebody removed has no head any more where the server gave its id to another one.
  const id = (head ?? headOf(ended.opening.heads, address))?.remoteId ?? madeIn(ended.batch, address)
  const theirs = touchedByOthers(ledger, one.kind, id === undefined ? [] : [id], [since, ending.logged])
  if (theirs.removed) return undefined
  if (head === undefined) return `${address} has no head`
  if (one.conflict === "keep") return undefined
  const is = documentIn(ending.picture, one.kind, head.remoteId)
  if (is === undefined) return `${address} (${head.remoteId}) is not there`
  const wanted = resolved(one, ended)
  const wrong = fieldsOf(wanted).find((field) =>
    !theirs.fields.has(field) && fieldOf(wanted, field) !== fieldOf(is, field)
  )
  return wrong === undefined ? undefined : `${address} ${wrong} is ${fieldOf(is, wrong)}, not ${fieldOf(wanted, wrong)}`
}

/**
 * 1, forward, of what is taken back: what was to go has no head; a delete of what an earlier replace left behind leaves
 * the head of what replaced it. What heads hold is checked for all.
 */
const tookBack = ({ batch, ending, opening }: Ended): ReadonlyArray<string> =>
  batch.steps.filter(({ action }) => action !== "guard").flatMap(({ address }) => {
    const own = batch.steps.filter((step) => step.address === address)
    const living = headOf(opening.heads, address)?.remoteId
    const goes = own.every(({ action }) => action === "delete") && own.some(({ remoteId }) => remoteId === living)
    const isHeld = headOf(ending.heads, address) !== undefined
    return goes && isHeld ? [`${address} still has a head`] : []
  })

const wentForward = (ended: Ended): ReadonlyArray<string> => {
  const { scenario } = ended.ledger.record
  const actor = ended.ledger.record.actors.find(({ number }) => number === ended.opening.process)
  if (actor?.act.verb === "rollback") return tookBack(ended)
  const declared = scenario.configurations[actor?.act.configuration ?? 0] ?? []
  const since = actor?.since ?? 0
  const out = heldOutAt(ended.ledger, ended.opening, declared)
  const gone = ended.ending.heads.filter(({ address, deposed }) =>
    !out.has(address) && (deposed.length > 0 || !declared.some(({ kind, name }) => `${kind}.${name}` === address))
  )
  const wanted = declared.filter(({ kind, name }) => !out.has(`${kind}.${name}`))
  return [
    ...wanted.flatMap((one) => holdsDesired(ended, one, since) ?? []),
    ...gone.map(({ address }) => `${address} still has a head or something deposed`)
  ]
}

/** 1: all or amended. */
export const allOrAmended: Check = (ledger) =>
  endedOf(ledger).flatMap((ended) => {
    const wrong = ended.as === "committed"
      ? wentForward(ended)
      : ended.as === "compensated" || ended.as === "residue"
      ? wentBack(ended)
      : []
    return wrong.map((what) => ({ invariant: "1 all or amended", evidence: `${ended.batch.id} ${ended.as}: ${what}` }))
  })

/** Whether nobody gave up what it knew of an address: not in a batch that was given up, and not by choosing. */
const isKnown = ({ batches }: Ledger, address: string): boolean =>
  batches.every((batch) => {
    const steps = batch.steps.filter((step) => step.address === address)
    return steps.every((step) => !isReleased({ batches }, batch, step))
  })

/** Whether a head only remembers what is still to be deleted, after a delete of ours of the resource itself. */
const isRemainder = ({ ending, ledger }: Ended, { deposed, kind, remoteId }: Head): boolean => {
  const last = ledger.changes.findLast((change) =>
    change.arrival.kind === kind && idOf(change) === remoteId && change.seq <= ending.logged
  )
  return deposed.length > 0 && last?.by === "provider" && last.effect === "deleted" && last.arrival.during === "forward"
}

/** A head of a step's address that is not what is there, others' edits at any time aside. */
const falseHead = (ended: Ended, head: Head): string | undefined => {
  const { ending, ledger } = ended
  const theirs = touchedByOthers(ledger, head.kind, [head.remoteId], [0, ending.logged])
  if (theirs.removed) return undefined
  const is = documentIn(ending.picture, head.kind, head.remoteId)
  if (is === undefined) {
    return isRemainder(ended, head)
      ? undefined
      : `the head of ${head.address} holds ${head.remoteId}, which is not there`
  }
  const wrong = differencesFrom(head, is).find((field) => !theirs.fields.has(field))
  return wrong === undefined ? undefined : `the head of ${head.address} is not what is there: ${wrong}`
}

/** 1: where a batch has ended, the heads of its steps are what is there, but for what the ending says it left. */
export const headsAreTrue: Check = (ledger) =>
  endedOf(ledger).filter(({ as }) => as !== "abandoned").flatMap((ended) => {
    const { batch, ending } = ended
    const touched = new Set(batch.steps.map(({ address }) => address))
    const own = ending.heads.filter(({ address }) => touched.has(address) && isKnown(ledger, address))
    return own.flatMap((head) => falseHead(ended, head) ?? []).map((what): Violation => ({
      invariant: "1 all or amended",
      evidence: `${batch.id} ${ended.as}: ${what}`
    }))
  })

/** The step that made a resource, and its batch. */
const makerOf = ({ batches, intents }: Ledger, key: string | undefined) => {
  const line = intents.get(key ?? "")?.at(-1)
  const batch = batches.find(({ id }) => id === line?.batch)
  const step = batch?.steps.find(({ id }) => id === line?.step)
  return batch === undefined || step === undefined ? undefined : { batch, step }
}

/** Let go by its own batch, or by a person in a later one. */
const isReleased = ({ batches }: Pick<Ledger, "batches">, batch: BatchLines, step: PlannedStep): boolean =>
  batch.ended?.body.as === "abandoned" || isExcused(batch, step) ||
  batches.some((other) =>
    other.steps.some((one) => one.address === step.address && choicesOf(other, one.id).includes("skip"))
  )

const orphansIn = (
  ledger: Ledger,
  picture: Picture,
  heads: ReadonlyArray<Head>,
  upTo: number
): ReadonlyArray<string> => {
  const held = new Set(
    heads.flatMap(({ deposed, kind, remoteId }) => [remoteId, ...deposed].map((id) => `${kind}/${id}`))
  )
  return ledger.changes.flatMap((change) => {
    const { arrival: { during, kind }, by, effect, idempotencyKey, seq } = change
    const id = idOf(change)
    // What lands after the horizon is found by the next plan: by its name, its marker, or as what nobody manages.
    if (by !== "provider" || effect !== "created" || isTardy(ledger, change) || seq > upTo || held.has(`${kind}/${id}`))
      return []
    if (documentIn(picture, kind, id) === undefined) return []
    // Somebody removed it and made another one of that name.
    if (ledger.changes.some((later) => later.seq > seq && idOf(later) === id && later.effect === "created")) return []
    const maker = makerOf(ledger, idempotencyKey)
    if (maker === undefined) return [`${kind} ${id}, made by nobody's intent`]
    const { batch, step } = maker
    // What nobody managed before it was taken over, and somebody deleted meanwhile, comes back as nobody's.
    if (step.action === "adopt" && during === "compensation") return []
    return batch.ended === undefined || isReleased(ledger, batch, step)
      ? []
      : [`${kind} ${id}, made by ${batch.id} ${step.id}`]
  })
}

/** 4: nothing that a batch made is left without a head. */
export const noOrphans: Check = (ledger) => {
  const { record } = ledger
  const atEnds = endedOf(ledger).flatMap(({ batch, ending }) =>
    orphansIn(ledger, ending.picture, ending.heads, ending.logged).map((what) => `at the end of ${batch.id}: ${what}`)
  )
  const now: Picture = record.world.resources
  const after = orphansIn(ledger, now, record.heads(), record.world.log.length).map((what) => `in the end: ${what}`)
  return [...atEnds, ...after].map((evidence): Violation => ({ invariant: "4 no orphan", evidence }))
}

/** What was applied and can be compared: sealed places aside. */
const differencesFrom = (head: Head, is: Document): ReadonlyArray<string> =>
  fieldsOf(head.observed).filter((field) => {
    const value = head.observed[field]
    const sealed = typeof value === "object" && value !== null && "$sealed" in value
    return !sealed && value !== "***" && fieldOf(head.observed, field) !== fieldOf(is, field)
  })

/** 15: where nobody interfered, the same plan writes nothing, and the heads are what is there. */
export const settlesDown: Check = (ledger) => {
  const { actors, heads, rows, scenario, told, world } = ledger.record
  // Somebody's wish for a pause or for going on may be the last word.
  const wishes = actors.flatMap(({ act, number }) => act.verb === "pause" || act.verb === "resume" ? [number] : [])
  const [before, last] = told.filter(({ process }) => !wishes.includes(process)).slice(-2)
  if (scenario.mode !== "liveness" || last === undefined || before === undefined) return []
  const since = actors.find(({ number }) => number === before.process)?.since ?? 0
  // What lands late, and what a server deletes along, is for the next plan to find.
  const isUnsettled = (change: LogEntry) => change.by === "server" || isTardy(ledger, change)
  if (ledger.changes.some((change) => change.seq > since && isUnsettled(change))) return []
  const quiet = before.result === "nothing" || before.reports.at(-1)?.outcome === "committed"
  if (!quiet) return []
  const found: Array<Violation> = []
  if (last.result !== "nothing") {
    found.push({
      invariant: "15 settles",
      evidence: `after a commit the same plan came to ${last.result ?? last.error}`
    })
  }
  const out = heldOutAt(ledger, { heads: heads(), rows: rows.length }, scenario.configurations.at(-1) ?? [])
  for (const head of heads().filter(({ address }) => !out.has(address))) {
    const is = world.get(head.kind, head.remoteId)?.document
    const wrong = is === undefined ? "absence" : differencesFrom(head, is)[0]
    if (wrong !== undefined) {
      found.push({ invariant: "15 settles", evidence: `the head of ${head.address} is not what is there: ${wrong}` })
    }
  }
  return found
}
