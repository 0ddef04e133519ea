/**
 * Sends one journalled call until it has an answer, a refusal, or an unknown outcome.
 *
 * What surely was not applied is sent again, and so is what carries an idempotency key that the API still knows,
 * with the same bytes and key (W6). Never past the lease: the send gate (W8) holds each attempt until the lease has
 * more left than it may take. Never on an old capture: then nothing is sent, and the resource is read anew.
 */
import { Clock, Effect, Random, Result } from "effect"
import { Limits } from "../domain/Limits.ts"
import { type Answer, Priority, type Provider, type Sending } from "../providers/Provider.ts"
import { ProviderError, type ProviderReason } from "../providers/ProviderError.ts"
import { mayRepeat, pauseMs } from "../providers/Retry.ts"
import { StateError } from "../state/StateError.ts"
import { admitted, inFlight, mayTryAgain } from "./Control.ts"
import type { Run } from "./Run.ts"
import { sleepUnlessStopped } from "./Stopping.ts"

const gateMarginMs = Limits.leaseMarginMs / 2

const lost = new StateError({
  reason: "Fenced",
  operation: "send",
  detail: "the lease has not enough time left for a request",
  hint: "another process may have taken over; see `amends lease show`"
})

/** Lets a request through only while the lease has more left than the request may take. */
const gate = (run: Run, provider: Provider): Effect.Effect<void, StateError> =>
  Effect.flatMap(
    run.leases.left(run.lease),
    (leftMs) => leftMs > provider.timeoutMs + gateMarginMs ? Effect.void : Effect.fail(lost)
  )

/** Waits until a request may be tried again; tells whether it may. */
const waitToRepeat = Effect.fnUntraced(function*(run: Run, attempt: number, error: ProviderError) {
  const ms = pauseMs(error, attempt, yield* Random.next)
  if (!(yield* mayTryAgain(run, ms))) return false
  if (ms >= Limits.noticeAfterMs) {
    run.progress.publish({ _tag: "waiting", what: `${error.provider} asked to wait`, ms })
  }
  // On the way back nobody waits for a wish to stop: compensation goes on.
  const back = (yield* Priority) === "compensation"
  yield* back ? Effect.sleep(ms) : sleepUnlessStopped(run.stopping, ms)
  return true
})

/** A provider that breaks tells nothing of a write: it may have been applied. A read wrote nothing. */
const withoutDefects = <A>(
  request: Effect.Effect<A, ProviderError>,
  provider: Provider,
  told: { readonly request: string; readonly reason: ProviderReason }
): Effect.Effect<A, ProviderError> =>
  Effect.catchDefect(request, (defect) =>
    Effect.fail(
      new ProviderError({
        ...told,
        provider: provider.name,
        detail: `a defect in the provider: ${defect instanceof Error ? defect.message : String(defect)}`,
        ...(told.reason === "Ambiguous" ? { mayLand: true } : {})
      })
    ))

/** How far a call may be repeated. Times are milliseconds since the epoch. */
export interface Sendable {
  readonly sending: Sending
  /** After this the capture is too old to write over what it saw. */
  readonly freshUntil?: number
  /** Until this the same key and bytes have one effect. */
  readonly keyedUntil?: number
}

/** An answer, or what kept us from having one; `stale` where nothing was sent because the capture was too old. */
export type Sent = Result.Result<Answer, ProviderError> | "stale"

/** Sends a call. Fails only where the lease or state is lost. */
export const send = (run: Run, provider: Provider, sendable: Sendable): Effect.Effect<Sent, StateError> => {
  const { call, kind } = sendable.sending
  const { method, operation } = call
  return run.within({ _tag: "call", kind, operation, method }, attempts(run, provider, sendable))
}

const attempts = Effect.fnUntraced(function*(
  run: Run,
  provider: Provider,
  { freshUntil = Infinity, keyedUntil = -Infinity, sending }: Sendable
): Effect.fn.Return<Sent, StateError> {
  let doubt: ProviderError | undefined
  for (let attempt = 1;; attempt++) {
    yield* admitted(run)
    yield* gate(run, provider)
    const now = yield* Clock.currentTimeMillis
    if (now > freshUntil && doubt === undefined) return "stale"
    // The wait may have outlived the key: what was lost then is settled by reading.
    if (doubt !== undefined && now + provider.timeoutMs >= keyedUntil) return Result.fail(doubt)
    const { call, kind } = sending
    const told = { request: `${call.method} ${kind}`, reason: "Ambiguous" } as const
    const result = yield* Effect.result(inFlight(run, withoutDefects(provider.send(sending), provider, told)))
    if (Result.isSuccess(result)) return result
    const error = result.failure
    // Once a request was lost, a refusal of its repetition does not tell what became of it.
    if (error.applied === "unknown") doubt ??= error
    const keyed = now + provider.timeoutMs < keyedUntil
    const repeats = attempt <= run.opened.policies.retries && mayRepeat(error, keyed ? "read" : "write")
    if (!repeats || !(yield* waitToRepeat(run, attempt, error))) return Result.fail(doubt ?? error)
  }
})

/** Reads with patience: a read never writes, so whatever is worth a retry is tried again. */
export const patiently = <A>(
  run: Run,
  provider: Provider,
  read: Effect.Effect<A, ProviderError>
): Effect.Effect<Result.Result<A, ProviderError>> =>
  attemptRead(run, withoutDefects(read, provider, { request: "a read", reason: "Malformed" }), 1)

const attemptRead = Effect.fnUntraced(function*<A>(
  run: Run,
  read: Effect.Effect<A, ProviderError>,
  attempt: number
): Effect.fn.Return<Result.Result<A, ProviderError>> {
  const result = yield* Effect.result(read)
  if (Result.isSuccess(result)) return result
  if (attempt > run.opened.policies.retries || !mayRepeat(result.failure, "read")) return result
  if (!(yield* waitToRepeat(run, attempt, result.failure))) return result
  return yield* attemptRead(run, read, attempt + 1)
})
