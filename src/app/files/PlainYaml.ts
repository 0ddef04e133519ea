/**
 * YAML of the plainest kind as located values, in one pass: block mappings and lists of texts, numbers and booleans on
 * one line each, as nearly all resource files are.
 *
 * A reader of all of YAML takes ten times as long. What is read here is what that one would read, to the last offset;
 * whatever is not surely plain is not read at all, and left to it.
 */
import { Limits } from "../../domain/Limits.ts"
import { type Located, locatedList, locatedObject, locatedScalar, type Part } from "./Located.ts"

type Scalar = null | boolean | number | string

/** A line with something on it. */
interface Line {
  /** Offset of its first character that is no space, and that of its end. */
  readonly at: number
  readonly end: number
  readonly indent: number
}

interface Cursor {
  readonly text: string
  /** Nothing at the end of the text. */
  line: Line | undefined
  /** Where the line after it begins. */
  next: number
}

/** Texts hold these characters only; tabs, other line ends and what cannot be seen are no plain YAML. */
const unusual = /[^\n\x20-\x7e\u00a1-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd]/
const keyWord = /([A-Za-z_][\w-]{0,99}):(?: (?! )|(?=\n|$))/y
/** What begins with a digit is no number where a space or slash is in it. */
const plainText = /^(?:[A-Za-z_/$(]|\d.*[ /])/
const notPlain = /: |:$| #| $/
const integer = /^(?:0|-?[1-9]\d{0,14})$/
const decimal = /^-?(?:0|[1-9]\d{0,8})\.\d{1,5}[1-9]$/
const quoted = /^(?:"[^"\\]*"|'[^']*')$/
/** Written in any case, these words are none of a text. */
const word = /^(?:null|true|false)$/i

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([["null", null], ["true", true], ["false", false]])

const marker = "---"

/** Goes on to the next line that says something. */
const advance = (cursor: Cursor): void => {
  const { text } = cursor
  while (cursor.next < text.length) {
    const start = cursor.next
    const found = text.indexOf("\n", start)
    const end = found === -1 ? text.length : found
    let at = start
    while (text.charCodeAt(at) === 32) at += 1
    cursor.next = end + 1
    if (at === end || text[at] === "#") continue
    cursor.line = { at, end, indent: at - start }
    return
  }
  cursor.line = undefined
}

const scalarOf = (source: string): Scalar | undefined => {
  if (word.test(source)) return words.get(source)
  if (plainText.test(source)) return notPlain.test(source) ? undefined : source
  if (integer.test(source) || decimal.test(source)) return Number(source)
  return quoted.test(source) ? source.slice(1, -1) : undefined
}

const readScalar = (cursor: Cursor, at: number, end: number): Located | undefined => {
  const value = scalarOf(cursor.text.slice(at, end))
  if (value === undefined) return undefined
  advance(cursor)
  return locatedScalar(value, at)
}

const keyAt = (text: string, at: number): string | undefined => {
  keyWord.lastIndex = at
  const key = keyWord.exec(text)?.[1]
  return key === undefined || word.test(key) ? undefined : key
}

/** A value on the lines below its key: deeper, or a list that begins where the key does. */
const readBelow = (cursor: Cursor, indent: number, depth: number): Located | undefined => {
  const { line, text } = cursor
  if (line === undefined || text.startsWith(marker, line.at)) return undefined
  if (line.indent >= indent && text.startsWith("- ", line.at)) return readList(cursor, line.indent, depth)
  return line.indent > indent ? readObject(cursor, line, depth) : undefined
}

const readObject = (cursor: Cursor, first: Line, depth: number): Located | undefined => {
  const { text } = cursor
  const members = new Map<string, Part>()
  let line: Line | undefined = first
  if (depth > Limits.documentDepthMax) return undefined
  while (line !== undefined && line.indent === first.indent && !text.startsWith(marker, line.at)) {
    const { at, end } = line
    const key = keyAt(text, at)
    if (key === undefined || members.has(key)) return undefined
    const valueAt = at + key.length + 2
    if (valueAt > end) advance(cursor)
    const node = valueAt > end ? readBelow(cursor, first.indent, depth + 1) : readScalar(cursor, valueAt, end)
    if (node === undefined) return undefined
    members.set(key, { key: at, node })
    line = cursor.line
  }
  return locatedObject(members, first.at)
}

const readItem = (cursor: Cursor, { at, end, indent }: Line, depth: number): Located | undefined => {
  const inner = at + 2
  return keyAt(cursor.text, inner) === undefined
    ? readScalar(cursor, inner, end)
    : readObject(cursor, { at: inner, end, indent: indent + 2 }, depth + 1)
}

const readList = (cursor: Cursor, indent: number, depth: number): Located | undefined => {
  const items: Array<Located> = []
  const first = cursor.line?.at ?? 0
  if (depth > Limits.documentDepthMax) return undefined
  for (let { line } = cursor; line !== undefined && line.indent === indent; { line } = cursor) {
    if (!cursor.text.startsWith("- ", line.at)) break
    const item = readItem(cursor, line, depth)
    if (item === undefined) return undefined
    items.push(item)
  }
  return locatedList(items, first)
}

const isMarker = ({ text }: Cursor, { at, end, indent }: Line): boolean =>
  indent === 0 && end - at === marker.length && text.startsWith(marker, at)

/** Reads the documents of a plain text; nothing where it is not plain throughout. */
export const readPlainYaml = (text: string): ReadonlyArray<Located> | undefined => {
  if (unusual.test(text)) return undefined
  const documents: Array<Located> = []
  const cursor: Cursor = { text, line: undefined, next: 0 }
  advance(cursor)
  while (cursor.line !== undefined) {
    const { line } = cursor
    if (isMarker(cursor, line)) advance(cursor)
    else if (documents.length > 0) return undefined
    if (cursor.line === undefined || isMarker(cursor, cursor.line)) continue
    const node = cursor.line.indent === 0 ? readObject(cursor, cursor.line, 1) : undefined
    if (node === undefined) return undefined
    documents.push(node)
  }
  return documents
}
