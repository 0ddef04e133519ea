/**
 * Which words of `notify` hold of what a batch came to: a table.
 *
 * An end may have two words, the more telling one first: what is in doubt is stuck too, what has residue is compensated
 * too. A rule is told once of an end, in the first of its words that the rule names.
 */
import type { BatchReport } from "../executor/Report.ts"
import { exitCodeOfReport } from "./Failure.ts"
import type { NotifyRule, NotifyWord } from "./NotifyRule.ts"

/** What a batch came to; `halted` is one that an error or a lost lease stopped before it was over. */
export type CameTo = BatchReport["outcome"] | "halted"

/** The end of a process's work on a batch. */
export interface BatchEnd {
  readonly cameTo: CameTo
  /** Whether a request is journalled whose outcome nobody knows. */
  readonly doubt: "none" | "some"
}

const words: { readonly [C in CameTo]: { readonly [D in BatchEnd["doubt"]]: ReadonlyArray<NotifyWord> } } = {
  committed: { none: ["committed"], some: ["committed"] },
  compensated: { none: ["compensated"], some: ["compensated"] },
  residue: { none: ["residue", "compensated"], some: ["residue", "compensated"] },
  kept: { none: ["kept"], some: ["kept"] },
  abandoned: { none: ["abandoned"], some: ["abandoned"] },
  stuck: { none: ["stuck"], some: ["in-doubt", "stuck"] },
  halted: { none: ["stuck"], some: ["in-doubt", "stuck"] }
}

/** The words that hold of an end, the most telling one first. */
export const wordsOf = ({ cameTo, doubt }: BatchEnd): ReadonlyArray<NotifyWord> => words[cameTo][doubt]

/** The word in which a rule is told, or `undefined` where it is not. */
export const wordFor = ({ on }: Pick<NotifyRule, "on">, said: ReadonlyArray<NotifyWord>): NotifyWord | undefined =>
  said.find((word) => on.includes(word))

/** Nothing came of a batch that was stale, or that somebody stopped before its first write: nobody is told. */
export const cameToNothing = (report: BatchReport): boolean => [5, 130].includes(exitCodeOfReport(report))
