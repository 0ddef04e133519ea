/**
 * Holding the lease of a state file that is about to be replaced, whatever else of it can be read.
 *
 * It needs no key and no newest format. A file too damaged to say who holds it cannot be written by anybody either, so
 * it counts as held by nobody.
 */
import type { Database } from "better-sqlite3"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { Limits } from "../../domain/Limits.ts"
import { keysOf } from "../sealing/Key.ts"
import type { KeySource } from "../sealing/KeyFile.ts"
import { readKey } from "../sealing/KeyFile.ts"
import type { StateError } from "../StateError.ts"
import { leasesOver } from "../storage/LeasesOver.ts"
import { processes } from "../storage/Owner.ts"
import { reading } from "../storage/Reading.ts"
import { opened } from "./Checked.ts"
import { oldKeysOf } from "./Database.ts"
import { versionOf } from "./Schema.ts"
import { sqliteFailure } from "./SqliteFailure.ts"
import { leaseStatements, swapLease } from "./Statements.ts"

/** What is known of the state that is there. */
export interface Current {
  /** Absent where the file is too damaged to say. */
  readonly epoch?: number
  readonly generation?: number
  /** Keys that were in use before, where the present one is at hand. */
  readonly old: ReadonlyArray<Uint8Array>
}

/** Long enough for copying and checking; nothing runs meanwhile that could renew it. */
const lifeMs = Limits.rescueLeaseMs

const quietly = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

const oldKeys = (db: Database, source: KeySource): ReadonlyArray<Uint8Array> =>
  quietly(() => {
    const key = readKey(source)
    return key === undefined ? [] : oldKeysOf(db, keysOf(key))
  }) ?? []

const take = Effect.fnUntraced(function*(db: Database, stateFile: string) {
  const statements = yield* reading("lease", () => {
    try {
      versionOf(db, stateFile)
      return leaseStatements(db)
    } catch (cause) {
      throw sqliteFailure("lease", stateFile, cause)
    }
  })
  const safely = <A>(work: () => A): A => {
    try {
      return work()
    } catch (cause) {
      throw sqliteFailure("lease", stateFile, cause)
    }
  }
  const store = {
    lease: () => safely(() => statements.lease.get()),
    swapLease: (...rows: Parameters<typeof swapLease> extends [unknown, ...infer R] ? R : never) =>
      safely(() => swapLease(statements, ...rows)),
    freeReserve: () => false
  }
  const leases = yield* leasesOver({ store, fenced: new Set<number>() }, processes)
  return yield* leases.acquire(lifeMs)
})

const isDamage = ({ reason }: StateError): boolean => reason === "Corrupt" || reason === "Io"

/** Holds the state for the length of the scope; answers nothing where there is none. Fails as Held. */
export const holdState = Effect.fnUntraced(function*(stateFile: string, source: KeySource) {
  if (!existsSync(stateFile)) return undefined
  const nothing: Current = { old: [] }
  const hold = Effect.gen(function*() {
    const db = yield* opened(stateFile)
    const { epoch } = yield* take(db, stateFile)
    const generation = quietly(() => db.prepare<[], number>("select generation from meta").pluck().get())
    // What is in the log moves into the file, which is then all there is of the state.
    quietly(() => db.pragma("wal_checkpoint(truncate)"))
    const current: Current = {
      epoch,
      old: oldKeys(db, source),
      ...(generation === undefined ? {} : { generation })
    }
    return current
  })
  return yield* Effect.catchIf(hold, isDamage, () => Effect.succeed(nothing))
})
