/**
 * Reads a write back, and records how it left its resource: what the way back takes for ours.
 *
 * What is read may be somebody's already, so the answer, the token and what was sent say what the write itself left;
 * what does not hold what was declared fails its step.
 */
import { Effect, Result } from "effect"
import { same } from "../domain/Canonical.ts"
import type { Document } from "../domain/Document.ts"
import type { Outcome } from "../domain/Entry.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Step } from "../domain/Plan.ts"
import type { StateError } from "../state/StateError.ts"
import type { Performed } from "./Calls.ts"
import type { Captured } from "./Capture.ts"
import { tokenEvidence } from "./Evidence.ts"
import { divergedFrom, explain } from "./Explain.ts"
import { effective } from "./Fold.ts"
import { differences, overlay } from "./Overlay.ts"
import { type ReadBack, readBack } from "./ReadBack.ts"
import { recall } from "./Recall.ts"
import { declaredOf } from "./References.ts"
import { openSealed, ride, type Run, sealFor, servedBy, stateOf } from "./Run.ts"
import { failed, type StepEnd } from "./StepEnd.ts"

/** A write that was taken for carried out, or found to be. */
type Applied = Extract<Performed, { readonly _tag: "applied" }>

/** What was written, and to what. */
export interface Written {
  readonly step: Step
  /** Absent for a create. */
  readonly id?: string
  readonly declared: Document
  readonly captured: Captured
  /** Absent for a delete. */
  readonly target?: Document
}

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
  { step, target = {} }: Written,
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
  written: Written,
  performed: Applied,
  { diverged, observed }: ReadBack
): Effect.fn.Return<Left | undefined, StateError> {
  const { step, target } = written
  if (target === undefined || observed === undefined) return undefined
  if (performed.late === true) {
    // What settling answers with a document was the same as sent when it was read.
    const isAsSent = performed.document !== undefined && diverged.length === 0
    return isAsSent ? undefined : yield* leftLate(run, written, observed.document)
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
const isAnswered = ({ document, late, owed }: Applied): boolean =>
  late !== true && document !== undefined && owed?.status !== accepted

/** The status of what was taken, and may or may not be carried out. */
const accepted = 202

/** Reads back what a write left, and records it: whether it holds what the step declares. */
export const verify = Effect.fnUntraced(function*(
  run: Run,
  written: Written,
  performed: Applied
): Effect.fn.Return<StepEnd, StateError> {
  const { captured, declared, step, target } = written
  const id = performed.id ?? written.id ?? ""
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
  const left = (yield* leftOf(run, written, performed, back.success)) ??
    (isDropped && target !== undefined ? { document: target, isWhole: isAnswered(performed) } : undefined)
  yield* ride(run, {
    ...entry,
    ...(observed?.token === undefined ? {} : { token: observed.token }),
    ...(observed === undefined ? {} : { after: sealFor(run, kind, observed.document) }),
    ...(left === undefined ? {} : { left: sealFor(run, kind, left.document) }),
    ...(left?.isWhole === true ? { leftIsWhole: true as const } : {}),
    ...(diverged.length === 0 ? {} : { diverged })
  })
  return diverged.length === 0
    ? { _tag: "done", wrote: true }
    : failed(divergedFrom(run, { kind, paths: diverged, sent: target, found: observed?.document }))
})

/** Whether a document holds what a step declares; what else it was sent with is nothing to read again. */
const isAsDeclared = (kind: Kind, step: Step, document: Document, declared: Document): boolean =>
  differences(kind, document, overlay(kind, document, declared, step)).length === 0

/** Reads back a step that was applied and never read, or found otherwise than sent; `undefined` for any other. */
export const confirmStep = Effect.fnUntraced(function*(
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
  const written = { step, id, declared: declared.success, captured, target }
  return yield* verify(run, written, { _tag: "applied", late: true, id })
})

/**
 * Reads back what was settled as applied and never read, by a cut-off run or when the batch is about to end: the heads
 * hold what is there, and what does not hold what was declared is not committed.
 */
export const confirm = Effect.fn("Verify.confirm")(function*(run: Run): Effect.fn.Return<void, StateError> {
  for (const step of run.opened.plan.steps) yield* confirmStep(run, step)
})
