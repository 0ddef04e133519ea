/**
 * The entries of a batch's journal (docs/journal.md): append-only, and the only truth about a batch.
 *
 * A step's phase is a fold of its entries; nothing stores it twice (rule 5). Documents in entries are sealed.
 * `seq` numbers the entries of a batch from 1 without holes; `epoch` is the lease they were written under.
 */
import type { OperationName } from "./Change.ts"
import type { Address, BatchId, Digest, Epoch, StepId } from "./Ids.ts"
import type { Plan } from "./Plan.ts"
import type { SealedDocument } from "./Sealed.ts"

/** Which way a step is going. */
export type Direction = "forward" | "back"

/** What happens to applied steps when a batch fails. */
export interface Policies {
  readonly onFailure: "rollback" | "keep"
  readonly continueOnError: boolean
  readonly parallelism: number
  readonly retries: number
  readonly timeoutMs: number
  readonly conflict: "stop" | "force" | "keep"
  readonly allowIrreversible: boolean
  /** Repetitions of requests on the way forward, of all steps together; any number when absent. */
  readonly retryBudget?: number
  /** How long one step, the way forward and the way back may take; milliseconds, without limit when absent. */
  readonly stepDeadlineMs?: number
  readonly batchDeadlineMs?: number
  readonly compensationDeadlineMs?: number
}

/** A provider's configuration as written: names of environment variables, never their values. */
export interface FrozenProvider {
  readonly name: string
  readonly version: string
  readonly configuration: SealedDocument
}

/** The batch begins: everything recovery needs, so that it never reads the resource files. */
export interface Opened {
  readonly _tag: "opened"
  readonly plan: Plan
  readonly batchKey?: string
  /** Digest of what the batch key was given with, so that another content under the same key is noticed. */
  readonly content?: Digest
  readonly engine: string
  readonly providers: ReadonlyArray<FrozenProvider>
  readonly policies: Policies
  readonly actor: string
  readonly reason?: string
  /** Counter of the state, to notice a state restored from an older copy. */
  readonly generation: number
}

/** A holder of the lease took the batch on. */
export interface Leased {
  readonly _tag: "leased"
  readonly owner: string
  readonly previous?: string
}

/** What is about to be sent; durable before its first byte (W1, W4). */
export interface Intent {
  readonly step: StepId
  readonly operation: OperationName
  /** This call, from 1, of how many the operation takes. */
  readonly call: number
  readonly of: number
  readonly attempt: number
  /** Digest of method, path and body (HMAC under the key). */
  readonly request: Digest
  readonly idempotencyKey: string
  readonly precondition?: string
  /** The resource it writes; absent for the create call that learns it. */
  readonly remoteId?: string
  /** The document before this call; absent for nothing there. */
  readonly before?: SealedDocument
  readonly beforeToken?: string
  /** What the resource should hold after this call; absent for nothing there. */
  readonly expected?: SealedDocument
  /** What the resource should hold after the last call of the operation. */
  readonly target?: SealedDocument
  /** The listing of ids before a create, by which a lost answer is settled; given once, then referred to. */
  readonly listing?: Digest
  readonly idsBefore?: ReadonlyArray<string>
  /** When the before-image was read; milliseconds since the epoch. */
  readonly capturedAt: number
}

export interface Intended extends Intent {
  readonly _tag: "intended"
}

export interface UndoIntended extends Intent {
  readonly _tag: "undo-intended"
  /** seq of the intent it compensates. */
  readonly compensates: number
}

/** What came of a call, or of a step that needed none. */
export interface Outcome {
  readonly _tag: "outcome"
  readonly step: StepId
  readonly direction: Direction
  /** 0 where nothing was sent. */
  readonly call: number
  readonly attempt: number
  readonly result: "applied" | "refused" | "ambiguous" | "unneeded"
  readonly status?: number
  readonly remoteId?: string
  readonly token?: string
  /** The document as observed after the call. */
  readonly after?: SealedDocument
  /** What the call left there, where what was observed may hold somebody's edit as well. */
  readonly left?: SealedDocument
  /** That is all that was there, as the answer to the call or the first reading after it showed it. */
  readonly leftIsWhole?: true
  /** Pointers of declared fields that do not hold what was sent. */
  readonly diverged?: ReadonlyArray<string>
  /** Why, for refused and ambiguous; redacted. */
  readonly detail?: string
}

/** The verdicts on a call without a certain outcome. */
export type VerdictName = "applied" | "not-applied" | "repeat" | "edited" | "gone" | "ask"

/** What was read of the remote settled an open call; durable before the next action on the step. */
export interface Resolved {
  readonly _tag: "resolved"
  readonly step: StepId
  readonly direction: Direction
  readonly call: number
  readonly verdict: VerdictName
  readonly evidence: string
  readonly remoteId?: string
  readonly token?: string
  readonly after?: SealedDocument
  /** Of a create: what was read, where that may hold more than we left there. */
  readonly seen?: SealedDocument
}

/** The only entry that changes the direction of a batch (W3). */
export interface Decided {
  readonly _tag: "decided"
  readonly to: "back" | "commit" | "keep"
  readonly why: string
}

/** A step has nothing left to undo. */
export interface Compensated {
  readonly _tag: "compensated"
  readonly step: StepId
  readonly result: "done" | "nothing" | "residue" | "forced" | "skipped" | "accepted"
  readonly evidence: string
  /** A re-created resource has a new id. */
  readonly remap?: { readonly kind: string; readonly from: string; readonly to: string }
  /** What is there now; absent for nothing. */
  readonly remoteId?: string
  readonly token?: string
  readonly after?: SealedDocument
}

/** The choices of a person (docs/recovery.md). `adopt:ID` carries an id. */
export type Choice = "retry" | "force" | "accept" | "applied" | "not-applied" | "skip" | `adopt:${string}`

/** A step that needs a person. */
export interface Blocked {
  readonly _tag: "blocked"
  readonly step: StepId
  readonly direction: Direction
  readonly why: string
  /** Pointers on which the sides disagree. */
  readonly paths: ReadonlyArray<string>
  /** What each side holds there: base, ours, theirs. */
  readonly difference?: SealedDocument
  readonly digest: Digest
  readonly choices: ReadonlyArray<string>
}

/** What a person chose. */
export interface Human {
  readonly _tag: "human"
  readonly step: StepId
  readonly choice: Choice
  readonly digest: Digest
  readonly actor: string
  readonly note?: string
}

/** Somebody controls the run. */
export interface Control {
  readonly _tag: "control"
  readonly what: "pause" | "resume" | "cancel" | "deadline"
  readonly actor: string
}

/** How a batch ended. */
export type EndedAs = "committed" | "compensated" | "residue" | "kept" | "abandoned"

/** The batch is over; written with the heads. */
export interface Ended {
  readonly _tag: "ended"
  readonly as: EndedAs
  /** Addresses left changed, for residue, kept and abandoned. */
  readonly left: ReadonlyArray<Address>
}

export type EntryBody =
  | Opened
  | Leased
  | Intended
  | UndoIntended
  | Outcome
  | Resolved
  | Decided
  | Compensated
  | Blocked
  | Human
  | Control
  | Ended

/** One line of a journal. */
export interface Entry {
  readonly batch: BatchId
  readonly seq: number
  readonly epoch: Epoch
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly body: EntryBody
}
