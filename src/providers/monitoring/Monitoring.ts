/**
 * The built-in provider: watchlists, notification channels and custom agents of the monitoring API.
 *
 * The API has no conditional writes, idempotency keys or markers. What it has, ids that only rise and an `updatedAt`
 * that changes with every write, is said in the kinds; the engine draws the consequences.
 */
import { Effect, type Scope } from "effect"
import type { Operation } from "../../domain/Change.ts"
import type { Document } from "../../domain/Document.ts"
import type { Kind } from "../../domain/Kind.ts"
import type { Auth } from "../http/Auth.ts"
import { paceOf } from "../http/Budget.ts"
import { type Client, makeClient } from "../http/Client.ts"
import { httpSettings, readHttpSettings } from "../http/HttpSettings.ts"
import { readSecret } from "../http/SecretSettings.ts"
import { badSetting, refuseUnknown } from "../http/Settings.ts"
import { bears, type Probe, type Provider, type Sending } from "../Provider.ts"
import { ProviderError } from "../ProviderError.ts"
import { type ProviderSettings, refuseMistakes, type RegistryError } from "../Registry.ts"
import { agent } from "./Agent.ts"
import { callsOf, restoreOf } from "./Calls.ts"
import { channel } from "./Channel.ts"
import { resultsIn } from "./Envelope.ts"
import { list, observe, readData } from "./Reading.ts"
import type { Resource } from "./Resource.ts"
import { watchlist } from "./Watchlist.ts"
import { send } from "./Writing.ts"

const version = "1"
const baseUrl = "https://api.hypernative.xyz"

const resources: ReadonlyArray<Resource> = [watchlist, channel, agent]
const byName = new Map(resources.map((resource) => [resource.kind.name, resource]))

const resourceOf = (kind: string): Resource => {
  const resource = byName.get(kind)
  if (resource === undefined)
    throw new Error(`the monitoring provider was asked for kind ${kind}, which it does not serve`)
  return resource
}

const readCredentials = (settings: ProviderSettings): Effect.Effect<Auth, RegistryError> =>
  Effect.gen(function*() {
    const token = yield* readSecret(settings, ["token"])
    const clientId = yield* readSecret(settings, ["clientId"])
    const clientSecret = yield* readSecret(settings, ["clientSecret"])
    if (token !== undefined) {
      if (clientId === undefined && clientSecret === undefined) return { _tag: "bearer", token }
      return yield* badSetting(settings, ["token"], "is set beside clientId or clientSecret", "set one or the other")
    }
    if (clientId !== undefined && clientSecret !== undefined) {
      return { _tag: "headers", headers: { "x-client-id": clientId, "x-client-secret": clientSecret } }
    }
    const missing = clientId === undefined ? "clientId" : "clientSecret"
    const hint = "set clientId and clientSecret, or token; from the environment: ${env.MONITORING_CLIENT_ID}"
    return yield* badSetting(settings, [missing], "is missing or empty", hint)
  })

const advice: Partial<Record<ProviderError["reason"], string>> = {
  Unauthorized: "check the settings clientId and clientSecret, or token, and that they are not expired",
  NotFound: "check the setting baseUrl: this server does not know the API's paths",
  Rejected: "check the setting baseUrl: this server does not take the API's requests",
  Malformed: "check the setting baseUrl: this server does not answer as the API does",
  NotSent: "check the setting baseUrl and the network"
}

const advised = (error: ProviderError): ProviderError => {
  const hint = advice[error.reason]
  if (hint === undefined) return error
  const { provider, reason, request, status } = error
  const detail = `${error.detail}; ${hint}`
  return new ProviderError({ reason, provider, request, detail, ...(status === undefined ? {} : { status }) })
}

const check = (client: Client): Effect.Effect<void, ProviderError> =>
  readData(client, "/watchlists?limit=1").pipe(
    Effect.flatMap((data) => {
      if (resultsIn(data) !== undefined) return Effect.void
      const request = { method: "GET", path: "/watchlists" } as const
      const meaning = { reason: "Malformed", mayLand: false } as const
      return Effect.fail(client.failure(request, meaning, { detail: "the answer is no list of resources" }))
    }),
    Effect.mapError(advised)
  )

const find = (client: Client, resource: Resource, probe: Probe) =>
  Effect.map(
    list(client, resource),
    (all) => all.filter(({ document }) => bears(document, probe))
  )

/** The kinds of the API, served by a provider of that name. */
export const monitoringKinds = (provider: string): ReadonlyMap<string, Kind> =>
  new Map(resources.map(({ kind }) => [kind.name, { ...kind, provider }]))

/** Makes the provider of its settings; connections are closed with the scope. */
export const makeMonitoring = (
  settings: ProviderSettings
): Effect.Effect<Provider, RegistryError, Scope.Scope> =>
  Effect.gen(function*() {
    const read = yield* Effect.all({
      unknown: refuseUnknown(settings, [], [...httpSettings, "clientId", "clientSecret", "token"]),
      auth: readCredentials(settings),
      http: readHttpSettings(settings, baseUrl)
    }, { mode: "result" })
    yield* refuseMistakes(Object.values(read))
    const auth = yield* Effect.fromResult(read.auth)
    const { horizonMs, ...http } = yield* Effect.fromResult(read.http)
    const client = yield* makeClient({ provider: settings.name, auth, ...http })
    return {
      name: settings.name,
      version,
      kinds: monitoringKinds(settings.name),
      horizonMs,
      timeoutMs: http.timeoutMs,
      ...(http.rate === undefined ? {} : { pace: paceOf(http.rate) }),
      check: check(client),
      observe: (kind: string, id: string) => observe(client, resourceOf(kind), id),
      list: (kind: string) => list(client, resourceOf(kind)),
      find: (kind: string, probe: Probe) => find(client, resourceOf(kind), probe),
      calls: (kind: string, operation: Operation) => callsOf(resourceOf(kind), operation),
      restore: (kind: string, before: Document, remap: (kind: string, id: string) => string) =>
        restoreOf(resourceOf(kind), before, remap),
      send: (sending: Sending) => send(client, resourceOf(sending.kind), sending)
    }
  })
