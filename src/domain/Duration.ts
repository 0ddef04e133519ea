/**
 * Durations as people write them in files and flags: a number and a unit, `500ms`, `30s`, `2m`, `1h`.
 *
 * Inside the program a duration is a number of milliseconds, and its name ends in `Ms`.
 */

const millisecondsOf: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads a duration as whole milliseconds, or answers `undefined` where the text is none. */
export const parseDuration = (text: string): number | undefined => {
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) return undefined
  const milliseconds = Math.round(Number(amount) * (millisecondsOf[unit] ?? Number.NaN))
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined
}

const units = ["d", "h", "m", "s"] as const

/** Writes milliseconds with the largest unit that leaves a whole number: `30s`, `1500ms`. */
export const renderDuration = (milliseconds: number): string => {
  const unit = units.find((u) => milliseconds !== 0 && milliseconds % (millisecondsOf[u] ?? 1) === 0) ?? "ms"
  return `${milliseconds / (millisecondsOf[unit] ?? 1)}${unit}`
}
