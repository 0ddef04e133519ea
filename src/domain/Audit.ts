/**
 * A record of the audit trail (docs/audit.md): who did what, where, when and why, to which addresses, with which
 * outcome.
 *
 * A record is data, made once and never changed. It holds addresses, ids, digests, counts and words, never documents.
 * What retention let go of leaves a stub: its number, time, kind, digest and link.
 */
import type { Address, BatchId, Digest } from "./Ids.ts"
import { patternOf } from "./Retention.ts"
import type { Version } from "./Version.ts"

/** What a record may be of. */
export const auditKinds = [
  "opened",
  "batch",
  "choice",
  "verdict",
  "control",
  "import",
  "move",
  "forget",
  "accept",
  "release",
  "pin",
  "unpin",
  "trial",
  "lease-break",
  "key-rotate",
  "key-reset",
  "prune",
  "audit-prune",
  "restore",
  "salvage"
] as const
export type AuditKind = typeof auditKinds[number]

/** What became of an address, or of a version of it. */
export type Did = Version["origin"] | "drop" | "prune" | "reseal" | "lost" | "pin" | "unpin" | "none"

/** An address that was affected. */
export interface Touched {
  readonly address: Address
  readonly did: Did
  /** The version that it has since then; of `prune`, `reseal` and `lost` the one that this happened to. */
  readonly version?: Digest
  /** Digest of what that version held, as sealed then; absent for one that holds nothing. */
  readonly content?: Digest
  /** It was left changed although its batch did not commit. */
  readonly left?: true
}

/** The record that a batch began with, as its ending names it. */
export interface Began {
  readonly record: number
  readonly actor: string
  readonly verb?: string
}

/** Numbers of records, from first to last. */
export interface Range {
  readonly first: number
  readonly last: number
}

/** What a record says; its canonical text is what is digested. */
export interface AuditBody {
  readonly kind: AuditKind
  readonly actor: string
  readonly host: string
  /** What it was done with: a command or the verb of a program, e.g. `apply`. */
  readonly verb?: string
  readonly reason?: string
  /** What came of it: of a batch how it ended, else a word of its kind (docs/audit.md). */
  readonly outcome: string
  readonly touched: ReadonlyArray<Touched>
  /** Where one record would be too long: which of how many this is. */
  readonly part?: { readonly part: number; readonly of: number }
  readonly batch?: BatchId
  readonly began?: Began
  /** The hash of the plan. */
  readonly plan?: Digest
  readonly steps?: number
  readonly detail?: string
  /** Records that were let go (`audit-prune`) or lost (`salvage`). */
  readonly records?: ReadonlyArray<Range>
  /** Batches of which nothing could be saved (`salvage`). */
  readonly batches?: ReadonlyArray<BatchId>
}

/** A record as it is read. Of a stub only the number, the time, the kind and the batch are known. */
export interface AuditRecord {
  readonly n: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly kind: AuditKind
  readonly batch?: BatchId
  readonly digest: Digest
  readonly link: string
  /** Absent where retention let go of it. */
  readonly body?: AuditBody
  /** There is a content and it cannot be read: it is not what was written. */
  readonly damaged?: true
  /** The id of the key that it was signed with. */
  readonly signer?: string
  readonly signature?: string
}

/** What records are looked for. */
export interface AuditFilter {
  /** From this time on; milliseconds since the epoch. */
  readonly since?: number
  /** Before this time. */
  readonly until?: number
  readonly actor?: string
  /** An address in which `*` stands for any characters. */
  readonly address?: string
  readonly kind?: AuditKind | AuditView
  readonly outcome?: string
  /** Words, all of which occur in it. */
  readonly text?: string
}

/** Kinds to look for that are batches of a sort: those that were compensated, and those that took something back. */
export const auditViews = ["compensation", "rollback"] as const
export type AuditView = typeof auditViews[number]

const isKind = ({ body, kind }: AuditRecord, wanted: NonNullable<AuditFilter["kind"]>): boolean => {
  switch (wanted) {
    case "compensation":
      return kind === "batch" && (body?.outcome === "compensated" || body?.outcome === "residue")
    case "rollback":
      return (kind === "batch" || kind === "opened") && (body?.began?.verb ?? body?.verb) === "rollback"
    default:
      return kind === wanted
  }
}

/** Everything of a record that can be searched for words. */
const wordsOf = ({ batch, body, kind }: AuditRecord): string =>
  [
    kind,
    batch,
    body?.actor,
    body?.host,
    body?.verb,
    body?.reason,
    body?.outcome,
    body?.detail,
    ...(body?.touched ?? []).map(({ address }) => address)
  ].join(" ").toLowerCase()

const isWanted = (record: AuditRecord, filter: AuditFilter, address: RegExp | undefined): boolean => {
  const { actor, kind, outcome, since = 0, text = "", until = Number.MAX_SAFE_INTEGER } = filter
  const { at, body } = record
  if (at < since || at >= until) return false
  if (kind !== undefined && !isKind(record, kind)) return false
  if (actor !== undefined && body?.actor !== actor) return false
  if (outcome !== undefined && body?.outcome !== outcome) return false
  if (address !== undefined && !(body?.touched ?? []).some((one) => address.test(one.address))) return false
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "")
  if (words.length === 0) return true
  const said = wordsOf(record)
  return words.every((word) => said.includes(word))
}

/** Makes the test that a filter stands for. */
export const matching = (filter: AuditFilter): (record: AuditRecord) => boolean => {
  const address = filter.address === undefined ? undefined : patternOf(filter.address)
  return (record) => isWanted(record, filter, address)
}
