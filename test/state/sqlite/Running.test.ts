/** What happens to a state file while it is in use. */
import { describe, expect, it } from "@effect/vitest"
import { Context, Effect, type Scope } from "effect"
import { execFileSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Journal } from "../../../src/state/Journal.ts"
import { Leases } from "../../../src/state/Leases.ts"
import { makeSealer } from "../../../src/state/sealing/Sealing.ts"
import { filesOf, openState } from "../../../src/state/sqlite/Database.ts"
import { freeReserve, reserve } from "../../../src/state/sqlite/Reserve.ts"
import { sqliteStore } from "../../../src/state/sqlite/SqliteStore.ts"
import { StateError } from "../../../src/state/StateError.ts"
import { processes } from "../../../src/state/storage/Owner.ts"
import { portsOver } from "../../../src/state/storage/PortsOver.ts"
import type { Store } from "../../../src/state/storage/Store.ts"
import { lifeMs, openBatch, type Running, start, startRunning } from "../../contract/state/Process.ts"
import { applied, batchOf, endedAs, intended, leasedBy, openedOf, setHead, treasury, wayBack } from "../Example.ts"
import { newFolder } from "../Folders.ts"
import { connect, newPlace, type Place, placeAt, spoil, withFolder } from "./Place.ts"

describe("a state file that is taken away while in use", () => {
  const ways: ReadonlyArray<readonly [string, (file: string) => void]> = [
    ["deleted", unlinkSync],
    ["moved", (file) => renameSync(file, `${file}.old`)],
    ["replaced by a copy", (file) => {
      copyFileSync(file, `${file}.copy`)
      renameSync(`${file}.copy`, file)
    }],
    ["without its log", (file) => unlinkSync(`${file}-wal`)],
    ["given another log", (file) => {
      writeFileSync(`${file}-new`, "")
      renameSync(`${file}-new`, `${file}-wal`)
    }]
  ]

  it.effect.each(ways)("stops the journal: %s", ([, takeAway]) =>
    Effect.gen(function*() {
      const place = newPlace()
      const { journal, leases, lease, batch } = yield* startRunning(place)
      yield* journal.append(batch, lease, [intended(treasury)])
      takeAway(place.file)
      const error = yield* Effect.flip(journal.append(batch, lease, [applied(treasury)]))
      expect([error.reason, error.detail]).toEqual(["Io", expect.stringContaining("moved, replaced or deleted")])
      expect((yield* Effect.flip(journal.append(batch, lease, []))).reason).toBe("Poisoned")
      if (existsSync(`${place.file}-wal`) && statSync(`${place.file}-wal`).size > 0) {
        expect((yield* Effect.flip(leases.renew(lease, lifeMs))).reason).toBe("Io")
      }
    }))

  it.effect("stops the journal when other content was written into it", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const { journal, lease, batch } = yield* startRunning(place)
      spoil(place.file, "update meta set chain = 'another'")
      const error = yield* Effect.flip(journal.append(batch, lease, [intended(treasury)]))
      expect([error.reason, error.detail]).toEqual([
        "Io",
        expect.stringContaining("does not hold what was last written")
      ])
    }))
})

describe("a lock that another process holds", () => {
  it.live("delays an append until it is given back", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const { journal, lease, batch } = yield* startRunning(place)
      const holder = yield* connect(place.file)
      holder.exec("begin immediate")
      const release = Effect.sync(() => holder.exec("rollback")).pipe(Effect.delay("80 millis"))
      const [last] = yield* Effect.all([journal.append(batch, lease, [intended(treasury)]), release], {
        concurrency: "unbounded"
      })
      expect(last).toBe(3)
    }))
})

/** A process over a state file whose size is bounded: SQLite says that the disk is full. */
const bounded = (place: Place, change: (store: Store, grow: () => void) => Store) =>
  Effect.gen(function*() {
    const source = { keyFile: place.key }
    const { db, keys } = yield* Effect.acquireRelease(
      Effect.sync(() => openState(place.file, source)),
      (opened) => Effect.sync(() => opened.db.close())
    )
    const grow = () => void db.pragma("max_page_count = 100000")
    const store = change(sqliteStore(db, filesOf(place.file)), grow)
    const ports = yield* portsOver({ store, sealer: makeSealer(keys), processes })
    const [journal, leases] = [Context.get(ports, Journal), Context.get(ports, Leases)]
    const lease = yield* leases.acquire(lifeMs)
    const batch = batchOf("b1")
    yield* journal.open(batch, lease, openedOf("h"), leasedBy(lease))
    db.pragma("max_page_count = 1")
    return { journal, leases, lease, batch }
  })

const large = { ...applied(treasury), detail: "x".repeat(20_000) }

describe("a full disk", () => {
  it.effect("refuses an intent, and frees the reserve for the way back", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const { journal, lease, batch } = yield* bounded(place, (store, grow) => ({
        ...store,
        freeReserve: () => {
          grow()
          return store.freeReserve()
        }
      }))
      const refused = journal.append(batch, lease, [{ ...intended(treasury), idempotencyKey: "k".repeat(20_000) }])
      expect((yield* Effect.flip(refused)).reason).toBe("Full")
      expect(existsSync(join(place.folder, "reserve"))).toBe(true)
      yield* journal.append(batch, lease, [large])
      expect(existsSync(join(place.folder, "reserve"))).toBe(false)
      yield* journal.append(batch, lease, wayBack)
      yield* journal.end(batch, lease, endedAs("compensated"), [setHead("wallets")])
      expect((yield* journal.entries(batch)).map(({ body }) => body._tag)).toEqual([
        "opened",
        "leased",
        "outcome",
        "decided",
        "undo-intended",
        "compensated",
        "ended"
      ])
      expect(yield* journal.verify).toBeUndefined()
    }))

  it.effect("stops the journal where the reserve is not enough", () =>
    Effect.gen(function*() {
      const { journal, lease, batch } = yield* bounded(newPlace(), (store) => store)
      expect((yield* Effect.flip(journal.append(batch, lease, [large]))).reason).toBe("Full")
      expect((yield* Effect.flip(journal.append(batch, lease, []))).reason).toBe("Poisoned")
      expect(yield* journal.entries(batch)).toHaveLength(2)
    }))
})

const run = (program: string, ...args: ReadonlyArray<string>) => execFileSync(program, args, { stdio: "ignore" })

/** A file system of its own; only the superuser can make one. */
const smallDisk = (bytes: number): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = newFolder()
      run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder)
      return folder
    }),
    (folder) => Effect.sync(() => run("umount", "-l", folder))
  )

const mayMount = (): boolean => {
  try {
    return Effect.runSync(Effect.scoped(Effect.as(smallDisk(65_536), true)))
  } catch {
    return false
  }
}

const fillUp = (folder: string): void => {
  for (let n = 0; n < 1_000; n++) {
    try {
      writeFileSync(join(folder, `filler-${n}`), new Uint8Array(64 * 1024))
    } catch {
      return
    }
  }
}

describe.runIf(mayMount())("a disk that is really full", () => {
  const mib = 1024 * 1024

  it.effect("opens no batch whose reserve does not fit", () =>
    Effect.gen(function*() {
      const place = placeAt(yield* smallDisk(2 * mib))
      const process = yield* start(place)
      const lease = yield* process.leases.acquire(lifeMs)
      expect((yield* Effect.flip(openBatch(process, lease, "b1"))).reason).toBe("Full")
      expect(existsSync(join(place.folder, "reserve"))).toBe(false)
      expect(yield* process.journal.batches).toEqual([])
    }))

  it.effect("lets a batch go back and end on its reserve", () =>
    Effect.gen(function*() {
      const place = placeAt(yield* smallDisk(8 * mib))
      const { journal, leases, lease, batch } = yield* startRunning(place)
      yield* journal.append(batch, lease, [intended(treasury)])
      fillUp(place.folder)
      const forward = journal.append(batch, lease, Array.from({ length: 200 }, () => intended(treasury)))
      expect((yield* Effect.flip(forward)).reason).toBe("Full")
      yield* journal.append(batch, lease, [{ ...applied(treasury), detail: "x".repeat(300_000) }, ...wayBack])
      yield* leases.renew(lease, lifeMs)
      yield* journal.end(batch, lease, endedAs("compensated"), [])
      expect(yield* journal.verify).toBeUndefined()
      expect(yield* journal.unfinished).toEqual([])
    }))
})

describe("the reserve", () => {
  it("is set aside once, enlarged when more is asked for, and freed once", () => {
    const path = join(newFolder(), "reserve")
    reserve(path, 3_000_000)
    const first = statSync(path)
    expect(first.size).toBe(3_000_000)
    expect(first.blocks * 512).toBeGreaterThanOrEqual(3_000_000)
    reserve(path, 1_000)
    expect(statSync(path).mtimeMs).toBe(first.mtimeMs)
    reserve(path, 3_000_001)
    expect(statSync(path).size).toBe(3_000_001)
    expect([freeReserve(path), freeReserve(path)]).toEqual([true, false])
  })

  it("tells why it could not be set aside", () => {
    let thrown: unknown
    try {
      reserve(join(newFolder(), "gone", "reserve"), 10)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(StateError)
    expect(thrown).toMatchObject({ reason: "Missing", operation: "reserve" })
  })
})

describe("the log", () => {
  it.effect("is moved into the file when it has grown", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const { journal, lease, batch } = yield* startRunning(place)
      const small = statSync(place.file).size
      const megabyte = { ...applied(treasury), detail: "x".repeat(1_000_000) }
      for (let n = 0; n < 18; n++) yield* journal.append(batch, lease, [megabyte])
      expect(statSync(place.file).size).toBeGreaterThan(small + 12_000_000)
      expect(yield* journal.verify).toBeUndefined()
    }))

  it.effect("is left to grow while a reader is in the way", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const { journal, lease, batch } = yield* startRunning(place)
      const reader = yield* connect(place.file)
      reader.exec("begin; select * from meta")
      const megabyte = { ...applied(treasury), detail: "x".repeat(1_000_000) }
      for (let n = 0; n < 18; n++) yield* journal.append(batch, lease, [megabyte])
      expect(yield* journal.entries(batch)).toHaveLength(20)
    }))
})

describe("a folder that loses its counter's place", () => {
  it.effect("opens no batch", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const { lease, ...process }: Running = yield* startRunning(place)
      rmSync(join(place.folder, "generation"))
      mkdirSync(join(withFolder(place).folder, "generation"))
      const error = yield* Effect.flip(openBatch(process, lease, "b2"))
      expect(error.operation).toBe("generation")
      expect(yield* process.journal.batches).toHaveLength(1)
    }))
})
