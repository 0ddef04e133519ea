/**
 * Small checks that say what is wrong with a JSON value, with the path of each problem.
 *
 * The sandbox is strict on purpose: a client that sends a field the API does not know, or sends back a read-only one,
 * is told so here instead of by a real server in production. Messages name types and paths, never values, which may
 * be secrets.
 */
import { isObject, typeName } from "./Json.ts"

/** Answers the problems of a value found at `path`; none means that it fits. */
export type Check = (value: unknown, path: string) => ReadonlyArray<string>

const fits: ReadonlyArray<string> = []

const mismatch = (path: string, expected: string, value: unknown): ReadonlyArray<string> => [
  `${path === "" ? "body" : path}: expected ${expected}, got ${typeName(value)}`
]

/** Any JSON value. */
export const anything: Check = () => fits

/** Any text. */
export const text: Check = (value, path) => typeof value === "string" ? fits : mismatch(path, "text", value)

/** Text with something in it besides white space. */
export const words: Check = (value, path) => {
  if (typeof value !== "string") return mismatch(path, "text", value)
  return value.trim() === "" ? [`${path}: must not be empty`] : fits
}

/** True or false. */
export const flag: Check = (value, path) => typeof value === "boolean" ? fits : mismatch(path, "true or false", value)

/** Any object, whatever its fields. */
export const anyObject: Check = (value, path) => isObject(value) ? fits : mismatch(path, "an object", value)

/** A finite number that is not below `min`. */
export const numberFrom = (min: number): Check => (value, path) =>
  typeof value === "number" && Number.isFinite(value) && value >= min
    ? fits
    : mismatch(path, `a number of at least ${min}`, value)

/** An integer between `min` and `max`, both included. */
export const integerWithin = (min: number, max = Number.MAX_SAFE_INTEGER): Check => (value, path) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
    ? fits
    : mismatch(
      path,
      max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`,
      value
    )

/** One of the given texts, spelt exactly so. */
export const oneOf = (allowed: ReadonlyArray<string>): Check => (value, path) =>
  typeof value === "string" && allowed.includes(value) ? fits : [`${path}: expected one of ${allowed.join(", ")}`]

/** Null, or what `check` accepts. */
export const nullable = (check: Check): Check => (value, path) => value === null ? fits : check(value, path)

/** An array whose items all fit `check`. */
export const listOf = (check: Check): Check => (value, path) =>
  Array.isArray(value)
    ? value.flatMap((item, index) => check(item, `${path}[${index}]`))
    : mismatch(path, "an array", value)

/** An object whose values all fit `check`, whatever its keys. */
export const mapOf = (check: Check): Check => (value, path) =>
  isObject(value)
    ? Object.entries(value).flatMap(([key, item]) => check(item, `${path}.${key}`))
    : mismatch(path, "an object", value)

/** The fields that an object must have, may have, and may never be sent with. */
export interface Fields {
  readonly required?: Readonly<Record<string, Check>>
  readonly optional?: Readonly<Record<string, Check>>
  readonly readOnly?: ReadonlyArray<string>
}

/** An object with exactly these fields: a missing required one, an unknown one and a read-only one are problems. */
export const fields = ({ optional = {}, readOnly = [], required = {} }: Fields): Check => {
  const known = new Map([...Object.entries(required), ...Object.entries(optional)])
  const mandatory = Object.keys(required)
  return (value, path) => {
    if (!isObject(value)) return mismatch(path, "an object", value)
    const at = (key: string): string => path === "" ? key : `${path}.${key}`
    const missing = mandatory.filter((key) => !Object.hasOwn(value, key)).map((key) => `${at(key)}: required`)
    const wrong = Object.entries(value).flatMap(([key, item]) => {
      const check = known.get(key)
      if (check !== undefined) return check(item, at(key))
      return [`${at(key)}: ${readOnly.includes(key) ? "is read-only" : "unknown field"}`]
    })
    return [...missing, ...wrong]
  }
}
