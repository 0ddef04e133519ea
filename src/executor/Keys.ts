/**
 * The names that the engine gives to what it sends. Pure.
 *
 * An idempotency key names a call of a step of a batch in one direction; it is never derived from a position in code.
 */
import { hash } from "node:crypto"
import type { Direction } from "../domain/Entry.ts"
import type { BatchId, Digest, StepId } from "../domain/Ids.ts"
import type { Call } from "../providers/Provider.ts"
import type { Sealer } from "../state/Sealer.ts"

/** What a key is made of. `round` tells a call apart from the same call in an earlier try of the operation. */
export interface KeyParts {
  readonly batch: BatchId
  readonly step: StepId
  readonly call: number
  readonly direction: Direction
  readonly generation: number
  readonly round: number | string
}

/** The digest of what a call sends: an HMAC, because a body may hold secrets. */
export const requestDigest = (sealer: Sealer["Service"], call: Call, id: string | undefined): Digest =>
  sealer.digest([call.method, call.path, id ?? "", call.body ?? null])

/** Whether a text may be an idempotency key of ours, which is what a marker holds. */
export const isKey = (text: unknown): boolean => typeof text === "string" && /^[0-9a-f]{32}$/.test(text)

/** The idempotency key of a call: 32 hex digits. */
export const idempotencyKey = (parts: KeyParts): string =>
  hash(
    "sha256",
    [parts.batch, parts.step, parts.call, parts.direction, parts.generation, parts.round].join("\n"),
    "hex"
  ).slice(0, 32)
