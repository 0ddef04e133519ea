/**
 * A template: a desired document in which `${kind.name.path}` still stands for what another resource will have.
 *
 * A whole-string reference is the node `{ "$ref": { address, path } }` and keeps the type of the value; one inside a
 * text is a part of `{ "$join": [...] }`. Values from the environment are already in place. Plans carry templates,
 * so that a saved plan needs no resource files.
 */
import { Result } from "effect"
import { isArray, isObject, type Json, type JsonObject } from "./Document.ts"
import type { Address } from "./Ids.ts"

/** A reference to a read field of another resource. `path` is a JSON Pointer; `/id` is the remote id. */
export interface Reference {
  readonly address: Address
  readonly path: string
}

/** A document with references in it. */
export type Template = JsonObject

const node = (value: Json, name: "$ref" | "$join"): Json | undefined =>
  isObject(value) && Object.keys(value).length === 1 ? value[name] : undefined

/** Makes the node that stands for a reference. */
export const refNode = (reference: Reference): Json => ({
  $ref: { address: reference.address, path: reference.path }
})

const asReference = (value: Json): Reference | undefined => {
  const inner = node(value, "$ref")
  return isObject(inner) && typeof inner["address"] === "string" && typeof inner["path"] === "string"
    ? { address: inner["address"] as Address, path: inner["path"] }
    : undefined
}

/** Lists the references in a template, in document order. */
export const referencesIn = (template: Json): ReadonlyArray<Reference> => {
  const reference = asReference(template)
  if (reference !== undefined) return [reference]
  if (isArray(template)) return template.flatMap(referencesIn)
  return isObject(template) ? Object.values(template).flatMap(referencesIn) : []
}

/** What a reference stands for, or `undefined` while that is not known. */
export type Lookup = (reference: Reference) => Json | undefined

const asText = (value: Json): string => typeof value === "string" ? value : JSON.stringify(value)

/** Replaces the references that are known; the others stay as nodes. */
export const fill = (template: Json, lookup: Lookup): Json => {
  const reference = asReference(template)
  if (reference !== undefined) return lookup(reference) ?? template
  const parts = node(template, "$join")
  if (isArray(parts)) {
    const filled = parts.map((part) => fill(part, lookup))
    return filled.some((part) => isObject(part)) ? { $join: filled } : filled.map(asText).join("")
  }
  if (isArray(template)) return template.map((item) => fill(item, lookup))
  if (!isObject(template)) return template
  return Object.fromEntries(Object.entries(template).map(([key, member]) => [key, fill(member, lookup)]))
}

/** Replaces every reference, or fails with the first that is not known. */
export const resolve = (template: Template, lookup: Lookup): Result.Result<JsonObject, Reference> => {
  const filled = fill(template, lookup)
  const [missing] = referencesIn(filled)
  return missing === undefined && isObject(filled) ? Result.succeed(filled) : Result.fail(missing as Reference)
}

/** Tells whether a value is a reference or a text that holds one. */
export const isUnknown = (value: Json): boolean =>
  node(value, "$ref") !== undefined || node(value, "$join") !== undefined
