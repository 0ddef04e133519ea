/**
 * One run under way: the server, the disk, time, and the record that the checkers read afterwards.
 *
 * The record is made outside the engine: what reached the wire, what was durable at that moment, how the world looked
 * when a batch opened and when it ended, and what each process said at its end.
 */
import type { Deferred } from "effect"
import type { Document } from "../../src/domain/Document.ts"
import type { Head } from "../../src/domain/Version.ts"
import type { MemoryWorld, Stored } from "../../src/providers/memory/World.ts"
import type { Sending } from "../../src/providers/Provider.ts"
import type { MemoryTables } from "../../src/state/memory/MemoryStore.ts"
import type { Row } from "../../src/state/storage/Row.ts"
import type { Draw } from "./Draw.ts"
import type { Act, KindDraft, Scenario } from "./Scenario.ts"
import type { Process, Timeline } from "./Timeline.ts"

/** Rules of the protocol that can be switched off, to prove that the simulation notices. */
export type Mutation =
  | "W1"
  | "W2"
  | "W3"
  | "W4"
  | "W5"
  | "W6"
  | "W7"
  | "horizon"
  | "resolve-before-undo"

/** Kind → id → resource, at one moment. */
export type Picture = ReadonlyMap<string, ReadonlyMap<string, Stored>>

/** A request that left a process. */
export interface Sent {
  readonly process: number
  readonly at: number
  /** Rows that would have survived a power cut at this moment. */
  readonly durable: number
  /** Lines of the world's log before it. */
  readonly logged: number
  readonly during: "forward" | "compensation"
  readonly sending: Sending
}

/** A reading that a process made. */
export interface ReadOf {
  readonly process: number
  /** Rows that there were. */
  readonly rows: number
  readonly logged: number
  readonly kind: string
  /** Absent for a whole kind. */
  readonly id?: string
}

/** The moment in which a batch opened or ended. */
export interface Moment {
  readonly what: "opened" | "ended"
  readonly batch: string
  readonly process: number
  /** How many rows there are with it. */
  readonly rows: number
  readonly logged: number
  readonly picture: Picture
  readonly heads: ReadonlyArray<Head>
}

/** A write to the disk: which process made it, and how many rows there were after it. */
export interface Written {
  readonly process: number
  readonly what: "commit" | "lease" | "generation" | "wish"
  readonly rows: number
}

/** What a process said when it was over. */
export interface Told {
  readonly process: number
  readonly at: number
  /** Rows that were durable then. */
  readonly durable: number
  readonly logged: number
  readonly reports: ReadonlyArray<ToldReport>
  /** The tag and reason of its error. */
  readonly error?: string
  /** Steps of the plan, where there was nothing to do: 0. */
  readonly result?: string
  /** Every word of it, for finding secrets. */
  readonly text: string
}

export interface ToldReport {
  readonly batch: string
  readonly outcome: string
  readonly stuck: ReadonlyArray<{ readonly address: string; readonly digest: string; readonly why: string } & Choosable>
  readonly left: ReadonlyArray<string>
}

interface Choosable {
  readonly step: string
  readonly choices: ReadonlyArray<string>
}

/** One process of the run. */
export interface Actor {
  readonly number: number
  readonly process: Process
  readonly act: Act
  readonly draw: Draw
  readonly requested: Deferred.Deferred<string>
  /** Lines of the world's log when it started. */
  readonly since: number
  readonly startedAt: number
  beats: number
  commits: number
  marks: number
  /** It was given up: it took longer than anything may. */
  overdue: boolean
  over: boolean
}

/** What the checkers read. */
export interface Record {
  readonly scenario: Scenario
  readonly kinds: ReadonlyMap<string, KindDraft>
  readonly sent: Array<Sent>
  readonly reads: Array<ReadOf>
  readonly moments: Array<Moment>
  readonly told: Array<Told>
  /** For each row, the lines of the world's log when it was written. */
  readonly rowsLogged: Array<number>
  readonly written: Array<Written>
  /** Leases that were broken by hand: their epoch, and how many rows there were. */
  readonly broken: Array<{ readonly epoch: number; readonly rows: number }>
  readonly events: Array<string>
  readonly actors: Array<Actor>
  readonly world: MemoryWorld
  readonly rows: ReadonlyArray<Row>
  readonly heads: () => ReadonlyArray<Head>
  /** Every document that was kept, as text. */
  readonly kept: () => string
}

/** A workspace's disk: what is on it, and what of it would survive a power cut. */
export interface Disk {
  readonly tables: MemoryTables
  /** How the disk was before commits that are not durable yet; only where a rule is switched off. */
  behind: MemoryTables | undefined
  /** How it was when a batch was opened the last time, where somebody puts an older copy back. */
  copy: MemoryTables | undefined
}

export interface Trial {
  readonly scenario: Scenario
  readonly mutation: Mutation | undefined
  readonly timeline: Timeline
  readonly world: MemoryWorld
  readonly disk: Disk
  readonly record: Record
  /** Who makes the world go on: never killed. */
  readonly director: Process
  readonly draw: Draw
  /** Starts a process that asks something of the batch under way, if there is one. */
  readonly launch: (verb: "pause" | "resume") => void
  /** What the other workspace left, where there is one. */
  readonly neighbour?: Record
}

/** How the world looks now. */
export const pictureOf = (world: MemoryWorld): Picture =>
  new Map([...world.resources].map(([kind, ofKind]) => [kind, new Map(ofKind)]))

/** Rows that would survive a power cut now. */
export const durableRows = ({ disk }: Trial): number => (disk.behind ?? disk.tables).rows.length

/** A document of a picture. */
export const documentIn = (picture: Picture, kind: string, id: string): Document | undefined =>
  picture.get(kind)?.get(id)?.document

const refill = <K, V>(map: Map<K, V>, from: Map<K, V>): void => {
  map.clear()
  for (const [key, value] of from) map.set(key, value)
}

/** Puts a copy of the disk in place; the counter beside the state is no part of it. */
export const restore = (tables: MemoryTables, from: MemoryTables): void => {
  tables.rows.splice(0, Infinity, ...from.rows)
  tables.audit.splice(0, Infinity, ...from.audit)
  refill(tables.wishes, from.wishes)
  refill(tables.seqs, from.seqs)
  refill(tables.batches, from.batches)
  refill(tables.heads, from.heads)
  refill(tables.versions, from.versions)
  tables.lease = from.lease
  tables.generation = from.generation
}

/** Kills a process: what was on the disk and not durable is lost with it. */
export const kill = (trial: Trial, { process }: Actor): void => {
  process.life = "dead"
  const { disk } = trial
  if (disk.behind !== undefined) restore(disk.tables, disk.behind)
  disk.behind = undefined
}

/** Stops a process for a while, as SIGSTOP and SIGCONT do. */
export const stop = (trial: Trial, { process }: Actor, ms: number): void => {
  if (process.life !== "running") return
  process.life = "stopped"
  trial.timeline.later(trial.director, ms, () => trial.timeline.continue(process))
}
