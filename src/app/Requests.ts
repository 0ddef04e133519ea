/**
 * What a program asks of the verbs: everything but what a verb is about has a default, and nothing is asked back.
 *
 * The defaults are those of the command line with `--yes`. Filling them in is all that happens here.
 */
import { Effect } from "effect"
import type { Author } from "../domain/Version.ts"
import type { ApplyOptions } from "./Apply.ts"
import type { RestoreOptions, Settled } from "./DriftSettle.ts"
import type { Asked } from "./Metadata.ts"
import { planDefaults, type PlanOptions } from "./PlanBatch.ts"
import type { RecoverOptions } from "./Recover.ts"
import type { RollbackOptions } from "./Rollback.ts"
import type { Settling } from "./RollbackPlan.ts"
import type { RollbackWhat } from "./RollbackWhat.ts"

/** A plan: of everything that is declared unless said otherwise. */
export interface PlanRequest extends Asked, Partial<PlanOptions> {}

/** An apply. `confirm` sees the plan and says whether to go on; yes unless given. */
export interface ApplyRequest extends Asked, Partial<Omit<ApplyOptions, "plan" | keyof Author>> {
  readonly plan?: Partial<PlanOptions>
}

/** A recovery: of every unfinished batch, in the direction that its journal says, unless said otherwise. */
export interface RecoverRequest extends Asked, Partial<Omit<RecoverOptions, "actor">> {}

/** A rollback. Conflicts stop it unless said otherwise. */
export interface RollbackRequest extends Asked, Partial<Omit<RollbackOptions, "what" | keyof Author>> {}

/** A rollback that is only told. */
export interface RollbackDryRunRequest extends Asked, Partial<Settling> {}

/** An accepting of drift. */
export interface AcceptRequest extends Asked, Partial<Omit<Settled, "addresses" | keyof Author>> {}

/** A restoring of what drifted. */
export interface RestoreRequest extends Asked, Partial<Omit<RestoreOptions, "addresses" | keyof Author>> {}

const yes = () => Effect.succeed(true)

/** The options of a plan. */
export const planOptions = (request: PlanRequest): PlanOptions => {
  const { actor: _, reason: __, ...wanted } = request
  return { ...planDefaults, ...wanted }
}

/** The options of an apply. */
export const applyOptions = ({ plan, ...wanted }: ApplyRequest, by: Author): ApplyOptions => ({
  policies: {},
  allowIrreversible: false,
  autoRecover: false,
  leaseTimeoutMs: 0,
  confirm: yes,
  ...wanted,
  plan: { ...planDefaults, ...plan },
  ...by
})

/** The options of a recovery; the reason is noted with what it chooses. */
export const recoverOptions = (request: RecoverRequest, { actor, reason }: Author): RecoverOptions => {
  const { reason: _, ...wanted } = request
  return {
    direction: "auto",
    choices: [],
    abandon: false,
    leaseTimeoutMs: 0,
    ...(reason === undefined ? {} : { note: reason }),
    ...wanted,
    actor
  }
}

/** How conflicts are settled. */
export const settlingOf = ({ answers = new Map(), strategy = "stop" }: Partial<Settling>): Settling => ({
  answers,
  strategy
})

/** The options of a rollback. */
export const rollbackOptions = (what: RollbackWhat, wanted: RollbackRequest, by: Author): RollbackOptions => ({
  policies: {},
  allowIrreversible: false,
  leaseTimeoutMs: 0,
  confirm: yes,
  ...wanted,
  ...settlingOf(wanted),
  what,
  ...by
})

/** The options of a restoring. */
export const restoreOptions = (
  addresses: ReadonlyArray<string>,
  wanted: RestoreRequest,
  by: Author
): RestoreOptions => ({ allowIrreversible: false, leaseTimeoutMs: 0, confirm: yes, ...wanted, addresses, ...by })
