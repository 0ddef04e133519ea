/**
 * Looks back on who did what: lists, shows, checks and exports the audit trail, and lets go of what retention no longer
 * keeps of it.
 *
 * Reading works without the resource files, and on a state that nobody may write to.
 */
import { Effect } from "effect"
import { type AuditFilter, type AuditRecord, matching } from "../domain/Audit.ts"
import { leaseLifeMs } from "../domain/Limits.ts"
import type { RetentionRule } from "../domain/Retention.ts"
import { Audit, type AuditAgainst, type AuditPruned, type AuditVerdict } from "../state/Audit.ts"
import { newAuditKey } from "../state/AuditKey.ts"
import type { StateError } from "../state/StateError.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { holding } from "./Holding.ts"
import { overSettings } from "./Session.ts"
import type { StateAccess, StateServices } from "./StateAccess.ts"
import { Workspace, type WorkspaceSettings } from "./Workspace.ts"

export type { AuditFault, AuditPruned, AuditVerdict } from "../state/Audit.ts"

type Looking = Workspace | StateAccess

const pageOf = 1_000

/** Goes through the records that a filter wants, oldest first. */
const eachRecord = Effect.fnUntraced(function*(
  filter: AuditFilter,
  take: (record: AuditRecord) => void
): Effect.fn.Return<void, StateError, Audit> {
  const { after } = yield* Audit
  const isWanted = matching(filter)
  let [n, more] = [0, true]
  while (more) {
    const page = yield* after(n, pageOf)
    page.filter(isWanted).forEach(take)
    n = page.at(-1)?.n ?? n
    more = page.length === pageOf
    yield* Effect.yieldNow
  }
})

const wanted = Effect.fnUntraced(function*(
  filter: AuditFilter
): Effect.fn.Return<ReadonlyArray<AuditRecord>, StateError, Audit> {
  const found: Array<AuditRecord> = []
  yield* eachRecord(filter, (record) => void found.push(record))
  return found
})

/** Lists records, newest first. */
export const auditList = (filter: AuditFilter): Effect.Effect<ReadonlyArray<AuditRecord>, AppError, Looking> =>
  overSettings("read", () => Effect.map(wanted(filter), (records) => records.toReversed()))

/** Gives records for export, oldest first, each as `render` writes it. */
export const auditExport = (
  filter: AuditFilter,
  render: (record: AuditRecord) => string
): Effect.Effect<ReadonlyArray<string>, AppError, Looking> =>
  overSettings("read", () =>
    Effect.gen(function*(): Effect.fn.Return<ReadonlyArray<string>, StateError, Audit> {
      const lines: Array<string> = []
      yield* eachRecord(filter, (record) => void lines.push(render(record)))
      return lines
    }))

const noRecord = (n: number): Refusal =>
  new Refusal({
    reason: "NotFound",
    summary: "there is no such record",
    detail: `the audit trail has no record ${n}`,
    hint: "see: amends audit list"
  })

/** Shows one record. */
export const auditShow = (n: number): Effect.Effect<AuditRecord, AppError, Looking> =>
  overSettings(
    "read",
    () =>
      Effect.flatMap(Audit, ({ record }) =>
        Effect.flatMap(record(n), (found): Effect.Effect<AuditRecord, Refusal> =>
          found === undefined ? Effect.fail(noRecord(n)) : Effect.succeed(found)))
  )

/** Checks the whole trail. */
export const auditVerify = (against: AuditAgainst): Effect.Effect<AuditVerdict, AppError, Looking> =>
  overSettings("read", () => Effect.flatMap(Audit, ({ verify }) => verify(against)))

/** A pair of keys, as PEM, and the id that signatures name it by. */
export interface AuditKeys {
  readonly privateText: string
  readonly publicText: string
  readonly id: string
}

/** Makes a new pair of keys to sign records with. */
export const auditKeygen: Effect.Effect<AuditKeys> = Effect.sync(newAuditKey)

/** Where the private key goes unless a place is named: beside the state, where nothing is put under version control. */
export const auditKeyPlace: Effect.Effect<string, AppError, Workspace> = Effect.flatMap(
  Workspace,
  ({ settings }) => Effect.map(settings, ({ stateFile }) => stateFile.replace(/[^/]*$/, "audit-key"))
)

const noRules = new Refusal({
  reason: "Configuration",
  summary: "nothing says which records may go",
  detail: "amends.yaml has no `audit.retention`, so every record is kept",
  hint: "add for example: audit: { retention: [{ match: \"*\", keepDays: 3650 }] }"
})

const rulesOf = ({ auditRetention = [] }: WorkspaceSettings): Effect.Effect<ReadonlyArray<RetentionRule>, Refusal> =>
  auditRetention.length === 0 ? Effect.fail(noRules) : Effect.succeed(auditRetention)

/** Tells which records would go; writes nothing. */
export const auditPrunable: Effect.Effect<AuditPruned, AppError, Looking> = overSettings(
  "read",
  (settings) => Effect.flatMap(rulesOf(settings), (rules) => Effect.flatMap(Audit, ({ prunable }) => prunable(rules)))
)

const pruneIn = Effect.fnUntraced(function*(
  settings: WorkspaceSettings,
  leaseTimeoutMs: number
): Effect.fn.Return<AuditPruned, StateError | Refusal, StateServices> {
  const rules = yield* rulesOf(settings)
  const { prune } = yield* Audit
  const how = { lifeMs: leaseLifeMs(settings.policies.timeoutMs), timeoutMs: leaseTimeoutMs }
  return yield* holding(how, (lease) => prune(lease, rules))
})

/** Lets go of the content of records; a stub of each stays. */
export const auditPrune = (
  { leaseTimeoutMs }: { readonly leaseTimeoutMs: number }
): Effect.Effect<AuditPruned, AppError, Looking> =>
  overSettings("write", (settings) => pruneIn(settings, leaseTimeoutMs))
