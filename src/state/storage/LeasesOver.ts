/**
 * Leases over a store: taken only when free, ours, expired, or when the owner is provably dead; fenced by epochs.
 *
 * Every change compares the stored lease with the one that was read and swaps it in one transaction, so two that
 * reach for it at once cannot both have it. Expiry is boot id and monotonic clock: a wall clock that jumps changes
 * nothing. All operations of one process share one owner, so a second `acquire` of this process succeeds the first.
 */
import { Clock, Effect } from "effect"
import type { Lease, Leases, LeaseView } from "../Leases.ts"
import type { Sealer } from "../Sealer.ts"
import { StateError } from "../StateError.ts"
import type { Recorded } from "./AuditBook.ts"
import { drafted } from "./AuditDrafts.ts"
import { type LeaseRow, leftOf, type Owner, type Processes } from "./Owner.ts"
import { reading } from "./Reading.ts"
import type { Store } from "./Store.ts"

/** What leases need of a state: less than an open one, so that a state that does not open can be held too. */
export interface LeaseHome {
  readonly store: Pick<Store, "lease" | "swapLease" | "freeReserve"> & { readonly audit?: Store["audit"] }
  /** Epochs under which an append was refused. */
  readonly fenced: ReadonlySet<number>
}

interface Holding {
  readonly writer: LeaseHome
  readonly processes: Processes
  readonly self: Owner
  readonly redact: Sealer["Service"]["redact"]
  /** The lease this process holds, as it was last stored. */
  held: LeaseRow | undefined
}

const nowMs: Effect.Effect<number> = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

const isHeldBy = (row: LeaseRow | undefined): row is LeaseRow => row !== undefined && row.owner !== ""

const viewOf = (holding: Holding, row: LeaseRow, now: number): LeaseView => ({
  epoch: row.epoch,
  owner: row.owner,
  leftMs: leftOf(row, holding.self, now),
  ownerAlive: holding.processes.alive(row, holding.self)
})

const heldByOther = ({ owner, leftMs, ownerAlive }: LeaseView): StateError =>
  new StateError({
    reason: "Held",
    operation: "acquire",
    detail: `${owner} holds the lease for another ${Math.ceil(leftMs / 1000)} s (its process: ${ownerAlive})`,
    hint: "Wait for it, with --lease-timeout if you like; if it will never come back, `amends lease break`."
  })

const fenced = (lease: Lease): StateError =>
  new StateError({
    reason: "Fenced",
    operation: "renew",
    detail: `the lease of ${lease.owner} (epoch ${lease.epoch}) was taken by another`,
    hint: "The new holder finishes what was begun; see `amends status`."
  })

/** Swaps the lease; on a full disk once more with the reserve, for losing the lease would stop a compensation. */
const swap = (
  { writer: { store } }: Holding,
  expected: LeaseRow | undefined,
  next: LeaseRow,
  audit?: Recorded
) =>
  reading("lease", () => store.swapLease(expected, next, audit)).pipe(
    Effect.catchIf(
      (error) => error.reason === "Full" && store.freeReserve(),
      () => reading("lease", () => store.swapLease(expected, next, audit))
    )
  )

const read = ({ writer: { store } }: Holding) => reading("lease", () => store.lease())

const acquire: (holding: Holding, lifeMs: number) => Effect.Effect<Lease & { readonly previous?: string }, StateError> =
  Effect.fn("Leases.acquire")(function*(holding: Holding, lifeMs: number) {
    // Whoever could not record what they do begins nothing, rather than fail at its end.
    const unsigned = holding.writer.store.audit?.unsigned
    if (unsigned !== undefined) return yield* unsigned
    for (;;) {
      const row = yield* read(holding)
      const now = yield* nowMs
      const next = { ...holding.self, epoch: (row?.epoch ?? 0) + 1, expiresMs: now + lifeMs, lifeMs }
      if (isHeldBy(row) && row.owner !== holding.self.owner) {
        const view = viewOf(holding, row, now)
        if (view.leftMs > 0 && view.ownerAlive !== "dead") return yield* heldByOther(view)
      }
      // Where somebody was faster, what is stored now decides.
      if (!(yield* swap(holding, row, next))) continue
      holding.held = next
      const lease = { epoch: next.epoch, owner: next.owner }
      return isHeldBy(row) ? { ...lease, previous: row.owner } : lease
    }
  })

const isOf = (row: LeaseRow | undefined, lease: Lease): row is LeaseRow =>
  row !== undefined && row.epoch === lease.epoch && row.owner === lease.owner

const renew = Effect.fn("Leases.renew")(function*(holding: Holding, lease: Lease, lifeMs: number) {
  const row = yield* read(holding)
  const next = isOf(row, lease) ? { ...row, expiresMs: (yield* nowMs) + lifeMs, lifeMs } : undefined
  if (next !== undefined && (yield* swap(holding, row, next))) {
    holding.held = next
    return
  }
  if (isOf(holding.held, lease)) holding.held = undefined
  return yield* fenced(lease)
})

/** Gives up the lease, unless it was lost already. */
const release = Effect.fn("Leases.release")(function*(holding: Holding, lease: Lease) {
  if (isOf(holding.held, lease)) holding.held = undefined
  const row = yield* read(holding)
  if (isOf(row, lease)) yield* swap(holding, row, { ...row, owner: "", expiresMs: 0 })
})

const left = (holding: Holding, lease: Lease): Effect.Effect<number> =>
  Effect.map(nowMs, (now) => {
    const { held, self, writer } = holding
    return isOf(held, lease) && !writer.fenced.has(lease.epoch) ? leftOf(held, self, now) : 0
  })

const show = Effect.fn("Leases.show")(function*(holding: Holding) {
  const row = yield* read(holding)
  return isHeldBy(row) ? viewOf(holding, row, yield* nowMs) : undefined
})

const recordOfBreak = ({ redact, writer: { store: { audit } } }: Holding, { owner, ownerAlive }: LeaseView) =>
  audit === undefined ? Effect.undefined : drafted({ store: { audit }, redact }, {
    kind: "lease-break",
    outcome: "done",
    detail: `held by ${owner}, whose process is ${ownerAlive}`
  })

/** Nobody's lease of a higher epoch: what the previous holder still has in hand is fenced. */
const breakLease = Effect.fn("Leases.break")(function*(holding: Holding) {
  for (;;) {
    const row = yield* read(holding)
    if (!isHeldBy(row)) return undefined
    const view = viewOf(holding, row, yield* nowMs)
    const audit = yield* recordOfBreak(holding, view)
    const at = yield* Clock.currentTimeMillis
    const next = { ...row, owner: "", epoch: row.epoch + 1, expiresMs: 0 }
    if (yield* swap(holding, row, next, audit === undefined ? undefined : { draft: audit, at })) return view
  }
})

/** Lets a lease that was not released run out: whoever closes the state can write nothing under it any more. */
const expire = Effect.fnUntraced(function*(holding: Holding) {
  const { held } = holding
  if (held !== undefined) yield* swap(holding, held, { ...held, expiresMs: 0 })
})

/** The Leases of a writer's store, for the process that the platform says we are. */
export const leasesOver = Effect.fnUntraced(function*(
  writer: LeaseHome,
  processes: Processes,
  { redact }: Pick<Sealer["Service"], "redact"> = { redact: (text) => text }
) {
  const holding: Holding = { writer, processes, redact, self: yield* processes.self, held: undefined }
  yield* Effect.addFinalizer(() => Effect.ignore(expire(holding)))
  const leases: Leases["Service"] = {
    acquire: (lifeMs) => acquire(holding, lifeMs),
    renew: (lease, lifeMs) => renew(holding, lease, lifeMs),
    release: (lease) => release(holding, lease),
    left: (lease) => left(holding, lease),
    show: show(holding),
    break: breakLease(holding)
  }
  return leases
})
