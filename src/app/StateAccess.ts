/**
 * The port through which verbs open the state of a workspace, once `amends.yaml` has said where it lives.
 *
 * One opening gives the journal, heads, lease and sealer over one state file. It closes with its scope, after what is
 * queued has been written.
 */
import { Context, Effect, type Scope } from "effect"
import type { Audit } from "../state/Audit.ts"
import type { Journal, Versions } from "../state/Journal.ts"
import type { Leases } from "../state/Leases.ts"
import type { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import type { Upkeep } from "../state/Upkeep.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

/** What an open state gives. */
export type StateServices = Journal | Versions | Leases | Sealer | Upkeep | Audit

/**
 * `write` makes the state and its key where there are none; `read` makes nothing, and none counts as an empty one. Both
 * refuse a state that was lost; `anew` is a `write` that begins it anew.
 */
export type StateUse = "write" | "read" | "anew"

/** What of the settings says where the state lives. */
export type StatePlace = Pick<WorkspaceSettings, "name" | "stateFile" | "auditKeyFile">

export class StateAccess extends Context.Service<StateAccess, {
  readonly open: (
    place: StatePlace,
    use: StateUse
  ) => Effect.Effect<Context.Context<StateServices>, StateError, Scope.Scope>
}>()("amends/StateAccess") {}

/** Runs an effect over the state of a workspace, and closes the state after it. */
export const withState = <A, E, R>(
  place: StatePlace,
  use: StateUse,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | StateError, Exclude<R, StateServices> | StateAccess> =>
  Effect.scoped(
    Effect.flatMap(StateAccess, (access) =>
      Effect.flatMap(access.open(place, use), (services) => Effect.provideContext(effect, services)))
  ) as Effect.Effect<A, E | StateError, Exclude<R, StateServices> | StateAccess>
