/**
 * Creates again what a step deleted. Where the server gives a new id, the compensation records the remap, and every
 * body restored after it passes it.
 */
import { Effect, Result } from "effect"
import { same } from "../domain/Canonical.ts"
import type { Document } from "../domain/Document.ts"
import type { Step } from "../domain/Plan.ts"
import { renderPointer } from "../domain/Pointer.ts"
import type { StateError } from "../state/StateError.ts"
import { captureAbsence, type Captured } from "./Capture.ts"
import { isAnothers } from "./Claims.ts"
import { isRemade } from "./Evidence.ts"
import { explain } from "./Explain.ts"
import { pendingChoice } from "./Fold.ts"
import { secretsGone } from "./Image.ts"
import type { Undo } from "./Inverse.ts"
import { differences } from "./Overlay.ts"
import { openSealed, remapOf, type Run, servedBy, stateOf } from "./Run.ts"
import { type BackEnd, compensated, look, present, stuck, write } from "./WriteBack.ts"

/** What to create again, and what it was. */
export interface Recreation {
  readonly before: Document
  /** Pointers of what cannot be put back. */
  readonly lossy: ReadonlyArray<string>
  readonly formerly: string
  readonly compensates: number
}

/** Captures that nothing is there. Where reads lag behind writes, what is seen may be what we deleted. */
const absence = Effect.fnUntraced(function*(run: Run, step: Step, before: Document) {
  const { settlesWithinMs } = servedBy(run, step).kind.capabilities
  const read = yield* captureAbsence(run, step, before)
  if (settlesWithinMs === 0 || Result.isFailure(read) || read.success.document === undefined) return read
  yield* Effect.sleep(settlesWithinMs)
  return yield* captureAbsence(run, step, before)
})

/** Creates a resource again as a document says. */
export const recreateAs = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  { before, compensates, formerly, lossy }: Recreation
): Effect.fn.Return<BackEnd | undefined, StateError> {
  const { kind } = servedBy(run, step)
  const read = yield* absence(run, step, before)
  if (Result.isFailure(read)) {
    const { detail, summary } = explain(run, read.failure)
    return yield* stuck(run, step, { why: `${summary}: ${detail}`, paths: [], choices: ["retry", "skip"] })
  }
  const captured = read.success
  const forced = pendingChoice(stateOf(run, step)) === "force"
  if (captured.document !== undefined && same(kind, captured.document, before)) {
    return yield* compensated(run, step, {
      result: "nothing",
      evidence: "somebody created it again as it was",
      remoteId: formerly,
      ...present(captured)
    })
  }
  if (captured.document !== undefined) {
    return yield* stuck(run, step, {
      why: "somebody created another one of that name",
      paths: differences(kind, before, captured.document).map(renderPointer),
      choices: ["retry", "accept", "skip"],
      sides: { before, observed: captured.document }
    })
  }
  return yield* write(run, {
    step,
    captured,
    operation: { _tag: "create", desired: before },
    compensates,
    target: before,
    formerly,
    lossy,
    evidence: "created again",
    forced
  })
})

/** A delete that was taken and not carried out leaves nothing to create again. A name is looked for later. */
const stillThere = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  id: string,
  known: Document
): Effect.fn.Return<BackEnd | undefined, StateError> {
  if (servedBy(run, step).kind.capabilities.identity._tag !== "server") return undefined
  const isAsLeft = ({ document }: Captured): boolean => document === undefined
  // The other step may be taken back while this one looks, and claims nothing any more.
  const wasAnothers = isAnothers(run, step, id)
  const captured = yield* look(run, step, { id, known, isAsLeft })
  if (captured === undefined) return "stuck"
  const isGone = captured.document === undefined || isRemade(servedBy(run, step).kind, known, captured.document)
  if (isGone || wasAnothers || isAnothers(run, step, id)) return undefined
  const evidence = "the delete was not carried out: it is still there"
  return yield* compensated(run, step, { result: "nothing", evidence, remoteId: id, ...present(captured) })
})

/** Undoes a delete. */
export const recreate = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  undo: Extract<Undo, { _tag: "recreate" }>
): Effect.fn.Return<BackEnd | undefined, StateError> {
  const { kind, provider } = servedBy(run, step)
  const image = (yield* openSealed(run, undo.before)) ?? {}
  const before = provider.restore(step.kind, image, remapOf(run))
  const { compensates, formerly } = undo
  const there = yield* stillThere(run, step, formerly, image)
  if (there !== undefined) return there
  return yield* recreateAs(run, step, { before, formerly, compensates, lossy: secretsGone(kind, step, image) })
})
