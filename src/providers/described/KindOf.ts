/**
 * The kind that a description comes to: its schema, identity, capabilities and field roles, as the engine knows them.
 *
 * Everything that is promised here was said in the description; what it leaves out is the weaker claim.
 */
import { Schema, SchemaRepresentation } from "effect"
import type { JsonObject } from "../../domain/Document.ts"
import { isArray, isObject } from "../../domain/Document.ts"
import { parseDuration } from "../../domain/Duration.ts"
import { type Capabilities, exact, type Kind, plainRoles, type Reversibility, type Roles } from "../../domain/Kind.ts"
import { parsePointer, type Path, renderPointer } from "../../domain/Pointer.ts"
import type { KindDescription } from "../KindDescription.ts"
import type { DescribedCall, Naming, Tell } from "./Described.ts"
import { fieldsOf } from "./Template.ts"

/** What a kind is made of, besides its description. */
export interface KindParts {
  readonly name: string
  readonly provider: string
  readonly naming: Naming
  readonly update: ReadonlyArray<DescribedCall>
  readonly tell: Tell
}

const usual = ["/id", "/createdAt", "/updatedAt", "/created_at", "/updated_at", "/_links"]

/** A field as a pointer, however it is written. */
export const pointerOf = (field: string): string => renderPointer(parsePointer(field))

const namesOf = ({ fields }: Naming): ReadonlyArray<string> => fields.map(renderPointer)

/** The field where a description puts the version. */
export const versionField = ({ guard }: KindDescription): string | undefined =>
  typeof guard === "object" && "version" in guard ? guard.version : undefined

const schemaFields = ({ schema }: KindDescription): ReadonlyArray<string> => {
  const properties = schema?.["properties"]
  return isObject(properties as JsonObject)
    ? Object.keys(properties as JsonObject).map((key) => pointerOf(`/${key}`))
    : []
}

/** The fields that a description says to exist. */
const knownFields = (description: KindDescription): ReadonlyArray<string> => [
  ...(description.fields ?? []).map(pointerOf),
  ...schemaFields(description)
]

const readOnlyOf = (description: KindDescription, naming: Naming): ReadonlyArray<string> => {
  const { changeToken, idempotency, marker } = description
  const yours = new Set([...knownFields(description), ...namesOf(naming)])
  const made = [
    ...usual,
    ...(naming.serverId === undefined ? [] : [renderPointer(naming.serverId)]),
    ...(changeToken === undefined ? [] : [changeToken]),
    ...(marker === undefined ? [] : [marker.field]),
    ...(idempotency === undefined || "header" in idempotency ? [] : [idempotency.body]),
    ...[versionField(description) ?? []].flat()
  ]
  const ours = marker === undefined ? [] : [marker.field]
  return [...new Set([...description.readOnly ?? [], ...made.filter((field) => !yours.has(field)), ...ours])]
}

/** Objects of which only the named members are the user's. */
const closedOf = ({ fields }: KindDescription, naming: Naming): Roles["closed"] => {
  if (fields === undefined) return plainRoles.closed
  const paths = [...fields.map((field) => parsePointer(field)), ...naming.fields]
  const isWhole = (path: Path) => paths.some((one) => renderPointer(one) === renderPointer(path))
  const closed = new Map<string, Set<string>>()
  for (const path of paths) {
    for (const [depth, member] of path.entries()) {
      const holder = path.slice(0, depth)
      if (depth > 0 && isWhole(holder)) break
      const members = closed.get(renderPointer(holder)) ?? new Set<string>()
      closed.set(renderPointer(holder), members.add(member))
    }
  }
  return Object.fromEntries([...closed].map(([holder, members]) => [holder, [...members]]))
}

const sentBy = ({ send }: DescribedCall): ReadonlyArray<string> | "rest" =>
  typeof send === "string" ? send === "none" ? [] : "rest" : send.map(renderPointer)

/** Fields that no update can change: what names the resource, and what no request of an update sends. */
const immutableOf = (description: KindDescription, { naming, update }: KindParts): ReadonlyArray<string> => {
  const said = [...description.immutable ?? [], ...namesOf(naming)]
  if (update.length === 0) return [...new Set([...said, "/*"])]
  const sent = update.map(sentBy)
  const all = (description.fields ?? []).map(pointerOf)
  const always = (description.always ?? []).map(pointerOf)
  const left = sent.includes("rest")
    ? []
    : all.filter((field) => !sent.flat().includes(field) && !always.includes(field))
  return [...new Set([...said, ...left])]
}

const rolesOf = (description: KindDescription, parts: KindParts): Roles => ({
  readOnly: readOnlyOf(description, parts.naming),
  closed: closedOf(description, parts.naming),
  writeOnly: description.writeOnly ?? [],
  sensitive: description.sensitive ?? [],
  immutable: immutableOf(description, parts),
  references: Object.entries(description.references ?? {}).map(([path, kind]) => ({ path, kind })),
  alternatives: [],
  sets: description.sets ?? [],
  keyed: Object.entries(description.keyed ?? {}).map(([path, key]) => ({ path, key })),
  sequences: description.sequences ?? [],
  texts: description.texts ?? [],
  caseInsensitive: description.caseInsensitive ?? [],
  blank: description.blank ?? [],
  defaults: description.defaults ?? {},
  clearable: description.clearable ?? []
})

const reversible = (
  said: "exact" | { readonly lossy: string } | { readonly none: string } | undefined
): Reversibility => {
  if (said === undefined || said === "exact") return exact
  return "lossy" in said ? { _tag: "lossy", why: said.lossy } : { _tag: "none", why: said.none }
}

const identityOf = ({ identity }: KindDescription, naming: Naming): Capabilities["identity"] => {
  if (naming.serverId !== undefined) return { _tag: "server" }
  const isClient = typeof identity === "object" && "client" in identity
  return { _tag: isClient ? "client" : "natural", fields: namesOf(naming) }
}

const guardOf = ({ guard }: KindDescription): Capabilities["guard"] => {
  if (guard === undefined) return "none"
  return guard === "etag" || "etag" in guard ? "etag" : "version"
}

/** A whole body of PUT is what is there afterwards (RFC 9110, 9.3.4). */
const isWhole = ({ method, send }: DescribedCall): boolean => method === "PUT" && send === "whole"

const capabilitiesOf = (description: KindDescription, { naming, update }: KindParts): Capabilities => {
  const { changeToken, idempotency, listIsWhole, marker, read, reversibility = {}, settles } = description
  const guard = guardOf(description)
  return {
    identity: identityOf(description, naming),
    ...(idempotency === undefined
      ? {}
      : { idempotencyKey: { ttlMs: parseDuration(idempotency.ttl) ?? 0 } }),
    guard,
    ...(changeToken === undefined ? {} : { changeToken }),
    ...(marker === undefined ? {} : { marker: { field: marker.field } }),
    settlesWithinMs: parseDuration(settles ?? "") ?? 0,
    // The header ETag is on the answer about one resource only.
    listIsWhole: read === "list" || (listIsWhole ?? guard !== "etag"),
    ...(update.some(isWhole) ? { updateIsWhole: true } : {}),
    reversibility: {
      create: reversible(reversibility.create),
      update: reversible(reversibility.update),
      delete: reversible(reversibility.delete)
    }
  }
}

/** What may stand in a path: something, and not what leads elsewhere. */
const Named = Schema.Union([
  Schema.String.check(
    Schema.isPattern(/^(?!\.{1,2}$)[^]+$/, {
      expected: "a text that can stand in a path: not empty, and neither . nor .."
    })
  ),
  Schema.Finite
])

const anyObject = (required: ReadonlyArray<string>): Kind["schema"] =>
  Schema.StructWithRest(Schema.Struct(Object.fromEntries(required.map((field) => [field, Named] as const))), [
    Schema.Record(Schema.String, Schema.Json)
  ]) as unknown as Kind["schema"]

const onlyFields = (fields: ReadonlyArray<string>, required: ReadonlyArray<string>): Kind["schema"] =>
  Schema.Struct(
    Object.fromEntries([
      ...fields.filter((field) => !required.includes(field)).map((field) =>
        [field, Schema.optionalKey(Schema.Json)] as const
      ),
      ...required.map((field) => [field, Named] as const)
    ])
  ) as unknown as Kind["schema"]

const imported = (schema: JsonObject, required: ReadonlyArray<string>): Kind["schema"] => {
  const { $defs, required: said, ...rest } = schema
  const all = [...new Set([...(isArray(said) ? said : []), ...required])]
  return SchemaRepresentation.fromJsonSchemaDocument({
    dialect: "draft-2020-12",
    schema: { type: "object", ...rest, ...(all.length === 0 ? {} : { required: all }) },
    definitions: isObject($defs) ? $defs as Record<string, JsonObject> : {}
  }, { patterns: "apply" }) as unknown as Kind["schema"]
}

const topsOf = (fields: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(fields.flatMap((field) => parsePointer(field).slice(0, 1)))
]

const schemaOf = (description: KindDescription, { naming, tell }: KindParts): Kind["schema"] => {
  const required = topsOf(naming.fields.filter(({ length }) => length === 1).map(renderPointer))
  const { fields, schema } = description
  if (schema === undefined) {
    return fields === undefined ? anyObject(required) : onlyFields(topsOf([...fields, ...namesOf(naming)]), required)
  }
  try {
    return imported(schema as JsonObject, required)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n", 1)[0] ?? "" : "it cannot be read"
    tell({
      path: ["schema"],
      detail: `cannot be used: ${why}`,
      hint: "use the keywords of JSON Schema for types and bounds"
    })
    return anyObject(required)
  }
}

const nameOf = (description: KindDescription, naming: Naming): Pick<Kind, "nameField" | "nameDefault"> => {
  const { identity, name } = description
  if (name === "none") return {}
  if (name !== undefined) return { nameField: name }
  const last = naming.fields.at(-1)
  if (naming.serverId === undefined && last !== undefined) {
    const isClient = typeof identity === "object" && "client" in identity
    return { nameField: renderPointer(last), ...(isClient ? { nameDefault: "none" } as const : {}) }
  }
  // Whether the API has such a field is known where the description names it.
  return knownFields(description).includes("/name")
    ? { nameField: "/name" }
    : { nameField: "/name", nameDefault: "none" }
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")

const maskOf = ({ mask }: KindDescription): Pick<Kind, "mask"> => {
  if (mask === undefined) return {}
  const texts = typeof mask === "string" ? [mask] : mask
  return { mask: new RegExp(`^(?:${texts.map(literally).join("|")})$`, "u") }
}

/** Makes the kind of a description. */
export const kindOf = (description: KindDescription, parts: KindParts): Kind => {
  const { name, naming, provider } = parts
  const scope = naming.scope.map(renderPointer)
  return {
    name,
    provider,
    description: description.description ?? `A ${name} of ${provider}`,
    schema: schemaOf(description, parts),
    ...nameOf(description, naming),
    ...(scope.length === 0 ? {} : { scope }),
    ...maskOf(description),
    capabilities: capabilitiesOf(description, parts),
    roles: rolesOf(description, parts)
  }
}

/** The fields that a request's own path and parameters already say. */
export const saidByPath = ({ path, query }: DescribedCall): ReadonlyArray<string> => [
  ...fieldsOf(path),
  ...query.flatMap(([, template]) => fieldsOf(template))
]
