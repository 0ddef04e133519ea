/**
 * What the provider contract is tried on: a provider with its remote system, and documents to try each kind with.
 *
 * The author of a provider says these; the suite does the rest through the port alone, as the engine does.
 */
import { Effect, Schema, type Scope } from "effect"
import type { Document } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { Provider } from "./Provider.ts"
import type { ProviderError } from "./ProviderError.ts"

/** A provider broke a rule of the port: which, and what was seen. */
export class ContractBroken extends Schema.TaggedError<ContractBroken>()("ContractBroken", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/** What the next request is to meet. Names say what the remote does, not what the provider is to make of it. */
export const faultNames = [
  "refused",
  "unauthorized",
  "throttled",
  "notSent",
  "lostBefore",
  "lostAfter",
  "otherId"
] as const
export type FaultName = (typeof faultNames)[number]

/** A provider with a remote system of its own: empty, and nobody else writes to it. */
export interface ContractSubject {
  readonly provider: Provider
  /** How many writes reached the remote; without it, that reads write nothing is not looked at. */
  readonly writes?: Effect.Effect<number>
  /** Arranges for the next write (`otherId`: the next read) to meet this; see `ProviderContract.faults`. */
  readonly fault?: (name: FaultName) => Effect.Effect<void>
}

/** Documents to try one kind with, as files declare them. */
export interface KindExample {
  readonly kind: string
  readonly create: Document
  /** Members to change afterwards, other than those of `create`; at least one. */
  readonly update: Document
  /** Resources it refers to: created first, their ids put at `at`. */
  readonly needs?: ReadonlyArray<{ readonly at: string; readonly kind: string; readonly create: Document }>
}

/** One kind on trial, its needs already there. */
export interface Trial {
  readonly subject: ContractSubject
  readonly provider: Provider
  readonly kind: Kind
  readonly example: KindExample
}

/** Why a case ended without success. */
export type Trouble = ContractBroken | ProviderError

/** A rule of the port that a trial shows to hold. */
export interface ContractCase {
  readonly fact: string
  /** Kinds it says nothing about are left out. */
  readonly concerns?: (kind: Kind) => boolean
  readonly holds: (trial: Trial) => Effect.Effect<void, Trouble, Scope.Scope>
}

/** Fails with what was seen, unless it holds. */
export const demand = (holds: unknown, detail: string): Effect.Effect<void, ContractBroken> =>
  holds === false || holds === undefined ? Effect.fail(new ContractBroken({ detail })) : Effect.void
