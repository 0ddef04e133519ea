/**
 * What a hand of the state layer gives of the audit trail, beside the book that is written in a transaction.
 */
import type { AuditKind } from "../../domain/Audit.ts"
import type { Digest } from "../../domain/Ids.ts"
import type { CheckSignature } from "../AuditKey.ts"
import type { StateError } from "../StateError.ts"
import type { AuditRow } from "./AuditRow.ts"
import type { ChainHead } from "./Chain.ts"

export interface AuditStore {
  /** Why nothing may be recorded: the key that records are to be signed with is not at hand. */
  readonly unsigned?: StateError | undefined
  /** The public half of that key. */
  readonly checkSignature?: CheckSignature | undefined
  /** The newest link, as it was kept apart from the records. */
  readonly head: () => ChainHead
  /** At most `count` records after number `n`, in order. */
  readonly after: (n: number, count: number) => ReadonlyArray<AuditRow>
  readonly ofKind: (kind: AuditKind) => ReadonlyArray<AuditRow>
  /** What versions hold, by their ids: the digest of it, or nothing where a version holds nothing. */
  readonly contents: (ids: ReadonlyArray<Digest>) => ReadonlyMap<Digest, Digest | undefined>
  /** The checkpoint beside the state. */
  readonly checkpoint: () => string | undefined
}
