/**
 * Who holds the lease: a process of this boot of this host, and whether it is provably dead.
 *
 * A process id alone proves nothing, for it is reused: its start time must be the same. Nor is an id from another
 * process namespace (a container) comparable with ours: there only expiry counts.
 */
import { Effect, Random } from "effect"
import type { Epoch } from "../../domain/Ids.ts"
import type { LeaseView } from "../Leases.ts"
import { bootId, host, processSpace, startOf } from "./Platform.ts"

/** A process that may hold the lease. */
export interface Owner {
  /** Names it for people and tells two holders apart, e.g. `build-7:4711:8f3a90`. */
  readonly owner: string
  readonly host: string
  /** Changes with every boot; empty where the platform does not tell. */
  readonly boot: string
  /** The namespace its id belongs to. */
  readonly space: string
  readonly pid: number
  /** When it started, in the platform's own unit; empty where unknown. */
  readonly started: string
}

/** The lease as it is stored. An empty owner means that nobody holds it. */
export interface LeaseRow extends Owner {
  readonly epoch: Epoch
  /** On the monotonic clock of that boot; milliseconds. */
  readonly expiresMs: number
  /** How long it was taken for; milliseconds. */
  readonly lifeMs: number
}

/** What is known of processes: who we are, and who lives. */
export interface Processes {
  readonly self: Effect.Effect<Owner>
  readonly alive: (owner: Owner, self: Owner) => LeaseView["ownerAlive"]
}

/** This process, as an owner that is unlike every other one. */
const self: Effect.Effect<Owner> = Effect.map(Random.nextIntBetween(0, 0x7fffffff), (random) => ({
  owner: `${host}:${process.pid}:${random.toString(16)}`,
  host,
  boot: bootId(),
  space: processSpace(),
  pid: process.pid,
  started: startOf("self")
}))

const alive = (owner: Owner, me: Owner): LeaseView["ownerAlive"] => {
  const comparable = owner.host === me.host && owner.boot === me.boot && owner.space === me.space
  if (!comparable || me.started === "") return "unknown"
  return startOf(owner.pid) === owner.started ? "alive" : "dead"
}

/** The processes of this machine. */
export const processes: Processes = { self, alive }

/** Milliseconds that are left of a lease at a time of our monotonic clock; 0 where it has expired. */
export const leftOf = (row: LeaseRow, me: Owner, nowMs: number): number => {
  const left = row.expiresMs - nowMs
  // More than its whole life means that the clock began anew: a boot that the platform does not tell from ours.
  return row.owner === "" || row.boot !== me.boot || left > row.lifeMs ? 0 : Math.max(0, left)
}
