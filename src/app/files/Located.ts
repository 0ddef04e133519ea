/**
 * A JSON value that knows where in its file each part of it stands.
 *
 * Places are kept as offsets and turned into line and column when a problem asks for them, so that a file without
 * problems pays little.
 */
import type { Json } from "../../domain/Document.ts"
import type { Path } from "../../domain/Pointer.ts"
import type { Place } from "../Workspace.ts"

/** A value, the offset it begins at, and its parts by their pointer segment. */
export interface Located {
  readonly value: Json
  readonly at: number
  readonly parts: ReadonlyMap<string, Part>
}

/** A member or element; `key` is the offset of the key, or of the element itself. */
export interface Part {
  readonly key: number
  readonly node: Located
}

const none: ReadonlyMap<string, Part> = new Map()

/** A text, number, boolean or null. */
export const locatedScalar = (value: null | boolean | number | string, at: number): Located => ({
  value,
  at,
  parts: none
})

/** A list of located elements. */
export const locatedList = (items: ReadonlyArray<Located>, at: number): Located => ({
  value: items.map((item) => item.value),
  at,
  parts: new Map(items.map((node, index) => [String(index), { key: node.at, node }]))
})

/** An object of located members. */
export const locatedObject = (members: ReadonlyMap<string, Part>, at: number): Located => ({
  value: Object.fromEntries([...members].map(([key, { node }]) => [key, node.value])),
  at,
  parts: members
})

/** The offset of the key or value at a path; of the nearest thing around it where there is none. */
export const offsetOf = (root: Located, path: Path, part: "key" | "value"): number => {
  let node = root
  let key = root.at
  for (const segment of path) {
    const inner = node.parts.get(segment)
    if (inner === undefined) return node.at
    node = inner.node
    key = inner.key
  }
  return part === "key" ? key : node.at
}

/** The number of starts that are not beyond the offset: its line. */
const lineAt = (starts: ReadonlyArray<number>, offset: number): number => {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Makes the function from offsets in a text to places in its file. */
export const placesIn = (file: string, text: string): (offset: number) => Place => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return (offset) => {
    const line = lineAt(starts, offset)
    return { file, line, column: offset - (starts[line - 1] ?? 0) + 1 }
  }
}
