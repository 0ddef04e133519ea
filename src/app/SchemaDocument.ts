/**
 * JSON Schema (draft 2020-12) of the files that people write, so that editors complete and check them.
 *
 * Made of the same schemas that reading uses. Where `${…}` may stand for a value that is no plain text, a text that
 * holds one is allowed as well.
 */
import { Schema } from "effect"
import { isArray, isObject, type Json, type JsonObject } from "../domain/Document.ts"
import type { Kind } from "../domain/Kind.ts"
import { HttpProviderFile } from "./HttpProviderSchema.ts"
import type { JsonSchemaOf } from "./SchemaFindings.ts"
import { ResourceFile, WorkspaceFile } from "./WorkspaceSchema.ts"

/** The schemas of both files. */
export interface SchemaDocuments {
  /** Of `amends.yaml`. */
  readonly workspace: JsonObject
  /** Of one resource; the documents of a YAML file each are one. */
  readonly resource: JsonObject
}

const dialect = "https://json-schema.org/draft/2020-12/schema"

/** A text with something to replace in it. */
const interpolated: Json = { type: "string", pattern: "\\$\\{", description: "A value taken from elsewhere" }

const mapObject = (value: Json, f: (member: Json) => Json): Json =>
  isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, f(member)])) : value

const mapList = (value: Json, f: (item: Json) => Json): Json => isArray(value) ? value.map(f) : value

/** How the keywords that hold schemas hold them. */
const holders: { readonly [keyword: string]: (value: Json, f: (schema: Json) => Json) => Json } = {
  properties: mapObject,
  patternProperties: mapObject,
  $defs: mapObject,
  anyOf: mapList,
  oneOf: mapList,
  allOf: mapList,
  prefixItems: mapList,
  items: (value, f) => f(value),
  additionalProperties: (value, f) => f(value)
}

/** Applies `f` to a schema's parts, then to the schema itself. */
const rewrite = (schema: Json, f: (schema: JsonObject) => Json): Json => {
  if (!isObject(schema)) return schema
  const parts = Object.entries(schema).map(([keyword, value]) => {
    const holder = Object.hasOwn(holders, keyword) ? holders[keyword] : undefined
    return [keyword, holder === undefined ? value : holder(value, (part) => rewrite(part, f))] as const
  })
  return f(Object.fromEntries(parts))
}

const isNotANumber = (schema: Json): boolean =>
  isObject(schema) && isArray(schema["enum"]) && schema["enum"].includes("NaN")

/** JSON has no infinity, so the texts that Effect's codec would write for it are no values of ours. */
const withoutInfinity = (schema: JsonObject): Json => {
  const { anyOf, ...rest } = schema
  if (!isArray(anyOf) || !anyOf.some(isNotANumber)) return schema
  const members = anyOf.filter((member) => !isNotANumber(member))
  const [only] = members
  return members.length === 1 && isObject(only) ? { ...rest, ...only } : { ...rest, anyOf: members }
}

const limits = ["pattern", "format", "minLength", "maxLength", "enum", "const"]

/** What `${…}` may stand for: no list or object, and not null, which stands beside what else may be there. */
const isScalar = ({ type }: JsonObject): boolean =>
  typeof type === "string" && !["object", "array", "null"].includes(type)

const withInterpolation = (schema: JsonObject): Json => {
  const plainText = schema["type"] === "string" && !limits.some((keyword) => keyword in schema)
  if (!isScalar(schema) || plainText) return schema
  const { description, ...rest } = schema
  const either = { anyOf: [rest, interpolated] }
  return description === undefined ? either : { description, ...either }
}

const withPrefix = (prefix: string) => (schema: JsonObject): Json => {
  const target = schema["$ref"]
  return typeof target === "string" ? { ...schema, $ref: target.replace("#/$defs/", `#/$defs/${prefix}.`) } : schema
}

/** A schema as JSON Schema, with its definitions under names that begin with the prefix. */
const jsonSchemaOf = (schema: JsonSchemaOf, prefix: string): { readonly schema: Json; readonly defs: JsonObject } => {
  const made = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
  const own = (part: Json): Json => rewrite(rewrite(part, withoutInfinity), withPrefix(prefix))
  return {
    schema: own(made.schema as Json),
    defs: Object.fromEntries(
      Object.entries(made.definitions).map(([name, part]) => [`${prefix}.${name}`, own(part as Json)])
    )
  }
}

const objectOf = (value: Json | undefined): JsonObject => isObject(value) ? value : {}

const without = (list: Json | undefined, item: string | undefined): ReadonlyArray<Json> =>
  isArray(list) ? list.filter((one) => one !== item) : []

/** The remote's own name defaults to the resource's, so a spec need not say it. */
const specOf = (kind: Kind, schema: Json): Json => {
  const { required, ...rest } = objectOf(schema)
  const filled = kind.nameDefault === "none" ? undefined : kind.nameField
  const left = without(required, filled?.replace(/^\//, ""))
  return rewrite(left.length === 0 ? rest : { ...rest, required: left }, withInterpolation)
}

/** What a provider with `use: http` may say beyond what any may. */
const withHttp = (providers: JsonObject, http: Json): JsonObject => ({
  ...providers,
  additionalProperties: {
    ...objectOf(providers["additionalProperties"]),
    allOf: [{ anyOf: [{ properties: { use: { not: { const: "http" } } } }, http] }]
  }
})

const workspaceDocument = (): JsonObject => {
  const { schema, defs } = jsonSchemaOf(WorkspaceFile, "workspace")
  const http = jsonSchemaOf(HttpProviderFile, "http")
  const root = objectOf(schema)
  const part = (key: string, value: Json): Json => {
    if (key === "defaults") return rewrite(value, withInterpolation)
    return key === "providers" ? withHttp(objectOf(value), rewrite(http.schema, withInterpolation)) : value
  }
  const properties = Object.entries(objectOf(root["properties"])).map(([key, value]) =>
    [key, part(key, value)] as const
  )
  const described = objectOf(rewrite({ $defs: http.defs }, withInterpolation))["$defs"]
  const $defs = { ...defs, ...objectOf(described) }
  return { $schema: dialect, ...root, properties: Object.fromEntries(properties), $defs }
}

const resourceDocument = (kinds: ReadonlyArray<Kind>): JsonObject => {
  const base = jsonSchemaOf(ResourceFile, "resource")
  const root = objectOf(base.schema)
  const made = kinds.map((kind) => ({ kind, ...jsonSchemaOf(kind.schema, kind.name) }))
  const alternatives = made.map(({ kind, schema }) => ({
    title: kind.name,
    description: kind.description,
    properties: { kind: { const: kind.name }, spec: specOf(kind, schema) }
  }))
  const defs = made.map((one) => rewrite({ $defs: one.defs }, withInterpolation)).map((one) => objectOf(one)["$defs"])
  return {
    $schema: dialect,
    ...root,
    ...(alternatives.length === 0 ? {} : { oneOf: alternatives }),
    $defs: Object.assign({}, base.defs, ...defs) as JsonObject
  }
}

/** Makes the schemas of both files for the kinds there are. */
export const schemaDocuments = (kinds: Iterable<Kind>): SchemaDocuments => ({
  workspace: workspaceDocument(),
  resource: resourceDocument([...kinds].toSorted((a, b) => a.name < b.name ? -1 : 1))
})
