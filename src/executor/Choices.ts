/**
 * What a person may choose for a step that is stuck, and what each choice does (the table is in docs/recovery.md).
 *
 * `retry` and `force` take effect where the way back reads them; `applied`, `not-applied` and `adopt:ID` settle an
 * open call in the fold; `accept` and `skip` end the step here. None is taken without the digest of what it answers.
 */
import { Effect } from "effect"
import type { Choice } from "../domain/Entry.ts"
import type { Step } from "../domain/Plan.ts"
import type { StateError } from "../state/StateError.ts"
import type { Run } from "./Run.ts"
import { stateOf } from "./Run.ts"
import { type BackEnd, compensated, look, present } from "./WriteBack.ts"

const plain: ReadonlyArray<string> = ["retry", "force", "accept", "applied", "not-applied", "skip"]

/** Reads a choice as typed, or answers `undefined`. */
export const parseChoice = (text: string): Choice | undefined =>
  plain.includes(text) || /^adopt:.+$/.test(text) ? text as Choice : undefined

/** Whether a blocked step offers a choice. */
export const offers = (choices: ReadonlyArray<string>, choice: Choice): boolean =>
  choices.includes(choice.startsWith("adopt:") ? "adopt:ID" : choice)

/** Lets go of a step's resource as it is: nothing is written, and no head remains. */
export const skip = (run: Run, step: Step): Effect.Effect<BackEnd, StateError> =>
  compensated(run, step, { result: "skipped", evidence: "left as it is and no longer managed" })

/** Takes what is there now as the version. */
export const accept = Effect.fnUntraced(function*(run: Run, step: Step): Effect.fn.Return<BackEnd, StateError> {
  const id = stateOf(run, step).remoteId ?? step.remoteId
  if (id === undefined) return yield* compensated(run, step, { result: "accepted", evidence: "nothing is there" })
  const captured = yield* look(run, step, { id, known: undefined, isAsLeft: () => true })
  if (captured === undefined) return "stuck"
  return yield* compensated(run, step, {
    result: "accepted",
    evidence: captured.document === undefined ? "nothing is there" : "taken as it is",
    ...(captured.document === undefined ? {} : { remoteId: id }),
    ...present(captured)
  })
})
