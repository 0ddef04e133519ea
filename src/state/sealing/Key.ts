/**
 * The workspace's key: 32 random bytes, from which every other key is derived.
 *
 * Each use has a key of its own (HKDF-SHA-256 under a name with the format's version), so that what is sealed, how a
 * nonce is made and what a digest tells cannot be played against each other. The check value is stored with the state
 * and tells a wrong key before anything is changed; it reveals nothing about the key.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto"
import { StateError } from "../StateError.ts"

/** Bytes of a key. */
export const keyBytes = 32

/** The keys in use, derived from the workspace's key. */
export interface Keys {
  /** Encrypts leaves. */
  readonly seal: KeyObject
  /** Makes the nonce of a leaf from its content. */
  readonly nonce: KeyObject
  /** Makes digests. */
  readonly digest: KeyObject
  /** Tells this key from another one; safe to store. */
  readonly check: string
}

/** A key object: node would make one of plain bytes at every use, which costs more than the hash. */
const derive = (key: Uint8Array, use: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync("sha256", key, new Uint8Array(0), `amends/v1/${use}`, keyBytes)))

/** Derives the keys in use. */
export const keysOf = (key: Uint8Array): Keys => ({
  seal: derive(key, "seal"),
  nonce: derive(key, "nonce"),
  digest: derive(key, "digest"),
  check: `v1.${createHmac("sha256", derive(key, "check")).update("amends state").digest("hex")}`
})

/** Tells whether a stored check value is of these keys. */
export const isOf = (keys: Keys, check: string): boolean => {
  const [ours, stored] = [Buffer.from(keys.check), Buffer.from(check)]
  return ours.length === stored.length && timingSafeEqual(ours, stored)
}

const decoded = (text: string): Buffer | undefined => {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex")
  // Node's decoder takes both alphabets, with or without padding, and skips what is neither: so look first.
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, "base64") : undefined
}

/**
 * Reads a key's text: 64 hexadecimal digits, or base64 (either alphabet), of 32 bytes.
 *
 * Throws StateError WrongKey for anything else: a passphrase is refused rather than stretched, since a weak one would
 * quietly weaken every digest. `source` names where the text came from; the text itself is never repeated.
 */
export const parseKey = (text: string, source: string): Uint8Array => {
  const key = decoded(text.trim())
  if (key !== undefined && key.length === keyBytes) return key
  throw new StateError({
    reason: "WrongKey",
    operation: "key",
    detail: `${source} does not hold a key of ${keyBytes} bytes`,
    hint: "A key is 64 hexadecimal digits or 44 characters of base64, e.g. from `openssl rand -hex 32`."
  })
}
