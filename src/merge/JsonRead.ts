/**
 * JSON texts as values, and back: with every digit, and with the comments of JSON with comments.
 *
 * A text that is not what it seems is no value at all: a member that is there twice, a comma too many, more than one
 * value. Such a file merges as text, where nothing gets lost.
 */
import { type Node, type ParseError, parseTree } from "jsonc-parser"
import { numberOf, type Value } from "./Value.ts"

const membersOf = (node: Node, text: string): Value | undefined => {
  const entries: Array<readonly [string, Value]> = []
  const keys = new Set<unknown>()
  for (const { children: [key, value] = [] } of node.children ?? []) {
    const member = value === undefined ? undefined : valueOf(value, text)
    if (key === undefined || member === undefined || keys.has(key.value)) return undefined
    keys.add(key.value)
    entries.push([String(key.value), member])
  }
  return Object.fromEntries(entries)
}

const valueOf = (node: Node, text: string): Value | undefined => {
  switch (node.type) {
    case "object":
      return membersOf(node, text)
    case "array": {
      const items = (node.children ?? []).map((child) => valueOf(child, text))
      return items.includes(undefined) ? undefined : items.flatMap((item) => item === undefined ? [] : [item])
    }
    case "number":
      return numberOf(text.slice(node.offset, node.offset + node.length))
    case "string":
    case "boolean":
      return node.value as string | boolean
    case "null":
      return null
    case "property":
      return undefined
  }
}

/** The syntax of a JSON text; `undefined` where it is none. */
export const treeOf = (text: string): Node | undefined => {
  const errors: Array<ParseError> = []
  const root = parseTree(text.replace(/^\uFEFF/, " "), errors, { allowTrailingComma: true })
  return errors.length === 0 ? root : undefined
}

/** Reads a JSON text, comments and trailing commas allowed; `undefined` where it is none, or ambiguous. */
export const parseJson = (text: string): Value | undefined => {
  try {
    const root = treeOf(text)
    return root === undefined ? undefined : valueOf(root, text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Writes a value as JSON, each number with its digits. */
export const printJson = (value: Value, indent = 0): string => JSON.stringify(value, undefined, indent)
