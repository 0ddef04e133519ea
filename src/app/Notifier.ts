/**
 * The port through which notifications leave: one POST, or one run of a command, each tried once and within a time.
 *
 * What came of an attempt is a value. Whether it is tried again is decided in `Deliver.ts`.
 */
import { Context, type Effect } from "effect"
import type { NotifyTarget } from "./NotifyRule.ts"

/** A notification for a webhook. */
export interface Letter {
  /** Absolute address; a secret. */
  readonly url: string
  /** JSON. */
  readonly body: string
  readonly timeoutMs: number
}

/** A notification for a command. */
export interface Summons {
  readonly argv: readonly [program: string, ...rest: ReadonlyArray<string>]
  /** The directory it runs in; absolute. */
  readonly directory: string
  /** Variables beside those of the environment. */
  readonly variables: { readonly [name: string]: string }
  /** What it reads from its standard input. */
  readonly input: string
  readonly timeoutMs: number
}

/** What came of one attempt. `why` holds no word of a server and no part of an address. */
export type Attempt =
  | { readonly _tag: "answered"; readonly status: number; readonly retryAfterMs?: number }
  | { readonly _tag: "exited"; readonly code: number }
  | { readonly _tag: "failed"; readonly why: string; readonly again: boolean }

export class Notifier extends Context.Service<Notifier, {
  readonly post: (letter: Letter) => Effect.Effect<Attempt>
  readonly run: (summons: Summons) => Effect.Effect<Attempt>
  /** Why somebody cannot be told, as far as it shows while they are told nothing; no part of an address is in it. */
  readonly probe: (target: NotifyTarget) => Effect.Effect<string | undefined>
}>()("amends/Notifier") {}
