/**
 * Takes away what a step created, unless somebody edited it since: their edit is not thrown away unasked.
 */
import { Effect } from "effect"
import { same } from "../domain/Canonical.ts"
import type { Step } from "../domain/Plan.ts"
import { renderPointer } from "../domain/Pointer.ts"
import type { StateError } from "../state/StateError.ts"
import type { Captured } from "./Capture.ts"
import type { Undo } from "./Inverse.ts"
import { differences, unmet } from "./Overlay.ts"
import { openSealed, type Run, servedBy } from "./Run.ts"
import { type BackEnd, blockedUnlessForced, compensated, look, write } from "./WriteBack.ts"

/** Undoes a create. */
export const remove = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  undo: Extract<Undo, { _tag: "remove" }>
): Effect.fn.Return<BackEnd | undefined, StateError> {
  const { kind } = servedBy(run, step)
  const left = (yield* openSealed(run, undo.left)) ?? {}
  const isAsLeft = ({ document, token }: Captured): boolean =>
    document !== undefined && ((undo.token !== undefined && token === undo.token) ||
      (undo.whole ? same(kind, document, left) : unmet(kind, document, left).length === 0))
  const captured = yield* look(run, step, { id: undo.id, known: left, isAsLeft })
  if (captured === undefined) return "stuck"
  const { document, guard } = captured
  if (document === undefined) return yield* compensated(run, step, { result: "nothing", evidence: "already gone" })
  const asLeft = isAsLeft(captured)
  const obstacle = {
    why: "somebody edited it since it was created",
    paths: differences(kind, left, document).map(renderPointer),
    choices: ["force", "accept", "skip"],
    sides: { left, observed: document }
  }
  if (!asLeft && (yield* blockedUnlessForced(run, step, obstacle))) return "stuck"
  return yield* write(run, {
    step,
    captured,
    operation: { _tag: "delete", id: undo.id, from: document, ...(guard === undefined ? {} : { guard }) },
    compensates: undo.compensates,
    lossy: [],
    evidence: "deleted again",
    forced: !asLeft
  })
})
