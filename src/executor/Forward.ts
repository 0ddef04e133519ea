/**
 * Writes forward: the one function through which every verb changes a resource towards what is desired (rule 2).
 *
 * Capture, compare with the plan, intent, call, outcome, read back. Whatever keeps a step from its end is a value
 * that says whether the remote may have changed; the driver decides what becomes of the batch.
 */
import { Clock, Effect, Result } from "effect"
import { same } from "../domain/Canonical.ts"
import type { Operation } from "../domain/Change.ts"
import type { Document } from "../domain/Document.ts"
import type { Outcome } from "../domain/Entry.ts"
import type { Kind } from "../domain/Kind.ts"
import { Limits } from "../domain/Limits.ts"
import type { Step } from "../domain/Plan.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { StateError } from "../state/StateError.ts"
import { perform, type Performed } from "./Calls.ts"
import { captureAbsence, type Captured, captureExisting, standingOf } from "./Capture.ts"
import { isAnothers } from "./Claims.ts"
import { tokenEvidence } from "./Evidence.ts"
import { divergedFrom, drifted, explain, inDoubt } from "./Explain.ts"
import { effective, holds } from "./Fold.ts"
import { differences, overlay } from "./Overlay.ts"
import type { StepFailure } from "./Progress.ts"
import { type ReadBack, readBack } from "./ReadBack.ts"
import { recall } from "./Recall.ts"
import { declaredOf } from "./References.ts"
import { standingOfResumed } from "./Resumed.ts"
import { openSealed, ride, type Run, sealFor, servedBy, stateOf } from "./Run.ts"
import { settleOpen } from "./Settle.ts"

/** How a step ended forwards. `drifted` tells that nothing was written because the resource is another. */
export type StepEnd =
  | { readonly _tag: "done"; readonly wrote: boolean }
  | { readonly _tag: "failed"; readonly failure: StepFailure; readonly drifted: boolean; readonly stuck: boolean }

/** A step's end, or the wish to capture its resource anew before anything is sent. */
type Attempt = StepEnd | { readonly _tag: "stale"; readonly attempt: number }

/** Whether an old capture is sent on, and the attempts made before on captures that grew old. */
interface Trying {
  readonly fresh: boolean
  readonly attempts: number
}

const failed = (failure: StepFailure, how: { drifted?: boolean; stuck?: boolean } = {}): StepEnd => ({
  _tag: "failed",
  failure,
  drifted: how.drifted ?? false,
  stuck: how.stuck ?? false
})

/** What a step is about to do, everything known. */
interface Intention {
  readonly step: Step
  /** The id to write to; absent for a create. */
  readonly id?: string
  readonly declared: Document
  readonly captured: Captured
  /** Absent for a delete. */
  readonly target?: Document
  readonly trying: Trying
}

/** The id a step writes to: the plan's, or the one that a create of this batch learned before it was cut off. */
const idOf = (run: Run, step: Step): string | undefined => {
  const state = stateOf(run, step)
  return step.remoteId ?? (effective(state).length > 0 ? state.remoteId : undefined)
}

const capture = Effect.fnUntraced(function*(run: Run, step: Step, declared: Document) {
  const id = idOf(run, step)
  if (id === undefined) return yield* captureAbsence(run, step, declared)
  // What was to be deleted is gone where the server gave its id to what another step of this batch made.
  if (step.action === "delete" && isAnothers(run, step, id)) {
    return Result.succeed<Captured>({ at: yield* Clock.currentTimeMillis })
  }
  return yield* captureExisting(run, step, id, yield* openSealed(run, stateOf(run, step).after ?? step.before))
})

const targetOf = (run: Run, step: Step, declared: Document, captured: Captured): Document | undefined => {
  if (step.action === "delete") return undefined
  if (step.action === "guard") return captured.document
  if (captured.document === undefined) return declared
  return overlay(servedBy(run, step).kind, captured.document, declared, step)
}

const operationOf = ({ captured, declared, id, step, target }: Intention): Operation => {
  const guard = captured.guard === undefined ? {} : { guard: captured.guard }
  if (id === undefined) return { _tag: "create", desired: declared }
  if (step.action === "delete") return { _tag: "delete", id, from: captured.document ?? {}, ...guard }
  return { _tag: "update", id, from: captured.document ?? {}, to: target ?? {}, ...guard }
}

const unneeded = Effect.fnUntraced(function*(
  run: Run,
  intention: Intention
): Effect.fn.Return<StepEnd, StateError> {
  const { captured, id, step } = intention
  // What was written earlier and did not hold does now.
  if (stateOf(run, step).complete) return yield* verify(run, intention, { _tag: "applied", late: true })
  const { kind } = servedBy(run, step)
  yield* ride(run, {
    _tag: "outcome",
    step: step.id,
    direction: "forward",
    call: 0,
    attempt: 0,
    result: "unneeded",
    ...(id === undefined ? {} : { remoteId: id }),
    ...(captured.token === undefined ? {} : { token: captured.token }),
    ...(captured.document === undefined ? {} : { after: sealFor(run, kind, captured.document) })
  })
  return { _tag: "done", wrote: false }
})

/** How a write left its resource, and whether that is all that was there. */
interface Left {
  readonly document: Document
  readonly isWhole: boolean
}

/**
 * How a write whose answer was lost left its resource, where more or something else was read back: it is only known to
 * hold what was sent, over what was first found of what it made.
 */
const leftLate = Effect.fnUntraced(function*(
  run: Run,
  { step, target = {} }: Intention,
  observed: Document
): Effect.fn.Return<Left | undefined, StateError> {
  const { kind } = servedBy(run, step)
  const state = stateOf(run, step)
  const isNew = effective(state).some(({ intent }) => intent.operation === "create")
  const expected = isNew ? yield* openSealed(run, effective(state).at(-1)?.intent.expected) : undefined
  const sent = expected ?? target
  if (!isNew || state.after !== undefined) {
    return same(kind, observed, sent) ? undefined : { document: sent, isWhole: false }
  }
  const found = (yield* openSealed(run, state.seen)) ?? observed
  const document = overlay(kind, found, sent, { resets: [], ignores: [] })
  return same(kind, observed, document) ? undefined : { document, isWhole: true }
})

/**
 * What the write left there, where what was read back may be somebody's: the answer tells what the server made of it,
 * and what was read under another token is only known to hold what was sent.
 */
const leftOf = Effect.fnUntraced(function*(
  run: Run,
  intention: Intention,
  performed: Extract<Performed, { _tag: "applied" }>,
  { diverged, observed }: ReadBack
): Effect.fn.Return<Left | undefined, StateError> {
  const { step, target } = intention
  if (target === undefined || observed === undefined) return undefined
  if (performed.late === true) {
    // What settling answers with a document was the same as sent when it was read.
    const isAsSent = performed.document !== undefined && diverged.length === 0
    return isAsSent ? undefined : yield* leftLate(run, intention, observed.document)
  }
  const isWhole = isAnswered(performed)
  if (performed.left !== undefined) return { document: performed.left, isWhole }
  if (diverged.length === 0) return undefined
  if (performed.document !== undefined) {
    return { document: recall(servedBy(run, step).kind, performed.document, target), isWhole }
  }
  return tokenEvidence(performed.token, observed.token) === "changed" ? { document: target, isWhole } : undefined
})

/** Whether the answer to a write showed the whole resource as that left it; what was only taken may change yet. */
const isAnswered = ({ document, late, owed }: Extract<Performed, { _tag: "applied" }>): boolean =>
  late !== true && document !== undefined && owed?.status !== accepted

/** The status of what was taken, and may or may not be carried out. */
const accepted = 202

const verify = Effect.fnUntraced(function*(
  run: Run,
  intention: Intention,
  performed: Extract<Performed, { _tag: "applied" }>
): Effect.fn.Return<StepEnd, StateError> {
  const { captured, declared, step, target } = intention
  const id = performed.id ?? intention.id ?? ""
  const back = yield* readBack(run, step, {
    id,
    declared: { document: declared, resets: step.resets, ignores: step.ignores },
    ...(performed.document === undefined ? {} : { answered: performed.document }),
    ...(performed.token === undefined ? {} : { token: performed.token }),
    ...(performed.owed === undefined ? {} : { status: performed.owed.status, before: captured }),
    ...(target === undefined ? {} : { target })
  })
  const entry: Outcome = {
    _tag: "outcome",
    step: step.id,
    direction: "forward",
    call: performed.owed?.call ?? 0,
    attempt: performed.owed?.attempt ?? 0,
    result: "applied",
    remoteId: id,
    ...(performed.owed === undefined ? {} : { status: performed.owed.status })
  }
  if (Result.isFailure(back)) {
    yield* ride(run, { ...entry, diverged: ["(not read back)"] })
    return failed({ ...explain(run, back.failure), applied: "yes" })
  }
  const { diverged, shown } = back.success
  const { kind } = servedBy(run, step)
  // What was taken and not carried out left what reads do not show as it was, too; it may still be on its way.
  const isDropped = diverged.length > 0 && performed.owed?.status === accepted && shown !== undefined
  const observed = isDropped && back.success.observed !== undefined
    ? { ...back.success.observed, document: recall(kind, shown, captured.document) }
    : back.success.observed
  const left = (yield* leftOf(run, intention, performed, back.success)) ??
    (isDropped && target !== undefined ? { document: target, isWhole: isAnswered(performed) } : undefined)
  yield* ride(run, {
    ...entry,
    ...(observed?.token === undefined ? {} : { token: observed.token }),
    ...(observed === undefined ? {} : { after: sealFor(run, kind, observed.document) }),
    ...(left === undefined ? {} : { left: sealFor(run, kind, left.document) }),
    ...(left?.isWhole === true ? { leftIsWhole: true as const } : {}),
    ...(diverged.length === 0 ? {} : { diverged })
  })
  return diverged.length === 0 ? { _tag: "done", wrote: true } : failed(divergedFrom(diverged))
})

const write = Effect.fnUntraced(function*(run: Run, intention: Intention): Effect.fn.Return<Attempt, StateError> {
  const { captured, step, target } = intention
  const operation = operationOf(intention)
  const calls = servedBy(run, step).provider.calls(step.kind, operation)
  if (calls.length === 0) return yield* unneeded(run, intention)
  const performed = yield* perform(run, {
    step,
    direction: "forward",
    operation,
    capturedAt: captured.at,
    ...intention.trying,
    ...(captured.document === undefined ? {} : { before: captured.document }),
    ...(captured.token === undefined ? {} : { beforeToken: captured.token }),
    ...(target === undefined ? {} : { target }),
    ...(captured.listing === undefined ? {} : { listing: captured.listing })
  }, calls)
  switch (performed._tag) {
    case "applied":
      return yield* verify(run, intention, performed)
    case "refused":
      // Somebody deleted it between the capture and our delete: nothing of ours to take back.
      if (operation._tag === "delete" && performed.error.reason === "NotFound") return yield* unneeded(run, intention)
      // Refused, or found not to be there: either way it surely did not apply.
      return failed({ ...explain(run, performed.error), applied: "no" }, { drifted: performed.error.status === 412 })
    case "stale":
      return performed
    case "moved":
      return failed(drifted(performed.evidence), { drifted: true })
    case "ask":
      return failed(inDoubt(performed.evidence), { stuck: true })
  }
})

const intentionOf = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  declared: Document,
  trying: Trying
): Effect.fn.Return<Result.Result<Intention, ProviderError>, StateError> {
  const id = idOf(run, step)
  return Result.map(yield* capture(run, step, declared), (captured): Intention => {
    const target = targetOf(run, step, declared, captured)
    return {
      step,
      declared,
      captured,
      trying,
      ...(id === undefined ? {} : { id }),
      ...(target === undefined ? {} : { target })
    }
  })
})

const once = Effect.fnUntraced(function*(run: Run, step: Step, trying: Trying): Effect.fn.Return<Attempt, StateError> {
  const declared = yield* declaredOf(run, step)
  if (Result.isFailure(declared)) {
    const { address, path } = declared.failure
    return failed(drifted(`${address} has no field ${path}`))
  }
  const read = yield* intentionOf(run, step, declared.success, trying)
  if (Result.isFailure(read)) return failed({ ...explain(run, read.failure), applied: "no" })
  const intention = read.success
  const { captured, target } = intention
  if (step.action === "guard") return yield* unneeded(run, intention)
  const resumed = effective(stateOf(run, step)).length > 0
  const standing = resumed && step.action !== "delete"
    ? yield* standingOfResumed(run, step, captured, target)
    : yield* standingOf(run, step, captured, target)
  if (standing._tag === "drifted") return failed(drifted(standing.detail), { drifted: true })
  if (standing._tag === "already so") return yield* unneeded(run, intention)
  return yield* write(run, intention)
})

/** Whether a document holds what a step declares; what else it was sent with is nothing to read again. */
const isAsDeclared = (kind: Kind, step: Step, document: Document, declared: Document): boolean =>
  differences(kind, document, overlay(kind, document, declared, step)).length === 0

/** Reads back a step that was applied and never read, or found otherwise than sent; `undefined` for any other. */
const confirmStep = Effect.fnUntraced(function*(
  run: Run,
  step: Step
): Effect.fn.Return<StepEnd | undefined, StateError> {
  const state = stateOf(run, step)
  const id = state.remoteId ?? step.remoteId
  const isRead = state.after !== undefined && state.diverged.length > 0
  const isOver = !state.complete || isRead || step.action === "delete" || state.compensated !== undefined
  if (isOver || id === undefined) return undefined
  const declared = yield* declaredOf(run, step)
  const target = yield* openSealed(run, effective(state).at(-1)?.intent.expected)
  if (Result.isFailure(declared) || target === undefined) return undefined
  const after = yield* openSealed(run, state.after)
  if (after !== undefined && isAsDeclared(servedBy(run, step).kind, step, after, declared.success)) return undefined
  const captured = { at: 0, document: target }
  const intention = { step, id, declared: declared.success, captured, target, trying: { fresh: false, attempts: 0 } }
  return yield* verify(run, intention, { _tag: "applied", late: true, id })
})

/** Takes one step forward. */
export const forward = Effect.fnUntraced(function*(
  run: Run,
  step: Step
): Effect.fn.Return<StepEnd, StateError> {
  // A call that an earlier run left open is settled before anything else: never assume that nothing happened.
  if (!(yield* settleOpen(run, step))) return failed(inDoubt("the last request could not be settled"), { stuck: true })
  const settled = yield* confirmStep(run, step)
  if (settled !== undefined) return settled
  if (holds(stateOf(run, step))) return { _tag: "done", wrote: true }
  let attempts = 0
  for (let captures = 1;; captures++) {
    const end = yield* once(run, step, { fresh: captures <= Limits.recapturesMax, attempts })
    if (end._tag !== "stale") return end
    attempts = end.attempt
  }
})

/**
 * Reads back what was settled as applied and never read, by a cut-off run or when the batch is about to end: the heads
 * hold what is there, and what does not hold what was declared is not committed.
 */
export const confirm = Effect.fn("Forward.confirm")(function*(run: Run): Effect.fn.Return<void, StateError> {
  for (const step of run.opened.plan.steps) yield* confirmStep(run, step)
})
