/**
 * Checking the chain over all rows of a workspace: links, numbering, epochs, and that no tail is missing.
 *
 * Rows that were let go leave a gap with the link of the last of them, marked under the workspace's key; a gap without
 * a true mark is missing rows like any others.
 *
 * Beside the rows it checks what heads and versions hold, each by its digest. The rows are gone through as every chain
 * is (Chain.ts).
 */
import { Effect } from "effect"
import type { BatchId } from "../../domain/Ids.ts"
import type { StateError } from "../StateError.ts"
import { noChain, throughChain } from "./Chain.ts"
import { reading } from "./Reading.ts"
import { chainOf, type Gap, type Row } from "./Row.ts"
import type { Store } from "./Store.ts"

const contentsAtOnce = 1_000

interface Walk {
  previous: { readonly n: number; readonly chain: string }
  epoch: number
  readonly lastSeq: Map<BatchId, number>
  /** True gaps by their first row. */
  readonly gaps: ReadonlyMap<number, Gap>
}

const placeOf = (row: Row): string => `batch ${row.batch}, entry ${row.seq} (row ${row.n})`

/** Goes over the gaps that begin here. */
const skipGaps = (walk: Walk): void => {
  for (;;) {
    const gap = walk.gaps.get(walk.previous.n + 1)
    if (gap === undefined) return
    walk.previous = { n: gap.last, chain: gap.chain }
  }
}

/** The first thing wrong with a row after the ones before it. */
const fault = (walk: Walk, row: Row): string | undefined => {
  if (row.n !== walk.previous.n + 1) return `rows are missing before ${placeOf(row)}`
  if (row.chain !== chainOf(walk.previous.chain, row)) return `${placeOf(row)} is not what was written`
  if (row.seq !== (walk.lastSeq.get(row.batch) ?? 0) + 1) return `entries are missing before ${placeOf(row)}`
  if (row.epoch < walk.epoch) return `${placeOf(row)} was written under a lease that had been lost`
  return undefined
}

const check = (walk: Walk, rows: ReadonlyArray<Row>): string | undefined => {
  for (const row of rows) {
    skipGaps(walk)
    const wrong = fault(walk, row)
    if (wrong !== undefined) return wrong
    walk.previous = row
    walk.epoch = row.epoch
    walk.lastSeq.set(row.batch, row.seq)
  }
  return undefined
}

/** Tells whether a gap is one that we made. */
export type IsMarked = (gap: Gap) => boolean

type Verify = (store: Store, isMarked?: IsMarked) => Effect.Effect<string | undefined, StateError>

/** Checks everything that heads and versions hold. */
const checkAllContents = Effect.fnUntraced(function*(store: Store) {
  let after = 0
  for (;;) {
    const { last, unfit } = yield* reading("verify", () => store.checkContents(after, contentsAtOnce))
    if (unfit !== undefined || last === undefined) return unfit
    after = last
    yield* Effect.yieldNow
  }
})

/** Checks all rows of a store; answers the first broken place, or nothing. */
export const verify: Verify = Effect.fn("Journal.verify")(
  function*(store: Store, isMarked: IsMarked = () => false) {
    const gaps = (yield* reading("verify", store.gaps)).filter(isMarked)
    const walk: Walk = {
      previous: noChain,
      epoch: 0,
      lastSeq: new Map(),
      gaps: new Map(gaps.map((gap) => [gap.first, gap]))
    }
    // Before the rows: what is appended meanwhile is then checked as well, and is no missing tail.
    const head = yield* reading("verify", store.chainHead)
    const pass = { operation: "verify", after: store.rowsAfter, place: () => walk.previous.n }
    const wrong = yield* throughChain(pass, (rows) => check(walk, rows))
    if (wrong !== undefined) return wrong
    skipGaps(walk)
    const unfit = yield* checkAllContents(store)
    if (unfit !== undefined) return unfit
    const whole = walk.previous.n > head.n || (walk.previous.n === head.n && walk.previous.chain === head.chain)
    return whole ? undefined : `the last rows are missing: ${walk.previous.n} of ${head.n} are there`
  }
)
