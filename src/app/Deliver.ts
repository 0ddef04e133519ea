/**
 * Delivers one notification: attempts with growing, jittered pauses, until it is taken, refused, or given up.
 *
 * Both the number of attempts and the time of all of them are bounded, since the end of a command waits for it.
 */
import { Effect, Random } from "effect"
import { renderDuration } from "../domain/Duration.ts"
import { Limits } from "../domain/Limits.ts"
import { type Attempt, Notifier } from "./Notifier.ts"
import type { NotifyTarget } from "./NotifyRule.ts"

/** A notification ready to leave. */
export interface Parcel {
  readonly target: NotifyTarget
  /** Absolute directory of the workspace. */
  readonly directory: string
  /** JSON. */
  readonly body: string
  /** What a command is told beside it. */
  readonly variables: { readonly [name: string]: string }
}

/** A notification that was not taken. */
export interface Undelivered {
  readonly why: string
  readonly attempts: number
}

/** What an attempt means. */
export type Meaning =
  | { readonly _tag: "taken" }
  | { readonly _tag: "not taken"; readonly why: string; readonly again: boolean; readonly afterMs?: number }

const taken: Meaning = { _tag: "taken" }

/** Statuses below 500 after which another attempt may be taken: request timeout, too early, too many. */
const passing: ReadonlySet<number> = new Set([408, 425, 429])

const ofStatus = (status: number, retryAfterMs: number | undefined): Meaning => {
  if (status >= 200 && status < 300) return taken
  const redirects = status >= 300 && status < 400 ? ", and redirects are not followed" : ""
  const again = status >= 500 || passing.has(status)
  const asked = again && retryAfterMs !== undefined ? { afterMs: retryAfterMs } : {}
  return { _tag: "not taken", why: `it answered ${status}${redirects}`, again, ...asked }
}

/** Says what an attempt means. */
export const meaningOf = (attempt: Attempt): Meaning => {
  switch (attempt._tag) {
    case "answered":
      return ofStatus(attempt.status, attempt.retryAfterMs)
    case "exited":
      return attempt.code === 0 ? taken : { _tag: "not taken", why: `it exited with ${attempt.code}`, again: true }
    case "failed":
      return { _tag: "not taken", why: attempt.why, again: attempt.again }
  }
}

/** The pause after the `attempt`th: half to all of the exponential pause, and no shorter than was asked for. */
export const pauseMs = (attempt: number, draw: number, askedMs = 0): number => {
  const full = Math.min(Limits.notifyRetryCapMs, Limits.notifyRetryBaseMs * 2 ** (attempt - 1))
  return Math.max(full * (0.5 + draw / 2), askedMs)
}

const timeoutMs = Limits.notifyTimeoutMs

const attemptOf = ({ body, directory, target, variables }: Parcel): Effect.Effect<Attempt, never, Notifier> =>
  Effect.flatMap(Notifier, ({ post, run }) =>
    target._tag === "webhook"
      ? post({ url: target.url, body, timeoutMs })
      : run({ argv: target.argv, directory, variables, input: body, timeoutMs }))

const notWithin = (why: string | undefined): string => {
  const bound = `it was not taken within ${renderDuration(Limits.notifyTotalMs)}`
  return why === undefined ? bound : `${why}; ${bound}`
}

/** Delivers, or says why not. */
export const deliver = (parcel: Parcel): Effect.Effect<void, Undelivered, Notifier> =>
  Effect.suspend(() => {
    let last: Undelivered = { why: "", attempts: 0 }
    const tries = Effect.gen(function*() {
      for (let attempt = 1;; attempt++) {
        last = { ...last, attempts: attempt }
        const meaning = meaningOf(yield* attemptOf(parcel))
        if (meaning._tag === "taken") return
        last = { why: meaning.why, attempts: attempt }
        const { afterMs, again } = meaning
        if (!again || attempt >= Limits.notifyAttemptsMax || (afterMs ?? 0) > Limits.notifyTotalMs) {
          return yield* Effect.fail(last)
        }
        yield* Effect.sleep(pauseMs(attempt, yield* Random.next, afterMs))
      }
    })
    return Effect.timeoutOrElse(tries, {
      duration: Limits.notifyTotalMs,
      orElse: () => Effect.fail({ ...last, why: notWithin(last.why === "" ? undefined : last.why) })
    })
  })
