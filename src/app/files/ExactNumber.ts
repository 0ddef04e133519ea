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

/** The significant digits of a decimal with fraction or exponent, without leading and trailing zeros. */
const digitsOf = (source: string): string =>
  source.replace(/[eE].*$/, "").replaceAll(/[^\d]/g, "").replace(/^0+/, "").replace(/0+$/, "")
