/**
 * Writes backward: the one function through which a step's resource returns to its before-image (rule 2).
 *
 * It looks before it writes. What is as we left it is restored; what somebody edited since is compared three ways:
 * disjoint edits are kept, overlapping ones wait for a person. Every write has its own durable intent (W4).
 */
import { Effect } from "effect"
import { Limits } from "../domain/Limits.ts"
import type { Step } from "../domain/Plan.ts"
import { Priority } from "../providers/Provider.ts"
import type { StateError } from "../state/StateError.ts"
import { block, doubtful } from "./Blocking.ts"
import { accept, skip } from "./Choices.ts"
import { effective, pendingChoice } from "./Fold.ts"
import { inverseOf } from "./Inverse.ts"
import { recreate } from "./Recreate.ts"
import { remove } from "./Remove.ts"
import { refer, restore } from "./Restore.ts"
import { openSealed, type Run, stateOf } from "./Run.ts"
import { horizonMs, settleOpen } from "./Settle.ts"
import { type BackEnd, compensated, stuck, unblocked } from "./WriteBack.ts"

const once = (run: Run, step: Step): Effect.Effect<BackEnd | undefined, StateError> => {
  const undo = inverseOf(step, stateOf(run, step))
  switch (undo._tag) {
    case "nothing":
      return unblocked(run, step)
    case "remove":
      return remove(run, step, undo)
    case "restore":
      return restore(run, step, undo)
    case "recreate":
      return recreate(run, step, undo)
    case "refer":
      return refer(run, step, undo)
    case "unknown":
      return stuck(run, step, {
        why: "it is not known which resource was created",
        paths: [],
        choices: ["retry", "not-applied", "adopt:ID", "skip"]
      })
  }
}

/** What cannot be taken back stays, and is said so. */
const irreversible = (run: Run, step: Step, why: string): Effect.Effect<BackEnd, StateError> => {
  const { after, remoteId, token } = stateOf(run, step)
  return Effect.flatMap(openSealed(run, after), (document) =>
    compensated(run, step, {
      result: "residue",
      evidence: `cannot be taken back: ${why}`,
      ...(remoteId === undefined ? {} : { remoteId }),
      ...(token === undefined ? {} : { token }),
      ...(document === undefined ? {} : { after: document })
    }))
}

/** What was only taken, and could not be read back, may still be carried out: nothing is concluded before. */
const untilCarriedOut = (run: Run, step: Step): Effect.Effect<void> => {
  const { after, calls, compensated: done } = stateOf(run, step)
  const isWaitedFor = done === undefined && after === undefined && calls.at(-1)?.taken === true
  return isWaitedFor ? Effect.sleep(horizonMs(run, step)) : Effect.void
}

const attempts = Effect.fnUntraced(function*(run: Run, step: Step): Effect.fn.Return<BackEnd, StateError> {
  for (let attempt = 0; attempt < Limits.undoAttemptsMax; attempt++) {
    const end = yield* once(run, step)
    if (end !== undefined) return end
  }
  return yield* stuck(run, step, {
    why: "it kept changing while it was being restored",
    paths: [],
    choices: ["retry", "force", "accept", "skip"]
  })
})

/** Takes one step back. */
export const backward = Effect.fn("Backward.backward")(
  function*(run: Run, step: Step): Effect.fn.Return<BackEnd, StateError> {
    const choice = pendingChoice(stateOf(run, step))
    if (choice === "skip") return yield* skip(run, step)
    if (choice === "accept") return yield* accept(run, step)
    // Who let it go did so whatever came of its last request.
    if (stateOf(run, step).compensated !== undefined) return "compensated"
    if (!(yield* settleOpen(run, step))) {
      return yield* block(
        run,
        step,
        doubtful(run, step, "back")
      ).pipe(Effect.as("stuck" as const))
    }
    const { reversibility } = step
    const applied = effective(stateOf(run, step)).length > 0
    if (applied && reversibility._tag === "none") return yield* irreversible(run, step, reversibility.why)
    yield* untilCarriedOut(run, step)
    return yield* attempts(run, step)
  },
  Effect.provideService(Priority, "compensation")
)
