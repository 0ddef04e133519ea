/**
 * Plans and reports to render, made of what a test cares about.
 */
import type { BatchReport } from "../../src/app/Apply.ts"
import type { Document } from "../../src/domain/Document.ts"
import type { Address, BatchId, StepId } from "../../src/domain/Ids.ts"
import { exact } from "../../src/domain/Kind.ts"
import type { Plan, PlannedChange, Step, StepAction } from "../../src/domain/Plan.ts"
import { asSealed } from "../../src/domain/Sealed.ts"

export const address = (text: string): Address => text as Address

export const step = (at: string, action: StepAction): Step => ({
  id: at as StepId,
  address: address(at),
  kind: "watchlist",
  provider: "monitoring",
  action,
  resets: [],
  ignores: [],
  preventDestroy: false,
  conflict: "stop",
  refersTo: [],
  dependsOn: [],
  reversibility: exact,
  guarded: false
})

interface ChangeParts extends Partial<Omit<PlannedChange, "address" | "before" | "after">> {
  readonly before?: Document
  readonly after?: Document
}

export const change = (at: string, { after, before, ...more }: ChangeParts): PlannedChange => ({
  address: address(at),
  action: "update",
  reversibility: exact,
  guarded: false,
  differs: [],
  notes: [],
  ...more,
  ...(before === undefined ? {} : { before: asSealed(before) }),
  ...(after === undefined ? {} : { after: asSealed(after) })
})

export const plan = (more: Partial<Plan>): Plan => ({
  format: 1,
  workspace: "w",
  hash: "hmac:00",
  createdAt: 0,
  conflicts: [],
  refreshes: [],
  drops: [],
  steps: [],
  changes: [],
  drift: [],
  ...more
})

export const report = (more: Partial<BatchReport>): BatchReport => ({
  batch: "b-1" as BatchId,
  outcome: "committed",
  counts: { added: 0, changed: 0, destroyed: 0 },
  applied: 0,
  compensated: 0,
  failures: [],
  stuck: [],
  left: [],
  stale: false,
  interrupted: false,
  wrote: true,
  ...more
})
