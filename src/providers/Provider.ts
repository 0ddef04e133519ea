/**
 * The port to one remote system.
 *
 * A provider says what its API can do (the kinds) and how each operation is done (the calls); the engine decides
 * when, journals every call before its first byte, and settles lost answers. `observe`, `list` and `find` never
 * modify anything. Errors are one class with a closed set of reasons (ProviderError.ts).
 */
import { Context, Effect } from "effect"
import type { Operation } from "../domain/Change.ts"
import { type Document, equalJson, type Json, type JsonObject } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import type { StepAction } from "../domain/Plan.ts"
import { getAt, parsePointer } from "../domain/Pointer.ts"
import type { Declaration, Intake } from "./Intake.ts"
import type { ProviderError } from "./ProviderError.ts"

/** What a read found. The document is in the shape of `spec`, read-only fields included. */
export interface Observation {
  readonly id: string
  readonly document: Document
  /** Changes with every write. */
  readonly token?: string
  /** What a conditional write sends back. */
  readonly guard?: string
}

/** One request of an operation. `{id}` in the path is the remote id, filled in when the call is sent. */
export interface Call {
  readonly operation: Operation["_tag"]
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: string
  readonly body?: Json
  /** What the resource should hold once this call is applied, in the shape of `spec`; absent for nothing there. */
  readonly expected?: Document
  /** The answer of this call names the id of the new resource. */
  readonly learnsId: boolean
  /** The guard that a conditional write sends. */
  readonly precondition?: string
}

/** What a call is sent with. */
export interface Sending {
  readonly kind: string
  readonly call: Call
  /** Absent for the call that learns it. */
  readonly id?: string
  readonly idempotencyKey: string
}

/** The answer of a call that was applied. `document` only where the answer is the whole resource. */
export interface Answer {
  readonly status: number
  readonly id?: string
  readonly document?: Document
  readonly token?: string
  readonly guard?: string
}

/** What `find` searches by: values of the identity fields, of the marker field or of a name, by pointer. */
export interface Probe {
  readonly [pointer: string]: Json
}

/** The probe for what a document names: what it holds in those fields. */
export const probeOf = (fields: ReadonlyArray<string>, document: Document): Probe =>
  Object.fromEntries(fields.map((field) => [field, getAt(document, parsePointer(field)) ?? null]))

/** The collection that a document belongs to, where its kind has several. */
export const scopeOf = ({ scope }: Kind, document: Document): Probe | undefined =>
  scope === undefined ? undefined : probeOf(scope, document)

/** Tells whether a document holds all that a probe asks for. */
export const bears = (document: Document, probe: Probe): boolean =>
  Object.entries(probe).every(([field, value]) => equalJson(getAt(document, parsePointer(field)), value))

/** A step that a batch is about to take, as far as it is known by then: secrets and references are not. */
export interface Intended {
  readonly action: StepAction
  readonly id?: string
  readonly desired?: JsonObject
}

/** Requests of a compensation go before others, and a share of the rate budget is kept for them. */
export const Priority = Context.Reference<"forward" | "compensation">("amends/Priority", {
  defaultValue: () => "forward" as const
})

/**
 * Asked after every wait and right before the first byte of a write: where it says no, nothing is sent and the write
 * fails as NotSent. The engine answers with what is left of its lease; outside a batch it is open.
 */
export const SendGate = Context.Reference<Effect.Effect<boolean>>("amends/SendGate", {
  defaultValue: () => Effect.succeed(true)
})

/** Told how long a request waited because of its provider's rate limit, in milliseconds; nobody unless provided. */
export const RateWaits = Context.Reference<((ms: number) => void) | undefined>("amends/RateWaits", {
  defaultValue: () => undefined
})

/** How many requests a rate limit lets through in each such stretch of time, forward and on the way back. */
export interface Pace {
  readonly forward: number
  readonly back: number
  readonly perMs: number
}

/** A content that a provider keeps by its digest, beside the state. */
export interface KeptContent {
  readonly digest: string
  /** Where it is kept: two of the same place are one. */
  readonly place: string
  readonly bytes: number
  /** When it was kept, or taken up again; milliseconds since the epoch. */
  readonly at: number
}

/** Another state that keeps contents in a place. */
export interface OtherUser {
  readonly place: string
  readonly stateFile: string
  /** The file that says so. */
  readonly note: string
}

/** One remote system: its kinds, and how to read and write them. */
export interface Provider {
  readonly name: string
  readonly version: string
  readonly kinds: ReadonlyMap<string, Kind>
  /** How long a request without an answer may still land; milliseconds. */
  readonly horizonMs: number
  /** Longest time one attempt of a request takes; milliseconds. */
  readonly timeoutMs: number
  /** Absent where nothing limits the rate of its requests. */
  readonly pace?: Pace
  /** Proves that the endpoint answers and takes the credentials; called before the first intent of a batch. */
  readonly check: Effect.Effect<void, ProviderError>
  /** Reads one resource; `undefined` for absent. An answer with another id fails as Malformed. */
  readonly observe: (kind: string, id: string) => Effect.Effect<Observation | undefined, ProviderError>
  /** Reads all resources of a kind, page by page; those of one collection where the kind has a scope. */
  readonly list: (kind: string, scope?: Probe) => Effect.Effect<ReadonlyArray<Observation>, ProviderError>
  /** Searches by a key, marker or natural key; answers what bears the whole probe. */
  readonly find: (kind: string, probe: Probe) => Effect.Effect<ReadonlyArray<Observation>, ProviderError>
  /**
   * Brings a declaration into the form that documents of the kind have, before anything is planned with it: absent
   * where it has that form already. What is beside the workspace's files is read here and not later, so that a plan
   * stays what it was.
   */
  readonly intake?: (kind: string, declaration: Declaration) => Effect.Effect<Intake>
  /**
   * Fails where something of what a batch is about to do can be known not to work. Asked before its first intent, so
   * that nothing has to be taken back for it.
   */
  readonly ready?: (intended: ReadonlyArray<Intended>) => Effect.Effect<void, ProviderError>
  /** Removes what a killed process left beside its resources. Asked for before a recovery, under the lease. */
  readonly tidy?: Effect.Effect<void, ProviderError>
  /** What it keeps beside the state, where it keeps anything: what nothing names any more is let go of by pruning. */
  readonly contents?: {
    readonly list: Effect.Effect<ReadonlyArray<KeptContent>, ProviderError>
    /** Who keeps contents in the same place: while there is anybody, nothing of it goes. */
    readonly others: Effect.Effect<ReadonlyArray<OtherUser>, ProviderError>
    readonly drop: (contents: ReadonlyArray<KeptContent>) => Effect.Effect<void, ProviderError>
  }
  /** The ordered calls of an operation; pure. An update that changes nothing takes none. */
  readonly calls: (kind: string, operation: Operation) => ReadonlyArray<Call>
  /** A before-image as a body the API takes today, ids passed through `remap`; pure. */
  readonly restore: (kind: string, before: Document, remap: (kind: string, id: string) => string) => Document
  /** Sends one call once. Retries of what surely did not apply are the caller's. */
  readonly send: (sending: Sending) => Effect.Effect<Answer, ProviderError>
}
