/**
 * Whether the types that a JSON Schema names are types: a mistyped one would be taken for any value, and be found by
 * nobody. Pure.
 */
import { isArray, isObject, type Json } from "../../domain/Document.ts"
import { type Path, renderPointer } from "../../domain/Pointer.ts"

const types: ReadonlySet<Json> = new Set(["object", "array", "string", "number", "integer", "boolean", "null"])

const maps = ["properties", "patternProperties", "$defs"]
const lists = ["allOf", "anyOf", "oneOf", "prefixItems"]
const singles = ["items", "additionalProperties", "not"]

const membersOf = (schema: Json | undefined): ReadonlyArray<readonly [string, Json]> => {
  if (isArray(schema)) return schema.map((item, index) => [String(index), item] as const)
  return isObject(schema) ? Object.entries(schema) : []
}

/** Lists the places in a JSON Schema where something else stands for a type. */
export const oddTypes = (schema: Json, path: Path = []): ReadonlyArray<string> => {
  if (!isObject(schema)) return []
  const { type } = schema
  const named = type === undefined ? [] : isArray(type) ? type : [type]
  const below = [...maps, ...lists].flatMap((word) =>
    membersOf(schema[word]).flatMap(([key, inner]) => oddTypes(inner, [...path, word, key]))
  )
  return [
    ...(named.every((one) => types.has(one)) ? [] : [renderPointer([...path, "type"])]),
    ...below,
    ...singles.flatMap((word) => oddTypes(schema[word] ?? null, [...path, word]))
  ]
}
