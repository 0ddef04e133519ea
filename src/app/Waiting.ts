/**
 * Tells what is waited for, once a wait gets long: nobody should wonder whether anything still happens.
 */
import { Effect } from "effect"
import { Limits } from "../domain/Limits.ts"
import { Progress } from "../executor/Progress.ts"

/** Waits, and tells for what after a second. */
export const waitingFor = <A, E, R>(what: string, wait: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.scoped(Effect.gen(function*() {
    const progress = yield* Progress
    yield* Effect.sleep(Limits.noticeAfterMs).pipe(
      Effect.andThen(Effect.sync(() => progress.publish({ _tag: "waiting", what, ms: Limits.noticeAfterMs }))),
      Effect.forkScoped
    )
    return yield* wait
  })) as Effect.Effect<A, E, R>
