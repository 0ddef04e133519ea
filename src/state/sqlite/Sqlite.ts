/**
 * The state layer in a file: Journal, Versions, Leases, Sealer and Audit over one SQLite database and its key.
 *
 * With `create: false` a workspace without a state file is looked at as an empty one, and nothing is written, so that
 * `plan` and `history` leave no trace. A saved plan must be sealed under a key that is kept: open it with `create`.
 */
import type { Database } from "better-sqlite3"
import { Context, Effect, Layer, type Scope } from "effect"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Json } from "../../domain/Document.ts"
import { emptyTables, memoryStore } from "../memory/MemoryStore.ts"
import { keysOf } from "../sealing/Key.ts"
import { freshKey, type KeySource, readKey } from "../sealing/KeyFile.ts"
import { digestUnder, makeSealer } from "../sealing/Sealing.ts"
import type { StateError } from "../StateError.ts"
import { processes } from "../storage/Owner.ts"
import { portsOver, type StatePorts } from "../storage/PortsOver.ts"
import { reading } from "../storage/Reading.ts"
import { lostBatches, refuseRestored } from "../storage/Restored.ts"
import type { Store } from "../storage/Store.ts"
import { Upkeep } from "../Upkeep.ts"
import { withCheckpoints } from "./AuditCheckpoints.ts"
import { type AuditKeySource, signingFrom } from "./AuditRows.ts"
import { filesOf, generationBeside, openState } from "./Database.ts"
import { sqliteStore } from "./SqliteStore.ts"
import { noUpkeep, sqliteUpkeep } from "./SqliteUpkeep.ts"

export interface SqliteOptions {
  /** Absolute path, `.amends/state.db` of the workspace. */
  readonly stateFile: string
  /** Where the key is kept; `key` beside the state file unless given. */
  readonly keyFile?: string
  /** The text of AMENDS_KEY: 32 bytes as 64 hexadecimal digits or base64. */
  readonly keyText?: string | undefined
  /** The text of AMENDS_NEW_KEY: what a rotation of AMENDS_KEY goes to. */
  readonly newKeyText?: string | undefined
  /** Where the key comes from that records of the audit trail are signed with. */
  readonly auditKey?: AuditKeySource | undefined
  /** Whether to make what is missing; else a missing state file counts as an empty one. */
  readonly create: boolean
  /** Whether a state that was lost may begin anew, its resources to be taken over; refused unless given. */
  readonly lost?: "accepted"
  /** What stands between the ports and the file; for tests that make writes fail. */
  readonly through?: ((store: Store) => Store) | undefined
}

/** What an open file gives. */
export type SqlitePorts = StatePorts | Upkeep

type Opened = Effect.Effect<Context.Context<SqlitePorts>, StateError, Scope.Scope>

/** A workspace that has no state yet, and gets none from being looked at. */
const lookOnly: (stateFile: string, source: KeySource) => Opened = Effect.fnUntraced(function*(
  stateFile: string,
  source: KeySource
) {
  const beside = yield* reading("open", () => generationBeside(filesOf(stateFile)))
  const store = memoryStore({ ...emptyTables(), generationBeside: beside })
  yield* reading("open", () => refuseRestored(store, stateFile))
  const key = yield* reading("key", () => readKey(source) ?? freshKey())
  const ports = yield* portsOver({ store, sealer: makeSealer(keysOf(key)), processes })
  return Context.add(ports, Upkeep, noUpkeep)
})

/** A state that begins anew counts on from where the lost one was, so that an old copy of that one still shows. */
const acceptLost = (db: Database, store: Store): void => {
  const lost = lostBatches(store)
  if (lost > 0) db.prepare("update meta set generation = ?").run(lost)
}

const openFile: (options: SqliteOptions, source: KeySource) => Opened = Effect.fnUntraced(
  function*(options: SqliteOptions, source: KeySource) {
    const { auditKey = {}, lost, newKeyText, stateFile, through = (store) => store } = options
    const signing = signingFrom(auditKey)
    const files = filesOf(stateFile)
    const state = yield* Effect.acquireRelease(
      reading("open", () => openState(stateFile, source)),
      (opened) => Effect.sync(() => opened.db.close())
    )
    const store = yield* reading("open", () => {
      const over = through(sqliteStore(state.db, files, signing))
      if (lost === "accepted") acceptLost(state.db, over)
      refuseRestored(over, stateFile)
      return over
    })
    const sealer = makeSealer(state.keys, state.old.map(keysOf))
    const known = [state.keys, ...state.old.map(keysOf)]
    let current = state.keys
    const digest = (value: Json) => digestUnder(current, value)
    const upkeep = sqliteUpkeep({
      open: state,
      path: stateFile,
      source,
      newKeyText,
      sealer,
      signing,
      onRekey: (keys) => void (current = keys)
    })
    const kept = yield* withCheckpoints(store, { files, digest, signer: signing.signer })
    const isMarked = (text: string, mark: string) =>
      [current, ...known].some((keys) => digestUnder(keys, text) === mark)
    return Context.add(yield* portsOver({ store: kept, sealer, processes, isMarked }), Upkeep, upkeep)
  }
)

const open = (options: SqliteOptions): Opened =>
  Effect.suspend(() => {
    const { stateFile, keyText, keyFile = join(dirname(stateFile), "key") } = options
    const source = { keyFile, keyText }
    return options.create || existsSync(stateFile) ? openFile(options, source) : lookOnly(stateFile, source)
  })

/** The state in a file: Journal, Versions, Leases, Sealer and Audit. */
export const layerSqlite = (options: SqliteOptions): Layer.Layer<SqlitePorts, StateError> =>
  Layer.effectContext(open(options))
