/**
 * Noticing that the state file is no longer the file that was opened: unlinked, replaced, or its log taken away.
 *
 * SQLite keeps writing to the open file although no name leads to it any more, and what it commits would be lost with
 * the process. The file is compared before each commit (a foreign file must not get our log) and, with the log, after
 * it, before anybody is told that something is durable.
 */
import { type Stats, statSync } from "node:fs"
import { StateError } from "../StateError.ts"

interface Identity {
  readonly dev: number
  readonly ino: number
}

const identityOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false })

const isSame = (a: Identity | undefined, b: Identity | undefined): boolean =>
  a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino

/** The identity of an open state file. */
export class SameFile {
  readonly #path: string
  readonly #file: Identity | undefined
  #log: Identity | undefined

  constructor(path: string) {
    this.#path = path
    this.#file = identityOf(path)
  }

  /** Throws StateError Io where the path leads to another file, or to none. */
  assertFile(): void {
    if (isSame(this.#file, identityOf(this.#path))) return
    throw new StateError({
      reason: "Io",
      operation: "append",
      detail: `${this.#path} is no longer the file that was opened: it was moved, replaced or deleted`,
      hint: "Put the state file back, then run `amends recover`."
    })
  }

  /** The same for file and log, after a commit: only then does a log surely exist. */
  assertCommitted(): void {
    this.assertFile()
    const log = identityOf(`${this.#path}-wal`)
    this.#log ??= log
    if (isSame(this.#log, log)) return
    throw new StateError({
      reason: "Io",
      operation: "append",
      detail: `the log of ${this.#path} was moved, replaced or deleted while in use`,
      hint: "Leave the files beside the state file alone, then run `amends recover`."
    })
  }
}
