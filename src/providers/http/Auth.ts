/**
 * How requests prove who sends them: fixed headers, basic, bearer, or OAuth 2 client credentials (RFC 6749, 4.4).
 *
 * A fetched token is shared by all requests, renewed shortly before it expires, and once when an answer refuses it: a
 * 401 surely applied nothing, so sending again is safe. Secrets are named to the client, which takes them out of
 * every error.
 */
import { Clock, Effect, type Scope, Semaphore } from "effect"
import type { Json } from "../../domain/Document.ts"
import { ProviderError } from "../ProviderError.ts"
import type { BaseUrl } from "./BaseUrl.ts"
import type { Answered, Failed } from "./Exchange.ts"
import { makeTransport, type Transport } from "./Transport.ts"
import { conceal, serverWords } from "./Words.ts"

/** The ways to authenticate. Values are trimmed, since white space at their ends cannot travel in a header. */
export type Auth =
  | { readonly _tag: "none" }
  | { readonly _tag: "headers"; readonly headers: Readonly<Record<string, string>> }
  | { readonly _tag: "basic"; readonly username: string; readonly password: string }
  | { readonly _tag: "bearer"; readonly token: string }
  | OAuth2

/** Client credentials: a token is asked for at `tokenUrl` with the client's own. */
export interface OAuth2 {
  readonly _tag: "oauth2"
  readonly tokenUrl: BaseUrl
  readonly clientId: string
  readonly clientSecret: string
  readonly scope?: string
  readonly audience?: string
  /** Where the credentials go. Default: `basic`, which every server must take. */
  readonly credentialsIn?: "basic" | "body"
}

/** The headers that authenticate a request, names and values in turn. */
export type AuthHeaders = ReadonlyArray<string>

/** Hands out headers. `refused` tells that a request with those headers was answered with 401. */
export interface Authorizer {
  /** Known without asking anybody; absent where they have to be fetched. */
  readonly fixed?: AuthHeaders
  readonly headers: Effect.Effect<AuthHeaders, ProviderError>
  /** Whether it is worth sending again with new headers. */
  readonly refused: (headers: AuthHeaders) => Effect.Effect<boolean>
  /** What must not appear in any text. */
  readonly secrets: () => ReadonlyArray<string>
}

/** Milliseconds before its end at which a token counts as expired, and how long one lives that does not say. */
const marginMs = 30_000
const lifeMs = 300_000

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`

const fixed = (headers: AuthHeaders, secrets: ReadonlyArray<string>): Authorizer => ({
  fixed: headers,
  headers: Effect.succeed(headers),
  refused: () => Effect.succeed(false),
  secrets: () => secrets
})

interface Token {
  readonly headers: AuthHeaders
  readonly value: string
  readonly expiresAt: number
}

interface Holder {
  readonly provider: string
  readonly auth: OAuth2
  readonly transport: Transport
  readonly fetching: Semaphore.Semaphore
  token: Token | undefined
  /** The last two tokens: errors of requests that were sent with the one before may still come in. */
  readonly known: Array<string>
}

const formOf = ({ audience, clientId, clientSecret, credentialsIn, scope }: OAuth2): string =>
  new URLSearchParams({
    grant_type: "client_credentials",
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...(credentialsIn === "body" ? { client_id: clientId, client_secret: clientSecret } : {})
  }).toString()

const failure = (holder: Holder, ended: Answered | Failed, words: string): ProviderError => {
  const refused = ended._tag === "answered" && ended.status >= 400 && ended.status < 500 && ended.status !== 429
  const { prefix } = holder.auth.tokenUrl
  return new ProviderError({
    // The request that needs the token was not sent, whatever happened to the request for it.
    reason: refused ? "Unauthorized" : "NotSent",
    provider: holder.provider,
    request: `POST ${prefix === "" ? "/" : prefix}`,
    detail: `no access token: ${conceal(words, [holder.auth.clientSecret])}`,
    ...(ended.status === 0 ? {} : { status: ended.status })
  })
}

const parse = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

const tokenOf = (answer: Json | undefined, now: number): Token | undefined => {
  if (typeof answer !== "object" || answer === null || !("access_token" in answer)) return undefined
  const value = answer["access_token"]
  if (typeof value !== "string" || value === "") return undefined
  const seconds = Number("expires_in" in answer ? answer["expires_in"] : Number.NaN)
  const life = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : lifeMs
  // A short-lived token is used for half its life rather than never.
  return { value, headers: ["authorization", `Bearer ${value}`], expiresAt: now + Math.max(life - marginMs, life / 2) }
}

const fetchToken = Effect.fnUntraced(function*(holder: Holder) {
  const { auth } = holder
  const headers = ["accept", "application/json", "content-type", "application/x-www-form-urlencoded"]
  if (auth.credentialsIn !== "body") {
    headers.push("authorization", basic(encodeURIComponent(auth.clientId), encodeURIComponent(auth.clientSecret)))
  }
  const path = auth.tokenUrl.prefix === "" ? "/" : auth.tokenUrl.prefix
  const answer = yield* holder.transport.send({ method: "POST", path, headers, body: formOf(auth) }).pipe(
    Effect.mapError((failed) => failure(holder, failed, failed.detail))
  )
  const json = parse(answer.text)
  const token = answer.status === 200 ? tokenOf(json, yield* Clock.currentTimeMillis) : undefined
  if (token === undefined)
    return yield* failure(holder, answer, serverWords(json, answer.status === 200 ? "" : answer.text))
  holder.token = token
  holder.known.splice(0, holder.known.length, token.value, ...holder.known.slice(0, 1))
  return token.headers
})

const current = (holder: Holder): Effect.Effect<AuthHeaders, ProviderError> =>
  Effect.clockWith((clock) => {
    const { token } = holder
    return token !== undefined && clock.currentTimeMillisUnsafe() < token.expiresAt
      ? Effect.succeed(token.headers)
      : fetchToken(holder)
  })

const makeOAuth2 = (provider: string, auth: OAuth2, timeoutMs: number): Effect.Effect<Authorizer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const holder: Holder = {
      provider,
      auth,
      transport: yield* makeTransport({ origin: auth.tokenUrl.origin, connections: 1, timeoutMs }),
      fetching: yield* Semaphore.make(1),
      token: undefined,
      known: []
    }
    return {
      headers: holder.fetching.withPermit(current(holder)),
      refused: (headers) =>
        Effect.sync(() => {
          if (holder.token?.headers === headers) holder.token = undefined
          return true
        }),
      secrets: () => [auth.clientSecret, ...holder.known]
    }
  })

/** Makes what authenticates the requests of a provider. */
export const makeAuthorizer = (
  provider: string,
  auth: Auth,
  timeoutMs: number
): Effect.Effect<Authorizer, never, Scope.Scope> => {
  switch (auth._tag) {
    case "none":
      return Effect.succeed(fixed([], []))
    case "headers": {
      const headers = Object.entries(auth.headers).map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
      return Effect.succeed(fixed(headers.flat(), headers.map(([, value]) => value)))
    }
    case "basic": {
      const value = basic(auth.username.trim(), auth.password.trim())
      return Effect.succeed(fixed(["authorization", value], [auth.password.trim(), value.slice("Basic ".length)]))
    }
    case "bearer":
      return Effect.succeed(fixed(["authorization", `Bearer ${auth.token.trim()}`], [auth.token.trim()]))
    case "oauth2":
      return makeOAuth2(provider, auth, timeoutMs)
  }
}
