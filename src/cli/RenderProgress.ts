/**
 * What happens while a batch runs, one line an event.
 */
import type { EngineEvent } from "../app/Progress.ts"
import type { Action } from "../domain/Change.ts"
import { renderDuration } from "../domain/Duration.ts"
import { elapsed } from "./Live.ts"
import { harmless } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"

const doing: { readonly [A in Action]: string } = {
  create: "creating",
  update: "updating",
  replace: "replacing",
  delete: "deleting",
  adopt: "taking over",
  none: "holding"
}

const done: { readonly [A in Action]: string } = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  adopt: "taken over",
  none: "held"
}

/** What is compensated; a step that only guards references has nothing of its own. */
const compensating = (action: Action): string => action === "none" ? "compensating" : `compensating the ${action}`

/** How a way back ended. */
const backWords: Readonly<Record<string, string>> = {
  done: "compensated",
  nothing: "nothing to compensate",
  residue: "compensated, but not everything is as it was",
  forced: "compensated over somebody else's edit, as asked",
  skipped: "left as it is, as asked",
  accepted: "taken as it is, as asked"
}

const took = (ms: number): string => ms < 1_000 ? `${Math.round(ms)}ms` : elapsed(ms)

/** The name under which something runs, so that its end finds its beginning. */
export const runningKey = (event: EngineEvent): string | undefined => {
  if (!("address" in event)) return undefined
  return `${event._tag.startsWith("compensate") ? "back " : ""}${event.address} ${event.action}`
}

/** What is under way after an event, or `undefined` where it is over. */
export const runningText = (event: EngineEvent): string | undefined => {
  if (event._tag === "apply_start") return `${event.address}: ${doing[event.action]}`
  return event._tag === "compensate_start" ? `↩ ${event.address}: ${compensating(event.action)}` : undefined
}

/** Tells whether an event ends what its beginning said. */
export const isOver = (event: EngineEvent): boolean =>
  ["apply_complete", "apply_errored", "compensate_complete", "compensate_errored"].includes(event._tag)

const atMost = (ms: number): string => renderDuration(ms < 1_000 ? Math.ceil(ms) : Math.ceil(ms / 1_000) * 1_000)

const directionText = { back: "Taking back what was applied", keep: "Keeping what was applied" } as const

/** The line of an event, or `undefined` where it is not worth one. */
export const progressLine = (event: EngineEvent, paint: Paint): string | undefined => {
  switch (event._tag) {
    case "batch_opened":
      return paint("dim", `Batch ${event.batch}`)
    case "recover_start":
    case "recover_complete":
      return undefined
    case "apply_start":
      return event.action === "none" ? undefined : `${event.address}: ${doing[event.action]}…`
    case "compensate_start":
      return `${paint("yellow", "↩")} ${event.address}: ${compensating(event.action)}…`
    case "apply_progress":
      return `${event.address}: ${harmless(event.note)}`
    case "apply_complete": {
      const id = event.remoteId === undefined ? "" : ` (id ${harmless(event.remoteId)})`
      return event.action === "none"
        ? undefined
        : `${event.address}: ${paint("green", done[event.action])} in ${took(event.ms)}${id}`
    }
    case "apply_errored":
      return `${event.address}: ${paint("red", "failed")}: ${harmless(event.error.summary)}`
    case "compensate_complete":
      return `${paint("yellow", "↩")} ${event.address}: ${backWords[event.result] ?? event.result} in ${took(event.ms)}`
    case "compensate_errored":
      return `${paint("yellow", "↩")} ${event.address}: ${paint("red", "stuck")}: ${harmless(event.error.detail)}`
    case "conflict": {
      const where = event.paths.some((path) => path !== "")
        ? `conflict at ${event.paths.map(harmless).join(", ")}: `
        : ""
      return `${paint("red", "!")} ${event.address}: ${where}${harmless(event.why)}`
    }
    case "resolve":
      return `? ${event.address}: ${event.verdict} (${harmless(event.evidence)})`
    case "waiting":
      return `Waiting up to ${atMost(event.ms)}: ${harmless(event.what)}`
    case "paused":
      return `${paint("yellow", "Paused")} by ${harmless(event.actor)}: nothing is in flight, nothing new is started`
    case "resumed":
      return `Resumed by ${harmless(event.actor)}`
    case "direction":
      return `${paint("yellow", directionText[event.to])}: ${harmless(event.why)}`
  }
}
