/**
 * Reads a provider's part of `amends.yaml` into checked values; every mistake is told, each with what to do.
 *
 * A mistyped setting is refused and never ignored: a rate limit that silently is none would be noticed in production.
 * Values that came from the environment are texts, so numbers and truth values are taken as texts too; an empty text
 * is a setting that is not there (`${env.X:-}`). No message repeats a value.
 */
import { Effect, Result } from "effect"
import { isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { parseDuration } from "../../domain/Duration.ts"
import { Limits } from "../../domain/Limits.ts"
import { renderPointer } from "../../domain/Pointer.ts"
import { type ProviderSettings, refuseMistakes, RegistryError } from "../Registry.ts"
import { type BaseUrl, parseBaseUrl } from "./BaseUrl.ts"
import type { Rate } from "./Budget.ts"

/** The settings that every HTTP provider has. */
export interface HttpSettings {
  readonly base: BaseUrl
  readonly concurrency: number
  readonly rate?: Rate
  readonly timeoutMs: number
  readonly horizonMs: number
}

/** Names of the settings that `readHttpSettings` reads. */
export const httpSettings = ["baseUrl", "horizon", "rateLimit", "concurrency", "timeout", "insecure"] as const

/** Requests under way at once where nothing is said. */
const concurrencyDefault = 100
const concurrencyMax = Limits.parallelismMax

/** A mistake in a setting. */
export const badSetting = (
  settings: ProviderSettings,
  path: ReadonlyArray<string>,
  detail: string,
  hint: string
): RegistryError => new RegistryError({ provider: settings.name, path: renderPointer(path), detail, hint })

/** How one value is read, and what it is expected to be, for messages. */
export interface Reading<A> {
  readonly says: string
  /** Answers `undefined` where the value is none. */
  readonly read: (value: Json) => A | undefined
}

/** A text with something in it. */
export const text: Reading<string> = {
  says: "a text",
  read: (value) => typeof value === "string" ? value : undefined
}

/** A whole number of at least 1. */
export const count: Reading<number> = {
  says: "a whole number of at least 1",
  read: (value) => {
    const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value
    return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : undefined
  }
}

/** True or false. */
export const flag: Reading<boolean> = {
  says: "true or false",
  read: (value) => value === true || value === "true" ? true : value === false || value === "false" ? false : undefined
}

/** A length of time in milliseconds. */
export const duration: Reading<number> = {
  says: "a length of time such as 2s or 500ms",
  read: (value) => typeof value === "string" ? parseDuration(value) : undefined
}

const isAbsent = (value: Json | undefined): value is undefined | null | "" =>
  value === undefined || value === null || value === ""

/** Reads the setting at a path of keys, or answers `undefined` where it is absent, null or empty. */
export const readSetting = <A>(
  settings: ProviderSettings,
  path: ReadonlyArray<string>,
  reading: Reading<A>
): Effect.Effect<A | undefined, RegistryError> => {
  const value = path.reduce<Json | undefined>((at, key) => isObject(at) ? at[key] : undefined, settings.settings)
  if (isAbsent(value)) return Effect.succeed(undefined)
  const read = reading.read(value)
  return read === undefined
    ? Effect.fail(badSetting(settings, path, "has a value that cannot be used", `write ${reading.says}`))
    : Effect.succeed(read)
}

/** Refuses settings that are not among the known ones. */
export const refuseUnknown = (
  settings: ProviderSettings,
  path: ReadonlyArray<string>,
  known: ReadonlyArray<string>
): Effect.Effect<void, RegistryError> => {
  const at = path.reduce<Json | undefined>((value, key) => isObject(value) ? value[key] : undefined, settings.settings)
  const unknown = Object.keys(isObject(at) ? at : {} satisfies JsonObject).filter((key) => !known.includes(key))
  return refuseMistakes(
    unknown.map((key) =>
      Result.fail(badSetting(settings, [...path, key], "is not a setting", `the settings are ${known.join(", ")}`))
    )
  )
}

const readBase = (settings: ProviderSettings, fallback: string | undefined) =>
  Effect.gen(function*() {
    const written = (yield* readSetting(settings, ["baseUrl"], text)) ?? fallback
    if (written === undefined) {
      return yield* badSetting(settings, ["baseUrl"], "is missing", "say where the API lives: https://api.example.com")
    }
    const insecure = (yield* readSetting(settings, ["insecure"], flag)) ?? false
    const base = parseBaseUrl(written.trim(), insecure ? "anywhere" : "loopback")
    return yield* Result.match(base, {
      onFailure: ({ detail, hint }) => Effect.fail(badSetting(settings, ["baseUrl"], detail, hint)),
      onSuccess: Effect.succeed
    })
  })

const readRate = (settings: ProviderSettings) =>
  Effect.gen(function*() {
    const { rateLimit } = settings.settings
    if (isAbsent(rateLimit)) return undefined
    const hint = "write { requests: 20, per: 1s }"
    if (!isObject(rateLimit)) return yield* badSetting(settings, ["rateLimit"], "is not an object", hint)
    const read = yield* Effect.all({
      known: refuseUnknown(settings, ["rateLimit"], ["requests", "per"]),
      requests: readSetting(settings, ["rateLimit", "requests"], count),
      perMs: readSetting(settings, ["rateLimit", "per"], duration)
    }, { mode: "result" })
    yield* refuseMistakes(Object.values(read))
    const requests = yield* Effect.fromResult(read.requests)
    const perMs = yield* Effect.fromResult(read.perMs)
    if (requests === undefined || perMs === undefined || perMs === 0) {
      return yield* badSetting(settings, ["rateLimit"], "does not say how many requests per what time", hint)
    }
    return { requests, perMs } satisfies Rate
  })

interface Bounds {
  readonly reading: Reading<number>
  readonly otherwise: number
  readonly min: number
  readonly max: number
  readonly hint: string
}

const readWithin = (settings: ProviderSettings, name: string, { hint, max, min, otherwise, reading }: Bounds) =>
  Effect.flatMap(readSetting(settings, [name], reading), (read) => {
    const value = read ?? otherwise
    return value >= min && value <= max
      ? Effect.succeed(value)
      : Effect.fail(badSetting(settings, [name], "is out of bounds", hint))
  })

const mostMs = Limits.requestTimeoutMaxMs

/** Reads what every HTTP provider has; `baseUrl` may have a default. */
export const readHttpSettings = (
  settings: ProviderSettings,
  baseUrl?: string
): Effect.Effect<HttpSettings, RegistryError> =>
  Effect.gen(function*() {
    const { timeoutMs } = settings
    const read = yield* Effect.all({
      base: readBase(settings, baseUrl),
      rate: readRate(settings),
      concurrency: readWithin(settings, "concurrency", {
        reading: count,
        otherwise: concurrencyDefault,
        min: 1,
        max: concurrencyMax,
        hint: `write a number from 1 to ${concurrencyMax}`
      }),
      timeoutMs: readWithin(settings, "timeout", {
        reading: duration,
        otherwise: timeoutMs,
        min: 1,
        max: mostMs,
        hint: "write 1ms to 1h"
      }),
      horizonMs: readWithin(settings, "horizon", {
        reading: duration,
        otherwise: Limits.horizonMs,
        min: 0,
        max: mostMs,
        hint: "write 0s to 1h"
      })
    }, { mode: "result" })
    yield* refuseMistakes(Object.values(read))
    const rate = yield* Effect.fromResult(read.rate)
    return {
      base: yield* Effect.fromResult(read.base),
      concurrency: yield* Effect.fromResult(read.concurrency),
      timeoutMs: yield* Effect.fromResult(read.timeoutMs),
      horizonMs: yield* Effect.fromResult(read.horizonMs),
      ...(rate === undefined ? {} : { rate })
    }
  })
