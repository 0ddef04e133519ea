/**
 * How the content of a file stands in a document, in one way for the same bytes, so that equal files have equal
 * documents: small text as `content`, other small bytes as `base64`, everything else as the `digest` of what the store
 * keeps. Pure.
 */
import type { Document, JsonObject } from "../../domain/Document.ts"
import { Limits } from "../../domain/Limits.ts"
import type { ContentDigest } from "../ContentStore.ts"
import { type Bytes, digestOf } from "./Pieces.ts"

/** What a file is to hold: bytes at hand, or those that the store keeps. */
export type Content =
  | { readonly _tag: "inline"; readonly bytes: Buffer }
  | { readonly _tag: "stored"; readonly digest: ContentDigest }

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The text that bytes are, or `undefined` where they are none. */
const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** The members of a document that say what a file holds; those that it does not have are not there. */
export const contentFields = ({ digest, inline }: Bytes): JsonObject => {
  if (inline === undefined) return { digest }
  const text = textOf(inline)
  return text === undefined ? { base64: inline.toString("base64") } : { content: text }
}

/** The bytes of a text or a buffer, as if they had been read. */
export const bytesOf = (bytes: Buffer): Bytes => {
  const { length: size } = bytes
  return { digest: digestOf(bytes), size, ...(size > Limits.managedInlineBytesMax ? {} : { inline: bytes }) }
}

/** Tells whether a text is the digest of a content. */
export const isDigest = (text: unknown): text is ContentDigest =>
  typeof text === "string" && /^sha256:[0-9a-f]{64}$/.test(text)

/** What a document wants in a file; `undefined` where it does not say. */
export const contentIn = ({ base64, content, digest }: Document): Content | undefined => {
  if (typeof content === "string") return { _tag: "inline", bytes: Buffer.from(content) }
  if (typeof base64 === "string") return { _tag: "inline", bytes: Buffer.from(base64, "base64") }
  return isDigest(digest) ? { _tag: "stored", digest } : undefined
}

/** The members that say what a file holds. */
export const contentMembers = ["content", "base64", "digest"] as const

/** A mode as documents hold it: four octal digits. */
export const modeText = (mode: number | bigint): string => (Number(mode) & 0o7777).toString(8).padStart(4, "0")

/** The mode of a file that is made without saying which. */
export const modeDefault = "0644"
