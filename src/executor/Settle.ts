/**
 * Settles a call whose answer was lost, by reading the remote, never by a blind repeat (rule 4).
 *
 * First the horizon: a request without an answer may still land after we looked. Then one reading, the verdict of
 * the table, and `resolved`, durable before anything acts on it. Where the remote cannot be read, nothing is
 * resolved and the step stays in doubt.
 */
import { Clock, Effect, Result } from "effect"
import { same } from "../domain/Canonical.ts"
import type { Document } from "../domain/Document.ts"
import type { Intent, VerdictName } from "../domain/Entry.ts"
import { Limits } from "../domain/Limits.ts"
import type { Step } from "../domain/Plan.ts"
import type { Observation } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { StateError } from "../state/StateError.ts"
import { claim, isAnothers } from "./Claims.ts"
import { removeDuplicates } from "./Duplicates.ts"
import { continuedFinding, deleteFinding, isRemade, tokenEvidence, updateFinding } from "./Evidence.ts"
import { type CallState, openCall } from "./Fold.ts"
import { requestDigest } from "./Keys.ts"
import { recall } from "./Recall.ts"
import { openSealed, record, type Run, sealFor, servedBy, stateOf } from "./Run.ts"
import { readCreate, type Reading } from "./Search.ts"
import { patiently, send } from "./Send.ts"
import { judge, type TokenEvidence } from "./Verdict.ts"

/** What settling came to. */
export interface Settled {
  readonly verdict: VerdictName
  readonly evidence: string
  readonly id?: string
  readonly token?: string
  /** What a conditional write after this one sends back. */
  readonly guard?: string
  readonly document?: Document
  /** Of a create: what was read, where that may hold more than we left there. */
  readonly seen?: Document
  /** Somebody edited what was not written, so that the same bytes are not to be sent again. */
  readonly drifted?: true
}

/** How long a request of a step's kind may still land, and then a read not show it; milliseconds. */
export const horizonMs = (run: Run, step: Step): number => {
  const { kind, provider } = servedBy(run, step)
  return provider.horizonMs + kind.capabilities.settlesWithinMs
}

/** Waits until nothing of a call can land any more, and until a read shows what has. */
const horizon = (run: Run, step: Step, mayLand: boolean): Effect.Effect<void> => {
  const { kind, provider } = servedBy(run, step)
  const ms = mayLand ? horizonMs(run, step) : kind.capabilities.settlesWithinMs
  if (ms >= Limits.noticeAfterMs) {
    run.progress.publish({ _tag: "waiting", what: `a request to ${provider.name} may still land`, ms })
  }
  return ms === 0 ? Effect.void : Effect.sleep(ms)
}

/** Whether a call is the one that learns the id of a new resource. */
const learnsId = (open: CallState): boolean => open.intent.operation === "create" && open.intent.remoteId === undefined

/** Settles the open call of a step and journals the verdict. */
export const settle = Effect.fn("Settle.settle")(function*(run: Run, step: Step, open: CallState, mayLand: boolean) {
  if (!run.log.landed.has(open.seq)) yield* horizon(run, step, mayLand)
  run.log.landed.add(open.seq)
  return learnsId(open)
    ? yield* run.settling.withPermits(1)(settleWith(run, step, open, readCreate(run, step, open)))
    : yield* settleWith(run, step, open, readExisting(run, step, open))
})

/**
 * Settles every open call of a step: never assume that nothing happened. Tells whether all of them are settled, or may
 * be repeated without harm.
 */
export const settleOpen = Effect.fnUntraced(function*(run: Run, step: Step): Effect.fn.Return<boolean, StateError> {
  for (;;) {
    const open = openCall(stateOf(run, step))
    if (open === undefined) return true
    const { verdict } = yield* settle(run, step, open, true)
    if (verdict === "ask" || verdict === "repeat") return verdict === "repeat"
  }
})

const ask = (evidence: string): Settled => ({ verdict: "ask", evidence })

const settleWith = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  open: CallState,
  reading: Effect.Effect<Result.Result<Reading, ProviderError>, StateError>
): Effect.fn.Return<Settled, StateError> {
  const result = yield* reading
  if (Result.isFailure(result)) {
    return ask(`the remote could not be read: ${run.sealer.redact(result.failure.detail)}`)
  }
  const { drifted, duplicates = [], found, row } = result.success
  const { guard = found?.guard, seen = found?.document } = result.success
  if (row.verdict === "ask" && learnsId(open)) {
    const named = yield* askAgain(run, step, open)
    if (named !== undefined) return yield* resolved(run, step, open, named)
  }
  if (!(yield* removeDuplicates(run, step, open, duplicates))) return ask("a duplicate could not be deleted")
  if (found !== undefined && learnsId(open)) claim(run, step, found.id)
  const { kind } = servedBy(run, step)
  const { before, expected } = open.intent
  const left = yield* openSealed(run, row.verdict === "not-applied" ? before : expected)
  const isShown = seen !== undefined && open.direction === "forward" && open.intent.operation === "create"
  const verdict = {
    verdict: row.verdict,
    evidence: row.because,
    ...(isShown ? { seen } : {}),
    ...(guard === undefined ? {} : { guard }),
    ...(drifted === undefined ? {} : { drifted })
  }
  if (found === undefined) return yield* resolved(run, step, open, verdict)
  // What holds what was sent holds also what it does not show of it.
  const document = recall(kind, found.document, left)
  const { id, token } = found
  // What was edited before it was found is not how we left it.
  if (left !== undefined && !same(kind, document, left)) return yield* resolved(run, step, open, { ...verdict, id })
  return yield* resolved(run, step, open, { ...verdict, id, document, ...(token === undefined ? {} : { token }) })
})

const resolved = Effect.fnUntraced(function*(run: Run, step: Step, open: CallState, settled: Settled) {
  const { document, evidence, id, seen, token, verdict } = settled
  const { kind } = servedBy(run, step)
  yield* record(run, {
    _tag: "resolved",
    step: step.id,
    direction: open.direction,
    call: open.intent.call,
    verdict,
    evidence,
    ...(id === undefined ? {} : { remoteId: id }),
    ...(document === undefined ? {} : { after: sealFor(run, kind, document) }),
    ...(document !== undefined || seen === undefined ? {} : { seen: sealFor(run, kind, seen) }),
    ...(token === undefined ? {} : { token })
  })
  run.progress.publish({ _tag: "resolve", address: step.address, action: "none", verdict, evidence })
  return settled
})

/**
 * Repeats a create under the key that it was sent with, to learn the id: while the API knows the key, the same bytes
 * have one effect. Only where reading did not tell.
 */
const askAgain = Effect.fnUntraced(function*(run: Run, step: Step, open: CallState) {
  const { kind, provider } = servedBy(run, step)
  const ttlMs = kind.capabilities.idempotencyKey?.ttlMs
  const { capturedAt, idempotencyKey, request, target } = open.intent
  const now = yield* Clock.currentTimeMillis
  if (ttlMs === undefined || now + provider.timeoutMs >= capturedAt + ttlMs) return undefined
  const desired = (yield* openSealed(run, target)) ?? {}
  const call = provider.calls(step.kind, { _tag: "create", desired })[open.intent.call - 1]
  if (call === undefined || requestDigest(run.sealer, call, undefined) !== request) return undefined
  const keyedUntil = capturedAt + ttlMs
  const sent = yield* send(run, provider, { sending: { kind: step.kind, call, idempotencyKey }, keyedUntil })
  if (sent === "stale" || Result.isFailure(sent) || sent.success.id === undefined) return undefined
  const { document, guard, id, token } = sent.success
  if (!claim(run, step, id)) return undefined
  return {
    verdict: "applied",
    evidence: "the same request under the same idempotency key was answered with its id",
    id,
    ...(document === undefined ? {} : { document }),
    ...(guard === undefined ? {} : { guard }),
    ...(token === undefined ? {} : { token })
  } satisfies Settled
})

/** What is known of changes since the call: a guard may be made of what is shown, so that it only tells of some. */
const tokenOf = ({ beforeToken, precondition }: Intent, observed: Observation | undefined): TokenEvidence => {
  const token = tokenEvidence(beforeToken, observed?.token)
  const isGuardMoved = tokenEvidence(precondition, observed?.guard) === "changed"
  return token === "none" && isGuardMoved ? "changed" : token
}

/** Reads a resource that existed before the call. */
const readExisting = Effect.fnUntraced(function*(run: Run, step: Step, open: CallState) {
  const { kind, provider } = servedBy(run, step)
  const intent = open.intent
  const read = yield* patiently(run, provider, provider.observe(step.kind, intent.remoteId ?? ""))
  const before = yield* openSealed(run, intent.before)
  const sent = yield* openSealed(run, intent.expected)
  return Result.map(read, (there): Reading => {
    const deletes = intent.operation === "delete"
    const isOther = isAnothers(run, step, intent.remoteId ?? "") || isRemade(kind, before, there?.document)
    const observed = deletes && isOther ? undefined : there
    const compare = intent.operation === "create" ? continuedFinding : updateFinding
    const token = tokenOf(intent, observed)
    const shown = deletes
      ? deleteFinding(kind, before, observed?.document)
      : compare(kind, { before: before ?? {}, sent: sent ?? {}, token }, observed?.document)
    // What the server says it did, it did: not here, so it made or changed something else.
    const finding = !deletes && open.answeredId !== undefined && shown !== "as-sent" ? "elsewhere" : shown
    const judged = judge({ operation: deletes ? "delete" : "update", token, finding })
    const row = finding === "elsewhere"
      ? { ...judged, because: run.sealer.redact(`${judged.because}, ${open.answeredId}`) }
      : judged
    // What holds more than we sent, or something else, is not ours to remember.
    const isOurs = finding === "as-sent" || (finding === "as-before" && intent.operation === "create")
    if (observed === undefined) return { row }
    if (finding === "theirs-shown") return { row, drifted: true }
    if (isOurs) return { row, found: observed }
    return { row, seen: observed.document, ...(observed.guard === undefined ? {} : { guard: observed.guard }) }
  })
})
