/**
 * Performs one call of a step: intent durable, then sent, then its outcome; a lost answer is settled.
 *
 * Forward and Backward write through this and nothing else does (rules 1 and 2). A call that surely did not land is
 * sent again under a new intent; whatever else keeps it from being applied is a value for the caller to act on.
 */
import { Clock, Effect, Result } from "effect"
import type { Operation } from "../domain/Change.ts"
import type { Document } from "../domain/Document.ts"
import type { Direction, Intended, Intent, UndoIntended } from "../domain/Entry.ts"
import { Limits } from "../domain/Limits.ts"
import type { Step } from "../domain/Plan.ts"
import type { Answer, Call, Provider } from "../providers/Provider.ts"
import { ProviderError } from "../providers/ProviderError.ts"
import type { StateError } from "../state/StateError.ts"
import { claim } from "./Claims.ts"
import { admitted, isStopRequested } from "./Control.ts"
import { leftDespite } from "./Evidence.ts"
import { type CallResult, openCall } from "./Fold.ts"
import { idempotencyKey, requestDigest } from "./Keys.ts"
import { overlay } from "./Overlay.ts"
import { recall } from "./Recall.ts"
import { openSealed, record, ride, type Run, sealFor, servedBy, stateOf } from "./Run.ts"
import { send } from "./Send.ts"
import { settle } from "./Settle.ts"

/** An operation about to be performed, and what was captured of its resource. */
export interface Performance {
  readonly step: Step
  readonly direction: Direction
  readonly operation: Operation
  /** The document that was read; absent for nothing there. */
  readonly before?: Document
  readonly beforeToken?: string
  /** What the resource should hold in the end; absent for nothing there. */
  readonly target?: Document
  /** Milliseconds since the epoch. */
  readonly capturedAt: number
  /** Whether to send nothing, rather than on a capture that is too old. */
  readonly fresh: boolean
  /** Attempts that were made on earlier captures. */
  readonly attempts?: number
  /** seq of the intent that this compensates. */
  readonly compensates?: number
  /** The listing that a create is searched against. */
  readonly listing?: { readonly digest: string; readonly ids: ReadonlyArray<string> }
}

/** What came of an operation. */
export type Performed =
  | {
    readonly _tag: "applied"
    readonly id?: string
    readonly token?: string
    /** What a conditional write after this one sends back. */
    readonly guard?: string
    /** The whole resource, where the last answer was that. */
    readonly document?: Document
    /** How it was left, where the answer shows somebody's edit. */
    readonly left?: Document
    /** The answer was lost, and this was read later: it may hold somebody's edit as well. */
    readonly late?: boolean
    /** The outcome entry of the last call is still to be written, with what a read-back finds. */
    readonly owed?: { readonly call: number; readonly attempt: number; readonly status: number }
  }
  | { readonly _tag: "refused"; readonly error: ProviderError }
  | { readonly _tag: "moved"; readonly verdict: "edited" | "gone"; readonly evidence: string }
  | { readonly _tag: "ask"; readonly evidence: string }
  /** Nothing was sent, because the capture was too old: read the resource anew. */
  | { readonly _tag: "stale"; readonly attempt: number }

interface Turn {
  readonly performance: Performance
  readonly calls: ReadonlyArray<Call>
  readonly index: number
  readonly id: string | undefined
  readonly token: string | undefined
  /** Of the answer to the call before. */
  readonly guard: string | undefined
}

/** Where there is one call, what is expected after it is the target; a create asks for it again to learn its id. */
const namesTarget = ({ calls, index, performance }: Turn): boolean =>
  index === 0 && (calls.length > 1 || performance.operation._tag === "create")

const intentOf = (run: Run, turn: Turn, attempt: number, call: Call): Intended | UndoIntended => {
  const { performance: p, calls, index } = turn
  const { kind } = servedBy(run, p.step)
  const before = index === 0 ? p.before : calls[index - 1]?.expected
  const known = p.listing !== undefined && run.log.listings.has(p.listing.digest)
  const intent: Intent = {
    step: p.step.id,
    operation: p.operation._tag,
    call: index + 1,
    of: calls.length,
    attempt,
    request: requestDigest(run.sealer, call, turn.id),
    idempotencyKey: keyOf(run, turn),
    capturedAt: p.capturedAt,
    ...(call.precondition === undefined ? {} : { precondition: call.precondition }),
    ...(turn.id === undefined ? {} : { remoteId: turn.id }),
    ...(before === undefined ? {} : { before: sealFor(run, kind, before) }),
    ...(turn.token === undefined ? {} : { beforeToken: turn.token }),
    ...(call.expected === undefined ? {} : { expected: sealFor(run, kind, call.expected) }),
    ...(namesTarget(turn) && p.target !== undefined ? { target: sealFor(run, kind, p.target) } : {}),
    ...(p.listing === undefined ? {} : { listing: p.listing.digest }),
    ...(p.listing === undefined || known ? {} : { idsBefore: p.listing.ids })
  }
  return p.direction === "forward"
    ? { _tag: "intended", ...intent }
    : { _tag: "undo-intended", ...intent, compensates: p.compensates ?? 0 }
}

const sameTry: ReadonlySet<CallResult> = new Set<CallResult>(["open", "superseded", "not-applied"])

/** The try of an operation that a key belongs to: an operation begun anew is another request. */
const keyOf = (run: Run, turn: Turn): string => {
  const { step, direction } = turn.performance
  const round =
    stateOf(run, step).calls.filter((c) =>
      c.direction === direction && c.intent.call === turn.index + 1 && !sameTry.has(c.result)
    ).length
  return idempotencyKey({
    batch: run.batch,
    step: step.id,
    call: turn.index + 1,
    direction,
    generation: run.opened.generation,
    round
  })
}

const outcomeOf = (turn: Turn, attempt: number) => ({
  _tag: "outcome" as const,
  step: turn.performance.step.id,
  direction: turn.performance.direction,
  call: turn.index + 1,
  attempt
})

/** How a later call left the resource, where its answer shows an edit of what the calls before it had sent. */
const leftBy = Effect.fnUntraced(function*(run: Run, turn: Turn, document: Document) {
  const { direction, step } = turn.performance
  const [said, sent] = [turn.calls[turn.index - 1]?.expected, turn.calls[turn.index]?.expected]
  if (direction === "back" || said === undefined || sent === undefined) return undefined
  const { kind } = servedBy(run, step)
  const { after, left = after, seen } = stateOf(run, step)
  const found = left === undefined ? yield* openSealed(run, seen) : undefined
  // What was found of calls whose answer was lost, and does not hold what they sent, was edited before that.
  const last = found === undefined
    ? yield* openSealed(run, left)
    : overlay(kind, found, said, { resets: [], ignores: [] })
  return last === undefined ? undefined : leftDespite(kind, { last, said, sent }, document)
})

const applied = Effect.fnUntraced(function*(run: Run, turn: Turn, attempt: number, answer: Answer) {
  const last = turn.index === turn.calls.length - 1
  const learned = answer.id ?? turn.id
  const facts = {
    status: answer.status,
    ...(learned === undefined ? {} : { remoteId: learned }),
    ...(answer.token === undefined ? {} : { token: answer.token })
  }
  const { kind } = servedBy(run, turn.performance.step)
  const document = answer.document === undefined
    ? undefined
    : recall(kind, answer.document, turn.calls[turn.index]?.expected)
  const left = document === undefined ? undefined : yield* leftBy(run, turn, document)
  // What the answer shows is how the call left it: whatever is there besides is somebody's.
  const shown = document === undefined ? {} : { after: sealFor(run, kind, document) }
  const result: Performed = {
    _tag: "applied",
    ...(learned === undefined ? {} : { id: learned }),
    ...(answer.token === undefined ? {} : { token: answer.token }),
    ...(answer.guard === undefined ? {} : { guard: answer.guard }),
    ...(answer.document === undefined ? {} : { document: answer.document }),
    ...(left === undefined ? {} : { left }),
    ...(last && !turn.calls[turn.index]?.learnsId
      ? { owed: { call: turn.index + 1, attempt, status: answer.status } }
      : {})
  }
  if (result.owed !== undefined) return result
  const kept = left === undefined ? {} : { left: sealFor(run, kind, left) }
  const entry = { ...outcomeOf(turn, attempt), result: "applied" as const, ...facts, ...shown, ...kept }
  // A create that only a listing could find again is made durable at once; joined to the running group (W2).
  yield* turn.calls[turn.index]?.learnsId ? record(run, entry) : ride(run, entry)
  return result
})

const refused = Effect.fnUntraced(function*(run: Run, turn: Turn, attempt: number, error: ProviderError) {
  yield* ride(run, {
    ...outcomeOf(turn, attempt),
    result: "refused",
    detail: run.sealer.redact(error.detail),
    ...(error.status === undefined ? {} : { status: error.status })
  })
  return { _tag: "refused" as const, error } satisfies Performed
})

const lostAnswer = Effect.fnUntraced(function*(run: Run, turn: Turn, attempt: number, error: ProviderError) {
  yield* ride(run, {
    ...outcomeOf(turn, attempt),
    result: "ambiguous",
    detail: run.sealer.redact(error.detail),
    ...(error.answeredId === undefined ? {} : { remoteId: error.answeredId }),
    ...(error.status === undefined ? {} : { status: error.status })
  })
  const step = turn.performance.step
  const open = openCall(stateOf(run, step))
  if (open === undefined) throw new Error(`a lost answer leaves an open call: ${step.id}`)
  return yield* settle(run, step, open, error.mayLand !== false)
})

/** An answer that does not say which resource is ours: a sibling that sent the same was given that id. */
const unclear = (provider: Provider, id: string | undefined): ProviderError =>
  new ProviderError({
    reason: "Ambiguous",
    provider: provider.name,
    request: "create",
    detail: id === undefined ? "the answer names no id" : `the answered id ${id} belongs to another step`,
    mayLand: false
  })

const forgoes = (run: Run, turn: Turn, attempt: number): boolean =>
  attempt > run.opened.policies.retries || (turn.performance.direction === "forward" && isStopRequested(run))

/** Whether this create was sent before and its answer lost: then a namesake that is in its way may be ours. */
const wasSent = (run: Run, { index, performance: { direction, step } }: Turn): boolean =>
  stateOf(run, step).calls.filter((c) =>
    c.direction === direction && c.intent.call === index + 1 && sameTry.has(c.result)
  ).length > 1

const mayBeOurs = (run: Run, turn: Turn, call: Call, { reason }: ProviderError): boolean =>
  reason === "Conflict" && call.learnsId && wasSent(run, turn)

/** Settles an intent that was not followed by a request. */
const unsent = Effect.fnUntraced(function*(run: Run, turn: Turn, attempt: number) {
  yield* ride(run, {
    _tag: "resolved",
    step: turn.performance.step.id,
    direction: turn.performance.direction,
    call: turn.index + 1,
    verdict: "not-applied",
    evidence: "not sent: it was captured too long ago"
  })
  return { _tag: "stale", attempt: attempt - 1 } satisfies Performed
})

const sendableOf = Effect.fnUntraced(function*(run: Run, turn: Turn, call: Call, key: string) {
  const { capturedAt, step } = turn.performance
  const { kind } = servedBy(run, step)
  const ttlMs = kind.capabilities.idempotencyKey?.ttlMs
  const now = yield* Clock.currentTimeMillis
  return {
    sending: { kind: step.kind, call, idempotencyKey: key, ...idOf(turn.id) },
    ...(turn.index === 0 && turn.performance.fresh ? { freshUntil: capturedAt + Limits.captureAgeMaxMs } : {}),
    ...(ttlMs === undefined ? {} : { keyedUntil: now + ttlMs })
  }
})

/** The call at hand: one that follows another is as conditional as the API allows. */
const callOf = ({ calls, guard, index, performance: { step } }: Turn): Call => {
  const call = calls[index]
  if (call === undefined) throw new Error(`no call ${index} in ${step.id}`)
  return index === 0 || guard === undefined ? call : { ...call, precondition: guard }
}

/** One attempt under one intent; `undefined` asks for another. */
const attemptCall = Effect.fnUntraced(function*(run: Run, turn: Turn, attempt: number) {
  const { step } = turn.performance
  const { provider } = servedBy(run, step)
  const call = callOf(turn)
  const intent = intentOf(run, turn, attempt, call)
  yield* admitted(run)
  yield* record(run, intent)
  const result = yield* send(run, provider, yield* sendableOf(run, turn, call, intent.idempotencyKey))
  if (result === "stale") return yield* unsent(run, turn, attempt)
  if (Result.isSuccess(result)) {
    const id = result.success.id
    if (call.learnsId && (id === undefined || !claim(run, step, id))) {
      return yield* interpret(run, turn, attempt, unclear(provider, id))
    }
    return yield* applied(run, turn, attempt, result.success)
  }
  const error = result.failure
  return error.applied === "no" && !mayBeOurs(run, turn, call, error)
    ? yield* refused(run, turn, attempt, error)
    : yield* interpret(run, turn, attempt, error)
})

const idOf = (id: string | undefined): { readonly id?: string } => id === undefined ? {} : { id }

/** Turns a settled verdict into what the caller acts on. */
const interpret = Effect.fnUntraced(function*(run: Run, turn: Turn, attempt: number, error: ProviderError) {
  const settled = yield* lostAnswer(run, turn, attempt, error)
  switch (settled.verdict) {
    case "applied":
      return {
        _tag: "applied",
        late: true,
        ...idOf(settled.id ?? turn.id),
        ...(settled.guard === undefined ? {} : { guard: settled.guard }),
        ...(settled.token === undefined ? {} : { token: settled.token }),
        ...(settled.document === undefined ? {} : { document: settled.document })
      } satisfies Performed
    case "edited":
    case "gone":
      return { _tag: "moved", verdict: settled.verdict, evidence: settled.evidence } satisfies Performed
    case "ask":
      return { _tag: "ask", evidence: settled.evidence } satisfies Performed
    case "not-applied":
    case "repeat":
      if (settled.drifted) return { _tag: "moved", verdict: "edited", evidence: settled.evidence } satisfies Performed
      return forgoes(run, turn, attempt) ? ({ _tag: "refused", error } satisfies Performed) : undefined
  }
})

/** Performs the calls of an operation in order, from the first that is not applied yet. */
export const perform = Effect.fnUntraced(function*(
  run: Run,
  performance: Performance,
  calls: ReadonlyArray<Call>
): Effect.fn.Return<Performed, StateError> {
  let last: Performed = { _tag: "applied" }
  let id = performance.operation._tag === "create" ? undefined : performance.operation.id
  let token = performance.beforeToken
  let guard: string | undefined
  for (let index = 0; index < calls.length; index++) {
    let attempt = index === 0 ? performance.attempts ?? 0 : 0
    let performed: Performed | undefined
    do {
      attempt += 1
      performed = yield* attemptCall(run, { performance, calls, index, id, token, guard }, attempt)
    } while (performed === undefined)
    if (performed._tag !== "applied") return performed
    id = performed.id ?? id
    token = performed.token
    guard = performed.guard
    last = { ...performed, ...(id === undefined ? {} : { id }) }
  }
  return last
})
