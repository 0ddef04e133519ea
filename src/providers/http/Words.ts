/**
 * The server's own words in an answer that is no success: one short line for the detail of an error.
 *
 * Servers echo what they were sent, so the credentials that every request carries are taken out here; secrets inside
 * documents are redacted where errors leave memory.
 */
import { isArray, isObject, type Json } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"

const lengthMax = 300
const depthMax = 4

/** Where servers say what went wrong, the general before the special. */
const fields = ["error", "title", "message", "detail", "error_description", "reason", "msg", "errors"]

const wordsIn = (value: Json | undefined, depth: number): ReadonlyArray<string> => {
  if (typeof value === "string") return value.trim() === "" ? [] : [value]
  if (depth === 0) return []
  if (isArray(value)) return value.flatMap((item) => wordsIn(item, depth - 1))
  return isObject(value) ? fields.flatMap((field) => wordsIn(value[field], depth - 1)) : []
}

const membersOf = (value: Json | undefined): ReadonlyArray<Json> =>
  isArray(value) ? value : isObject(value) ? Object.values(value).filter((member) => typeof member === "object") : []

/** All that is said, each once. */
const together = (words: ReadonlyArray<string>): string =>
  words.reduce((said, one) => said.includes(one) ? said : said === "" ? one : `${said}: ${one}`, "")

const shortened = (line: string): string => line.length > lengthMax ? `${line.slice(0, lengthMax)}…` : line

const inOneLine = (text: string): string =>
  shortened(text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "").join("; "))

const firstLine = (text: string): string => shortened((text.trimStart().split(/\r?\n/, 1)[0] ?? "").trimEnd())

/** Finds what an answer says went wrong: the usual fields of a JSON error, else the first line of its text. */
export const serverWords = (json: Json | undefined, text: string): string => {
  const usual = together(wordsIn(json, depthMax))
  // Some answer per resource, `{ results: [{ errors }] }`.
  const words = usual === "" ? together(membersOf(json).flatMap((member) => wordsIn(member, depthMax))) : usual
  return words === "" ? firstLine(text) : inOneLine(words)
}

/**
 * Takes every secret out of a text, the longest first, for one may begin with another. One of few letters would take
 * the text apart and hide nothing.
 */
export const conceal = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.filter(({ length }) => length >= Limits.secretLengthMin)
    .toSorted((a, b) => b.length - a.length)
    .reduce((shown, secret) => shown.replaceAll(secret, "(secret)"), text)
