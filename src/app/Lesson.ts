/**
 * A lesson: what a trial found out about an API, whether it is as described, and what the description should say of it.
 *
 * Lessons add up to a description. What they say replaces what was written, lists grow, and null takes a key out. Pure.
 */
import { isArray, isObject, type Json, type JsonObject } from "../domain/Document.ts"
import type { DoctorFinding } from "./Doctor.ts"

/** One finding of a trial. */
export interface Lesson extends DoctorFinding {
  /** Keys of the description. */
  readonly says?: JsonObject
}

/** Something that is as it should be, or only worth knowing. */
export const good = (what: string, detail: string, says?: JsonObject): Lesson => ({
  what,
  ok: true,
  detail,
  ...(says === undefined ? {} : { says })
})

/** Something that an apply would suffer from. */
export const bad = (what: string, detail: string, hint: string, says?: JsonObject): Lesson => ({
  what,
  ok: false,
  detail,
  hint,
  ...(says === undefined ? {} : { says })
})

const joined = (was: Json | undefined, is: Json): Json => {
  if (isArray(was) && isArray(is)) return [...new Set([...was, ...is])]
  return isObject(was) && isObject(is) ? { ...was, ...is } : is
}

/** Keys whose objects are tables, which grow; any other object is replaced. */
const tables: ReadonlySet<string> = new Set(["defaults", "keyed"])

const withKey = (description: JsonObject, key: string, value: Json): JsonObject => {
  const { [key]: was, ...others } = description
  if (value === null) return others
  return { ...description, [key]: isArray(value) || tables.has(key) ? joined(was, value) : value }
}

/** The description with what was learned. */
export const learned = (description: JsonObject, lessons: ReadonlyArray<Lesson>): JsonObject =>
  lessons.flatMap(({ says = {} }) => Object.entries(says)).reduce(
    (sum, [key, value]) => withKey(sum, key, value),
    description
  )

/** For each key that lessons say something of, the sentences to remember it by. */
export const remarks = (lessons: ReadonlyArray<Lesson>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const by = lessons.flatMap(({ detail, says = {} }) => Object.keys(says).map((key) => ({ key, detail })))
  return new Map([...Map.groupBy(by, ({ key }) => key)].map(([key, all]) => [key, all.map(({ detail }) => detail)]))
}
