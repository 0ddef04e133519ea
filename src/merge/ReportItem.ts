/**
 * Conflicts of any kind as a report shows them: one place, three texts, and what may be done.
 */
import type { Conflict, Severity, Suggestion } from "../domain/Conflict.ts"
import type { TreeEntry } from "../domain/Tree.ts"
import { printJson } from "./JsonRead.ts"
import { decode } from "./Text.ts"
import type { TreeConflict } from "./TreeConflict.ts"
import { isList, isMembers, Numeral, Unsettled, type Value } from "./Value.ts"

/** A conflict of a document, a text or a tree. */
export type AnyConflict = Conflict<Value | Uint8Array | TreeEntry, string> & Partial<Pick<TreeConflict, "content">>

/** A conflict as it is shown. */
export interface ReportItem {
  /** Its number, counted from 0, and within a file the number there: what answers go by. */
  readonly number: string
  readonly place: string
  readonly kind: string
  readonly severity: Severity
  /** Lines; `undefined` where there is nothing. */
  readonly base: ReadonlyArray<string> | undefined
  readonly ours: ReadonlyArray<string> | undefined
  readonly theirs: ReadonlyArray<string> | undefined
  readonly suggestions: ReadonlyArray<string>
}

const isEntry = (side: AnyConflict["base"]): side is TreeEntry =>
  typeof side === "object" && side !== null && "_tag" in side && (side._tag === "file" || side._tag === "symlink")

const linesOfText = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  if (lines.at(-1) === "") return lines.slice(0, -1)
  return text.includes("\n") ? [...lines.slice(0, -1), `${lines.at(-1) ?? ""} (no line break at the end)`] : lines
}

const bytesLine = (bytes: Uint8Array): string => `(binary, ${bytes.length} bytes)`

const entryLines = (entry: TreeEntry): ReadonlyArray<string> => {
  if (entry._tag === "symlink") return [`(link to ${entry.target})`]
  const text = decode(entry.content)
  return text === undefined ? [bytesLine(entry.content)] : linesOfText(text)
}

/** A value as lines: strings of several lines and of texts as they are, all else as JSON. */
const linesOf = (side: AnyConflict["base"], isText: boolean): ReadonlyArray<string> | undefined => {
  if (side === undefined) return undefined
  if (side instanceof Uint8Array) return [bytesLine(side)]
  if (isEntry(side)) return entryLines(side)
  if (side instanceof Unsettled) return ["(the versions before disagree here)"]
  if (typeof side === "string" && (isText || side.includes("\n"))) return side === "" ? undefined : linesOfText(side)
  return printJson(side, 2).split("\n")
}

const suggestionText = (suggestion: Suggestion): string => {
  if (typeof suggestion !== "string") {
    return "undoFirst" in suggestion
      ? `undo first: ${suggestion.undoFirst.join(", ")}`
      : `narrow to: ${suggestion.narrowTo.join(", ")}`
  }
  return {
    "take-ours": "take ours",
    "take-theirs": "take theirs",
    "keep-both": "keep both",
    "edit-range": "edit this range"
  }[suggestion]
}

/** Tells whether the values are lines of a text: its path is no pointer of a document, or is one in a file. */
const isTextual = ({ ranges, base, ours, theirs }: AnyConflict): boolean =>
  ranges !== undefined && [base, ours, theirs].every((side) => side === undefined || typeof side === "string")

const modeText = (side: AnyConflict["base"]): AnyConflict["base"] => typeof side === "number" ? side.toString(8) : side

const itemOf = (conflict: AnyConflict, number: string, file: string): ReportItem => {
  const { kind, severity, ranges, suggestions } = conflict
  const isMode = kind === "mode"
  const isText = isTextual(conflict) || isMode ||
    ["rename-rename", "collision", "directory-file", "symlink-target"].includes(kind)
  const lines = (side: AnyConflict["base"]) => linesOf(isMode ? modeText(side) : side, isText)
  const path = file === "" || file === conflict.path ? conflict.path : `${file}#${conflict.path}`
  const line = ranges === undefined ? "" : `:${ranges.ours.start + 1}`
  return {
    number,
    place: `${path === "" ? "(the whole document)" : path}${line}`,
    kind,
    severity,
    base: lines(conflict.base),
    ours: lines(conflict.ours),
    theirs: lines(conflict.theirs),
    suggestions: suggestions.map(suggestionText)
  }
}

/** What is shown of conflicts; of a file whose content conflicts, what conflicts inside. */
export const itemsOf = (conflicts: ReadonlyArray<AnyConflict>): ReadonlyArray<ReportItem> =>
  conflicts.flatMap((conflict, number) => {
    const { content, path } = conflict
    if (content === undefined) return [itemOf(conflict, String(number), "")]
    const inside: ReadonlyArray<AnyConflict> = content.conflicts
    return inside.map((one, at) => itemOf(one, `${number}.${at}`, path))
  })

/** A value of a report as JSON: bytes are counted and not shown, what is open is said so. */
export const jsonOf = (side: AnyConflict["base"], kind = ""): Value | undefined => {
  if (kind === "mode" && typeof side === "number") return `0${side.toString(8)}`
  if (side instanceof Uint8Array) return { binary: true, bytes: side.length }
  if (isEntry(side)) {
    if (side._tag === "symlink") return { symlink: side.target }
    const text = decode(side.content)
    const mode = `0${side.mode.toString(8)}`
    return text === undefined ? { mode, binary: true, bytes: side.content.length } : { mode, text }
  }
  if (side instanceof Unsettled) return { unsettled: true }
  if (side === undefined || side === null || side instanceof Numeral) return side
  if (isList(side)) return side.map((item) => jsonOf(item) ?? null)
  if (!isMembers(side)) return side
  return Object.fromEntries(Object.entries(side).map(([key, member]) => [key, jsonOf(member) ?? null]))
}
