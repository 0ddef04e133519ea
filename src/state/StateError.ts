/**
 * What keeps the durable memory from doing its work: one error with a closed set of reasons.
 */
import { Schema } from "effect"

/** Why the state could not be read or written. */
export const StateReason = Schema.Literals([
  "Missing",
  "ReadOnly",
  "Busy",
  "Corrupt",
  "Newer",
  "Full",
  "Io",
  "Poisoned",
  "Fenced",
  "Held",
  "Duplicate",
  "MissingKey",
  "WrongKey",
  "Restored",
  "NetworkFileSystem",
  "Exists"
])
export type StateReason = typeof StateReason.Type

/** The state could not be read or written. `hint` says what to do, `technical` what the system said, for the log. */
export class StateError extends Schema.TaggedError<StateError>()("StateError", {
  reason: StateReason,
  operation: Schema.String,
  detail: Schema.String,
  hint: Schema.String,
  technical: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `${this.operation}: ${this.reason}: ${this.detail}`
  }
}
