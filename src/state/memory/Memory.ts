/**
 * The state layer in memory. Two layers over the same tables are two processes over one state file: closing the scope
 * of one is its death, after which its lease may be taken at once.
 *
 * The key is fixed unless given, and time is Effect's clock throughout, so that a seeded run repeats exactly.
 */
import { type Context, Effect, Layer, type Scope } from "effect"
import { keysOf } from "../sealing/Key.ts"
import { makeSealer } from "../sealing/Sealing.ts"
import type { Owner, Processes } from "../storage/Owner.ts"
import { portsOver, type StatePorts } from "../storage/PortsOver.ts"
import { emptyTables, memoryStore, type MemoryTables, type OnCommit } from "./MemoryStore.ts"

export interface MemoryOptions {
  /** What is already there; new and empty unless given. */
  readonly tables?: MemoryTables
  /** Lets commits fail. */
  readonly onCommit?: OnCommit
  /** 32 bytes. */
  readonly key?: Uint8Array
}

const keyForTests = new Uint8Array(32).fill(7)

/** The names of owners whose layer is open. Nobody lives on a copied disk. */
const livingOn = new WeakMap<MemoryTables, Set<string>>()

const bear = (tables: MemoryTables, living: Set<string>): Owner => {
  tables.openings += 1
  const pid = tables.openings
  livingOn.set(tables, living.add(`memory:${pid}`))
  return { owner: `memory:${pid}`, host: "memory", boot: "", space: "", pid, started: "" }
}

/** A process that lives as long as the scope. */
const processesOf = (tables: MemoryTables): Effect.Effect<Processes, never, Scope.Scope> => {
  const living = livingOn.get(tables) ?? new Set<string>()
  return Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => bear(tables, living)),
      ({ owner }) => Effect.sync(() => living.delete(owner))
    ),
    (self) => ({ self: Effect.succeed(self), alive: ({ owner }) => living.has(owner) ? "alive" : "dead" })
  )
}

const make: (options: MemoryOptions) => Effect.Effect<Context.Context<StatePorts>, never, Scope.Scope> = Effect
  .fnUntraced(function*({ tables = emptyTables(), onCommit, key = keyForTests }: MemoryOptions) {
    return yield* portsOver({
      store: memoryStore(tables, onCommit),
      sealer: makeSealer(keysOf(key)),
      processes: yield* processesOf(tables)
    })
  })

/** The state in memory: Journal, Versions, Leases, Sealer and Audit. */
export const layerMemory = (options: MemoryOptions = {}): Layer.Layer<StatePorts> => Layer.effectContext(make(options))
