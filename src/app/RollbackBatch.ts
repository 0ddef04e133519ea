/**
 * What taking a whole batch back is about: each resource that it wrote, under the address that it has now, and the
 * versions that the batch made of it.
 *
 * What retention let go of is refused and not left out: a batch that is only taken back in part says so before.
 */
import { Effect } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import type { Address, Digest } from "../domain/Ids.ts"
import { addressesIn, type Step } from "../domain/Plan.ts"
import type { Version } from "../domain/Version.ts"
import { remains } from "../executor/Fold.ts"
import { Journal } from "../state/Journal.ts"
import { folded, openedIn } from "./BatchView.ts"
import { Refusal } from "./Failure.ts"
import { bearerOf, lineagesOf } from "./LineOf.ts"
import { commandOf, movedAway, refuseLetGo, type RollbackWhat, type Wish } from "./RollbackWhat.ts"
import { addressIn } from "./Session.ts"
import { ambiguous, named, notFound } from "./VersionNames.ts"

const batchCalled = Effect.fnUntraced(function*(typed: string) {
  const found = (yield* (yield* Journal).batches).filter(({ id }) => named(typed, id))
  const [batch] = found
  if (batch === undefined) return yield* notFound(`no batch is called ${JSON.stringify(typed)}`)
  return found.length === 1 ? batch : yield* ambiguous(typed, found.map(({ id }) => id))
})

const notOver = ({ id }: BatchSummary): Refusal =>
  new Refusal({
    reason: "UnfinishedBatch",
    summary: "the batch is not over",
    detail: `${id} was not finished; what is not over is taken back by recovering it`,
    hint: `amends recover ${id} --back`
  })

const letGo = ({ id }: BatchSummary): Refusal =>
  new Refusal({
    reason: "NotAvailable",
    summary: "what it did is not known any more",
    detail: `retention let go of the journal of ${id}, and of every version that it made`,
    hint: "go back to a version that is left: amends history, amends rollback ADDR --to VERSION"
  })

const withoutVersions: { readonly [E in NonNullable<BatchSummary["ended"]>]: string } = {
  committed: "made no version: there is nothing to take back",
  compensated: "was compensated: nothing of it is left to take back",
  residue: "was compensated, and what it could not restore is in no version: `amends show` lists that",
  kept: "was kept and made no version: there is nothing to take back",
  abandoned: "was abandoned and made no version: `amends show` lists what it left"
}

/** Says of a batch that made nothing that can be taken out why that is so. */
export const nothingOf = Effect.fnUntraced(
  function*({ batch: typed }: Extract<RollbackWhat, { readonly _tag: "batch" }>) {
    const { ended, id } = yield* batchCalled(typed)
    return ended === undefined ? "" : `${id} ${withoutVersions[ended]}`
  }
)

/** What a batch was about: its addresses, and those of steps that stand. */
const aboutOf = Effect.fnUntraced(function*(batch: BatchSummary) {
  if (batch.pruned === true) return yield* letGo(batch)
  const entries = yield* (yield* Journal).toFold(batch.id)
  const plan = openedIn(entries)?.plan
  const { states } = folded(entries)
  const stands = (step: Step): boolean => {
    const state = states.get(step.id)
    return state !== undefined && remains(state)
  }
  const steps = plan?.steps ?? []
  return {
    addresses: plan === undefined ? new Set<Address>() : addressesIn(plan),
    written: new Set(steps.filter((step) => step.action !== "guard" && stands(step)).map(({ address }) => address))
  }
})

/** What a batch made of one resource, and what that is called now. */
interface Part {
  readonly was: Address
  readonly address: Address
  readonly made: ReadonlyArray<Digest>
  /** All that the address it was ever had. */
  readonly all: ReadonlyArray<Version>
  /** The versions of what it is now. */
  readonly line: ReadonlyArray<Version>
}

const partOf = Effect.fnUntraced(function*(batch: BatchSummary, was: Address) {
  const { all, line } = yield* lineagesOf(was)
  const made = all.filter((version) => version.batch === batch.id)
  const [first] = made
  const ids = made.map(({ id }) => id)
  if (first === undefined || line.some(({ id }) => id === first.id)) {
    return { was, address: was, made: ids, all, line } satisfies Part
  }
  const address = yield* bearerOf(first)
  if (address === undefined) return undefined
  return { was, address, made: ids, all, line: (yield* lineagesOf(address)).line } satisfies Part
})

/** Of what was written, nothing may be left out because its versions were let go. */
const refuseLost = (
  batch: BatchSummary,
  written: ReadonlyArray<Part>,
  parts: ReadonlyArray<Part>
): Effect.Effect<void, Refusal> => {
  const lost = written.filter(({ all, made }) =>
    made.length === 0 && (all.length === 0 || all.some(({ gap }) => gap !== undefined))
  ).map(({ was }) => was)
  if (lost.length === 0) return Effect.void
  const left = parts.filter(({ made }) => made.length > 0).map(({ was }) => was)
  return Effect.fail(
    new Refusal({
      reason: "NotAvailable",
      summary: "what it did is not all known any more",
      detail: `retention let go of what ${batch.id} made of ${lost.join(", ")}`,
      hint: left.length === 0
        ? "go back to a version that is left: amends history, amends rollback ADDR --to VERSION"
        : `take the others back with: ${commandOf({ _tag: "batch", batch: batch.id, only: left })}`,
      addresses: lost
    })
  )
}

/** Finds what a batch made that is to be taken out, by resource. */
export const wishesOf = Effect.fnUntraced(function*(what: Extract<RollbackWhat, { readonly _tag: "batch" }>) {
  const batch = yield* batchCalled(what.batch)
  if (batch.ended === undefined) return yield* notOver(batch)
  const { addresses, written } = yield* aboutOf(batch)
  const only: ReadonlyArray<Address> = yield* Effect.forEach(what.only, addressIn)
  const parts: Array<Part> = []
  const astray: Array<Address> = []
  for (const was of addresses) {
    const part = yield* partOf(batch, was)
    if (part === undefined) astray.push(was)
    else parts.push(part)
  }
  const isMeant = ({ address, was }: Part): boolean => only.length === 0 || only.includes(was) || only.includes(address)
  const stray = only.filter((one) => !parts.some(({ address, was }) => one === was || one === address))
  const [moved] = astray.filter((was) => only.length === 0 || only.includes(was))
  if (moved !== undefined) return yield* movedAway(moved, undefined, undefined)
  if (stray.length > 0) return yield* notFound(`${batch.id} did nothing to ${stray.join(", ")}`)
  const meant = parts.filter(isMeant)
  yield* refuseLost(batch, meant.filter(({ was }) => written.has(was)), parts)
  const wishes = new Map<Address, Wish>()
  for (const { address, line: versions, made } of meant) {
    if (made.length === 0) continue
    yield* refuseLetGo(versions, made)
    wishes.set(address, { versions, what: { _tag: "take out", versions: made } })
  }
  return wishes
})
