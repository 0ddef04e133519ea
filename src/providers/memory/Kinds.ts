/**
 * The kinds that tests of the engine use, chosen so that together they have every identity, guard and habit:
 * `box` (server id), `vault` (a masked secret), `note` (natural key, guard), `flag` (client id, idempotency key) and
 * `ring` (refers to a box, a create of two calls, a set).
 */
import { Schema } from "effect"
import type { Document } from "../../domain/Document.ts"
import { type Capabilities, exact, type Kind, plainRoles } from "../../domain/Kind.ts"
import { type MemoryKind } from "./MemoryKind.ts"

/** Capabilities that ask nothing of the engine and give it nothing: a server id, no guard, no token. */
export const plainCapabilities: Capabilities = {
  identity: { _tag: "server" },
  guard: "none",
  settlesWithinMs: 0,
  listIsWhole: true,
  reversibility: { create: exact, update: exact, delete: { _tag: "lossy", why: "it comes back under a new id" } }
}

const text = Schema.optionalKey(Schema.NullOr(Schema.String))

/** A schema of a spec is a codec of JSON to the same JSON. */
const spec = <F extends Schema.Struct.Fields>(fields: F): Schema.Codec<Document, Document> =>
  Schema.Struct(fields) as unknown as Schema.Codec<Document, Document>

/** Describes a kind from what is special about it. */
export const memoryKind = (
  description: Omit<Partial<Kind>, "capabilities" | "roles" | "schema"> & {
    readonly name: string
    readonly schema: Schema.Codec<Document, Document>
    readonly capabilities?: Partial<Capabilities>
    readonly roles?: Partial<Kind["roles"]>
  },
  habits: Omit<MemoryKind, "kind"> = {}
): MemoryKind => ({
  ...habits,
  kind: {
    provider: "memory",
    description: `a ${description.name} of the in-memory world`,
    ...description,
    capabilities: {
      ...plainCapabilities,
      ...(habits.updates === "replace" ? { updateIsWhole: true } : {}),
      ...description.capabilities
    },
    roles: { ...plainRoles, ...description.roles }
  }
})

const restored = { create: exact, update: exact, delete: exact }

/** Server id, change token, no guard; lid and label can be cleared, `material` cannot change. */
export const box = memoryKind({
  name: "box",
  nameField: "name",
  schema: spec({
    name: Schema.String,
    size: Schema.optionalKey(Schema.NullOr(Schema.Number)),
    label: text,
    lid: Schema.optionalKey(Schema.NullOr(Schema.Struct({ colour: text, locked: Schema.optionalKey(Schema.Boolean) }))),
    material: text
  }),
  capabilities: { changeToken: "/updatedAt" },
  roles: {
    readOnly: ["/updatedAt", "/madeBy"],
    immutable: ["/material"],
    defaults: { "/size": 1 },
    clearable: ["/label", "/lid"]
  }
}, { serverMade: { madeBy: "server" } })

/** Server id, change token; `secret` comes back masked. */
export const vault = memoryKind({
  name: "vault",
  nameField: "name",
  mask: /^\*{3}$/,
  schema: spec({ name: Schema.String, secret: text, note: text }),
  capabilities: { changeToken: "/updatedAt" },
  roles: { readOnly: ["/updatedAt"], sensitive: ["/secret"], clearable: ["/note"] }
})

/** Natural key `/name`, conditional writes by version. */
export const note = memoryKind({
  name: "note",
  nameField: "name",
  schema: spec({
    name: Schema.String,
    text,
    tags: Schema.optionalKey(Schema.Array(Schema.String)),
    links: Schema.optionalKey(Schema.Array(Schema.Struct({ to: Schema.String, label: text })))
  }),
  capabilities: { identity: { _tag: "natural", fields: ["/name"] }, guard: "version", reversibility: restored },
  roles: {
    immutable: ["/name"],
    sets: ["/tags"],
    keyed: [{ path: "/links", key: "to" }],
    clearable: ["/text", "/tags", "/links"]
  }
})

/** Client id `/key`, idempotency key for a day. */
export const flag = memoryKind({
  name: "flag",
  nameField: "key",
  schema: spec({ key: Schema.String, on: Schema.optionalKey(Schema.Boolean), text }),
  capabilities: {
    identity: { _tag: "client", fields: ["/key"] },
    idempotencyKey: { ttlMs: 86_400_000 },
    reversibility: restored
  },
  roles: { immutable: ["/key"], defaults: { "/on": false }, clearable: ["/text"] }
})

/** Server id, change token; refers to a box; created by POST of all but `members`, then PATCH of `members`, a set. */
export const ring = memoryKind({
  name: "ring",
  nameField: "name",
  schema: spec({
    name: Schema.String,
    box: text,
    members: Schema.optionalKey(Schema.Array(Schema.Struct({ who: Schema.String, role: text })))
  }),
  capabilities: { changeToken: "/updatedAt" },
  roles: {
    readOnly: ["/updatedAt"],
    references: [{ path: "/box", kind: "box" }],
    sets: ["/members"],
    caseInsensitive: ["/members/*/who"],
    clearable: ["/box", "/members"]
  }
}, { createIn: [["/name", "/box"], ["/members"]], answers: "bare" })

/** The kinds of a memory provider that is not given others. */
export const defaultKinds: ReadonlyArray<MemoryKind> = [box, vault, note, flag, ring]
