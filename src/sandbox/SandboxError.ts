/**
 * What can go wrong with a sandbox itself, as opposed to what its API refuses.
 *
 * The message is made for the person who starts it: it says what was wrong, and where.
 */
import { Data } from "effect"

/**
 * The error of starting or steering a sandbox. `port`: it cannot listen there. `faults`: a fault is not well defined.
 * `settings`: a setting is not. `refused`: an edit behind the back broke a rule of the API.
 */
export class SandboxError extends Data.TaggedError("SandboxError")<{
  readonly reason: "port" | "faults" | "settings" | "refused"
  readonly message: string
  readonly cause?: unknown
}> {}
