/**
 * What `diff` says: the two sides, then each place that differs, old against new.
 */
import type { Diff, DiffSide } from "../app/Diff.ts"
import { shown } from "../app/Shown.ts"
import type { Json, JsonObject } from "../domain/Document.ts"
import { getAt, parsePointer } from "../domain/Pointer.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import { diffLines } from "./RenderDiff.ts"
import { shortId } from "./RenderVersions.ts"
import { harmless } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"
import type { View } from "./Voice.ts"

const sideText = (side: DiffSide): string => {
  switch (side._tag) {
    case "version":
      return `version ${shortId(side.version.id)}${side.version.document === undefined ? " (deleted)" : ""}`
    case "applied":
      return `last applied (${shortId(side.head.version)})`
    case "observed":
      return `now (id ${harmless(side.remoteId)})`
  }
}

const sideItem = (side: DiffSide): JsonObject => {
  switch (side._tag) {
    case "version":
      return { of: "version", version: side.version.id }
    case "applied":
      return { of: "applied", version: side.head.version }
    case "observed":
      return { of: "observed", id: side.remoteId }
  }
}

const valueAt = (document: SealedDocument | undefined, pointer: string): Json => {
  if (document === undefined) return null
  return getAt(shown(document), parsePointer(pointer)) ?? null
}

const places = (count: number): string => count === 1 ? "1 place differs." : `${count} places differ.`

/** The last line of a comparison. */
export const differenceLine = ({ after, before, differs, to }: Diff): string => {
  if (before !== undefined && after === undefined && to._tag === "observed") return "It is not there any more."
  return differs.length === 0 ? "No differences." : places(differs.length)
}

/** What differs. */
export const differenceView = (found: Diff, paint: Paint): View => {
  const { address, after, before, differs, from, texts, to } = found
  const action = before === undefined ? "create" : after === undefined ? "delete" : "update"
  const lines = diffLines({ action, before, after, differs, texts }, paint)
  return {
    event: {
      type: "diff",
      address,
      from: sideItem(from),
      to: sideItem(to),
      paths: differs.map((path) => ({ path, before: valueAt(before, path), after: valueAt(after, path) }))
    },
    lines: [`${address}: ${sideText(from)} → ${sideText(to)}`, ...lines.map((line) => `  ${line}`)]
  }
}
