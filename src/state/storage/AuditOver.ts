/**
 * The Audit port over a store and its writer: reading records, checking them, and letting go of them by rule.
 *
 * What later records say of earlier ones stays (what was pruned, sealed anew or lost): without that, the earlier ones
 * could not be checked any more.
 */
import { Clock, Effect } from "effect"
import type { AuditKind, AuditRecord, Range } from "../../domain/Audit.ts"
import type { BatchId } from "../../domain/Ids.ts"
import { Limits } from "../../domain/Limits.ts"
import { keptSince, type RetentionRule, ruleOf } from "../../domain/Retention.ts"
import type { Audit, AuditAgainst, AuditPruned } from "../Audit.ts"
import { checkerOf } from "../AuditKey.ts"
import type { Lease } from "../Leases.ts"
import type { Sealer } from "../Sealer.ts"
import { StateError } from "../StateError.ts"
import { readCheckpoint } from "./AuditCheckpoint.ts"
import { type Deed, drafted } from "./AuditDrafts.ts"
import { type AuditRow, recordOf, stubText } from "./AuditRow.ts"
import { type AuditMeans, verifyTrail } from "./AuditVerifying.ts"
import { throughChain } from "./Chain.ts"
import { digestOf } from "./Content.ts"
import type { Work } from "./Job.ts"
import { reading } from "./Reading.ts"
import { submit, type Writer } from "./Writer.ts"

/** What the trail of a writer's store is read and written with. */
export interface Trail {
  readonly writer: Writer
  readonly sealer: Pick<Sealer["Service"], "digest" | "redact">
  readonly isMarked: AuditMeans["isMarked"]
}

const lasting: ReadonlySet<AuditKind> = new Set<AuditKind>(["prune", "key-rotate", "restore", "salvage", "audit-prune"])

const noBatch = "none" as BatchId

const write = Effect.fnUntraced(function*({ sealer, writer }: Trail, lease: Lease, deed: Deed, work: Work) {
  const draft = yield* drafted({ store: writer.store, redact: sealer.redact }, deed)
  const at = yield* Clock.currentTimeMillis
  yield* submit(writer, { batch: noBatch, lease, at, rows: [], size: 0, work, audit: [draft] })
})

/** Tells whether the rules let a record go: each of its addresses must have one, and `*` where it has none. */
const mayGo = (rules: ReadonlyArray<RetentionRule>, now: number) => {
  const rule = ruleOf(rules)
  return ({ at, body, kind }: AuditRecord): boolean => {
    if (body === undefined || lasting.has(kind)) return false
    const addresses = body.touched.length === 0 ? ["*" as const] : body.touched.map(({ address }) => address)
    return addresses.every((address) => {
      const of = rule(address as Parameters<typeof rule>[0])
      return of !== undefined && at < keptSince(of, now)
    })
  }
}

const changedRecord = ({ n }: AuditRow): StateError =>
  new StateError({
    reason: "Corrupt",
    operation: "audit-prune",
    detail: `record ${n} is not what was written; letting go of its content would hide that`,
    hint: "See `amends audit verify`; nothing was let go."
  })

const isChanged = ({ body, digest }: AuditRow): boolean => body !== null && digestOf(body) !== digest

type Doomed = Pick<AuditRow, "n" | "link"> & { readonly bytes: number }

const choose = Effect.fnUntraced(function*({ writer: { store } }: Trail, rules: ReadonlyArray<RetentionRule>) {
  const isDoomed = mayGo(rules, yield* Clock.currentTimeMillis)
  const doomed: Array<Doomed> = []
  let n = 0
  const pass = { operation: "prune", after: store.audit.after, place: () => n }
  const changed = yield* throughChain(pass, (rows) => {
    for (const row of rows) {
      n = row.n
      if (isChanged(row)) return row
      if (isDoomed(recordOf(row))) doomed.push({ n, link: row.link, bytes: row.body?.length ?? 0 })
    }
    return undefined
  })
  if (changed !== undefined) return yield* changedRecord(changed)
  return doomed
})

const summed = (doomed: ReadonlyArray<Doomed>): AuditPruned => ({
  records: doomed.length,
  bytes: doomed.reduce((sum, { bytes }) => sum + bytes, 0)
})

/** Numbers as ranges. */
export const rangesOf = (numbers: ReadonlyArray<number>): ReadonlyArray<Range> => {
  const ranges: Array<Range> = []
  for (const n of numbers) {
    const last = ranges.at(-1)
    if (last?.last === n - 1) ranges[ranges.length - 1] = { first: last.first, last: n }
    else ranges.push({ first: n, last: n })
  }
  return ranges
}

const prune = Effect.fn("Audit.prune")(function*(trail: Trail, lease: Lease, rules: ReadonlyArray<RetentionRule>) {
  const doomed = yield* choose(trail, rules)
  for (let from = 0; from < doomed.length; from += Limits.auditLetGoMax) {
    const some = doomed.slice(from, from + Limits.auditLetGoMax)
    const stubs = some.map(({ link, n }) => ({ n, mark: trail.sealer.digest(stubText({ n, link })) }))
    const records = rangesOf(some.map(({ n }) => n))
    yield* write(trail, lease, { kind: "audit-prune", outcome: "done", records }, { _tag: "letGo", stubs })
  }
  return summed(doomed)
})

const noCheckpoint = new StateError({
  reason: "Missing",
  operation: "audit",
  detail: "the file that was given is no checkpoint of an audit trail",
  hint: "A checkpoint is a copy of .amends/audit-checkpoint."
})

/** What the trail is checked with: what was given, else what is at hand. */
const meansFor = ({ isMarked, writer: { store } }: Trail, { checkpoint, publicKeys }: AuditAgainst): AuditMeans => {
  const checkSignature = publicKeys === undefined ? store.audit.checkSignature : checkerOf(publicKeys, "--public-key")
  const given = checkpoint === undefined ? undefined : readCheckpoint(checkpoint)
  if (checkpoint !== undefined && given === undefined) throw noCheckpoint
  const found = checkpoint === undefined ? readCheckpoint(store.audit.checkpoint() ?? "") : undefined
  return {
    isMarked,
    checkSignature,
    otherKeys: publicKeys === undefined ? "unchecked" : "wrong",
    ...(given === undefined ? {} : { checkpoint: { is: given, from: "elsewhere" as const } }),
    ...(found === undefined ? {} : { checkpoint: { is: found, from: "beside" as const } })
  }
}

/** The Audit of a writer's store. */
export const auditOver = (trail: Trail): Audit["Service"] => {
  const { store } = trail.writer
  const { audit } = store
  return {
    count: reading("audit", () => audit.head().n),
    after: (n, count) => reading("audit", () => audit.after(n, count).map(recordOf)),
    record: (n) => reading("audit", () => audit.after(n - 1, 1).filter((row) => row.n === n).map(recordOf)[0]),
    verify: (against) =>
      Effect.flatMap(reading("audit", () => meansFor(trail, against)), (means) => verifyTrail(store, means)),
    prunable: (rules) => Effect.map(choose(trail, rules), summed),
    prune: (lease, rules) => prune(trail, lease, rules),
    note: (lease, { detail, kind, outcome }) =>
      write(trail, lease, { kind, outcome, ...(detail === undefined ? {} : { detail }) }, { _tag: "note" })
  }
}
