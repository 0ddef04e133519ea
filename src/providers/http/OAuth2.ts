/**
 * OAuth 2 client credentials (RFC 6749, 4.4): a token that all requests share.
 *
 * It is renewed shortly before it expires, and once when an answer refuses it: a 401 surely applied nothing, so sending
 * again is safe. Where the client's own secret is refused and a program prints it, the program is asked once more.
 */
import { Clock, Effect, type Scope, Semaphore } from "effect"
import { isObject, type Json } from "../../domain/Document.ts"
import { LearnSecrets } from "../LearnSecrets.ts"
import { ProviderError } from "../ProviderError.ts"
import { type AuthHeaders, type Authorizer, basic } from "./Authorizer.ts"
import type { BaseUrl } from "./BaseUrl.ts"
import type { Answered, Failed } from "./Exchange.ts"
import type { Network } from "./Network.ts"
import { type HeldSecrets, holdSecrets, type Secret, type Secrets } from "./Secret.ts"
import { makeTransport, type Transport } from "./Transport.ts"
import { conceal, serverWords } from "./Words.ts"

/** Client credentials: a token is asked for at `tokenUrl` with the client's own. */
export interface OAuth2 {
  readonly _tag: "oauth2"
  readonly tokenUrl: BaseUrl
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scope?: string
  readonly audience?: string
  /** Where the credentials go. Default: `basic`, which every server must take. */
  readonly credentialsIn?: "basic" | "body"
}

/** Whose token it is, and how its server is reached. */
export interface Asking {
  readonly provider: string
  readonly timeoutMs: number
  readonly network?: Network
}

/** Milliseconds before its end at which a token counts as expired, and how long one lives that does not say. */
const marginMs = 30_000
const lifeMs = 300_000

interface Token {
  readonly headers: AuthHeaders
  readonly value: string
  readonly expiresAt: number
}

interface Holder {
  readonly provider: string
  readonly auth: OAuth2
  readonly secret: HeldSecrets
  readonly transport: Transport
  readonly fetching: Semaphore.Semaphore
  token: Token | undefined
  /** The last two tokens: errors of requests that were sent with the one before may still come in. */
  readonly known: Array<string>
}

const formOf = ({ audience, clientId, credentialsIn, scope }: OAuth2, clientSecret: string): string =>
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
    detail: `no access token: ${conceal(words, holder.secret.known())}`,
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
  if (!isObject(answer)) return undefined
  const { access_token: value, expires_in: expires } = answer
  if (typeof value !== "string" || value === "") return undefined
  const seconds = Number(expires)
  const life = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : lifeMs
  // A short-lived token is used for half its life rather than never.
  return { value, headers: ["authorization", `Bearer ${value}`], expiresAt: now + Math.max(life - marginMs, life / 2) }
}

const askWith = ({ auth, transport }: Holder, clientSecret: string): Effect.Effect<Answered, Failed> => {
  const headers = ["accept", "application/json", "content-type", "application/x-www-form-urlencoded"]
  if (auth.credentialsIn !== "body") {
    headers.push("authorization", basic(encodeURIComponent(auth.clientId), encodeURIComponent(clientSecret)))
  }
  const path = auth.tokenUrl.prefix === "" ? "/" : auth.tokenUrl.prefix
  return transport.send({ method: "POST", path, headers, body: formOf(auth, clientSecret) })
}

const refusesClient = ({ status, text }: Answered): boolean => {
  if (status === 401) return true
  const json = status === 400 ? parse(text) : undefined
  return isObject(json) && json["error"] === "invalid_client"
}

const fetchToken = (
  holder: Holder,
  secrets: Secrets,
  renewal: "possible" | "done"
): Effect.Effect<AuthHeaders, ProviderError> =>
  Effect.gen(function*() {
    const answer = yield* Effect.mapError(
      askWith(holder, secrets[0] ?? ""),
      (failed) => failure(holder, failed, failed.detail)
    )
    if (renewal === "possible" && refusesClient(answer) && (yield* holder.secret.refused(secrets))) {
      return yield* fetchToken(holder, yield* holder.secret.current, "done")
    }
    const json = parse(answer.text)
    const token = answer.status === 200 ? tokenOf(json, yield* Clock.currentTimeMillis) : undefined
    if (token === undefined) {
      return yield* failure(holder, answer, serverWords(json, answer.status === 200 ? "" : answer.text))
    }
    const learn = yield* LearnSecrets
    learn([token.value])
    holder.token = token
    holder.known.splice(0, holder.known.length, token.value, ...holder.known.slice(0, 1))
    return token.headers
  })

const current = (holder: Holder): Effect.Effect<AuthHeaders, ProviderError> =>
  Effect.clockWith((clock) => {
    const { token } = holder
    return token !== undefined && clock.currentTimeMillisUnsafe() < token.expiresAt
      ? Effect.succeed(token.headers)
      : Effect.flatMap(holder.secret.current, (secrets) => fetchToken(holder, secrets, "possible"))
  })

/** Makes what fetches and holds the token. */
export const makeOAuth2 = (auth: OAuth2, asking: Asking): Effect.Effect<Authorizer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { network, provider, timeoutMs } = asking
    const way = { origin: auth.tokenUrl.origin, connections: 1, timeoutMs }
    const holder: Holder = {
      provider,
      auth,
      secret: yield* holdSecrets(provider, [auth.clientSecret]),
      transport: yield* makeTransport(network === undefined ? way : { ...way, network }),
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
      secrets: () => [...holder.secret.known(), ...holder.known]
    }
  })
