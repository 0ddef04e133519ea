/** What versions hold: each document once, large ones compressed, all checked, also on the way from format 2. */
import { describe, expect, it } from "@effect/vitest"
import Sqlite, { type Database } from "better-sqlite3"
import { Effect } from "effect"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { addressOf } from "../../../src/domain/Ids.ts"
import { Limits } from "../../../src/domain/Limits.ts"
import { checkContents, intactText, type Packed } from "../../../src/state/sqlite/Contents.ts"
import { migrate, schemaVersion } from "../../../src/state/sqlite/Schema.ts"
import { lifeMs, type Process, start } from "../../contract/state/Process.ts"
import { setHead, treasury } from "../Example.ts"
import { newFolder } from "../Folders.ts"
import { commits, keeping, placeWith, rescue, thoroughly } from "./Past.ts"
import { connect, newPlace, spoil } from "./Place.ts"

/** Writes descriptions one after the other, each a version of its own. */
const written = Effect.fnUntraced(function*({ leases, versions }: Process, descriptions: ReadonlyArray<string>) {
  const { epoch, owner } = yield* leases.acquire(lifeMs)
  const lease = { epoch, owner }
  for (const one of descriptions) yield* versions.write(lease, { actor: "ada" }, [setHead(one)])
  return lease
})

const numberIn = (db: Database, sql: string): number => db.prepare<[], number>(sql).pluck().get() ?? 0

const large = "a long story. ".repeat(Limits.contentPlainMax)

describe("contents", () => {
  it.effect("are kept once, whatever holds them", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const process = yield* start(place)
      const lease = yield* written(process, ["one", "two", "one", "two"])
      const elsewhere = addressOf("watchlist", "elsewhere")
      yield* process.versions.write(lease, { actor: "ada" }, [setHead("one", elsewhere)])
      // Two descriptions, each as declared and as observed.
      expect(numberIn(yield* connect(place.file), "select count(*) from content")).toBe(4)
      expect((yield* process.versions.lineage(treasury)).map(({ document }) => document?.["description"]))
        .toEqual(["two", "one", "two", "one"])
    }))

  it.effect("are compressed where they are large, under the digest of the plain text", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const process = yield* start(place)
      yield* written(process, ["small", large])
      const db = yield* connect(place.file)
      expect(db.prepare("select typeof(body) from content order by n").pluck().all())
        .toEqual(["text", "text", "blob", "blob"])
      expect(numberIn(db, "select max(length(body)) from content")).toBeLessThan(large.length / 10)
      expect((yield* process.versions.heads)[0]?.declared["description"]).toBe(large)
      expect(yield* process.journal.verify).toBeUndefined()
    }))

  it.effect.each(
    [
      ["was changed", "update content set body = replace(body, 'two', 'owt')", "not what was written"],
      ["is no text any more", "update content set body = x'00'", "not what was written"],
      ["is gone", "delete from content", "missing"]
    ] as const
  )(
    "one that %s is told with the version that holds it, and never taken for what was",
    ([, sql, what]) =>
      Effect.gen(function*() {
        const place = newPlace()
        yield* Effect.scoped(Effect.flatMap(start(place), (process) => written(process, ["one", "two"])))
        spoil(place.file, sql)
        const { journal, versions } = yield* start(place)
        const error = yield* Effect.flip(versions.lineage(treasury))
        expect(error.reason).toBe("Corrupt")
        expect(error.detail).toMatch(new RegExp(`^what version sha256:[0-9a-f]{64} of ${treasury} holds is ${what}$`))
        expect((yield* Effect.flip(versions.heads)).detail).toBe(`what the head of ${treasury} holds is ${what}`)
        expect(yield* journal.verify).toMatch(new RegExp(`^what version .* holds is ${what}$`))
      })
  )

  it.effect("that nothing refers to any more go with a pruning, and no others", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const process = yield* start(place)
      const lease = yield* written(process, ["one", "two", "one", "three"])
      const set = setHead("three")
      const seen = set._tag === "set" ? { ...set, head: { ...set.head, observed: set.head.declared } } : set
      yield* process.versions.write(lease, { actor: "ada" }, [seen])
      const upkeep = yield* keeping(place)
      const pruning = { ...thoroughly, rules: [{ match: "*", keepVersions: 2 }] }
      const would = yield* upkeep.prunable(pruning)
      expect(yield* upkeep.prune(lease, pruning)).toEqual(would)
      const db = yield* connect(place.file)
      expect(numberIn(db, "select count(*) from content")).toBe(4)
      expect(numberIn(db, "select count(*) from content where body like '%two%'")).toBe(0)
      expect(yield* process.journal.verify).toBeUndefined()
      expect(yield* process.versions.lineage(treasury)).toHaveLength(2)
    }))

  it.effect("that only a refresh let go of go where all are looked at", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const process = yield* start(place)
      const lease = yield* written(process, ["one"])
      for (const createdBy of ["bob", "eve"]) {
        const set = setHead("one")
        if (set._tag !== "set") return
        const head = { ...set.head, observed: { ...set.head.observed, createdBy } as typeof set.head.observed }
        yield* process.versions.write(lease, { actor: "ada" }, [{ ...set, head }])
      }
      const upkeep = yield* keeping(place)
      const rules = [{ match: "*", keepVersions: 1 }]
      expect((yield* upkeep.prune(lease, { ...thoroughly, contents: "of what goes", rules })).bytes).toBe(0)
      expect((yield* upkeep.prune(lease, { ...thoroughly, rules })).bytes).toBeGreaterThan(100)
      expect(numberIn(yield* connect(place.file), "select count(*) from content")).toBe(3)
      expect(yield* process.journal.verify).toBeUndefined()
    }))

  it.effect("are saved of a damaged state, but for those that are not what was written", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => written(process, ["one", large, "three"])))
      spoil(place.file, "update content set body = replace(body, 'one', 'eno') where n = 1")
      const port = yield* rescue
      const saved = yield* port.salvage(place.file)
      expect(saved.tables).toContainEqual({ table: "versions", read: 2, lost: 1 })
      yield* port.restore(place.file, saved.file)
      const { versions } = yield* start(place)
      expect((yield* versions.lineage(treasury)).map(({ document }) => document?.["description"]))
        .toEqual(["three", large])
    }))
})

/** A state of format 2 with that many versions, written as format 2 had them; its file. */
const older = (versions: number): string => {
  const copy = join(newFolder(), "v2.db")
  copyFileSync(new URL("../../fixtures/state/v2/state.db", import.meta.url), copy)
  const db = new Sqlite(copy)
  const add = db.prepare(
    `insert into version (id, address, batch, parent, origin, document, observed, at)
     values (?, ?, 'none', null, 'import', ?, ?, 0)`
  )
  db.transaction(() => {
    for (let n = 0; n < versions; n++) {
      const address = addressOf("watchlist", `w${n % 100}`)
      const document = JSON.stringify({ description: n % 50 === 0 ? large : `the ${n}th` })
      add.run(`sha256:${n}`, address, document, document)
    }
  })()
  db.close()
  return copy
}

const versionsMade = 3_000

describe("a state of format 2", () => {
  it.effect("of some thousand versions holds the same afterwards", () =>
    Effect.gen(function*() {
      const file = older(versionsMade)
      const db = yield* connect(file)
      const versions = "select v.n, v.document as held, v.observed as seen from version v order by v.n"
      const before = db.prepare(versions).all()
      db.transaction(() => migrate(db, 2))()
      const after = db.prepare<[], { n: number; held: string | null; seen: string | null }>(versions).all()
      const text = db.prepare<[string], { digest: string; body: Packed }>(
        "select digest, body from content where n = ?"
      )
      const plain = (cell: string | null) => {
        const row = cell === null ? undefined : text.get(cell)
        return row === undefined ? null : intactText(row)
      }
      expect(after.map(({ held, n, seen }) => ({ n, held: plain(held), seen: plain(seen) }))).toEqual(before)
      expect(numberIn(db, "select count(*) from version where document is not null and document like '{%'")).toBe(0)
      // 2,940 of their own, a large one that 60 share, and those of the fixture.
      expect(numberIn(db, "select count(*) from content")).toBeLessThan(versionsMade)
      expect(checkContents(db, 0, 1_000_000)).toEqual({ last: numberIn(db, "select max(n) from content") })
    }))

  it.effect("whose migration was killed is still one of format 2, and migrates then", () =>
    Effect.gen(function*() {
      const file = older(versionsMade)
      const db = yield* connect(file)
      db.pragma("journal_mode = wal")
      // So small that what is changed has to be written out before the commit, as in a large state.
      db.pragma("cache_size = 10")
      db.exec("begin immediate")
      migrate(db, 2)
      const killed = join(newFolder(), "state.db")
      for (const log of ["", "-wal"]) copyFileSync(file + log, killed + log)
      db.exec("rollback")
      const after = yield* connect(killed)
      expect(after.pragma("user_version", { simple: true })).toBe(2)
      expect(numberIn(after, "select count(*) from version where document like '{%'")).toBeGreaterThan(versionsMade)
      after.transaction(() => migrate(after, 2))()
      expect(after.pragma("user_version", { simple: true })).toBe(schemaVersion)
      expect(after.pragma("integrity_check", { simple: true })).toBe("ok")
    }))
})

describe("a copy of a state", () => {
  it.effect("whose contents are not what was written is refused", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      const process = yield* start(place)
      yield* commits(process, ["b3"])
      const upkeep = yield* keeping(place)
      spoil(place.file, "update content set body = '{}' where n = 1")
      const error = yield* Effect.flip(upkeep.backup(join(newFolder(), "copy.db")))
      expect([error.reason, error.detail]).toEqual(["Corrupt", expect.stringContaining("is not what was written")])
    }))
})
