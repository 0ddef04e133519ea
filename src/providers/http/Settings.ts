/**
 * Reads a provider's part of `amends.yaml` into checked values; every mistake is told, each with what to do.
 *
 * A mistyped setting is refused and never ignored: a rate limit that silently is none would be noticed in production.
 * Values that came from the environment are texts, so numbers and truth values are taken as texts too; an empty text
 * is a setting that is not there (`${env.X:-}`). No message repeats a value.
 */
import { Effect, Result } from "effect"
import { isObject, type Json, type JsonObject } from "../../domain/Document.ts"
import { parseDuration } from "../../domain/Duration.ts"
import { renderPointer } from "../../domain/Pointer.ts"
import { type ProviderSettings, refuseMistakes, RegistryError } from "../Registry.ts"

/** A mistake in a setting. */
export const badSetting = (
  settings: ProviderSettings,
  path: ReadonlyArray<string>,
  detail: string,
  hint: string
): RegistryError => new RegistryError({ provider: settings.name, path: renderPointer(path), detail, hint })

/** How one value is read, and what it is expected to be, for messages. */
export interface Reading<A> {
  readonly says: string
  /** Answers `undefined` where the value is none. */
  readonly read: (value: Json) => A | undefined
}

/** A text with something in it. */
export const text: Reading<string> = {
  says: "a text",
  read: (value) => typeof value === "string" ? value : undefined
}

/** A whole number of at least 1. */
export const count: Reading<number> = {
  says: "a whole number of at least 1",
  read: (value) => {
    const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value
    return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : undefined
  }
}

/** True or false. */
export const flag: Reading<boolean> = {
  says: "true or false",
  read: (value) => value === true || value === "true" ? true : value === false || value === "false" ? false : undefined
}

/** A length of time in milliseconds. */
export const duration: Reading<number> = {
  says: "a length of time such as 2s or 500ms",
  read: (value) => typeof value === "string" ? parseDuration(value) : undefined
}

/** Tells whether a setting is not there. */
export const isAbsent = (value: Json | undefined): value is undefined | null | "" =>
  value === undefined || value === null || value === ""

/** Reads the setting at a path of keys, or answers `undefined` where it is absent, null or empty. */
export const readSetting = <A>(
  settings: ProviderSettings,
  path: ReadonlyArray<string>,
  reading: Reading<A>
): Effect.Effect<A | undefined, RegistryError> => {
  const value = path.reduce<Json | undefined>((at, key) => isObject(at) ? at[key] : undefined, settings.settings)
  if (isAbsent(value)) return Effect.succeed(undefined)
  const read = reading.read(value)
  return read === undefined
    ? Effect.fail(badSetting(settings, path, "has a value that cannot be used", `write ${reading.says}`))
    : Effect.succeed(read)
}

/** Refuses settings that are not among the known ones. */
export const refuseUnknown = (
  settings: ProviderSettings,
  path: ReadonlyArray<string>,
  known: ReadonlyArray<string>
): Effect.Effect<void, RegistryError> => {
  const at = path.reduce<Json | undefined>((value, key) => isObject(value) ? value[key] : undefined, settings.settings)
  const unknown = Object.keys(isObject(at) ? at : {} satisfies JsonObject).filter((key) => !known.includes(key))
  return refuseMistakes(
    unknown.map((key) =>
      Result.fail(badSetting(settings, [...path, key], "is not a setting", `the settings are ${known.join(", ")}`))
    )
  )
}
