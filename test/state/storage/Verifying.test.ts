import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { layerMemory } from "../../../src/state/memory/Memory.ts"
import { emptyTables, memoryStore } from "../../../src/state/memory/MemoryStore.ts"
import { noChain } from "../../../src/state/storage/Chain.ts"
import { chainOf, type Row } from "../../../src/state/storage/Row.ts"
import { verify } from "../../../src/state/storage/Verifying.ts"
import { startRunning } from "../../contract/state/Process.ts"
import { applied, intended, treasury } from "../Example.ts"

const many = 2_500

const journal = Effect.gen(function*() {
  const tables = emptyTables()
  const running = yield* startRunning({ open: layerMemory({ tables }) })
  const rows = Array.from({ length: many }, (_, n) => n % 2 === 0 ? intended(treasury) : applied(treasury))
  yield* running.journal.append(running.batch, running.lease, rows)
  return { rows: tables.rows, store: memoryStore(tables) }
})

/** The rows, each linked to the one before it anew: what somebody does who can recompute the chain. */
const relinked = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const result: Array<Row> = []
  for (const row of rows) {
    const { chain, n } = result.at(-1) ?? noChain
    result.push({ ...row, n: n + 1, chain: chainOf(chain, row) })
  }
  return result
}

type Tamper = (rows: Array<Row>) => ReadonlyArray<Row>

const changed = (at: number, change: (row: Row) => Partial<Row>): Tamper => (rows) =>
  rows.map((row, index) => index === at ? { ...row, ...change(row) } : row)

describe("verifying", () => {
  it.effect("finds nothing wrong with a journal that is as it was written", () =>
    Effect.gen(function*() {
      const { store } = yield* journal
      expect(yield* verify(store)).toBeUndefined()
      expect(yield* verify(memoryStore(emptyTables()))).toBeUndefined()
    }))

  const tampered: ReadonlyArray<readonly [string, Tamper, string]> = [
    ["a changed body", changed(1_200, (row) => ({ body: row.body.replace("41", "42") })), "entry 1201 (row 1201)"],
    ["a changed time", changed(3, (row) => ({ at: row.at + 1 })), "entry 4 (row 4) is not what was written"],
    ["a changed step", changed(3, () => ({ step: "watchlist.other" })), "is not what was written"],
    ["a removed row", (rows) => rows.toSpliced(7, 1), "rows are missing before batch b1, entry 9"],
    ["a removed tail", (rows) => rows.slice(0, -1), "the last rows are missing: 2501 of 2502"],
    ["a journal that is gone", () => [], "the last rows are missing: 0 of 2502"],
    ["a removed row, relinked", (rows) => relinked(rows.toSpliced(7, 1)), "entries are missing before"],
    ["a replaced last row, relinked", (rows) => relinked(changed(many + 1, () => ({ at: 9 }))(rows)), "the last rows"],
    ["a row of a lost lease", (rows) => relinked(changed(7, () => ({ epoch: 2 }))(rows)), "that had been lost"]
  ]

  it.effect.each(tampered)("finds %s", ([, tamper, message]) =>
    Effect.gen(function*() {
      const { rows, store } = yield* journal
      const kept = store.chainHead()
      const now = tamper([...rows])
      const result = yield* verify({
        ...store,
        chainHead: () => kept,
        rowsAfter: (n, count) => now.filter((row) => row.n > n).slice(0, count)
      })
      expect(result).toContain(message)
    }))
})
