/**
 * Searches for what a create without an answer may have made: by key or marker where there is one, else by listing the
 * kind and leaving out what was there before and what others claim.
 */
import { Effect, Result } from "effect"
import type { Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import { type Observation, type Probe, probeOf, scopeOf } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { StateError } from "../state/StateError.ts"
import { isClaimed, isDeleted } from "./Claims.ts"
import { alike, createFinding, type CreateSearch, namesakes } from "./Evidence.ts"
import { type CallState, openCall } from "./Fold.ts"
import { openSealed, type Run, servedBy } from "./Run.ts"
import { patiently } from "./Send.ts"
import { judge, type VerdictRow } from "./Verdict.ts"

/** A verdict with what it rests on. */
export interface Reading {
  readonly row: VerdictRow
  readonly found?: Observation
  /** What was read of the resource, whether or not it is as we left it. */
  readonly seen?: Document
  /** What a conditional write after that reading sends back. */
  readonly guard?: string
  /** Somebody edited what the call did not write. */
  readonly drifted?: true
  /** More of ours, by our marker: a request that was repeated landed twice. */
  readonly duplicates?: ReadonlyArray<Observation>
}

type Found = Result.Result<ReadonlyArray<Observation>, ProviderError>

const isListed = (kind: Kind): boolean =>
  kind.capabilities.identity._tag === "server" && kind.capabilities.marker === undefined

/** Lists answer less than the whole document for some kinds; what is compared has to be whole. */
const whole = Effect.fnUntraced(function*(run: Run, step: Step, found: ReadonlyArray<Observation>) {
  const { kind, provider } = servedBy(run, step)
  if (kind.capabilities.listIsWhole) return Result.succeed(found)
  const read: Array<Observation> = []
  for (const { id } of found) {
    const one = yield* patiently(run, provider, provider.observe(step.kind, id))
    if (Result.isFailure(one)) return Result.fail(one.failure)
    if (one.success !== undefined) read.push(one.success)
  }
  return Result.succeed(read)
})

const find = Effect.fnUntraced(function*(run: Run, step: Step, probe: Probe) {
  const { provider } = servedBy(run, step)
  const found: Found = yield* patiently(run, provider, provider.find(step.kind, probe))
  return Result.isFailure(found) ? found : yield* whole(run, step, found.success)
})

const listNew = Effect.fnUntraced(function*(run: Run, step: Step, open: CallState, sent: Document) {
  const { kind, provider } = servedBy(run, step)
  const before = new Set(run.log.listings.get(open.intent.listing ?? "") ?? [])
  const all: Found = yield* patiently(run, provider, provider.list(step.kind, scopeOf(kind, sent)))
  if (Result.isFailure(all)) return all
  const isNew = (id: string): boolean => !before.has(id) || isDeleted(run, step.kind, id)
  return yield* whole(run, step, all.success.filter(({ id }) => isNew(id) && !isClaimed(run, step, id)))
})

const candidatesOf = (run: Run, step: Step, open: CallState, sent: Document): Effect.Effect<Found> => {
  const { kind } = servedBy(run, step)
  const { identity, marker } = kind.capabilities
  if (identity._tag !== "server") {
    return find(run, step, probeOf(identity.fields, sent))
  }
  return marker === undefined
    ? listNew(run, step, open, sent)
    : find(run, step, { ...scopeOf(kind, sent), [marker.field]: open.intent.idempotencyKey })
}

/** Open creates of the batch of that kind, this one included. */
const openCreates = (run: Run, step: Step): ReadonlyArray<CallState> =>
  [...run.log.inDoubt].flatMap((id) => {
    const state = run.steps.get(id)?.kind === step.kind ? run.log.states.get(id) : undefined
    const call = state === undefined ? undefined : openCall(state)
    return call?.intent.operation === "create" && call.intent.remoteId === undefined ? [call] : []
  })

/** Open creates of the batch that sent the same as this one, itself included. */
const openTwins = (run: Run, step: Step, open: CallState): number => {
  const digest = run.sealer.digest(open.intent.expected ?? null)
  return openCreates(run, step).filter((other) => run.sealer.digest(other.intent.expected ?? null) === digest).length
}

/** Open creates of the batch that sent the same name as this one, itself included. */
const openNamesakes = Effect.fnUntraced(function*(run: Run, step: Step, sent: Document) {
  const documents = yield* Effect.forEach(openCreates(run, step), ({ intent }) => openSealed(run, intent.expected))
  return Math.max(1, namesakes(servedBy(run, step).kind, documents.map((document) => document ?? {}), sent))
})

/** Of several with our marker the first that the API names is kept: it is the oldest, as far as the API shows. */
const readingOf = (kind: Kind, search: CreateSearch): Reading => {
  const row = judge({ operation: "create", token: "none", finding: createFinding(kind, search) })
  const [ours, ...others] = search.marked ? search.candidates : alike(kind, search)
  if (row.verdict !== "applied" || ours === undefined) return { row }
  return search.marked && others.length > 0 ? { row, found: ours, duplicates: others } : { row, found: ours }
}

/** Reads what became of a create whose answer was lost. */
export const readCreate = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  open: CallState
): Effect.fn.Return<Result.Result<Reading, ProviderError>, StateError> {
  const { kind } = servedBy(run, step)
  const { identity, marker } = kind.capabilities
  const sent = (yield* openSealed(run, open.intent.expected)) ?? {}
  const found = yield* candidatesOf(run, step, open, sent)
  const openAlike = isListed(kind) ? openTwins(run, step, open) : 1
  const openNamed = isListed(kind) ? yield* openNamesakes(run, step, sent) : 1
  const marked = identity._tag === "server" && marker !== undefined
  return Result.map(found, (candidates) => readingOf(kind, { sent, candidates, openAlike, openNamed, marked }))
})
