/** What a state says is believed only as it was written: heads and entries decide what is sent. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { start } from "../../contract/state/Process.ts"
import { batchOf, treasury } from "../Example.ts"
import { keeping, placeWith, savedOf, underWay } from "./Past.ts"
import { type Place, spoil } from "./Place.ts"

const headsOf = (place: Place) => Effect.flatMap(start(place), ({ versions }) => versions.heads)

describe("a head", () => {
  const changes = [
    ["its address", "update head set address = replace(address, 'treasury', 'treasurx')"],
    ["the id of its resource", `update head set head = replace(head, '"remoteId":"', '"remoteId":"9')`],
    ["its version", "update head set version = (select min(id) from version where id <> head.version)"],
    ["what it declares", "update head set declared = (select min(document) from version)"],
    ["what it observed", "update head set observed = (select min(observed) from version)"],
    ["its digest", "update head set digest = null"]
  ] as const

  it.effect.each(changes)("is refused where %s was changed", ([, sql]) =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      yield* Effect.scoped(headsOf(place))
      spoil(place.file, sql)
      const error = yield* Effect.flip(headsOf(place))
      expect([error.reason, error.detail]).toEqual([
        "Corrupt",
        expect.stringMatching(/^the head of watchlist\.treasur. is not what was written$/)
      ])
      const { journal } = yield* start(place)
      expect(yield* journal.verify).toBe(error.detail)
    }))

  it.effect("that was changed is not saved, and told as lost", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      spoil(place.file, `update head set head = replace(head, '"remoteId":"', '"remoteId":"9')`)
      const { result, versions } = yield* savedOf(place)
      expect(result.unmanaged).toEqual([treasury])
      expect(yield* versions.heads).toEqual([])
    }))

  it.effect("of a state of format 5 gets its digest, and one that is sealed anew keeps it", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      const before = yield* Effect.scoped(headsOf(place))
      spoil(place.file, "alter table head drop column digest; pragma user_version = 5")
      expect(yield* Effect.scoped(headsOf(place))).toEqual(before)
      yield* Effect.scoped(Effect.gen(function*() {
        const { leases } = yield* start(place)
        const upkeep = yield* keeping(place)
        yield* upkeep.rotate(yield* leases.acquire(60_000))
      }))
      expect((yield* headsOf(place)).map(({ address, remoteId }) => [address, remoteId]))
        .toEqual(before.map(({ address, remoteId }) => [address, remoteId]))
    }))
})

describe("the entries of a batch", () => {
  const changes = [
    [
      "what was captured was changed",
      "update entry set body = replace(body, '\"description\":\"', '\"description\":\"x') where seq = 3",
      "entry 3 is not"
    ],
    ["one says another step", "update entry set step = 'watchlist.other' where seq = 4", "entry 4 is not"],
    ["one is gone", "delete from entry where seq = 3 and batch = 2", "rows are missing before batch open, entry 4"],
    ["the newest is gone", "delete from entry where n = (select max(n) from entry)", "the newest entries"]
  ] as const

  it.effect.each(changes)("are refused where %s", ([, sql, detail]) =>
    Effect.gen(function*() {
      const place = yield* underWay(1)
      spoil(place.file, sql)
      const { journal } = yield* start(place)
      for (const read of [journal.entries(batchOf("open")), journal.toFold(batchOf("open"))]) {
        const error = yield* Effect.flip(read)
        expect([error.reason, error.detail]).toEqual(["Corrupt", expect.stringContaining(detail)])
      }
    }))
})
