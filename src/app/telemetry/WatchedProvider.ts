/**
 * Providers with a watcher around their requests: a span for each attempt, its latency, and what came of it.
 *
 * A request that follows a failed one of the same name is another attempt of it. What is asked and what is answered is
 * neither looked at nor changed.
 */
import { Clock, Effect, Exit, Layer } from "effect"
import { type Answer, type Provider, RateWaits, type Sending } from "../../providers/Provider.ts"
import { ProviderError } from "../../providers/ProviderError.ts"
import { makeRegistry, ProviderFactory } from "../../providers/Registry.ts"
import { errorType, noteOnSpan } from "./Spans.ts"
import type { Watching } from "./Watching.ts"

/** A request as it is told apart from others. */
interface Asked {
  readonly operation: string
  readonly kind: string
  /** What another attempt of the same request is recognised by. */
  readonly name: string
  readonly method?: string
}

interface Watched extends Watching {
  readonly provider: Provider
  /** How often a request has failed, by its name, where it may be tried again. */
  readonly failed: Map<string, number>
}

type Ended = Exit.Exit<unknown, ProviderError>

const errorIn = (exit: Ended): ProviderError | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  const [error] = exit.cause.reasons.flatMap((reason) => reason._tag === "Fail" ? [reason.error] : [])
  return error instanceof ProviderError ? error : undefined
}

const outcomeOf = (exit: Ended): string =>
  Exit.isSuccess(exit) ? "ok" : errorIn(exit)?.reason ?? (Exit.hasInterrupts(exit) ? "Interrupted" : "Defect")

const statusOf = (exit: Ended): number | undefined =>
  Exit.isSuccess(exit) ? (exit.value as Partial<Answer> | undefined)?.status : errorIn(exit)?.status

/** Remembers what may be tried again. */
const remember = ({ failed }: Watched, { name }: Asked, attempt: number, error: ProviderError | undefined): void => {
  if (error?.retry === true) failed.set(name, attempt)
  else failed.delete(name)
}

const told = (watched: Watched, asked: Asked, ended: { readonly exit: Ended; readonly ms: number }): void => {
  const { meter, provider, say } = watched
  const { exit, ms } = ended
  const outcome = outcomeOf(exit)
  const status = statusOf(exit)
  const labels = { provider: provider.name, operation: asked.operation }
  meter.count("amends_requests_total", { ...labels, outcome })
  meter.time("amends_request_seconds", labels, ms)
  if (outcome === "Throttled") meter.count("amends_throttled_total", { provider: provider.name })
  if (outcome === "Ambiguous" && asked.method !== undefined) meter.count("amends_in_doubt_total", labels)
  noteOnSpan({
    ...(status === undefined ? {} : { "http.response.status_code": status }),
    ...(Exit.isSuccess(exit) ? {} : { "error.type": errorType(exit.cause) })
  })
  say("Debug", "request", { ...labels, outcome, ms, ...(status === undefined ? {} : { status }) })
}

const attributesOf = ({ provider }: Watched, { kind, method, operation }: Asked, attempt: number) => ({
  "amends.provider": provider.name,
  "amends.operation": operation,
  "amends.kind": kind,
  "amends.attempt": attempt,
  ...(method === undefined ? {} : { "http.request.method": method })
})

const around = <A>(watched: Watched, asked: Asked, request: Effect.Effect<A, ProviderError>) =>
  Effect.suspend(() => {
    const { failed, meter, provider, traces } = watched
    const attempt = (failed.get(asked.name) ?? 0) + 1
    const labels = { provider: provider.name }
    if (attempt > 1) meter.count("amends_retries_total", { ...labels, operation: asked.operation })
    const waited = (ms: number) => {
      meter.count("amends_rate_waits_total", labels)
      meter.count("amends_rate_wait_seconds_total", labels, ms / 1_000)
    }
    const measured = Effect.flatMap(Clock.currentTimeMillis, (began) =>
      Effect.onExit(request, (exit) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          remember(watched, asked, attempt, errorIn(exit))
          told(watched, asked, { exit, ms: now - began })
        })))
    const annotated = measured.pipe(Effect.provideService(RateWaits, waited), Effect.annotateLogs({ attempt }))
    if (!traces)
      return annotated
    const attributes = attributesOf(watched, asked, attempt)
    return Effect.withSpan(annotated, "amends.attempt", { kind: "client", attributes, captureStackTrace: false })
  })

const askedBy = ({ call, idempotencyKey, kind }: Sending): Asked => ({
  operation: call.operation,
  kind,
  name: `send ${idempotencyKey}`,
  method: call.method
})

/** A provider whose requests are watched. */
export const watchedProvider = (watching: Watching, provider: Provider): Provider => {
  const watched: Watched = { ...watching, provider, failed: new Map() }
  const read = (operation: string, kind: string, what = ""): Asked => ({
    operation,
    kind,
    name: `${operation} ${kind} ${what}`
  })
  return {
    ...provider,
    name: provider.name,
    version: provider.version,
    kinds: provider.kinds,
    horizonMs: provider.horizonMs,
    timeoutMs: provider.timeoutMs,
    check: around(watched, read("check", ""), provider.check),
    observe: (kind, id) => around(watched, read("observe", kind, id), provider.observe(kind, id)),
    list: (kind, scope) => around(watched, read("list", kind), provider.list(kind, scope)),
    find: (kind, probe) => around(watched, read("find", kind, JSON.stringify(probe)), provider.find(kind, probe)),
    calls: (kind, operation) => provider.calls(kind, operation),
    restore: (kind, before, remap) => provider.restore(kind, before, remap),
    send: (sending) => around(watched, askedBy(sending), provider.send(sending))
  }
}

/** The factory of providers, each of which is watched. */
export const layerWatchedProviders = (watching: Watching): Layer.Layer<ProviderFactory, never, ProviderFactory> =>
  Layer.effect(
    ProviderFactory,
    Effect.map(ProviderFactory, (factory) =>
      ProviderFactory.of({
        ...factory,
        make: (settings) =>
          Effect.map(
            factory.make(settings),
            ({ providers }) => makeRegistry(providers.map((provider) => watchedProvider(watching, provider)))
          )
      }))
  )
