/**
 * Contents of managed files that nothing names any more: no head, no version and no journal, and none that is so young
 * that a saved plan may name it. They are what `prune` lets go of beside the state. Where another state keeps contents
 * in the same place nothing of it goes: what that one names is not known here.
 *
 * What goes was loose before anything else is pruned, so that a dry run says the same; what only a version named that
 * goes now is loose the next time.
 */
import { Clock, Effect } from "effect"
import { Limits } from "../domain/Limits.ts"
import type { KeptContent, OtherUser, Provider } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Registry } from "../providers/Registry.ts"
import type { StateError } from "../state/StateError.ts"
import { Upkeep } from "../state/Upkeep.ts"

/** What may go, by who keeps it. */
export interface Loose {
  readonly provider: Provider
  readonly contents: ReadonlyArray<KeptContent>
  /** Other states that keep contents in the same place: what is loose here may be named there, so that all stays. */
  readonly others: ReadonlyArray<OtherUser>
}

/** What goes, in numbers. */
export interface LooseSum {
  readonly files: number
  readonly fileBytes: number
  /** Why contents stay that may be loose. */
  readonly others: ReadonlyArray<OtherUser>
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
    Effect.fnUntraced(function*(provider) {
      const others = yield* provider.contents?.others ?? Effect.succeed([])
      const all = others.length > 0 ? [] : yield* provider.contents?.list ?? Effect.succeed([])
      // Providers may share a place.
      const contents = all.filter(({ at, digest, place }) => at < before && !named.has(digest) && !seen.has(place))
      for (const { place } of contents) seen.add(place)
      return { provider, contents, others }
    })
  )
})

/** How much it is. */
export const sumOf = (loose: ReadonlyArray<Loose>): LooseSum => {
  const all = loose.flatMap(({ contents }) => contents)
  const others = new Map(loose.flatMap((one) => one.others.map((other) => [other.note, other] as const)))
  return { files: all.length, fileBytes: all.reduce((sum, { bytes }) => sum + bytes, 0), others: [...others.values()] }
}

/** Lets go of it. */
export const dropLoose = (loose: ReadonlyArray<Loose>): Effect.Effect<void, ProviderError> =>
  Effect.forEach(loose, ({ contents, provider }) => provider.contents?.drop(contents) ?? Effect.void, { discard: true })
