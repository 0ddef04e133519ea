/**
 * A store of bytes by their content: what was put in can be got by its digest, and never changes.
 *
 * Bytes go through it in pieces, so that no body has to fit into memory. It is what documents refer to that are too
 * small to hold their content.
 */

/** `sha256:` and the hash of the bytes in hexadecimal. */
export type ContentDigest = `sha256:${string}`

/** Takes bytes piece by piece. */
export interface ContentWriter {
  readonly write: (piece: Uint8Array) => Promise<void>
  /** Makes what was written durable under its digest. */
  readonly keep: (digest: ContentDigest) => Promise<void>
  /** Lets go of what was not kept. */
  readonly close: () => Promise<void>
}

/** Keeps bytes by their content. */
export interface ContentStore {
  /** How many bytes that content has; `undefined` where it is not there. */
  readonly size: (digest: ContentDigest) => Promise<number | undefined>
  readonly writer: () => Promise<ContentWriter>
  /** Hands out the bytes piece by piece; fails where they are not there. */
  readonly read: (digest: ContentDigest, take: (piece: Uint8Array) => Promise<void>) => Promise<void>
}
