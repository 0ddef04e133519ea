/**
 * The port to state files that may not open: putting a copy in place, saving what a damaged one holds, a lost key.
 *
 * Each works on files, not on an open state, and refuses while somebody holds the lease of the state that would be
 * replaced. What is replaced is kept aside under a name of its own; nothing is ever deleted.
 */
import { Context, type Effect } from "effect"
import type { Address, BatchId } from "../domain/Ids.ts"
import type { StateError } from "./StateError.ts"

/** What was put in place. */
export interface Restored {
  /** Where the replaced state is kept; absent where there was none. */
  readonly aside?: string
  readonly resources: number
  readonly batches: number
  /** Batches that were under way when the copy was made. */
  readonly unfinished: ReadonlyArray<BatchId>
  /** Batches that were opened after the copy was made; what they did is unknown to it. */
  readonly later: number
}

/** What could be read of one table, and what of it is known to be lost. */
export interface Saved {
  readonly table: string
  readonly read: number
  /** Rows that are known to be missing; absent where nothing tells how many there were. */
  readonly lost?: number
}

/** What was saved of a damaged state. */
export interface Salvaged {
  /** The new state file, beside the damaged one. */
  readonly file: string
  readonly tables: ReadonlyArray<Saved>
  /** Addresses that were managed and whose head is lost: nobody knows their remote id any more. */
  readonly unmanaged: ReadonlyArray<Address>
  /** Ended batches whose journal is lost, in full or in part. */
  readonly withoutJournal: ReadonlyArray<BatchId>
  /** Unfinished batches whose last entries are lost: recovery does not know of them. */
  readonly shortened: ReadonlyArray<BatchId>
}

/**
 * The methods take the file of the private key that records of the audit trail are signed with, where there is one.
 */
export class Rescue extends Context.Service<Rescue, {
  /** Puts a copy in the place of the state, after it was checked. The state file itself may be the copy. */
  readonly restore: (stateFile: string, copy: string, auditKeyFile?: string) => Effect.Effect<Restored, StateError>
  /** Reads what can be read of a damaged file into a new one beside it. */
  readonly salvage: (damaged: string, auditKeyFile?: string) => Effect.Effect<Salvaged, StateError>
  /** Gives a state whose key is lost a new one; answers whether it had to. What was sealed stays sealed. */
  readonly resetKey: (stateFile: string, auditKeyFile?: string) => Effect.Effect<"reset" | "right", StateError>
}>()("amends/Rescue") {}
