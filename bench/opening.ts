/**
 * Opening a state whose journal has grown long: what every command does first. The rows are made here, with a true
 * chain, because applying a million changes would take the evening.
 */
import Sqlite from "better-sqlite3"
import { Effect } from "effect"
import { mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import type { BatchId, Epoch } from "../src/domain/Ids.ts"
import { Journal, Versions } from "../src/state/Journal.ts"
import { layerSqlite } from "../src/state/sqlite/Sqlite.ts"
import { chainOf } from "../src/state/storage/Row.ts"
import { type Figure, median } from "./figures.ts"
import { withWorker } from "./processes.ts"
import { withWorkspace } from "./workspace.ts"

/** The state file to make, and how long its journal is to be. */
export interface Long {
  readonly file: string
  readonly entries: number
}

const entriesInBatch = 1_000

const body = (kind: string, step: string) =>
  JSON.stringify({ _tag: kind, step, call: 1, of: 1, attempt: 1, after: { description: "x".repeat(100) } })

const over = <A>(file: string, work: Effect.Effect<A, unknown, Journal | Versions>): Promise<A> =>
  Effect.runPromise(Effect.provide(work, layerSqlite({ stateFile: file, create: true })))

/** Makes a state with that many entries, all of batches that are over but the last one. */
export const makeLong = async ({ entries, file }: Long): Promise<void> => {
  mkdirSync(dirname(file), { recursive: true })
  await over(file, Effect.asVoid(Journal))
  const db = new Sqlite(file)
  const addBatch = db.prepare(
    `insert into batch (n, id, plan, actor, steps, opened_at, ended, ended_at)
     values (?, ?, 'none', 'bench', 500, 0, ?, 0)`
  )
  const addEntry = db.prepare(
    "insert into entry (n, batch, seq, epoch, at, kind, step, body, chain) values (?, ?, ?, 1, 0, ?, ?, ?, ?)"
  )
  let chain = ""
  const batches = Math.ceil(entries / entriesInBatch)
  for (let n = 1; n <= batches; n++) {
    db.transaction(() => {
      const batch = `b-${String(n).padStart(15, "0")}` as BatchId
      addBatch.run(n, batch, n === batches ? null : "committed")
      for (let seq = 1; seq <= entriesInBatch; seq++) {
        const [kind, step] = [seq % 2 === 0 ? "outcome" : "intended", `watchlist.w${seq}`]
        const row = { batch, seq, epoch: 1 as Epoch, at: 0, kind, step, body: body(kind, step) }
        chain = chainOf(chain, row)
        addEntry.run((n - 1) * entriesInBatch + seq, n, seq, kind, step, row.body, chain)
      }
    })()
  }
  db.prepare("update meta set rows = ?, chain = ?").run(batches * entriesInBatch, chain)
  db.close()
}

/** Opens the state and reads what a command looks at first: heads, and what is unfinished. */
export const openLong = async ({ file }: Pick<Long, "file">): Promise<number> => {
  const started = performance.now()
  await over(
    file,
    Effect.gen(function*() {
      const journal = yield* Journal
      yield* (yield* Versions).heads
      for (const { id } of yield* journal.unfinished) yield* journal.entries(id)
    })
  )
  return performance.now() - started
}

/** Measures the opening of a journal of so many entries, each time in a new process. */
export const measureOpening = (entries: number): Promise<ReadonlyArray<Figure>> =>
  withWorkspace("disk", "http://127.0.0.1:1", async (root) => {
    const file = `${root}/.amends/state.db`
    await withWorker((worker) => worker.ask("makeLong", { file, entries }))
    const times: Array<number> = []
    for (let n = 0; n < 5; n++) times.push(await withWorker((worker) => worker.ask("openLong", { file })))
    const of = `opening, ${entries} entries`
    return [
      { of, what: "state opened, heads and what is unfinished read", value: median(times), unit: "ms", bar: 200 },
      { of, what: "size of the state", value: statSync(file).size / 1_048_576, unit: "MB" }
    ]
  })
