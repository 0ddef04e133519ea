/**
 * YAML texts as values, with numbers as they are written.
 *
 * One document of plain maps, lists and scalars is a value. Tags, anchors, merge keys, keys that are no strings and
 * several documents in one file are none: what they mean is not in the value, and would be lost. Such a file merges as
 * text.
 */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
  type YAMLSeq
} from "yaml"
import { numberOf, Numeral, type Value } from "./Value.ts"

/** One document. */
export type Doc = Document.Parsed

/** The document of a text that has just one, and no fault. */
export const documentOf = (text: string): Doc | undefined => {
  const documents = parseAllDocuments(text, { intAsBigInt: true, strict: true, uniqueKeys: false, logLevel: "silent" })
  const [document] = Array.isArray(documents) ? documents as ReadonlyArray<Doc> : []
  if (document === undefined || documents.length > 1) return undefined
  return document.errors.length > 0 || document.warnings.length > 0 ? undefined : document
}

const isJsonNumber = (source: string): boolean => /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(source)

const scalarOf = ({ value, source = "" }: Scalar): Value | undefined => {
  if (typeof value === "bigint" || typeof value === "number") {
    return isJsonNumber(source) ? numberOf(source) : new Numeral(source)
  }
  return value === null || typeof value === "string" || typeof value === "boolean" ? value : undefined
}

/** The name of a member; `undefined` where it is no string. */
export const keyOf = ({ key }: Pair): string | undefined =>
  isScalar(key) && typeof key.value === "string" && key.value !== "<<" && key.anchor === undefined
    ? key.value
    : undefined

const membersOf = (map: YAMLMap): Value | undefined => {
  const entries: Array<readonly [string, Value]> = []
  // The library would look for keys that are there twice among all before, one by one.
  const keys = new Set<string>()
  for (const pair of map.items) {
    const key = keyOf(pair)
    const member = pair.value === null ? null : valueOf(pair.value)
    if (key === undefined || member === undefined || keys.has(key)) return undefined
    keys.add(key)
    entries.push([key, member])
  }
  return Object.fromEntries(entries)
}

const itemsOf = (seq: YAMLSeq): Value | undefined => {
  const items: Array<Value> = []
  for (const item of seq.items) {
    const value = isPair(item) ? undefined : valueOf(item)
    if (value === undefined) return undefined
    items.push(value)
  }
  return items
}

/** The value of a node. */
export const valueOf = (node: unknown): Value | undefined => {
  if (isAlias(node) || (!isMap(node) && !isSeq(node) && !isScalar(node))) return undefined
  if (node.tag !== undefined || node.anchor !== undefined) return undefined
  return isScalar(node) ? scalarOf(node) : isMap(node) ? membersOf(node) : itemsOf(node)
}

/** Reads a YAML text; `undefined` where it is no plain value. */
export const parseYaml = (text: string): Value | undefined => {
  try {
    const document = documentOf(text)
    return document === undefined ? undefined : valueOf(document.contents)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
