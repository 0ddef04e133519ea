/**
 * The grammar of `${…}` in a text: references `${kind.name.path}`, values of the environment `${env.NAME}` with an
 * optional default `${env.NAME:-text}`, and `$${` for a literal `${`.
 *
 * A text that does not follow it is a problem, never taken literally: a misspelt reference must not reach a remote
 * system as text.
 */
import { Result } from "effect"
import { addressOf, kindPattern, namePattern } from "../../domain/Ids.ts"
import { renderPointer } from "../../domain/Pointer.ts"
import type { Reference } from "../../domain/Template.ts"

/** A piece of a text. */
export type Piece =
  | { readonly _tag: "text"; readonly text: string }
  | { readonly _tag: "env"; readonly name: string; readonly fallback?: string }
  | { readonly _tag: "reference"; readonly reference: Reference }

/** A text that does not follow the grammar. */
export interface Malformed {
  readonly message: string
  readonly hint: string
}

const malformed = (message: string, hint: string): Result.Result<never, Malformed> => Result.fail({ message, hint })

const envName = /^[A-Za-z_][A-Za-z0-9_]*$/
const segment = /^[^\s.[\]{}$:]+$/

const envPiece = (body: string): Result.Result<Piece, Malformed> => {
  const [name = "", ...rest] = body.slice("env.".length).split(":-")
  if (!envName.test(name)) {
    return malformed("no name of an environment variable stands after env.", "write ${env.NAME} or ${env.NAME:-text}")
  }
  return Result.succeed(rest.length === 0 ? { _tag: "env", name } : { _tag: "env", name, fallback: rest.join(":-") })
}

const referencePiece = (body: string): Result.Result<Piece, Malformed> => {
  const [kind = "", name = "", ...path] = body.split(".")
  const dots = /[[\]]/.test(body) ? "elements of lists are written with dots, as in ${kind.name.items.0.id}" : ""
  if (!kindPattern.test(kind) || !namePattern.test(name) || !path.every((part) => segment.test(part))) {
    return malformed("this is neither a reference nor a value of the environment", dots || usage)
  }
  if (path.length === 0) {
    return malformed(
      `the reference to ${kind}.${name} names no field`,
      `write \${${kind}.${name}.id} for its remote id`
    )
  }
  return Result.succeed({ _tag: "reference", reference: { address: addressOf(kind, name), path: renderPointer(path) } })
}

const usage = "write ${kind.name.field}, ${env.NAME} or ${env.NAME:-text}, and $${ for a literal ${"

const pieceOf = (body: string): Result.Result<Piece, Malformed> => {
  if (body.includes("${")) return malformed("a ${ stands inside another ${", usage)
  return body.startsWith("env.") ? envPiece(body) : referencePiece(body.trim())
}

/** Tells whether a text has anything to replace; a quick check before `parseText`. */
export const hasInterpolation = (text: string): boolean => text.includes("${")

const withText = (pieces: Array<Piece>, text: string): void => {
  const last = pieces.at(-1)
  if (last?._tag === "text") pieces[pieces.length - 1] = { _tag: "text", text: last.text + text }
  else if (text !== "") pieces.push({ _tag: "text", text })
}

/** Takes a text apart. */
export const parseText = (text: string): Result.Result<ReadonlyArray<Piece>, Malformed> => {
  const pieces: Array<Piece> = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf("${", at)
    if (open === -1) break
    if (open > at && text[open - 1] === "$") {
      withText(pieces, `${text.slice(at, open - 1)}\${`)
      at = open + 2
      continue
    }
    withText(pieces, text.slice(at, open))
    const close = text.indexOf("}", open)
    if (close === -1) return malformed("a ${ is not closed", "close it with }, or write $${ for a literal ${")
    const piece = pieceOf(text.slice(open + 2, close).trim())
    if (Result.isFailure(piece)) return Result.fail(piece.failure)
    pieces.push(piece.success)
    at = close + 1
  }
  withText(pieces, text.slice(at))
  return Result.succeed(pieces)
}
