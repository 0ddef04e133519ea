/**
 * The forms in which a secret value turns up in texts: as it is, inside JSON, inside a URL or form, inside base64.
 *
 * A server's error text quotes the body it was sent, a header holds `user:password` in base64: looking for the plain
 * value alone would let those through. Base64 of a longer text shows a value in three alignments; each has a stretch
 * of characters that does not depend on its neighbours.
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

/** Lists the forms of a secret value, without duplicates. */
export const formsOf = (value: string): ReadonlyArray<Form> => {
  const bytes = Buffer.from(value, "utf8")
  const plain = new Set([value, JSON.stringify(value).slice(1, -1), ...urlForms(value)])
  const cores = [0, 1, 2].map((offset) => base64Core(bytes, offset))
  const url = cores.map((core) => core.replaceAll("+", "-").replaceAll("/", "_"))
  return [
    ...[...plain].map((text) => ({ text, inBase64: false })),
    ...[...new Set([...cores, ...url])].map((text) => ({ text, inBase64: true }))
  ].filter(({ text }) => text.length >= Limits.secretLengthMin)
}
