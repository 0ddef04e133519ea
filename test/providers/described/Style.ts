/**
 * What the APIs of the tests have in common: rows by id, and the answers that refuse. Every API is strict: it refuses
 * what a real server of its style would refuse.
 */
import type { JsonObject } from "../../../src/domain/Document.ts"
import type { KindExample } from "../../../src/testing.ts"
import type { Asked, Handle, Row, Told } from "./Api.ts"

export interface Style {
  readonly says: string
  readonly kinds: JsonObject
  readonly make: () => Handle
  readonly examples: ReadonlyArray<KindExample>
  /** Read by the list, so that no answer is about one resource. */
  readonly lists?: true
}

export const none: Told = { status: 404, body: { error: "there is none" } }
export const wrong = (error: string): Told => ({ status: 400, body: { error } })
export const taken: Told = { status: 409, body: { error: "it is there already" } }
export const stale: Told = { status: 412, body: { error: "stale" } }

/** What of a path follows these segments: nothing, or one more. */
export const after = (path: ReadonlyArray<string>, ...segments: ReadonlyArray<string>): string | undefined =>
  segments.every((one, index) => path[index] === one) && path.length <= segments.length + 1
    ? path[segments.length] ?? ""
    : undefined

export const unknownIn = (body: Row, ...fields: ReadonlyArray<string>): Told | undefined => {
  const unknown = Object.keys(body).filter((field) => !fields.includes(field))
  return unknown.length === 0 ? undefined : wrong(`unknown: ${unknown.join(", ")}`)
}

/** Ids and moments that only rise. */
export const counter = () => {
  let at = 0
  return () => ++at
}

export const merged = (row: Row, body: Row): Row =>
  Object.fromEntries(Object.entries({ ...row, ...body }).filter(([, value]) => value !== null))

/** Rows by id, and what they do when a request for one comes in. */
export interface Table {
  readonly rows: Map<string, Row>
  readonly next: () => number
}

export const table = (): Table => ({ rows: new Map(), next: counter() })

/** GET, PATCH, DELETE of one row; what else it does is asked first. */
export const oneOf = ({ rows }: Table, id: string, { body, method }: Asked): Told => {
  const row = rows.get(id)
  if (row === undefined) return none
  if (method === "GET") return { status: 200, body: row }
  if (method === "DELETE") {
    rows.delete(id)
    return { status: 204 }
  }
  if (method !== "PATCH") return { status: 405, body: { error: "not like this" } }
  rows.set(id, merged(row, body))
  return { status: 200, body: rows.get(id) }
}
