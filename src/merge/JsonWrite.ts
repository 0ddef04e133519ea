/**
 * Changes a JSON text place by place so that it holds another value, and leaves all else as it is.
 *
 * What is replaced is replaced in one go, by where it stands. What comes or goes is put in or taken out one by one, as
 * commas have to follow; since the text is read again for each, there is a bound, beyond which nothing is written.
 */
import {
  applyEdits,
  type Edit,
  type FormattingOptions,
  type JSONPath,
  type ModificationOptions,
  modify,
  type Node
} from "jsonc-parser"
import { Limits } from "../domain/Limits.ts"
import { listSteps, type Written } from "./FileFormat.ts"
import { parseJson, treeOf } from "./JsonRead.ts"
import { isList, isMembers, type Members, sameSpelled, type Value } from "./Value.ts"

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

/** Something that comes or goes. */
interface Change {
  readonly path: JSONPath
  readonly value: Value | undefined
  readonly options: ModificationOptions
}

/** What is to be done to a text. */
interface Work {
  readonly text: string
  readonly layout: FormattingOptions | undefined
  readonly replaced: Array<Edit>
  readonly changes: Array<Change>
}

/** A line break and the blanks that the line of a place begins with. */
const newlineAt = (text: string, offset: number, layout: FormattingOptions): string => {
  const [indent = ""] = /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1)) ?? []
  return `${layout.eol ?? "\n"}${indent}`
}

/** A value as it is set out at a place. */
const printed = ({ text, layout }: Pick<Work, "text" | "layout">, offset: number, value: Value | undefined): string => {
  if (layout === undefined) return JSON.stringify(value)
  const unit = layout.insertSpaces === true ? " ".repeat(layout.tabSize ?? 2) : "\t"
  return JSON.stringify(value, undefined, unit).replaceAll("\n", newlineAt(text, offset, layout))
}

/** What is put behind a member goes behind the comment on its line, too; `undefined` where there is none. */
const behindComment = (work: Pick<Work, "text" | "layout">, { path, value }: Change, edit: Edit | undefined) => {
  const { text, layout } = work
  if (edit === undefined || edit.length > 0 || !edit.content.startsWith(",") || layout === undefined) return undefined
  const comment = /^[ \t]*(?:\/\/[^\r\n]*|\/\*[^*\r\n]*\*\/)(?=[ \t]*\r?\n)/.exec(text.slice(edit.offset))
  if (comment === null) return undefined
  const key = path.at(-1)
  const name = typeof key === "string" ? `${JSON.stringify(key)}: ` : ""
  const content = newlineAt(text, edit.offset, layout) + name + printed(work, edit.offset, value)
  return [
    { offset: edit.offset, length: 0, content: "," },
    { offset: edit.offset + comment[0].length, length: 0, content }
  ]
}

const changed = (text: string, layout: FormattingOptions | undefined, change: Change): string => {
  const { path, value, options } = change
  const formatted = layout === undefined ? options : { ...options, formattingOptions: layout }
  const raw = modify(text, path, value, options)
  const edits = behindComment({ text, layout }, change, raw[0]) ??
    (layout === undefined ? raw : modify(text, path, value, formatted))
  return applyEdits(text, edits)
}

/** A value of ours: where it stands in the text. */
interface Spot {
  readonly node: Node | undefined
  readonly path: JSONPath
}

const membersOf = (node: Node | undefined): ReadonlyMap<unknown, Node | undefined> =>
  new Map((node?.children ?? []).map(({ children: [key, value] = [] }) => [key?.value as unknown, value]))

const writeList = (
  work: Work,
  { node, path }: Spot,
  before: ReadonlyArray<Value>,
  after: ReadonlyArray<Value>
): void => {
  for (const step of listSteps(before, after)) {
    if (step._tag === "keep") {
      const spot = { node: node?.children?.[step.from], path: [...path, step.from] }
      writeAt(work, spot, before[step.from], after[step.to])
    } else if (step._tag === "drop") {
      work.changes.push({ path: [...path, step.from], value: undefined, options: {} })
    } else {
      work.changes.push({ path: [...path, step.at], value: after[step.to], options: { isArrayInsertion: true } })
    }
  }
}

const writeMembers = (work: Work, { node, path }: Spot, before: Members, after: Members): void => {
  const nodes = membersOf(node)
  for (const key of Object.keys(before)) {
    const spot = { node: nodes.get(key), path: [...path, key] }
    if (Object.hasOwn(after, key)) writeAt(work, spot, before[key], after[key])
    else work.changes.push({ path: spot.path, value: undefined, options: {} })
  }
  for (const [key, value] of Object.entries(after)) {
    if (!Object.hasOwn(before, key)) work.changes.push({ path: [...path, key], value, options: {} })
  }
}

const writeAt = (work: Work, spot: Spot, before: Value | undefined, after: Value | undefined): void => {
  if (isMembers(before) && isMembers(after)) writeMembers(work, spot, before, after)
  else if (isList(before) && isList(after)) writeList(work, spot, before, after)
  else if (spot.node !== undefined && !sameSpelled(before, after)) {
    const { offset, length } = spot.node
    work.replaced.push({ offset, length, content: printed(work, offset, after) })
  }
}

/** Writes a value into ours; `undefined` where that would take too long. */
export const writeJson = ({ ours }: Written, value: Value): string | undefined => {
  const before = parseJson(ours)
  if (before === undefined) return undefined
  const layout = layoutOf(ours)
  const work: Work = { text: ours, layout, replaced: [], changes: [] }
  writeAt(work, { node: treeOf(ours), path: [] }, before, value)
  if (work.changes.length * ours.length > Limits.mergeRewriteMax) return undefined
  return work.changes.reduce((text, one) => changed(text, layout, one), applyEdits(ours, work.replaced))
}
