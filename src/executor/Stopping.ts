/**
 * The wish to stop: set once by a signal handler, a deadline or a person; the engine starts nothing new after it.
 *
 * Cancel never kills: what is under way is drained, then the batch goes back (or keeps), and that is journalled.
 */
import { Context, Deferred, Effect } from "effect"

/** A wish to stop that has not been made until `why` is there. */
export interface StopSignal {
  readonly requested: Deferred.Deferred<string>
}

/** The stop signal of the current run; the default never fires. */
export const Stopping = Context.Reference<StopSignal>("amends/Stopping", {
  defaultValue: () => ({ requested: Deferred.makeUnsafe<string>() })
})

/** Asks the run to stop, and why. */
export const requestStop = (signal: StopSignal, why: string): Effect.Effect<boolean> =>
  Deferred.succeed(signal.requested, why)

/** Sleeps, but not past a wish to stop. */
export const sleepUnlessStopped = (signal: StopSignal, ms: number): Effect.Effect<void> =>
  Effect.raceFirst(Effect.sleep(ms), Effect.asVoid(Deferred.await(signal.requested)))
