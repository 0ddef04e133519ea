/**
 * What every verb begins with: the settings of the workspace, its open state, and errors that give nothing away.
 *
 * Values that came from the environment are learned before anything is read, so that neither a journal nor a server's
 * own words in an error can hold one in clear.
 */
import { Effect, type Scope } from "effect"
import type { Address } from "../domain/Ids.ts"
import { parseAddress } from "../domain/Ids.ts"
import { LearnSecrets } from "../providers/LearnSecrets.ts"
import { ProviderError } from "../providers/ProviderError.ts"
import { type ProviderFactory, type ProviderSettings, type Registry } from "../providers/Registry.ts"
import { type ProviderWarning, WarnOf } from "../providers/WarnOf.ts"
import type { Rescue } from "../state/Rescue.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { makeProviders, registryProblems } from "./CheckedWorkspace.ts"
import { type AppError, Refusal } from "./Failure.ts"
import type { Notifier } from "./Notifier.ts"
import { type StateAccess, type StateServices, type StateUse, withState } from "./StateAccess.ts"
import { Warnings } from "./Warnings.ts"
import { Workspace, WorkspaceError, type WorkspaceSettings } from "./Workspace.ts"

/** What a verb works with. */
export type AppServices = Workspace | ProviderFactory | StateAccess | Rescue | Notifier

const redacted = (error: ProviderError, redact: (text: string) => string): ProviderError => {
  const { detail, mayLand, provider, reason, request, retryAfterMs, status } = error
  return new ProviderError({
    reason,
    provider,
    request: redact(request),
    detail: redact(detail),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(mayLand === undefined ? {} : { mayLand })
  })
}

/** What is wrong with a provider beside the work is told like every other warning, without secrets. */
const warning = <A, E, R>(verb: Effect.Effect<A, E, R>, redact: (text: string) => string) =>
  Effect.flatMap(
    Warnings,
    ({ warn }) =>
      Effect.provideService(verb, WarnOf, (found: ProviderWarning) => warn({ ...found, detail: redact(found.detail) }))
  )

/** Runs a verb over the open state of a workspace. */
export const over = <A, E extends AppError, R>(
  settings: Pick<WorkspaceSettings, "name" | "stateFile" | "auditKeyFile" | "secrets">,
  use: StateUse,
  verb: Effect.Effect<A, E, R>
): Effect.Effect<A, E | StateError | ProviderError, Exclude<R, StateServices> | StateAccess> =>
  withState(
    settings,
    use,
    Effect.flatMap(Sealer, (sealer) => {
      sealer.learn(settings.secrets)
      return Effect.flatMap(LearnSecrets, (learn) => {
        const learning = (values: ReadonlyArray<string>): void => {
          sealer.learn(values)
          learn(values)
        }
        return Effect.mapError(
          warning(Effect.provideService(verb, LearnSecrets, learning), sealer.redact),
          (error) => error instanceof ProviderError ? redacted(error, sealer.redact) : error
        )
      })
    })
  )

/** Runs a verb that needs `amends.yaml` but no resource files. */
export const overSettings = <A, E extends AppError, R>(
  use: StateUse,
  verb: (settings: WorkspaceSettings) => Effect.Effect<A, E, R>
) =>
  Effect.flatMap(
    Workspace,
    (workspace) => Effect.flatMap(workspace.settings, (settings) => over(settings, use, verb(settings)))
  )

/** Makes the providers that `amends.yaml` names. */
export const providersOf = (
  settings: WorkspaceSettings,
  providers: ReadonlyArray<ProviderSettings>
): Effect.Effect<Registry, WorkspaceError, ProviderFactory | Scope.Scope> =>
  Effect.mapError(
    makeProviders(settings, providers),
    (error) => new WorkspaceError({ problems: registryProblems(settings, error) })
  )

/** Reads an address as typed. */
export const addressIn = (text: string): Effect.Effect<Address, Refusal> =>
  parseAddress(text) === undefined
    ? Effect.fail(
      new Refusal({
        reason: "Usage",
        summary: "not an address",
        detail: `${JSON.stringify(text)} is no address`,
        hint: "an address is kind.name, for example watchlist.treasury; see: amends list"
      })
    )
    : Effect.succeed(text as Address)
