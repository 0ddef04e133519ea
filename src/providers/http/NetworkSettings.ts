/**
 * Reads what lies between a provider and its servers: the files that the setting `tls` names, and whether what the
 * environment says of proxies can be meant.
 */
import { Effect, Result } from "effect"
import { isObject } from "../../domain/Document.ts"
import { type ProviderSettings, refuseMistakes, type RegistryError } from "../Registry.ts"
import { Surroundings } from "../Surroundings.ts"
import { proxyTo } from "./Proxy.ts"
import { badSetting, readSetting, refuseUnknown, text } from "./Settings.ts"
import { loadTls, type Tls, type TlsFiles, tlsParts } from "./Tls.ts"

/** The name of the setting. */
export const tlsSetting = "tls"

/** Refuses a variable that should name the proxy to an origin and names none. */
export const refuseBadProxy = (
  settings: ProviderSettings,
  path: ReadonlyArray<string>,
  origin: string
): Effect.Effect<void, RegistryError> =>
  Effect.flatMap(Surroundings, ({ env }) =>
    Result.match(proxyTo(env, origin), {
      onFailure: ({ detail, variable }) => {
        const hint = `correct or unset ${variable}, or name the host in NO_PROXY`
        return Effect.fail(badSetting(settings, path, `goes through a proxy, but ${variable} ${detail}`, hint))
      },
      onSuccess: () => Effect.void
    }))

const readFiles = (settings: ProviderSettings): Effect.Effect<TlsFiles, RegistryError> =>
  Effect.gen(function*() {
    const { tls } = settings.settings
    if (tls === undefined || tls === null || tls === "") return {}
    const hint = "write { ca: FILE } or { cert: FILE, key: FILE }"
    if (!isObject(tls)) return yield* badSetting(settings, [tlsSetting], "is not an object", hint)
    yield* refuseUnknown(settings, [tlsSetting], tlsParts)
    const files: Record<string, string> = {}
    for (const part of tlsParts) {
      const name = yield* readSetting(settings, [tlsSetting, part], text)
      if (name !== undefined) files[part] = name
    }
    return files
  })

/** Reads the certificates of a provider. */
export const readTls = (settings: ProviderSettings): Effect.Effect<Tls, RegistryError> =>
  Effect.gen(function*() {
    const files = yield* readFiles(settings)
    const loaded = yield* Effect.result(loadTls(files, settings.root ?? "."))
    if (Result.isSuccess(loaded)) return loaded.success
    yield* refuseMistakes(
      loaded.failure.map(({ detail, hint, part }) =>
        Result.fail(badSetting(settings, [tlsSetting, part], detail, hint))
      )
    )
    return {}
  })
