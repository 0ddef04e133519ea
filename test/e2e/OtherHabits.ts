/**
 * The readings of the monitoring API's documentation between which the second server (OtherServer.ts) is switched.
 */

/** How much of a resource an answer holds. */
export type Part = "whole" | "id" | "none"

/** How this server reads the documentation. */
export interface Habits {
  readonly envelope: boolean
  readonly lists: "results" | "array"
  readonly order: "rising" | "newest" | "random"
  readonly paging: "obeyed" | "ignored" | "capped" | "alwaysCapped"
  readonly sorting: "obeyed" | "ignored" | "refused"
  readonly firstId: bigint
  /** Fields that nobody documented, everywhere. */
  readonly extras: boolean
  /** Values of its own for optional fields that were not sent. */
  readonly defaults: boolean
  readonly empties: "asSent" | "null" | "absent" | "blank"
  readonly addresses: "asSent" | "lower" | "mixed"
  readonly posts: Part
  readonly patches: Part
  readonly deletes: Part | "accepted"
  readonly clock: "exact" | "seconds" | "lazy" | "absent"
  readonly masked: boolean
  readonly missing: "html" | "envelope" | "message"
  readonly errors: "envelope" | "message" | "text" | "falseSuccess"
  /** What an error repeats of the request. */
  readonly echo: "nothing" | "body" | "encoded"
  readonly usedChannels: "refused" | "deleted"
  /** Refuses a member that the documentation does not name. */
  readonly strict: boolean
  /** Whether an object inside a PATCH replaces the one there or is merged into it. */
  readonly nested: "replace" | "merge"
  readonly latencyMs: number
  readonly closes: boolean
  readonly chunked: boolean
}

export const plain: Habits = {
  envelope: true,
  lists: "results",
  order: "rising",
  paging: "obeyed",
  sorting: "obeyed",
  firstId: 1n,
  extras: false,
  defaults: false,
  empties: "asSent",
  addresses: "asSent",
  posts: "whole",
  patches: "whole",
  deletes: "none",
  clock: "exact",
  masked: false,
  missing: "envelope",
  errors: "envelope",
  echo: "nothing",
  usedChannels: "refused",
  strict: true,
  nested: "replace",
  latencyMs: 0,
  closes: false,
  chunked: false
}
