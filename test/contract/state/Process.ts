/**
 * A process over a world, as the suites use it: its ports in hand, closed with the scope.
 */
import { Context, Effect, Layer, type Scope } from "effect"
import type { BatchId } from "../../../src/domain/Ids.ts"
import { Audit } from "../../../src/state/Audit.ts"
import { Journal, Versions } from "../../../src/state/Journal.ts"
import { type Lease, Leases } from "../../../src/state/Leases.ts"
import { Sealer } from "../../../src/state/Sealer.ts"
import type { StateError } from "../../../src/state/StateError.ts"
import { batchOf, leasedBy, openedOf } from "../../state/Example.ts"
import type { World } from "./StateSuite.ts"

export interface Process {
  readonly journal: Journal["Service"]
  readonly versions: Versions["Service"]
  readonly leases: Leases["Service"]
  readonly sealer: Sealer["Service"]
  readonly audit: Audit["Service"]
}

export const lifeMs = 60_000

/** Starts a process over the world; it lives as long as the scope. */
export const start = (world: World): Effect.Effect<Process, StateError, Scope.Scope> =>
  Effect.map(Layer.build(Layer.fresh(world.open)), (context) => ({
    journal: Context.get(context, Journal),
    versions: Context.get(context, Versions),
    leases: Context.get(context, Leases),
    sealer: Context.get(context, Sealer),
    audit: Context.get(context, Audit)
  }))

/** A process with the lease and an open batch. */
export interface Running extends Process {
  readonly lease: Lease
  readonly batch: BatchId
}

/** Opens a batch under the process's lease. */
export const openBatch = ({ journal }: Process, lease: Lease, name: string, batchKey?: string) =>
  journal.open(batchOf(name), lease, openedOf(`hash of ${name}`, batchKey), leasedBy(lease))

/** Starts a process, takes the lease and opens batch `b1`. */
export const startRunning: (world: World) => Effect.Effect<Running, StateError, Scope.Scope> = Effect.fnUntraced(
  function*(world: World) {
    const process = yield* start(world)
    const { epoch, owner } = yield* process.leases.acquire(lifeMs)
    const lease = { epoch, owner }
    yield* openBatch(process, lease, "b1")
    return { ...process, lease, batch: batchOf("b1") }
  }
)
