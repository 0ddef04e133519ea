/**
 * Follows what people and clocks ask of a run while it works: pause, resume, cancel, and the deadline of the batch.
 *
 * A pause starts no new request and waits until those in flight have ended; only then is it journalled, which is the
 * driver's acknowledgement. Cancel never kills: it is a wish to stop, and the batch then goes back or keeps.
 */
import { Clock, Deferred, Effect } from "effect"
import type { Wish } from "../domain/Batch.ts"
import { renderDuration } from "../domain/Duration.ts"
import type { Control as ControlEntry } from "../domain/Entry.ts"
import { Limits } from "../domain/Limits.ts"
import type { StateError } from "../state/StateError.ts"
import { isCancelled, isStopRequested, runClock } from "./Control.ts"
import { record, type Run } from "./Run.ts"
import { sleepUnlessStopped } from "./Stopping.ts"

const write = (run: Run, what: ControlEntry["what"], actor: string): Effect.Effect<number, StateError> =>
  record(run, { _tag: "control", what, actor })

const pause = Effect.fnUntraced(function*(run: Run, actor: string) {
  const { control } = run
  if (control.pausedAt !== undefined) return
  control.gate.closeUnsafe()
  yield* control.idle.await
  control.pausedAt = yield* Clock.currentTimeMillis
  yield* write(run, "pause", actor)
  run.progress.publish({ _tag: "paused", actor })
})

const goOn = Effect.fnUntraced(function*(run: Run, what: "resume" | "cancel", actor: string) {
  const { control } = run
  const since = control.pausedAt
  yield* write(run, what, actor)
  if (since !== undefined) {
    control.pausedMs += (yield* Clock.currentTimeMillis) - since
    control.pausedAt = undefined
    if (what === "resume") run.progress.publish({ _tag: "resumed", actor })
  }
  control.gate.openUnsafe()
})

/** Ends the way forward where it takes too long. */
const hurry = Effect.fnUntraced(function*(run: Run, startedAt: number) {
  const { opened: { policies: { batchDeadlineMs } }, control, log } = run
  if (batchDeadlineMs === undefined || log.decided !== undefined || isStopRequested(run)) return
  if ((yield* runClock(run)) - startedAt < batchDeadlineMs) return
  // Before it is durable, which may take: nothing new starts once time is up.
  yield* Deferred.succeed(control.overdue, `it took longer than its deadline of ${renderDuration(batchDeadlineMs)}`)
  yield* write(run, "deadline", "amends")
})

const isSame = (a: Wish | undefined, b: Wish | undefined): boolean => a?.what === b?.what && a?.at === b?.at

/** What was asked, as far as it can be read: the next look may see what this one does not. */
const wished = ({ batch, journal }: Run): Effect.Effect<Wish | undefined> =>
  Effect.orElseSucceed(journal.wish(batch), () => undefined)

const follow = Effect.fnUntraced(function*(run: Run): Effect.fn.Return<never, StateError> {
  const startedAt = yield* runClock(run)
  // What was asked of an earlier run of the batch is over: somebody decided to recover it since.
  let seen = yield* wished(run)
  let cancelled = false
  for (;;) {
    yield* cancelled ? Effect.sleep(Limits.controlPollMs) : sleepUnlessStopped(run.stopping, Limits.controlPollMs)
    if (!cancelled && isCancelled(run)) {
      cancelled = true
      yield* goOn(run, "cancel", run.opened.actor)
    }
    yield* hurry(run, startedAt)
    const wish = yield* wished(run)
    if (wish === undefined || isSame(wish, seen)) continue
    seen = wish
    yield* wish.what === "pause" ? pause(run, wish.actor) : goOn(run, "resume", wish.actor)
  }
})

/** Runs a batch, and does meanwhile what is asked of it. */
export const controlled = <A, R>(run: Run, work: Effect.Effect<A, StateError, R>): Effect.Effect<A, StateError, R> =>
  Effect.raceFirst(work, follow(run))
