/**
 * Holds the lease while something writes: waits for it, renews it, and gives it back on every exit.
 *
 * A lease that is lost stops what runs under it, and open requests with it: whoever took it over does the rest. A
 * renewal that fails otherwise is tried again while there is time left.
 */
import { Clock, Effect } from "effect"
import { Limits } from "../domain/Limits.ts"
import { Progress } from "../executor/Progress.ts"
import { sleepUnlessStopped, Stopping } from "../executor/Stopping.ts"
import { type Lease, Leases } from "../state/Leases.ts"
import type { StateError } from "../state/StateError.ts"
import type { Refusal } from "./Failure.ts"
import { refuseStopped } from "./Interrupted.ts"
import { waitingFor } from "./Waiting.ts"

/** A lease as it was taken. */
export type Held = Lease & { readonly previous?: string }

/** How the lease is held. */
export interface Holding {
  readonly lifeMs: number
  /** How long to wait for another holder. */
  readonly timeoutMs: number
}

/** A clock that only goes forward: a wait is no shorter or longer because somebody sets the time. */
const nowMs: Effect.Effect<number> = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

const acquire = Effect.fnUntraced(function*(
  { lifeMs, timeoutMs }: Holding
): Effect.fn.Return<Held, StateError | Refusal, Leases> {
  const leases = yield* Leases
  const signal = yield* Stopping
  const progress = yield* Progress
  const deadline = (yield* nowMs) + timeoutMs
  let told = false
  while (true) {
    yield* refuseStopped
    const taken = yield* Effect.result(
      waitingFor("the state: another process is writing to it", leases.acquire(lifeMs))
    )
    if (taken._tag === "Success") return taken.success
    const leftMs = deadline - (yield* nowMs)
    if (taken.failure.reason !== "Held" || leftMs <= 0) return yield* taken.failure
    if (!told) progress.publish({ _tag: "waiting", what: `the lease: ${taken.failure.detail}`, ms: leftMs })
    told = true
    yield* sleepUnlessStopped(signal, Math.min(Limits.leasePollMs, leftMs))
  }
})

/** Renews at a third of its life; ends only when the lease is lost. */
const renewing = (leases: Leases["Service"], lease: Lease, lifeMs: number): Effect.Effect<never, StateError> =>
  Effect.sleep(lifeMs / 3).pipe(
    Effect.andThen(leases.renew(lease, lifeMs)),
    Effect.catch((error) =>
      error.reason === "Fenced"
        ? Effect.fail(error)
        : Effect.flatMap(leases.left(lease), (leftMs) => leftMs > 0 ? Effect.void : Effect.fail(error))
    ),
    Effect.forever
  )

/** Runs something under the lease. */
export const holding = <A, E, R>(
  how: Holding,
  use: (lease: Held) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | StateError | Refusal, R | Leases> =>
  Effect.flatMap(Leases, (leases) =>
    Effect.acquireUseRelease(
      acquire(how),
      (lease) => Effect.raceFirst(use(lease), renewing(leases, lease, how.lifeMs)),
      // A lease that cannot be given back expires by itself.
      (lease) => Effect.ignore(leases.release(lease))
    ))
