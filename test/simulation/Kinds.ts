/**
 * Kinds of the in-memory world made from what a scenario says of them: every identity with every capability.
 *
 * All kinds have the same fields, so that one checker reads them all: a name, a number with a default, a text that can
 * be cleared, a set, a text without case, and where the kind has them a reference, a fixed field and a secret.
 */
import { Schema } from "effect"
import type { Document } from "../../src/domain/Document.ts"
import { exact, type Reversibility } from "../../src/domain/Kind.ts"
import { memoryKind } from "../../src/providers/memory/Kinds.ts"
import type { MemoryKind } from "../../src/providers/memory/MemoryKind.ts"
import type { KindDraft } from "./Scenario.ts"

const text = Schema.optionalKey(Schema.NullOr(Schema.String))

const schema = Schema.Struct({
  name: Schema.String,
  place: text,
  size: Schema.optionalKey(Schema.NullOr(Schema.Number)),
  label: text,
  tags: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))),
  code: text,
  ref: text,
  fixed: text,
  secret: text
}) as unknown as Schema.Codec<Document, Document>

/** What a document holds where nothing is said. */
export const defaults: Document = { size: 1 }

const groups: { readonly [C in KindDraft["calls"]]: ReadonlyArray<ReadonlyArray<string>> } = {
  1: [],
  2: [["/name", "/size", "/code", "/ref", "/fixed", "/secret"], ["/label", "/tags"]],
  3: [["/name", "/size", "/code", "/ref", "/fixed"], ["/label", "/secret"], ["/tags"]]
}

const placeOf = ({ places }: KindDraft): ReadonlyArray<string> => {
  if (places === undefined) return []
  return places === "owner" ? ["/ref"] : ["/place"]
}

/** The fields that name a resource where its server gives no ids. */
const namesOf = (draft: KindDraft): ReadonlyArray<string> => [...placeOf(draft), "/name"]

const identityOf = (draft: KindDraft) =>
  draft.identity === "server"
    ? { _tag: draft.identity } as const
    : { _tag: draft.identity, fields: namesOf(draft) } as const

/** The id of a document where the server gives none. */
export const idIn = (draft: KindDraft, document: Document): string | undefined =>
  draft.identity === "server"
    ? undefined
    : namesOf(draft).map((field) => String(document[field.slice(1)] ?? "")).join("/")

const reversibilityOf = ({ identity, irreversible }: KindDraft) => {
  const lossy: Reversibility = { _tag: "lossy", why: "it comes back under a new id" }
  const none: Reversibility = { _tag: "none", why: "the API has no way back" }
  return {
    create: irreversible === "create" ? none : exact,
    update: irreversible === "update" ? none : exact,
    delete: irreversible === "delete" ? none : identity === "server" ? lossy : exact
  }
}

const rolesOf = (draft: KindDraft) => ({
  readOnly: [...(draft.token ? ["/updatedAt"] : []), ...(draft.marker ? ["/mark"] : [])],
  writeOnly: draft.writeOnly === true ? ["/secret"] : [],
  sensitive: draft.masked || draft.writeOnly === true ? ["/secret"] : [],
  immutable: [
    ...(draft.immutable ? ["/fixed"] : []),
    ...placeOf(draft),
    ...(draft.identity === "server" ? [] : ["/name"])
  ],
  references: draft.refersTo === undefined ? [] : [{ path: "/ref", kind: draft.refersTo }],
  sets: ["/tags"],
  caseInsensitive: ["/code"],
  defaults: { "/size": 1 },
  clearable: ["/label", "/tags", "/code", ...(draft.places === "owner" ? [] : ["/ref"])]
})

/** Makes the kind of a draft. */
export const kindOf = (draft: KindDraft): MemoryKind =>
  memoryKind({
    name: draft.name,
    nameField: "name",
    schema,
    ...(draft.places === "parent" || draft.places === "owner" ? { scope: placeOf(draft) } : {}),
    ...(draft.masked ? { mask: /^\*{3}$/ } : {}),
    capabilities: {
      identity: identityOf(draft),
      guard: draft.guard,
      settlesWithinMs: draft.settlesWithinMs,
      listIsWhole: draft.lists !== "names",
      reversibility: reversibilityOf(draft),
      ...(draft.keyTtlMs === undefined ? {} : { idempotencyKey: { ttlMs: draft.keyTtlMs } }),
      ...(draft.token ? { changeToken: "/updatedAt" } : {}),
      ...(draft.marker ? { marker: { field: "/mark" } } : {})
    },
    roles: rolesOf(draft)
  }, {
    createIn: groups[draft.calls],
    updates: draft.updates,
    answers: draft.answers,
    references: draft.references,
    ownForms: draft.ownForms ?? false,
    ids: draft.ids ?? "rising",
    deletes: draft.deletes ?? "hard",
    ...(draft.quota === undefined ? {} : { quota: draft.quota }),
    ...(draft.normalises ? { normalises: ["label"] } : {})
  })
