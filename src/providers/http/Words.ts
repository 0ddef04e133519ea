/**
 * The server's own words in an answer that is no success: one short line for the detail of an error.
 *
 * Servers echo what they were sent, so the credentials that every request carries are taken out here; secrets inside
 * documents are redacted where errors leave memory.
 */
import { isObject, type Json } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"

const lengthMax = 300

const fields = ["error", "message", "detail", "error_description", "title", "reason"]

const wordsIn = (value: Json | undefined, depth: number): string | undefined => {
  if (typeof value === "string") return value.trim() === "" ? undefined : value
  if (!isObject(value) || depth === 0) return undefined
  for (const field of fields) {
    const words = wordsIn(value[field], depth - 1)
    if (words !== undefined) return words
  }
  return undefined
}

const firstLine = (text: string): string => {
  const line = text.trimStart().split(/\r?\n/, 1)[0] ?? ""
  return line.length > lengthMax ? `${line.slice(0, lengthMax)}…` : line.trimEnd()
}

/** Finds what an answer says went wrong: the usual fields of a JSON error, else the first line of its text. */
export const serverWords = (json: Json | undefined, text: string): string => firstLine(wordsIn(json, 3) ?? text)

/**
 * Takes every secret out of a text, the longest first, for one may begin with another. One of few letters would take
 * the text apart and hide nothing.
 */
export const conceal = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.filter(({ length }) => length >= Limits.secretLengthMin)
    .toSorted((a, b) => b.length - a.length)
    .reduce((shown, secret) => shown.replaceAll(secret, "(secret)"), text)
