/**
 * The one place that names implementations: files, SQLite, and the providers there are, behind the ports of app.
 *
 * Nothing is opened here. A workspace is read, a state opened and a provider made when a verb asks for it, and each is
 * closed with that verb.
 */
import { Effect, Layer } from "effect"
import manifest from "../../package.json" with { type: "json" }
import { layerWorkspaceFiles } from "../app/files/WorkspaceFiles.ts"
import { Notifier } from "../app/Notifier.ts"
import { findCommand, runCommand } from "../app/notify/Command.ts"
import type { AppServices } from "../app/PlanBatch.ts"
import { StateAccess } from "../app/StateAccess.ts"
import type { Kind } from "../domain/Kind.ts"
import { Limits } from "../domain/Limits.ts"
import { describedKinds, makeHttpProvider } from "../providers/described/HttpProvider.ts"
import { fileKinds, makeFiles } from "../providers/files/FileProvider.ts"
import { reachOnce } from "../providers/http/Reach.ts"
import { postOnce } from "../providers/http/Webhook.ts"
import { isModule } from "../providers/modules/LoadModule.ts"
import { makeModule } from "../providers/modules/ModuleProvider.ts"
import { makeMonitoring, monitoringKinds } from "../providers/monitoring/Monitoring.ts"
import {
  makeRegistry,
  ProviderFactory,
  type ProviderSettings,
  refuseMistakes,
  RegistryError
} from "../providers/Registry.ts"
import { Surroundings } from "../providers/Surroundings.ts"
import { layerSqlite } from "../state/sqlite/Sqlite.ts"
import { layerRescue } from "../state/sqlite/SqliteRescue.ts"
import type { Environment } from "./Config.ts"
import { stateTrial } from "./StateTrial.ts"

/** The version of amends. */
export const version: string = manifest.version

/** Which workspace, and the environment that its values come from. */
export interface AppOptions {
  /** Where the search for `amends.yaml` begins; it goes upwards. */
  readonly directory: string
  /** The file that stands for `amends.yaml`. */
  readonly config?: string
  readonly env: Environment
  /** The text of AMENDS_KEY. */
  readonly keyText?: string
}

const notBuilt = ({ name, use }: ProviderSettings): RegistryError => {
  const detail = `${JSON.stringify(use)} is not available in this version`
  const hint = "use monitoring, file, http for kinds that are described, or the path of a module such as ./house.ts"
  return new RegistryError({ provider: name, path: "/use", detail, hint })
}

const makeProvider = (settings: ProviderSettings) => {
  if (settings.use === "monitoring") return makeMonitoring(settings)
  if (settings.use === "file") return makeFiles(settings)
  if (isModule(settings.use)) return makeModule(settings)
  return settings.use === "http" ? makeHttpProvider(settings) : Effect.fail(notBuilt(settings))
}

/** Two that serve one kind would make it a matter of order who is written to. */
const refuseTwice = (
  providers: ReadonlyArray<{ readonly name: string; readonly kinds: ReadonlyMap<string, object> }>
) => {
  const servedBy = new Map<string, string>()
  for (const { kinds, name } of providers) {
    for (const kind of kinds.keys()) {
      const other = servedBy.get(kind)
      if (other === undefined) servedBy.set(kind, name)
      else {
        const detail = `serves kind ${kind}, and so does ${other}`
        const hint = "configure one provider for each kind"
        return Effect.fail(new RegistryError({ provider: name, path: "", detail, hint }))
      }
    }
  }
  return Effect.void
}

const makeProviders = Effect.fnUntraced(function*(settings: ReadonlyArray<ProviderSettings>) {
  const made = yield* Effect.all(settings.map(makeProvider), { mode: "result" })
  yield* refuseMistakes(made)
  const providers = yield* Effect.forEach(made, Effect.fromResult)
  yield* refuseTwice(providers)
  return makeRegistry(providers)
})

const kindsKnownOf = (settings: ProviderSettings): ReadonlyMap<string, Kind> => {
  if (settings.use === "monitoring") return monitoringKinds(settings.name)
  if (settings.use === "file") return fileKinds(settings)
  return settings.use === "http" ? describedKinds(settings) : new Map()
}

const knownKinds = (settings: ReadonlyArray<ProviderSettings>): ReadonlyMap<string, Kind> =>
  new Map(settings.flatMap((one) => [...kindsKnownOf(one)]))

const layerProviders = ({ env }: AppOptions) =>
  Layer.succeed(ProviderFactory)(ProviderFactory.of({
    make: (settings) => Effect.provideService(makeProviders(settings), Surroundings, { env }),
    known: knownKinds
  }))

const layerState = ({ env, keyText }: AppOptions) => {
  const through = stateTrial(env)
  const newKeyText = env["AMENDS_NEW_KEY"]
  return Layer.succeed(StateAccess)(StateAccess.of({
    open: ({ auditKeyFile, stateFile }, use) => {
      const lost = use === "anew" ? { lost: "accepted" as const } : {}
      const keys = { keyText, newKeyText, auditKey: { file: auditKeyFile, text: env["AMENDS_AUDIT_KEY"] } }
      return Layer.build(layerSqlite({ stateFile, ...keys, create: use !== "read", through, ...lost }))
    }
  }))
}

const layerNotifier = ({ env }: AppOptions) =>
  Layer.succeed(Notifier)(Notifier.of({
    post: postOnce(env),
    run: runCommand(env),
    probe: (target) =>
      target._tag === "webhook"
        ? reachOnce(env)({ url: target.url, timeoutMs: Limits.notifyTimeoutMs })
        : findCommand(env)(target.argv[0])
  }))

/** The services of app over a directory. */
export const layerApp = (options: AppOptions): Layer.Layer<AppServices> =>
  Layer.mergeAll(
    layerWorkspaceFiles(options),
    layerProviders(options),
    layerState(options),
    layerRescue(options.keyText, options.env["AMENDS_AUDIT_KEY"]),
    layerNotifier(options)
  )
