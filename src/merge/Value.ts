/**
 * What merges of documents work on: JSON, numbers that a double would change, and what an earlier merge left open.
 *
 * Equality is deep and goes by what numbers are worth, to the last digit; the order of members does not count, and
 * absent is not null. Values are carried as they were written, so that 1.0 stays 1.0. No function here recurses, since
 * a document may be nested deeper than the stack is.
 */

const isJsonNumber = (text: string): boolean => /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)

/**
 * A number as it is written, where a double would not print as that: `1.0`, `9007199254740993`; and what other formats
 * write without quotes, such as dates.
 */
export class Numeral {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  /** Lets `JSON.stringify` write the digits where the platform can (`JSON.rawJSON`). */
  toJSON(): unknown {
    const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown }
    if (!isJsonNumber(this.text)) return this.text
    return rawJSON === undefined ? Number(this.text) : rawJSON(this.text)
  }
}

/** A place that a merge of several merge bases left open: it is like nothing but itself. */
export class Unsettled {
  readonly ours: Value | undefined
  readonly theirs: Value | undefined
  constructor(ours: Value | undefined, theirs: Value | undefined) {
    this.ours = ours
    this.theirs = theirs
  }
}

/** An object of values. */
export interface Members {
  readonly [key: string]: Value
}

/** A value that merges. */
export type Value = null | boolean | number | string | Numeral | Unsettled | ReadonlyArray<Value> | Members

/** Tells a list from the other values. */
export const isList = (value: Value | undefined): value is ReadonlyArray<Value> => Array.isArray(value)

/** Tells an object from the other values. */
export const isMembers = (value: Value | undefined): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Numeral) &&
  !(value instanceof Unsettled)

/** A number as its source says it, with its digits. */
export const numberOf = (source: string): number | Numeral =>
  String(Number(source)) === source ? Number(source) : new Numeral(source)

/** Digits without zeros around them and a power of ten, or a plain number where a double counts to it by one. */
const worthOfDecimal = (source: string): string => {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? []
  const digits = (whole + fraction).replace(/^0+/, "")
  const bare = digits.replace(/0+$/, "")
  if (bare === "") return whole === "" ? source : "0"
  const exponent = BigInt(power.replace("+", "")) - BigInt(fraction.length) + BigInt(digits.length - bare.length)
  const minus = sign === "-" ? "-" : ""
  const isPlain = exponent >= 0n && BigInt(bare.length) + exponent <= 40n
  return isPlain ? `${minus}${bare}${"0".repeat(Number(exponent))}` : `${minus}${bare}e${exponent}`
}

/** One text for all ways to write a number. */
export const worth = (value: number | Numeral): string =>
  typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 1e15
    ? String(value === 0 ? 0 : value)
    : worthOfDecimal(sourceOf(value))

const isNumber = (value: Value | undefined): value is number | Numeral =>
  typeof value === "number" || value instanceof Numeral

const sourceOf = (value: number | Numeral): string => value instanceof Numeral ? value.text : String(value)

type Pair = readonly [Value | undefined, Value | undefined]

/** Compares two values but for what they hold; what they hold is put aside. */
const sameOutside = (a: Value | undefined, b: Value | undefined, inside: Array<Pair>): boolean => {
  if (a === b) return true
  if (typeof a === "number" && typeof b === "number") return Number.isNaN(a) && Number.isNaN(b)
  if (isNumber(a) || isNumber(b)) return isNumber(a) && isNumber(b) && worth(a) === worth(b)
  if (isList(a)) {
    if (!isList(b) || a.length !== b.length) return false
    for (const [at, item] of a.entries()) inside.push([item, b[at]])
    return true
  }
  if (!isMembers(a) || !isMembers(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false
    if (a[key] !== b[key]) inside.push([a[key], b[key]])
  }
  return true
}

/** Compares two values deeply; `undefined` stands for absent. */
export const sameValue = (a: Value | undefined, b: Value | undefined): boolean => {
  const inside: Array<Pair> = [[a, b]]
  for (let pair = inside.pop(); pair !== undefined; pair = inside.pop()) {
    if (!sameOutside(pair[0], pair[1], inside)) return false
  }
  return true
}

/** Tells whether a value is nested deeper than that; looks no deeper. */
export const isDeeper = (value: Value | undefined, depth: number): boolean => {
  if (typeof value !== "object" || value === null || value instanceof Numeral) return depth < 0
  if (depth < 0) return true
  if (isList(value)) return value.some((item) => isDeeper(item, depth - 1))
  if (!isMembers(value)) return false
  for (const key of Object.keys(value)) if (isDeeper(value[key], depth - 1)) return true
  return false
}

const memberText = (members: Members): string =>
  // Without a comparator, sort compares code units.
  Object.keys(members).sort().map((key) => `${JSON.stringify(key)}:${valueText(members[key] ?? null)}`).join(",")

/** Renders a value so that equal values, and only those, are equal texts; for values that are known not to be deep. */
export const valueText = (value: Value): string => {
  if (isNumber(value)) return worth(value)
  if (isList(value)) return `[${value.map(valueText).join(",")}]`
  if (value instanceof Unsettled) return `?${valueText([value.ours ?? null, value.theirs ?? null])}`
  return isMembers(value) ? `{${memberText(value)}}` : JSON.stringify(value)
}

/** Tells whether two values are equal and their numbers are written alike. */
export const sameSpelled = (a: Value | undefined, b: Value | undefined): boolean =>
  a === b || (sameValue(a, b) && spelling(a) === spelling(b))

const spelling = (value: Value | undefined): string =>
  value === undefined ? "" : isNumber(value) ? sourceOf(value) : isList(value)
    ? `[${value.map(spelling).join(",")}]`
    : isMembers(value)
    ? Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${spelling(value[key])}`).join(",")
    : ""
