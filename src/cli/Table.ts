/**
 * Rows in columns, for people: as wide as they need to be, without lines, so that they can be cut with the usual tools.
 */

/** Renders rows under a header; the last column is not padded. */
export const tableLines = (
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): ReadonlyArray<string> => {
  const all = [header, ...rows]
  const widths = header.map((_, column) => all.reduce((most, row) => Math.max(most, (row[column] ?? "").length), 0))
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())
}
