/**
 * What the engine tells while it works: domain events, published to a service whose default does nothing.
 *
 * Nothing in them is a document or a server's own words; errors are redacted before they get here.
 */
import { Context } from "effect"
import type { Action } from "../domain/Change.ts"
import type { VerdictName } from "../domain/Entry.ts"
import type { Address, BatchId } from "../domain/Ids.ts"

/** Why a step failed, for people and programs. `applied` tells whether the remote may have changed. */
export interface StepFailure {
  readonly summary: string
  readonly detail: string
  readonly hint: string
  readonly applied: "no" | "unknown" | "yes"
}

/** One event of a run. */
export type EngineEvent =
  | { readonly _tag: "batch_opened"; readonly batch: BatchId }
  /** An unfinished batch is taken on; what follows is about it until it is over, or stuck. */
  | { readonly _tag: "recover_start"; readonly batch: BatchId }
  | { readonly _tag: "recover_complete"; readonly batch: BatchId; readonly outcome: string }
  | { readonly _tag: "apply_start"; readonly address: Address; readonly action: Action }
  | { readonly _tag: "apply_progress"; readonly address: Address; readonly action: Action; readonly note: string }
  | {
    readonly _tag: "apply_complete"
    readonly address: Address
    readonly action: Action
    readonly remoteId?: string
    readonly ms: number
  }
  | { readonly _tag: "apply_errored"; readonly address: Address; readonly action: Action; readonly error: StepFailure }
  | { readonly _tag: "compensate_start"; readonly address: Address; readonly action: Action }
  | {
    readonly _tag: "compensate_complete"
    readonly address: Address
    readonly action: Action
    readonly result: string
    readonly ms: number
  }
  | {
    readonly _tag: "compensate_errored"
    readonly address: Address
    readonly action: Action
    readonly error: StepFailure
    readonly choices: ReadonlyArray<string>
  }
  | {
    readonly _tag: "conflict"
    readonly address: Address
    readonly action: Action
    readonly paths: ReadonlyArray<string>
    readonly why: string
    readonly choices: ReadonlyArray<string>
    readonly digest: string
  }
  | {
    readonly _tag: "resolve"
    readonly address: Address
    readonly action: Action
    readonly verdict: VerdictName
    readonly evidence: string
  }
  | { readonly _tag: "waiting"; readonly what: string; readonly ms: number }
  /** Somebody asked for a pause, and nothing is in flight any more; or for going on. */
  | { readonly _tag: "paused" | "resumed"; readonly actor: string }
  | { readonly _tag: "direction"; readonly to: "back" | "keep"; readonly why: string }

/** Where events go. */
export const Progress = Context.Reference<{ readonly publish: (event: EngineEvent) => void }>("amends/Progress", {
  defaultValue: () => ({ publish: () => {} })
})
