/**
 * The port that seals secrets: AES-256-GCM under the workspace's key, HMACs for comparing and addressing.
 *
 * A leaf is secret by path (the kind's sensitive fields, fields that came from the environment) and by value (it
 * holds a value that was learned as secret, wherever it turns up, also inside a longer text).
 */
import { Context, type Effect } from "effect"
import type { Document, Json } from "../domain/Document.ts"
import type { Digest } from "../domain/Ids.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import type { StateError } from "./StateError.ts"

export class Sealer extends Context.Service<Sealer, {
  /** Learns values that are secret wherever they occur; shorter ones than `Limits.secretLengthMin` are ignored. */
  readonly learn: (values: ReadonlyArray<string>) => void
  /** Replaces secret leaves; `sensitive` are patterns of paths. Deterministic: equal documents seal alike. */
  readonly seal: (document: Document, sensitive: ReadonlyArray<string>) => SealedDocument
  /** Gives the leaves back, and learns them. Fails as WrongKey. */
  readonly open: (sealed: SealedDocument) => Effect.Effect<Document, StateError>
  /** HMAC under the key over canonical text. */
  readonly digest: (value: Json) => Digest
  /** Replaces learned values in a text by `(sensitive)`. */
  readonly redact: (text: string) => string
  /** Replaces learned values and sealed leaves in a document by `(sensitive)`, for showing. */
  readonly mask: (document: Json) => Json
}>()("amends/Sealer") {}
