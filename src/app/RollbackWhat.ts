/**
 * What a rollback is about, from the words of the user: the resources, and for each the versions to take out or the one
 * to go back to.
 *
 * Batches and versions go by an unambiguous beginning of their name. What cannot be rolled back is refused here, with
 * where to look.
 */
import { Effect } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { Address, Digest } from "../domain/Ids.ts"
import { addressesIn } from "../domain/Plan.ts"
import type { Version } from "../domain/Version.ts"
import { Journal, type Versions } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { openedIn } from "./BatchView.ts"
import { Refusal } from "./Failure.ts"
import { lineageOf } from "./Past.ts"
import { addressIn } from "./Session.ts"
import { ambiguous, named, notFound, versionIn } from "./VersionNames.ts"

/** What to roll back; addresses, batches and versions as typed. */
export type RollbackWhat =
  | { readonly _tag: "batch"; readonly batch: string; readonly only: ReadonlyArray<string> }
  | { readonly _tag: "to"; readonly address: string; readonly version: string }
  /** Each a version, or `OLDER..NEWER`. */
  | { readonly _tag: "revert"; readonly address: string; readonly versions: ReadonlyArray<string> }

/** What is wanted of one resource. */
export interface Wish {
  /** Oldest first. */
  readonly versions: ReadonlyArray<Version>
  readonly what:
    | { readonly _tag: "take out"; readonly versions: ReadonlyArray<Digest> }
    | { readonly _tag: "go back to"; readonly version: Digest }
}

/** The command that says a wish again. */
export const commandOf = (what: RollbackWhat): string => {
  switch (what._tag) {
    case "batch":
      return ["amends rollback", what.batch, ...what.only.map((address) => `--only ${address}`)].join(" ")
    case "to":
      return `amends rollback ${what.address} --to ${what.version}`
    case "revert":
      return [`amends rollback ${what.address}`, ...what.versions.map((version) => `--revert ${version}`)].join(" ")
  }
}

const batchCalled = Effect.fnUntraced(function*(typed: string) {
  const found = (yield* (yield* Journal).batches).filter(({ id }) => named(typed, id))
  const [batch] = found
  if (batch === undefined) return yield* notFound(`no batch is called ${JSON.stringify(typed)}`)
  return found.length === 1 ? batch : yield* ambiguous(typed, found.map(({ id }) => id))
})

const rangeIn = Effect.fnUntraced(function*(versions: ReadonlyArray<Version>, typed: string, address: Address) {
  const [from = "", to] = typed.split("..")
  const newestFirst = versions.toReversed()
  const first = yield* versionIn(address, newestFirst, from)
  const last = to === undefined ? first : yield* versionIn(address, newestFirst, to)
  const [start, end] = [versions.indexOf(first), versions.indexOf(last)]
  if (start <= end) return versions.slice(start, end + 1).map(({ id }) => id)
  return yield* notFound(`${to ?? ""} is older than ${from}; of a range the older version comes first`)
})

/** A version that let a resource go without a write cannot be taken out: the resource may still be there. */
const refuseLetGo = (versions: ReadonlyArray<Version>, taken: ReadonlyArray<Digest>): Effect.Effect<void, Refusal> => {
  const found = versions.find(({ id, origin }) => origin === "forget" && taken.includes(id))
  return found === undefined ? Effect.void : Effect.fail(
    new Refusal({
      reason: "NotAvailable",
      summary: "it was let go, not deleted",
      detail: `${found.id} let go of ${found.address}, which may still be there`,
      hint: `take it over again with: amends import ${found.address} ID`,
      addresses: [found.address]
    })
  )
}

const wishOf = Effect.fnUntraced(function*(what: Exclude<RollbackWhat, { readonly _tag: "batch" }>) {
  const address = yield* addressIn(what.address)
  const versions = yield* lineageOf(address)
  if (versions.length === 0) return yield* notFound(`${address} was never managed`)
  if (what._tag === "to") {
    const { id } = yield* versionIn(address, versions.toReversed(), what.version)
    return new Map<Address, Wish>([[address, { versions, what: { _tag: "go back to", version: id } }]])
  }
  const ranges = yield* Effect.forEach(what.versions, (typed) => rangeIn(versions, typed, address))
  const taken = [...new Set(ranges.flat())]
  yield* refuseLetGo(versions, taken)
  return new Map<Address, Wish>([[address, { versions, what: { _tag: "take out", versions: taken } }]])
})

const notOver = ({ id }: BatchSummary): Refusal =>
  new Refusal({
    reason: "UnfinishedBatch",
    summary: "the batch is not over",
    detail: `${id} was not finished; what is not over is taken back by recovering it`,
    hint: `amends recover ${id} --back`
  })

/** The addresses that a batch was about. */
const addressesOf = Effect.fnUntraced(function*(batch: BatchSummary) {
  const plan = openedIn(yield* (yield* Journal).toFold(batch.id))?.plan
  return plan === undefined ? new Set<Address>() : addressesIn(plan)
})

const wishesOf = Effect.fnUntraced(function*(what: Extract<RollbackWhat, { readonly _tag: "batch" }>) {
  const batch = yield* batchCalled(what.batch)
  if (batch.ended === undefined) return yield* notOver(batch)
  const addresses = yield* addressesOf(batch)
  const only: ReadonlyArray<Address> = yield* Effect.forEach(what.only, addressIn)
  const stray = only.filter((address) => !addresses.has(address))
  if (stray.length > 0) {
    return yield* notFound(`${batch.id} did nothing to ${stray.join(", ")}`)
  }
  const wishes = new Map<Address, Wish>()
  for (const address of only.length > 0 ? only : addresses) {
    const versions = yield* lineageOf(address)
    const made = versions.filter((version) => version.batch === batch.id).map(({ id }) => id)
    if (made.length === 0) continue
    yield* refuseLetGo(versions, made)
    wishes.set(address, { versions, what: { _tag: "take out", versions: made } })
  }
  return wishes
})

/** Finds the resources of a rollback, and what is wanted of each. */
export const wishesFor = (
  what: RollbackWhat
): Effect.Effect<ReadonlyMap<Address, Wish>, StateError | Refusal, Journal | Versions> =>
  what._tag === "batch" ? wishesOf(what) : wishOf(what)
