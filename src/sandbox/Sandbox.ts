/**
 * The sandbox: a server of the monitoring API for trying and testing, its face.
 *
 * It enforces what the API refuses and keeps its quirks, can be told to fail in the ways that servers and networks
 * do, and lets a test see and change the truth behind the API's back. It shares no code with the provider, or else
 * both would misread the API alike.
 */
import { Effect, Result, type Scope } from "effect"
import type { AddressInfo } from "node:net"
import type { Answer, Refused } from "./Answer.ts"
import { kinds } from "./Api.ts"
import { type Fault, parseFaults } from "./Fault.ts"
import { addFaults } from "./FaultBook.ts"
import { listen, stop } from "./HttpServer.ts"
import { isObject, type JsonObject } from "./Json.ts"
import { type LoggedRequest, loggedRequests } from "./RequestLog.ts"
import { SandboxError } from "./SandboxError.ts"
import { changedSettings, defaultSettings, type Settings, settingsProblems } from "./Settings.ts"
import { clearView, newStage, resetStage, showResource, type Snapshot, snapshotOf, type Stage } from "./Stage.ts"
import type { Clock, Kind } from "./World.ts"

export { type Act, type Fault, parseFaults } from "./Fault.ts"
export type { Json, JsonObject } from "./Json.ts"
export type { LoggedRequest } from "./RequestLog.ts"
export { SandboxError } from "./SandboxError.ts"
export type { Credentials, Settings } from "./Settings.ts"
export type { Snapshot } from "./Stage.ts"
export type { Clock, Kind } from "./World.ts"

/** How to start a sandbox; what is left out, or undefined, has its default. */
export type SandboxOptions =
  & { readonly [Key in keyof Settings]?: Settings[Key] | undefined }
  & {
    /** The port; 0, the default, for any free one. */
    readonly port?: number | undefined
    /** The address to listen on; 127.0.0.1 when left out. */
    readonly host?: string | undefined
    readonly faults?: ReadonlyArray<Fault> | undefined
    /** The clock that stamps resources; the system's when left out. */
    readonly now?: Clock | undefined
  }

/** A running sandbox. */
export interface Sandbox {
  readonly url: string
  readonly port: number
  /** Stops at once and cuts off requests under way; doing so twice is harmless. */
  readonly close: () => Promise<void>
  /** The requests to the API so far, in order of arrival. */
  readonly requests: () => ReadonlyArray<LoggedRequest>
  /** The most requests that were under way at one time. */
  readonly peakInFlight: () => number
  /** All resources of each kind as a GET shows them, but by rising id, sets sorted, secrets in clear. */
  readonly snapshot: () => Snapshot
  /** Creates as a third party, unlogged; a watchlist with its assets. Throws `SandboxError` of reason `refused`. */
  readonly create: (kind: Kind, body: JsonObject) => JsonObject
  /** Edits as a third party, in the API's write shape; `{}` changes only `updatedAt`. Throws as `create` does. */
  readonly edit: (kind: Kind, id: number, change: JsonObject) => JsonObject
  /** Deletes as a third party. Throws as `create` does, so also for a channel that an agent uses. */
  readonly remove: (kind: Kind, id: number) => void
  /** Adds a fault, which counts from now. Throws `SandboxError` of reason `faults`. */
  readonly addFault: (fault: Fault) => void
  readonly clearFaults: () => void
  /** Changes settings from the next request on. Throws `SandboxError` of reason `settings`. */
  readonly configure: (change: Partial<Settings>) => void
  /** Makes everything as new: no resources, faults or log; settings stay. */
  readonly reset: () => void
}

const refused = ({ error, status }: Refused): SandboxError =>
  new SandboxError({ reason: "refused", message: `${status}: ${error}` })

const idOf = (answer: Answer): number => {
  if (!answer.accepted) throw refused(answer)
  const created = Array.isArray(answer.data) ? answer.data[0] : answer.data
  return isObject(created) ? Number(created["id"]) : 0
}

const create = ({ world }: Stage, kind: Kind, body: JsonObject): JsonObject => {
  const answer = kinds[kind].create(world, kind === "notification_channel" ? [body] : body, clearView)
  const id = idOf(answer)
  const { assets } = body
  if (kind === "watchlist" && assets !== undefined) {
    const refusal = kinds[kind].update(world, id, { assets })
    if (refusal !== undefined) {
      kinds[kind].remove(world, id)
      throw refused(refusal)
    }
  }
  return showResource(world, kind, id)
}

const found = ({ world }: Stage, kind: Kind, id: number): number => {
  if (kinds[kind].find(world, String(id)) !== undefined) return id
  throw new SandboxError({ reason: "refused", message: `404: ${kinds[kind].noun} ${id} not found` })
}

const edit = (stage: Stage, kind: Kind, id: number, change: JsonObject): JsonObject => {
  const { world } = stage
  const agent = world.agents.rows.get(found(stage, kind, id))
  const state = kind === "custom_agent" && agent !== undefined ? { state: agent.state } : {}
  const refusal = kinds[kind].update(world, id, { ...state, ...change })
  if (refusal !== undefined) throw refused(refusal)
  return showResource(world, kind, id)
}

const remove = (stage: Stage, kind: Kind, id: number): void => {
  const refusal = kinds[kind].remove(stage.world, found(stage, kind, id))
  if (refusal !== undefined) throw refused(refusal)
}

const checkedFaults = (faults: unknown): ReadonlyArray<Fault> =>
  Result.getOrThrowWith(parseFaults(faults), (error) => error)

const checkedSettings = (settings: Settings, change: Partial<Settings>): Settings => {
  const changed = changedSettings(settings, change)
  const problems = settingsProblems(changed)
  if (problems.length === 0) return changed
  throw new SandboxError({ reason: "settings", message: problems.join("; ") })
}

/** The system's clock, without `Date`. */
const systemClock: Clock = () => Math.floor(performance.timeOrigin + performance.now())

/**
 * Starts a sandbox. Without credentials it accepts client id `sandbox` with secret `sandbox-secret`, and the bearer
 * token `sandbox-token`. Rejects with a `SandboxError`: a taken port, a misdefined fault or setting.
 */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const { faults = [], host = "127.0.0.1", now = systemClock, port = 0, ...settings } = options
  const stage = newStage(checkedSettings(defaultSettings, settings as Partial<Settings>), checkedFaults(faults), now)
  const server = await listen(stage, { host, port })
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () => stop(server),
    requests: () => loggedRequests(stage.log),
    peakInFlight: () => stage.log.peakInFlight,
    snapshot: () => snapshotOf(stage.world),
    create: (kind, body) => create(stage, kind, body),
    edit: (kind, id, change) => edit(stage, kind, id, change),
    remove: (kind, id) => remove(stage, kind, id),
    addFault: (fault) => addFaults(stage.faults, checkedFaults([fault])),
    clearFaults: () => {
      stage.faults.entries = []
    },
    configure: (change) => {
      stage.settings = checkedSettings(stage.settings, change)
    },
    reset: () => resetStage(stage)
  }
}

/** A sandbox for the length of a scope. */
export const sandboxScoped = (options: SandboxOptions = {}): Effect.Effect<Sandbox, SandboxError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => startSandbox(options),
      catch: (cause) =>
        cause instanceof SandboxError ? cause : new SandboxError({ reason: "port", message: String(cause), cause })
    }),
    (sandbox) => Effect.promise(sandbox.close)
  )
