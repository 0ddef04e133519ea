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
import type { Version } from "../domain/Version.ts"
import { Journal, type Versions } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { openedIn } from "./BatchView.ts"
import { Refusal } from "./Failure.ts"
import { isCalled } from "./Inspect.ts"
import { lineageOf } from "./Past.ts"
import { addressIn } from "./Session.ts"

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

const notFound = (detail: string, hint: string): Refusal =>
  new Refusal({ reason: "NotFound", summary: "there is no such thing", detail, hint })

const oneOf = <A extends { readonly id: string }>(
  typed: string,
  all: ReadonlyArray<A>,
  what: { readonly name: string; readonly hint: string }
): Effect.Effect<A, Refusal> => {
  const found = all.filter(({ id }) => isCalled(typed, id))
  const [one] = found
  if (one !== undefined && found.length === 1) return Effect.succeed(one)
  const detail = one === undefined
    ? `no ${what.name} is called ${JSON.stringify(typed)}`
    : `${JSON.stringify(typed)} is the beginning of ${found.length}: ${
      found.slice(0, 5).map(({ id }) => id).join(", ")
    }`
  return Effect.fail(notFound(detail, what.hint))
}

const versionIn = (versions: ReadonlyArray<Version>, typed: string, address: Address) =>
  oneOf(typed, versions, { name: `version of ${address}`, hint: `see: amends history ${address}` })

const rangeIn = Effect.fnUntraced(function*(versions: ReadonlyArray<Version>, typed: string, address: Address) {
  const [from = "", to] = typed.split("..")
  const first = yield* versionIn(versions, from, address)
  const last = to === undefined ? first : yield* versionIn(versions, to, address)
  const [start, end] = [versions.indexOf(first), versions.indexOf(last)]
  if (start <= end) return versions.slice(start, end + 1).map(({ id }) => id)
  return yield* notFound(`${to ?? ""} is older than ${from}`, "name the older version of a range first: OLDER..NEWER")
})

/** A version that let a resource go without a write cannot be taken out: the resource may still be there. */
const refuseLetGo = (versions: ReadonlyArray<Version>, taken: ReadonlyArray<Digest>): Effect.Effect<void, Refusal> => {
  const found = versions.find(({ document, id, origin }) =>
    document === undefined && origin === "accept" && taken.includes(id)
  )
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
  if (versions.length === 0) return yield* notFound(`${address} was never managed`, "see: amends history")
  if (what._tag === "to") {
    const { id } = yield* versionIn(versions, what.version, address)
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
  return new Set([
    ...(plan?.steps ?? []).map(({ address }) => address),
    ...(plan?.refreshes ?? []).map(({ address }) => address),
    ...(plan?.drops ?? [])
  ])
})

const wishesOf = Effect.fnUntraced(function*(what: Extract<RollbackWhat, { readonly _tag: "batch" }>) {
  const batches = yield* (yield* Journal).batches
  const batch = yield* oneOf(what.batch, batches, { name: "batch", hint: "see: amends batches" })
  if (batch.ended === undefined) return yield* notOver(batch)
  const addresses = yield* addressesOf(batch)
  const only: ReadonlyArray<Address> = yield* Effect.forEach(what.only, addressIn)
  const stray = only.filter((address) => !addresses.has(address))
  if (stray.length > 0) {
    return yield* notFound(`${batch.id} did nothing to ${stray.join(", ")}`, `see: amends show ${batch.id}`)
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
