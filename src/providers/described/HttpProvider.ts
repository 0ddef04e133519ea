/**
 * The provider `use: http`: kinds that are described and not programmed, over the transport that all HTTP providers
 * share.
 *
 * Descriptions are checked when the provider is made, all mistakes at once with their places; after that everything
 * here is data, and the engine sees a provider like any other.
 */
import { Effect, Result, Schema, type Scope } from "effect"
import type { Operation } from "../../domain/Change.ts"
import { type Document, isObject } from "../../domain/Document.ts"
import { kindPattern } from "../../domain/Ids.ts"
import type { Kind } from "../../domain/Kind.ts"
import { renderPointer } from "../../domain/Pointer.ts"
import { authSetting, readAuth } from "../http/AuthSettings.ts"
import { makeClient } from "../http/Client.ts"
import { httpSettings, readHttpSettings } from "../http/HttpSettings.ts"
import { badSetting, readSetting, refuseUnknown, text } from "../http/Settings.ts"
import { KindDescription } from "../KindDescription.ts"
import type { Probe, Provider, Sending } from "../Provider.ts"
import { ProviderError } from "../ProviderError.ts"
import { type ProviderSettings, refuseMistakes, RegistryError } from "../Registry.ts"
import { ask, readRequest, type Wire } from "./Asking.ts"
import { restored } from "./Body.ts"
import { callsOf, pathOf } from "./CallsOf.ts"
import type { Described } from "./Described.ts"
import { describeKind } from "./DescribeKind.ts"
import { find, list, observe } from "./Reading.ts"
import { send } from "./Sending.ts"

const version = "1"

const decode = Schema.decodeUnknownResult(KindDescription, { onExcessProperty: "error" })

const wrongDescription = (settings: ProviderSettings, name: string, message: string): RegistryError => {
  const [what = ""] = message.split("\n", 1)
  return badSetting(settings, ["kinds", name], `is no description of a kind: ${what}`, "see docs/providers.md")
}

const mistakesAs = (
  settings: ProviderSettings,
  name: string,
  mistakes: ReturnType<typeof describeKind>["mistakes"]
): RegistryError | undefined => {
  const [first, ...further] = mistakes.map(({ detail, hint, path }) => ({
    provider: settings.name,
    path: renderPointer(["kinds", name, ...path]),
    detail,
    hint
  }))
  return first === undefined ? undefined : new RegistryError({ ...first, further })
}

const describe = (
  settings: ProviderSettings,
  name: string,
  written: unknown
): Result.Result<Described, RegistryError> => {
  if (!kindPattern.test(name)) {
    const hint = "use letters, digits, - and _, a letter first"
    return Result.fail(badSetting(settings, ["kinds", name], "is no name for a kind", hint))
  }
  const read = decode(written)
  if (Result.isFailure(read)) return Result.fail(wrongDescription(settings, name, String(read.failure)))
  const { described, mistakes } = describeKind(settings.name, name, read.success)
  const wrong = mistakesAs(settings, name, mistakes)
  return wrong === undefined ? Result.succeed(described) : Result.fail(wrong)
}

const describeAll = (settings: ProviderSettings): ReadonlyArray<Result.Result<Described, RegistryError>> => {
  const { kinds } = settings.settings
  return Object.entries(isObject(kinds) ? kinds : {}).map(([name, written]) => describe(settings, name, written))
}

/** The kinds whose descriptions are well-formed, whatever else is wrong with the settings. */
export const describedKinds = (settings: ProviderSettings): ReadonlyMap<string, Kind> =>
  new Map(
    describeAll(settings).flatMap((one) =>
      Result.isSuccess(one) ? [[one.success.kind.name, one.success.kind] as const] : []
    )
  )

type DescribedKinds = ReadonlyMap<string, Described>

const readKinds = (settings: ProviderSettings): Effect.Effect<DescribedKinds, RegistryError> =>
  Effect.gen(function*() {
    const { kinds, kindsFrom } = settings.settings
    if (kindsFrom !== undefined) {
      const hint = "it is read with amends.yaml; write the kinds under `kinds`"
      return yield* badSetting(settings, ["kindsFrom"], "names a file that was not read", hint)
    }
    if (!isObject(kinds) || Object.keys(kinds).length === 0) {
      const hint = "write kinds: { product: { path: /products } }, or kindsFrom: FILE"
      return yield* badSetting(settings, ["kinds"], "describes no kind", hint)
    }
    const described = describeAll(settings)
    yield* refuseMistakes(described)
    const all = yield* Effect.forEach(described, Effect.fromResult)
    return new Map(all.map((one) => [one.kind.name, one]))
  })

const readHeaders = (settings: ProviderSettings): Effect.Effect<ReadonlyArray<string>, RegistryError> => {
  const { headers } = settings.settings
  if (headers === undefined || headers === null) return Effect.succeed([])
  if (!isObject(headers)) {
    return Effect.fail(badSetting(settings, ["headers"], "is not an object", "write { X-Tenant: acme }"))
  }
  return Effect.map(
    Effect.forEach(
      Object.keys(headers),
      (name) =>
        Effect.map(
          readSetting(settings, ["headers", name], text),
          (value) => value === undefined ? [] : [name.toLowerCase(), value.trim()]
        )
    ),
    (read) => read.flat()
  )
}

const advice: Partial<Record<ProviderError["reason"], string>> = {
  Unauthorized: "check the setting auth, and that the credentials are not expired",
  NotFound: "check the settings baseUrl and check: the server does not know that path",
  Rejected: "check the settings baseUrl and check: the server does not take that request",
  Malformed: "check the setting baseUrl: the server does not answer as the API does",
  NotSent: "check the setting baseUrl and the network"
}

const advised = (error: ProviderError): ProviderError => {
  const hint = advice[error.reason]
  if (hint === undefined) return error
  const { provider, reason, request, status } = error
  const detail = `${error.detail}; ${hint}`
  return new ProviderError({ reason, provider, request, detail, ...(status === undefined ? {} : { status }) })
}

const none = () => undefined

/** Reads the path that `check` names, or the first page of the first list that needs no parent. */
const check = (wire: Wire, kinds: DescribedKinds, path: string | undefined): Effect.Effect<void, ProviderError> => {
  const [first] = kinds.values()
  const listed = [...kinds.values()].find(({ naming }) => naming.scope.length === 0)
  if (path !== undefined && first !== undefined) {
    const request = readRequest(wire, first, { method: "GET", headers: [], with: {} }, path)
    return Effect.asVoid(Effect.mapError(wire.client.send(request), advised))
  }
  if (listed === undefined) return Effect.void
  return Effect.asVoid(
    Effect.mapError(ask(wire, listed, readRequest(wire, listed, listed.list, pathOf(listed.list, none))), advised)
  )
}

const pollMs = (kinds: DescribedKinds): number =>
  Math.max(
    0,
    ...[...kinds.values()].flatMap(({ create, delete: remove, update }) =>
      [...create, ...update, remove].map(({ poll }) => poll?.timeoutMs ?? 0)
    )
  )

const checkPath = (settings: ProviderSettings) =>
  Effect.flatMap(
    readSetting(settings, ["check"], text),
    (path) =>
      path === undefined || path.startsWith("/")
        ? Effect.succeed(path)
        : Effect.fail(badSetting(settings, ["check"], "is no path", "begin it with /"))
  )

const known = [...httpSettings, authSetting, "headers", "check", "kinds", "kindsFrom"]

const describedIn = (kinds: DescribedKinds) => (kind: string): Described => {
  const described = kinds.get(kind)
  if (described === undefined) throw new Error(`an HTTP provider was asked for kind ${kind}, which it does not serve`)
  return described
}

const serve = (wire: Wire, kinds: DescribedKinds) => {
  const of = describedIn(kinds)
  return {
    observe: (kind: string, id: string) => observe(wire, of(kind), id),
    list: (kind: string, scope?: Probe) => list(wire, of(kind), scope),
    find: (kind: string, probe: Probe) => find(wire, of(kind), probe),
    calls: (kind: string, operation: Operation) => callsOf(of(kind), operation),
    restore: (kind: string, before: Document, remap: (kind: string, id: string) => string) =>
      restored(of(kind).kind, before, remap),
    send: (sending: Sending) => send(wire, of(sending.kind), sending)
  }
}

/** Makes the provider of its settings; connections are closed with the scope. */
export const makeHttpProvider = (settings: ProviderSettings): Effect.Effect<Provider, RegistryError, Scope.Scope> =>
  Effect.gen(function*() {
    const read = yield* Effect.all({
      unknown: refuseUnknown(settings, [], known),
      auth: readAuth(settings),
      headers: readHeaders(settings),
      check: checkPath(settings),
      http: readHttpSettings(settings),
      kinds: readKinds(settings)
    }, { mode: "result" })
    yield* refuseMistakes(Object.values(read))
    const auth = yield* Effect.fromResult(read.auth)
    const kinds = yield* Effect.fromResult(read.kinds)
    const { horizonMs, ...http } = yield* Effect.fromResult(read.http)
    const client = yield* makeClient({ provider: settings.name, auth, ...http })
    const { origin, prefix } = http.base
    const wire: Wire = { client, headers: yield* Effect.fromResult(read.headers), origin, prefix }
    return {
      name: settings.name,
      version,
      kinds: new Map([...kinds].map(([name, { kind }]) => [name, kind])),
      horizonMs,
      // A call that is followed up takes as long as it is followed.
      timeoutMs: http.timeoutMs + pollMs(kinds),
      check: check(wire, kinds, yield* Effect.fromResult(read.check)),
      ...serve(wire, kinds)
    }
  })
