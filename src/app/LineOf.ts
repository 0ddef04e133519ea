/**
 * The versions of one resource, whatever it was called: a move gives it another address, and its line goes on there.
 *
 * What is left behind under the old address, and what had the new one before, are other resources: taking a change of
 * one of those out of this one would destroy it. Of a move to an address that had versions before, it is not known
 * where it came from: its line begins there.
 */
import { Effect } from "effect"
import type { Address, Digest } from "../domain/Ids.ts"
import type { Version } from "../domain/Version.ts"
import { Versions } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"

/** Oldest first. */
type Line = ReadonlyArray<Version>

const isMove = ({ origin }: Version): boolean => origin === "move"

/** The part of a lineage since what it is about moved there, or since something else moved away. */
const sinceMove = (all: Line): Line => {
  const at = all.findLastIndex(isMove)
  return all.slice(all[at]?.document === undefined ? at + 1 : at)
}

const allOf = Effect.fnUntraced(function*(address: Address): Effect.fn.Return<Line, StateError, Versions> {
  return (yield* (yield* Versions).lineage(address)).toReversed()
})

/** The first address of which something is so; asks them one after the other. */
const addressWhere = Effect.fnUntraced(function*<E>(
  isSo: (address: Address) => Effect.Effect<boolean, E, Versions>
): Effect.fn.Return<Address | undefined, StateError | E, Versions> {
  for (const address of yield* (yield* Versions).addresses) {
    if (yield* isSo(address)) return address
  }
  return undefined
})

const holding = (version: Digest) =>
  addressWhere((address) => Effect.map(allOf(address), (all) => all.some(({ id }) => id === version)))

/** The line of what an address is about, up to one of its versions. */
const lineTo = Effect.fnUntraced(function*(all: Line): Effect.fn.Return<Line, StateError, Versions> {
  const line = sinceMove(all)
  const [first] = line
  const [parent] = first?.parents ?? []
  if (first === undefined || !isMove(first) || parent === undefined) return line
  if (all.some(({ id }) => id === parent)) return line
  const source = yield* holding(parent)
  if (source === undefined) return line
  const earlier = yield* allOf(source)
  return [...yield* lineTo(earlier.slice(0, earlier.findIndex(({ id }) => id === parent) + 1)), ...line]
})

/** What an address ever had, and what of that, and of earlier addresses, is about what it has now; oldest first. */
export interface Lineages {
  readonly all: Line
  /** Each with its parent; none where what it was about moved away. */
  readonly line: Line
}

/** Reads both. */
export const lineagesOf = Effect.fn("LineOf.lineagesOf")(function*(
  address: Address
): Effect.fn.Return<Lineages, StateError, Versions> {
  const all = yield* allOf(address)
  const line = yield* lineTo(all)
  const known = new Set(line.map(({ id }) => id))
  return {
    all,
    line: line.map((version): Version => {
      const parents = version.parents.filter((parent) => known.has(parent))
      // Across a gap only the order is known.
      return { ...version, parents: parents.length > 0 ? parents : [version.gap?.older].flatMap((one) => one ?? []) }
    })
  }
})

/** The address whose line a version belongs to now, where that can be told. */
export const bearerOf = (version: Version): Effect.Effect<Address | undefined, StateError, Versions> =>
  addressWhere((address) => Effect.map(lineagesOf(address), ({ line }) => line.some(({ id }) => id === version.id)))
