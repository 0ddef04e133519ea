/**
 * A text that is known to be JSON as located values, in one pass.
 *
 * JSON is YAML as well, but a reader of YAML takes fifty times as long for it: files of many resources are JSON, and
 * every plan reads them.
 */
import type { Json } from "../../domain/Document.ts"
import { inexact, isExact } from "./ExactNumber.ts"
import { type Located, locatedList, locatedObject, locatedScalar, type Part } from "./Located.ts"

/** A fault of a value or key, at an offset. */
export interface JsonValueFault {
  readonly at: number
  readonly message: string
  readonly hint: string
}

interface Cursor {
  readonly text: string
  readonly faults: Array<JsonValueFault>
  at: number
}

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y

const words: ReadonlyMap<string, Json> = new Map([["t", true], ["f", false], ["n", null]])

const skipSpace = (cursor: Cursor): void => {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
    cursor.at += 1
  }
}

/** The character at the cursor, white space aside. */
const peek = (cursor: Cursor): string => {
  skipSpace(cursor)
  return cursor.text[cursor.at] ?? ""
}

const readText = (cursor: Cursor): string => {
  const { text } = cursor
  const start = cursor.at
  let plain = true
  let end = start + 1
  for (let code = text.charCodeAt(end); code !== 34; code = text.charCodeAt(end)) {
    if (code === 92) plain = false
    end += code === 92 ? 2 : 1
  }
  cursor.at = end + 1
  return plain ? text.slice(start + 1, end) : JSON.parse(text.slice(start, end + 1)) as string
}

const readNumber = (cursor: Cursor): Located => {
  const { at } = cursor
  number.lastIndex = at
  const source = number.exec(cursor.text)?.[0] ?? ""
  cursor.at += source.length
  const value = Number(source)
  if (isExact(source, value)) return locatedScalar(value, at)
  cursor.faults.push({ at, ...inexact(value) })
  return locatedScalar(null, at)
}

const readWord = (cursor: Cursor, first: string): Located => {
  const { at } = cursor
  cursor.at += first === "f" ? 5 : 4
  return locatedScalar(words.get(first) as boolean | null, at)
}

const readList = (cursor: Cursor): Located => {
  const { at } = cursor
  const items: Array<Located> = []
  cursor.at += 1
  while (peek(cursor) !== "]") {
    items.push(readValue(cursor))
    if (peek(cursor) === ",") cursor.at += 1
  }
  cursor.at += 1
  return locatedList(items, at)
}

const readMember = (cursor: Cursor, members: Map<string, Part>): void => {
  const keyAt = cursor.at
  const key = readText(cursor)
  skipSpace(cursor)
  cursor.at += 1
  const node = readValue(cursor)
  if (!members.has(key)) members.set(key, { key: keyAt, node })
  else cursor.faults.push({ at: keyAt, message: "this key stands twice in one object", hint: "keep one of the two" })
}

const readObject = (cursor: Cursor): Located => {
  const { at } = cursor
  const members = new Map<string, Part>()
  cursor.at += 1
  while (peek(cursor) !== "}") {
    readMember(cursor, members)
    if (peek(cursor) === ",") cursor.at += 1
  }
  cursor.at += 1
  return locatedObject(members, at)
}

const readValue = (cursor: Cursor): Located => {
  const first = peek(cursor)
  if (first === "{") return readObject(cursor)
  if (first === "[") return readList(cursor)
  if (first === "\"") {
    const { at } = cursor
    return locatedScalar(readText(cursor), at)
  }
  return words.has(first) ? readWord(cursor, first) : readNumber(cursor)
}

/** Reads a text in which no fault of JSON's grammar was found. */
export const readJson = (
  text: string
): { readonly node: Located; readonly faults: ReadonlyArray<JsonValueFault> } => {
  const cursor: Cursor = { text, faults: [], at: 0 }
  return { node: readValue(cursor), faults: cursor.faults }
}
