/**
 * Errors for people: a short summary without their data, then what and why, then what to do.
 */
import type { Failure } from "../app/Failure.ts"
import { renderPlace } from "../app/Problems.ts"
import type { Diagnostic } from "./Events.ts"
import { harmless } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"

const indented = (text: string): string => harmless(text).split("\n").map((line) => `  ${line}\n`).join("")

const words = (lead: string, said: Omit<Diagnostic, "severity">, paint: Paint): string => {
  const place = said.place === undefined ? "" : `${renderPlace(said.place)}: `
  const about = said.address === undefined ? place : `${said.address}: `
  const detail = said.detail === undefined || said.detail === "" ? "" : indented(said.detail)
  const hint = said.hint === undefined || said.hint === "" ? "" : `  ${paint("dim", "→")} ${harmless(said.hint)}\n`
  return `${lead} ${about}${harmless(said.summary)}\n${detail}${hint}`
}

/** An error as a text of several lines, with the trace in which it happened, if there is one. */
export const failureText = ({ detail, hint, summary }: Failure, paint: Paint, traceId?: string): string =>
  words(paint("red", "Error:"), { summary, detail, hint }, paint) +
  (traceId === undefined ? "" : `  ${paint("dim", `trace ${traceId}`)}\n`)

const leads = { error: ["red", "Error:"], warning: ["yellow", "Warning:"], note: ["dim", "Note:"] } as const

/** A diagnostic as a text of several lines. */
export const diagnosticText = (diagnostic: Diagnostic, paint: Paint): string => {
  const [colour, lead] = leads[diagnostic.severity]
  return words(paint(colour, lead), diagnostic, paint)
}
