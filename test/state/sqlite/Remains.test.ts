/** What is believed of a damaged state, and that what is not is told as lost. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { start } from "../../contract/state/Process.ts"
import { batchOf, treasury } from "../Example.ts"
import { commits, keeping, placeWith, rescue, savedOf, thoroughly, underWay } from "./Past.ts"
import { spoil } from "./Place.ts"

const lostOf = (tables: ReadonlyArray<{ readonly table: string; readonly lost?: number }>) =>
  Object.fromEntries(tables.map(({ lost, table }) => [table, lost]))

const none = { "resources": 0, "versions": 0, "batches": 0, "journal entries": 0, "audit records": 0 }

describe("of a damaged state", () => {
  it.effect("what retention let go is not told as lost, and is still known to be gone", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(4)
      yield* Effect.scoped(Effect.gen(function*() {
        const lease = yield* commits(yield* start(place), ["b5"])
        const pruning = { rules: [{ match: "*", keepVersions: 2 }], ...thoroughly }
        expect(yield* (yield* keeping(place)).prune(lease, pruning)).toMatchObject({ versions: 3, batches: 3 })
      }))
      const { journal, result } = yield* savedOf(place)
      expect([lostOf(result.tables), result.withoutJournal]).toEqual([none, []])
      expect(yield* journal.byKey("b1")).toMatchObject({ ended: "committed", content: "hmac:b1", pruned: true })
      expect((yield* journal.batches).filter(({ pruned }) => pruned).map(({ id }) => id)).toEqual(["b3", "b2", "b1"])
    }))

  it.effect("a head whose version is lost tells what that held", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      spoil(place.file, "delete from version")
      const { versions } = yield* savedOf(place)
      const [head] = yield* versions.heads
      const [version, ...older] = yield* versions.lineage(treasury)
      expect(version).toMatchObject({ id: head?.version, origin: "import", batch: "none", document: head?.declared })
      expect(older).toEqual([])
    }))

  it.effect("a version that cannot be read is lost, and told so", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      spoil(place.file, "update version set document = '{' where n = 2")
      const { result, versions } = yield* savedOf(place)
      expect(lostOf(result.tables)).toEqual({ ...none, versions: 1 })
      expect((yield* versions.lineage(treasury)).map(({ batch }) => batch)).toEqual(["b3", "b1"])
    }))

  it.effect("a head that cannot be read is lost, and told so", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      spoil(place.file, "update head set head = '[]'")
      const { result, versions } = yield* savedOf(place)
      expect([lostOf(result.tables), result.unmanaged]).toEqual([{ ...none, resources: 1 }, [treasury]])
      expect(yield* versions.heads).toEqual([])
    }))

  it.effect("a batch under way that lost nothing stays under way", () =>
    Effect.gen(function*() {
      const { journal, result } = yield* savedOf(yield* underWay(1))
      expect([lostOf(result.tables), result.shortened]).toEqual([none, []])
      expect((yield* journal.unfinished).map(({ id }) => id)).toEqual(["open"])
      expect(yield* journal.entries(batchOf("open"))).toHaveLength(4)
    }))

  it.effect("a batch under way may have lost its last entries, as far as the state counted them", () =>
    Effect.gen(function*() {
      const place = yield* underWay(1)
      spoil(place.file, "delete from entry where n = (select max(n) from entry)")
      const { journal, result } = yield* savedOf(place)
      expect([lostOf(result.tables), result.shortened]).toEqual([{ ...none, "journal entries": 1 }, ["open"]])
      expect(yield* journal.entries(batchOf("open"))).toHaveLength(3)
    }))

  it.effect.each(
    [
      ["is gone", "delete from entry where kind = 'opened' and batch = 2"],
      ["is no text of ours", "update entry set body = '7' where kind = 'opened' and batch = 2"],
      ["is of another sort than it says", "update entry set kind = 'leased' where kind = 'opened' and batch = 2"]
    ] as const
  )(
    "a batch under way whose beginning %s ends abandoned: nothing can finish it",
    ([, damage]) =>
      Effect.gen(function*() {
        const place = yield* underWay(1)
        spoil(place.file, damage)
        const { journal, result } = yield* savedOf(place)
        expect(result.withoutJournal).toEqual(["open"])
        expect(yield* journal.unfinished).toEqual([])
        const [batch] = yield* journal.batches
        expect(batch).toMatchObject({ id: "open", ended: "abandoned", pruned: true, endedAt: expect.any(Number) })
        expect(yield* journal.entries(batchOf("open"))).toEqual([])
      })
  )

  it.effect("the counters are kept above what was, also where the state no longer says them", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      spoil(place.file, "delete from meta")
      const { journal, result } = yield* savedOf(place)
      expect(lostOf(result.tables)).toMatchObject({ "resources": 0, "journal entries": undefined })
      expect(yield* journal.generation).toBeGreaterThan(2)
      expect(yield* journal.batches).toHaveLength(2)
    }))

  it.effect("nothing is saved where there is no file", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip((yield* rescue).salvage("/not/there/state.db"))
      expect(error).toMatchObject({ reason: "Missing", detail: "/not/there/state.db is not there" })
    }))
})
