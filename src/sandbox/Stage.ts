/**
 * Everything that a running sandbox holds, in one value: the world, the settings, the faults and the log.
 *
 * The server, the admin paths and the face work on the same stage, so a test sees at once what another process did.
 */
import type { View } from "./Answer.ts"
import { kinds } from "./Api.ts"
import type { Fault } from "./Fault.ts"
import { addFaults, type FaultBook } from "./FaultBook.ts"
import type { Json, JsonObject } from "./Json.ts"
import { clearLog, emptyLog, type RequestLog } from "./RequestLog.ts"
import type { Settings } from "./Settings.ts"
import { clearWorld, type Clock, emptyWorld, type Kind, type World } from "./World.ts"

/** What a running sandbox holds. */
export interface Stage {
  readonly world: World
  readonly faults: FaultBook
  readonly log: RequestLog
  settings: Settings
}

/** All resources of each kind, as a GET shows them, but by rising id, sets sorted, secrets in clear. */
export type Snapshot = Readonly<Record<Kind, ReadonlyArray<JsonObject>>>

/** Makes the stage of a new sandbox. */
export const newStage = (settings: Settings, faults: ReadonlyArray<Fault>, now: Clock): Stage => {
  const stage: Stage = { world: emptyWorld(now), faults: { entries: [] }, log: emptyLog(), settings }
  addFaults(stage.faults, faults)
  return stage
}

/** Makes a stage as new: no resources, faults or log; settings stay. */
export const resetStage = (stage: Stage): void => {
  clearWorld(stage.world)
  clearLog(stage.log)
  stage.faults.entries = []
}

/** How a snapshot shows resources: sets sorted, secrets in clear. */
export const clearView: View = { maskSecrets: false, sortSets: true }

/** Shows one resource in the form of a snapshot. */
export const showResource = (world: World, kind: Kind, id: number): JsonObject =>
  kinds[kind].render(world, id, clearView)

const showAll = (world: World, kind: Kind): ReadonlyArray<JsonObject> =>
  kinds[kind].risingIds(world).map((id) => showResource(world, kind, id))

/** Answers all that the world holds; never changes it, not even the order of sets. */
export const snapshotOf = (world: World): Snapshot => ({
  watchlist: showAll(world, "watchlist"),
  notification_channel: showAll(world, "notification_channel"),
  custom_agent: showAll(world, "custom_agent")
})

/** A snapshot as plain JSON. */
export const snapshotJson = (world: World): Json => ({ ...snapshotOf(world) })
