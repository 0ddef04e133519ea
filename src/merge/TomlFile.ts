/**
 * TOML texts as values, and changed in place: by an editor that keeps comments, order and spelling.
 *
 * Integers and floats of any length, and dates, are kept as they are written. What the editor makes of it is read
 * again by whoever asked for it; where it does not hold the value, the file merges as text.
 */
import { parse, patch } from "@decimalturn/toml-patch"
import { Limits } from "../domain/Limits.ts"
import type { FileFormat } from "./FileFormat.ts"
import { isList, isMembers, Numeral, type Value } from "./Value.ts"

const floatText = (value: number): string => {
  if (Number.isNaN(value)) return "nan"
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
  return Number.isInteger(value) && !String(value).includes("e") ? `${value}.0` : String(value)
}

/** Dates of the editor tell how they were written. */
const isDate = (raw: unknown): raw is { readonly toISOString: () => string } =>
  typeof raw === "object" && raw !== null && "toISOString" in raw

/** Integers are plain numbers where a double holds them; all else without quotes is what it is written as. */
const valueOf = (raw: unknown): Value => {
  if (typeof raw === "bigint") return Number.isSafeInteger(Number(raw)) ? Number(raw) : new Numeral(String(raw))
  if (typeof raw === "number") return Number.isInteger(raw) || !Number.isFinite(raw) ? new Numeral(floatText(raw)) : raw
  if (isDate(raw)) return new Numeral(raw.toISOString())
  if (Array.isArray(raw)) return raw.map(valueOf)
  if (typeof raw === "object" && raw !== null) {
    return Object.fromEntries(Object.entries(raw).map(([key, member]) => [key, valueOf(member)]))
  }
  return typeof raw === "boolean" ? raw : String(raw)
}

const bare = (text: string): unknown =>
  (parse(`x = ${text}\n`, { integersAsBigInt: true }) as { readonly x: unknown }).x

/** A value as the editor takes it; throws where TOML has nothing for it. */
const rawOf = (value: Value): unknown => {
  if (value instanceof Numeral) return bare(value.text)
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value
  if (isList(value)) return value.map(rawOf)
  if (isMembers(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rawOf(member)]))
  if (typeof value === "string" || typeof value === "boolean") return value
  throw new TypeError("TOML has no null")
}

/** The editor throws on what it cannot read or write, and so it is no value, or not written. */
const orNothing = <A>(work: () => A): A | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}

const skipString = (text: string, at: number): number => {
  const quote = text[at] ?? ""
  const isLong = text.startsWith(quote.repeat(3), at)
  const end = isLong ? quote.repeat(3) : quote
  for (let next = at + end.length; next < text.length; next++) {
    if (quote === "\"" && text[next] === "\\") next++
    else if (text.startsWith(end, next)) return next + end.length
  }
  return text.length
}

const commentsIn = (text: string): ReadonlyArray<string> => {
  const comments: Array<string> = []
  for (let at = 0; at < text.length;) {
    if (text[at] === "\"" || text[at] === "'") at = skipString(text, at)
    else if (text[at] === "#") {
      const end = text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at)
      comments.push(text.slice(at, end))
      at = end
    } else at++
  }
  return comments
}

/** TOML. */
export const tomlFormat: FileFormat = {
  name: "toml",
  parse: (text) => orNothing(() => valueOf(parse(text, { integersAsBigInt: true }))),
  write: ({ ours }, value) =>
    ours.length > Limits.mergeTomlMax ? undefined : orNothing(() => patch(ours, rawOf(value))),
  comments: commentsIn
}
