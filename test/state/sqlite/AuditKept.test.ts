/** The audit trail through whatever is done to the state as a whole: keys, copies, damage, older formats. */
import { describe, expect, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { copyFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { AuditBody } from "../../../src/domain/Audit.ts"
import { ActingAs } from "../../../src/state/ActingAs.ts"
import { newAuditKey } from "../../../src/state/AuditKey.ts"
import { Rescue } from "../../../src/state/Rescue.ts"
import { layerRescue } from "../../../src/state/sqlite/SqliteRescue.ts"
import type { Store } from "../../../src/state/storage/Store.ts"
import { lifeMs, type Process, start } from "../../contract/state/Process.ts"
import { applied, batchOf, dropHead, endedAs, intended, leasedBy, openedOf, setHead, treasury } from "../Example.ts"
import { newFolder } from "../Folders.ts"
import { commits, keeping, placeWith, rescue } from "./Past.ts"
import { newPlace, type Place, placeAt, spoil } from "./Place.ts"

const secret = { name: "ops", url: "https://hooks.example/T0/secret" }

const withSecret = Effect.fnUntraced(function*({ leases, sealer, versions }: Process) {
  const lease = yield* leases.acquire(lifeMs)
  const change = setHead("x")
  const sealed = sealer.seal(secret, ["/url"])
  if (change._tag === "set") {
    const head = { ...change.head, declared: sealed, observed: sealed }
    yield* versions.write(lease, { actor: "ada" }, [{ ...change, head }])
  }
  yield* leases.release(lease)
})

const bodiesAt = (place: Pick<Place, "open">) =>
  Effect.scoped(
    Effect.flatMap(start(place), ({ audit }) =>
      Effect.map(audit.after(0, 1_000), (records) =>
        records.flatMap(({ body }): ReadonlyArray<AuditBody> =>
          body === undefined ? [] : [body]
        )))
  )

const verdictOf = (place: Pick<Place, "open">, against = {}) =>
  Effect.scoped(Effect.flatMap(start(place), ({ audit }) => audit.verify(against)))

const isWhole = Effect.fnUntraced(function*(place: Pick<Place, "open">) {
  const { fault, ...rest } = yield* verdictOf(place)
  expect(fault).toBeUndefined()
  return rest
})

const acting = Effect.provideService(ActingAs, () => ({ actor: "bob", verb: "operate", reason: "on call" }))

describe("a new key", () => {
  it.effect("is a record that says what versions hold since then, and the trail goes on", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      yield* Effect.scoped(Effect.gen(function*() {
        const process = yield* start(place)
        yield* withSecret(process)
        const lease = yield* process.leases.acquire(lifeMs)
        yield* process.audit.prune(lease, [{ match: "*", keepDays: -1 }])
        yield* acting((yield* keeping(place)).rotate(lease))
      }))
      const last = (yield* bodiesAt(place)).at(-1)
      expect(last).toMatchObject({ kind: "key-rotate", actor: "bob", reason: "on call" })
      expect(last?.touched).toMatchObject([{ address: treasury, did: "reseal" }])
      expect(yield* isWhole(place)).toMatchObject({ checkpoint: "held", stubs: 3 })
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b2"])))
      yield* isWhole(place)
    }))

  it.effect("for one that is lost is a record too", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      rmSync(place.key)
      yield* acting((yield* rescue).resetKey(place.file))
      expect((yield* bodiesAt(place)).at(-1)).toMatchObject({ kind: "key-reset", actor: "bob", verb: "operate" })
      expect(yield* isWhole(place)).toMatchObject({ checkpoint: "held" })
    }))
})

describe("a copy", () => {
  const backedUp = Effect.fnUntraced(function*(place: Place) {
    const copy = join(newFolder(), "copy.db")
    yield* Effect.scoped(Effect.flatMap(keeping(place), (upkeep) => upkeep.backup(copy)))
    return copy
  })

  it.effect("that is put in place says so, and the checkpoint is of what is there now", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      const copy = yield* backedUp(place)
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b3", "b4"])))
      yield* acting((yield* rescue).restore(place.file, copy))
      const last = (yield* bodiesAt(place)).at(-1)
      expect(last).toMatchObject({ kind: "restore", actor: "bob", detail: `from ${copy}`, touched: [] })
      expect(yield* isWhole(place)).toMatchObject({ records: 5, checkpoint: "held" })
    }))

  it.effect("from under an older key holds the digests of what was sealed anew", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(1)
      yield* Effect.scoped(Effect.flatMap(start(place), withSecret))
      const copy = yield* backedUp(place)
      yield* Effect.scoped(Effect.gen(function*() {
        const { leases } = yield* start(place)
        yield* (yield* keeping(place)).rotate(yield* leases.acquire(lifeMs))
      }))
      yield* (yield* rescue).restore(place.file, copy)
      expect((yield* bodiesAt(place)).at(-1)?.touched).toMatchObject([{ did: "reseal" }])
      yield* isWhole(place)
    }))

  it.effect("is signed for where records are", () =>
    Effect.gen(function*() {
      const { privateText } = newAuditKey()
      const place = placeAt(newFolder(), { auditKey: { text: privateText } })
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b1"])))
      const copy = yield* backedUp(place)
      const signing = Context.get(yield* Layer.build(layerRescue(undefined, privateText)), Rescue)
      yield* signing.restore(place.file, copy)
      expect(yield* isWhole(place)).toMatchObject({ records: 3, signed: 3, signatures: "checked" })
      const missing = (yield* rescue).restore(place.file, copy, join(place.folder, "nowhere"))
      expect(yield* Effect.flip(missing)).toMatchObject({ reason: "MissingKey" })
    }))
})

describe("a damaged state", () => {
  const salvagedFrom = Effect.fnUntraced(function*(place: Place, ...sql: ReadonlyArray<string>) {
    for (const one of sql) spoil(place.file, one)
    const { restore, salvage } = yield* rescue
    const { file, tables } = yield* acting(salvage(place.file))
    yield* restore(place.file, file)
    return tables.find(({ table }) => table === "audit records")
  })

  it.effect("keeps its trail, and says that it was salvaged", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      expect(yield* salvagedFrom(place)).toEqual({ table: "audit records", read: 4, lost: 0 })
      expect((yield* bodiesAt(place)).map(({ kind }) => kind)).toEqual([
        "opened",
        "batch",
        "opened",
        "batch",
        "salvage",
        "restore"
      ])
      yield* isWhole(place)
    }))

  it.effect("says which records are lost, and what became of what others tell of", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(4)
      const lost = yield* salvagedFrom(
        place,
        "delete from audit where n in (3, 8)",
        "update audit set body = '{' where n = 4",
        "delete from entry; delete from batch where id = 'b1'",
        "delete from version where batch = 'b3'"
      )
      expect(lost).toEqual({ table: "audit records", read: 5, lost: 3 })
      const salvage = (yield* bodiesAt(place)).find(({ kind }) => kind === "salvage")
      expect(salvage).toMatchObject({
        actor: "bob",
        records: [{ first: 3, last: 4 }, { first: 8, last: 8 }],
        batches: ["b1"],
        touched: [{ address: treasury, did: "lost" }]
      })
      yield* isWhole(place)
    }))
})

describe("a state of an older format", () => {
  it.effect("begins its trail where it is first written to", () =>
    Effect.gen(function*() {
      const folder = newFolder()
      const fixture = fileURLToPath(new URL("../../fixtures/state/v1", import.meta.url))
      for (const name of ["state.db", "key"]) copyFileSync(join(fixture, name), join(folder, name))
      const { open } = placeAt(folder, { stateFile: join(folder, "state.db") })
      expect(yield* isWhole({ open })).toMatchObject({ records: 0, checkpoint: "none" })
      const [unfinished] = yield* Effect.scoped(Effect.flatMap(start({ open }), ({ journal }) => journal.unfinished))
      yield* Effect.scoped(Effect.gen(function*() {
        const { journal, leases } = yield* start({ open })
        const lease = yield* leases.acquire(lifeMs)
        if (unfinished !== undefined) yield* journal.end(unfinished.id, lease, endedAs("abandoned"), [])
      }))
      const [body] = yield* bodiesAt({ open })
      expect(body).toMatchObject({ kind: "batch", outcome: "abandoned", actor: "unknown", batch: unfinished?.id })
      expect(yield* isWhole({ open })).toMatchObject({ records: 1, checkpoint: "held" })
    }))
})

describe("forced commits", () => {
  it.effect("are as many as there were without a trail: a record rides in the one of what it tells of", () =>
    Effect.gen(function*() {
      const counted = { commits: 0, leases: 0 }
      const through = (store: Store): Store => ({
        ...store,
        commit: (jobs) => {
          counted.commits += 1
          return store.commit(jobs)
        },
        swapLease: (...row) => {
          counted.leases += 1
          return store.swapLease(...row)
        }
      })
      const place = placeAt(newFolder(), { through })
      const { audit, journal, leases, versions } = yield* start(place)
      const taken = yield* leases.acquire(lifeMs)
      const batch = batchOf("b1")
      yield* journal.open(batch, taken, openedOf("hash"), leasedBy(taken))
      yield* journal.append(batch, taken, [intended(treasury), applied(treasury)])
      yield* journal.append(batch, taken, [{
        _tag: "human",
        step: intended(treasury).step,
        choice: "accept",
        digest: "sha256:1",
        actor: "bob"
      }])
      yield* journal.end(batch, taken, endedAs("committed"), [setHead("one")])
      yield* versions.write(taken, { actor: "ada" }, [dropHead()])
      yield* leases.break
      // The counter, the opening, two appends, the ending, the heads; taking the lease and breaking it.
      expect(counted).toEqual({ commits: 6, leases: 2 })
      expect(yield* audit.count).toBe(5)
    }))

  it.effect("are no more in the state file itself", () =>
    Effect.gen(function*() {
      const place = newPlace()
      const process = yield* start(place)
      yield* commits(process, ["b1"])
      const lease = yield* process.leases.acquire(lifeMs)
      yield* (yield* keeping(place)).release(lease, treasury, "ada")
      const kinds = (yield* process.audit.after(0, 10)).map(({ kind }) => kind)
      expect(kinds).toEqual(["opened", "batch", "release"])
    }))
})
