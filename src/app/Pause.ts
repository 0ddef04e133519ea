/**
 * Pauses a batch that another process runs, and lets it go on.
 *
 * The wish is left in the state, because only the holder of the lease may write to a journal; it is acknowledged by an
 * entry of the journal, once nothing of the batch is in flight. A batch whose process died while it was paused is
 * resumed here: it goes on where it stood.
 */
import { Clock, Effect } from "effect"
import type { BatchSummary, Wish } from "../domain/Batch.ts"
import type { BatchId } from "../domain/Ids.ts"
import { Limits } from "../domain/Limits.ts"
import { Journal } from "../state/Journal.ts"
import { Leases } from "../state/Leases.ts"
import type { StateError } from "../state/StateError.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { notifying } from "./Notifying.ts"
import { recoverIn, type RecoverResult, wantedBatches } from "./Recover.ts"
import { type AppServices, overSettings } from "./Session.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

/** Which batch, and who asks. */
export interface PauseOptions {
  readonly batch: string
  readonly actor: string
}

/** What came of a wish. `asked` is heard later: a request that is in flight takes its time. */
export type WishResult =
  | { readonly _tag: "paused" | "resumed" | "asked"; readonly batch: BatchId }
  /** It ended before it could be paused. */
  | { readonly _tag: "over"; readonly batch: BatchId }
  /** Its process is gone, so that it was finished here. */
  | { readonly _tag: "recovered"; readonly batch: BatchId; readonly result: RecoverResult }

const isRun = Effect.map(
  Effect.flatMap(Leases, (leases) => leases.show),
  (lease) => lease !== undefined && lease.leftMs > 0 && lease.ownerAlive !== "dead"
)

const notRunning = (batch: BatchId): Refusal =>
  new Refusal({
    reason: "NotRunning",
    summary: "nobody runs the batch",
    detail: `${batch} is not over, and no process works on it: there is nothing to pause`,
    hint: `finish it with: amends recover ${batch}`
  })

const isOver = (batch: string): Refusal =>
  new Refusal({
    reason: "NotRunning",
    summary: "the batch is over",
    detail: `${batch} has ended`,
    hint: "see: amends batches"
  })

const unfinishedOne = Effect.fnUntraced(function*(
  batch: string
): Effect.fn.Return<BatchSummary, StateError | Refusal, Journal> {
  const [found] = yield* wantedBatches({ batch })
  return found ?? (yield* isOver(batch))
})

/** What the driver answered to a wish: an entry of the journal that came after it. */
const answered = Effect.fnUntraced(
  function*(batch: BatchId, wish: Wish): Effect.fn.Return<boolean, StateError, Journal> {
    const entry = yield* (yield* Journal).control(batch)
    return entry !== undefined && entry.body._tag === "control" && entry.body.what === wish.what && entry.at >= wish.at
  }
)

/** Leaves a wish and waits for its answer, at most as long as a request may take. */
const wished = Effect.fnUntraced(function*(
  batch: BatchId,
  wish: Wish,
  patienceMs: number
): Effect.fn.Return<WishResult, StateError, Journal> {
  const journal = yield* Journal
  if (!(yield* journal.ask(batch, wish))) return { _tag: "over", batch }
  const until = wish.at + patienceMs
  while ((yield* Clock.currentTimeMillis) < until) {
    yield* Effect.sleep(Limits.controlPollMs)
    if (yield* answered(batch, wish)) return { _tag: wish.what === "pause" ? "paused" : "resumed", batch }
    if (!(yield* journal.unfinished).some(({ id }) => id === batch)) return { _tag: "over", batch }
  }
  return { _tag: "asked", batch }
})

const wishOf = (what: Wish["what"], actor: string): Effect.Effect<Wish> =>
  Effect.map(Clock.currentTimeMillis, (at) => ({ what, actor, at }))

/** How long an answer is waited for: requests in flight may take their whole time. */
const patienceMs = ({ policies }: WorkspaceSettings): number => policies.timeoutMs + Limits.leaseMarginMs

/** Asks the process that runs a batch to pause it; waits until nothing is in flight. */
export const pause = ({ actor, batch }: PauseOptions): Effect.Effect<WishResult, AppError, AppServices> =>
  Effect.scoped(overSettings("write", (settings) =>
    Effect.gen(function*() {
      const { id } = yield* unfinishedOne(batch)
      if (!(yield* isRun)) return yield* notRunning(id)
      return yield* wished(id, yield* wishOf("pause", actor), patienceMs(settings))
    })))

/** Which way a batch goes on: as it was decided, and forward where nothing was. */
const directionOf = Effect.fnUntraced(
  function*(batch: BatchId): Effect.fn.Return<"auto" | "forward", StateError, Journal> {
    const entries = yield* (yield* Journal).toFold(batch)
    return entries.some(({ body }) => body._tag === "decided") ? "auto" : "forward"
  }
)

/** Lets a paused batch go on: asks the process that runs it, or finishes it here where that process is gone. */
export const resume = ({ actor, batch }: PauseOptions): Effect.Effect<WishResult, AppError, AppServices> =>
  Effect.scoped(overSettings("write", (settings) =>
    Effect.gen(function*() {
      const { id } = yield* unfinishedOne(batch)
      if (yield* isRun) return yield* wished(id, yield* wishOf("resume", actor), patienceMs(settings))
      const direction = yield* directionOf(id)
      const options = { batch: id, direction, choices: [], abandon: false, leaseTimeoutMs: 0, actor }
      const result = yield* notifying(settings, recoverIn(settings, options))
      return { _tag: "recovered", batch: id, result } satisfies WishResult
    })))
