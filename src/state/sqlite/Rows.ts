/**
 * Rows of a batch are believed only with their link: what was captured is what goes back, and a changed byte in it
 * would be written to a resource.
 *
 * `doctor` goes through the chain of all rows; here only those that are read are checked, each beside the one before.
 */
import type { ChainHead } from "../storage/Chain.ts"
import { chainOf, type Row } from "../storage/Row.ts"
import { notAsWritten } from "./NotAsWritten.ts"

/** The link of a row, or of the last row of a gap; 0 is before the first. */
type LinkOf = (n: number) => string | undefined

/** Throws StateError as Corrupt where the newest row is not there: what was sent last would be unknown. */
export const assertNewest = ({ chain, n }: ChainHead, linkOf: LinkOf): void => {
  if (linkOf(n) !== chain) throw notAsWritten("the newest entries of the journal are missing, or not what was written")
}

/** Checks rows that come in their order, some of them perhaps left out. Throws StateError as Corrupt. */
export const checkRows = (linkOf: LinkOf): (row: Row) => Row => {
  let last: Row | undefined
  return (row) => {
    const before = last?.n === row.n - 1 ? last.chain : linkOf(row.n - 1)
    const place = `batch ${row.batch}, entry ${row.seq}`
    if (before === undefined) throw notAsWritten(`rows are missing before ${place}`)
    if (chainOf(before, row) !== row.chain) throw notAsWritten(`${place} is not what was written`)
    last = row
    return row
  }
}
