/**
 * The one way in which commands say things: to people as lines, to programs as events. A command never asks which.
 *
 * Every text is redacted on its way out. What is said is the same at any speed; only the live view knows the time.
 */
import type { Failure } from "../app/Failure.ts"
import type { ProviderCalls } from "../app/PlanCalls.ts"
import type { EngineEvent } from "../app/Progress.ts"
import type { Problem } from "../app/Workspace.ts"
import type { Plan } from "../domain/Plan.ts"
import type { Ending } from "./Ending.ts"
import type { Diagnostic, Event } from "./Events.ts"
import type { Paint } from "./Style.ts"

/** A view that answers a question, in both of its forms. */
export interface View {
  /** The event of the view; its type says what is viewed. */
  readonly event: Event
  /** The lines of the view. */
  readonly lines: ReadonlyArray<string>
}

/** What a command can say. */
export interface Voice {
  readonly paint: Paint
  readonly begin: (version: string) => void
  readonly diagnostic: (diagnostic: Diagnostic) => void
  /** A plan, without its last line, and what it asks of providers, where that is known. */
  readonly plan: (plan: Plan, calls?: ReadonlyArray<ProviderCalls>) => void
  /** A line that only people need. */
  readonly line: (text: string) => void
  /** Lines that only people need and that say what went wrong; events say it to programs. */
  readonly trouble: (lines: ReadonlyArray<string>) => void
  readonly view: (view: View) => void
  /** What is being done where nothing else is to be seen; `undefined` once it is over. */
  readonly phase: (what: string | undefined) => void
  readonly progress: (event: EngineEvent) => void
  /** Called now and then, so that what takes long is seen. */
  readonly tick: () => void
  /** An error, with the problems of files that it is made of, if it is. */
  readonly failure: (failure: Failure, problems: ReadonlyArray<Problem>) => void
  /** Says the end; nothing is said after it. */
  readonly end: (ending: Ending) => void
}

/** What voices are made with. */
export interface VoiceOptions {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly isTerminal: boolean
  readonly columns: () => number
  readonly quiet: boolean
  readonly paint: Paint
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly redact: (text: string) => string
  readonly redactEvent: (event: Event) => Event
  /** The trace that the run is part of, if it is. */
  readonly traceId?: string
}
