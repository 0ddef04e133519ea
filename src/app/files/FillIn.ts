/**
 * Puts the values of the environment into a document and turns references into nodes of a template.
 *
 * Where a value came from the environment is remembered by path, and the value itself, so that both stay secret. The
 * default text of `${env.NAME:-text}` stands in the file for everybody to read and is none. A value of the
 * environment is always a text, also where it is the whole string.
 */
import { Result } from "effect"
import { isArray, isObject, type Json } from "../../domain/Document.ts"
import { type Path, renderPointer } from "../../domain/Pointer.ts"
import { sealMark } from "../../domain/Sealed.ts"
import { refNode } from "../../domain/Template.ts"
import { hasInterpolation, parseText, type Piece } from "./Interpolation.ts"

/** The environment, as a table of names. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What filling in is done with. */
export interface Filling {
  readonly env: Environment
  /** Whether `${kind.name.path}` may stand there. */
  readonly references: "allowed" | "refused"
  readonly report: (path: Path, part: "key" | "value", message: string, hint: string) => void
}

/** A document with its values in place. */
export interface Filled {
  readonly value: Json
  /** Pointers of the texts that hold a value of the environment. */
  readonly secretPaths: ReadonlyArray<string>
  readonly secrets: ReadonlyArray<string>
}

const plain = (value: Json): Filled => ({ value, secretPaths: [], secrets: [] })

/** Keys that amends itself writes into documents. */
const reserved: ReadonlyArray<string> = ["$ref", "$join", sealMark]

/** A piece in place: what it comes to, and whether it is secret. */
interface Placed {
  readonly value: Json
  readonly secret: boolean
}

const valueOf = (filling: Filling, path: Path, piece: Exclude<Piece, { _tag: "text" }>): Placed => {
  if (piece._tag === "reference") {
    if (filling.references === "allowed") return { value: refNode(piece.reference), secret: false }
    filling.report(
      path,
      "value",
      "a resource cannot be referred to here",
      "references belong into the spec of a resource"
    )
    return { value: "", secret: false }
  }
  const found = Object.hasOwn(filling.env, piece.name) ? filling.env[piece.name] : undefined
  if (found !== undefined && (found !== "" || piece.fallback === undefined)) return { value: found, secret: true }
  if (piece.fallback !== undefined) return { value: piece.fallback, secret: false }
  const message = `the environment variable ${piece.name} is not set`
  filling.report(path, "value", message, `set it, or give a default: \${env.${piece.name}:-text}`)
  return { value: "", secret: false }
}

const joined = (placed: ReadonlyArray<Placed>): Json => {
  const values = placed.map(({ value }) => value)
  const [only] = values
  if (values.length === 1 && only !== undefined) return only
  return values.every((value) => typeof value === "string") ? values.join("") : { $join: values }
}

const fillText = (filling: Filling, text: string, path: Path): Filled => {
  const parsed = parseText(text)
  if (Result.isFailure(parsed)) {
    filling.report(path, "value", parsed.failure.message, parsed.failure.hint)
    return plain(text)
  }
  const placed = parsed.success.map((piece): Placed =>
    piece._tag === "text" ? { value: piece.text, secret: false } : valueOf(filling, path, piece)
  )
  const secrets = placed.flatMap(({ value, secret }) =>
    secret && typeof value === "string" && value !== "" ? [value] : []
  )
  const secretPaths = placed.some(({ secret }) => secret) ? [renderPointer(path)] : []
  return { value: joined(placed), secretPaths, secrets }
}

const checkKeys = (filling: Filling, keys: ReadonlyArray<string>, path: Path): void => {
  for (const key of keys.filter(hasInterpolation)) {
    filling.report([...path, key], "key", "a key cannot hold ${…}", "write the key out")
  }
  const [only] = keys
  if (keys.length === 1 && only !== undefined && reserved.includes(only)) {
    const hint = "an object with only this key cannot be declared"
    filling.report([...path, only], "key", `the key ${JSON.stringify(only)} is reserved`, hint)
  }
}

const gather = (value: Json, parts: ReadonlyArray<Filled>): Filled => ({
  value,
  secretPaths: parts.flatMap(({ secretPaths }) => secretPaths),
  secrets: parts.flatMap(({ secrets }) => secrets)
})

/** Fills in a value; `path` is where it stands. */
export const fillIn = (filling: Filling, value: Json, path: Path = []): Filled => {
  if (typeof value === "string") return hasInterpolation(value) ? fillText(filling, value, path) : plain(value)
  if (isArray(value)) {
    const items = value.map((item, index) => fillIn(filling, item, [...path, String(index)]))
    return gather(items.map((item) => item.value), items)
  }
  if (!isObject(value)) return plain(value)
  checkKeys(filling, Object.keys(value), path)
  const members = Object.entries(value).map(([key, member]) => [key, fillIn(filling, member, [...path, key])] as const)
  return gather(
    Object.fromEntries(members.map(([key, filled]) => [key, filled.value])),
    members.map(([, filled]) => filled)
  )
}
