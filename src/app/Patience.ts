/**
 * Providers that read with patience: a read that failed is tried again as often as the workspace says.
 *
 * For what reads outside of a batch. The executor has a patience of its own, which knows of stopping.
 */
import type { Effect } from "effect"
import type { Provider } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import { makeRegistry, type Registry } from "../providers/Registry.ts"
import { retrySafely } from "../providers/Retry.ts"

const patient = (provider: Provider, retries: number): Provider => {
  const read = <A>(once: Effect.Effect<A, ProviderError>) => retrySafely(once, { kind: "read", retries })
  return {
    ...provider,
    observe: (kind, id) => read(provider.observe(kind, id)),
    list: (kind, scope) => read(provider.list(kind, scope)),
    find: (kind, probe) => read(provider.find(kind, probe))
  }
}

/** The same providers, whose reads are tried again. */
export const readingPatiently = ({ providers }: Registry, { retries }: { readonly retries: number }): Registry =>
  makeRegistry(providers.map((provider) => patient(provider, retries)))
