/**
 * A saved plan: the plan as JSON, its documents sealed, with a check value under the workspace's key over all of it.
 *
 * An edited file is refused, and so is one of another workspace. A plan is used once, and only while every head that it
 * rests on is the one it was planned on and the providers are configured as they were.
 */
import { Effect, Result } from "effect"
import { canonicalText, isObject, type Json } from "../domain/Document.ts"
import type { FrozenProvider } from "../domain/Entry.ts"
import type { Address, Digest } from "../domain/Ids.ts"
import type { Plan } from "../domain/Plan.ts"
import type { Head } from "../domain/Version.ts"
import { Sealer } from "../state/Sealer.ts"
import { EngineVersion } from "./EngineVersion.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { type PlannedBatch, type PlanOptions, planThen } from "./PlanBatch.ts"
import { type AppServices, overSettings } from "./Session.ts"
import type { StateAccess } from "./StateAccess.ts"
import type { Workspace, WorkspaceSettings } from "./Workspace.ts"

/** What a plan file says. */
export interface SavedPlan {
  readonly format: 1
  /** The version of amends that saved it. */
  readonly engine: string
  readonly plan: Plan
  /** The providers' configuration as written when it was planned. */
  readonly providers: ReadonlyArray<Omit<FrozenProvider, "version">>
}

/** Renders a plan file; `digest` is the HMAC under the workspace's key. */
export const encodePlan = (saved: SavedPlan, digest: (value: Json) => Digest): string =>
  `${JSON.stringify({ ...saved, check: digest(saved as unknown as Json) }, undefined, 2)}\n`

const broken = (detail: string): Refusal =>
  new Refusal({
    reason: "BrokenPlan",
    summary: "the plan file cannot be used",
    detail,
    hint: "plan again with: amends plan --out FILE"
  })

const parse = (text: string): Result.Result<Json, Refusal> =>
  Result.try({
    try: () => JSON.parse(text) as Json,
    catch: () => broken("it is no JSON")
  })

/** Reads a plan file; what stands in it is believed only once its check value holds. */
export const decodePlan = (
  text: string,
  digest: (value: Json) => Digest,
  workspace: string
): Result.Result<SavedPlan, Refusal> =>
  Result.flatMap(parse(text), (value) => {
    if (!isObject(value) || typeof value["check"] !== "string") return Result.fail(broken("it is no saved plan"))
    if (value["format"] !== 1) return Result.fail(broken("it was saved by another version of amends"))
    const { check, ...rest } = value
    if (digest(rest) !== check) {
      return Result.fail(broken("it was edited, or it belongs to a workspace with another key"))
    }
    const saved = rest as unknown as SavedPlan
    return saved.plan.workspace === workspace
      ? Result.succeed(saved)
      : Result.fail(broken(`it was made for workspace ${saved.plan.workspace}, not ${workspace}`))
  })

/** Addresses whose head is no longer the one that the plan rests on. */
export const movedHeads = ({ drops, refreshes, steps }: Plan, heads: ReadonlyArray<Head>): ReadonlyArray<Address> => {
  const byAddress = new Map(heads.map((head) => [head.address, head]))
  const moved = steps.filter(({ action, address, basis, remoteId }) => {
    const head = byAddress.get(address)
    if (basis !== head?.version && (basis === undefined || basis !== head?.movedFrom)) return true
    // What is adopted is another resource than the one that the head leads to, which is gone.
    if (head === undefined || remoteId === undefined || action === "adopt") return false
    return head.remoteId !== remoteId && !head.deposed.includes(remoteId)
  }).map(({ address }) => address)
  const gone = [...drops, ...refreshes.map(({ address }) => address)].filter((address) => !byAddress.has(address))
  return [...new Set([...moved, ...gone])]
}

/** Refuses a plan whose heads moved since it was made. */
export const refuseMoved = (plan: Plan, heads: ReadonlyArray<Head>): Effect.Effect<void, Refusal> => {
  const moved = movedHeads(plan, heads)
  if (moved.length === 0) return Effect.void
  return Effect.fail(
    new Refusal({
      reason: "StalePlan",
      summary: "the plan is stale",
      detail: `changed since it was planned: ${moved.join(", ")}`,
      hint: "plan again; nothing was written",
      addresses: moved
    })
  )
}

/** Refuses a plan that was made with other providers than are configured now. */
export const refuseReconfigured = (saved: SavedPlan, settings: WorkspaceSettings): Effect.Effect<void, Refusal> => {
  const text = (providers: SavedPlan["providers"]) =>
    canonicalText(providers.map(({ configuration, name }) => ({ name, configuration })))
  if (text(saved.providers) === text(settings.frozen)) return Effect.void
  return Effect.fail(
    new Refusal({
      reason: "StalePlan",
      summary: "the plan is stale",
      detail: "the providers in amends.yaml were changed since it was planned",
      hint: "plan again; nothing was written"
    })
  )
}

const textOf = Effect.fnUntraced(function*({ plan, settings }: PlannedBatch) {
  const { digest } = yield* Sealer
  return encodePlan({ format: 1, engine: yield* EngineVersion, plan, providers: settings.frozen }, digest)
})

/** Plans, and answers the text of the plan file with the plan. The state and its key are made where there are none. */
export const planAndSave = (
  options: PlanOptions
): Effect.Effect<{ readonly planned: PlannedBatch; readonly text: string }, AppError, AppServices> =>
  planThen(options, "write", (planned) => Effect.map(textOf(planned), (text) => ({ planned, text })))

/** Reads a plan file; refuses one that was edited or belongs to another workspace. */
export const readPlan = (text: string): Effect.Effect<SavedPlan, AppError, Workspace | StateAccess> =>
  overSettings(
    "read",
    (settings) => Effect.flatMap(Sealer, ({ digest }) => Effect.fromResult(decodePlan(text, digest, settings.name)))
  )
