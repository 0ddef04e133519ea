/**
 * What a rollback would do and what stands in its way, for people and as events; commands are there to be pasted.
 */
import { DateTime } from "effect"
import {
  isBlocking,
  type RollbackConflict,
  type RollbackItem,
  type RollbackReport,
  type Touch
} from "../app/RollbackReport.ts"
import { shortId } from "../app/RollbackWhat.ts"
import type { Severity } from "../domain/Conflict.ts"
import type { Json } from "../domain/Document.ts"
import { parsePointer } from "../domain/Pointer.ts"
import { diagnosticEvent } from "./Events.ts"
import { harmless, shownValue } from "./ShowValue.ts"
import type { Colour, Paint } from "./Style.ts"
import type { View } from "./Voice.ts"

const colours: { readonly [S in Severity]: Colour } = { critical: "red", warning: "yellow", info: "cyan" }

const iso = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(at))

const touchText = (touch: Touch): string =>
  touch._tag === "outside"
    ? "an edit outside of amends"
    : `${shortId(touch.version)} of ${touch.batch}${touch.actor === undefined ? "" : ` by ${harmless(touch.actor)}`}, ${
      iso(touch.at)
    }`

const placeText = ({ address, path }: RollbackConflict): string =>
  path === "" ? address : `${address} at ${harmless(parsePointer(path).join("."))}`

/** Asks for the side of a conflict. */
export const sideQuestion = ({ address, path }: Pick<RollbackConflict, "address" | "path">): string =>
  `${address}${
    path === "" ? "" : ` at ${harmless(path)}`
  }: keep what is there now (ours), or put back what stood there ` +
  "before (theirs)?\n  ours or theirs; anything else leaves it open: "

const sideLines = ({ base, ours, theirs, touchedBy }: RollbackConflict): ReadonlyArray<string> =>
  base === undefined && ours === undefined && theirs === undefined ? [] : [
    `    taken out: ${shownValue(base)}`,
    `    now:       ${shownValue(ours)}${touchedBy.length === 0 ? "" : `  (${touchedBy.map(touchText).join("; ")})`}`,
    `    before:    ${shownValue(theirs)}`
  ]

const settledText = ({ settled }: RollbackConflict): string => {
  switch (settled) {
    case undefined:
      return ""
    case "ours":
      return "; what is there now stays"
    case "theirs":
      return "; what stood there before comes back"
    default:
      return "; settled as you said"
  }
}

const conflictLines = (conflict: RollbackConflict, paint: Paint): ReadonlyArray<string> => [
  `  ${paint(colours[conflict.severity], `! ${conflict.severity}`)} ${paint("bold", placeText(conflict))}: ${
    harmless(conflict.why)
  }${settledText(conflict)}`,
  ...sideLines(conflict),
  ...(conflict.suggestions.length === 0
    ? []
    : ["    choose one:", ...conflict.suggestions.map((one) => `      ${one}`)])
]

const dropLines = ({ address, drops }: RollbackItem): ReadonlyArray<string> =>
  drops.length === 0 ? [] : [`${address} loses what came later:`, ...drops.map((touch) => `  ${touchText(touch)}`), ""]

/** Notes of what stays as it is; those of changes stand beside them in the plan. */
const noteLines = ({ action, address, notes }: RollbackItem): ReadonlyArray<string> =>
  action === "none" ? notes.map((note) => `${address}: ${harmless(note)}`) : []

const touchJson = (touch: Touch): Json =>
  touch._tag === "outside" ? { by: "outside" } : {
    by: "version",
    version: touch.version,
    batch: touch.batch,
    actor: touch.actor ?? null,
    at: iso(touch.at)
  }

const itemView = (item: RollbackItem, notes: ReadonlyArray<string>): View => ({
  event: {
    type: "planned_rollback",
    address: item.address,
    action: item.action,
    reverts: item.reverts,
    changes: item.changes,
    drops: item.drops.map(touchJson),
    notes: item.notes
  },
  lines: [...dropLines(item), ...notes]
})

const conflictView = (conflict: RollbackConflict, paint: Paint): View => {
  const { address, base, kind, ours, path, settled, severity, suggestions, theirs, touchedBy, why } = conflict
  return {
    event: {
      type: "conflict",
      address,
      path,
      paths: [path],
      kind,
      severity,
      why,
      ...(base === undefined ? {} : { base }),
      ...(ours === undefined ? {} : { ours }),
      ...(theirs === undefined ? {} : { theirs }),
      touchedBy: touchedBy.map(touchJson),
      ...(settled === undefined ? {} : { settled }),
      suggestions
    },
    lines: [...conflictLines(conflict, paint), ""]
  }
}

/** The views of a report: what happens to each resource, then conflicts, the gravest first. */
export const rollbackViews = ({ conflicts, items, note }: RollbackReport, paint: Paint): ReadonlyArray<View> => {
  const order: ReadonlyArray<Severity> = ["critical", "warning", "info"]
  return [
    ...note === undefined ? [] : [{ event: diagnosticEvent({ severity: "note", summary: note }), lines: [note] }],
    ...items.map((item) => itemView(item, noteLines(item))),
    ...order.flatMap((severity) =>
      conflicts.filter((one) => one.severity === severity).map((one) => conflictView(one, paint))
    )
  ]
}

/** How many conflicts are still open, as the last line of a rollback that is refused. */
export const blockedLine = ({ conflicts }: RollbackReport): string => {
  const open = conflicts.filter(isBlocking).length
  return `Rollback refused; ${open} ${open === 1 ? "conflict is" : "conflicts are"} open. Nothing was changed.`
}
