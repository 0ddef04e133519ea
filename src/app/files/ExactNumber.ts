/**
 * Whether a number of a file keeps its digits in a program: beyond 2^53 a double holds only some whole numbers, and an
 * id that changes its last digit on the way names something else.
 */

const wholeOf = (source: string): bigint | undefined => {
  try {
    return BigInt(source.replace(/^\+/, ""))
  } catch {
    return undefined
  }
}

/** Tells whether `value` is what `source` says, to the last digit. Fractions below 2^53 are rounded as usual. */
export const isExact = (source: string, value: number): boolean => {
  if (!Number.isFinite(value)) return false
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return true
  const whole = wholeOf(source)
  return whole === undefined ? digitsOf(source) === digitsOf(String(value)) : whole === BigInt(value)
}

/** What is wrong with a number that is not exact. */
export const inexact = (value: number): { readonly message: string; readonly hint: string } =>
  Number.isFinite(value)
    ? { message: "this number would lose digits: whole numbers are exact up to 2^53", hint: "put it in quotes" }
    : { message: "infinity and not-a-number have no form in JSON", hint: "leave it out, or put it in quotes" }

/** The significant digits of a decimal with fraction or exponent, without leading and trailing zeros. */
const digitsOf = (source: string): string =>
  source.replace(/[eE].*$/, "").replaceAll(/[^\d]/g, "").replace(/^0+/, "").replace(/0+$/, "")
