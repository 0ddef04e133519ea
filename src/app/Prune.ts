/**
 * Prunes: lets go of versions and journals that `retention:` no longer keeps, by itself after an apply or when asked.
 *
 * What a recovery, a head, the newest versions or a quarantine rests on stays, whatever the rules say. By itself it
 * never makes an apply fail and takes only a moment; what is left goes the next time.
 */
import { Effect } from "effect"
import type { Address } from "../domain/Ids.ts"
import { leaseLifeMs, Limits } from "../domain/Limits.ts"
import type { RetentionRule } from "../domain/Retention.ts"
import { Journal } from "../state/Journal.ts"
import type { Lease } from "../state/Leases.ts"
import type { StateError } from "../state/StateError.ts"
import { type Pruned, type Pruning, Upkeep } from "../state/Upkeep.ts"
import { openedIn } from "./BatchView.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { holding } from "./Holding.ts"
import { dropLoose, looseContents, type LooseSum, sumOf } from "./LooseContents.ts"
import { quarantined } from "./Quarantine.ts"
import { type AppServices, overSettings, providersOf } from "./Session.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

export type { Pruned } from "../state/Upkeep.ts"

/** What a pruning is asked to do. */
export interface PruneOptions {
  readonly leaseTimeoutMs: number
}

/** What went, and how much smaller the file is. */
export interface PruneResult extends Pruned, LooseSum {
  readonly freedBytes: number
}

const noRules = new Refusal({
  reason: "Configuration",
  summary: "nothing says what may go",
  detail: "amends.yaml has no `retention`, so everything is kept",
  hint: "add for example: retention: [{ match: \"*\", keepVersions: 50, keepDays: 365 }]"
})

/** What unfinished batches are about: they may be taken back to what their addresses held, or leave conflicts there. */
const unfinishedAddresses = Effect.gen(function*(): Effect.fn.Return<ReadonlySet<Address>, StateError, Journal> {
  const journal = yield* Journal
  const plans = yield* Effect.forEach(yield* journal.unfinished, ({ id }) => journal.toFold(id))
  return new Set(plans.flatMap((entries) => openedIn(entries)?.plan.steps.map(({ address }) => address) ?? []))
})

const pruningOf = Effect.fnUntraced(function*(
  { quarantineAfter }: Pick<WorkspaceSettings, "quarantineAfter">,
  rules: ReadonlyArray<RetentionRule>,
  how: Pick<Pruning, "budgetMs" | "contents">
): Effect.fn.Return<Pruning, StateError, Journal | Upkeep> {
  const held = yield* quarantined(quarantineAfter)
  return {
    rules,
    needed: new Set(held.flatMap(({ batches }) => batches)),
    untouched: yield* unfinishedAddresses,
    ...how
  }
})

const rulesOf = ({ retention = [] }: Pick<WorkspaceSettings, "retention">) =>
  retention.length === 0 ? Effect.fail(noRules) : Effect.succeed(retention)

const thoroughly = { budgetMs: Number.MAX_SAFE_INTEGER / 2, contents: "all" } as const

/** What would go. */
export type Prunable = Pruned & LooseSum

const looseOf = (settings: WorkspaceSettings) =>
  Effect.flatMap(providersOf(settings, settings.providers), looseContents)

/** Tells what pruning would let go; writes nothing. */
export const prunable: Effect.Effect<Prunable, AppError, AppServices> = Effect.scoped(
  overSettings("read", (settings) =>
    Effect.gen(function*() {
      const rules = yield* rulesOf(settings)
      const loose = yield* looseOf(settings)
      const pruned = yield* (yield* Upkeep).prunable(yield* pruningOf(settings, rules, thoroughly))
      return { ...pruned, ...sumOf(loose) }
    }))
)

const pruneIn = Effect.fnUntraced(function*(settings: WorkspaceSettings, { leaseTimeoutMs }: PruneOptions) {
  const rules = yield* rulesOf(settings)
  const upkeep = yield* Upkeep
  const how = { lifeMs: leaseLifeMs(settings.policies.timeoutMs), timeoutMs: leaseTimeoutMs }
  return yield* holding(how, (lease) =>
    Effect.gen(function*() {
      const loose = yield* looseOf(settings)
      const pruned = yield* upkeep.prune(lease, yield* pruningOf(settings, rules, thoroughly))
      yield* dropLoose(loose)
      return { ...pruned, ...sumOf(loose), freedBytes: yield* upkeep.compact }
    }))
})

/** Lets go of what retention no longer keeps, and of contents of files that nothing names any more. */
export const prune = (options: PruneOptions): Effect.Effect<PruneResult, AppError, AppServices> =>
  Effect.scoped(overSettings("write", (settings) => pruneIn(settings, options)))

/** The same by itself, for a moment, under a lease that is held anyway. */
export const pruneQuietly = (
  settings: Pick<WorkspaceSettings, "retention" | "quarantineAfter">,
  lease: Lease
): Effect.Effect<void, never, Journal | Upkeep> => {
  const { retention = [] } = settings
  if (retention.length === 0) return Effect.void
  return Effect.ignore(Effect.gen(function*() {
    const upkeep = yield* Upkeep
    const how = { budgetMs: Limits.pruneBudgetMs, contents: "of what goes" } as const
    yield* upkeep.prune(lease, yield* pruningOf(settings, retention, how))
  }))
}
