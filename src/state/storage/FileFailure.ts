/**
 * What a failed file operation means for the state, as a table from the system's code to a reason and a hint.
 *
 * The text and the code of a system error are for the log. A failure without a code is a defect of ours, and its
 * message is what helps to find it.
 */
import { StateError, type StateReason } from "../StateError.ts"

const readOnly = "Give this user write access to the directory and the files in it, then run the command again."
const full = "Free some space on that file system, then run `amends recover`."

type Meaning = readonly [reason: StateReason, what: string, hint: string]

const noRight = "this user has no right to it"

const table: Readonly<Record<string, Meaning>> = {
  ENOENT: ["Missing", "there is no such file", "Check the `state:` setting and that the directory still exists."],
  EACCES: ["ReadOnly", noRight, readOnly],
  EPERM: ["ReadOnly", noRight, readOnly],
  EROFS: [
    "ReadOnly",
    "its file system is read-only",
    "The file system is mounted read-only; mount it for writing or move the state with `state:`."
  ],
  ENOSPC: ["Full", "there is no space left on its file system", full],
  EDQUOT: ["Full", "the quota of this user is used up", full],
  ENOTDIR: ["Missing", "a part of the path is a file", "Check the `state:` setting."],
  EISDIR: [
    "Corrupt",
    "it is a directory",
    "A directory stands where a file should be; move it away or change the `state:` setting."
  ]
}

const unknown: Meaning = [
  "Io",
  "the system could not read or write it",
  "Check the disk and the system's log, then run `amends recover`."
]

/** The system's code of a failure, e.g. `ENOENT`; empty where it has none. */
export const codeOf = (cause: unknown): string => {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
  return typeof code === "string" ? code : ""
}

/** The error of a failed file operation. One that is a StateError already stays as it is. */
export const fileFailure = (operation: string, path: string, cause: unknown): StateError => {
  if (cause instanceof StateError) return cause
  const code = codeOf(cause)
  const [reason, what, hint] = table[code] ?? unknown
  const technical = [cause instanceof Error ? cause.message : code || String(cause), ...(code === "" ? [] : [code])]
  return new StateError({
    reason,
    operation,
    detail: `${path}: ${what}`,
    hint,
    technical: [...new Set(technical)].join(", ")
  })
}
