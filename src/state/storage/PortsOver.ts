/**
 * The state layer's ports over one store: Journal, Versions and Leases share its writer and close with it.
 */
import { Context, Effect, type Scope } from "effect"
import { Journal, Versions } from "../Journal.ts"
import { Leases } from "../Leases.ts"
import { Sealer } from "../Sealer.ts"
import { journalOver, versionsOver } from "./JournalOver.ts"
import { leasesOver } from "./LeasesOver.ts"
import type { Processes } from "./Owner.ts"
import type { Store } from "./Store.ts"
import { startWriter } from "./Writer.ts"

/** Everything that the state layer gives. */
export type StatePorts = Journal | Versions | Leases | Sealer

/** What the ports rest on. */
export interface Foundation {
  readonly store: Store
  readonly sealer: Sealer["Service"]
  readonly processes: Processes
}

/** Binds the ports to a store. */
export const portsOver: (on: Foundation) => Effect.Effect<Context.Context<StatePorts>, never, Scope.Scope> = Effect
  .fnUntraced(function*({ store, sealer, processes }: Foundation) {
    const writer = yield* startWriter(store)
    return Context.make(Journal, journalOver(writer, sealer)).pipe(
      Context.add(Versions, versionsOver(writer, sealer)),
      Context.add(Leases, yield* leasesOver(writer, processes)),
      Context.add(Sealer, sealer)
    )
  })
