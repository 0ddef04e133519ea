/**
 * A report of conflicts for people: base, ours and theirs beside each other, with what changed within each line; and
 * the same for programs, as JSON.
 *
 * Nothing here prints. Signs say all that colours say: `+` a new line, `-` one that is gone, `~` one that changed, with
 * `[-words that went-]` and `{+words that came+}`.
 */
import { Limits } from "../domain/Limits.ts"
import { padded, type Piece, visible, widthOf, wrapped } from "./Columns.ts"
import { type AnyConflict, itemsOf, jsonOf, type ReportItem } from "./ReportItem.ts"
import { type Cell, sideBySide, type SideRow } from "./SideBySide.ts"
import type { Value } from "./Value.ts"

/** The colours of a report; each stands for one meaning. */
export type ReportColour = "red" | "green" | "yellow" | "cyan" | "dim" | "bold"

/** How a report is to look. */
export interface ReportOptions {
  /** Columns of the terminal; 100 unless given. Where there are few, sides stand below each other. */
  readonly width?: number
  /** Puts a colour on a text; none unless given. */
  readonly paint?: (colour: ReportColour, text: string) => string
}

const sides = ["base", "ours", "theirs"] as const
type SideName = typeof sides[number]
type Paint = NonNullable<ReportOptions["paint"]>
type Style = ReportColour | undefined

const colourless: Paint = (_, text) => text
const columnsMin = 60
const gap = " │ "

const styleOf = (side: SideName, sign: Cell["sign"]): Style => {
  if (sign === " ") return undefined
  return side === "base" ? "red" : "green"
}

const piecesOf = (side: SideName, { sign, words }: Cell): ReadonlyArray<Piece<Style>> => {
  const [open, close] = side === "base" ? ["[-", "-]"] : ["{+", "+}"]
  const style = styleOf(side, sign)
  return words.map(({ text, isChanged }) => {
    const shown = visible(text)
    if (sign !== "~" && !(sign === "-" && isChanged)) return { text: shown, style }
    return isChanged ? { text: `${open}${shown}${close}`, style } : { text: shown, style: undefined }
  })
}

const painted = (pieces: ReadonlyArray<Piece<Style>>, paint: Paint): string =>
  pieces.map(({ text, style }) => style === undefined ? text : paint(style, text)).join("")

/** The rows that a cell takes in a column: its sign in front of the first. */
const rowsOf = (side: SideName, cell: Cell | undefined, width: number) =>
  cell === undefined
    ? []
    : wrapped(piecesOf(side, cell), width - 2).map((pieces, at) => ({
      sign: at === 0 ? `${cell.sign} ` : "  ",
      pieces
    }))

const beside = (row: SideRow, width: number, paint: Paint): ReadonlyArray<string> => {
  const columns = sides.map((side) => rowsOf(side, row[side], width))
  return Array.from({ length: Math.max(...columns.map(({ length }) => length)) }, (_, at) =>
    columns.map((rows) => {
      const { sign, pieces } = rows[at] ?? { sign: "  ", pieces: [] }
      const filling = " ".repeat(Math.max(0, width - 2 - widthOf(pieces.map(({ text }) => text).join(""))))
      return sign + painted(pieces, paint) + filling
    }).join(gap).trimEnd())
}

/** What stands above a column. */
const headOf = (side: SideName, item: ReportItem): string => item[side] === undefined ? `${side} (nothing)` : side

const below = (item: ReportItem, rows: ReadonlyArray<SideRow>, paint: Paint): ReadonlyArray<string> =>
  sides.flatMap((side) => [
    paint("dim", headOf(side, item)),
    ...rows.flatMap((row) => {
      const cell = row[side]
      return cell === undefined ? [] : [`${cell.sign} ${painted(piecesOf(side, cell), paint)}`]
    })
  ])

const severityColour: Readonly<Record<ReportItem["severity"], ReportColour>> = {
  critical: "red",
  warning: "yellow",
  info: "cyan"
}

const bodyOf = (item: ReportItem, width: number, paint: Paint): ReadonlyArray<string> => {
  const all = sideBySide({
    base: item.base ?? [],
    ours: item.ours ?? [],
    theirs: item.theirs ?? []
  })
  const rows = all.slice(0, Limits.reportRowsMax)
  const more = all.length > rows.length ? [`  … ${all.length - rows.length} more lines`] : []
  if (width < columnsMin) return [...below(item, rows, paint), ...more]
  const column = Math.floor((width - 2 * gap.length) / 3)
  return [
    sides.map((side) => padded(headOf(side, item), column)).join(gap).trimEnd(),
    sides.map(() => "─".repeat(column)).join("─┼─"),
    ...rows.flatMap((row) => beside(row, column, paint)),
    ...more
  ]
}

const itemText = (item: ReportItem, width: number, paint: Paint): string => {
  const head = `${paint(severityColour[item.severity], item.severity)} ${item.kind} ${
    paint("bold", visible(item.place))
  }`
  const advice = item.suggestions.length === 0 ? [] : [`  you can: ${visible(item.suggestions.join(" · "))}`]
  return [`#${item.number} ${head}`, ...bodyOf(item, width, paint), ...advice].join("\n")
}

const countText = (items: ReadonlyArray<ReportItem>): string => {
  const counts = (["critical", "warning", "info"] as const).flatMap((severity) => {
    const count = items.filter((item) => item.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  return items.length === 0
    ? "No conflicts."
    : `${items.length} ${items.length === 1 ? "conflict" : "conflicts"}: ${counts.join(", ")}.`
}

/** Conflicts as a text for a terminal, each with its number, which answers go by. */
export const renderReport = (conflicts: ReadonlyArray<AnyConflict>, options: ReportOptions = {}): string => {
  const { paint = colourless, width = 100 } = options
  const items = itemsOf(conflicts)
  return [...items.map((item) => itemText(item, width, paint)), countText(items)].join("\n\n") + "\n"
}

const memberOf = (key: string, value: Value | undefined): ReadonlyArray<readonly [string, Value]> =>
  value === undefined ? [] : [[key, value]]

const conflictJson = (conflict: AnyConflict): Value => {
  const { path, kind, severity, ranges, suggestions, content } = conflict
  return Object.fromEntries([
    ["path", path],
    ["kind", kind],
    ["severity", severity],
    ...sides.flatMap((side) => memberOf(side, jsonOf(conflict[side], kind))),
    ...memberOf("ranges", ranges as Value | undefined),
    ["suggestions", suggestions as Value],
    ...content === undefined ? [] : memberOf("inside", content.conflicts.map(conflictJson))
  ])
}

/** Conflicts as JSON, in their order: what is absent has no member, so that it is not null. */
export const reportJson = (conflicts: ReadonlyArray<AnyConflict>): Value => {
  const items = itemsOf(conflicts)
  const count = (severity: ReportItem["severity"]): number => items.filter((item) => item.severity === severity).length
  return {
    counts: { critical: count("critical"), warning: count("warning"), info: count("info") },
    conflicts: conflicts.map(conflictJson)
  }
}
