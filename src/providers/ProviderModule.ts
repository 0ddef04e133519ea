/**
 * The port for those who write providers of their own: `import type { ProviderModule } from "amends/providers"`.
 *
 * It is made of plain objects, functions and promises, so that a module needs nothing of amends when it runs: types
 * vanish, and no class has to be the same one on both sides (docs/adr/0018-modules-are-plain-objects.md). What crosses
 * is checked; a module that breaks a rule is told which one.
 */
import type { Operation } from "../domain/Change.ts"
import type { Document, Json, JsonObject } from "../domain/Document.ts"
import type { KindWords } from "./KindWords.ts"
import type { Probe } from "./Provider.ts"
import type { ProviderReason } from "./ProviderError.ts"

export type { Operation } from "../domain/Change.ts"
export type { Document, Json, JsonObject } from "../domain/Document.ts"
export type { KindWords } from "./KindWords.ts"
export type { Probe } from "./Provider.ts"
export type { ProviderReason } from "./ProviderError.ts"

/** What a module exports as `provider`, or as its default. */
export interface ProviderModule {
  /** Of the module; every batch says which one ran it. */
  readonly version: string
  /** What each kind is and keeps, as data. The engine believes it: claim only what the API keeps. */
  readonly kinds: { readonly [name: string]: KindWords }
  /** JSON Schema of the settings under the provider's name in amends.yaml, `use` aside; none when left out. */
  readonly settings?: JsonObject
  /** How long a request without an answer may still land, `2s`. Too little of it duplicates resources. */
  readonly horizon?: string
  /** Connects; what the provider does with its remote. Nothing is written here. */
  readonly open: (settings: JsonObject, context: ModuleContext) => OpenModule | Promise<OpenModule>
}

/** What a module is given. */
export interface ModuleContext {
  /** The provider's name in amends.yaml. */
  readonly name: string
  /** Absolute directory of the workspace. */
  readonly workspace: string
  /** Longest time of one operation; milliseconds. Its signal is aborted then. */
  readonly timeoutMs: number
  /** Makes the error that says why there is no answer; throw it. */
  readonly failure: (reason: ProviderReason, detail: string, more?: FailureMore) => Error
  /** Makes the error that says what is wrong with a setting; throw it from `open`. */
  readonly mistake: (pointer: string, detail: string, hint: string) => Error
  /** Says that a text is secret, such as a token that was fetched: from then on it is nowhere in clear. */
  readonly secret: (value: string) => void
  /** Sends one request over HTTP and says what its end means: it answers, or throws the right failure. */
  readonly ask: (url: string, asking?: Asking) => Promise<Asked>
}

/** What goes with a failure. */
export interface FailureMore {
  readonly status?: number
  /** Milliseconds that the server asked to wait. */
  readonly retryAfterMs?: number
  /** Whether the request may still land; absent counts as yes. */
  readonly mayLand?: boolean
}

/** A request over HTTP. */
export interface Asking {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly headers?: { readonly [name: string]: string }
  /** Sent as JSON. */
  readonly body?: Json
  readonly signal?: AbortSignal
}

/** An answer of success. */
export interface Asked {
  readonly status: number
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  readonly body: Json | undefined
}

/** What comes with every operation. */
export interface How {
  /** Aborted when the operation takes too long or is no longer wanted. */
  readonly signal: AbortSignal
}

/** A resource as it was read. */
export interface Found {
  readonly id: string
  /** In the shape of `spec`, read-only fields included. */
  readonly document: Document
  /** Changes with every write; the field `changeToken` where this is left out. */
  readonly token?: string
  /** What a conditional write sends back; with every resource of a kind that says `guard`. */
  readonly guard?: string
}

/** One request of an operation. What is left out follows from the operation. */
export interface ModuleCall {
  /** POST, PATCH or DELETE. */
  readonly method?: "POST" | "PUT" | "PATCH" | "DELETE"
  /** For logs, and for `send`: `/kind` or `/kind/{id}`. */
  readonly path?: string
  readonly body?: Json
  /** What the resource holds once this call is applied; only the last call of an operation may leave it out. */
  readonly expected?: Document
}

/** A call about to be sent. */
export interface ModuleSending {
  readonly kind: string
  readonly call: ModuleCall & {
    readonly operation: Operation["_tag"]
    readonly method: "POST" | "PUT" | "PATCH" | "DELETE"
    readonly path: string
    /** The guard that the write is conditional on. */
    readonly precondition?: string
  }
  /** Absent for the call that learns it: the first one of a create. */
  readonly id?: string
  readonly idempotencyKey: string
}

/** The answer of a call that was applied. `document` only where the answer is the whole resource. */
export interface ModuleAnswer {
  readonly id?: string
  readonly status?: number
  readonly document?: Document
  readonly token?: string
  readonly guard?: string
}

/** What a provider does with its remote. Only `send` changes anything; nobody but the engine repeats it. */
export interface OpenModule {
  /** Proves that the remote answers and takes the credentials. */
  readonly check?: (how: How) => Promise<void>
  /** One resource, or `undefined` for absent. */
  readonly observe: (kind: string, id: string, how: How) => Promise<Found | undefined>
  /** All resources of a kind, all pages of them; those of one collection where the kind has a scope. */
  readonly list: (kind: string, how: How & { readonly scope?: Probe }) => Promise<ReadonlyArray<Found>>
  /** Those that hold what the probe holds, by pointer. Left out, lists are looked through. */
  readonly find?: (kind: string, probe: Probe, how: How) => Promise<ReadonlyArray<Found>>
  /** The ordered calls of an operation; pure. Left out, each takes one, with the document or what changed of it. */
  readonly calls?: (kind: string, operation: Operation) => ReadonlyArray<ModuleCall>
  /** Sends one call once. Throws a failure where it surely was refused; anything else thrown leaves it in doubt. */
  readonly send: (sending: ModuleSending, how: How) => Promise<ModuleAnswer>
  readonly close?: () => void | Promise<void>
}
