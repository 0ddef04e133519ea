/**
 * The setting `auth`: exactly one way in which requests prove who sends them, as `http/Auth.ts` knows it.
 */
import { Effect } from "effect"
import { isObject, type JsonObject } from "../../domain/Document.ts"
import type { Auth } from "../http/Auth.ts"
import { badSetting, readSetting, refuseUnknown, text } from "../http/Settings.ts"
import type { ProviderSettings, RegistryError } from "../Registry.ts"

const ways = ["bearer", "basic", "headers"] as const

const needed = (settings: ProviderSettings, path: ReadonlyArray<string>) =>
  Effect.flatMap(readSetting(settings, path, text), (value) =>
    value === undefined
      ? Effect.fail(badSetting(settings, path, "is missing or empty", "take it from the environment: ${env.NAME}"))
      : Effect.succeed(value))

const basicOf = (settings: ProviderSettings): Effect.Effect<Auth, RegistryError> =>
  Effect.gen(function*() {
    yield* refuseUnknown(settings, ["auth", "basic"], ["username", "password"])
    const username = yield* needed(settings, ["auth", "basic", "username"])
    const password = yield* needed(settings, ["auth", "basic", "password"])
    return { _tag: "basic", username, password }
  })

/** Headers by name, every value a text with something in it. */
export const headersIn = (
  settings: ProviderSettings,
  path: ReadonlyArray<string>,
  written: JsonObject
): Effect.Effect<Readonly<Record<string, string>>, RegistryError> =>
  Effect.map(
    Effect.forEach(
      Object.keys(written),
      (name) => Effect.map(needed(settings, [...path, name]), (value) => [name, value] as const)
    ),
    Object.fromEntries<string>
  )

/** Reads `auth`; without it nothing is proven. */
export const readAuth = (settings: ProviderSettings): Effect.Effect<Auth, RegistryError> =>
  Effect.gen(function*() {
    const { auth } = settings.settings
    if (auth === undefined || auth === null) return { _tag: "none" }
    const hint = "write { bearer: TOKEN }, { basic: { username, password } } or { headers: { X-Api-Key: KEY } }"
    if (!isObject(auth)) return yield* badSetting(settings, ["auth"], "is not an object", hint)
    yield* refuseUnknown(settings, ["auth"], ways)
    const [way, second] = ways.filter((one) => auth[one] !== undefined)
    if (way === undefined || second !== undefined) {
      return yield* badSetting(settings, ["auth"], "does not say one way to authenticate", hint)
    }
    if (way === "bearer") return { _tag: "bearer", token: yield* needed(settings, ["auth", "bearer"]) }
    if (way === "basic") return yield* basicOf(settings)
    const { headers } = auth
    if (!isObject(headers)) return yield* badSetting(settings, ["auth", "headers"], "is not an object", hint)
    return { _tag: "headers", headers: yield* headersIn(settings, ["auth", "headers"], headers) }
  })
