/**
 * The header Retry-After (RFC 9110, 10.2.3): seconds, or a date.
 *
 * A value that is neither says nothing, and so does not make anybody wait.
 */
import { DateTime, Option } from "effect"

/** Reads the header as milliseconds from `nowMs`, or `undefined`; a date in the past is 0. */
export const parseRetryAfter = (header: string, nowMs: number): number | undefined => {
  const text = header.trim()
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000)
  // A date of HTTP begins with the name of a day; anything looser would take "1e3" or "-5" for one.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return undefined
  return Option.getOrUndefined(
    Option.map(DateTime.make(text), (date) => Math.max(0, DateTime.toEpochMillis(date) - nowMs))
  )
}
