/**
 * Deletes what a repeated create made twice: resources that bear the marker of one call beside the one that is kept.
 *
 * Each delete has its own durable intent, before the verdict on the create is written; so a crash between two of them
 * leaves the create open, and the next search finds what is left. By name alone nothing is ever deleted here.
 */
import { Effect, Result } from "effect"
import type { Outcome, UndoIntended } from "../domain/Entry.ts"
import type { Step } from "../domain/Plan.ts"
import type { Observation } from "../providers/Provider.ts"
import type { StateError } from "../state/StateError.ts"
import type { CallState } from "./Fold.ts"
import { idempotencyKey, requestDigest } from "./Keys.ts"
import { record, ride, type Run, sealFor, servedBy } from "./Run.ts"
import { send } from "./Send.ts"

const intentOf = (run: Run, step: Step, open: CallState, duplicate: Observation) => {
  const { kind, provider } = servedBy(run, step)
  const { document, guard, id, token } = duplicate
  const operation = { _tag: "delete", id, from: document, ...(guard === undefined ? {} : { guard }) } as const
  const [call] = provider.calls(step.kind, operation)
  if (call === undefined) return undefined
  const key = { batch: run.batch, step: step.id, direction: "back", generation: run.opened.generation } as const
  const intent: UndoIntended = {
    _tag: "undo-intended",
    step: step.id,
    operation: "delete",
    call: 1,
    of: 1,
    attempt: 1,
    compensates: open.seq,
    request: requestDigest(run.sealer, call, id),
    idempotencyKey: idempotencyKey({ ...key, call: 1, round: `duplicate ${id}` }),
    remoteId: id,
    before: sealFor(run, kind, document),
    capturedAt: open.intent.capturedAt,
    ...(call.precondition === undefined ? {} : { precondition: call.precondition }),
    ...(token === undefined ? {} : { beforeToken: token })
  }
  return { call, intent }
}

const removeOne = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  open: CallState,
  duplicate: Observation
): Effect.fn.Return<boolean, StateError> {
  const { provider } = servedBy(run, step)
  const deletion = intentOf(run, step, open, duplicate)
  if (deletion === undefined) return false
  const { call, intent } = deletion
  yield* record(run, intent)
  const sending = { kind: step.kind, call, id: duplicate.id, idempotencyKey: intent.idempotencyKey }
  const sent = yield* send(run, provider, { sending })
  const outcome = { _tag: "outcome", step: step.id, direction: "back", call: 1, attempt: 1 } as const
  if (sent === "stale") return false
  if (Result.isSuccess(sent)) {
    yield* ride(run, { ...outcome, result: "applied", status: sent.success.status } satisfies Outcome)
    return true
  }
  const { applied, detail, reason } = sent.failure
  const result = applied === "no" ? "refused" as const : "ambiguous" as const
  yield* ride(run, { ...outcome, result, detail: run.sealer.redact(detail) } satisfies Outcome)
  return reason === "NotFound"
})

/** Deletes duplicates of an open create; tells whether none is left. */
export const removeDuplicates = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  open: CallState,
  duplicates: ReadonlyArray<Observation>
): Effect.fn.Return<boolean, StateError> {
  for (const duplicate of duplicates) {
    if (!(yield* removeOne(run, step, open, duplicate))) return false
  }
  return true
})
