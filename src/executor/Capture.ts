/**
 * Captures a resource: reads the original just before it is touched, and compares it with what the plan rests on.
 *
 * Nothing proceeds without a way back: a resource that cannot be read fails its step before any write.
 */
import { Clock, Effect, Result } from "effect"
import { same } from "../domain/Canonical.ts"
import { canonicalText, type Document } from "../domain/Document.ts"
import { Limits } from "../domain/Limits.ts"
import type { Step } from "../domain/Plan.ts"
import { renderPointer } from "../domain/Pointer.ts"
import { probeOf, scopeOf } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { StateError } from "../state/StateError.ts"
import { differences } from "./Overlay.ts"
import { recall } from "./Recall.ts"
import { openSealed, type Run, servedBy } from "./Run.ts"
import { patiently } from "./Send.ts"

/** What was read just before a write. */
export interface Captured {
  /** Absent for nothing there. */
  readonly document?: Document
  readonly token?: string
  readonly guard?: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly listing?: { readonly digest: string; readonly ids: ReadonlyArray<string> }
}

/** Reads the resource of a step by its id. `known` fills what the API masks. */
export const captureExisting = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  id: string,
  known: Document | undefined
): Effect.fn.Return<Result.Result<Captured, ProviderError>, StateError> {
  const { kind, provider } = servedBy(run, step)
  const at = yield* Clock.currentTimeMillis
  const reading = patiently(run, provider, provider.observe(step.kind, id))
  const read = yield* run.within({ _tag: "capture", address: step.address }, reading)
  return Result.map(read, (observed): Captured =>
    observed === undefined ? { at } : {
      at,
      document: recall(kind, observed.document, known),
      ...(observed.token === undefined ? {} : { token: observed.token }),
      ...(observed.guard === undefined ? {} : { guard: observed.guard })
    })
})

interface Listing {
  readonly at: number
  readonly digest: string
  readonly ids: ReadonlyArray<string>
}

const listings = new WeakMap<Run, Map<string, Listing>>()

/** One listing of a collection serves all creates of a capture group; an older one is read again. */
const listed = Effect.fnUntraced(function*(run: Run, step: Step, desired: Document) {
  const { kind, provider } = servedBy(run, step)
  const scope = scopeOf(kind, desired)
  const collection = scope === undefined ? kind.name : `${kind.name} ${canonicalText(scope)}`
  const cache = listings.get(run) ?? new Map<string, Listing>()
  listings.set(run, cache)
  const cached = cache.get(collection)
  const age = cached === undefined ? Infinity : (yield* Clock.currentTimeMillis) - cached.at
  if (cached !== undefined && age < Limits.captureAgeMaxMs) return Result.succeed(cached)
  const read = yield* patiently(run, provider, provider.list(kind.name, scope))
  // From when it is there: one that takes longer than a capture may be old would serve nobody.
  const at = yield* Clock.currentTimeMillis
  return Result.map(read, (all): Listing => {
    const ids = all.map(({ id }) => id)
    const listing = { at, ids, digest: run.sealer.digest([step.kind, at, ids]) }
    cache.set(collection, listing)
    return listing
  })
})

/** Captures the absence of a resource that is about to be created. */
export const captureAbsence = Effect.fnUntraced(function*(run: Run, step: Step, desired: Document) {
  const { kind, provider } = servedBy(run, step)
  const { identity, marker } = kind.capabilities
  const at = yield* Clock.currentTimeMillis
  if (identity._tag !== "server") {
    const probed = patiently(run, provider, provider.find(step.kind, probeOf(identity.fields, desired)))
    const found = yield* run.within({ _tag: "capture", address: step.address }, probed)
    return Result.map(found, ([first]): Captured => first === undefined ? { at } : { at, document: first.document })
  }
  if (marker !== undefined) return Result.succeed<Captured>({ at })
  // One permit: concurrent creates share one listing instead of reading one each.
  const shared = run.settling.withPermits(1)(listed(run, step, desired))
  const listing = yield* run.within({ _tag: "capture", address: step.address }, shared)
  return Result.map(listing, ({ digest, ids }): Captured => ({ at, listing: { digest, ids } }))
})

/** How a captured resource stands to the plan. */
export type Standing =
  | { readonly _tag: "as planned" }
  | { readonly _tag: "already so" }
  | { readonly _tag: "drifted"; readonly detail: string }

/** Compares a captured resource with what the plan rests on and with what is desired. Pure but for opening. */
export const standingOf = Effect.fnUntraced(function*(
  run: Run,
  step: Step,
  captured: Captured,
  target: Document | undefined
): Effect.fn.Return<Standing, StateError> {
  const { kind } = servedBy(run, step)
  const now = captured.document
  if (step.action === "create") {
    return now === undefined
      ? { _tag: "as planned" }
      : { _tag: "drifted", detail: "somebody else created it meanwhile" }
  }
  if (now === undefined) {
    return step.action === "delete"
      ? { _tag: "already so" }
      : { _tag: "drifted", detail: "somebody deleted it meanwhile" }
  }
  const planned = yield* openSealed(run, step.before)
  // What an earlier replace left behind and was gone when it was planned, or not looked at, goes as it is.
  if (planned === undefined) return { _tag: "as planned" }
  if (same(kind, now, planned)) return { _tag: "as planned" }
  if (target !== undefined && same(kind, now, target)) return { _tag: "already so" }
  if (step.conflict === "force") return { _tag: "as planned" }
  const paths = differences(kind, planned, now).map(renderPointer)
  return { _tag: "drifted", detail: `somebody changed ${paths.join(", ")} meanwhile` }
})
