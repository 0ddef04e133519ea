/**
 * A kind of resource described as data: what its API can do and what its fields mean.
 *
 * The engine draws every consequence from this description, so that no engine file branches on the name of a kind
 * (Kysely's adapters are the example). Patterns are JSON Pointers in which `*` stands for any member or element.
 */
import type { Schema } from "effect"
import type { Document, Json } from "./Document.ts"

/** How well an operation can be taken back. `lossy` and `none` say why, for the plan. */
export type Reversibility =
  | { readonly _tag: "exact" }
  | { readonly _tag: "lossy"; readonly why: string }
  | { readonly _tag: "none"; readonly why: string }

/**
 * Who names the resource: the server, or fields of the document (an id chosen by the client, or a unique natural key),
 * which together are unlike those of every other resource of the kind.
 */
export type Identity =
  | { readonly _tag: "server" }
  | { readonly _tag: "client"; readonly fields: ReadonlyArray<string> }
  | { readonly _tag: "natural"; readonly fields: ReadonlyArray<string> }

/** What the API of one kind offers; each capability changes what the engine may promise (docs/guarantees.md). */
export interface Capabilities {
  readonly identity: Identity
  /** Repeating a request with the same key has one effect, for `ttlMs`; absent where the API takes no key. */
  readonly idempotencyKey?: { readonly ttlMs: number }
  /** Conditional writes: the guard of an observation is sent back and a stale one is refused. */
  readonly guard: "none" | "etag" | "version"
  /** A field that changes with every write: it tells that something changed and guards nothing. */
  readonly changeToken?: string
  /** A searchable field where a trace of the step is left on the resource. */
  readonly marker?: { readonly field: string }
  /** How long a read or list may lag behind a write; 0 is strong consistency. Milliseconds. */
  readonly settlesWithinMs: number
  /** Whether `list` answers whole documents, so that it may stand for reading each. */
  readonly listIsWhole: boolean
  /** Whether an update says all that is there afterwards: what it leaves out is gone, also what is never given back. */
  readonly updateIsWhole?: boolean
  readonly reversibility: {
    readonly create: Reversibility
    readonly update: Reversibility
    readonly delete: Reversibility
  }
}

/** What the fields of a kind mean. A field without a role is an ordinary one, compared and written as it is. */
export interface Roles {
  /** Made by the server: never compared, never written. */
  readonly readOnly: ReadonlyArray<string>
  /**
   * Objects of which only these members are the user's, by pointer (`""` is the document): all others are made by the
   * server, like read-only ones, whatever it calls them.
   */
  readonly closed: { readonly [pointer: string]: ReadonlyArray<string> }
  /** Taken by the server and never given back: compared with what was last applied. */
  readonly writeOnly: ReadonlyArray<string>
  /** Secret: never in clear outside memory. */
  readonly sensitive: ReadonlyArray<string>
  /** A change of it means replace. */
  readonly immutable: ReadonlyArray<string>
  /** Holds the remote id of a resource of that kind. */
  readonly references: ReadonlyArray<{ readonly path: string; readonly kind: string }>
  /** Groups of members of which a document has one: to declare one takes the others away. */
  readonly alternatives: ReadonlyArray<ReadonlyArray<string>>
  /** Arrays without order or duplicates. */
  readonly sets: ReadonlyArray<string>
  /** Arrays whose elements are told apart by a field. */
  readonly keyed: ReadonlyArray<{ readonly path: string; readonly key: string }>
  /** Arrays in which order counts and that merge by what changed between elements that stayed. */
  readonly sequences: ReadonlyArray<string>
  /** Strings that merge by line. */
  readonly texts: ReadonlyArray<string>
  /** Strings whose case is not significant. */
  readonly caseInsensitive: ReadonlyArray<string>
  /** Where an empty text or list, or zero, means the same as none: servers give back any of them, null or nothing. */
  readonly blank: ReadonlyArray<string>
  /** What the server puts where nothing is said; a field no longer declared goes back to it, or else to null. */
  readonly defaults: { readonly [pointer: string]: Json }
  /** Fields that can be cleared by writing null; others are left as they are when no longer declared. */
  readonly clearable: ReadonlyArray<string>
}

/** One kind of resource: its schema, identity, capabilities and field roles. */
export interface Kind {
  readonly name: string
  readonly provider: string
  readonly description: string
  /** The desired document as files declare it. The editor's JSON Schema is made of it. */
  readonly schema: Schema.Codec<Document, Document>
  /** The field that holds the remote's own name and defaults to the resource's name in the workspace. */
  readonly nameField?: string
  /** Where that field is not filled in by itself, because the API may have none. */
  readonly nameDefault?: "none"
  /** The fields that name the collection a resource is in, where the kind has one for each parent; immutable. */
  readonly scope?: ReadonlyArray<string>
  /** What the API answers instead of a secret, e.g. `***`. */
  readonly mask?: RegExp
  readonly capabilities: Capabilities
  readonly roles: Roles
}

/** The roles of a kind whose fields are all ordinary; spread it and say what differs. */
export const plainRoles: Roles = {
  readOnly: [],
  closed: {},
  writeOnly: [],
  sensitive: [],
  immutable: [],
  references: [],
  alternatives: [],
  sets: [],
  keyed: [],
  sequences: [],
  texts: [],
  caseInsensitive: [],
  blank: [],
  defaults: {},
  clearable: []
}

/** The fields that together name a resource: its identity, or else its name; none where it has none. */
export const nameFields = ({ capabilities: { identity }, nameField, scope = [] }: Kind): ReadonlyArray<string> =>
  (identity._tag === "server" ? nameField === undefined ? [] : [...scope, nameField] : identity.fields)
    .map((field) => `/${field.replace(/^\//, "")}`)

/** Reversibility without a caveat. */
export const exact: Reversibility = { _tag: "exact" }
