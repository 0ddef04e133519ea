/**
 * Writes forward: the one function through which every verb changes a resource towards what is desired (rule 2).
 *
 * Capture, compare with the plan, intent, call, outcome, read back. Whatever keeps a step from its end is a value
 * that says whether the remote may have changed; the driver decides what becomes of the batch.
 */
import { Clock, Effect, Result } from "effect"
import type { Operation } from "../domain/Change.ts"
import type { Document } from "../domain/Document.ts"
import { Limits } from "../domain/Limits.ts"
import type { Step } from "../domain/Plan.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { StateError } from "../state/StateError.ts"
import { perform } from "./Calls.ts"
import { captureAbsence, type Captured, captureExisting, standingOf } from "./Capture.ts"
import { isAnothers } from "./Claims.ts"
import { bare, drifted, explain, inDoubt } from "./Explain.ts"
import { effective, holds } from "./Fold.ts"
import { overlay } from "./Overlay.ts"
import { declaredOf } from "./References.ts"
import { standingOfResumed } from "./Resumed.ts"
import { openSealed, ride, type Run, sealFor, servedBy, stateOf } from "./Run.ts"
import { settleOpen } from "./Settle.ts"
import { failed, type StepEnd } from "./StepEnd.ts"
import { confirmStep, verify, type Written } from "./Verify.ts"

/** A step's end, or the wish to capture its resource anew before anything is sent. */
type Attempt = StepEnd | { readonly _tag: "stale"; readonly attempt: number }

/** Whether an old capture is sent on, and the attempts made before on captures that grew old. */
interface Trying {
  readonly fresh: boolean
  readonly attempts: number
}

/** What a step is about to do, everything known. */
interface Intention extends Written {
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
  // What was there is gone where the server gave its id to what another step of this batch made.
  if (isAnothers(run, step, id)) {
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

/** Whether a stale write could be refused, and what was read lacks what that takes. */
const isBare = (run: Run, { captured, step }: Intention): boolean =>
  captured.document !== undefined && captured.guard === undefined &&
  servedBy(run, step).kind.capabilities.guard !== "none"

const write = Effect.fnUntraced(function*(run: Run, intention: Intention): Effect.fn.Return<Attempt, StateError> {
  const { captured, step, target } = intention
  const operation = operationOf(intention)
  const calls = servedBy(run, step).provider.calls(step.kind, operation)
  if (calls.length === 0) return yield* unneeded(run, intention)
  if (isBare(run, intention)) return failed(bare(step.address))
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
