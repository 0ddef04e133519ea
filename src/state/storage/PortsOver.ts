/**
 * The state layer's ports over one store: Journal, Versions, Leases and Audit share its writer and close with it.
 */
import { Context, Effect, type Scope } from "effect"
import { Audit } from "../Audit.ts"
import { Journal, Versions } from "../Journal.ts"
import { Leases } from "../Leases.ts"
import { Sealer } from "../Sealer.ts"
import { auditOver } from "./AuditOver.ts"
import { journalOver, versionsOver } from "./JournalOver.ts"
import { leasesOver } from "./LeasesOver.ts"
import type { Processes } from "./Owner.ts"
import type { Store } from "./Store.ts"
import { startWriter } from "./Writer.ts"

/** Everything that the state layer gives. */
export type StatePorts = Journal | Versions | Leases | Sealer | Audit

/** What the ports rest on. */
export interface Foundation {
  readonly store: Store
  readonly sealer: Sealer["Service"]
  readonly processes: Processes
  /** Tells whether a key of the workspace made a mark, the one in use or one before it. */
  readonly isMarked?: (text: string, mark: string) => boolean
}

/** Binds the ports to a store. */
export const portsOver: (on: Foundation) => Effect.Effect<Context.Context<StatePorts>, never, Scope.Scope> = Effect
  .fnUntraced(function*({ isMarked, store, sealer, processes }: Foundation) {
    const writer = yield* startWriter(store)
    return Context.make(Journal, journalOver(writer, sealer)).pipe(
      Context.add(Versions, versionsOver(writer, sealer)),
      Context.add(Leases, yield* leasesOver(writer, processes, sealer)),
      Context.add(Sealer, sealer),
      Context.add(
        Audit,
        auditOver({ writer, sealer, isMarked: isMarked ?? ((text, mark) => sealer.digest(text) === mark) })
      )
    )
  })
