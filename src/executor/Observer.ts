/**
 * Who watches the engine at work: told each event, and given every stretch of work to put a span around.
 *
 * The default does nothing and costs nothing; `main` provides another where telemetry is configured. A watcher sees
 * names, numbers and our own words, never a document or a server's.
 */
import { Context, type Effect } from "effect"
import type { Action, OperationName } from "../domain/Change.ts"
import type { Address, BatchId } from "../domain/Ids.ts"
import type { EngineEvent } from "./Progress.ts"

/** A piece of work with a beginning and an end. */
export type Stretch =
  | { readonly _tag: "plan" }
  /** A batch that is run, or one that is finished from its journal. */
  | { readonly _tag: "batch"; readonly batch: BatchId; readonly steps: number; readonly recovers: boolean }
  | { readonly _tag: "step"; readonly address: Address; readonly action: Action }
  | { readonly _tag: "compensation"; readonly address: Address; readonly action: Action }
  | { readonly _tag: "capture"; readonly address: Address }
  /** One call of an operation, with all its attempts. */
  | { readonly _tag: "call"; readonly kind: string; readonly operation: OperationName; readonly method: string }

/** A watcher. */
export interface Watcher {
  readonly publish: (event: EngineEvent) => void
  readonly within: <A, E, R>(stretch: Stretch, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Who watches; nobody unless provided. */
export const Observer = Context.Reference<Watcher>("amends/Observer", {
  defaultValue: () => ({ publish: () => {}, within: (_, work) => work })
})
