/**
 * Problems as reading gathers them: each reader is handed a report and goes on, so that all problems come at once.
 */
import type { Place, Problem } from "../Workspace.ts"

/** Takes a problem in. */
export interface Report {
  readonly add: (problem: Problem) => void
  readonly problems: ReadonlyArray<Problem>
}

/** An empty report. */
export const makeReport = (): Report => {
  const problems: Array<Problem> = []
  return { problems, add: (problem) => problems.push(problem) }
}

/** The start of a file: where a problem stands that is of the file as a whole. */
export const startOf = (file: string): Place => ({ file, line: 1, column: 1 })
