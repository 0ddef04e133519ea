/**
 * Waits until reads show what the newest batch wrote, where an API's reads lag behind its writes.
 *
 * Who plans right after a batch, in a script or after `--auto-recover`, would else see what the batch had just made as
 * absent, and forget it or make it again.
 */
import { Clock, Effect } from "effect"
import type { Kind } from "../domain/Kind.ts"
import { Journal } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { waitingFor } from "./Waiting.ts"

/** Waits as long as the slowest of some kinds needs, counted from the end of the newest batch. */
export const untilReadsShow = Effect.fn("Lagging.untilReadsShow")(function*(
  kinds: ReadonlyArray<Kind>
): Effect.fn.Return<void, StateError, Journal> {
  const settlesWithinMs = Math.max(0, ...kinds.map(({ capabilities }) => capabilities.settlesWithinMs))
  if (settlesWithinMs === 0) return
  const batches = yield* (yield* Journal).batches
  const endedAt = batches.reduce((newest, { endedAt: at = 0 }) => Math.max(newest, at), 0)
  // By a clock that was set back it may have ended later than now; reads lag no longer for that.
  const leftMs = Math.min(settlesWithinMs, endedAt + settlesWithinMs - (yield* Clock.currentTimeMillis))
  if (leftMs > 0) yield* waitingFor("reads that show what the last batch wrote", Effect.sleep(leftMs))
})
