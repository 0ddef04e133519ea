/**
 * What a failed file operation means for the state, as a table from the system's code to a reason and a hint.
 *
 * The text of a system error is not repeated: code and path say it all. A failure without a code is a defect of ours,
 * and its message is what helps to find it.
 */
import { StateError, type StateReason } from "../StateError.ts"

const readOnly = "Give this user write access to the directory and the files in it, then run the command again."
const full = "Free some space on that file system, then run `amends recover`."

const table: Readonly<Record<string, readonly [reason: StateReason, hint: string]>> = {
  ENOENT: ["Missing", "Check the `state:` setting and that the directory still exists."],
  EACCES: ["ReadOnly", readOnly],
  EPERM: ["ReadOnly", readOnly],
  EROFS: ["ReadOnly", "The file system is mounted read-only; mount it for writing or move the state with `state:`."],
  ENOSPC: ["Full", full],
  EDQUOT: ["Full", full],
  ENOTDIR: ["Missing", "A part of the path is a file; check the `state:` setting."],
  EISDIR: ["Corrupt", "A directory stands where a file should be; move it away or change the `state:` setting."]
}

/** The system's code of a failure, e.g. `ENOENT`; empty where it has none. */
export const codeOf = (cause: unknown): string => {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
  return typeof code === "string" ? code : ""
}

/** The error of a failed file operation. One that is a StateError already stays as it is. */
export const fileFailure = (operation: string, path: string, cause: unknown): StateError => {
  if (cause instanceof StateError) return cause
  const code = codeOf(cause)
  const [reason, hint] = table[code] ?? ["Io", "Check the disk and the system's log, then run `amends recover`."]
  return new StateError({ reason, operation, detail: `${path}: ${code || String(cause)}`, hint })
}
