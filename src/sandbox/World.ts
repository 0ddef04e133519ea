/**
 * What the sandbox remembers: the resources of the three kinds, who uses which channel, and the clock of writes.
 *
 * It is plain data apart from HTTP, so that a test can look at the truth without asking the server. Everything is in
 * memory, and gone with the process.
 */
import { DateTime } from "effect"
import type { Json, JsonObject } from "./Json.ts"
import { clearTable, emptyTable, scatter, type Stamp, type Table } from "./Table.ts"

/** The three kinds of the monitoring API. */
export type Kind = "watchlist" | "notification_channel" | "custom_agent"

/** A clock: milliseconds since 1970. */
export type Clock = () => number

/** One thing that a watchlist watches. */
export interface Asset {
  readonly chain: string
  readonly type: string
  readonly address: string | null
  readonly name: string | null
}

/** A stored watchlist; its assets are a set, by what makes two of them the same. */
export interface WatchlistRow extends Stamp {
  readonly name: string
  readonly description: string | null
  readonly assets: ReadonlyMap<string, Asset>
}

/** A stored channel, its secrets in clear. */
export interface ChannelRow extends Stamp {
  readonly name: string
  readonly type: string
  readonly configuration: JsonObject
}

/** A stored agent; channels and reminders are ids of channels, in the order sent. */
export interface AgentRow extends Stamp {
  readonly agentName: string
  readonly agentType: string
  readonly severity: string
  readonly state: string
  readonly rule: JsonObject
  readonly channels: ReadonlyArray<number>
  readonly reminders: ReadonlyArray<number>
  readonly muteDuration: Json
  readonly delay: Json
}

/** For each channel id, the ids of the agents that use it. */
export type Users = Map<number, Set<number>>

/** Everything that the sandbox remembers. */
export interface World {
  readonly watchlists: Table<WatchlistRow>
  readonly channels: Table<ChannelRow>
  readonly agents: Table<AgentRow>
  readonly alertUsers: Users
  readonly reminderUsers: Users
  readonly now: Clock
  lastTick: number
  /** Counts the renderings of sets, so that the order changes from one to the next. */
  renderings: number
}

/** Makes a world with nothing in it. */
export const emptyWorld = (now: Clock): World => ({
  watchlists: emptyTable(),
  channels: emptyTable(),
  agents: emptyTable(),
  alertUsers: new Map(),
  reminderUsers: new Map(),
  now,
  lastTick: 0,
  renderings: 0
})

/** Empties a world in place; ids begin at 1 again, the clock of writes goes on. */
export const clearWorld = (world: World): void => {
  clearTable(world.watchlists)
  clearTable(world.channels)
  clearTable(world.agents)
  world.alertUsers.clear()
  world.reminderUsers.clear()
}

/**
 * Answers the time of a write in ISO 8601: strictly later than that of every write before, even within one
 * millisecond.
 */
export const tick = (world: World): string => {
  world.lastTick = Math.max(Math.floor(world.now()), world.lastTick + 1)
  return DateTime.formatIso(DateTime.makeUnsafe(world.lastTick))
}

/** Answers the items of a set in an order that changes from one rendering to the next. */
export const disorder = <A>(world: World, items: ReadonlyArray<A>): ReadonlyArray<A> => {
  world.renderings += 1
  const seed = world.renderings * 7919
  const ranked = items.map((item, index) => ({ item, rank: scatter(seed + index) }))
  return ranked.sort((left, right) => left.rank - right.rank).map(({ item }) => item)
}
