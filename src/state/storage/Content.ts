/**
 * A document as it is kept: its canonical text, under the digest of that.
 *
 * Equal documents have one digest and are kept once, and one that was changed behind our back no longer fits its own.
 * The text is the sealed one: a digest says nothing about a secret that whoever holds the file could not see anyway.
 */
import { hash } from "node:crypto"
import { canonicalText } from "../../domain/Document.ts"
import type { Digest } from "../../domain/Ids.ts"
import type { SealedDocument } from "../../domain/Sealed.ts"

export interface Content {
  readonly digest: Digest
  readonly text: string
}

/** The digest of a text, `sha256:` and hex. */
export const digestOf = (text: string): Digest => `sha256:${hash("sha256", text, "hex")}`

/** Renders a document. */
export const contentOf = (document: SealedDocument): Content => {
  const text = canonicalText(document)
  return { digest: digestOf(text), text }
}

/** Reads the text of a document back. */
export const documentOf = (text: string): SealedDocument => JSON.parse(text) as SealedDocument
