/**
 * A run as data: everything that one seed decides, so that a failing one can be printed, cut down and played again.
 *
 * A scenario is a list of acts. Each is one process that applies or recovers, with the troubles that befall it: faults
 * of the server and the network, other people's deeds between two beats, a crash or a stop at a beat or at a commit.
 */
import type { Document } from "../../src/domain/Document.ts"
import type { Template } from "../../src/domain/Template.ts"
import type { Fault } from "../../src/providers/memory/Fault.ts"

/** What the API of one kind offers, and its habits. */
export interface KindDraft {
  readonly name: string
  readonly identity: "server" | "client" | "natural"
  /** How long the API knows an idempotency key; absent where it takes none. Milliseconds. */
  readonly keyTtlMs?: number
  readonly guard: "none" | "etag" | "version"
  readonly token: boolean
  readonly marker: boolean
  readonly settlesWithinMs: number
  /**
   * Each is in a place: beside the name a part of what names it, or the parent whose collection it belongs to. `owner`:
   * the parent is the resource that it refers to.
   */
  readonly places?: "field" | "parent" | "owner"
  /** Calls of a create. */
  readonly calls: 1 | 2 | 3
  readonly updates: "merge" | "replace"
  readonly answers: "whole" | "bare"
  readonly masked: boolean
  readonly immutable: boolean
  readonly refersTo?: string
  readonly references: "checked" | "unchecked" | "cascade"
  readonly irreversible?: "create" | "update" | "delete"
  /** The server writes texts in its own form, and nobody knows. */
  readonly normalises: boolean
  /** The server writes sets and texts without case in its own form; their roles say that it may. */
  readonly ownForms?: boolean
  /** Ids are given again. */
  readonly ids?: "reused"
  /** A name stays taken with a deleted resource, or brings it back. */
  readonly deletes?: "keepsName" | "revives"
  /** How many resources there may be. */
  readonly quota?: number
  /** Lists hold names alone. */
  readonly lists?: "names"
  /** Secrets are never given back, rather than masked. */
  readonly writeOnly?: boolean
}

/** A resource that a configuration declares. */
export interface DeclaredDraft {
  readonly kind: string
  readonly name: string
  readonly spec: Template
  readonly conflict: "stop" | "force" | "keep"
  readonly replace: "auto" | "createFirst" | "deleteFirst"
}

/** What a stranger does. `which` chooses among the resources there are. */
export type Deed =
  | { readonly deed: "edit"; readonly kind: string; readonly which: number; readonly patch: Document }
  /** Puts back what the last edit replaced: ABA. */
  | { readonly deed: "revert"; readonly kind: string; readonly which: number }
  | { readonly deed: "touch"; readonly kind: string; readonly which: number }
  | { readonly deed: "remove"; readonly kind: string; readonly which: number }
  /** Removes a resource and makes another one of the same content. */
  | { readonly deed: "recreate"; readonly kind: string; readonly which: number }
  | { readonly deed: "create"; readonly kind: string; readonly document: Document }
  /** Creates exactly what was last sent to be created. */
  | { readonly deed: "mimic"; readonly kind: string }

/** What befalls a process at one of its beats: the moments before and after each operation on the remote. */
export type BeatTrouble =
  | { readonly beat: number; readonly act: "stranger"; readonly deed: Deed }
  /** Killed. With `landsMs` the request it was sending lands that much later. */
  | { readonly beat: number; readonly act: "crash"; readonly landsMs?: number }
  | { readonly beat: number; readonly act: "stop"; readonly ms: number }
  | { readonly beat: number; readonly act: "cancel" }
  /** Somebody pauses the batch, and lets it go on that much later. */
  | { readonly beat: number; readonly act: "pause"; readonly ms: number }
  /** Somebody takes the lease away by hand. */
  | { readonly beat: number; readonly act: "break" }
  | { readonly beat: number; readonly act: "clock"; readonly ms: number }

/** What befalls a process at one of its commits. */
export type CommitTrouble =
  /** Killed before the commit is durable, or after that and before anybody was told. */
  | { readonly commit: number; readonly act: "crashBefore" | "crashAfter" }
  /**
   * The commit fails; `ioAfter` although it became durable. `full` lasts until the reserve is freed, `fullForGood`
   * does not. `replaced`: from here on the file is not the one that was opened.
   */
  | { readonly commit: number; readonly act: "io" | "ioAfter" | "full" | "fullForGood" | "busy" | "replaced" }
  /** `busyFor`: another program holds the file. `slow`: the disk takes its time, and nothing else runs meanwhile. */
  | { readonly commit: number; readonly act: "stopAfter" | "busyFor" | "slow"; readonly ms: number }

/** What befalls a process at one of its writes beside the journal: of the lease, and of the counter of batches. */
export interface MarkTrouble {
  readonly mark: number
  readonly act: "crashBefore" | "crashAfter" | "io" | "full" | "busy"
}

export type Trouble = BeatTrouble | CommitTrouble | MarkTrouble

/** One process: what it is asked to do, and what befalls it. */
export interface Act {
  readonly verb: "apply" | "recover" | "rehearse" | "pause" | "resume" | "rollback"
  /** Which configuration the files hold. */
  readonly configuration: number
  readonly parallelism: number
  readonly onFailure: "rollback" | "keep"
  readonly continueOnError: boolean
  readonly autoRecover: boolean
  readonly adopt: boolean
  readonly batchKey?: string
  /** Which of the batches that are over a rollback takes back, and how it settles conflicts. */
  readonly takes?: { readonly nth: number; readonly strategy: "stop" | "ours" | "theirs" }
  readonly direction: "auto" | "forward" | "back"
  readonly abandon: boolean
  /** Chooses what a person answers to each stuck step; absent for nobody there. */
  readonly answers?: number
  /** The answers are to questions of long ago, to none, twice, or not among those offered. */
  readonly contrary?: boolean
  readonly retryBudget?: number
  readonly stepDeadlineMs?: number
  readonly batchDeadlineMs?: number
  readonly compensationDeadlineMs?: number
  /** While it runs, an older copy of the state stands where the newest was. */
  readonly older?: boolean
  readonly faults: ReadonlyArray<Fault>
  readonly troubles: ReadonlyArray<Trouble>
  /** Whether the next act starts at once, beside this one. Milliseconds until then. */
  readonly besideMs?: number
  /** Whether its death can be proven, so that its lease may be taken at once. */
  readonly provable: boolean
}

/** Safety: troubles go on to the end. Liveness: they stop, and everything has to end. */
export type Mode = "safety" | "liveness"

export interface Scenario {
  readonly seed: number
  readonly mode: Mode
  readonly kinds: ReadonlyArray<KindDraft>
  /** What strangers made before. */
  readonly strangers: ReadonlyArray<{ readonly kind: string; readonly document: Document }>
  readonly configurations: ReadonlyArray<ReadonlyArray<DeclaredDraft>>
  readonly acts: ReadonlyArray<Act>
  /** After how many batches that it made fail an address is held out of plans. */
  readonly quarantineAfter?: number
  /** Another workspace over the same server works beside the first act. */
  readonly neighbour: boolean
  /** Requests may land after the horizon: what the API has to prevent for us is all that can be promised then. */
  readonly tardy?: boolean
  /** At the end a recovery is killed at that beat and begun anew; it comes to what one that is not killed comes to. */
  readonly twin?: { readonly beat: number; readonly landsMs?: number }
}

/** How long a request takes at most, and how long one without an answer may still land; milliseconds. */
export const timeoutMs = 1_000
export const horizonMs = 2_000
