/**
 * The names of things: addresses, batches, steps.
 *
 * Each is a branded string, so that one cannot stand where another is meant; the ids that a remote system gives are
 * plain strings, because they are theirs.
 */
import { Schema } from "effect"

/** A kind: `watchlist`, `notification_channel`, or one that a workspace describes. */
export const kindPattern = /^[a-zA-Z][a-zA-Z0-9_-]*$/

/** A resource's name in the workspace. */
export const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_-]*$/

/** `kind.name`, e.g. `watchlist.treasury`: one addressable resource of a workspace. */
export const Address = Schema.String.check(Schema.isPattern(/^[a-zA-Z][a-zA-Z0-9_-]*\.[a-zA-Z0-9][a-zA-Z0-9_-]*$/))
  .pipe(Schema.brand("Address"))
export type Address = typeof Address.Type

/** Makes an address of a kind and a name that are known to be legal. */
export const addressOf = (kind: string, name: string): Address => `${kind}.${name}` as Address

/** Reads `kind.name`, or answers `undefined` where the text is none. */
export const parseAddress = (text: string): { readonly kind: string; readonly name: string } | undefined => {
  const dot = text.indexOf(".")
  const [kind, name] = [text.slice(0, Math.max(dot, 0)), text.slice(dot + 1)]
  return kindPattern.test(kind) && namePattern.test(name) ? { kind, name } : undefined
}

/** The kind of an address. */
export const kindOf = (address: Address): string => address.slice(0, address.indexOf("."))

/** The name of a batch: one run of a plan. Sorts by the time it was opened. */
export const BatchId = Schema.NonEmptyString.pipe(Schema.brand("BatchId"))
export type BatchId = typeof BatchId.Type

/** The name of a step in its plan: the address, or `address#deposed` for the second half of a replace. */
export const StepId = Schema.NonEmptyString.pipe(Schema.brand("StepId"))
export type StepId = typeof StepId.Type

/** The rising number of a lease; every append carries it (fencing). */
export type Epoch = number

/** A digest, `sha256:` or `hmac:` and hex. Digests of documents with secrets are always HMACs. */
export type Digest = string
