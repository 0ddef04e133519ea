/**
 * Contents of managed files that nothing names any more: no head, no version and no journal, and none that is so young
 * that a saved plan may name it. They are what `prune` lets go of beside the state.
 *
 * What goes was loose before anything else is pruned, so that a dry run says the same; what only a version named that
 * goes now is loose the next time.
 */
import { Clock, Effect } from "effect"
import { Limits } from "../domain/Limits.ts"
import type { KeptContent, Provider } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Registry } from "../providers/Registry.ts"
import type { StateError } from "../state/StateError.ts"
import { Upkeep } from "../state/Upkeep.ts"

/** What may go, by who keeps it. */
export interface Loose {
  readonly provider: Provider
  readonly contents: ReadonlyArray<KeptContent>
}

/** What goes, in numbers. */
export interface LooseSum {
  readonly files: number
  readonly fileBytes: number
}

/** Finds what nothing names. */
export const looseContents = Effect.fn("LooseContents.looseContents")(function*(
  { providers }: Registry
): Effect.fn.Return<ReadonlyArray<Loose>, StateError | ProviderError, Upkeep> {
  const keepers = providers.filter(({ contents }) => contents !== undefined)
  if (keepers.length === 0) return []
  const named = yield* (yield* Upkeep).named
  const before = (yield* Clock.currentTimeMillis) - Limits.looseContentAgeMs
  const seen = new Set<string>()
  return yield* Effect.forEach(
    keepers,
    (provider) =>
      Effect.map(provider.contents?.list ?? Effect.succeed([]), (all) => {
        // Providers may share a place.
        const contents = all.filter(({ at, digest, place }) => at < before && !named.has(digest) && !seen.has(place))
        for (const { place } of contents) seen.add(place)
        return { provider, contents }
      })
  )
})

/** How much it is. */
export const sumOf = (loose: ReadonlyArray<Loose>): LooseSum => {
  const all = loose.flatMap(({ contents }) => contents)
  return { files: all.length, fileBytes: all.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** Lets go of it. */
export const dropLoose = (loose: ReadonlyArray<Loose>): Effect.Effect<void, ProviderError> =>
  Effect.forEach(loose, ({ contents, provider }) => provider.contents?.drop(contents) ?? Effect.void, { discard: true })
