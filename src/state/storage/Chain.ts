/**
 * A chain of rows: each has a link, the SHA-256 of the link before it and of the row itself.
 *
 * A changed, removed or inserted row shows without any key. The newest link and the number of rows are kept apart from
 * the rows, in the same transaction, so that a removed tail shows too. The journal and the audit trail are chains.
 */
import { Effect } from "effect"
import { hash } from "node:crypto"
import type { StateError } from "../StateError.ts"
import { reading } from "./Reading.ts"

/** The newest link of a chain. */
export interface ChainHead {
  readonly n: number
  readonly chain: string
}

/** A chain before its first row. */
export const noChain: ChainHead = { n: 0, chain: "" }

/** A link: of the one before it, the fields of the row, and what is long in it. */
export const linkOf = (previous: string, fields: ReadonlyArray<string | number | null>, rest: string): string =>
  hash("sha256", JSON.stringify([previous, ...fields]) + rest, "hex")

const portion = 1_000

/** A look over all rows of a chain. */
export interface Pass<A> {
  readonly operation: string
  /** At most so many rows after a place. */
  readonly after: (n: number, count: number) => ReadonlyArray<A>
  /** The place to go on from. */
  readonly place: () => number
}

/**
 * Goes through a chain in portions and lets other work in between, since it may hold millions of rows. Stops at the
 * first portion of which `check` answers something, and answers that.
 */
export const throughChain = Effect.fnUntraced(function*<A, B>(
  { after, operation, place }: Pass<A>,
  check: (rows: ReadonlyArray<A>) => B | undefined
): Effect.fn.Return<B | undefined, StateError> {
  for (;;) {
    const rows = yield* reading(operation, () => after(place(), portion))
    const found = check(rows)
    if (found !== undefined || rows.length < portion) return found
    yield* Effect.yieldNow
  }
})
