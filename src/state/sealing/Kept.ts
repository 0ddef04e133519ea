/**
 * Mapping arrays and objects, keeping the very value where nothing changed.
 *
 * Most documents hold no secret, and each is sealed several times in a step: walking one then allocates nothing.
 * Documents are read-only, so sharing them is safe.
 */
import type { Json, JsonObject } from "../../domain/Document.ts"

/** Maps the items of an array; answers the same array where each item stays. */
export const mapItems = (
  items: ReadonlyArray<Json>,
  f: (item: Json, index: number) => Json
): ReadonlyArray<Json> => {
  let changed: Array<Json> | undefined
  for (let index = 0; index < items.length; index++) {
    const item = items[index] ?? null
    const mapped = f(item, index)
    if (mapped === item) continue
    changed ??= [...items]
    changed[index] = mapped
  }
  return changed ?? items
}

/** Maps the members of an object; answers the same object where each member stays. */
export const mapMembers = (object: JsonObject, f: (member: Json, key: string) => Json): JsonObject => {
  let changed: Map<string, Json> | undefined
  for (const key of Object.keys(object)) {
    const member = object[key]
    if (member === undefined) continue
    const mapped = f(member, key)
    if (mapped === member) continue
    changed ??= new Map(Object.entries(object))
    changed.set(key, mapped)
  }
  // Not by assignment: a member may be called `__proto__`.
  return changed === undefined ? object : Object.fromEntries(changed)
}
