/**
 * One POST of JSON to an absolute address, for what is told to the outside and answers nothing that matters.
 *
 * The address is a secret: neither it nor the server's words are in what came of it, only the status, or why there is
 * none. Certificates are verified, redirects are not followed, nothing is sent twice.
 */
import { Clock, Effect, Result } from "effect"
import { Limits } from "../../domain/Limits.ts"
import type { Surroundings } from "../Surroundings.ts"
import type { Answered, Failed } from "./Exchange.ts"
import { proxyTo } from "./Proxy.ts"
import { parseRetryAfter } from "./RetryAfter.ts"
import { makeTransport } from "./Transport.ts"

/** What is posted. */
export interface Post {
  readonly url: string
  /** JSON. */
  readonly body: string
  readonly timeoutMs: number
}

/** What came of it. */
export type Posted =
  | { readonly _tag: "answered"; readonly status: number; readonly retryAfterMs?: number }
  | { readonly _tag: "failed"; readonly why: string; readonly again: boolean }

const headers = ["accept", "*/*", "user-agent", "amends", "content-type", "application/json"]

/** The code of an error, such as ECONNREFUSED: the words around it name the host. */
const codeIn = (detail: string): string => {
  const [code] = /\b(?:E[A-Z]{3,}|[A-Z]+_[A-Z_]+)\b/.exec(detail) ?? []
  return code === undefined ? "" : ` (${code})`
}

const expired = /within \d+ ms$/

const whyOf = ({ detail, sent }: Failed): string => {
  const late = expired.exec(detail)
  if (late !== null) return `${sent ? "it did not answer" : "it could not be reached"} ${late[0]}`
  return `${sent ? "the connection broke" : "it could not be reached"}${codeIn(detail)}`
}

const answered = (status: number, { headers: { "retry-after": asked } }: Answered | Failed): Effect.Effect<Posted> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const retryAfterMs = typeof asked === "string" ? parseRetryAfter(asked, now) : undefined
    return { _tag: "answered", status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  })

/** An answer is its status, also where the body is cut short or larger than anybody reads. */
const ended = (outcome: Answered | Failed): Effect.Effect<Posted> =>
  outcome.status >= 200
    ? answered(outcome.status, outcome)
    : Effect.succeed({
      _tag: "failed",
      why: outcome._tag === "failed" ? whyOf(outcome) : "it does not speak HTTP",
      again: true
    })

/** Posts once, through the proxy that the environment names. */
export const postOnce = (env: Surroundings["env"]) => ({ body, timeoutMs, url }: Post): Effect.Effect<Posted> =>
  Effect.scoped(Effect.gen(function*() {
    const { origin, pathname, search } = new URL(url)
    const proxy = proxyTo(env, origin)
    if (Result.isFailure(proxy)) {
      return { _tag: "failed", why: `${proxy.failure.variable} ${proxy.failure.detail}`, again: false }
    }
    const responseBytesMax = Limits.notifyAnswerBytesMax
    const transport = yield* makeTransport({ origin, connections: 1, timeoutMs, responseBytesMax, network: { env } })
    const sent = transport.send({ method: "POST", path: `${pathname}${search}`, headers, body })
    return yield* Effect.matchEffect(sent, { onSuccess: ended, onFailure: ended })
  }))
