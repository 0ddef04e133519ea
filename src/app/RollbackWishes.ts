/**
 * What a rollback is about, from the words of the user: the resources, and for each the versions to take out or the one
 * to go back to.
 *
 * Batches and versions go by an unambiguous beginning of their name. What cannot be rolled back is refused here, with
 * where to look.
 */
import { Effect } from "effect"
import type { Address } from "../domain/Ids.ts"
import type { Version } from "../domain/Version.ts"
import type { Journal, Versions } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { Refusal } from "./Failure.ts"
import { bearerOf, lineagesOf } from "./LineOf.ts"
import { wishesOf } from "./RollbackBatch.ts"
import { commandOf, movedAway, refuseLetGo, type RollbackWhat, type Wish } from "./RollbackWhat.ts"
import { addressIn } from "./Session.ts"
import { notFound, versionIn } from "./VersionNames.ts"

const noRange = (detail: string): Refusal =>
  new Refusal({
    reason: "Usage",
    summary: "this is no range of versions",
    detail,
    hint: "write OLDER..NEWER, as listed by: amends history ADDR"
  })

const rangeIn = Effect.fnUntraced(function*(versions: ReadonlyArray<Version>, typed: string, address: Address) {
  const [from = "", to, ...more] = typed.split("..")
  if (more.length > 0) return yield* noRange(`${JSON.stringify(typed)} has more than two ends`)
  const newestFirst = versions.toReversed()
  const first = yield* versionIn(address, newestFirst, from)
  const last = to === undefined ? first : yield* versionIn(address, newestFirst, to)
  const [start, end] = [versions.indexOf(first), versions.indexOf(last)]
  if (start <= end) return versions.slice(start, end + 1).map(({ id }) => id)
  return yield* noRange(`${to ?? ""} is older than ${from}`)
})

type OfOne = Exclude<RollbackWhat, { readonly _tag: "batch" }>

const refuseMoved = Effect.fnUntraced(function*(what: OfOne, address: Address, all: ReadonlyArray<Version>) {
  const before = all.findLast(({ origin }) => origin !== "move")
  if (before === undefined) return yield* notFound(`${address} was never managed`)
  const to = yield* bearerOf(before)
  return yield* movedAway(address, to, to === undefined ? undefined : commandOf({ ...what, address: to }))
})

const wishOf = Effect.fnUntraced(function*(what: OfOne) {
  const address = yield* addressIn(what.address)
  const { all, line: versions } = yield* lineagesOf(address)
  if (versions.length === 0) return yield* refuseMoved(what, address, all)
  if (what._tag === "to") {
    const { id } = yield* versionIn(address, versions.toReversed(), what.version)
    yield* refuseLetGo(versions, [id])
    return new Map<Address, Wish>([[address, { versions, what: { _tag: "go back to", version: id } }]])
  }
  const ranges = yield* Effect.forEach(what.versions, (typed) => rangeIn(versions, typed, address))
  const taken = [...new Set(ranges.flat())]
  yield* refuseLetGo(versions, taken)
  return new Map<Address, Wish>([[address, { versions, what: { _tag: "take out", versions: taken } }]])
})

/** Finds the resources of a rollback, and what is wanted of each. */
export const wishesFor = (
  what: RollbackWhat
): Effect.Effect<ReadonlyMap<Address, Wish>, StateError | Refusal, Journal | Versions> =>
  what._tag === "batch" ? wishesOf(what) : wishOf(what)
