/**
 * Pins versions: a pinned one stays, whatever retention says, until it is let go again.
 *
 * Both are written under the lease, with who and why.
 */
import { Effect } from "effect"
import { leaseLifeMs } from "../domain/Limits.ts"
import type { Author, Version } from "../domain/Version.ts"
import { Versions } from "../state/Journal.ts"
import type { StateError } from "../state/StateError.ts"
import type { AppError, Refusal } from "./Failure.ts"
import { holding } from "./Holding.ts"
import { versionNamed } from "./Inspect.ts"
import { overSettings } from "./Session.ts"
import type { StateAccess, StateServices } from "./StateAccess.ts"
import { notFound } from "./VersionNames.ts"
import type { Workspace, WorkspaceSettings } from "./Workspace.ts"

/** What is pinned, or let go. */
export interface PinOptions extends Author {
  /** As typed: a beginning of an id. */
  readonly version: string
  readonly leaseTimeoutMs: number
}

const pinning = (act: "pin" | "unpin") =>
  Effect.fnUntraced(function*(
    { policies }: WorkspaceSettings,
    { leaseTimeoutMs, version: name, ...by }: PinOptions
  ): Effect.fn.Return<Version, StateError | Refusal, StateServices> {
    const version = yield* versionNamed(name)
    if (version === undefined) return yield* notFound(`no version is called ${JSON.stringify(name)}`)
    const versions = yield* Versions
    const how = { lifeMs: leaseLifeMs(policies.timeoutMs), timeoutMs: leaseTimeoutMs }
    yield* holding(how, (lease) => versions[act](lease, by, version.id))
    return version
  })

/** Says that a version stays; answers it as it was before. */
export const pin = (options: PinOptions): Effect.Effect<Version, AppError, Workspace | StateAccess> =>
  overSettings("write", (settings) => pinning("pin")(settings, options))

/** Says that a version need not stay any more; answers it as it was before. */
export const unpin = (options: PinOptions): Effect.Effect<Version, AppError, Workspace | StateAccess> =>
  overSettings("write", (settings) => pinning("unpin")(settings, options))
