/**
 * Whether a step that was cut off between its calls may go on: not over what somebody changed there meanwhile.
 *
 * What it had applied has to be there as it left it, and what it has still to write nobody else may have written. Calls
 * that nobody knows the end of may have written theirs, so what holds as one of them sent it is no edit.
 */
import { Effect } from "effect"
import type { Document } from "../domain/Document.ts"
import type { Step } from "../domain/Plan.ts"
import { type Path, renderPointer } from "../domain/Pointer.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import type { StateError } from "../state/StateError.ts"
import type { Captured, Standing } from "./Capture.ts"
import { agreeing, edited } from "./Fields.ts"
import { effective, type StepState } from "./Fold.ts"
import { differences, unmet } from "./Overlay.ts"
import { openSealed, type Run, servedBy, stateOf } from "./Run.ts"

/** What an update found whose end nobody knows: once somebody edited that, it is no longer what to go back to. */
const foundBy = (state: StepState): SealedDocument | undefined => {
  const [first] = effective(state)
  return first?.intent.operation === "update" ? first.intent.before : undefined
}

/**
 * Of what is still to be written, what somebody wrote there since: not as it was found, nor as a call may have it. Of
 * an update all that was found counts.
 */
const editedSince = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  now: Document,
  target: Document
): Effect.fn.Return<ReadonlyArray<Path>, StateError> {
  const { kind } = servedBy(run, step)
  const state = stateOf(run, step)
  if (step.conflict === "force") return []
  const left = yield* openSealed(run, state.after ?? state.seen)
  const known = left ?? (yield* openSealed(run, foundBy(state)))
  if (known === undefined) return []
  let theirs = edited(kind, { seen: now, known }, differences(kind, now, left === undefined ? known : target))
  for (const { intent, result } of effective(state)) {
    const sent = result === "applied" ? undefined : yield* openSealed(run, intent.expected)
    const ours = new Set(sent === undefined ? [] : agreeing(kind, now, sent, theirs))
    theirs = theirs.filter((path) => !ours.has(path))
  }
  return theirs
})

/** Compares what a step that was cut off goes on with: it goes on unless somebody edited that since. */
export const standingOfResumed = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  captured: Captured,
  target: Document | undefined
): Effect.fn.Return<Standing, StateError> {
  const { kind } = servedBy(run, step)
  const state = stateOf(run, step)
  const sent = effective(state)
  const left = yield* openSealed(run, state.after ?? sent.at(-1)?.intent.expected)
  const now = captured.document
  if (now === undefined) return { _tag: "drifted", detail: "somebody deleted it meanwhile" }
  const certain = sent.every((call) => call.result === "applied")
  const unkept = left === undefined || !certain ? [] : unmet(kind, now, left)
  const theirs = yield* editedSince(run, step, now, target ?? now)
  const paths = [...new Set([...unkept, ...theirs].map(renderPointer))]
  return paths.length === 0
    ? { _tag: "as planned" }
    : { _tag: "drifted", detail: `somebody changed ${paths.join(", ")} meanwhile` }
})
