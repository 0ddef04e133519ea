/**
 * The recovery table: what reading the remote says of a call whose answer was lost. Pure.
 *
 * Every combination of operation, token and finding matches exactly one row (a test enumerates them); the table in
 * docs/guarantees.md is printed from this one. A verdict only names the next action: that action starts after the
 * `resolved` entry is durable, with an intent of its own.
 */
import type { OperationName } from "../domain/Change.ts"
import type { VerdictName } from "../domain/Entry.ts"

/** What the change token or guard says: as before the call, changed since, or nothing (the API has none). */
export type TokenEvidence = "before" | "changed" | "none"

/**
 * What was read.
 * Of a create: `nothing`, `ours` (as many equal candidates as open creates), `unequal` (of that name, but other
 * content), `too-many`. Of an update: `as-sent`, `as-before`, `shown-as-before` (masked fields may hold what was sent),
 * `indistinct` (only masked fields differ), `ours-and-more` (our fields as sent, others edited), `theirs-only` (our
 * fields as before, others edited), `theirs-shown` (the same of our fields that are shown: masked ones may hold what
 * was sent), `overlap`, `absent`, `elsewhere` (not as sent, and the answer named another resource). Of a delete:
 * `absent`, `as-before`, `edited`.
 */
export type Finding =
  | "nothing"
  | "ours"
  | "unequal"
  | "too-many"
  | "as-sent"
  | "as-before"
  | "shown-as-before"
  | "indistinct"
  | "ours-and-more"
  | "theirs-only"
  | "theirs-shown"
  | "overlap"
  | "absent"
  | "elsewhere"
  | "edited"

/** The findings that an operation can have. */
export const findingsOf: { readonly [O in OperationName]: ReadonlyArray<Finding> } = {
  create: ["nothing", "ours", "unequal", "too-many"],
  update: [
    "as-sent",
    "as-before",
    "shown-as-before",
    "indistinct",
    "ours-and-more",
    "theirs-only",
    "theirs-shown",
    "overlap",
    "absent",
    "elsewhere"
  ],
  delete: ["absent", "as-before", "edited"]
}

/** All token evidences. */
export const tokens: ReadonlyArray<TokenEvidence> = ["before", "changed", "none"]

/** One row: when it holds, what follows, and the sentence for the journal. */
export interface VerdictRow {
  readonly operation: OperationName
  readonly token: ReadonlyArray<TokenEvidence>
  readonly finding: ReadonlyArray<Finding>
  readonly verdict: VerdictName
  readonly because: string
}

const any = tokens
const moved: ReadonlyArray<TokenEvidence> = ["changed", "none"]
const present: ReadonlyArray<Finding> = [
  "as-sent",
  "as-before",
  "shown-as-before",
  "indistinct",
  "ours-and-more",
  "theirs-only",
  "theirs-shown",
  "overlap"
]

/** The table. */
export const verdictTable: ReadonlyArray<VerdictRow> = [
  {
    operation: "create",
    token: any,
    finding: ["nothing"],
    verdict: "not-applied",
    because: "nothing new equals what was sent"
  },
  {
    operation: "create",
    token: any,
    finding: ["ours"],
    verdict: "applied",
    because: "a new resource equals what was sent"
  },
  {
    operation: "create",
    token: any,
    finding: ["unequal"],
    verdict: "ask",
    because: "a resource of that name holds something else"
  },
  {
    operation: "create",
    token: any,
    finding: ["too-many"],
    verdict: "ask",
    because: "more new resources equal it than were sent"
  },
  {
    operation: "update",
    token: ["before"],
    finding: present,
    verdict: "not-applied",
    because: "the change token is as before"
  },
  { operation: "update", token: moved, finding: ["as-sent"], verdict: "applied", because: "the document is as sent" },
  {
    operation: "update",
    token: moved,
    finding: ["as-before"],
    verdict: "not-applied",
    because: "the document is as before"
  },
  {
    operation: "update",
    token: ["none"],
    finding: ["shown-as-before"],
    verdict: "not-applied",
    because: "the document is as before"
  },
  {
    operation: "update",
    token: ["changed"],
    finding: ["shown-as-before"],
    verdict: "repeat",
    because: "what is shown is as before, masked fields may not be"
  },
  {
    operation: "update",
    token: moved,
    finding: ["indistinct"],
    verdict: "repeat",
    because: "only masked fields would differ"
  },
  {
    operation: "update",
    token: moved,
    finding: ["ours-and-more"],
    verdict: "applied",
    because: "our fields are as sent, others were edited"
  },
  {
    operation: "update",
    token: moved,
    finding: ["theirs-only"],
    verdict: "edited",
    because: "our fields are as before, others were edited"
  },
  {
    operation: "update",
    token: moved,
    finding: ["theirs-shown"],
    verdict: "repeat",
    because: "others were edited, and masked fields may hold what was sent"
  },
  {
    operation: "update",
    token: moved,
    finding: ["overlap"],
    verdict: "ask",
    because: "fields we wrote hold neither value"
  },
  { operation: "update", token: any, finding: ["absent"], verdict: "gone", because: "the resource is gone" },
  {
    operation: "update",
    token: any,
    finding: ["elsewhere"],
    verdict: "ask",
    because: "the answer names another resource"
  },
  {
    operation: "delete",
    token: any,
    finding: ["absent"],
    verdict: "applied",
    because: "the resource is gone; by whom is not known"
  },
  {
    operation: "delete",
    token: any,
    finding: ["as-before"],
    verdict: "not-applied",
    because: "the resource is as before"
  },
  {
    operation: "delete",
    token: ["before"],
    finding: ["edited"],
    verdict: "not-applied",
    because: "the change token is as before"
  },
  {
    operation: "delete",
    token: moved,
    finding: ["edited"],
    verdict: "edited",
    because: "the resource is there and was edited"
  }
]

/** What is known of an open call. */
export interface Evidence {
  readonly operation: OperationName
  readonly token: TokenEvidence
  readonly finding: Finding
}

/** The one row that holds for the evidence. */
export const judge = (evidence: Evidence): VerdictRow => {
  const row = verdictTable.find((r) =>
    r.operation === evidence.operation && r.token.includes(evidence.token) && r.finding.includes(evidence.finding)
  )
  if (row === undefined) throw new Error(`no verdict for ${JSON.stringify(evidence)}`)
  return row
}
