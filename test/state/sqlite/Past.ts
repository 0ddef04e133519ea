/**
 * A state with a past: batches that committed one version each.
 */
import { expect } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Rescue } from "../../../src/state/Rescue.ts"
import { layerRescue } from "../../../src/state/sqlite/SqliteRescue.ts"
import { Upkeep } from "../../../src/state/Upkeep.ts"
import { lifeMs, type Process, start } from "../../contract/state/Process.ts"
import { applied, batchOf, endedAs, intended, leasedBy, openedOf, setHead, treasury } from "../Example.ts"
import { newPlace, type Place } from "./Place.ts"

/** A process that also has the upkeep of the state. */
export const keeping = (place: Pick<Place, "open">) =>
  Effect.map(Layer.build(Layer.fresh(place.open)), (context) => Context.get(context, Upkeep))

export const rescue = Effect.map(Layer.build(layerRescue(undefined)), (context) => Context.get(context, Rescue))

/** A pruning by its rules alone, of all there is. */
export const thoroughly = {
  needed: new Set<never>(),
  untouched: new Set<never>(),
  contents: "all",
  budgetMs: 60_000
} as const

/** Commits batches that give the treasury a new description each. */
export const commits = Effect.fnUntraced(function*(process: Process, names: ReadonlyArray<string>) {
  const { epoch, owner } = yield* process.leases.acquire(lifeMs)
  const lease = { epoch, owner }
  for (const name of names) {
    const batch = batchOf(name)
    const content = `hmac:${name}`
    yield* process.journal.open(batch, lease, { ...openedOf(`hash of ${name}`, name), content }, leasedBy(lease))
    yield* process.journal.append(batch, lease, [intended(treasury), applied(treasury)])
    yield* process.journal.end(batch, lease, endedAs("committed"), [setHead(name)])
  }
  return lease
})

/** A place with that many committed batches. */
export const placeWith = Effect.fnUntraced(function*(count: number) {
  const place = newPlace()
  const names = Array.from({ length: count }, (_, index) => `b${index + 1}`)
  yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, names)))
  return place
})

/** A state with that many ended batches, and one that is under way with four entries. */
export const underWay = Effect.fnUntraced(function*(count: number) {
  const place = yield* placeWith(count)
  yield* Effect.scoped(Effect.gen(function*() {
    const process = yield* start(place)
    const lease = yield* process.leases.acquire(lifeMs)
    yield* process.journal.open(batchOf("open"), lease, openedOf("open"), leasedBy(lease))
    yield* process.journal.append(batchOf("open"), lease, [intended(treasury), intended(treasury, 2)])
  }))
  return place
})

/** Salvages a state, puts that in its place, and opens it. */
export const savedOf = Effect.fnUntraced(function*(place: Place) {
  const port = yield* rescue
  const result = yield* port.salvage(place.file)
  yield* port.restore(place.file, result.file)
  const process = yield* start(place)
  expect(yield* process.journal.verify).toBeUndefined()
  return { result, ...process }
})
