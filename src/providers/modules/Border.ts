/**
 * The border that every operation of a module crosses: it is given a signal and a time, and what it answers or throws
 * is read before anybody acts on it.
 *
 * A module can break in any way. Of a read that is an error; of a write it leaves open whether it was applied, which
 * reading the remote settles. It is never a failure, and never a success.
 */
import { Effect, Result } from "effect"
import { ProviderError } from "../ProviderError.ts"
import type { How } from "../ProviderModule.ts"
import type { Reads } from "./Answers.ts"
import { errorOf, type Named } from "./Failures.ts"
import type { RuleBroken } from "./Rules.ts"

/** One operation of a module. */
export interface Crossing<A> {
  readonly named: Named
  readonly timeoutMs: number
  readonly run: (how: How) => unknown
  readonly read: Reads<A>
}

const unread = (named: Named, { answeredId, detail }: RuleBroken): ProviderError => {
  const { mode, provider, request } = named
  const reason = mode === "read" ? "Malformed" as const : "Ambiguous" as const
  const elsewhere = answeredId === undefined ? {} : { answeredId }
  return new ProviderError({ reason, provider, request, detail, mayLand: false, ...elsewhere })
}

const tooLong = ({ mode, provider, request }: Named, timeoutMs: number): ProviderError =>
  new ProviderError({
    reason: "Ambiguous",
    provider,
    request,
    detail: `the provider module did not answer within ${timeoutMs} ms; pass its signal on to whatever it waits for`,
    mayLand: mode === "write"
  })

/** Runs an operation of a module. */
export const crossing = <A>({ named, read, run, timeoutMs }: Crossing<A>): Effect.Effect<A, ProviderError> =>
  Effect.tryPromise({
    // Also what is thrown before there is a promise is thrown by the operation.
    try: (signal) => Promise.resolve().then(() => run({ signal })),
    catch: (thrown) => errorOf(named, thrown)
  }).pipe(
    Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => Effect.fail(tooLong(named, timeoutMs)) }),
    Effect.flatMap((answered) => Effect.fromResult(Result.mapError(read(answered), (rule) => unread(named, rule))))
  )
