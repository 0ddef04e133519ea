/**
 * Reads how requests prove who sends them from a provider's setting `auth`: one of `bearer`, `basic`, `headers` and
 * `oauth2`.
 *
 * Every secret in it may be a text or a program that prints it. Nothing is asked of anybody here: programs run and
 * tokens are fetched when a request needs them.
 */
import { Effect, Result } from "effect"
import { isObject, type Json } from "../../domain/Document.ts"
import { type ProviderSettings, refuseMistakes, type RegistryError } from "../Registry.ts"
import type { Auth } from "./Auth.ts"
import { type BaseUrl, parseBaseUrl } from "./BaseUrl.ts"
import { refuseBadProxy } from "./NetworkSettings.ts"
import type { OAuth2 } from "./OAuth2.ts"
import type { Secret } from "./Secret.ts"
import { needSecret } from "./SecretSettings.ts"
import { badSetting, flag, type Reading, readSetting, refuseUnknown, text } from "./Settings.ts"

/** The name of the setting. */
export const authSetting = "auth"

const object: Reading<Json> = { says: "an object", read: (value) => isObject(value) ? value : undefined }

const needText = (settings: ProviderSettings, path: ReadonlyArray<string>) =>
  Effect.flatMap(readSetting(settings, path, text), (value) =>
    value === undefined
      ? Effect.fail(badSetting(settings, path, "is missing or empty", `write ${text.says}`))
      : Effect.succeed(value))

interface Parts {
  readonly [name: string]: Effect.Effect<unknown, RegistryError>
}

type Values<P extends Parts> = {
  readonly [K in keyof P]: P[K] extends Effect.Effect<infer A, RegistryError> ? A : never
}

/** Reads several settings and tells the mistakes of all of them. */
const together = <P extends Parts>(parts: P): Effect.Effect<Values<P>, RegistryError> =>
  Effect.gen(function*() {
    const read = yield* Effect.forEach(
      Object.entries(parts),
      ([name, part]) => Effect.map(Effect.result(part), (result) => [name, result] as const)
    )
    yield* refuseMistakes(read.map(([, result]) => result))
    return Object.fromEntries(
      read.map(([name, result]) => [name, Result.getOrUndefined(result)])
    ) as Values<P>
  })

const bearer = (settings: ProviderSettings): Effect.Effect<Auth, RegistryError> =>
  Effect.map(needSecret(settings, [authSetting, "bearer"]), (token) => ({ _tag: "bearer", token }))

const basic = (settings: ProviderSettings): Effect.Effect<Auth, RegistryError> => {
  const at = [authSetting, "basic"]
  const parts = together({
    object: readSetting(settings, at, object),
    unknown: refuseUnknown(settings, at, ["username", "password"]),
    username: needText(settings, [...at, "username"]),
    password: needSecret(settings, [...at, "password"])
  })
  return Effect.map(parts, ({ password, username }) => ({ _tag: "basic", username, password }))
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

const headerOf = (
  settings: ProviderSettings,
  name: string
): Effect.Effect<readonly [string, Secret], RegistryError> => {
  const at = [authSetting, "headers", name]
  return headerName.test(name)
    ? Effect.map(needSecret(settings, at), (secret) => [name, secret] as const)
    : Effect.fail(badSetting(settings, at, "is no name of a header", "use letters, digits and -"))
}

const headers = (settings: ProviderSettings): Effect.Effect<Auth, RegistryError> =>
  Effect.gen(function*() {
    const at = [authSetting, "headers"]
    const value = yield* readSetting(settings, at, object)
    const names = Object.keys(isObject(value) ? value : {})
    if (names.length === 0) return yield* badSetting(settings, at, "names no header", "write { X-Api-Key: KEY }")
    const read = yield* together(Object.fromEntries(names.map((name) => [name, headerOf(settings, name)])))
    return { _tag: "headers", headers: Object.fromEntries(Object.values(read)) }
  })

const readTokenUrl = (settings: ProviderSettings): Effect.Effect<BaseUrl, RegistryError> =>
  Effect.gen(function*() {
    const at = [authSetting, "oauth2", "tokenUrl"]
    const written = yield* needText(settings, at)
    const insecure = (yield* readSetting(settings, ["insecure"], flag)) ?? false
    const url = yield* Result.match(parseBaseUrl(written.trim(), insecure ? "anywhere" : "loopback"), {
      onFailure: ({ detail, hint }) => Effect.fail(badSetting(settings, at, detail, hint)),
      onSuccess: Effect.succeed
    })
    yield* refuseBadProxy(settings, at, url.origin)
    return url
  })

const place: Reading<"basic" | "body"> = {
  says: "basic or body",
  read: (value) => value === "basic" || value === "body" ? value : undefined
}

const oauth2 = (settings: ProviderSettings): Effect.Effect<Auth, RegistryError> => {
  const at = [authSetting, "oauth2"]
  const parts = together({
    object: readSetting(settings, at, object),
    unknown: refuseUnknown(settings, at, [
      "tokenUrl",
      "clientId",
      "clientSecret",
      "scope",
      "audience",
      "credentialsIn"
    ]),
    tokenUrl: readTokenUrl(settings),
    clientId: needText(settings, [...at, "clientId"]),
    clientSecret: needSecret(settings, [...at, "clientSecret"]),
    scope: readSetting(settings, [...at, "scope"], text),
    audience: readSetting(settings, [...at, "audience"], text),
    credentialsIn: readSetting(settings, [...at, "credentialsIn"], place)
  })
  return Effect.map(parts, ({ audience, clientId, clientSecret, credentialsIn, scope, tokenUrl }): OAuth2 => ({
    _tag: "oauth2",
    tokenUrl,
    clientId,
    clientSecret,
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...(credentialsIn === undefined ? {} : { credentialsIn })
  }))
}

type Way = "bearer" | "basic" | "headers" | "oauth2"

const readers: { readonly [W in Way]: (settings: ProviderSettings) => Effect.Effect<Auth, RegistryError> } = {
  bearer,
  basic,
  headers,
  oauth2
}

const ways: ReadonlyArray<string> = Object.keys(readers)

const isWay = (name: string): name is Way => ways.includes(name)

/** Reads `auth`; without it requests prove nothing. */
export const readAuth = (settings: ProviderSettings): Effect.Effect<Auth, RegistryError> =>
  Effect.gen(function*() {
    const value = yield* readSetting(settings, [authSetting], object)
    if (!isObject(value)) return { _tag: "none" }
    yield* refuseUnknown(settings, [authSetting], ways)
    const [way, other] = Object.keys(value).filter(isWay)
    if (way !== undefined && other === undefined) return yield* readers[way](settings)
    const detail = way === undefined ? "says no way to authenticate" : `says both ${way} and ${other}`
    return yield* badSetting(settings, [authSetting], detail, `write one of ${ways.join(", ")}`)
  })
