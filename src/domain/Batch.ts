/**
 * A batch as listings show it: one run of a plan, from its journal's first and last entries.
 */
import type { EndedAs } from "./Entry.ts"
import type { BatchId, Digest } from "./Ids.ts"

/** What `batches` lists and what an unfinished batch is recognised by. */
export interface BatchSummary {
  readonly id: BatchId
  readonly planHash: Digest
  readonly batchKey?: string
  readonly actor: string
  readonly reason?: string
  /** Milliseconds since the epoch. */
  readonly openedAt: number
  readonly endedAt?: number
  /** Absent while the batch is unfinished. */
  readonly ended?: EndedAs
  readonly steps: number
  /** Digest of what the batch key was given with; kept here once the journal is gone. */
  readonly content?: Digest
  /** Its journal was let go by retention, or lost. */
  readonly pruned?: true
}

/** What somebody asked of a batch that is under way in another process. */
export interface Wish {
  readonly what: "pause" | "resume"
  readonly actor: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** The counts a user reads in the last line. */
export interface Counts {
  readonly added: number
  readonly changed: number
  readonly destroyed: number
}
