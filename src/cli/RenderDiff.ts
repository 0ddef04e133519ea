/**
 * The differences of one resource, field by field: `~ description: "old" → "new"`.
 *
 * Arrays are shown by the elements that come and go, because a watchlist of a thousand assets changes by one. A secret
 * is only said to be changed.
 */
import type { PairRow } from "../app/Diff.ts"
import { sensitiveText } from "../app/Shown.ts"
import type { Action } from "../domain/Change.ts"
import { canonicalText, type Document, isArray, isObject, type Json } from "../domain/Document.ts"
import { getAt, parsePointer, renderPointer } from "../domain/Pointer.ts"
import { isUnknown } from "../domain/Template.ts"
import { harmless, isSealed, shownValue } from "./ShowValue.ts"
import type { Paint } from "./Style.ts"

/** What differs between two documents. An absent side is nothing there. */
export interface Difference {
  readonly action: Action
  readonly before: Document | undefined
  readonly after: Document | undefined
  /** JSON Pointers. */
  readonly differs: ReadonlyArray<string>
  /** Texts that are told word by word, by pointer. */
  readonly texts?: ReadonlyMap<string, ReadonlyArray<PairRow>>
}

/** Elements of one array that are listed before the rest is only counted. */
const elementsShown = 20

const pointerText = (pointer: string): string => harmless(parsePointer(pointer).join("."))

const leaves = (value: Json, path: ReadonlyArray<string>): ReadonlyArray<string> => {
  const open = isObject(value) && !isSealed(value) && !isUnknown(value) && Object.keys(value).length > 0
  return open
    ? Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, key]))
    : [renderPointer(path)]
}

/** Of two arrays, the elements that are only in one, however often they are there. */
const onlyIn = (these: ReadonlyArray<Json>, those: ReadonlyArray<Json>): ReadonlyArray<Json> => {
  const left = new Map<string, number>()
  for (const item of those) left.set(canonicalText(item), (left.get(canonicalText(item)) ?? 0) + 1)
  return these.filter((item) => {
    const text = canonicalText(item)
    const count = left.get(text) ?? 0
    left.set(text, count - 1)
    return count <= 0
  })
}

const elements = (items: ReadonlyArray<Json>, sign: (text: string) => string): ReadonlyArray<string> => [
  ...items.slice(0, elementsShown).map((item) => sign(shownValue(item))),
  ...(items.length > elementsShown ? [sign(`… and ${items.length - elementsShown} more`)] : [])
]

const arrayLines = (
  name: string,
  before: ReadonlyArray<Json>,
  after: ReadonlyArray<Json>,
  paint: Paint
): ReadonlyArray<string> => {
  const [gone, come] = [onlyIn(before, after), onlyIn(after, before)]
  if (gone.length + come.length === 0) return [`${paint("yellow", "~")} ${name}: in another order`]
  const same = before.length - gone.length
  return [
    `${paint("yellow", "~")} ${name}:${same > 0 ? ` (${same} unchanged)` : ""}`,
    ...elements(gone, (text) => `    ${paint("red", "-")} ${text}`),
    ...elements(come, (text) => `    ${paint("green", "+")} ${text}`)
  ]
}

const cellText = ({ sign, words }: NonNullable<PairRow["before"]>, [open, close]: readonly [string, string]): string =>
  words.map(({ isChanged, text }) => sign === "~" && isChanged ? `${open}${harmless(text)}${close}` : harmless(text))
    .join("")

/** Lines of a text that changed, with the words that went and came. */
const textLines = (name: string, rows: ReadonlyArray<PairRow>, paint: Paint): ReadonlyArray<string> => [
  `${paint("yellow", "~")} ${name}:`,
  ...rows.flatMap(({ after, before }) => {
    if (before?.sign === " " && after?.sign === " ") return []
    return [
      ...(before === undefined ? [] : [`    ${paint("red", "-")} ${cellText(before, ["[-", "-]"])}`]),
      ...(after === undefined ? [] : [`    ${paint("green", "+")} ${cellText(after, ["{+", "+}"])}`])
    ]
  })
]

const changedLines = (pointer: string, difference: Difference, paint: Paint): ReadonlyArray<string> => {
  const name = pointerText(pointer)
  const before = getAt(difference.before, parsePointer(pointer))
  const after = getAt(difference.after, parsePointer(pointer))
  if (isSealed(before) && isSealed(after)) {
    const what = canonicalText(before ?? null) === canonicalText(after ?? null) ? "unchanged" : "changed"
    return [`${paint("yellow", "~")} ${name}: ${sensitiveText} ${what}`]
  }
  if (before === undefined) return [`${paint("green", "+")} ${name}: ${shownValue(after)}`]
  if (after === undefined) return [`${paint("red", "-")} ${name}: ${shownValue(before)}`]
  const rows = difference.texts?.get(pointer)
  if (rows !== undefined) return textLines(name, rows, paint)
  if (isArray(before) && isArray(after)) return arrayLines(name, before, after, paint)
  return [`${paint("yellow", "~")} ${name}: ${shownValue(before)} → ${shownValue(after)}`]
}

const whole = (
  document: Document,
  sign: string,
  colour: "green" | "red",
  paint: Paint
): ReadonlyArray<string> =>
  leaves(document, []).flatMap((pointer) => {
    const value = getAt(document, parsePointer(pointer))
    const lead = `${paint(colour, sign)} ${pointerText(pointer)}:`
    if (!isArray(value) || value.length < 2) return [`${lead} ${shownValue(value)}`]
    return [lead, ...elements(value, (text) => `    ${paint(colour, sign)} ${text}`)]
  })

/** The lines that say how a resource changes. */
export const diffLines = (difference: Difference, paint: Paint): ReadonlyArray<string> => {
  const { action, after, before, differs } = difference
  if (action === "create") return after === undefined ? [] : whole(after, "+", "green", paint)
  if (action === "delete") return before === undefined ? [] : whole(before, "-", "red", paint)
  return differs.flatMap((pointer) => changedLines(pointer, difference, paint))
}
