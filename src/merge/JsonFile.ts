/**
 * JSON texts as values, and back: with every digit, and with the comments of JSON with comments.
 *
 * A text that is not what it seems is no value at all: a member that is there twice, a comma too many, more than one
 * value. Such a file merges as text, where nothing gets lost.
 */
import {
  applyEdits,
  type Edit,
  type FormattingOptions,
  type JSONPath,
  type ModificationOptions,
  modify,
  type Node,
  type ParseError,
  parseTree,
  visit
} from "jsonc-parser"
import { type FileFormat, listSteps } from "./FileFormat.ts"
import { isList, isMembers, type Members, numberOf, type Value } from "./Value.ts"

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

const treeOf = (text: string): Node | undefined => {
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

/** How a text is set out: by how many blanks or by tabs, and how its lines end; not at all on one line. */
const layoutOf = (text: string): FormattingOptions | undefined => {
  if (!text.trim().includes("\n")) return undefined
  const [, blanks = "  "] = /\n([ \t]+)\S/.exec(text) ?? []
  return {
    tabSize: blanks.startsWith("\t") ? 1 : blanks.length,
    insertSpaces: !blanks.startsWith("\t"),
    eol: text.includes("\r\n") ? "\r\n" : "\n"
  }
}

/** A text while it is changed, place by place. */
interface Draft {
  text: string
  readonly layout: FormattingOptions | undefined
}

/** What is put behind a member goes behind the comment on its line, too; `undefined` where there is none. */
const behindComment = (draft: Draft, path: JSONPath, value: unknown, edit: Edit | undefined) => {
  const { text, layout } = draft
  if (edit === undefined || edit.length > 0 || !edit.content.startsWith(",") || layout === undefined) return undefined
  const comment = /^[ \t]*(?:\/\/[^\r\n]*|\/\*[^*\r\n]*\*\/)(?=[ \t]*\r?\n)/.exec(text.slice(edit.offset))
  if (comment === null) return undefined
  const [indent = ""] = /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", edit.offset) + 1)) ?? []
  const newline = `${layout.eol ?? "\n"}${indent}`
  const unit = layout.insertSpaces === true ? " ".repeat(layout.tabSize ?? 2) : "\t"
  const key = path.at(-1)
  const content = JSON.stringify(value, undefined, unit).replaceAll("\n", newline)
  return [
    { offset: edit.offset, length: 0, content: "," },
    {
      offset: edit.offset + comment[0].length,
      length: 0,
      content: `${newline}${typeof key === "string" ? `${JSON.stringify(key)}: ` : ""}${content}`
    }
  ]
}

const change = (draft: Draft, path: JSONPath, value: unknown, options: ModificationOptions = {}): void => {
  const { text, layout } = draft
  const formatted = layout === undefined ? {} : { formattingOptions: layout }
  const edits = behindComment(draft, path, value, modify(text, path, value, options)[0]) ??
    modify(text, path, value, { ...formatted, ...options })
  draft.text = applyEdits(text, edits)
}

const writeList = (draft: Draft, path: JSONPath, before: ReadonlyArray<Value>, after: ReadonlyArray<Value>): void => {
  for (const step of listSteps(before, after)) {
    if (step._tag === "keep") writeAt(draft, [...path, step.from], before[step.from], after[step.to])
    else if (step._tag === "drop") change(draft, [...path, step.from], undefined)
    else change(draft, [...path, step.at], after[step.to], { isArrayInsertion: true })
  }
}

const writeMembers = (draft: Draft, path: JSONPath, before: Members, after: Members): void => {
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(after, key)) writeAt(draft, [...path, key], before[key], after[key])
    else change(draft, [...path, key], undefined)
  }
  for (const [key, member] of Object.entries(after)) {
    if (!Object.hasOwn(before, key)) change(draft, [...path, key], member)
  }
}

const writeAt = (draft: Draft, path: JSONPath, before: Value | undefined, after: Value | undefined): void => {
  if (isMembers(before) && isMembers(after)) writeMembers(draft, path, before, after)
  else if (isList(before) && isList(after)) writeList(draft, path, before, after)
  else if (JSON.stringify(before) !== JSON.stringify(after)) change(draft, path, after)
}

const commentsIn = (text: string): ReadonlyArray<string> => {
  const comments: Array<string> = []
  visit(text, { onComment: (offset, length) => comments.push(text.slice(offset, offset + length)) })
  return comments
}

/** JSON, with comments or without. */
export const jsonFormat: FileFormat = {
  name: "json",
  parse: parseJson,
  write: ({ ours }, value) => {
    const before = parseJson(ours)
    if (before === undefined) return undefined
    const draft: Draft = { text: ours, layout: layoutOf(ours) }
    writeAt(draft, [], before, value)
    return draft.text
  },
  comments: commentsIn
}
