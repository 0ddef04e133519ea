/**
 * Reads a setting that is a secret: a text, or `{ command: [program, argument…] }`, the program that prints it.
 *
 * Programs run in the workspace's directory with the environment that amends was given.
 */
import { Effect } from "effect"
import { isArray, isObject, type Json } from "../../domain/Document.ts"
import { renderPointer } from "../../domain/Pointer.ts"
import type { ProviderSettings, RegistryError } from "../Registry.ts"
import { Surroundings } from "../Surroundings.ts"
import type { Secret } from "./Secret.ts"
import type { SecretCommand } from "./SecretCommand.ts"
import { badSetting, type Reading, readSetting, refuseUnknown } from "./Settings.ts"

const hint = "write a text, or { command: [program, argument] } for a program that prints it"

/** A text or an object: which of both is decided by what it is. */
const written: Reading<Json> = {
  says: "a text, or { command: [program, argument] } for a program that prints it",
  read: (value) => typeof value === "string" || isObject(value) ? value : undefined
}

const control = /\p{Cc}/u

const isArgv = (value: Json | undefined): value is SecretCommand["argv"] =>
  isArray(value) && value.length > 0 && value[0] !== "" && value.every((word) => typeof word === "string")

/** Reads the secret at a path of keys, or answers `undefined` where it is absent, null or empty. */
export const readSecret = (
  settings: ProviderSettings,
  path: ReadonlyArray<string>
): Effect.Effect<Secret | undefined, RegistryError> =>
  Effect.gen(function*() {
    const value = yield* readSetting(settings, path, written)
    if (typeof value === "string") {
      return control.test(value.trim())
        ? yield* badSetting(settings, path, "has characters that no header can hold", "remove line breaks inside it")
        : value
    }
    if (!isObject(value)) return undefined
    yield* refuseUnknown(settings, path, ["command"])
    const { command } = value
    if (!isArgv(command)) {
      const where = command === undefined ? path : [...path, "command"]
      return yield* badSetting(settings, where, "names no program", hint)
    }
    const { env } = yield* Surroundings
    return { argv: command, env, ...(settings.root === undefined ? {} : { directory: settings.root }) }
  })

/** Reads a secret that has to be there. */
export const needSecret = (
  settings: ProviderSettings,
  path: ReadonlyArray<string>
): Effect.Effect<Secret, RegistryError> =>
  Effect.flatMap(readSecret(settings, path), (secret) =>
    secret === undefined
      ? Effect.fail(badSetting(settings, path, `${renderPointer(path.slice(-1)).slice(1)} is missing or empty`, hint))
      : Effect.succeed(secret))
