/**
 * A batch as the tests tell it: a watchlist is updated, an agent's create is refused, the watchlist goes back.
 */
import type { Document } from "../../src/domain/Document.ts"
import type { Ended, EntryBody, Intended, Leased, Opened, Outcome } from "../../src/domain/Entry.ts"
import { addressOf, type BatchId, type StepId } from "../../src/domain/Ids.ts"
import { exact } from "../../src/domain/Kind.ts"
import type { Plan, Step } from "../../src/domain/Plan.ts"
import { asSealed } from "../../src/domain/Sealed.ts"
import type { HeadChange } from "../../src/domain/Version.ts"
import type { Lease } from "../../src/state/Leases.ts"

export const treasury = addressOf("watchlist", "treasury")

export const stepOf = (address: string): StepId => address as StepId
export const batchOf = (name: string): BatchId => name as BatchId

export const watchlist = (description: string): Document => ({
  name: "treasury",
  description,
  assets: [{ chain: "ethereum", type: "Wallet", address: "0x52908400098527886E0F7030069857D2E4169EE7" }]
})

const update: Step = {
  id: stepOf(treasury),
  address: treasury,
  kind: "watchlist",
  provider: "monitoring",
  action: "update",
  remoteId: "41",
  desired: asSealed(watchlist("cold wallets")),
  resets: [],
  ignores: [],
  before: asSealed(watchlist("wallets")),
  preventDestroy: false,
  conflict: "stop",
  refersTo: [],
  dependsOn: [],
  reversibility: exact,
  guarded: false
}

export const planOf = (hash: string): Plan => ({
  format: 1,
  workspace: "acme-monitoring",
  hash,
  createdAt: 1_790_000_000_000,
  conflicts: [],
  refreshes: [],
  drops: [],
  steps: [update],
  changes: [],
  drift: []
})

/** A batch whose plan has so many steps and changes. */
export const openedWith = (hash: string, steps: number): Opened => {
  const opened = openedOf(hash)
  const addresses = Array.from({ length: steps }, (_, index) => addressOf("watchlist", `w${index}`))
  return {
    ...opened,
    plan: {
      ...opened.plan,
      steps: addresses.map((address) => ({ ...update, id: stepOf(address), address })),
      changes: addresses.map((address) => ({
        address,
        action: "update",
        reversibility: exact,
        guarded: false,
        differs: ["/description"],
        notes: []
      }))
    }
  }
}

export const openedOf = (hash: string, batchKey?: string): Opened => ({
  _tag: "opened",
  plan: planOf(hash),
  ...(batchKey === undefined ? {} : { batchKey }),
  engine: "0.1.0",
  providers: [{
    name: "monitoring",
    version: "1",
    configuration: asSealed({ baseUrl: "${env.MONITORING_URL}" })
  }],
  policies: {
    onFailure: "rollback",
    continueOnError: false,
    parallelism: 10,
    retries: 4,
    timeoutMs: 30_000,
    conflict: "stop",
    allowIrreversible: false
  },
  actor: "ada@build-7",
  reason: "quarterly review",
  generation: 1
})

export const leasedBy = ({ owner }: Lease): Leased => ({ _tag: "leased", owner })

export const intended = (address: string, attempt = 1): Intended => ({
  _tag: "intended",
  step: stepOf(address),
  operation: "update",
  call: 1,
  of: 1,
  attempt,
  request: "hmac:5f",
  idempotencyKey: "hmac:6a",
  remoteId: "41",
  before: asSealed(watchlist("wallets")),
  expected: asSealed(watchlist("cold wallets")),
  capturedAt: 1_790_000_000_100
})

export const applied = (address: string): Outcome => ({
  _tag: "outcome",
  step: stepOf(address),
  direction: "forward",
  call: 1,
  attempt: 1,
  result: "applied",
  status: 200,
  remoteId: "41",
  after: asSealed(watchlist("cold wallets"))
})

export const wayBack: ReadonlyArray<EntryBody> = [
  { _tag: "decided", to: "back", why: "custom_agent.large-transfers was refused (422)" },
  { ...intended(treasury), _tag: "undo-intended", compensates: 3 },
  { _tag: "compensated", step: stepOf(treasury), result: "done", evidence: "read back", remoteId: "41" }
]

export const endedAs = (as: Ended["as"]): Ended => ({ _tag: "ended", as, left: [] })

export const setHead = (description: string, address = treasury): HeadChange => ({
  _tag: "set",
  origin: "apply",
  head: {
    address,
    provider: "monitoring",
    kind: "watchlist",
    remoteId: "41",
    declared: asSealed(watchlist(description)),
    observed: asSealed({ ...watchlist(description), createdBy: "ada" }),
    dependsOn: [],
    deposed: [],
    preventDestroy: false
  }
})

export const dropHead = (address = treasury): HeadChange => ({ _tag: "drop", origin: "apply", address })
