/**
 * The forms in which a secret value turns up in texts: as it is or inside JSON, and either in a URL, form or base64.
 *
 * A server's error text quotes the body it was sent, a header holds `user:password` in base64: looking for the plain
 * value alone would let those through. A body is JSON before it is quoted or encoded, so a value is looked for as JSON
 * escapes it too, once for the body and once for a text that quotes the body. Base64 of a longer text shows a value in
 * three alignments; each has a stretch of characters that does not depend on its neighbours.
 */
import { Limits } from "../../domain/Limits.ts"

/** A text that gives a secret away. */
export interface Form {
  readonly text: string
  /** The characters around it belong to the same encoded text. */
  readonly inBase64: boolean
}

const bitsOfByte = 8
const bitsOfCharacter = 6

/** The characters of base64 that depend on the value alone, when it starts `offset` bytes into a group of three. */
const base64Core = (value: Buffer, offset: number): string => {
  const text = Buffer.concat([Buffer.alloc(offset), value]).toString("base64")
  const from = Math.ceil(offset * bitsOfByte / bitsOfCharacter)
  const to = Math.floor((offset + value.length) * bitsOfByte / bitsOfCharacter)
  return text.slice(from, to)
}

const urlForms = (value: string): ReadonlyArray<string> => {
  // A lone surrogate has no URL form at all, and `encodeURIComponent` throws on it.
  const encoded = encodeURIComponent(value.toWellFormed())
  const strict = encoded.replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return [encoded, strict].flatMap((text) => {
    const lower = text.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())
    return [text, lower, text.replaceAll("%20", "+"), lower.replaceAll("%20", "+")]
  })
}

const escaped = (value: string): string => JSON.stringify(value).slice(1, -1)

/** Lists the forms of a secret value, without duplicates. */
export const formsOf = (value: string): ReadonlyArray<Form> => {
  const spellings = [...new Set([value, escaped(value), escaped(escaped(value))])]
  const plain = new Set(spellings.flatMap((text) => [text, ...urlForms(text)]))
  const cores = spellings.map((text) => Buffer.from(text, "utf8")).flatMap((bytes) =>
    [0, 1, 2].map((offset) => base64Core(bytes, offset))
  )
  const url = cores.map((core) => core.replaceAll("+", "-").replaceAll("/", "_"))
  return [
    ...[...plain].map((text) => ({ text, inBase64: false })),
    ...[...new Set([...cores, ...url])].map((text) => ({ text, inBase64: true }))
  ].filter(({ text }) => text.length >= Limits.secretLengthMin)
}
