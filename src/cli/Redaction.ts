/**
 * Takes learned secrets out of events: every text in them but the names that are ours.
 */
import type { Redaction } from "../app/Redaction.ts"
import { isArray, isObject, type Json } from "../domain/Document.ts"

/** Members that name things of ours; a short secret that equals one of them must not break the event. */
const names: ReadonlySet<string> = new Set(["type", "at", "action", "batch", "outcome", "severity", "traceId"])

/** Takes learned values out of a JSON value. */
export const redactJson = (redaction: Redaction, value: Json): Json => {
  if (typeof value === "string") return redaction.redact(value)
  if (isArray(value)) return value.map((item) => redactJson(redaction, item))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, names.has(key) ? member : redactJson(redaction, member)])
  )
}
