/** What somebody did to the audit trail of a copy of the state file, and the record that it is found by. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { newAuditKey } from "../../../src/state/AuditKey.ts"
import { auditLinkOf, type AuditRow } from "../../../src/state/storage/AuditRow.ts"
import { digestOf } from "../../../src/state/storage/Content.ts"
import { start } from "../../contract/state/Process.ts"
import { batchOf, endedAs, leasedBy, openedOf } from "../Example.ts"
import { newFolder } from "../Folders.ts"
import { commits, keeping, placeWith, thoroughly } from "./Past.ts"
import { connect, type Place, placeAt, spoil } from "./Place.ts"

/** A state with three batches, which make six records. */
const lived = placeWith(3)

const verdictOf = (place: Pick<Place, "open">, against = {}) =>
  Effect.scoped(Effect.flatMap(start(place), ({ audit }) => audit.verify(against)))

const faultOf = (place: Pick<Place, "open">, against = {}) =>
  Effect.map(verdictOf(place, against), ({ fault }) => fault === undefined ? undefined : [fault.record, fault.what])

/** A fault is found in a copy, as one who only has the copy would find it. */
const spoiled = (sql: string) =>
  Effect.gen(function*() {
    const { file, key } = yield* lived
    const copy = placeAt(newFolder())
    yield* Effect.scoped(start(copy))
    copyFileSync(file, copy.file)
    copyFileSync(key, copy.key)
    for (const log of ["-wal", "-shm"]) rmSync(copy.file + log, { force: true })
    spoil(copy.file, sql)
    return yield* faultOf(copy)
  })

const found: ReadonlyArray<readonly [what: string, sql: string, record: number, words: string]> = [
  [
    "a byte of a record changed",
    "update audit set body = replace(body, 'quarterly', 'quarterlx') where n = 3",
    3,
    "its content is not what was written"
  ],
  [
    "a byte changed, and its digest with it",
    `update audit set digest = 'sha256:${"0".repeat(64)}', body = '{}' where n = 3`,
    3,
    "its content is not what was written"
  ],
  ["a record made unreadable", "update audit set body = '{' where n = 3", 3, "its content is not what was written"],
  [
    "one made unreadable that would say what was lost",
    "update audit set kind = 'salvage', body = '{' where n = 3",
    3,
    "its content is not what was written"
  ],
  ["its time changed", "update audit set at = at + 1 where n = 2", 2, "it is not what was written there"],
  ["its kind changed", "update audit set kind = 'import' where n = 2", 2, "it is not what was written there"],
  ["its batch changed", "update audit set batch = 'b3' where n = 2", 2, "it is not what was written there"],
  ["a record removed", "delete from audit where n = 4", 4, "it is missing"],
  ["several removed", "delete from audit where n in (2, 3, 4)", 2, "records 2 to 4 are missing"],
  ["the tail cut off", "delete from audit where n > 4", 5, "the last records are missing: 4 of 6 are there"],
  ["all of it removed", "delete from audit", 1, "the last records are missing: 0 of 6 are there"],
  [
    "two swapped",
    "update audit set n = -1 where n = 3; update audit set n = 3 where n = 4; update audit set n = 4 where n = -1",
    3,
    "it is not what was written there"
  ],
  [
    "one put in between",
    `insert into audit select 7, at, kind, batch, digest, body, link, mark, signer, signature from audit where n = 6;
     update audit_head set rows = 7`,
    7,
    "it is not what was written there"
  ],
  ["its content let go by somebody else", "update audit set body = null where n = 1", 1, "retention did not let it go"],
  [
    "the same with a mark",
    "update audit set body = null, mark = 'hmac:00' where n = 1",
    1,
    "retention did not let it go"
  ],
  [
    "its batch removed",
    "delete from entry; delete from batch where id = 'b2'",
    3,
    "batch b2, which it tells of, is not in the state"
  ],
  ["its version removed", "delete from version where batch = 'b2'", 4, "which it tells of, is not in the state"],
  [
    "its version changed",
    "update content set body = replace(body, 'b2', 'bx') where body like '%b2%'",
    4,
    "does not hold what the record says"
  ]
]

describe("in a copy of the state file, the audit trail finds", () => {
  it.effect.each(found)("%s", ([, sql, record, words]) =>
    Effect.gen(function*() {
      expect(yield* spoiled(sql)).toEqual([record, expect.stringContaining(words)])
    }))

  it.effect("nothing where nothing was done", () =>
    Effect.gen(function*() {
      expect(yield* spoiled("select 1")).toBeUndefined()
    }))
})

/** Cuts the trail back together with what it keeps of its own end, as whoever may write the file can. */
const cutBack = (file: string, to: number): void =>
  spoil(
    file,
    `delete from audit where n > ${to};
     update audit_head set rows = ${to}, link = (select link from audit where n = ${to})`
  )

/** Writes a record and all after it anew, so that the chain holds. */
const rewrite = (file: string, from: number) =>
  Effect.scoped(Effect.map(connect(file), (db) => {
    const rows = db.prepare<[number], AuditRow>("select * from audit where n >= ? order by n").all(from)
    let link = db.prepare<[number], string>("select link from audit where n = ?").pluck().get(from - 1) ?? ""
    for (const row of rows) {
      const body = row.body?.replace("quarterly", "yearly") ?? null
      const digest = digestOf(body ?? "")
      link = auditLinkOf(link, { ...row, digest })
      db.prepare("update audit set body = ?, digest = ?, link = ? where n = ?").run(body, digest, link, row.n)
    }
    db.prepare("update audit_head set link = ?").run(link)
  }))

describe("the checkpoint beside the state", () => {
  const checkpointOf = ({ folder }: Place) => join(folder, "audit-checkpoint")

  it.effect("shows that the trail was cut back with all that it knows of itself", () =>
    Effect.gen(function*() {
      const place = yield* lived
      cutBack(place.file, 4)
      expect(yield* faultOf(place)).toEqual([5, expect.stringContaining("had 6 records")])
    }))

  it.effect("shows that the trail was written anew", () =>
    Effect.gen(function*() {
      const place = yield* lived
      yield* rewrite(place.file, 3)
      expect(yield* faultOf(place)).toEqual([6, expect.stringContaining("it is not the one that was there")])
    }))

  it.effect("cannot be made by who has no key", () =>
    Effect.gen(function*() {
      const place = yield* lived
      cutBack(place.file, 4)
      const checkpoint = JSON.parse(readFileSync(checkpointOf(place), "utf8")) as object
      writeFileSync(checkpointOf(place), JSON.stringify({ ...checkpoint, count: 4 }))
      expect(yield* faultOf(place)).toEqual([4, "the checkpoint is not one that was written for this state"])
    }))

  it.effect("may be behind, and may be missing; a copy from elsewhere shows what it can no longer", () =>
    Effect.gen(function*() {
      const place = yield* lived
      const kept = readFileSync(checkpointOf(place), "utf8")
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b4"])))
      expect(yield* verdictOf(place, { checkpoint: kept })).toMatchObject({ records: 8, checkpoint: "held" })
      cutBack(place.file, 5)
      rmSync(checkpointOf(place))
      expect(yield* verdictOf(place)).toMatchObject({ records: 5, checkpoint: "none" })
      expect(yield* faultOf(place, { checkpoint: kept })).toEqual([6, expect.stringContaining("it was cut back")])
      expect(yield* Effect.flip(verdictOf(place, { checkpoint: "{}" }))).toMatchObject({ reason: "Missing" })
    }))
})

describe("signatures", () => {
  const { privateText, publicText } = newAuditKey()
  const auditKey = { text: privateText }

  const signed = Effect.gen(function*() {
    const place = placeAt(newFolder(), { auditKey })
    yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b1", "b2", "b3"])))
    return place
  })

  it.effect("are checked with the key at hand, or a public one", () =>
    Effect.gen(function*() {
      const place = yield* signed
      expect(yield* verdictOf(place)).toMatchObject({ records: 6, signed: 6, signatures: "checked" })
      const elsewhere = placeAt(join(place.folder, ".."))
      expect(yield* verdictOf(elsewhere)).toMatchObject({ signed: 6, signatures: "unchecked" })
      const both = `${newAuditKey().publicText}${publicText}`
      expect(yield* verdictOf(elsewhere, { publicKeys: both })).toMatchObject({ signatures: "checked" })
    }))

  it.effect("show a trail that was written anew by who has all but the key", () =>
    Effect.gen(function*() {
      const place = yield* signed
      yield* rewrite(place.file, 3)
      expect(yield* faultOf(place)).toEqual([3, expect.stringContaining("its signature is not of the key")])
    }))

  it.effect("that are missing behind others are found, and so is a key that nobody knows", () =>
    Effect.gen(function*() {
      const place = yield* signed
      spoil(place.file, "update audit set signer = null, signature = null where n = 4")
      expect(yield* faultOf(place)).toEqual([4, "it is not signed, and records before it are"])
      const publicKeys = newAuditKey().publicText
      expect(yield* faultOf(place, { publicKeys })).toEqual([1, expect.stringContaining("which is not known")])
    }))

  it.effect("that were all taken off are missed by who names the key", () =>
    Effect.gen(function*() {
      const place = yield* signed
      spoil(place.file, "update audit set signer = null, signature = null")
      expect(yield* faultOf(place, { publicKeys: publicText })).toEqual([
        6,
        expect.stringContaining("it is not signed")
      ])
      const unsigned = yield* lived
      expect(yield* faultOf(unsigned)).toBeUndefined()
    }))

  it.effect("with the key before are not checked unless that is named too", () =>
    Effect.gen(function*() {
      const { folder } = yield* signed
      const second = newAuditKey()
      const place = placeAt(join(folder, ".."), { auditKey: { text: second.privateText } })
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b4"])))
      expect(yield* verdictOf(place)).toMatchObject({ records: 8, signed: 8, signatures: "unchecked" })
      expect(yield* faultOf(place, { publicKeys: second.publicText })).toEqual([
        1,
        expect.stringContaining("not known")
      ])
      const publicKeys = `${publicText}${second.publicText}`
      expect(yield* verdictOf(place, { publicKeys })).toMatchObject({ signatures: "checked", checkpoint: "held" })
      expect(yield* faultOf(place, { publicKeys })).toBeUndefined()
    }))

  it.effect("of a checkpoint show one that was made up", () =>
    Effect.gen(function*() {
      const place = yield* signed
      const kept = JSON.parse(readFileSync(join(place.folder, "audit-checkpoint"), "utf8")) as { at: number }
      const checkpoint = JSON.stringify({ ...kept, at: kept.at + 1 })
      expect(yield* faultOf(place, { checkpoint })).toEqual([6, expect.stringContaining("is not one that was written")])
    }))

  it.effect("are needed once they are asked for: without the key nothing is written, and everything is read", () =>
    Effect.gen(function*() {
      const { folder } = yield* signed
      const place = placeAt(join(folder, ".."), { auditKey: { file: join(folder, "nowhere") } })
      const refused = Effect.scoped(Effect.flatMap(start(place), ({ leases }) => leases.acquire(60_000)))
      expect(yield* Effect.flip(refused)).toMatchObject({ reason: "MissingKey" })
      expect(yield* verdictOf(place)).toMatchObject({ records: 6 })
      const broken = placeAt(join(folder, ".."), { auditKey: { text: "nonsense" } })
      expect(yield* Effect.flip(Effect.scoped(Effect.flatMap(start(broken), ({ leases }) => leases.break))))
        .toMatchObject({ reason: "WrongKey", detail: expect.not.stringContaining("nonsense") })
    }))

  it.effect("are of the key in a file, or of its content on one line", () =>
    Effect.gen(function*() {
      const folder = newFolder()
      const file = join(folder, "audit.key")
      writeFileSync(file, privateText)
      const place = placeAt(folder, { auditKey: { file } })
      yield* Effect.scoped(Effect.flatMap(start(place), (process) => commits(process, ["b1"])))
      const line = privateText.split("\n").slice(1, -2).join("")
      expect(yield* verdictOf(placeAt(folder, { auditKey: { text: line } }))).toMatchObject({ signatures: "checked" })
    }))
})

describe("a record that is not what was written", () => {
  it.effect("keeps no other from being read, and is not let go of: it is the proof", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(2)
      spoil(place.file, "update audit set body = '{' where n = 2")
      const { audit, leases } = yield* start(place)
      const records = yield* audit.after(0, 10)
      expect(records.map(({ body, n }) => [n, body?.kind])).toEqual([
        [1, "opened"],
        [2, undefined],
        [3, "opened"],
        [4, "batch"]
      ])
      const lease = yield* leases.acquire(60_000)
      const refused = yield* Effect.flip(audit.prune(lease, [{ match: "*", keepDays: -1 }]))
      expect(refused).toMatchObject({ reason: "Corrupt", detail: expect.stringContaining("record 2") })
      expect(yield* faultOf(place)).toEqual([2, "its content is not what was written"])
    }))
})

describe("a batch whose first record is not what was written", () => {
  it.effect("ends all the same", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(0)
      const { audit, journal, leases } = yield* start(place)
      const { epoch, owner } = yield* leases.acquire(60_000)
      const lease = { epoch, owner }
      const batch = batchOf("b1")
      yield* journal.open(batch, lease, openedOf("hash", "b1"), leasedBy(lease))
      spoil(place.file, "update audit set body = '{'")
      yield* journal.end(batch, lease, endedAs("committed"), [])
      expect((yield* audit.after(1, 10)).map(({ body }) => [body?.outcome, body?.actor])).toEqual([
        ["committed", "unknown"]
      ])
    }))
})

describe("a pruned state", () => {
  it.effect("says which versions and journals went, so that the records of them hold", () =>
    Effect.gen(function*() {
      const place = yield* placeWith(4)
      yield* Effect.scoped(Effect.gen(function*() {
        const { leases } = yield* start(place)
        const lease = yield* leases.acquire(60_000)
        const pruning = { ...thoroughly, rules: [{ match: "*", keepVersions: 1 }] }
        expect(yield* (yield* keeping(place)).prune(lease, pruning)).toMatchObject({ versions: 3, batches: 3 })
      }))
      const { audit } = yield* start(place)
      const records = yield* audit.after(8, 10)
      expect(records.map(({ batch, body }) => [body?.kind, body?.outcome, batch, body?.touched.length])).toEqual([
        ["prune", "versions", undefined, 3],
        ["prune", "journal", "b1", 0],
        ["prune", "journal", "b2", 0],
        ["prune", "journal", "b3", 0]
      ])
      expect(yield* audit.verify({})).toMatchObject({ records: 12, versions: 1 })
      expect(yield* faultOf(place)).toBeUndefined()
      expect(yield* audit.prunable([{ match: "*", keepDays: -1 }])).toMatchObject({ records: 8 })
    }))
})
