/**
 * Who ids in restored references belong to: what is managed, what comes back, and what had them once, under whatever
 * address that is known now.
 *
 * An id that a reference gets anew is looked up in the remote as well: a reference to what somebody deleted is broken,
 * although the state still knows it.
 */
import { Effect } from "effect"
import type { Entry } from "../domain/Entry.ts"
import type { Address, BatchId } from "../domain/Ids.ts"
import type { Step } from "../domain/Plan.ts"
import { remains } from "../executor/Fold.ts"
import type { OpenHead } from "../executor/PlanInput.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Registry } from "../providers/Registry.ts"
import { Journal, Versions } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { folded, openedIn } from "./BatchView.ts"
import { bearerOf } from "./LineOf.ts"
import {
  type Bearer,
  byId,
  formerOf,
  type Held,
  isKnown,
  keyOf,
  newlyHeld,
  type Owners,
  standingIdOf,
  type Wanted
} from "./RollbackReferences.ts"

/** What ids are looked up in. */
export interface Among {
  readonly heads: ReadonlyArray<OpenHead>
  /** Reads with patience. */
  readonly remote: Registry
  readonly parallelism: number
}

/** The ids that a batch knew, of what, and those that it deleted. */
const toldBy = (batch: BatchId, entries: ReadonlyArray<Entry>): ReadonlyArray<readonly [string, Bearer]> => {
  const { states } = folded(entries)
  return (openedIn(entries)?.plan.steps ?? []).flatMap((step: Step) => {
    const state = states.get(step.id)
    const deletes = step.action === "delete" && state?.complete === true && remains(state)
    const ids = new Set([step.remoteId, state?.remoteId].flatMap((id) => id ?? []))
    const bearer: Bearer = { address: step.address, ...(deletes ? { deletedBy: batch } : {}) }
    return [...ids].map((id) => [keyOf(step.kind, id), bearer] as const)
  })
}

/** Who had ids that nobody bears, and the batches that deleted them. */
const bearersOf = Effect.fnUntraced(function*(ids: ReadonlySet<string>) {
  const journal = yield* Journal
  const found = new Map<string, Bearer>()
  if (ids.size === 0) return found
  for (const { id, pruned } of yield* journal.batches) {
    if (pruned === true) continue
    const told = toldBy(id, yield* journal.toFold(id)).filter(([key]) => ids.has(key))
    for (const [key, bearer] of told) {
      const known = found.get(key)
      if (known?.deletedBy === undefined) found.set(key, { ...bearer, address: known?.address ?? bearer.address })
    }
  }
  return found
})

/** The address that something has now; as it was where it was not moved. */
const addressNow = Effect.fnUntraced(function*(
  address: Address
): Effect.fn.Return<Address, StateError, Versions> {
  const lineage = yield* (yield* Versions).lineage(address)
  const [newest] = lineage
  if (newest?.origin !== "move" || newest.document !== undefined) return address
  const last = lineage.find(({ origin }) => origin !== "move")
  return last === undefined ? address : (yield* bearerOf(last)) ?? address
})

/** Of ids that references get, those that are not there. */
const absentAmong = Effect.fnUntraced(function*(
  held: ReadonlyArray<Held>,
  owners: Owners,
  { parallelism, remote }: Among
): Effect.fn.Return<ReadonlySet<string>, ProviderError> {
  const asked = new Map(held.flatMap((one) => {
    const id = standingIdOf(one, owners)
    return id === undefined ? [] : [[keyOf(one.kind, id), { id, kind: one.kind, known: isKnown(one, owners) }] as const]
  }))
  const read = yield* Effect.forEach(asked, ([key, { id, kind, known }]) => {
    const provider = remote.serving(kind)
    if (provider === undefined) return Effect.succeed([])
    const seen = Effect.map(provider.observe(kind, id), (found) => found === undefined ? [key] : [])
    // What nobody ever managed need not be called by its id.
    return known ? seen : Effect.catch(seen, () => Effect.succeed([]))
  }, { concurrency: parallelism })
  return new Set(read.flat())
})

/** Finds out who the references of what is wanted belong to. */
export const ownersOf = Effect.fn("RollbackOwners.ownersOf")(function*(
  all: ReadonlyArray<Wanted>,
  among: Among
): Effect.fn.Return<Owners, StateError | ProviderError, Journal | Versions> {
  const wanted = new Map(all.map((one) => [one.address, one]))
  const known: Owners = {
    heads: byId(among.heads),
    managed: new Set(among.heads.map(({ address }) => address)),
    wanted,
    former: formerOf(all),
    absent: new Set()
  }
  const held = all.flatMap(newlyHeld)
  const missing = new Set(held.map(({ id, kind }) => keyOf(kind, id)))
  const bearers = yield* bearersOf(
    new Set([...missing].filter((key) => !known.heads.has(key) && !known.former.has(key)))
  )
  const now = yield* Effect.forEach(
    bearers,
    ([key, bearer]) => Effect.map(addressNow(bearer.address), (address) => [key, { ...bearer, address }] as const)
  )
  const owners = { ...known, former: new Map([...now, ...known.former]) }
  return { ...owners, absent: yield* absentAmong(held, owners, among) }
})
