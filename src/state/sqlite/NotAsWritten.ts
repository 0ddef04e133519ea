/**
 * The error of something in the state file that is missing, or not what was written there.
 */
import { StateError } from "../StateError.ts"

/** StateError as Corrupt, found while reading; `detail` says in words what it is that cannot be believed. */
export const notAsWritten = (detail: string): StateError =>
  new StateError({
    reason: "Corrupt",
    operation: "read",
    detail,
    hint: "Put back a copy with `amends state restore FILE`, or save what can be read with `amends state salvage FILE`."
  })
