/**
 * The JSON values that the sandbox stores and answers.
 *
 * Kept here, and not taken from elsewhere in the project, because the sandbox shares no code with what it tests: a
 * misreading of the API must not be able to hide on both sides.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Tells whether a value is an object, and neither null nor an array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Names the JSON type of a value, for messages that must not repeat the value itself. */
export const typeName = (value: unknown): string => {
  if (value === null) return "null"
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return "an array"
  if (typeof value === "object") return "an object"
  return typeof value === "string" ? "text" : `a ${typeof value}`
}
