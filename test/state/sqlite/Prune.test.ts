/** What retention lets go of, and that everything that is left still holds together. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { hash } from "node:crypto"
import { statSync } from "node:fs"
import type { RetentionRule } from "../../../src/domain/Retention.ts"
import type { Pruning } from "../../../src/state/Upkeep.ts"
import { lifeMs, start } from "../../contract/state/Process.ts"
import { batchOf, endedAs, intended, leasedBy, openedOf, setHead, treasury } from "../Example.ts"
import { commits, keeping, placeWith, thoroughly } from "./Past.ts"
import { spoil } from "./Place.ts"

const keeps = (...rules: ReadonlyArray<RetentionRule>): Pruning => ({ rules, ...thoroughly })

const newest2 = keeps({ match: "watchlist.*", keepVersions: 2 })

/** Prunes under the lease; answers what went and what is left. */
const pruned = Effect.fnUntraced(function*(count: number, pruning: Pruning) {
  const place = yield* placeWith(count)
  const process = yield* start(place)
  const upkeep = yield* keeping(place)
  const lease = yield* process.leases.acquire(lifeMs)
  const would = yield* upkeep.prunable(pruning)
  const gone = yield* upkeep.prune(lease, pruning)
  return { place, process, upkeep, lease, would, gone }
})

describe("pruning", () => {
  it.effect("keeps the newest versions with the journals they came from, and the chain holds over what went", () =>
    Effect.gen(function*() {
      const { gone, process: { journal, versions }, would } = yield* pruned(6, newest2)
      expect(gone).toMatchObject({ versions: 4, batches: 4, entries: 20, whole: true })
      expect(gone.bytes).toBeGreaterThan(1000)
      expect(would).toEqual(gone)
      expect((yield* versions.lineage(treasury)).map(({ batch }) => batch)).toEqual(["b6", "b5"])
      expect(yield* versions.heads).toHaveLength(1)
      expect((yield* journal.entries(batchOf("b5"))).map(({ body }) => body._tag).at(-1)).toBe("ended")
      expect(yield* journal.entries(batchOf("b4"))).toEqual([])
      expect(yield* journal.verify).toBeUndefined()
    }))

  it.effect("keeps a pinned version, and tells how many went above it", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(6)
      const process = yield* start(place)
      const upkeep = yield* keeping(place)
      const { epoch, owner } = yield* process.leases.acquire(lifeMs)
      const lease = { epoch, owner }
      const second = (yield* process.versions.lineage(treasury))[4]
      yield* process.versions.pin(lease, { actor: "ada" }, second?.id ?? "")
      expect(yield* upkeep.prune(lease, newest2)).toMatchObject({ versions: 3 })
      const lineage = yield* process.versions.lineage(treasury)
      expect(lineage.map(({ batch, gap }) => [batch, gap?.versions])).toEqual([["b6", undefined], ["b5", 2], ["b2", 1]])
      expect(lineage[1]?.gap?.older).toBe(second?.id)
      yield* process.versions.unpin(lease, { actor: "ada" }, second?.id ?? "")
      expect(yield* upkeep.prune(lease, newest2)).toMatchObject({ versions: 1 })
      expect((yield* process.versions.lineage(treasury)).at(-1)?.gap?.versions).toBe(4)
    }))

  it.effect("leaves addresses alone that something unfinished is about", () =>
    Effect.gen(function*() {
      const pruning = { ...newest2, untouched: new Set([treasury]) }
      expect((yield* pruned(4, pruning)).gone).toMatchObject({ versions: 0 })
    }))

  it.effect("forgets neither a used plan nor a known key, nor what became of a batch", () =>
    Effect.gen(function*() {
      const { process: { journal } } = yield* pruned(4, newest2)
      expect(yield* journal.used("hash of b1")).toBe(true)
      expect(yield* journal.byKey("b1")).toMatchObject({ ended: "committed", content: "hmac:b1", pruned: true })
      expect(yield* journal.batches).toHaveLength(4)
    }))

  it.effect("goes on with the chain, and joins its gaps", () =>
    Effect.gen(function*() {
      const { process, upkeep } = yield* pruned(4, newest2)
      const lease = yield* commits(process, ["b5", "b6"])
      expect(yield* upkeep.prune(lease, newest2)).toMatchObject({ versions: 2, batches: 2 })
      expect(yield* process.journal.verify).toBeUndefined()
    }))

  it.effect("is told from rows that somebody took away", () =>
    Effect.gen(function*() {
      const { place, process: { journal } } = yield* pruned(4, newest2)
      spoil(place.file, "update gap set last = last + 1; delete from entry where n = (select min(n) from entry)")
      expect(yield* journal.verify).toContain("rows are missing before batch b3")
    }))

  it.effect("keeps what is young, whatever its number", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      const upkeep = yield* keeping(place)
      const rule = keeps({ match: "*", keepVersions: 1, keepDays: 30 })
      expect(yield* upkeep.prunable(rule)).toMatchObject({ versions: 0, batches: 0 })
      yield* TestClock.adjust("31 days")
      expect(yield* upkeep.prunable(rule)).toMatchObject({ versions: 2, batches: 2 })
    }))

  it.effect.each(
    [
      ["an address without a rule", keeps({ match: "other.*", keepVersions: 1 })],
      ["a rule that says nothing", keeps({ match: "*" })],
      ["no rule", keeps()]
    ] as const
  )("keeps everything of %s", ([, pruning]) =>
    Effect.gen(function*() {
      const upkeep = yield* keeping(yield* placeWith(3))
      expect(yield* upkeep.prunable(pruning)).toMatchObject({ versions: 0, batches: 0, bytes: 0, whole: true })
    }))

  it.effect("by days alone keeps the newest version, however old", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      const upkeep = yield* keeping(place)
      yield* TestClock.adjust("31 days")
      expect(yield* upkeep.prunable(keeps({ match: "*", keepDays: 30 }))).toMatchObject({ versions: 2, batches: 2 })
    }))

  it.effect("keeps the journal of a batch that also has a step of an address without a rule", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      spoil(
        place.file,
        "update entry set step = 'box.a#delete' where n = (select max(n) - 1 from entry where batch = 1)"
      )
      const upkeep = yield* keeping(place)
      const would = (match: string) => upkeep.prunable(keeps({ match, keepVersions: 1 }))
      expect(yield* would("watchlist.*")).toMatchObject({ versions: 2, batches: 1 })
      expect(yield* would("*")).toMatchObject({ versions: 2, batches: 2 })
    }))

  it.effect("keeps unfinished batches, and those that are needed", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      const process = yield* start(place)
      const { epoch, owner } = yield* process.leases.acquire(lifeMs)
      const lease = { epoch, owner }
      const open = (name: string) => process.journal.open(batchOf(name), lease, openedOf(name), leasedBy(lease))
      yield* open("unfinished")
      yield* process.journal.append(batchOf("unfinished"), lease, [intended(treasury)])
      for (const name of ["failed", "needed", "last"]) {
        yield* open(name)
        yield* process.journal.append(batchOf(name), lease, [intended(treasury)])
        yield* process.journal.end(batchOf(name), lease, endedAs("compensated"), [])
      }
      const upkeep = yield* keeping(place)
      const pruning = { ...keeps({ match: "*", keepVersions: 1 }), needed: new Set([batchOf("needed")]) }
      expect(yield* upkeep.prune(lease, pruning)).toMatchObject({ versions: 2, batches: 3 })
      const left = (yield* process.journal.batches).filter((batch) => batch.pruned !== true).map(({ id }) => id)
      expect(left).toEqual(["last", "needed", "unfinished", "b3"])
      expect(yield* process.journal.verify).toBeUndefined()
    }))

  it.effect("writes nothing under a lost lease", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(3)
      const process = yield* start(place)
      const lease = yield* process.leases.acquire(lifeMs)
      yield* process.leases.release(lease)
      const upkeep = yield* keeping(place)
      expect((yield* Effect.flip(upkeep.prune(lease, newest2))).reason).toBe("Fenced")
      expect(yield* process.versions.lineage(treasury)).toHaveLength(3)
    }))

  it.effect("stops when its time is up, and says so", () =>
    Effect.gen(function*() {
      const { gone, process: { versions } } = yield* pruned(3, { ...newest2, budgetMs: -1 })
      expect(gone).toMatchObject({ versions: 0, batches: 0, whole: false })
      expect(yield* versions.lineage(treasury)).toHaveLength(3)
    }))

  it.effect("uses free space again, so that the file stops growing", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(4)
      const process = yield* start(place)
      const upkeep = yield* keeping(place)
      const sizes: Array<number> = []
      for (let round = 0; round < 3; round++) {
        const lease = yield* commits(process, Array.from({ length: 12 }, (_, index) => `r${round}-${index}`))
        yield* upkeep.prune(lease, newest2)
        sizes.push((yield* upkeep.backup(`${place.file}.${round}`)).bytes)
      }
      // A copy holds no free pages: what grows in it is what is really kept.
      expect(sizes[2]).toBeLessThan(1.5 * (sizes[0] ?? 0))
    }))

  it.effect("gives free space back to the file system only where there is much of it", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      const process = yield* start(place)
      const upkeep = yield* keeping(place)
      const lease = yield* process.leases.acquire(lifeMs)
      const sizeOf = () => ["", "-wal"].reduce((sum, log) => sum + statSync(place.file + log).size, 0)
      // Digests, since what repeats itself would be kept compressed.
      const noise = (of: string) => Array.from({ length: 16_000 }, (_, at) => hash("sha256", `${of}${at}`)).join("")
      for (const  of of["a", "b", "c", "d"])
        yield* process.versions.write(lease, { actor: "ada" }, [setHead(noise(of))])
      expect(yield* upkeep.compact).toBe(0)
      expect(yield* upkeep.prune(lease, keeps({ match: "*", keepVersions: 1 }))).toMatchObject({ versions: 4 })
      const before = sizeOf()
      const freed = yield* upkeep.compact
      expect(freed).toBeGreaterThan(1024 * 1024)
      expect(sizeOf()).toBeLessThanOrEqual(before - freed)
      expect(yield* upkeep.compact).toBe(0)
      expect(yield* process.journal.verify).toBeUndefined()
      expect(yield* process.versions.heads).toHaveLength(1)
    }))
})
