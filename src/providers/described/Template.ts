/**
 * Templates of paths and parameters: `{name}` or `{/owner/name}` is a field of a document, `{id}` the remote id.
 *
 * Each value is percent-encoded, so that no value can end its segment or begin a parameter. What cannot be encoded, an
 * empty segment, `.` and `..`, is told by `unsafeIn`: such a path would lead elsewhere. Nothing is evaluated.
 */
import { Result } from "effect"
import { isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { parsePointer, type Path, renderPointer } from "../../domain/Pointer.ts"

/** A literal text, or the place of a value. */
export type Part = string | { readonly field: Path }

/** A parsed template. */
export type Template = ReadonlyArray<Part>

/** Reads a template; fails with what is wrong with it. */
export const parseTemplate = (text: string): Result.Result<Template, string> => {
  const parts: Array<Part> = []
  for (let at = 0; at < text.length;) {
    const open = text.indexOf("{", at)
    const literal = text.slice(at, open < 0 ? text.length : open)
    if (literal.includes("}")) return Result.fail("has a } without {")
    if (literal !== "") parts.push(literal)
    if (open < 0) break
    const close = text.indexOf("}", open)
    const name = text.slice(open + 1, close < 0 ? text.length : close)
    if (close < 0 || name.includes("{")) return Result.fail("has a { without }")
    const field = parsePointer(name)
    if (field.length === 0 || field.includes("")) return Result.fail("has a field without a name")
    parts.push({ field })
    at = close + 1
  }
  return Result.succeed(parts)
}

/** The fields that a template names, each once, as pointers. */
export const fieldsOf = (template: Template): ReadonlyArray<string> => [
  ...new Set(template.flatMap((part) => typeof part === "string" ? [] : [renderPointer(part.field)]))
]

/** The field that a text stands for as a whole, `{name}`; `undefined` for any other text. */
const fieldIn = (text: string): Path | undefined => {
  const [part, ...more] = Result.getOrElse(parseTemplate(text), () => [])
  return part === undefined || typeof part === "string" || more.length > 0 ? undefined : part.field
}

/** The fields that texts inside a constant stand for, as pointers. */
export const fieldsWithin = (constant: Json): ReadonlyArray<string> => {
  if (typeof constant === "string") {
    const field = fieldIn(constant)
    return field === undefined ? [] : [renderPointer(field)]
  }
  if (isArray(constant)) return constant.flatMap(fieldsWithin)
  return isObject(constant) ? Object.values(constant).flatMap(fieldsWithin) : []
}

/** Finds the value of a field, or `undefined`. */
export type Lookup = (field: Path) => Json | undefined

/** A scalar as the text that a URL holds; `undefined` for what has none. */
export const scalarText = (value: Json | undefined): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined

const hex = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`

/** A lone surrogate has no encoding; it becomes the replacement character rather than an exception. */
export const encoded = (value: string): string => encodeURIComponent(value.toWellFormed()).replaceAll(/[!'()*]/g, hex)

/**
 * Fills a template. A field that has no value, or an empty one, stays as it is written, `{name}`: no value can look
 * like that, since braces are encoded.
 */
export const render = (template: Template, lookup: Lookup): string =>
  template.map((part) => {
    if (typeof part === "string") return part
    const value = scalarText(lookup(part.field))
    return value === undefined || value === "" ? `{${renderPointer(part.field)}}` : encoded(value)
  }).join("")

const filledAt = (constant: Json, lookup: Lookup): Json | undefined => {
  if (typeof constant === "string") {
    const field = fieldIn(constant)
    return field === undefined ? constant : lookup(field)
  }
  if (isArray(constant)) return constant.flatMap((item) => filledAt(item, lookup) ?? [])
  return isObject(constant) ? filledWithin(constant, lookup) : constant
}

/** Constants with the values of the fields that texts in them stand for; one without a value is left out. */
export const filledWithin = (constants: JsonObject, lookup: Lookup): JsonObject =>
  Object.fromEntries(
    Object.entries(constants).flatMap(([key, member]) => {
      const value = filledAt(member, lookup)
      return value === undefined ? [] : [[key, value] as const]
    })
  )

/** Tells whether every field of a rendered template had a value. */
export const isFilled = (rendered: string): boolean => !rendered.includes("{")

/** What of a path would lead elsewhere than it says, or `undefined`. */
export const unsafeIn = (path: string): string | undefined => {
  const [missing] = /\{[^}]*\}/.exec(path) ?? []
  if (missing !== undefined) return `nothing for ${missing}`
  const [way = ""] = path.split("?", 1)
  const segment = way.split("/").find((one) => /^(\.|%2e){1,2}$/i.test(one))
  return segment === undefined ? undefined : `the part ${JSON.stringify(segment)}`
}
