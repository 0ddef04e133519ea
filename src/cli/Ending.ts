/**
 * How a command ends: the exit code, the last lines for people, and the last event for programs.
 */
import type { Counts } from "../domain/Batch.ts"
import { noCounts } from "./PlanCounts.ts"

/** What became of what the command was asked for. */
export type OutcomeName = "committed" | "compensated" | "stuck" | "kept" | "none" | "error"

/** The end of a command. */
export interface Ending {
  readonly outcome: OutcomeName
  readonly exitCode: number
  readonly batch?: string
  readonly counts: Counts
  /** For people, in this order; the last is the one that is always said. */
  readonly lines: ReadonlyArray<string>
}

/** The end of a command that changed nothing. */
export const looked = (...lines: ReadonlyArray<string>): Ending => ({
  outcome: "none",
  exitCode: 0,
  counts: noCounts,
  lines
})

/** The end of a command that was asked about and not confirmed. */
export const declined: Ending = { ...looked("Not confirmed; nothing was changed."), exitCode: 7 }

/** The end of a command that could not do what it was asked; why has been said before. */
export const failed = (exitCode: number, batch?: string): Ending => ({
  outcome: "error",
  exitCode,
  counts: noCounts,
  lines: [],
  ...(batch === undefined ? {} : { batch })
})
