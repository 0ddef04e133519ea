/**
 * Documents as they may leave memory: every secret leaf replaced by `{ "$sealed": … }`.
 *
 * Ports to durable memory take sealed documents only, so the compiler keeps a secret out of journal, plan and head
 * (rule 10). Sealing and opening is the state layer's Sealer.
 */
import type { Document, JsonObject } from "./Document.ts"

declare const sealed: unique symbol

/** A document without a secret in clear. */
export type SealedDocument = JsonObject & { readonly [sealed]: true }

/** The key of a sealed leaf. */
export const sealMark = "$sealed"

/** Marks a document that holds no secrets, or whose secrets are sealed already. */
export const asSealed = (document: Document): SealedDocument => document as SealedDocument
