/**
 * An HTTP API as a provider sees it: JSON both ways, one error class, every request within the budget.
 *
 * One call sends one request once (a token that expired meanwhile and the redirects of a read aside). What came of it
 * is Classify's decision; this file only carries the answer there. Its path is hot: no schema, no span, no timer.
 */
import { Clock, Effect, type Scope } from "effect"
import type { Json } from "../../domain/Document.ts"
import { SendGate } from "../Provider.ts"
import { ProviderError } from "../ProviderError.ts"
import { type Auth, makeAuthorizer } from "./Auth.ts"
import type { AuthHeaders, Authorizer } from "./Authorizer.ts"
import type { BaseUrl } from "./BaseUrl.ts"
import { type Budget, makeBudget, type Rate } from "./Budget.ts"
import { type Body, classify, type Meaning, type Mode } from "./Classify.ts"
import type { Answered, Failed, Headers } from "./Exchange.ts"
import { type Network, proxyOf } from "./Network.ts"
import { parseRetryAfter } from "./RetryAfter.ts"
import { makeTransport, type Transport } from "./Transport.ts"
import { conceal, serverWords } from "./Words.ts"

/** What a client is made of. */
export interface ClientOptions {
  readonly provider: string
  readonly base: BaseUrl
  readonly auth: Auth
  /** Requests under way at once, and so connections. */
  readonly concurrency: number
  readonly rate?: Rate
  readonly timeoutMs: number
  readonly responseBytesMax?: number
  /** Proxies and certificates; none where absent. */
  readonly network?: Network
}

/** One request. A GET or HEAD reads, everything else writes. */
export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Path under the base, and query. */
  readonly path: string
  readonly body?: Json
  /** Further headers, names in lower case and values in turn; they stand for those that every request has. */
  readonly headers?: ReadonlyArray<string>
  /** Whether a 202 is an answer, because the caller follows it up; else a write answered so is Ambiguous. */
  readonly accepts?: "later"
  /** A request that changes nothing although its method is not GET. */
  readonly mode?: "read"
  /** Where a refusal says why; without it, where servers usually do. */
  readonly wordsOf?: (json: Json) => Json | undefined
}

/** An answer of success. `json` is absent where the body is empty. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly json?: Json
}

/** An HTTP API. */
export interface Client {
  readonly send: (request: Request) => Effect.Effect<Reply, ProviderError>
  /** Makes the error of an answer that was read and says no after all, such as a refusal inside an envelope. */
  readonly failure: (request: Request, meaning: Exclude<Meaning, "answer">, what: What) => ProviderError
}

/** What an error tells beside its reason. */
export interface What {
  readonly detail: string
  readonly status?: number
  readonly retryAfterMs?: number
  readonly answeredId?: string
}

interface Parts {
  readonly provider: string
  readonly base: BaseUrl
  readonly authorizer: Authorizer
  readonly budget: Budget
  readonly transport: Transport
  /** Credentials of the proxy. */
  readonly hidden: ReadonlyArray<string>
}

const redirectsMax = 5
const common = ["accept", "application/json", "user-agent", "amends"]
const jsonBody = ["content-type", "application/json"]

const modeOf = (request: Request): Mode => request.method === "GET" ? "read" : request.mode ?? "write"

/** Headers without those that the request has of its own. */
const besides = (headers: ReadonlyArray<string>, own: ReadonlyArray<string>): ReadonlyArray<string> => {
  const isOwn = (name: string | undefined) => own.some((one, index) => index % 2 === 0 && one === name)
  return headers.filter((_, index) => !isOwn(headers[index - index % 2]))
}

const headersOf = (request: Request, auth: AuthHeaders): ReadonlyArray<string> => {
  const headers = [...common, ...auth]
  if (request.body !== undefined) headers.push(...jsonBody)
  return request.headers === undefined ? headers : [...besides(headers, request.headers), ...request.headers]
}

const large = /\d{16}/

type Parse = (text: string, revive: (key: string, value: unknown, at: { readonly source?: string }) => unknown) => Json

/** Ids that are too large for a number stay the digits that they are; two of them must not become one. */
const parseExactly = (text: string): Json =>
  (JSON.parse as Parse)(
    text,
    (key, value, { source = "" }) =>
      typeof value === "number" && !Number.isSafeInteger(value) && /^id$|Id$/.test(key) && /^\d+$/.test(source)
        ? source
        : value
  )

const parse = (text: string): { readonly body: Body; readonly json?: Json } => {
  if (text.trim() === "") return { body: "empty" }
  try {
    return { body: "json", json: (large.test(text) ? parseExactly(text) : JSON.parse(text)) as Json }
  } catch {
    return { body: "foreign" }
  }
}

const failure: (parts: Parts, ...rest: Parameters<Client["failure"]>) => ProviderError = (
  parts,
  request,
  meaning,
  what
) =>
  new ProviderError({
    reason: meaning.reason,
    provider: parts.provider,
    request: `${request.method} ${parts.base.prefix}${request.path.split("?", 1)[0]}`,
    detail: conceal(what.detail, [...parts.authorizer.secrets(), ...parts.hidden]),
    ...(what.status === undefined || what.status === 0 ? {} : { status: what.status }),
    ...(what.retryAfterMs === undefined ? {} : { retryAfterMs: what.retryAfterMs }),
    ...(what.answeredId === undefined ? {} : { answeredId: what.answeredId }),
    mayLand: meaning.mayLand
  })

const retryAfterOf = (headers: Headers): Effect.Effect<number | undefined> => {
  const header = headers["retry-after"]
  return typeof header === "string"
    ? Effect.map(Clock.currentTimeMillis, (now) => parseRetryAfter(header, now))
    : Effect.succeed(undefined)
}

/** Where a redirect leads, without the query, which may hold a secret. */
const locationOf = (base: BaseUrl, headers: Headers): URL | undefined => {
  const location = headers["location"]
  return typeof location === "string" && URL.canParse(location, base.origin)
    ? new URL(location, base.origin)
    : undefined
}

const wordsIn = ({ wordsOf }: Request, json: Json | undefined, text: string): string => {
  const own = json === undefined ? undefined : wordsOf?.(json)
  return serverWords(own === undefined || own === null ? json : typeof own === "object" ? own : String(own), text)
}

const detailOf = (parts: Parts, request: Request, ended: Answered | Failed, json: Json | undefined): string => {
  if (ended._tag === "failed") return ended.detail
  if (ended.status >= 300 && ended.status < 400) {
    const to = locationOf(parts.base, ended.headers)
    const where = to === undefined ? "" : ` to ${to.origin}${to.pathname}`
    return `the server redirects${where}; redirects are followed for reads of one host only: check the setting baseUrl`
  }
  const words = wordsIn(request, json, ended.text)
  return words === "" ? `the server answered ${ended.status} and nothing else` : words
}

const refuse = (
  parts: Parts,
  request: Request,
  meaning: Exclude<Meaning, "answer">,
  ended: Answered | Failed
): Effect.Effect<never, ProviderError> =>
  Effect.flatMap(retryAfterOf(ended.headers), (retryAfterMs) => {
    if (meaning.reason === "Throttled" && retryAfterMs !== undefined) parts.budget.pause(retryAfterMs)
    const { json } = ended._tag === "answered" ? parse(ended.text) : {}
    const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
    return Effect.fail(
      failure(parts, request, meaning, {
        detail: detailOf(parts, request, ended, json),
        status: ended.status,
        ...asked
      })
    )
  })

const judge = (parts: Parts, request: Request, answer: Answered): Effect.Effect<Reply, ProviderError> => {
  const { body, json } = parse(answer.text)
  const status = answer.status === 202 && request.accepts === "later" ? 200 : answer.status
  const meaning = classify({ sent: true, status, body }, modeOf(request))
  if (meaning !== "answer") return refuse(parts, request, meaning, answer)
  const { headers } = answer
  return Effect.succeed(
    json === undefined ? { status: answer.status, headers } : { status: answer.status, headers, json }
  )
}

const fail = (parts: Parts, request: Request, failed: Failed): Effect.Effect<never, ProviderError> => {
  const meaning = classify(failed, modeOf(request))
  return refuse(parts, request, meaning === "answer" ? { reason: "Ambiguous", mayLand: true } : meaning, failed)
}

interface Attempt {
  /** Path with the base's prefix, and query. */
  readonly path: string
  readonly auth: AuthHeaders
  readonly hops: number
  /** Whether the credentials may still be renewed. */
  readonly renewal: "possible" | "done"
}

const redirected = (parts: Parts, request: Request, answer: Answered, attempt: Attempt): Attempt | undefined => {
  if (request.method !== "GET" || answer.status < 300 || answer.status > 399) return undefined
  const to = locationOf(parts.base, answer.headers)
  return to?.origin === parts.base.origin && attempt.hops < redirectsMax
    ? { ...attempt, path: `${to.pathname}${to.search}`, hops: attempt.hops + 1 }
    : undefined
}

const renewed = (parts: Parts, attempt: Attempt): Effect.Effect<Attempt | undefined, ProviderError> =>
  attempt.renewal === "done"
    ? Effect.succeed(undefined)
    : Effect.flatMap(parts.authorizer.refused(attempt.auth), (worthIt) =>
      worthIt
        ? Effect.map(parts.authorizer.headers, (auth): Attempt => ({ ...attempt, auth, renewal: "done" }))
        : Effect.succeed(undefined))

const again = (
  parts: Parts,
  request: Request,
  answer: Answered,
  attempt: Attempt
): Effect.Effect<Reply, ProviderError> => {
  const further = answer.status === 401
    ? renewed(parts, attempt)
    : Effect.succeed(redirected(parts, request, answer, attempt))
  return Effect.flatMap(
    further,
    (next) => next === undefined ? judge(parts, request, answer) : go(parts, request, next)
  )
}

const go = (parts: Parts, request: Request, attempt: Attempt): Effect.Effect<Reply, ProviderError> => {
  const headers = headersOf(request, attempt.auth)
  const wire = { method: request.method, path: attempt.path, headers }
  const sending = request.body === undefined ? wire : { ...wire, body: JSON.stringify(request.body) }
  const sent = Effect.matchEffect(parts.transport.send(sending), {
    onSuccess: (answer) => answer.status < 300 ? judge(parts, request, answer) : again(parts, request, answer, attempt),
    onFailure: (failed) => fail(parts, request, failed)
  })
  return gated(parts, request, sent)
}

const start = (parts: Parts, request: Request, auth: AuthHeaders): Effect.Effect<Reply, ProviderError> =>
  go(parts, request, { path: `${parts.base.prefix}${request.path}`, auth, hops: 0, renewal: "possible" })

/** Lets a write through only while its gate is open: it may have waited long for its turn, or for credentials. */
const gated = (parts: Parts, request: Request, sending: Effect.Effect<Reply, ProviderError>) =>
  modeOf(request) === "read"
    ? sending
    : Effect.withFiber<Reply, ProviderError>((fiber) =>
      Effect.flatMap(fiber.getRef(SendGate), (open) => {
        const detail = "the right to write ended before it was this request's turn"
        return open
          ? sending
          : Effect.fail(failure(parts, request, { reason: "NotSent", mayLand: false }, { detail }))
      })
    )

const send = (parts: Parts, request: Request): Effect.Effect<Reply, ProviderError> => {
  const { fixed, headers } = parts.authorizer
  const sending = fixed === undefined
    ? Effect.flatMap(headers, (auth) => start(parts, request, auth))
    : Effect.suspend(() => start(parts, request, fixed))
  return parts.budget.run(sending)
}

/** Makes a client for the length of the scope. */
export const makeClient = (options: ClientOptions): Effect.Effect<Client, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { auth, base, concurrency, network = {}, provider, rate, responseBytesMax, timeoutMs } = options
    const parts: Parts = {
      provider,
      base,
      hidden: proxyOf(network, base.origin)?.secrets ?? [],
      authorizer: yield* makeAuthorizer(auth, { provider, timeoutMs, network }),
      budget: yield* makeBudget(rate === undefined ? { concurrency } : { concurrency, rate }),
      transport: yield* makeTransport({
        origin: base.origin,
        connections: concurrency,
        timeoutMs,
        network,
        ...(responseBytesMax === undefined ? {} : { responseBytesMax })
      })
    }
    return {
      send: (request) => send(parts, request),
      failure: (request, meaning, what) => failure(parts, request, meaning, what)
    }
  })
