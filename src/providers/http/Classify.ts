/**
 * What the end of a request means: a table from what was sent and heard to the reason of a ProviderError.
 *
 * Exactly one row matches every combination; the tests enumerate them. A write is refused only where the answer says
 * so: anything that could have been applied is Ambiguous, also when it was answered. `mayLand` marks what may still be
 * applied although nobody awaits it any more, so that the horizon is waited for before the remote is read.
 */
import type { ProviderReason } from "../ProviderError.ts"

/** What the body of an answer was: JSON, nothing, something else, cut short, or larger than is read. */
export type Body = "json" | "empty" | "foreign" | "cut" | "huge"

/** How a request ended. `status` is 0 where none was read. */
export interface Heard {
  readonly sent: boolean
  readonly status: number
  readonly body: Body
}

/** Whether a request was to change anything. */
export type Mode = "read" | "write"

/** What it means: an answer to be used, or the reason why there is none. */
export type Meaning = "answer" | { readonly reason: ProviderReason; readonly mayLand: boolean }

/** One row of the table. */
export interface Row {
  readonly says: string
  readonly sent: boolean
  /** Ranges of statuses, both ends included. */
  readonly statuses: ReadonlyArray<readonly [number, number]>
  readonly bodies: ReadonlyArray<Body>
  readonly read: Meaning
  readonly write: Meaning
}

const all: ReadonlyArray<Body> = ["json", "empty", "foreign", "cut", "huge"]
const understood: ReadonlyArray<Body> = ["json", "empty"]

const over = (reason: ProviderReason): Meaning => ({ reason, mayLand: false })
const mayLand: Meaning = { reason: "Ambiguous", mayLand: true }
const both = (meaning: Meaning) => ({ read: meaning, write: meaning })
const open = { read: over("Ambiguous"), write: mayLand }

/** The table. */
export const rows: ReadonlyArray<Row> = [
  { says: "nothing was sent", sent: false, statuses: [[0, 0]], bodies: all, ...both(over("NotSent")) },
  { says: "no answer", sent: true, statuses: [[0, 0]], bodies: all, ...open },
  { says: "done", sent: true, statuses: [[200, 201], [203, 299]], bodies: understood, ...both("answer") },
  {
    says: "accepted for later",
    sent: true,
    statuses: [[202, 202]],
    bodies: understood,
    read: "answer",
    write: mayLand
  },
  {
    says: "done, in words that are not the API's",
    sent: true,
    statuses: [[200, 299]],
    bodies: ["foreign", "huge"],
    read: over("Malformed"),
    write: mayLand
  },
  { says: "done, but cut short", sent: true, statuses: [[200, 299]], bodies: ["cut"], ...open },
  {
    says: "no status of HTTP",
    sent: true,
    statuses: [[1, 199], [600, 999]],
    bodies: all,
    read: over("Malformed"),
    write: mayLand
  },
  {
    says: "see other: done, and the result is elsewhere",
    sent: true,
    statuses: [[303, 303]],
    bodies: all,
    read: over("Rejected"),
    write: over("Ambiguous")
  },
  { says: "redirected", sent: true, statuses: [[300, 302], [304, 399]], bodies: all, ...both(over("Rejected")) },
  {
    says: "not let in",
    sent: true,
    statuses: [[401, 401], [403, 403], [407, 407]],
    bodies: all,
    ...both(over("Unauthorized"))
  },
  { says: "not there", sent: true, statuses: [[404, 404], [410, 410]], bodies: understood, ...both(over("NotFound")) },
  {
    says: "no such page: not the API's word for an absent resource",
    sent: true,
    statuses: [[404, 404], [410, 410]],
    bodies: ["foreign"],
    read: over("Malformed"),
    write: over("Rejected")
  },
  {
    says: "not there, but cut short",
    sent: true,
    statuses: [[404, 404], [410, 410]],
    bodies: ["cut", "huge"],
    read: over("Ambiguous"),
    write: over("Rejected")
  },
  { says: "the server gave up waiting", sent: true, statuses: [[408, 408], [499, 499]], bodies: all, ...open },
  { says: "in conflict", sent: true, statuses: [[409, 409], [412, 412]], bodies: all, ...both(over("Conflict")) },
  {
    says: "too many or too early",
    sent: true,
    statuses: [[425, 425], [429, 429]],
    bodies: all,
    ...both(over("Throttled"))
  },
  {
    says: "refused",
    sent: true,
    statuses: [[400, 400], [402, 402], [405, 406], [411, 411], [413, 424], [426, 428], [430, 498]],
    bodies: all,
    ...both(over("Rejected"))
  },
  {
    says: "failed inside, and answered for itself",
    sent: true,
    statuses: [[500, 501], [505, 505]],
    bodies: all,
    ...both(over("Ambiguous"))
  },
  { says: "failed behind the one who answers", sent: true, statuses: [[502, 504], [506, 599]], bodies: all, ...open }
]

/** Tells whether a row is about what was heard. */
export const isAbout = (row: Row, { body, sent, status }: Heard): boolean =>
  row.sent === sent && row.bodies.includes(body) && row.statuses.some(([from, to]) => from <= status && status <= to)

/** Says what the end of a request means. */
export const classify = (heard: Heard, mode: Mode): Meaning => {
  const row = rows.find((candidate) => isAbout(candidate, heard))
  return row?.[mode] ?? (mode === "read" ? over("Malformed") : mayLand)
}
