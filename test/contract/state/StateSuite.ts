/**
 * What any state layer must hold, told once and run on each: `stateSuite(name, world)`.
 *
 * A world is a durable place; opening it twice is two processes over one state.
 */
import { describe } from "@effect/vitest"
import type { Layer } from "effect"
import type { StateError } from "../../../src/state/StateError.ts"
import type { StatePorts } from "../../../src/state/storage/PortsOver.ts"
import { auditSuite } from "./AuditSuite.ts"
import { journalSuite } from "./JournalSuite.ts"
import { leaseSuite } from "./LeaseSuite.ts"
import { versionSuite } from "./VersionSuite.ts"

export interface World {
  /** Each building of it is a process that opens the state. */
  readonly open: Layer.Layer<StatePorts, StateError>
}

/** Runs the contract on worlds that `make` begins anew. */
export const stateSuite = (name: string, make: () => World) =>
  describe(`contract: ${name}`, () => {
    journalSuite(make)
    versionSuite(make)
    leaseSuite(make)
    auditSuite(make)
  })
