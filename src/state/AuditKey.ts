/**
 * Keys that records of the audit trail are signed with: Ed25519, as PEM (RFC 8410), or as one line of base64.
 *
 * The private key is the operator's and need not be where the state is; the public one is enough to check. Signing
 * keeps out who can write the state and its key, but not this one.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject, sign, verify } from "node:crypto"
import { StateError } from "./StateError.ts"

/** What signs. */
export interface Signer {
  /** The id of the key: the beginning of a digest of its public half. */
  readonly id: string
  readonly sign: (text: string) => string
}

/** Tells whether a text was signed with one of the keys; `unknown` where none has that id. */
export type CheckSignature = (signer: string, text: string, signature: string) => "right" | "wrong" | "unknown"

const idLength = 16

const idOf = (publicKey: KeyObject): string =>
  hash("sha256", publicKey.export({ format: "der", type: "spki" }), "hex").slice(0, idLength)

const unreadable = (source: string, what: string): StateError =>
  new StateError({
    reason: "WrongKey",
    operation: "audit",
    detail: `${source} does not hold ${what} of Ed25519`,
    hint: "Make a pair with `amends audit keygen --out FILE`; it prints the public key."
  })

const asKey = (text: string, source: string, what: string, read: (text: string) => KeyObject): KeyObject => {
  let key: KeyObject | undefined
  try {
    key = read(text.trim())
  } catch {
    key = undefined
  }
  if (key?.asymmetricKeyType !== "ed25519") throw unreadable(source, what)
  return key
}

const readPrivate = (text: string): KeyObject =>
  text.startsWith("-----")
    ? createPrivateKey(text)
    : createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" })

/** Reads a private key. `source` names where the text came from; the text is never repeated. Throws StateError. */
export const signerOf = (text: string, source: string): Signer & { readonly publicText: string } => {
  const key = asKey(text, source, "a private key", readPrivate)
  const publicKey = createPublicKey(key)
  return {
    id: idOf(publicKey),
    publicText: String(publicKey.export({ format: "pem", type: "spki" })),
    sign: (signed) => sign(null, Buffer.from(signed), key).toString("base64")
  }
}

const block = /-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g

/** Reads public keys, one PEM block after the other. Throws StateError where there is none. */
export const checkerOf = (text: string, source: string): CheckSignature => {
  const blocks = text.match(block) ?? []
  if (blocks.length === 0) throw unreadable(source, "a public key")
  const keys = new Map(blocks.map((one) => {
    const key = asKey(one, source, "a public key", createPublicKey)
    return [idOf(key), key] as const
  }))
  return (signer, signed, signature) => {
    const key = keys.get(signer)
    if (key === undefined) return "unknown"
    return verify(null, Buffer.from(signed), key, Buffer.from(signature, "base64")) ? "right" : "wrong"
  }
}

/** Makes a new pair, as PEM. */
export const newAuditKey = (): { readonly privateText: string; readonly publicText: string; readonly id: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  return {
    privateText: String(privateKey.export({ format: "pem", type: "pkcs8" })),
    publicText: String(publicKey.export({ format: "pem", type: "spki" })),
    id: idOf(publicKey)
  }
}
