/**
 * Trying again: exponential pauses, jittered and capped, never sooner than the server asked.
 *
 * A write is repeated only when it surely was not applied; a read whenever another try may help. What a lost answer
 * to a write means is settled by reading the remote, never here.
 */
import { Effect, Random } from "effect"
import { Limits } from "../domain/Limits.ts"
import type { ProviderError } from "./ProviderError.ts"

/** How often, and what is repeated. */
export interface Retrying {
  /** Attempts after the first. */
  readonly retries: number
  readonly kind: "read" | "write"
}

/** Tells whether a failed request may be sent again as it is. */
export const mayRepeat = (error: ProviderError, kind: Retrying["kind"]): boolean =>
  error.retry && (kind === "read" || error.applied === "no") &&
  (error.retryAfterMs ?? 0) <= Limits.retryAfterMaxMs

/**
 * The pause before the attempt after the `attempt`th, in milliseconds; `draw` is between 0 and 1. Between half and all
 * of the exponential pause, and on top of what the server asked, so that many clients do not come back at once.
 */
export const pauseMs = (error: ProviderError, attempt: number, draw: number): number => {
  const full = Math.min(Limits.retryCapMs, Limits.retryBaseMs * 2 ** (attempt - 1))
  const jittered = full * (0.5 + draw / 2)
  return error.retryAfterMs === undefined
    ? jittered
    : Math.max(jittered, error.retryAfterMs + Limits.retryBaseMs * draw)
}

/** Repeats a request within bounds while that is safe; the last error is the answer when it stays in vain. */
export const retrySafely = <A, R>(
  request: Effect.Effect<A, ProviderError, R>,
  { kind, retries }: Retrying
): Effect.Effect<A, ProviderError, R> => {
  const from = (attempt: number): Effect.Effect<A, ProviderError, R> =>
    Effect.catch(request, (error) =>
      attempt > retries || !mayRepeat(error, kind)
        ? Effect.fail(error)
        : Random.next.pipe(
          Effect.flatMap((draw) => Effect.sleep(pauseMs(error, attempt, draw))),
          Effect.andThen(from(attempt + 1))
        ))
  return from(1)
}
