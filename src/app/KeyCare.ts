/**
 * The key of a workspace: a new one in the place of one that works, or of one that is lost.
 *
 * After a lost key, what was sealed under it is gone for everybody. What the remote still shows is read again; a secret
 * that the remote does not show is no longer known as applied, and the next plan says so.
 */
import { Effect, Result, type Scope } from "effect"
import { type Document, isArray, isObject, type Json } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import { leaseLifeMs } from "../domain/Limits.ts"
import { getAt, type Path, renderPointer } from "../domain/Pointer.ts"
import { sealedIn, sealMark } from "../domain/Sealed.ts"
import type { Author, Head, HeadChange } from "../domain/Version.ts"
import { unknownSecrets } from "../executor/Recall.ts"
import type { Observation } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { ProviderFactory, Registry } from "../providers/Registry.ts"
import { Journal, Versions } from "../state/Journal.ts"
import { Rescue } from "../state/Rescue.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { Upkeep } from "../state/Upkeep.ts"
import { refuseUnfinished } from "./ApplyRefusals.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { holding } from "./Holding.ts"
import { readingPatiently } from "./Patience.ts"
import { lifeOf } from "./RunPlan.ts"
import { over, overSettings, providersOf } from "./Session.ts"
import type { StateAccess, StateServices } from "./StateAccess.ts"
import { Workspace, type WorkspaceSettings } from "./Workspace.ts"

/** Who asks, and how long the lease is waited for. */
export interface KeyOptions extends Author {
  readonly leaseTimeoutMs: number
}

/** What a reset came to. */
export interface KeyReset {
  /** Resources that held secrets and were read again. */
  readonly reread: ReadonlyArray<Address>
  /** Places whose secret nobody knows any more, by resource. */
  readonly lossy: ReadonlyArray<{ readonly address: Address; readonly paths: ReadonlyArray<string> }>
  /** Batches that are not over; what was sealed in them cannot be restored. */
  readonly unfinished: ReadonlyArray<string>
}

/** Goes on under a new key; what was sealed before still opens. */
export const rotateKey = (
  { leaseTimeoutMs }: KeyOptions
): Effect.Effect<void, AppError, Workspace | StateAccess> =>
  overSettings("read", ({ policies }) =>
    Effect.flatMap(Upkeep, (upkeep) =>
      holding(
        { lifeMs: leaseLifeMs(policies.timeoutMs), timeoutMs: leaseTimeoutMs },
        (lease) => Effect.andThen(refuseUnfinished, upkeep.rotate(lease))
      )))

const isSealed = (value: Json): boolean => isObject(value) && typeof value[sealMark] === "string"

/** Replaces sealed leaves by what is known instead; what is not known is left out. */
const reread = (value: Json, instead: (path: Path) => Json | undefined, path: Path = []): Json | undefined => {
  if (isSealed(value)) return instead(path)
  if (isArray(value)) {
    return value.flatMap((item, index) => {
      const next = reread(item, instead, [...path, String(index)])
      return next === undefined ? [] : [next]
    })
  }
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const next = reread(member, instead, [...path, key])
      return next === undefined ? [] : [[key, next]]
    })
  )
}

const asDocument = (value: Json | undefined): Document => isObject(value) ? value : {}

interface Reread {
  readonly change: HeadChange
  readonly lost: ReadonlyArray<string>
}

/** The head with what the remote shows in the place of what nobody can open. */
const rereadHead = (
  registry: Registry,
  sealer: Sealer["Service"],
  head: Head,
  seen: Observation | undefined
): Reread => {
  const kind = registry.kinds.get(head.kind)
  const unknown = new Set(kind === undefined || seen === undefined ? [] : unknownSecrets(kind, seen.document))
  const lost: Array<string> = []
  const instead = (path: Path): Json | undefined => {
    const shown = unknown.has(renderPointer(path)) ? undefined : getAt(seen?.document, path)
    if (shown === undefined) lost.push(renderPointer(path))
    return shown
  }
  const secret = [
    ...kind?.roles.sensitive ?? [],
    ...[...sealedIn(head.declared), ...sealedIn(head.observed)].map(renderPointer)
  ]
  const declared = asDocument(reread(head.declared, instead))
  const observed = seen?.document ?? asDocument(reread(head.observed, () => undefined))
  const { version: _, ...rest } = head
  return {
    change: {
      _tag: "set",
      head: { ...rest, declared: sealer.seal(declared, secret), observed: sealer.seal(observed, secret) },
      origin: "accept"
    },
    lost: [...new Set(lost)]
  }
}

const observed = (registry: Registry, head: Head): Effect.Effect<Observation | undefined, ProviderError> => {
  const provider = registry.serving(head.kind)
  return provider === undefined ? Effect.undefined : provider.observe(head.kind, head.remoteId)
}

/** Heads that do not open under the present key. */
const unreadable = Effect.gen(function*() {
  const { open } = yield* Sealer
  const heads = yield* (yield* Versions).heads
  return yield* Effect.filter(heads, (head) =>
    Effect.map(
      Effect.result(Effect.andThen(open(head.declared), open(head.observed))),
      Result.isFailure
    ))
})

const rereadAll = Effect.fnUntraced(function*(
  settings: WorkspaceSettings,
  { leaseTimeoutMs, ...by }: KeyOptions
): Effect.fn.Return<KeyReset, AppError, StateServices | ProviderFactory | Scope.Scope> {
  const registry = yield* providersOf(settings, settings.providers)
  const remote = readingPatiently(registry, settings.policies)
  const sealer = yield* Sealer
  const versions = yield* Versions
  const how = { lifeMs: lifeOf(registry, settings.policies), timeoutMs: leaseTimeoutMs }
  const all = yield* holding(how, (lease) =>
    Effect.gen(function*(): Effect.fn.Return<
      ReadonlyArray<{ readonly address: Address; readonly paths: ReadonlyArray<string> }>,
      StateError | ProviderError,
      StateServices
    > {
      const heads = yield* Effect.forEach(yield* unreadable, (head) =>
        Effect.map(observed(remote, head), (seen) => ({
          address: head.address,
          ...rereadHead(registry, sealer, head, seen)
        })), { concurrency: settings.policies.parallelism })
      if (heads.length > 0) yield* versions.write(lease, by, heads.map(({ change }) => change))
      return heads.map(({ address, lost }) => ({ address, paths: lost }))
    }))
  return {
    reread: all.map(({ address }) => address),
    lossy: all.filter(({ paths }) => paths.length > 0),
    unfinished: (yield* (yield* Journal).unfinished).map(({ id }) => id)
  }
})

const notLost = new Refusal({
  reason: "Usage",
  summary: "the key is not lost",
  detail: "the key at hand is the one of this workspace, and it opens everything that is needed",
  hint: "for another key in its place: amends key rotate"
})

/** Gives a workspace whose key is lost a new one, and reads again what can be. May be repeated. */
export const resetKey = (
  options: KeyOptions
): Effect.Effect<KeyReset, AppError, Workspace | StateAccess | Rescue | ProviderFactory> =>
  Effect.scoped(Effect.gen(function*() {
    const settings = yield* (yield* Workspace).settings
    const was = yield* (yield* Rescue).resetKey(settings.stateFile, settings.auditKeyFile)
    const reset = yield* over(settings, "write", rereadAll(settings, options))
    // A reset that was cut off has its key already, and still something to read again.
    if (was === "right" && reset.reread.length === 0) return yield* notLost
    return reset
  }))
