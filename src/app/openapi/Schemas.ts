/**
 * JSON Schemas of an OpenAPI document as far as a proposal needs them: one object of properties, whatever they were
 * put together of.
 *
 * What several parts demand together (`allOf`) is one schema; of alternatives the first that is not null is taken. A
 * schema may hold itself: everything here goes down a few levels only.
 */
import { isArray, isObject, type Json, type JsonObject } from "../../domain/Document.ts"

/** A schema whose parts are put together. */
export type Flat = JsonObject

const none: Flat = {}

const objects = (value: Json | undefined): ReadonlyArray<JsonObject> =>
  isArray(value ?? null) ? (value as ReadonlyArray<Json>).filter(isObject) : []

const isNull = (schema: JsonObject): boolean => schema["type"] === "null"

const joined = (left: Flat, right: Flat): Flat => ({
  ...left,
  ...right,
  properties: { ...objectAt(left, "properties"), ...objectAt(right, "properties") },
  required: [...textsAt(left, "required"), ...textsAt(right, "required")]
})

/** The object at a member; empty where there is none. */
export const objectAt = (value: JsonObject, key: string): JsonObject => {
  const member = value[key]
  return member !== undefined && isObject(member) ? member : none
}

/** The texts of a list at a member. */
export const textsAt = (value: JsonObject, key: string): ReadonlyArray<string> => {
  const member = value[key]
  return member !== undefined && isArray(member) ? member.filter((text) => typeof text === "string") : []
}

/** The objects of a list at a member. */
export const objectsAt = (value: JsonObject, key: string): ReadonlyArray<JsonObject> => objects(value[key])

const depthMax = 4

/** Puts the parts of a schema together. */
export const flat = (schema: Json | undefined, depth = 0): Flat => {
  if (schema === undefined || !isObject(schema) || depth > depthMax) return none
  const { allOf, anyOf, oneOf, ...own } = schema
  const parts = objects(allOf)
  const [alternative] = [...objects(oneOf), ...objects(anyOf)].filter((one) => !isNull(one))
  const all = alternative === undefined ? parts : [...parts, alternative]
  return all.length === 0 ? schema : all.map((part) => flat(part, depth + 1)).reduce(joined, own)
}

/** The properties of an object's schema, put together each. */
export const propertiesOf = (schema: Flat): ReadonlyMap<string, Flat> =>
  new Map(Object.entries(objectAt(schema, "properties")).map(([name, property]) => [name, flat(property)]))

/** The types that a schema allows; null aside. */
export const typesOf = (schema: Flat): ReadonlyArray<string> => {
  const { type } = schema
  const types = typeof type === "string" ? [type] : textsAt(schema, "type")
  if (types.length === 0 && schema["properties"] !== undefined) return ["object"]
  if (types.length === 0 && schema["items"] !== undefined) return ["array"]
  return types.filter((name) => name !== "null")
}

/** Whether null is a value of it. */
export const takesNull = (schema: Flat): boolean =>
  schema["nullable"] === true || textsAt(schema, "type").includes("null") ||
  [...objects(schema["oneOf"]), ...objects(schema["anyOf"])].some(isNull)

/** The schema of a list's elements; `undefined` where it is no list. */
export const elementOf = (schema: Flat): Flat | undefined =>
  typesOf(schema).includes("array") ? flat(schema["items"]) : undefined

const kept = [
  "type",
  "enum",
  "const",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems"
] as const

/** What of a schema is worth keeping in a description: types and bounds of what is sent, without words. */
export const plain = (schema: Flat, around: ReadonlyArray<Flat> = []): JsonObject => {
  const types = typesOf(schema)
  const bounds = kept.flatMap((key) => {
    const value = schema[key]
    return value === undefined || key === "type" || typeof value === "boolean" ? [] : [[key, value] as const]
  })
  const nullable = takesNull(schema) ? ["null"] : []
  const all = [...types, ...nullable]
  const type: JsonObject = types.length === 0 ? {} : { type: all.length === 1 ? all[0] ?? "" : all }
  if (around.includes(schema) || around.length >= depthMax) return type
  const inside = [...around, schema]
  const element = elementOf(schema)
  const properties = [...propertiesOf(schema)].filter(([, property]) => property["readOnly"] !== true)
    .map(([name, property]) => [name, plain(property, inside)] as const)
  const required = textsAt(schema, "required").filter((name) => properties.some(([known]) => known === name))
  return {
    ...type,
    ...Object.fromEntries(bounds),
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    ...(properties.length === 0 || required.length === 0 ? {} : { required: [...new Set(required)] }),
    ...(element === undefined ? {} : { items: plain(element, inside) })
  }
}
