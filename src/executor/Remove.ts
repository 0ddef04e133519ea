/**
 * Takes away what a step created, unless somebody edited it since: their edit is not thrown away unasked.
 */
import { Effect } from "effect"
import { same } from "../domain/Canonical.ts"
import { type Document } from "../domain/Document.ts"
import type { Step } from "../domain/Plan.ts"
import { getAt, type Path, renderPointer, withAt } from "../domain/Pointer.ts"
import type { StateError } from "../state/StateError.ts"
import type { Captured } from "./Capture.ts"
import { isAnothers } from "./Claims.ts"
import { agreeing } from "./Fields.ts"
import type { Undo } from "./Inverse.ts"
import { differences, overlay, unmet } from "./Overlay.ts"
import { openSealed, type Run, servedBy } from "./Run.ts"
import { type BackEnd, blockedUnlessForced, compensated, look, write } from "./WriteBack.ts"

type Removing = Extract<Undo, { _tag: "remove" }>

/** How we left what we created, and the places of calls that were not applied, as a person says. */
const leftOf = Effect.fnUntraced(function*(run: Run, step: Step, { denied, left, seen }: Removing) {
  const { kind } = servedBy(run, step)
  const [sent, found] = [(yield* openSealed(run, left)) ?? {}, yield* openSealed(run, seen)]
  let document = found === undefined ? sent : overlay(kind, found, sent, { resets: [], ignores: [] })
  const places: Array<Path> = []
  for (const { intent } of denied) {
    const [before, asked] = [(yield* openSealed(run, intent.before)) ?? {}, yield* openSealed(run, intent.expected)]
    for (const path of differences(kind, before, asked ?? before)) {
      document = withAt(document, path, getAt(before, path))
      places.push(path)
    }
  }
  return { left: document, places, whole: found !== undefined }
})

/** Undoes a create. */
export const remove = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  undo: Removing
): Effect.fn.Return<BackEnd | undefined, StateError> {
  const { kind } = servedBy(run, step)
  const gone = { result: "nothing", evidence: "already gone" } as const
  // The server gave its id again.
  if (isAnothers(run, step, undo.id)) return yield* compensated(run, step, gone)
  const { left, places, whole } = yield* leftOf(run, step, undo)
  const holds = (document: Document): boolean =>
    undo.whole || whole
      ? same(kind, document, left)
      : unmet(kind, document, left).length === 0 && agreeing(kind, document, left, places).length === places.length
  const isAsLeft = ({ document, token }: Captured): boolean =>
    document !== undefined && ((undo.token !== undefined && token === undo.token) || holds(document))
  const captured = yield* look(run, step, { id: undo.id, known: left, isAsLeft })
  if (captured === undefined) return "stuck"
  const { document, guard } = captured
  if (document === undefined) return yield* compensated(run, step, gone)
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
