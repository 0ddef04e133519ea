/**
 * A trial under way: the provider as it is described so far, what was learned, and what was made.
 *
 * Whatever is about to be made is noted first, by the name that it will have, and by its id as soon as that is known.
 */
import { Effect, Result, type Scope } from "effect"
import type { Operation } from "../domain/Change.ts"
import type { Document, JsonObject } from "../domain/Document.ts"
import { type Kind, nameFields } from "../domain/Kind.ts"
import { Limits } from "../domain/Limits.ts"
import { getAt, parsePointer, withAt } from "../domain/Pointer.ts"
import { type Answer, bears, type Observation, type Probe, probeOf, type Provider } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { RegistryError } from "../providers/Registry.ts"
import { retrySafely } from "../providers/Retry.ts"
import type { Refusal } from "./Failure.ts"
import type { Lesson } from "./Lesson.ts"
import type { TrialBody } from "./TrialBody.ts"
import type { TrialNote } from "./TrialNotes.ts"

/** What the parts of a trial share. */
export interface Trying {
  readonly kind: Kind
  readonly body: TrialBody
  /** The description as written. */
  readonly description: JsonObject
  /** The provider for the description with what was learned, and with these keys changed. */
  readonly as: (changes: JsonObject) => Effect.Effect<Provider, RegistryError, Scope.Scope>
  readonly retries: number
  readonly keep: (note: TrialNote) => Effect.Effect<void, Refusal>
  /** Remote ids of what was there before: whatever an answer says, these are not the trial's. */
  readonly before: Set<string>
  readonly lessons: Array<Lesson>
  note: TrialNote
  /** Something may have been made without an answer that says so. */
  inDoubt: boolean
  /** How many changes were written. */
  writes: number
}

/** What a probe may fail with: it ends the probe, and is told. */
export type ProbeError = ProviderError | RegistryError | Refusal

/** Takes lessons in. */
export const tell = (trying: Trying, ...lessons: ReadonlyArray<Lesson>): void => void trying.lessons.push(...lessons)

/** The body under another name. */
export const renamed = ({ body }: Trying, name: string): Document =>
  withAt(body.document, parsePointer(body.nameField), name)

/** What a resource of the trial is searched by. */
export const probeFor = ({ kind }: Trying, document: Document): Probe => probeOf(nameFields(kind), document)

/** Notes what is about to be made, or the id of what was made; an id of what was there before is never noted. */
export const noted = (
  trying: Trying,
  more: { readonly probe?: Probe; readonly id?: string }
): Effect.Effect<void, Refusal> => {
  const { note } = trying
  const isKnown = more.id !== undefined && (note.ids.includes(more.id) || trying.before.has(more.id))
  if (isKnown && more.probe === undefined) return Effect.void
  trying.note = {
    ...note,
    probes: more.probe === undefined ? note.probes : [...note.probes, more.probe],
    ids: more.id === undefined || isKnown ? note.ids : [...note.ids, more.id]
  }
  return trying.keep(trying.note)
}

/** With what the calls of an operation are sent. */
export interface Acting {
  readonly provider: Provider
  readonly id?: string
  readonly key: string
}

/** What an operation came to. */
export interface Acted {
  readonly id: string | undefined
  readonly answer: Answer | undefined
  /** How many calls it took. */
  readonly calls: number
}

/** Sends the calls of an operation, one after the other. */
export const act = Effect.fnUntraced(function*(
  { kind, retries }: Trying,
  { id, key, provider }: Acting,
  operation: Operation
): Effect.fn.Return<Acted, ProviderError> {
  const calls = provider.calls(kind.name, operation)
  let acted: Acted = { id, answer: undefined, calls: calls.length }
  for (const [index, call] of calls.entries()) {
    const known = call.learnsId || acted.id === undefined ? {} : { id: acted.id }
    const sending = { kind: kind.name, call, ...known, idempotencyKey: index === 0 ? key : `${key}-${index}` }
    const answer = yield* retrySafely(provider.send(sending), { kind: "write", retries })
    acted = { ...acted, id: answer.id ?? acted.id, answer }
  }
  return acted
})

const pausesMax = Math.ceil(Limits.trialSettleMs / Limits.trialPollMs)

/** Reads until what is read is as it should be, or for as long as a read may lag; tells how often it had to wait. */
export const reading = Effect.fnUntraced(function*<A>(
  read: Effect.Effect<A, ProviderError>,
  isSettled: (found: A) => boolean
): Effect.fn.Return<{ readonly found: A; readonly pauses: number }, ProviderError> {
  let pauses = 0
  let found = yield* read
  while (!isSettled(found) && pauses < pausesMax) {
    yield* Effect.sleep(Limits.trialPollMs)
    pauses += 1
    found = yield* read
  }
  return { found, pauses }
})

/** Everything that has a name of this trial, in whole or in the field that the name stands in. */
export const bearing = (provider: Provider, kind: Kind, probe: Probe) =>
  Effect.map(provider.find(kind.name, probe), (all) => all.filter(({ document }) => bears(document, probe)))

/** Deletes one resource of the trial; `true` once it is not there any more. */
const removed = Effect.fnUntraced(function*(trying: Trying, provider: Provider, found: Observation) {
  const { document, guard, id } = found
  const operation: Operation = { _tag: "delete", id, from: document, ...(guard === undefined ? {} : { guard }) }
  const key = `${trying.note.name}-remove-${id}`
  const sent = yield* Effect.result(act(trying, { provider, id, key }, operation))
  const isRefused = Result.isFailure(sent) && sent.failure.applied === "no"
  const after = yield* Effect.result(
    reading(provider.observe(trying.kind.name, id), (there) => there === undefined || isRefused)
  )
  return Result.isSuccess(after) && after.success.found === undefined
})

/** What cannot be removed, or of which nobody can say whether it is there. */
export interface Left {
  /** Its remote id, or its name where the id is not known. */
  readonly what: string
  readonly why: string
}

const doubt = (what: string, { detail }: ProviderError): Left => ({ what, why: `it cannot be looked for: ${detail}` })

/** Tells whether a document has no name at all, or one of this trial: ids may be given twice. */
const isOurs = ({ before, body: { nameField }, note }: Trying, { document, id }: Observation): boolean => {
  if (before.has(id)) return false
  const name = getAt(document, parsePointer(nameField))
  return name === undefined || String(name).startsWith(note.name)
}

const removeAll = Effect.fnUntraced(function*(
  trying: Trying,
  provider: Provider,
  search: { readonly what: string; readonly found: Effect.Effect<ReadonlyArray<Observation>, ProviderError> }
): Effect.fn.Return<ReadonlyArray<Left>> {
  const found = yield* Effect.result(search.found)
  if (Result.isFailure(found)) return [doubt(search.what, found.failure)]
  const left: Array<Left> = []
  for (const one of found.success.filter((some) => isOurs(trying, some))) {
    const { guard: _, ...unguarded } = one
    // A second try: a guard may have moved, or be what a delete does not take; nobody else writes to what is ours.
    const gone = (yield* removed(trying, provider, one)) || (yield* removed(trying, provider, unguarded))
    if (!gone) left.push({ what: one.id, why: "the server did not delete it" })
  }
  return left
})

/** Removes everything that was made, first by id, then by name; answers what is left. */
export const clearAway = Effect.fnUntraced(function*(
  trying: Trying,
  provider: Provider
): Effect.fn.Return<ReadonlyArray<Left>> {
  const { inDoubt, kind, note } = trying
  if (inDoubt) yield* Effect.sleep(provider.horizonMs)
  const byId = note.ids.map((id) => ({
    what: id,
    found: Effect.map(provider.observe(kind.name, id), (one) => one === undefined ? [] : [one])
  }))
  const byName = note.probes.map((probe) => ({
    what: Object.values(probe).map(String).join("/"),
    found: inDoubt
      ? bearing(provider, kind, probe)
      // Every answer was there: a list that cannot be read hides nothing.
      : Effect.orElseSucceed(bearing(provider, kind, probe), () => [])
  }))
  const left = yield* Effect.forEach([...byId, ...byName], (search) => removeAll(trying, provider, search))
  return [...new Map(left.flat().map((one) => [one.what, one])).values()]
})
