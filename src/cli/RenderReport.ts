/**
 * What a batch came to, in words: the last line that scripts and people look for, and above it what failed, what was
 * left, and the choices there are as commands to paste.
 */
import type { BatchReport, FailedStep, StuckStep } from "../app/Apply.ts"
import { exitCodeOfReport } from "../app/Failure.ts"
import type { Counts } from "../domain/Batch.ts"
import { isArray, isObject } from "../domain/Document.ts"
import type { Ending, OutcomeName } from "./Ending.ts"
import { harmless, shownValue } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"

/** `apply`, `rollback` and `restore` are runs by the user, `recover` finishes an earlier one. */
export type Verb = "apply" | "rollback" | "restore" | "recover"

const names: { readonly [V in Exclude<Verb, "recover">]: string } = {
  apply: "Apply",
  rollback: "Rollback",
  restore: "Restore"
}

const countsText = ({ added, changed, destroyed }: Counts): string =>
  `Resources: ${added} added, ${changed} changed, ${destroyed} destroyed.`

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

const takenBack = ({ applied, compensated }: BatchReport): string =>
  `${compensated} of ${applied} applied changes were compensated.`

/** A choice as `--choice` takes it, bound to what the user saw. */
export const choiceArgument = ({ address, blocked }: StuckStep, choice: string): string =>
  `${address}=${choice}@${blocked.digest.replace(/^\w+:/, "").slice(0, 8)}`

/** What each side holds where they disagree: before the batch, as it was left by it, and now. */
const sideLines = ({ difference, paths }: StuckStep["blocked"]): ReadonlyArray<string> => {
  const rows = isArray(difference?.["rows"]) ? difference["rows"].filter(isObject) : []
  if (rows.length === 0) return paths.map((path) => `    differs at ${harmless(path)}`)
  return rows.map(({ before, ours, path, theirs }) =>
    `    differs at ${harmless(String(path))}: before ${shownValue(before)}, written ${shownValue(ours)}, ` +
    `now ${shownValue(theirs)}`
  )
}

/** What a step needs a person for, and the choices as commands to paste. */
export const stuckLines = (batch: string, stuck: StuckStep, paint: Paint): ReadonlyArray<string> => [
  `${paint("red", "!")} ${paint("bold", stuck.address)} needs you: ${harmless(stuck.blocked.why)}`,
  ...sideLines(stuck.blocked),
  "    choose one:",
  ...stuck.blocked.choices.map((choice) => `      amends recover ${batch} --choice ${choiceArgument(stuck, choice)}`)
]

/** What needs a person, with the choices as commands. */
export const needsLines = (report: BatchReport, paint: Paint): ReadonlyArray<string> =>
  report.stuck.flatMap((stuck) => stuckLines(report.batch, stuck, paint))

/** Why steps failed; they go to stderr. */
export const failureLines = (failures: ReadonlyArray<FailedStep>, paint: Paint): ReadonlyArray<string> =>
  failures.flatMap(({ address, failure }) => [
    `${paint("red", "Error:")} ${address}: ${harmless(failure.summary)}`,
    ...harmless(failure.detail).split("\n").map((line) => `  ${line}`),
    `  ${paint("dim", "→")} ${harmless(failure.hint)}`
  ])

const stuckLine = ({ left, stuck }: BatchReport): string => {
  if (stuck.length === 0) {
    return `${plural(left.length, "step is", "steps are")} not finished: ${left.join(", ")}. Run: amends recover`
  }
  const what = stuck.map(({ address, blocked }) => `${address} (${harmless(blocked.why)})`).join(", ")
  return `${plural(stuck.length, "step needs", "steps need")} you: ${what}`
}

const leftText = ({ left }: BatchReport): string => left.length === 0 ? "" : ` Left changed: ${left.join(", ")}.`

/** In a batch that is compensated, what was not taken back is what a person accepted. */
const restText = ({ applied, compensated }: BatchReport): string =>
  applied === compensated
    ? "Nothing is left changed."
    : `What is there now was accepted for ${applied - compensated}.`

const failedLine = (report: BatchReport): string => {
  switch (report.outcome) {
    case "stuck":
      return stuckLine(report)
    case "kept":
      return `what was applied was kept. ${countsText(report.counts)}`
    case "abandoned":
      return `the batch was abandoned.${leftText(report)}`
    case "residue":
      return `${takenBack(report)}${leftText(report)}`
    case "committed":
    case "compensated":
      return `${takenBack(report)} ${restText(report)}`
  }
}

/** The last line of a batch. */
export const lastLine = (verb: Verb, report: BatchReport): string => {
  if (report.outcome === "committed") {
    return verb === "recover"
      ? `Recovered ${report.batch}: committed. ${countsText(report.counts)}`
      : `${names[verb]} complete! ${countsText(report.counts)}`
  }
  const line = failedLine(report)
  if (verb !== "recover") return `${names[verb]} failed; ${line}`
  return report.outcome === "stuck" ? `Not recovered; ${line}` : `Recovered ${report.batch}: ${line}`
}

const writtenOutcome: { readonly [O in BatchReport["outcome"]]: OutcomeName } = {
  committed: "committed",
  compensated: "compensated",
  residue: "compensated",
  stuck: "stuck",
  kept: "kept",
  abandoned: "kept"
}

/** The end of a command that ran a batch. */
export const endingOf = (verb: Verb, report: BatchReport, paint: Paint): Ending => {
  const exitCode = exitCodeOfReport(report)
  const nothing = exitCode === 130 || exitCode === 5
  return {
    outcome: nothing ? "none" : writtenOutcome[report.outcome],
    exitCode,
    batch: report.batch,
    counts: report.counts,
    lines: [...needsLines(report, paint), lastLine(verb, report)]
  }
}
