/**
 * Documents as they may leave memory: every secret leaf replaced by `{ "$sealed": … }`.
 *
 * Ports to durable memory take sealed documents only, so the compiler keeps a secret out of journal, plan and head
 * (rule 10). Sealing and opening is the state layer's Sealer.
 */
import { type Document, isArray, isObject, type Json, type JsonObject } from "./Document.ts"
import type { Path } from "./Pointer.ts"

declare const sealed: unique symbol

/** A document without a secret in clear. */
export type SealedDocument = JsonObject & { readonly [sealed]: true }

/** The key of a sealed leaf. */
export const sealMark = "$sealed"

/** Marks a document that holds no secrets, or whose secrets are sealed already. */
export const asSealed = (document: Document): SealedDocument => document as SealedDocument

/** The places of sealed leaves in a document. */
export const sealedIn = (value: Json | undefined, path: Path = []): ReadonlyArray<Path> => {
  if (isArray(value)) return value.flatMap((item, index) => sealedIn(item, [...path, String(index)]))
  if (!isObject(value)) return []
  if (Object.hasOwn(value, sealMark)) return [path]
  return Object.entries(value).flatMap(([key, member]) => sealedIn(member, [...path, key]))
}
