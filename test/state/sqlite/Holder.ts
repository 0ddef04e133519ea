// Run as a process of its own: takes the lease of the state file given, opens a batch, says so, and stays until killed.
import { Effect } from "effect"
import { Journal } from "../../../src/state/Journal.ts"
import { Leases } from "../../../src/state/Leases.ts"
import { layerSqlite } from "../../../src/state/sqlite/Sqlite.ts"
import { applied, batchOf, intended, leasedBy, openedOf, treasury } from "../Example.ts"

const hold = Effect.gen(function*() {
  const [leases, journal] = [yield* Leases, yield* Journal]
  const lease = yield* leases.acquire(3_600_000)
  yield* journal.open(batchOf("b1"), lease, openedOf("h"), leasedBy(lease))
  yield* journal.append(batchOf("b1"), lease, [intended(treasury)])
  yield* journal.ride(batchOf("b1"), lease, [applied(treasury)])
  process.stdout.write(`${lease.owner}\n`)
  return yield* Effect.never
})

await Effect.runPromise(hold.pipe(Effect.provide(layerSqlite({ stateFile: process.argv[2] ?? "", create: true }))))
