/**
 * The port to the audit trail: reading it, checking it, and letting go of what retention no longer keeps.
 *
 * There is no way to write a record by itself, but for what leaves nothing else in the state (`note`): each is written
 * by what it tells of, in the same transaction (docs/adr/0022).
 */
import { Context, type Effect } from "effect"
import type { AuditBody, AuditRecord } from "../domain/Audit.ts"
import type { RetentionRule } from "../domain/Retention.ts"
import type { Lease } from "./Leases.ts"
import type { StateError } from "./StateError.ts"

/** What the trail is checked against, beside itself and the state. */
export interface AuditAgainst {
  /** Public keys, PEM; those of the key at hand when absent. */
  readonly publicKeys?: string
  /** A checkpoint that was kept elsewhere; the one beside the state when absent. */
  readonly checkpoint?: string
}

/** The first record that is not as it was written, or misses what it tells of. */
export interface AuditFault {
  readonly record: number
  readonly what: string
  readonly hint: string
}

/** What checking the trail came to. */
export interface AuditVerdict {
  readonly records: number
  /** Records that retention let go of. */
  readonly stubs: number
  readonly signed: number
  readonly signatures: "checked" | "unchecked" | "none"
  /** Versions whose content was compared. */
  readonly versions: number
  readonly checkpoint: "held" | "none"
  readonly fault?: AuditFault
}

/** Records that went, or would go. */
export interface AuditPruned {
  readonly records: number
  readonly bytes: number
}

export class Audit extends Context.Service<Audit, {
  /** How many records there are. */
  readonly count: Effect.Effect<number, StateError>
  /** At most `count` records after number `n`, in order. */
  readonly after: (n: number, count: number) => Effect.Effect<ReadonlyArray<AuditRecord>, StateError>
  readonly record: (n: number) => Effect.Effect<AuditRecord | undefined, StateError>
  readonly verify: (against: AuditAgainst) => Effect.Effect<AuditVerdict, StateError>
  readonly prunable: (rules: ReadonlyArray<RetentionRule>) => Effect.Effect<AuditPruned, StateError>
  /** Lets go of the content of records; a stub of each stays, so that the chain holds. */
  readonly prune: (lease: Lease, rules: ReadonlyArray<RetentionRule>) => Effect.Effect<AuditPruned, StateError>
  /** Records something that writes nothing else to the state. */
  readonly note: (
    lease: Lease,
    what: Pick<AuditBody, "outcome" | "detail"> & { readonly kind: "trial" }
  ) => Effect.Effect<void, StateError>
}>()("amends/Audit") {}
