/**
 * The settings that every HTTP provider has: where the API is, the way there, and what may be under way at once.
 *
 * Read into checked values, all mistakes at once; how one setting is read is in Settings.ts.
 */
import { Effect, Result } from "effect"
import { isObject } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"
import { type ProviderSettings, refuseMistakes, type RegistryError } from "../Registry.ts"
import { Surroundings } from "../Surroundings.ts"
import { type BaseUrl, parseBaseUrl } from "./BaseUrl.ts"
import type { Rate } from "./Budget.ts"
import type { Network } from "./Network.ts"
import { readTls, refuseBadProxy, tlsSetting } from "./NetworkSettings.ts"
import {
  badSetting,
  count,
  duration,
  flag,
  isAbsent,
  type Reading,
  readSetting,
  refuseUnknown,
  text
} from "./Settings.ts"

/** The settings that every HTTP provider has. */
export interface HttpSettings {
  readonly base: BaseUrl
  readonly concurrency: number
  readonly rate?: Rate
  readonly timeoutMs: number
  readonly horizonMs: number
  /** Proxies and certificates. */
  readonly network: Network
}

/** Names of the settings that `readHttpSettings` reads. */
export const httpSettings = [
  "baseUrl",
  "horizon",
  "rateLimit",
  "concurrency",
  "timeout",
  "insecure",
  tlsSetting
] as const

/** Requests under way at once where nothing is said. */
const concurrencyDefault = 100
const concurrencyMax = Limits.parallelismMax

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

/** Where the API is, and the way there. */
const readReach = (settings: ProviderSettings, fallback: string | undefined) =>
  Effect.gen(function*() {
    const read = yield* Effect.all({ base: readBase(settings, fallback), tls: readTls(settings) }, { mode: "result" })
    yield* refuseMistakes(Object.values(read))
    const base = yield* Effect.fromResult(read.base)
    yield* refuseBadProxy(settings, ["baseUrl"], base.origin)
    const { env } = yield* Surroundings
    return { base, network: { env, tls: yield* Effect.fromResult(read.tls) } satisfies Network }
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
      reach: readReach(settings, baseUrl),
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
      ...yield* Effect.fromResult(read.reach),
      concurrency: yield* Effect.fromResult(read.concurrency),
      timeoutMs: yield* Effect.fromResult(read.timeoutMs),
      horizonMs: yield* Effect.fromResult(read.horizonMs),
      ...(rate === undefined ? {} : { rate })
    }
  })
