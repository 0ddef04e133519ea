/** Copies, restoring them, and what can be saved of damaged files. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { lifeMs, start } from "../../contract/state/Process.ts"
import { batchOf, intended, leasedBy, openedOf, openedWith, treasury } from "../Example.ts"
import { commits, keeping, placeWith, rescue } from "./Past.ts"
import { newPlace, openingError, spoil, touch, withFolder } from "./Place.ts"

const copyOf = Effect.fnUntraced(function*(count: number) {
  const place = yield* placeWith(count)
  const copy = join(place.folder, "copy.db")
  const copied = yield* Effect.scoped(Effect.flatMap(keeping(place), (upkeep) => upkeep.backup(copy)))
  return { place, copy, copied }
})

describe("a copy", () => {
  it.effect("is made while others write, holds what was there, and is for its owner only", () =>
    Effect.gen(function*() {
      const { copied, copy } = yield* copyOf(3)
      expect(copied).toMatchObject({ file: copy, resources: 1, batches: 3, entries: 15 })
      expect(statSync(copy).mode & 0o777).toBe(0o600)
    }))

  it.effect("is not written over anything", () =>
    Effect.gen(function*() {
      const { copy, place } = yield* copyOf(1)
      const upkeep = yield* keeping(place)
      const before = readFileSync(copy)
      expect((yield* Effect.flip(upkeep.backup(copy))).reason).toBe("Exists")
      expect(readFileSync(copy).equals(before)).toBe(true)
    }))

  it.effect("is refused of a state whose chain is broken", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      spoil(place.file, "update entry set body = replace(body, 'cold', 'hot') where n = 3")
      const upkeep = yield* keeping(place)
      const copy = join(place.folder, "copy.db")
      expect(yield* Effect.flip(upkeep.backup(copy))).toMatchObject({ reason: "Corrupt" })
      expect(existsSync(copy)).toBe(false)
    }))
})

describe("restoring", () => {
  it.effect("puts the copy in place as one that has seen every batch, and keeps what it replaced", () =>
    Effect.gen(function*() {
      const { copy, place } = yield* copyOf(2)
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b3", "b4"])))
      const { restore } = yield* rescue
      const restored = yield* restore(place.file, copy)
      expect(restored).toMatchObject({ resources: 1, batches: 2, unfinished: [], later: 2 })
      expect(existsSync(restored.aside ?? "")).toBe(true)
      const { journal, leases, versions } = yield* start(place)
      expect(yield* journal.generation).toBe(5)
      expect((yield* versions.lineage(treasury)).map(({ batch }) => batch)).toEqual(["b2", "b1"])
      expect(yield* journal.verify).toBeUndefined()
      // Two processes took the lease before, and restoring did.
      expect((yield* leases.acquire(lifeMs)).epoch).toBeGreaterThan(3)
    }))

  it.effect("makes an older copy that was put there by hand the one to go on with", () =>
    Effect.gen(function*() {
      const { copy, place } = yield* copyOf(2)
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b3"])))
      copyFileSync(copy, place.file)
      const refused = yield* openingError(place)
      expect(refused.reason).toBe("Restored")
      expect(refused.hint).toContain(`amends state restore ${place.file}`)
      yield* (yield* rescue).restore(place.file, place.file)
      yield* touch(place)
    }))

  it.effect("names batches that were under way when the copy was made", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      const copy = join(place.folder, "copy.db")
      yield* Effect.scoped(Effect.gen(function*() {
        const process = yield* start(place)
        const lease = yield* process.leases.acquire(lifeMs)
        yield* process.journal.open(batchOf("open"), lease, openedOf("open"), leasedBy(lease))
        yield* process.journal.append(batchOf("open"), lease, [intended(treasury)])
        yield* (yield* keeping(place)).backup(copy)
      }))
      expect((yield* (yield* rescue).restore(place.file, copy)).unfinished).toEqual(["open"])
    }))

  it.effect("is refused while somebody holds the lease", () =>
    Effect.gen(function*() {
      const { copy, place } = yield* copyOf(1)
      const before = readFileSync(copy)
      const process = yield* start(place)
      yield* process.leases.acquire(lifeMs)
      const error = yield* Effect.flip((yield* rescue).restore(place.file, copy))
      expect(error.reason).toBe("Held")
      expect(readFileSync(copy).equals(before)).toBe(true)
      expect(yield* process.journal.batches).toHaveLength(1)
    }))

  it.effect("fences whoever still writes to the replaced state", () =>
    Effect.gen(function*() {
      const { copy, place } = yield* copyOf(1)
      const process = yield* start(place)
      const lease = yield* process.leases.acquire(lifeMs)
      yield* process.journal.open(batchOf("late"), lease, openedOf("late"), leasedBy(lease))
      yield* process.leases.release(lease)
      yield* (yield* rescue).restore(place.file, copy)
      const late = yield* Effect.flip(process.journal.append(batchOf("late"), lease, [intended(treasury)]))
      expect(["Fenced", "Io"]).toContain(late.reason)
    }))

  it.effect.each(
    [
      ["is not there", "Missing", (copy: string) => rmSync(copy)],
      ["is cut short", "Corrupt", (copy: string) => truncateSync(copy, 20_000)],
      ["is no state", "Corrupt", (copy: string) => writeFileSync(copy, "hello")],
      ["was changed", "Corrupt", (copy: string) => spoil(copy, "update entry set at = at + 1 where n = 2")],
      ["is of another key", "WrongKey", (copy: string) => spoil(copy, "update meta set key_check = 'v1.00'")]
    ] as const
  )("refuses a copy that %s, and leaves the state alone", ([, reason, damage]) =>
    Effect.gen(function*() {
      const { copy, place } = yield* copyOf(2)
      damage(copy)
      expect((yield* Effect.flip((yield* rescue).restore(place.file, copy))).reason).toBe(reason)
      const { journal } = yield* start(place)
      expect(yield* journal.batches).toHaveLength(2)
      expect(yield* journal.verify).toBeUndefined()
    }))
})

/** Numbers that look random and are the same in every run. */
const drawing = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 0x80000000
  return seed / 0x80000000
}

const salvaged = (file: string) => Effect.flatMap(rescue, (port) => port.salvage(file))

describe("salvaging", () => {
  it.effect("loses nothing of a state that is whole", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      const result = yield* salvaged(place.file)
      expect(result.tables.map(({ lost }) => lost ?? 0)).toEqual([0, 0, 0, 0, 0])
      expect(result).toMatchObject({ unmanaged: [], withoutJournal: [], shortened: [] })
      yield* (yield* rescue).restore(place.file, result.file)
      const { journal, versions } = yield* start(place)
      expect(yield* journal.verify).toBeUndefined()
      expect((yield* versions.lineage(treasury)).map(({ batch }) => batch)).toEqual(["b3", "b2", "b1"])
      expect(yield* journal.entries(batchOf("b2"))).toHaveLength(5)
      expect(yield* journal.byKey("b2")).toMatchObject({ ended: "committed" })
    }))

  it.effect("drops the journal of an ended batch that is not what was written, and says which", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      spoil(place.file, "update entry set body = replace(body, 'cold', 'hot') where n = 8")
      expect((yield* salvaged(place.file)).withoutJournal).toEqual(["b2"])
    }))

  it.effect("keeps of an unfinished batch what comes before the hole, and says so", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      yield* Effect.scoped(Effect.gen(function*() {
        const process = yield* start(place)
        const lease = yield* process.leases.acquire(lifeMs)
        yield* process.journal.open(batchOf("open"), lease, openedOf("open"), leasedBy(lease))
        yield* process.journal.append(batchOf("open"), lease, [intended(treasury), intended(treasury, 2)])
      }))
      spoil(place.file, "delete from entry where n = 9")
      const result = yield* salvaged(place.file)
      expect(result.shortened).toEqual(["open"])
      yield* (yield* rescue).restore(place.file, result.file)
      expect((yield* (yield* start(place)).journal.entries(batchOf("open"))).map(({ body }) => body._tag))
        .toEqual(["opened", "leased", "intended"])
    }))

  it.effect("does not go on with a part of a plan", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      yield* Effect.scoped(Effect.gen(function*() {
        const process = yield* start(place)
        const lease = yield* process.leases.acquire(lifeMs)
        yield* process.journal.open(batchOf("large"), lease, openedWith("large", 1_000), leasedBy(lease))
      }))
      spoil(place.file, "delete from entry where n = 9")
      const result = yield* salvaged(place.file)
      expect(result).toMatchObject({ withoutJournal: ["large"], shortened: [] })
    }))

  it.effect("names what was managed and is no longer known where", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      spoil(place.file, "delete from head")
      expect((yield* salvaged(place.file)).unmanaged).toEqual([treasury])
    }))

  it.effect("says that nothing can be read where that is so", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      writeFileSync(place.file, Buffer.alloc(50_000, 0xff))
      const error = yield* Effect.flip(salvaged(place.file))
      expect(error).toMatchObject({ reason: "Corrupt", hint: expect.stringContaining("apply --adopt") })
    }))

  it.live(
    "makes of every damage a state that opens and whose chain holds, or says that there is nothing",
    () =>
      Effect.gen(function*() {
        const whole = yield* placeWith(8)
        const bytes = readFileSync(whole.file)
        const draw = drawing(42)
        let saved = 0
        for (let run = 0; run < 24; run++) {
          const place = withFolder(newPlace())
          copyFileSync(whole.key, place.key)
          const damaged = Buffer.from(bytes)
          if (run % 4 === 0) damaged.fill(0, 0, Math.floor(draw() * 200))
          for (let flip = 0; flip < 1 + draw() * 20; flip++) {
            const at = Math.floor(draw() * damaged.length)
            damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << Math.floor(draw() * 8)), at)
          }
          const cut = run % 5 === 0 ? damaged.subarray(0, Math.floor(damaged.length * (0.3 + draw() * 0.7))) : damaged
          writeFileSync(place.file, cut)
          const result = yield* Effect.result(salvaged(place.file))
          if (result._tag === "Failure") {
            expect([run, result.failure.reason]).toEqual([run, "Corrupt"])
            continue
          }
          saved += 1
          yield* (yield* rescue).restore(place.file, result.success.file)
          const { journal } = yield* start(place)
          expect([run, yield* journal.verify]).toEqual([run, undefined])
        }
        expect(saved).toBeGreaterThan(16)
      }),
    30_000
  )
})
