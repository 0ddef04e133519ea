/**
 * The directions in which tiers are synced, as a table from each to what does it.
 *
 * Artifacts flow from upstream into a collection, and from a collection into projects. This version manages resources
 * and has no artifacts yet: each direction is there by its name and refuses with why, so that asking for one is no
 * silent success and filling one in is a change of one row.
 */
import { Effect } from "effect"
import type { Address, BatchId } from "../domain/Ids.ts"
import type { Author } from "../domain/Version.ts"
import { type AppError, Refusal } from "./Failure.ts"
import type { AppServices } from "./Session.ts"

/** The tier that is brought up to date with the other one of its edge. */
export const mergeDirections = ["upstream", "project", "collection"] as const
export type MergeDirection = typeof mergeDirections[number]

/** What is synced. */
export interface SyncOptions extends Author {
  /** What of the tier; all of it when empty. */
  readonly addresses: ReadonlyArray<string>
}

/** What a sync came to. */
export interface Synced {
  readonly addresses: ReadonlyArray<Address>
  readonly batch?: BatchId
}

/** Syncs in one direction. */
export type MergeHandler = (options: SyncOptions) => Effect.Effect<Synced, AppError, AppServices>

const unsupported = (direction: MergeDirection, why: string, hint: string): MergeHandler => () =>
  Effect.fail(
    new Refusal({
      reason: "NotSupported",
      summary: "this direction of a merge is not supported",
      detail: `${direction}: ${why}`,
      hint
    })
  )

/** What does each direction. */
export const mergeHandlers: { readonly [D in MergeDirection]: MergeHandler } = {
  upstream: unsupported(
    "upstream",
    "nothing is published to an upstream, because this version has no artifacts and no releases",
    "to change what an upstream serves, apply a workspace that manages it"
  ),
  project: unsupported(
    "project",
    "a project takes over the artifacts of a collection, and this version has none",
    "to give a project what another workspace declares, share the resource files and apply them in both"
  ),
  collection: unsupported(
    "collection",
    "a collection takes over the artifacts of its upstream, and this version has none",
    "to take over what is there remotely: amends import KIND --all --write DIR"
  )
}

const isDirection = (text: string): text is MergeDirection => mergeDirections.some((one) => one === text)

/** Syncs in the direction that a word names. */
export const syncTowards = (
  direction: string,
  options: SyncOptions
): Effect.Effect<Synced, AppError, AppServices> =>
  isDirection(direction) ? mergeHandlers[direction](options) : Effect.fail(
    new Refusal({
      reason: "Usage",
      summary: "not a direction of a merge",
      detail: `${JSON.stringify(direction)} is no direction`,
      hint: `directions are ${mergeDirections.join(", ")}`
    })
  )
