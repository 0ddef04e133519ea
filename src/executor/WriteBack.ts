/**
 * Performs one write of the way back, reads it back and records what came of it. Backward is its only caller's face.
 *
 * A refusal or a call in doubt blocks the step; a resource that moved meanwhile is looked at once more.
 */
import { Effect, Result } from "effect"
import type { Operation } from "../domain/Change.ts"
import type { Document } from "../domain/Document.ts"
import type { Compensated } from "../domain/Entry.ts"
import type { Kind } from "../domain/Kind.ts"
import { Limits } from "../domain/Limits.ts"
import type { Step } from "../domain/Plan.ts"
import { getAt, renderPointer } from "../domain/Pointer.ts"
import type { StateError } from "../state/StateError.ts"
import { answered, block, doubtful, type Obstacle } from "./Blocking.ts"
import { perform, type Performed } from "./Calls.ts"
import { type Captured, captureExisting } from "./Capture.ts"
import { explain } from "./Explain.ts"
import { pendingChoice, phaseOf } from "./Fold.ts"
import { differences } from "./Overlay.ts"
import { readBack } from "./ReadBack.ts"
import { withoutSecrets } from "./Recall.ts"
import { record, ride, type Run, sealFor, servedBy, stateOf } from "./Run.ts"
import { horizonMs } from "./Settle.ts"

/** Whether a step's resource is back, or waits for a person: `refused` may be done once other steps are back. */
export type BackEnd = "compensated" | "stuck" | "refused"

/** What is recorded of a compensation. */
export type Facts = Omit<Compensated, "_tag" | "step" | "after"> & { readonly after?: Document }

/** Records that a step has nothing left to undo. */
export const compensated = Effect.fnUntraced(function*(run: Run, step: Step, facts: Facts) {
  const { after, ...rest } = facts
  const { kind } = servedBy(run, step)
  const entry: Compensated = {
    _tag: "compensated",
    step: step.id,
    ...rest,
    ...(after === undefined ? {} : { after: sealFor(run, kind, after) })
  }
  // A new id must not be lost: it is durable before anything is rewritten to it.
  yield* entry.remap === undefined ? ride(run, entry) : record(run, entry)
  return "compensated" as const
})

/** A step that waited for a person, and of which nothing is left to take back, waits no longer. */
export const unblocked = (run: Run, step: Step): Effect.Effect<BackEnd, StateError> =>
  phaseOf(stateOf(run, step)) === "stuck"
    ? compensated(run, step, { result: "nothing", evidence: "nothing of it was applied" })
    : Effect.succeed("compensated")

/** Blocks a step on its way back. */
export const stuck = (run: Run, step: Step, obstacle: Omit<Obstacle, "direction">) =>
  Effect.as(block(run, step, { ...obstacle, direction: "back" }), "stuck" as const)

/** Blocks a step, unless a person chose to overwrite exactly this. */
export const blockedUnlessForced = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  obstacle: Omit<Obstacle, "direction">
): Effect.fn.Return<boolean, StateError> {
  if (step.conflict === "force") return false
  if (pendingChoice(stateOf(run, step)) === "force" && answered(run, step, { ...obstacle, direction: "back" })) {
    return false
  }
  yield* stuck(run, step, obstacle)
  return true
})

/** What was captured, as facts of a compensation. */
export const present = (captured: Captured): Pick<Facts, "after" | "token"> => ({
  ...(captured.document === undefined ? {} : { after: captured.document }),
  ...(captured.token === undefined ? {} : { token: captured.token })
})

/** A write on the way back, everything known. `undefined` of `again` asks to look once more. */
export interface Writing {
  readonly step: Step
  readonly operation: Operation
  readonly captured: Captured
  readonly compensates: number
  /** Absent for a delete. */
  readonly target?: Document
  readonly formerly?: string
  /** What could not be put back, so that the rest is residue. */
  readonly lossy: ReadonlyArray<string>
  readonly evidence: string
  readonly forced: boolean
}

/** Whether a step may still be captured again; each time leaves a call that was not sent. */
const mayRecapture = (run: Run, step: Step): boolean =>
  stateOf(run, step).calls.filter((call) => call.direction === "back" && call.result === "not-applied").length <
    Limits.recapturesMax

const performBack = (run: Run, writing: Writing) => {
  const { captured, operation, step, target } = writing
  const calls = servedBy(run, step).provider.calls(step.kind, operation)
  return perform(run, {
    step,
    direction: "back",
    operation,
    capturedAt: captured.at,
    fresh: mayRecapture(run, step),
    compensates: writing.compensates,
    ...(captured.document === undefined ? {} : { before: captured.document }),
    ...(captured.token === undefined ? {} : { beforeToken: captured.token }),
    ...(target === undefined ? {} : { target }),
    ...(captured.listing === undefined ? {} : { listing: captured.listing })
  }, calls)
}

/** What a resource that was created again holds and did not hold before: a server may bring back more than it got. */
export const surplus = (kind: Kind, before: Document, observed: Document): ReadonlyArray<string> =>
  differences(kind, observed, before).filter((path) => getAt(before, path) === undefined).map(renderPointer)

const accepted = 202

const finish = Effect.fnUntraced(function*(
  run: Run,
  writing: Writing,
  performed: Extract<Performed, { _tag: "applied" }>
): Effect.fn.Return<BackEnd, StateError> {
  const { formerly, step, target } = writing
  const id = performed.id ?? (writing.operation._tag === "create" ? "" : writing.operation.id)
  const reading = readBack(run, step, {
    id,
    ...(performed.document === undefined ? {} : { answered: performed.document }),
    ...(performed.token === undefined ? {} : { token: performed.token }),
    ...(performed.owed === undefined ? {} : { status: performed.owed.status, before: writing.captured }),
    declared: { document: target ?? {}, resets: [], ignores: [] },
    ...(target === undefined ? {} : { target })
  })
  const first = yield* reading
  const isUnderWay = Result.isFailure(first) && performed.owed?.status === accepted
  // What was only taken is not left under way when the batch ends.
  const back = isUnderWay ? yield* Effect.andThen(Effect.sleep(horizonMs(run, step)), reading) : first
  if (performed.owed !== undefined) {
    const { attempt, call, status } = performed.owed
    yield* ride(run, {
      _tag: "outcome",
      step: step.id,
      direction: "back",
      call,
      attempt,
      result: "applied",
      status,
      remoteId: id
    })
  }
  const diverged = Result.isFailure(back) ? ["(not read back)"] : back.success.diverged
  const observed = Result.isFailure(back) ? undefined : back.success.observed
  const isMade = writing.operation._tag === "create" && target !== undefined && observed !== undefined
  const added = isMade ? surplus(servedBy(run, step).kind, target, observed.document) : []
  const residue = [...writing.lossy, ...diverged, ...added]
  // Where it does not hold what was written, or was only taken, nobody knows whether it holds the secrets.
  const unread = target !== undefined && performed.owed?.status === accepted
    ? withoutSecrets(servedBy(run, step).kind, target)
    : target
  const read = diverged.length > 0 && Result.isSuccess(back) ? back.success.shown : observed?.document
  const after = read ?? unread
  const whole = writing.forced ? "forced" as const : "done" as const
  return yield* compensated(run, step, {
    result: residue.length > 0 ? "residue" : whole,
    evidence: residue.length > 0 ? `not restored: ${residue.join(", ")}` : writing.evidence,
    ...(target === undefined ? {} : { remoteId: id }),
    ...(after === undefined ? {} : { after }),
    ...(observed?.token === undefined ? {} : { token: observed.token }),
    ...(formerly === undefined || formerly === id || target === undefined
      ? {}
      : { remap: { kind: step.kind, from: formerly, to: id } })
  })
})

/** Writes; `undefined` asks to look again because the resource moved meanwhile. */
export const write = Effect.fnUntraced(function*(
  run: Run,
  writing: Writing
): Effect.fn.Return<BackEnd | undefined, StateError> {
  const performed = yield* performBack(run, writing)
  switch (performed._tag) {
    case "applied":
      return yield* finish(run, writing, performed)
    case "moved":
    case "stale":
      return undefined
    case "refused": {
      const { error } = performed
      if (error.status === 412) return undefined
      // It is gone: what that means is for the next look to say.
      if (writing.operation._tag !== "create" && error.reason === "NotFound") return undefined
      const { detail, summary } = explain(run, error)
      const obstacle = { why: `${summary}: ${detail}`, paths: [], choices: ["retry", "accept", "skip"] }
      return yield* Effect.as(stuck(run, writing.step, obstacle), "refused" as const)
    }
    case "ask":
      return yield* stuck(
        run,
        writing.step,
        doubtful(
          run,
          writing.step,
          "back",
          `it is not known whether the compensation was applied: ${performed.evidence}`
        )
      )
  }
})

/**
 * Captures a resource on the way back; where it cannot be read the step is stuck and the answer `undefined`. Where
 * reads lag behind writes, what is not as we left it is looked at again before anything is concluded from it.
 */
export const look = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  { id, isAsLeft, known }: Looking
): Effect.fn.Return<Captured | undefined, StateError> {
  const { settlesWithinMs } = servedBy(run, step).kind.capabilities
  const capture = captureExisting(run, step, id, known)
  let read = yield* capture
  if (settlesWithinMs > 0 && Result.isSuccess(read) && !isAsLeft(read.success)) {
    yield* Effect.sleep(settlesWithinMs)
    read = yield* capture
  }
  if (Result.isSuccess(read)) return read.success
  const { detail, summary } = explain(run, read.failure)
  yield* stuck(run, step, { why: `${summary}: ${detail}`, paths: [], choices: ["retry", "accept", "skip"] })
  return undefined
})

/** What to look at, and how we left it. */
export interface Looking {
  readonly id: string
  readonly known: Document | undefined
  readonly isAsLeft: (captured: Captured) => boolean
}
