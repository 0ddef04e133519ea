import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { schemaVersion } from "../../../src/state/sqlite/Schema.ts"
import { layerSqlite } from "../../../src/state/sqlite/Sqlite.ts"
import { openBatch, start, startRunning } from "../../contract/state/Process.ts"
import { newFolder } from "../Folders.ts"
import { connect, newPlace, openingError, placeAt, spoil, touch, withFolder } from "./Place.ts"

const rights = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe("opening a state that is not there", () => {
  it.effect("makes folder, file and key, for their owner only", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const { lease, ...process } = yield* startRunning(place)
      yield* openBatch(process, lease, "b2")
      expect(rights(place.folder)).toBe("700")
      for (const name of ["state.db", "state.db-wal", "state.db-shm", "key", "generation", "reserve"]) {
        expect([name, rights(join(place.folder, name))]).toEqual([name, "600"])
      }
      const db = yield* connect(place.file)
      expect(db.pragma("journal_mode", { simple: true })).toBe("wal")
      expect(db.pragma("application_id", { simple: true })).toBe(0x616d6e64)
      expect(db.pragma("user_version", { simple: true })).toBe(schemaVersion)
    }))

  it.effect("makes nothing when it is only looked at", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const open = layerSqlite({ stateFile: place.file, create: false })
      const { journal, versions, sealer } = yield* start({ open })
      expect(yield* journal.batches).toEqual([])
      expect(yield* versions.heads).toEqual([])
      expect(yield* sealer.open(sealer.seal({ a: "secret" }, [""]))).toEqual({ a: "secret" })
      expect(existsSync(place.folder)).toBe(false)
    }))

  it.effect("seals under the key that is there already, also when it is only looked at", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* touch(place)
      const made = (yield* start(place)).sealer.digest("x")
      const elsewhere = layerSqlite({ stateFile: join(newFolder(), "state.db"), keyFile: place.key, create: false })
      expect((yield* start({ open: elsewhere })).sealer.digest("x")).toBe(made)
    }))

  it.effect("takes an empty file for one that is not there: its making was cut short", () =>
    Effect.gen(function*() {
      const place = withFolder(newPlace())
      writeFileSync(place.file, "")
      yield* touch(place)
      yield* touch(place)
      expect(existsSync(place.key)).toBe(true)
    }))
})

describe("opening a state that is there", () => {
  it.effect("finds what was written, also when it is only looked at", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* Effect.scoped(startRunning(place))
      const { journal } = yield* start({ open: layerSqlite({ stateFile: place.file, create: false }) })
      expect((yield* journal.unfinished).map(({ id }) => id)).toEqual(["b1"])
    }))
})

describe("the key of a state", () => {
  it.effect("that is missing is told, and no other is made", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* touch(place)
      rmSync(place.key)
      const error = yield* openingError(place)
      expect(error.reason).toBe("MissingKey")
      expect(error.hint).toContain("key reset")
      expect(existsSync(place.key)).toBe(false)
    }))

  it.effect("that is another one is told, and nothing is changed", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* touch(place)
      const before = readFileSync(place.file)
      writeFileSync(place.key, "ab".repeat(32))
      expect((yield* openingError(place)).reason).toBe("WrongKey")
      const byText = yield* openingError({
        open: layerSqlite({ stateFile: place.file, keyText: "cd".repeat(32), create: true })
      })
      expect(byText.detail).toContain("AMENDS_KEY")
      expect(readFileSync(place.file).equals(before)).toBe(true)
    }))

  it.effect("may come from the environment alone", () =>
    Effect.gen(function*() {
      const place = placeAt(newFolder(), { keyText: "cd".repeat(32) })
      yield* touch(place)
      yield* touch(place)
      expect(existsSync(place.key)).toBe(false)
    }))
})

describe("opening what is no state", () => {
  it.effect("tells a file that is no database", () =>
    Effect.gen(function*() {
      const place = withFolder(newPlace())
      writeFileSync(place.file, "once upon a time ".repeat(100))
      expect((yield* openingError(place)).reason).toBe("Corrupt")
      expect(existsSync(place.key)).toBe(false)
    }))

  it.effect("tells the database of another program, and leaves it alone", () =>
    Effect.gen(function*() {
      const place = withFolder(newPlace())
      spoil(place.file, "create table songs (title text)")
      const error = yield* openingError(place)
      expect([error.reason, error.detail]).toEqual(["Corrupt", `${place.file} is not a state of amends`])
      const db = yield* connect(place.file)
      expect(db.pragma("journal_mode", { simple: true })).toBe("delete")
    }))

  it.effect("tells a state of a newer program, and leaves it alone", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* touch(place)
      spoil(place.file, `pragma user_version = ${schemaVersion + 1}`)
      const error = yield* openingError(place)
      expect(error.reason).toBe("Newer")
      expect(error.hint).toContain("Update amends")
    }))

  it.effect("tells a state whose pages are damaged", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* Effect.scoped(startRunning(place))
      const size = statSync(place.file).size
      truncateSync(place.file, 16_384)
      truncateSync(place.file, size)
      expect((yield* openingError(place)).reason).toBe("Corrupt")
    }))

  it.effect("tells a state that lost a table", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* touch(place)
      spoil(place.file, "drop table lease")
      expect((yield* openingError(place)).reason).toBe("Corrupt")
    }))

  it.effect("tells a folder in the place of the file", () =>
    Effect.gen(function*() {
      const place = withFolder(newPlace())
      mkdirSync(place.file)
      expect((yield* openingError(place)).reason).toBe("Corrupt")
    }))

  it.effect("tells a file in the place of the folder", () =>
    Effect.gen(function*() {
      const folder = newFolder()
      writeFileSync(join(folder, ".amends"), "")
      expect((yield* openingError(placeAt(folder))).reason).toBe("Missing")
    }))

  it.effect("tells a folder that cannot be written to", () =>
    Effect.gen(function*() {
      // Nobody can make a folder there, the superuser included.
      const error = yield* openingError(placeAt("/sys/kernel"))
      expect(error.reason).toBe("ReadOnly")
      expect(error.hint).not.toBe("")
    }))
})

describe("opening a state that another uses", () => {
  it.live("waits for a lock that is given back soon", () =>
    Effect.gen(function*() {
      const place = withFolder(newPlace())
      const holder = yield* connect(place.file)
      holder.exec("begin exclusive")
      const release = Effect.sync(() => holder.exec("rollback")).pipe(Effect.delay("100 millis"))
      yield* Effect.all([touch(place), release], { concurrency: "unbounded" })
      expect(existsSync(place.key)).toBe(true)
    }))

  it.live("by two at once makes one state with one key", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const all = yield* Effect.forEach([1, 2, 3], () => start(place), { concurrency: "unbounded" })
      expect(new Set(all.map(({ sealer }) => sealer.digest("x"))).size).toBe(1)
    }))
})

describe("a state restored from an older copy", () => {
  it.effect("is refused, and says how to go on", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const copy = join(newFolder(), "copy.db")
      yield* Effect.scoped(startRunning(place))
      copyFileSync(place.file, copy)
      yield* Effect.scoped(Effect.gen(function*() {
        const process = yield* start(place)
        yield* process.leases.break
        yield* openBatch(process, yield* process.leases.acquire(1_000), "b2")
      }))
      expect((yield* start(place)).journal).toBeDefined()
      copyFileSync(copy, place.file)
      const error = yield* openingError(place)
      expect([error.reason, error.detail]).toEqual([
        "Restored",
        "the state has seen 1 batches, but 2 were opened: it is an older copy"
      ])
      rmSync(join(place.folder, "generation"))
      yield* touch(place)
    }))

  it.effect("is not mistaken for one whose last batch was cut short while opening", () =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* Effect.scoped(startRunning(place))
      spoil(place.file, "update meta set generation = generation + 1")
      yield* touch(place)
      writeFileSync(join(place.folder, "generation"), "no number")
      yield* touch(place)
    }))
})

describe("a torn log", () => {
  it.effect("leaves the commits before it, whole and in order", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const { journal, lease, batch } = yield* startRunning(place)
      yield* journal.append(batch, lease, [{ _tag: "decided", to: "back", why: "first" }])
      const whole = statSync(`${place.file}-wal`).size
      yield* journal.append(batch, lease, [{ _tag: "decided", to: "back", why: "torn" }])
      // A power cut: the files as they are, the log cut within its last commit.
      const copy = withFolder(newPlace())
      for (const name of ["state.db", "key"]) copyFileSync(join(place.folder, name), join(copy.folder, name))
      const log = readFileSync(`${place.file}-wal`)
      expect(log.length).toBeGreaterThan(whole)
      writeFileSync(`${copy.file}-wal`, log.subarray(0, log.length - 1_000))
      const after = yield* start(copy)
      expect((yield* after.journal.entries(batch)).map(({ body }) => "why" in body ? body.why : "")).toEqual([
        "",
        "",
        "first"
      ])
      expect(yield* after.journal.verify).toBeUndefined()
    }))
})

describe("a tampered state file", () => {
  const tampered: ReadonlyArray<readonly [string, string]> = [
    ["update entry set body = replace(body, 'treasury', 'TREASURY') where seq = 1", "batch b1, entry 1"],
    ["delete from entry where n = 2", "the last rows are missing: 1 of 2"]
  ]

  it.effect.each(tampered)("is found by verifying: %s", ([sql, message]) =>
    Effect.gen(function*() {
      const place = newPlace()
      yield* Effect.scoped(startRunning(place))
      spoil(place.file, sql)
      expect(yield* (yield* start(place)).journal.verify).toContain(message)
    }))
})
