/**
 * JSON Pointers (RFC 6901) and patterns of them, where the segment `*` stands for any member or element.
 *
 * Field roles, `ignoreChanges` and conflicts name places in a document this way; nothing here throws on a place that
 * does not exist: reading answers `undefined`, writing leaves the document as it is.
 */
import { type Document, isArray, isObject, type Json } from "./Document.ts"

/** The segments of a pointer, unescaped. The empty path is the whole document. */
export type Path = ReadonlyArray<string>

/** Splits `/a/b~1c` into its segments; the empty text is the whole document. */
export const parsePointer = (pointer: string): Path =>
  pointer === "" ? [] : pointer.replace(/^\//, "").split("/").map((s) => s.replaceAll("~1", "/").replaceAll("~0", "~"))

/** Renders segments as a pointer. */
export const renderPointer = (path: Path): string =>
  path.map((segment) => `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

/** Reads the value at a path, or `undefined` where there is none. */
export const getAt = (value: Json | undefined, path: Path): Json | undefined =>
  path.reduce<Json | undefined>((at, segment) => {
    if (isArray(at)) return at[Number(segment)]
    return isObject(at) && Object.hasOwn(at, segment) ? at[segment] : undefined
  }, value)

const withMember = (value: Json | undefined, segment: string, member: Json | undefined): Json | undefined => {
  if (isArray(value)) {
    return member === undefined
      ? value.filter((_, index) => String(index) !== segment)
      : value.map((item, index) => String(index) === segment ? member : item)
  }
  if (value !== undefined && !isObject(value)) return value
  const { [segment]: _, ...rest } = value ?? {}
  return member === undefined ? rest : { ...value, [segment]: member }
}

/** Writes a value at a path, making objects on the way; `undefined` removes what is there. */
export const setAt = (value: Json | undefined, path: Path, replacement: Json | undefined): Json | undefined => {
  const [head, ...rest] = path
  if (head === undefined) return replacement
  const inner = getAt(value, [head])
  if (inner === undefined && replacement === undefined) return value
  return withMember(value, head, setAt(inner, rest, replacement))
}

/** A document with another value at a path; `undefined` takes out what is there. */
export const withAt = (document: Document, path: Path, value: Json | undefined): Document => {
  const next = setAt(document, path, value)
  return isObject(next) ? next : document
}

const escaped = (segment: string): string =>
  segment.includes("~") || segment.includes("/") ? segment.replaceAll("~", "~0").replaceAll("/", "~1") : segment

/** How many leading segments of a path a pattern means, or -1; takes no memory, because every compare asks it. */
const leading = (pattern: string, path: Path): number => {
  if (pattern === "") return 0
  let from = pattern.startsWith("/") ? 1 : 0
  for (const [index, segment] of path.entries()) {
    const slash = pattern.indexOf("/", from)
    const end = slash < 0 ? pattern.length : slash
    const text = escaped(segment)
    const any = end === from + 1 && pattern[from] === "*"
    const means = any || (end - from === text.length && pattern.startsWith(text, from))
    if (!means) return -1
    if (slash < 0) return index + 1
    from = slash + 1
  }
  return -1
}

/** Tells whether a path is one that a pattern means; `*` stands for any one segment. */
export const matches = (pattern: string, path: Path): boolean => leading(pattern, path) === path.length

/** Tells whether a path is what a pattern means or lies below it. */
export const covers = (pattern: string, path: Path): boolean => leading(pattern, path) >= 0

/** Tells whether one of two patterns means a place that lies in one of the other, or the same. */
export const overlaps = (a: string, b: string): boolean => {
  const [one, other] = [parsePointer(a), parsePointer(b)]
  return one.slice(0, other.length).every((segment, i) => segment === "*" || other[i] === "*" || segment === other[i])
}

const below = (value: Json, segment: string): ReadonlyArray<string> => {
  if (segment !== "*") return [segment]
  if (isArray(value)) return value.map((_, index) => String(index))
  return isObject(value) ? Object.keys(value) : []
}

/** Lists the places in a document that a pattern means, with what is there. */
export const select = (value: Json, pattern: string): ReadonlyArray<readonly [Path, Json]> =>
  parsePointer(pattern).reduce<ReadonlyArray<readonly [Path, Json]>>(
    (found, segment) =>
      found.flatMap(([path, at]) =>
        below(at, segment).flatMap((key) => {
          const inner = getAt(at, [key])
          return inner === undefined ? [] : [[[...path, key], inner] as const]
        })
      ),
    [[[], value]]
  )
