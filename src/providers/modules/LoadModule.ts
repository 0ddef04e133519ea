/**
 * Finds and imports the file of a provider module, and takes the provider out of what it exports.
 *
 * The file is run by Node as it is, types stripped. Whatever keeps it from being there, from being understood or from
 * ending is told as a mistake of the setting `use`.
 */
import { Effect } from "effect"
import { stat } from "node:fs/promises"
import { basename, extname, isAbsolute, relative, resolve, sep } from "node:path"
import { pathToFileURL } from "node:url"
import { Limits } from "../../domain/Limits.ts"
import { badSetting } from "../http/Settings.ts"
import type { ProviderSettings, RegistryError } from "../Registry.ts"
import { thrownText } from "./Rules.ts"

const extensions = [".ts", ".mts", ".js", ".mjs"]

/** Tells whether `use` names a file and not a provider that is built in. */
export const isModule = (use: string): boolean => /^\.{0,2}[/\\]/.test(use) || extensions.includes(extname(use))

const wrong = (settings: ProviderSettings, detail: string, hint: string): RegistryError =>
  badSetting(settings, ["use"], detail, hint)

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""

const locate = Effect.fnUntraced(function*(settings: ProviderSettings) {
  const { root = ".", use } = settings
  const path = resolve(root, use)
  const way = relative(resolve(root), path)
  if (!isAbsolute(use) && (way === ".." || way.startsWith(`..${sep}`))) {
    return yield* wrong(settings, `${use} lies outside the workspace`, "name a file inside it, or an absolute path")
  }
  if (!extensions.includes(extname(path))) {
    return yield* wrong(settings, `${use} is no module`, `a module ends in ${extensions.join(", ")}`)
  }
  const found = yield* Effect.promise(() => stat(path).catch((error: unknown) => codeOf(error)))
  if (typeof found !== "string" && found.isFile()) return path
  const why = found === "ENOENT" ? `there is no file ${use}` : `${use} is no file that can be read`
  return yield* wrong(settings, why, "correct the path, or make it: amends init --provider NAME")
})

/** The line of the module where the system says that it stopped. */
const lineIn = (error: unknown, path: string): string => {
  const stack = error instanceof Error ? error.stack ?? "" : ""
  const [, line] = new RegExp(`${basename(path).replaceAll(".", "\\.")}:(\\d+)`).exec(stack) ?? []
  return line === undefined ? "" : ` at line ${line}`
}

const cannotLoad = (settings: ProviderSettings, path: string, error: unknown): RegistryError => {
  const { root = ".", use } = settings
  const code = codeOf(error)
  // Paths are told from the workspace, as they are written there.
  const said = thrownText(error).replaceAll(`${resolve(root)}${sep}`, "")
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    const detail = `${use} uses what cannot be stripped${lineIn(error, path)}: ${said}`
    return wrong(settings, detail, "write types only: no enum, no namespace, no parameter properties")
  }
  if (error instanceof SyntaxError || code === "ERR_INVALID_TYPESCRIPT_SYNTAX") {
    return wrong(settings, `${use} has an error of syntax${lineIn(error, path)}: ${said}`, "correct it")
  }
  if (code === "ERR_MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
    const hint = "install it beside the workspace; what is only a type is imported with `import type`"
    return wrong(settings, `${use} imports what is not there: ${said}`, hint)
  }
  return wrong(
    settings,
    `${use} threw when it was loaded: ${said}`,
    "do nothing but export at the top level"
  )
}

const imported = (settings: ProviderSettings, path: string): Effect.Effect<object, RegistryError> =>
  Effect.tryPromise({
    try: async () => (await import(pathToFileURL(path).href)) as object,
    catch: (error) => cannotLoad(settings, path, error)
  }).pipe(Effect.timeoutOrElse({
    duration: Limits.moduleLoadMs,
    orElse: () => {
      const detail = `${settings.use} did not finish loading within ${Limits.moduleLoadMs / 1_000} s`
      return Effect.fail(wrong(settings, detail, "connect in `open`, and wait for nothing at the top level"))
    }
  }))

/** What Node exports for a file that exports nothing, which it takes for an old kind of script. */
const ofScripts = ["default", "module.exports"]

const isEmptyScript = (exports: object): boolean =>
  "module.exports" in exports && typeof exports["module.exports"] === "object" && exports["module.exports"] !== null &&
  Object.keys(exports["module.exports"]).length === 0

/** Imports the module that `use` names; answers what it exports as its provider. */
export const loadModule = Effect.fnUntraced(function*(
  settings: ProviderSettings
): Effect.fn.Return<unknown, RegistryError> {
  const exports = yield* imported(settings, yield* locate(settings))
  if ("provider" in exports) return exports.provider
  if ("default" in exports && !isEmptyScript(exports)) return exports.default
  const names = Object.keys(exports).filter((name) => !ofScripts.includes(name))
  const found = names.length === 0 ? "it exports nothing" : `it exports ${names.join(", ")}`
  return yield* wrong(settings, `${settings.use} exports no provider: ${found}`, "write: export const provider = { … }")
})
