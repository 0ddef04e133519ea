/**
 * The audit trail of a run: whole, and with a record of every batch that began, ended or was answered by a person.
 */
import { Effect } from "effect"
import type { AuditKind } from "../../../src/domain/Audit.ts"
import { memoryStore } from "../../../src/state/memory/MemoryStore.ts"
import { verifyTrail } from "../../../src/state/storage/AuditVerifying.ts"
import type { Violation } from "../Ledger.ts"
import type { Trial } from "../Trial.ts"

const recordedAs: Readonly<Record<string, AuditKind>> = {
  opened: "opened",
  ended: "batch",
  human: "choice",
  resolved: "verdict",
  control: "control"
}

/** Nothing was done without its record, and nothing is recorded that was not done. */
export const everythingIsRecorded = ({ disk: { tables } }: Trial): ReadonlyArray<Violation> => {
  const counts = new Map<string, number>()
  const count = (batch: string | null, kind: string, by: number) =>
    counts.set(`${kind} of ${batch}`, (counts.get(`${kind} of ${batch}`) ?? 0) + by)
  for (const { batch, kind } of tables.rows) {
    const as = recordedAs[kind]
    if (as !== undefined) count(batch, as, 1)
  }
  for (const { batch, body, kind } of tables.audit) {
    const isAsked = body !== null && body.includes("\"outcome\":\"asked\"")
    if (Object.values(recordedAs).includes(kind) && !isAsked) count(batch, kind, -1)
  }
  const { fault } = Effect.runSync(
    verifyTrail(memoryStore(tables), { isMarked: () => false, otherKeys: "unchecked" })
  )
  return [
    ...(fault === undefined ? [] : [{ invariant: "audit", evidence: `record ${fault.record}: ${fault.what}` }]),
    ...[...counts].filter(([, left]) => left !== 0).map(([what, left]) => ({
      invariant: "audit",
      evidence: `${what}: ${left > 0 ? "not recorded" : "recorded and not done"}`
    }))
  ]
}
