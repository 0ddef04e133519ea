/**
 * A provider over a module of the user's: `use: ./house.ts`.
 *
 * The engine sees a provider like any other. Kinds come from the module's words, before-images go through the roles of
 * the kind, and everything that the module does crosses a border that holds it to the rules of the port.
 */
import { Effect, Result, Schema, SchemaRepresentation, type Scope } from "effect"
import type { Operation } from "../../domain/Change.ts"
import type { Document, Json } from "../../domain/Document.ts"
import { parseDuration } from "../../domain/Duration.ts"
import type { Kind } from "../../domain/Kind.ts"
import { Limits } from "../../domain/Limits.ts"
import { renderPointer } from "../../domain/Pointer.ts"
import { restored } from "../described/Body.ts"
import type { Mistaken } from "../described/Described.ts"
import { badSetting } from "../http/Settings.ts"
import { conceal } from "../http/Words.ts"
import { LearnSecrets } from "../LearnSecrets.ts"
import { bears, type Observation, type Probe, type Provider, SendGate, type Sending } from "../Provider.ts"
import { ProviderError } from "../ProviderError.ts"
import type { ModuleContext, OpenModule, ProviderModule } from "../ProviderModule.ts"
import { type ProviderSettings, RegistryError } from "../Registry.ts"
import { readAnswer, readMany, readObserved } from "./Answers.ts"
import { ask } from "./Ask.ts"
import { crossing } from "./Border.ts"
import { failure, type Named } from "./Failures.ts"
import { loadModule } from "./LoadModule.ts"
import { watchLostPromises } from "./LostPromises.ts"
import { moduleCalls, whyImpossible } from "./ModuleCalls.ts"
import { findingsIn, moduleKinds } from "./ModuleKinds.ts"
import { asModule, asOpen, moduleMistakes, openMistakes, settingsSchema } from "./ModuleShape.ts"
import { thrownText } from "./Rules.ts"
import { oddTypes } from "./SchemaTypes.ts"

/** What is wrong, as mistakes of the provider's part of amends.yaml. */
const refuse = (
  settings: ProviderSettings,
  at: ReadonlyArray<string>,
  mistakes: ReadonlyArray<Mistaken>
): Effect.Effect<void, RegistryError> => {
  const all = mistakes.map(({ detail, hint, path }) => ({
    provider: settings.name,
    path: renderPointer([...at, ...path]),
    detail,
    hint
  }))
  const [first, ...further] = all
  return first === undefined ? Effect.void : Effect.fail(new RegistryError({ ...first, further }))
}

/** A place inside of the module has none in amends.yaml: it is told in words. */
const inModule = (what: string, mistakes: ReadonlyArray<Mistaken>): ReadonlyArray<Mistaken> =>
  mistakes.map(({ detail, hint, path }) => ({
    path: [],
    detail: `${what}${path.length === 0 ? "" : ` ${renderPointer(path)}`} ${detail}`,
    hint
  }))

const checkSettings = Effect.fnUntraced(function*(settings: ProviderSettings, module: ProviderModule) {
  const schema = settingsSchema(module)
  const [odd] = oddTypes(schema)
  if (odd !== undefined) {
    const detail = `\`settings\` of the provider names no type of JSON Schema at ${odd}`
    return yield* badSetting(settings, ["use"], detail, "write string, number, integer, boolean, array, object or null")
  }
  const made = Result.try(() =>
    SchemaRepresentation.fromJsonSchemaDocument({
      dialect: "draft-2020-12",
      schema: { type: "object", ...schema },
      definitions: {}
    }, { patterns: "apply" })
  )
  if (Result.isFailure(made)) {
    return yield* badSetting(
      settings,
      ["use"],
      "`settings` of the provider is no JSON Schema",
      thrownText(made.failure)
    )
  }
  const decode = Schema.decodeUnknownResult(made.success as unknown as Schema.Codec<unknown>, {
    errors: "all",
    onExcessProperty: "error"
  })
  const read = decode(settings.settings)
  if (Result.isFailure(read)) yield* refuse(settings, [], findingsIn(read.failure))
})

/** What a module throws to say what is wrong with a setting; recognised by what it holds. */
interface SettingMistake {
  readonly pointer: string
  readonly message: string
  readonly hint: string
}

const isSettingMistake = (thrown: unknown): thrown is SettingMistake =>
  typeof thrown === "object" && thrown !== null && "pointer" in thrown && typeof thrown.pointer === "string" &&
  "hint" in thrown && typeof thrown.hint === "string" && "message" in thrown && typeof thrown.message === "string"

/** Every text of the settings: any may be a secret, and what a module throws may repeat it. */
const textsIn = (value: Json): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
    ? Object.values(value).flatMap(textsIn)
    : []

const contextOf = (
  { name, root = ".", timeoutMs }: ProviderSettings,
  learn: (values: ReadonlyArray<string>) => void
): ModuleContext => ({
  name,
  workspace: root,
  timeoutMs,
  failure,
  mistake: (pointer, detail, hint) => Object.assign(new Error(detail), { pointer, hint }),
  secret: (value) => learn([value]),
  ask
})

const cannotOpen = (settings: ProviderSettings, thrown: unknown): RegistryError => {
  const quiet = (text: string): string => conceal(text, textsIn(settings.settings))
  if (isSettingMistake(thrown)) {
    const { hint, message, pointer } = thrown
    return new RegistryError({ provider: settings.name, path: pointer, detail: quiet(message), hint: quiet(hint) })
  }
  const hint = "it connects lazily, and tells what is wrong with a setting by context.mistake(pointer, detail, hint)"
  return badSetting(settings, ["use"], `\`open\` of the provider threw ${quiet(thrownText(thrown))}`, hint)
}

const opening = (
  settings: ProviderSettings,
  module: ProviderModule
): Effect.Effect<OpenModule, RegistryError, Scope.Scope> =>
  Effect.gen(function*() {
    const learn = yield* LearnSecrets
    yield* watchLostPromises(settings.name)
    const opened: unknown = yield* Effect.tryPromise({
      try: () => Promise.resolve().then(() => module.open(settings.settings, contextOf(settings, learn))),
      catch: (thrown) => cannotOpen(settings, thrown)
    }).pipe(Effect.timeoutOrElse({
      duration: Limits.moduleLoadMs,
      orElse: () => {
        const detail = `\`open\` of the provider did not answer within ${Limits.moduleLoadMs / 1_000} s`
        return Effect.fail(
          badSetting(settings, ["use"], detail, "connect when something is asked, not when it is opened")
        )
      }
    }))
    yield* refuse(settings, ["use"], openMistakes(opened))
    const open = asOpen(opened)
    yield* Effect.addFinalizer(() =>
      // What a module fails to close is no reason to say anything of the work that was done.
      Effect.ignore(
        Effect.tryPromise(() => Promise.resolve().then(() => open.close?.())).pipe(Effect.timeout(Limits.moduleLoadMs))
      )
    )
    return open
  })

interface Served {
  readonly name: string
  readonly timeoutMs: number
  readonly open: OpenModule
  readonly kinds: ReadonlyMap<string, Kind>
}

const kindIn = ({ kinds, name }: Served, kind: string): Kind => {
  const found = kinds.get(kind)
  if (found === undefined) throw new Error(`the provider ${name} serves no kind ${kind}`)
  return found
}

const reading = ({ name }: Served, request: string): Named => ({ provider: name, request, mode: "read" })

const check = (served: Served): Effect.Effect<void, ProviderError> =>
  crossing({
    named: reading(served, "check"),
    timeoutMs: served.timeoutMs,
    run: (how) => served.open.check?.(how),
    read: () => Result.succeed(undefined)
  })

const observe = (served: Served, kind: Kind, id: string) =>
  crossing({
    named: reading(served, `observe ${kind.name} ${id}`),
    timeoutMs: served.timeoutMs,
    run: (how) => served.open.observe(kind.name, id, how),
    read: readObserved(kind, id)
  })

const list = (served: Served, kind: Kind, scope: Probe | undefined) =>
  crossing({
    named: reading(served, `list ${kind.name}`),
    timeoutMs: served.timeoutMs,
    run: (how) => served.open.list(kind.name, scope === undefined ? how : { ...how, scope }),
    read: readMany(kind, `list(${kind.name})`)
  })

const inFull = (served: Served, kind: Kind, all: ReadonlyArray<Observation>) =>
  kind.capabilities.listIsWhole
    ? Effect.succeed(all)
    : Effect.map(Effect.forEach(all, ({ id }) => observe(served, kind, id)), (read) => read.flatMap((one) => one ?? []))

const scopeIn = ({ scope }: Kind, probe: Probe): Probe | undefined =>
  scope === undefined ? undefined : Object.fromEntries(scope.map((field) => [field, probe[field] ?? null]))

const find = Effect.fnUntraced(function*(served: Served, kind: Kind, probe: Probe) {
  const { open } = served
  const { find: search } = open
  const found = search === undefined
    ? yield* list(served, kind, scopeIn(kind, probe))
    : yield* crossing({
      named: reading(served, `find ${kind.name}`),
      timeoutMs: served.timeoutMs,
      run: (how) => search.call(open, kind.name, probe, how),
      read: readMany(kind, `find(${kind.name})`)
    })
  // What a search finds may be more than what was asked for, and an excerpt does not show it.
  return (yield* inFull(served, kind, found)).filter(({ document }) => bears(document, probe))
})

const send = Effect.fnUntraced(function*(served: Served, kind: Kind, sending: Sending) {
  const { call, id } = sending
  const named: Named = { provider: served.name, request: `${call.method} ${call.path}`, mode: "write" }
  const why = whyImpossible(call)
  if (why !== undefined) return yield* new ProviderError({ reason: "Rejected", ...requestOf(named), detail: why })
  if (!(yield* yield* SendGate)) {
    const detail = "the lease has not enough time left for a request"
    return yield* new ProviderError({ reason: "NotSent", ...requestOf(named), detail })
  }
  const { learnsId: _, ...told } = call
  return yield* crossing({
    named,
    timeoutMs: served.timeoutMs,
    run: (how) => served.open.send({ ...sending, call: told }, how),
    read: readAnswer(`send(${call.operation} ${kind.name})`, call, id)
  })
})

const requestOf = ({ provider, request }: Named) => ({ provider, request })

const horizonOf = Effect.fnUntraced(function*(settings: ProviderSettings, { horizon }: ProviderModule) {
  const horizonMs = horizon === undefined ? Limits.horizonMs : parseDuration(horizon)
  if (horizonMs !== undefined) return horizonMs
  return yield* badSetting(settings, ["use"], "`horizon` of the provider is no length of time", "write 2s or 500ms")
})

/** Makes a provider of what a module exports; it is closed with the scope. */
export const openProvider = Effect.fnUntraced(function*(
  settings: ProviderSettings,
  exported: unknown
): Effect.fn.Return<Provider, RegistryError, Scope.Scope> {
  yield* refuse(settings, ["use"], moduleMistakes(exported))
  const module = asModule(exported)
  const { kinds, mistakes } = moduleKinds(settings.name, module.kinds)
  yield* refuse(settings, ["use"], inModule("kinds", mistakes))
  const horizonMs = yield* horizonOf(settings, module)
  yield* checkSettings(settings, module)
  const open = yield* opening(settings, module)
  const served: Served = { name: settings.name, timeoutMs: settings.timeoutMs, open, kinds }
  return {
    name: settings.name,
    version: module.version,
    kinds,
    horizonMs,
    timeoutMs: settings.timeoutMs,
    check: check(served),
    observe: (kind, id) => observe(served, kindIn(served, kind), id),
    list: (kind, scope) => list(served, kindIn(served, kind), scope),
    find: (kind, probe) => find(served, kindIn(served, kind), probe),
    calls: (kind: string, operation: Operation) => moduleCalls(open, kindIn(served, kind), operation),
    restore: (kind: string, before: Document, remap: (kind: string, id: string) => string) =>
      restored(kindIn(served, kind), before, remap),
    send: (sending) => send(served, kindIn(served, sending.kind), sending)
  }
})

/** Makes the provider of the module that `use` names. */
export const makeModule = (settings: ProviderSettings): Effect.Effect<Provider, RegistryError, Scope.Scope> =>
  Effect.flatMap(loadModule(settings), (exported) => openProvider(settings, exported))
