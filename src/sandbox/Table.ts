/**
 * The rows of one kind: stored by id, found by id, listed in no particular order.
 *
 * Rows are immutable and replaced as a whole. The order of listings is scattered but the same until a row comes or
 * goes, so that pages of one listing fit together, as they do on a real server that happens not to sort.
 */
import type { JsonObject } from "./Json.ts"

/** What the server keeps about every resource. */
export interface Stamp {
  readonly id: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** The rows of one kind, and the id that the next one gets. */
export interface Table<Row extends Stamp> {
  readonly rows: Map<number, Row>
  nextId: number
  /** Ids in the order of listings; undefined when a row came or went since it was made. */
  order: ReadonlyArray<number> | undefined
}

/** The fields that the server alone gives, on every kind. */
export const stampFields: ReadonlyArray<string> = ["id", "createdAt", "updatedAt", "createdBy", "createdByUserId"]

/** Makes a table without rows; ids begin at 1. */
export const emptyTable = <Row extends Stamp>(): Table<Row> => ({ rows: new Map(), nextId: 1, order: undefined })

/** Takes all rows away; ids begin at 1 again. */
export const clearTable = <Row extends Stamp>(table: Table<Row>): void => {
  table.rows.clear()
  table.nextId = 1
  table.order = undefined
}

/** Gives the next id of a kind to a row written at `at`. */
export const newStamp = <Row extends Stamp>(table: Table<Row>, at: string): Stamp => {
  const id = table.nextId
  table.nextId = id + 1
  return { id, createdAt: at, updatedAt: at }
}

/** Stores a new row. */
export const insertRow = <Row extends Stamp>(table: Table<Row>, row: Row): void => {
  table.rows.set(row.id, row)
  table.order = undefined
}

/** Takes a row away. */
export const deleteRow = <Row extends Stamp>(table: Table<Row>, id: number): void => {
  table.rows.delete(id)
  table.order = undefined
}

/** Answers the row of an id that was found before; a missing one is a bug of the sandbox. */
export const rowOf = <Row extends Stamp>(table: Table<Row>, id: number): Row => {
  const row = table.rows.get(id)
  if (row === undefined) throw new Error(`sandbox: row ${id} was looked up but never found`)
  return row
}

/** Answers the id that a path segment spells, when there is a row of it. */
export const findById = <Row extends Stamp>(table: Table<Row>, key: string): number | undefined => {
  if (!/^[1-9]\d{0,15}$/.test(key)) return undefined
  const id = Number(key)
  return table.rows.has(id) ? id : undefined
}

/** Scatters an integer over 32 bits (the finaliser of MurmurHash3). */
export const scatter = (value: number): number => {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** Answers all ids of a kind in no particular order. */
export const listingOrder = <Row extends Stamp>(table: Table<Row>): ReadonlyArray<number> => {
  table.order ??= [...table.rows.keys()].sort((left, right) => scatter(left) - scatter(right))
  return table.order
}

/** Answers all ids of a kind, the smallest first. They were mostly given so: sorting them again is quick. */
export const risingIds = <Row extends Stamp>({ rows }: Table<Row>): ReadonlyArray<number> =>
  [...rows.keys()].sort((left, right) => left - right)

/** Shows who wrote a row and when. */
export const authorship = (row: Stamp): JsonObject => ({
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  createdBy: "sandbox@example.com",
  createdByUserId: 1
})
