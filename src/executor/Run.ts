/**
 * One run of a batch: what every part of the engine works with, and the log through which it writes entries.
 *
 * The log appends to the journal and folds what it appended, so the state a run acts on is the state a recovery
 * would read. There is no other way to write an entry.
 */
import { Clock, Effect, Semaphore } from "effect"
import type { ThreeWayCompare } from "../domain/Conflict.ts"
import type { Document } from "../domain/Document.ts"
import type { Decided, Entry, EntryBody, Opened } from "../domain/Entry.ts"
import type { BatchId, Digest, StepId } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import type { Head } from "../domain/Version.ts"
import type { Provider } from "../providers/Provider.ts"
import type { Registry } from "../providers/Registry.ts"
import { Journal, Versions } from "../state/Journal.ts"
import { type Lease, Leases } from "../state/Leases.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { claimFor, claimKey, type Claims, claimsOfHeads, isFoundByMarker } from "./Claims.ts"
import { type Control, makeControl } from "./Control.ts"
import { foldStep, openCall, type StepState, untouched } from "./Fold.ts"
import { Observer, type Watcher } from "./Observer.ts"
import { type EngineEvent, Progress } from "./Progress.ts"
import { sharedHeads } from "./SharedHeads.ts"
import { Stopping, type StopSignal } from "./Stopping.ts"

/** The folded journal of a batch, and the way to add to it. */
export interface Log {
  readonly states: Map<StepId, StepState>
  /** Old id → new id of re-created resources, by kind. */
  readonly remaps: Map<string, string>
  /** Listings that creates refer to. */
  readonly listings: Map<Digest, ReadonlyArray<string>>
  /** Which step made which resource. */
  readonly claims: Claims
  /** Steps with a call whose outcome is not known. */
  readonly inDoubt: Set<StepId>
  /** Intents, by seq, of which nothing can land any more: their horizon has passed in this run. */
  readonly landed: Set<number>
  decided: Decided | undefined
  lastSeq: number
}

/** What a run is started with. */
export interface RunRequest {
  readonly batch: BatchId
  readonly lease: Lease
  readonly opened: Opened
  readonly registry: Registry
  readonly threeWay: ThreeWayCompare
  /** The heads, where they were read under this very lease already. */
  readonly heads?: ReadonlyArray<Head>
}

/** A run: the request and the services it needs, taken from the context once. */
export interface Run extends RunRequest {
  readonly steps: ReadonlyMap<StepId, Step>
  readonly heads: ReadonlyArray<Head>
  readonly headsById: ReadonlyMap<string, Head>
  readonly log: Log
  readonly journal: Journal["Service"]
  readonly sealer: Sealer["Service"]
  readonly leases: Leases["Service"]
  readonly progress: { readonly publish: (event: EngineEvent) => void }
  /** Puts what a watcher wants around a stretch of work. */
  readonly within: Watcher["within"]
  readonly stopping: StopSignal
  readonly control: Control
  /** One create at a time is settled, so that two do not claim one resource. */
  readonly settling: Semaphore.Semaphore
}

const emptyLog = (): Log => ({
  states: new Map(),
  remaps: new Map(),
  listings: new Map(),
  claims: new Map(),
  inDoubt: new Set(),
  landed: new Set(),
  decided: undefined,
  lastSeq: 0
})

/** Makes a run of a request, folding the entries that its journal already has. */
export const makeRun = Effect.fnUntraced(function*(request: RunRequest, entries: ReadonlyArray<Entry>) {
  const versions = yield* Versions
  const heads = request.heads ?? sharedHeads(request.opened.plan, yield* versions.heads)
  const run: Run = {
    ...request,
    steps: new Map(request.opened.plan.steps.map((step) => [step.id, step])),
    heads,
    headsById: claimsOfHeads(heads),
    log: emptyLog(),
    journal: yield* Journal,
    sealer: yield* Sealer,
    leases: yield* Leases,
    progress: yield* Progress,
    within: (yield* Observer).within,
    stopping: yield* Stopping,
    control: makeControl(request.opened.policies.retryBudget),
    settling: yield* Semaphore.make(1)
  }
  for (const entry of entries) foldEntry(run, entry)
  return run
})

const hasMade = (state: StepState): boolean =>
  state.calls.some((call) => call.intent.operation === "create" && call.result === "applied")

/** Keeps what is looked up across steps in line with the state of one. */
const keepIndex = ({ log, steps }: Run, before: StepState, state: StepState): void => {
  if (openCall(state) === undefined) log.inDoubt.delete(state.id)
  else log.inDoubt.add(state.id)
  const kind = steps.get(state.id)?.kind ?? ""
  const was = claimKey(kind, before.remoteId ?? "")
  if (before.remoteId !== state.remoteId && log.claims.get(was) === state.id) log.claims.delete(was)
  if (state.remoteId !== undefined && hasMade(state)) claimFor(log, state.id, kind, state.remoteId)
}

const foldEntry = (run: Run, entry: Entry): void => {
  const { log } = run
  const body = entry.body
  log.lastSeq = entry.seq
  if (body._tag === "decided") log.decided = body
  if (!("step" in body)) return
  const before = log.states.get(body.step) ?? untouched(body.step)
  const state = foldStep(before, entry)
  log.states.set(body.step, state)
  keepIndex(run, before, state)
  const kind = run.registry.kinds.get(run.steps.get(body.step)?.kind ?? "")
  if (kind !== undefined && state.remoteId !== undefined && isFoundByMarker(kind, before, body)) {
    log.claims.set(claimKey(kind.name, state.remoteId), state.id)
  }
  if ("listing" in body && body.listing !== undefined && body.idsBefore !== undefined) {
    log.listings.set(body.listing, body.idsBefore)
  }
  if (body._tag === "compensated" && body.remap !== undefined) {
    log.remaps.set(`${body.remap.kind}/${body.remap.from}`, body.remap.to)
  }
}

const foldBodies = (run: Run, bodies: ReadonlyArray<EntryBody>, lastSeq: number, at: number): void => {
  bodies.forEach((body, index) => {
    const seq = lastSeq - bodies.length + 1 + index
    foldEntry(run, { batch: run.batch, seq, epoch: run.lease.epoch, at, body })
  })
}

/** Appends entries and waits until they are durable; answers the seq of the last. */
export const record = (run: Run, ...bodies: ReadonlyArray<EntryBody>): Effect.Effect<number, StateError> =>
  Effect.flatMap(
    run.journal.append(run.batch, run.lease, bodies),
    (seq) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        foldBodies(run, bodies, seq, at)
        return seq
      })
  )

/** Queues entries that ride on the next commit. */
export const ride = (run: Run, ...bodies: ReadonlyArray<EntryBody>): Effect.Effect<void, StateError> =>
  Effect.flatMap(
    run.journal.ride(run.batch, run.lease, bodies),
    () => Effect.map(Clock.currentTimeMillis, (at) => foldBodies(run, bodies, run.log.lastSeq, at))
  )

/** Waits until everything that rides is durable: a lease that is given back takes nothing more. */
export const flush = (run: Run): Effect.Effect<void, StateError> =>
  Effect.asVoid(run.journal.append(run.batch, run.lease, []))

/** The folded state of a step. */
export const stateOf = (run: Run, step: Step): StepState => run.log.states.get(step.id) ?? untouched(step.id)

/**
 * Where an id that a resource had before the batch went when it was re-created. One step, for each remap begins at such
 * an id: a server that gives ids again may give one resource the old id of another.
 */
export const remapOf = (run: Run) => (kind: string, id: string): string => run.log.remaps.get(`${kind}/${id}`) ?? id

/** The kind of a step and the provider that serves it; a plan never holds a step of a kind that nobody serves. */
export const servedBy = (run: Run, step: Step): { readonly kind: Kind; readonly provider: Provider } => {
  const provider = run.registry.serving(step.kind)
  const kind = run.registry.kinds.get(step.kind)
  if (provider === undefined || kind === undefined) throw new Error(`no provider serves ${step.kind}`)
  return { kind, provider }
}

/** Seals a document of a step's kind. */
export const sealFor = (run: Run, kind: Kind, document: Document): SealedDocument =>
  run.sealer.seal(document, kind.roles.sensitive)

/** Opens a sealed document, or answers `undefined` for none. */
export const openSealed = (
  run: Run,
  sealed: SealedDocument | undefined
): Effect.Effect<Document | undefined, StateError> => sealed === undefined ? Effect.undefined : run.sealer.open(sealed)
