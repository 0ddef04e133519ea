/**
 * The registry: which provider serves a kind. Built from the workspace's configuration, or on recovery from the
 * configuration that the batch froze, so that recovering needs no resource files.
 */
import { Context, Effect, Result, Schema, type Scope } from "effect"
import type { Json } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Provider } from "./Provider.ts"

/** A provider's part of `amends.yaml`, environment values in place. */
export interface ProviderSettings {
  readonly name: string
  /** `monitoring`, `http`, `file`, or a module's path. Defaults to the name. */
  readonly use: string
  readonly settings: { readonly [key: string]: Json }
  /** Defaults of the workspace; milliseconds. */
  readonly timeoutMs: number
  /** Absolute directory of the workspace, where relative paths begin; the current one when absent. */
  readonly root?: string
  /** Absolute path of the state that what it keeps belongs to; absent where nothing new is kept. */
  readonly stateFile?: string
}

const mistake = {
  provider: Schema.String,
  /** JSON Pointer of the setting. */
  path: Schema.String,
  detail: Schema.String,
  hint: Schema.String
}

/** What is wrong with one setting. */
export interface Mistake {
  readonly provider: string
  readonly path: string
  readonly detail: string
  readonly hint: string
}

/** A provider could not be made of its settings: the first mistake, and all further ones. */
export class RegistryError extends Schema.TaggedError<RegistryError>()("RegistryError", {
  ...mistake,
  further: Schema.optionalKey(Schema.Array(Schema.Struct(mistake)))
}) {
  override get message() {
    return `provider ${this.provider}: ${this.path}: ${this.detail}`
  }
  /** Every mistake, the first one included. */
  get mistakes(): ReadonlyArray<Mistake> {
    const { detail, further = [], hint, path, provider } = this
    return [{ provider, path, detail, hint }, ...further]
  }
}

/** Fails with the mistakes of all that failed, if any did. */
export const refuseMistakes = (
  results: ReadonlyArray<Result.Result<unknown, RegistryError>>
): Effect.Effect<void, RegistryError> => {
  const [first, ...further] = results.flatMap((one) => Result.isFailure(one) ? one.failure.mistakes : [])
  return first === undefined ? Effect.void : Effect.fail(new RegistryError({ ...first, further }))
}

/** The providers of a workspace by the kinds they serve. */
export interface Registry {
  readonly providers: ReadonlyArray<Provider>
  readonly kinds: ReadonlyMap<string, Kind>
  /** The provider of a kind, or `undefined`. */
  readonly serving: (kind: string) => Provider | undefined
}

/** Puts providers together; two that serve one kind are a mistake in the configuration. */
export const makeRegistry = (providers: ReadonlyArray<Provider>): Registry => {
  const byKind = new Map(providers.flatMap((provider) => [...provider.kinds.keys()].map((kind) => [kind, provider])))
  return {
    providers,
    kinds: new Map(providers.flatMap((provider) => [...provider.kinds])),
    serving: (kind) => byKind.get(kind)
  }
}

/** Makes providers of settings; the one place that knows which implementations there are is `main`. */
export class ProviderFactory extends Context.Service<ProviderFactory, {
  readonly make: (settings: ReadonlyArray<ProviderSettings>) => Effect.Effect<Registry, RegistryError, Scope.Scope>
  /** Kinds that are known whatever the settings say: with them specs are checked although no provider can be made. */
  readonly known?: (settings: ReadonlyArray<ProviderSettings>) => ReadonlyMap<string, Kind>
}>()("amends/ProviderFactory") {}
