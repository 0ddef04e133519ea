/**
 * One sealed leaf: `{ "$sealed": "v1.<base64url of nonce, ciphertext and tag>" }`, AES-256-GCM.
 *
 * The nonce is the HMAC of the content (as in SIV modes), so equal leaves seal alike: sealed documents can be compared
 * and content-addressed without opening them, and a run can be replayed. What an onlooker learns is which leaves are
 * equal, and how long they are.
 */
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto"
import { canonicalText, isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { sealMark } from "../../domain/Sealed.ts"
import type { Keys } from "./Key.ts"

const version = "v1."
const nonceBytes = 12
const tagBytes = 16
const algorithm = "aes-256-gcm"

/** Seals a value whole. */
export const sealLeaf = (keys: Keys, value: Json): JsonObject => {
  const text = canonicalText(value)
  const nonce = createHmac("sha256", keys.nonce).update(text).digest().subarray(0, nonceBytes)
  const cipher = createCipheriv(algorithm, keys.seal, nonce)
  const parts = [nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]
  return { [sealMark]: version + Buffer.concat(parts).toString("base64url") }
}

/** The sealed text of a leaf, or `undefined` where the value is none. */
export const sealedTextOf = (value: Json): string | undefined => {
  if (!isObject(value)) return undefined
  const text = value[sealMark]
  return typeof text === "string" && text.startsWith(version) && Object.keys(value).length === 1 ? text : undefined
}

/** Opens a sealed text. Throws where it was sealed under another key, or was tampered with. */
export const openLeaf = (keys: Keys, sealed: string): Json => {
  const bytes = Buffer.from(sealed.slice(version.length), "base64url")
  const decipher = createDecipheriv(algorithm, keys.seal, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAuthTag(bytes.subarray(Math.max(nonceBytes, bytes.length - tagBytes)))
  const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, "utf8") + decipher.final("utf8")
  return JSON.parse(text)
}
