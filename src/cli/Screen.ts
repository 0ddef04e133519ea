/**
 * The port to the terminal: where words go, and where the one question is answered.
 *
 * Writing is synchronous and never fails: a reader that has gone away (a closed pipe) does not stop a batch.
 */
import { Context, type Effect, type Scope } from "effect"

export class Screen extends Context.Service<Screen, {
  /** Writes to stdout as it is. */
  readonly out: (text: string) => void
  /** Writes to stderr as it is. */
  readonly err: (text: string) => void
  /** Somebody can be asked: stdin and stdout are a terminal. */
  readonly canAsk: boolean
  /** stdout is a terminal, so lines on it can be drawn again. */
  readonly isTerminal: boolean
  readonly columns: () => number
  /** Reads one line after a question; `undefined` where the input ends. */
  readonly ask: (question: string) => Effect.Effect<string | undefined>
  /** Calls back at every SIGINT and SIGTERM with its name, instead of ending the process. */
  readonly onSignal: (handler: (name: string) => void) => Effect.Effect<void, never, Scope.Scope>
  /** Ends the process at once. */
  readonly leave: (exitCode: number) => void
}>()("amends/Screen") {}
