/**
 * What the audit trail costs: a record by itself, as part of a change of one head with its forced commit, and looking
 * through a trail that has grown long. The long one is made here, with true batches, versions and contents behind it,
 * because applying fifty thousand batches would take the evening.
 */
import Sqlite, { type Database } from "better-sqlite3"
import { Effect } from "effect"
import { matching } from "../src/domain/Audit.ts"
import { addressOf, type BatchId } from "../src/domain/Ids.ts"
import { asSealed } from "../src/domain/Sealed.ts"
import type { HeadChange } from "../src/domain/Version.ts"
import { Audit } from "../src/state/Audit.ts"
import { newAuditKey, type Signer, signerOf } from "../src/state/AuditKey.ts"
import { Versions } from "../src/state/Journal.ts"
import { Leases } from "../src/state/Leases.ts"
import { bookIn } from "../src/state/sqlite/AuditRows.ts"
import { contentStatements, keepContent } from "../src/state/sqlite/Contents.ts"
import { layerSqlite } from "../src/state/sqlite/Sqlite.ts"
import { keepRecord } from "../src/state/storage/AuditBook.ts"
import { contentOf } from "../src/state/storage/Content.ts"
import { type Figure, median } from "./figures.ts"
import { withWorkspace } from "./workspace.ts"

const over = <A>(file: string, work: Effect.Effect<A, unknown, Audit | Versions | Leases>): Promise<A> =>
  Effect.runPromise(Effect.provide(work, layerSqlite({ stateFile: file, create: true })))

const who = { actor: "ada@build-7", host: "build-7", verb: "apply", reason: "quarterly review" }

const timed = (work: () => void): number => {
  const started = performance.now()
  work()
  return performance.now() - started
}

/** Adds a batch that is over, its version, and the two records of them. */
const makeBatches = (db: Database, count: number, signer?: Signer): number => {
  const book = bookIn(db, signer === undefined ? {} : { signer })
  const contents = contentStatements(db)
  const addBatch = db.prepare(
    `insert into batch (id, plan, actor, steps, opened_at, ended, ended_at)
     values (?, 'none', 'ada', 1, 0, 'committed', 0)`
  )
  const addVersion = db.prepare(
    "insert into version (id, address, batch, origin, document, observed, at) values (?, ?, ?, 'apply', ?, ?, 0)"
  )
  let recording = 0
  for (let n = 1; n <= count; n++) {
    const batch = `b-${String(n).padStart(15, "0")}` as BatchId
    const address = addressOf("watchlist", `w${n % 1_000}`)
    const content = contentOf(asSealed({ name: `w${n}`, description: "x".repeat(500) }))
    const held = keepContent(contents, content)
    const version = `sha256:${String(n).padStart(64, "0")}`
    addBatch.run(batch)
    addVersion.run(version, address, batch, held, held)
    recording += timed(() => {
      keepRecord(book, n, { ...who, kind: "opened", outcome: "open", batch, plan: "sha256:0", steps: 1 })
      const touched = [{ address, did: "apply", version, content: content.digest }] as const
      keepRecord(book, n, { ...who, kind: "batch", outcome: "committed", batch }, touched)
    })
  }
  return recording
}

/** Makes a state with that many records, and answers how long one took, in milliseconds. */
const makeTrail = async (file: string, records: number, signer?: Signer): Promise<number> => {
  await over(file, Effect.asVoid(Audit))
  const db = new Sqlite(file)
  const recording = db.transaction(() => makeBatches(db, records / 2, signer))()
  db.close()
  return recording / records
}

const headOf = (description: string): HeadChange => ({
  _tag: "set",
  origin: "import",
  head: {
    address: addressOf("watchlist", "w1"),
    provider: "monitoring",
    kind: "watchlist",
    remoteId: "1",
    declared: asSealed({ description }),
    observed: asSealed({ description }),
    dependsOn: [],
    deposed: [],
    preventDestroy: false
  }
})

const writes = 200

/** One change of a head with its record and its forced commit, in milliseconds. */
const changeMs = (file: string): Promise<number> =>
  over(
    file,
    Effect.gen(function*() {
      const versions = yield* Versions
      const lease = yield* (yield* Leases).acquire(600_000)
      const times: Array<number> = []
      for (let n = 0; n < writes; n++) {
        const started = performance.now()
        yield* versions.write(lease, { actor: "ada" }, [headOf(`d${n}`)])
        times.push(performance.now() - started)
      }
      return median(times)
    })
  )

const lookedThrough = (file: string) =>
  over(
    file,
    Effect.gen(function*() {
      const audit = yield* Audit
      const isWanted = matching({ address: "watchlist.w7", text: "quarterly" })
      const started = performance.now()
      let [n, found, more] = [0, 0, true]
      while (more) {
        const page = yield* audit.after(n, 1_000)
        found += page.filter(isWanted).length
        n = page.at(-1)?.n ?? n
        more = page.length === 1_000
      }
      const listMs = performance.now() - started
      const begun = performance.now()
      const { fault } = yield* audit.verify({})
      if (fault !== undefined || found === 0) throw new Error(`the trail is not what was made: ${fault?.what}`)
      return { listMs, verifyMs: performance.now() - begun }
    })
  )

/** Measures records, and trails of so many of them. */
export const measureAudit = (lengths: ReadonlyArray<number>): Promise<ReadonlyArray<Figure>> =>
  withWorkspace("disk", "http://127.0.0.1:1", async (root) => {
    const at = (name: string) => `${root}/${name}/state.db`
    const { privateText } = newAuditKey()
    const signed = await makeTrail(at("signed"), 2_000, signerOf(privateText, "a new key"))
    const changed = await changeMs(at("changed"))
    const figures: Array<Figure> = []
    for (const length of lengths) {
      const one = await makeTrail(at(`of-${length}`), length)
      if (figures.length === 0) {
        figures.push(
          { of: "audit", what: "a record", value: one, unit: "ms", bar: 10 },
          { of: "audit", what: "a record that is signed", value: signed, unit: "ms", bar: 10 },
          { of: "audit", what: "a changed head, its record and its forced commit", value: changed, unit: "ms", bar: 10 }
        )
      }
      const { listMs, verifyMs } = await lookedThrough(at(`of-${length}`))
      figures.push(
        { of: `audit, ${length} records`, what: "looking through all of them", value: listMs, unit: "ms" },
        { of: `audit, ${length} records`, what: "verify", value: verifyMs, unit: "ms" }
      )
    }
    return figures
  })
