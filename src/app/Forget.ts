/**
 * Forgets: lets a resource go without a remote write. It stays as it is and is nobody's from then on.
 *
 * Or forgets only that its batches kept failing: plans take it in again.
 */
import { Effect } from "effect"
import { leaseLifeMs } from "../domain/Limits.ts"
import type { Author, Head } from "../domain/Version.ts"
import { Versions } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import { Upkeep } from "../state/Upkeep.ts"
import { refuseUnfinished } from "./ApplyRefusals.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { type Held, holding } from "./Holding.ts"
import { type Quarantined, quarantined } from "./Quarantine.ts"
import { addressIn, overSettings } from "./Session.ts"
import type { StateAccess, StateServices } from "./StateAccess.ts"
import type { Workspace, WorkspaceSettings } from "./Workspace.ts"

/** What is forgotten. */
export interface ForgetOptions extends Author {
  /** As typed. */
  readonly address: string
  readonly leaseTimeoutMs: number
}

const forgetIn = Effect.fnUntraced(function*(
  { policies }: WorkspaceSettings,
  { address: typed, leaseTimeoutMs, ...by }: ForgetOptions
): Effect.fn.Return<Head, StateError | Refusal, StateServices> {
  const address = yield* addressIn(typed)
  const versions = yield* Versions
  const letGo = Effect.fnUntraced(function*(lease: Held) {
    yield* refuseUnfinished
    const head = (yield* versions.heads).find((one) => one.address === address)
    if (head !== undefined) yield* versions.write(lease, by, [{ _tag: "drop", address, origin: "forget" }])
    return head
  })
  const how = { lifeMs: leaseLifeMs(policies.timeoutMs), timeoutMs: leaseTimeoutMs }
  const head = yield* holding(how, letGo)
  if (head !== undefined) return head
  return yield* new Refusal({
    reason: "NotFound",
    summary: "it is not managed",
    detail: `${address} is not managed`,
    hint: "see: amends list"
  })
})

const releaseIn = Effect.fnUntraced(function*(
  { policies, quarantineAfter }: WorkspaceSettings,
  { actor, address: typed, leaseTimeoutMs }: ForgetOptions
): Effect.fn.Return<Quarantined, StateError | Refusal, StateServices> {
  const address = yield* addressIn(typed)
  const upkeep = yield* Upkeep
  const held = (yield* quarantined(quarantineAfter)).find((one) => one.address === address)
  if (held === undefined) {
    return yield* new Refusal({
      reason: "NotFound",
      summary: "it is not in quarantine",
      detail: `${address} is not held out of plans because of failures of its own`,
      hint: "see: amends status"
    })
  }
  const how = { lifeMs: leaseLifeMs(policies.timeoutMs), timeoutMs: leaseTimeoutMs }
  yield* holding(how, (lease) => upkeep.release(lease, address, actor))
  return held
})

/** Releases a resource from quarantine; answers why it was there. */
export const release = (options: ForgetOptions): Effect.Effect<Quarantined, AppError, Workspace | StateAccess> =>
  overSettings("write", (settings) => releaseIn(settings, options))

/** Forgets a resource; answers the head that it had. */
export const forget = (options: ForgetOptions): Effect.Effect<Head, AppError, Workspace | StateAccess> =>
  overSettings("write", (settings) => forgetIn(settings, options))
