/**
 * Looks back: heads, batches, versions and what is under way, from the state alone.
 *
 * Every view works without the resource files and without the remote, and writes nothing. Documents stay sealed;
 * `shown` renders them. A workspace without a state has nothing to show, which is no error.
 */
import { Effect } from "effect"
import type { BatchSummary } from "../domain/Batch.ts"
import { type Address, parseAddress } from "../domain/Ids.ts"
import type { Head, Version } from "../domain/Version.ts"
import { Journal, Versions } from "../state/Journal.ts"
import { Leases, type LeaseView } from "../state/Leases.ts"
import type { StateError } from "../state/StateError.ts"
import { type DriftNote, Upkeep } from "../state/Upkeep.ts"
import { type BatchView, batchView } from "./BatchView.ts"
import { differing } from "./Differing.ts"
import type { AppError, Refusal } from "./Failure.ts"
import { readPlan, type SavedPlan } from "./PlanFile.ts"
import { type Quarantined, quarantined } from "./Quarantine.ts"
import { addressIn, overSettings } from "./Session.ts"
import type { StateAccess } from "./StateAccess.ts"
import { ambiguous, named, notFound } from "./VersionNames.ts"
import type { Workspace } from "./Workspace.ts"

export type { BatchView, StepView } from "./BatchView.ts"

/** What views work with. */
export type InspectServices = Workspace | StateAccess

/** What `show` found. */
export type Shown =
  | { readonly _tag: "batch"; readonly batch: BatchView }
  | { readonly _tag: "version"; readonly version: Version; readonly differs?: ReadonlyArray<string> }
  | { readonly _tag: "resource"; readonly head?: Head; readonly lineage: ReadonlyArray<Version> }
  | { readonly _tag: "plan"; readonly saved: SavedPlan }

/** What needs attention. */
export interface StatusView {
  readonly workspace: string
  readonly resources: number
  readonly unfinished: ReadonlyArray<BatchView>
  readonly last?: BatchSummary
  readonly lease?: LeaseView
  /** What the last look for drift found. */
  readonly drift?: DriftNote
  /** What plans leave out because its batches keep failing. */
  readonly quarantined?: ReadonlyArray<Quarantined>
}

/** Lists what is managed, by address. */
export const list: Effect.Effect<ReadonlyArray<Head>, AppError, InspectServices> = overSettings(
  "read",
  () => Effect.flatMap(Versions, ({ heads }) => Effect.map(heads, (all) => all.toSorted(byAddress)))
)

const byAddress = (a: Head, b: Head): number => a.address < b.address ? -1 : 1

/** Lists batches, newest first. */
export const batches: Effect.Effect<ReadonlyArray<BatchSummary>, AppError, InspectServices> = overSettings(
  "read",
  () => Effect.flatMap(Journal, (journal) => journal.batches)
)

const versionsOf = (addresses: Iterable<Address>) =>
  Effect.flatMap(Versions, ({ lineage }) =>
    Effect.map(
      Effect.forEach(addresses, lineage),
      // A lineage is newest first already, and the sort is stable.
      (lineages) => lineages.flat().toSorted((a, b) => b.at - a.at)
    ))

const allVersions = Effect.flatMap(Versions, ({ addresses }) => Effect.flatMap(addresses, versionsOf))

/** Lists versions, newest first: of one address as typed, or of all that were ever managed. */
export const history = (address?: string): Effect.Effect<ReadonlyArray<Version>, AppError, InspectServices> =>
  overSettings("read", () =>
    address === undefined
      ? allVersions
      : Effect.flatMap(addressIn(address), (known) => Effect.flatMap(Versions, ({ lineage }) => lineage(known))))

const showBatch = Effect.fnUntraced(function*(name: string) {
  const journal = yield* Journal
  const found = (yield* journal.batches).filter(({ id }) => named(name, id))
  const [summary] = found
  if (found.length > 1) return yield* ambiguous(name, found.map(({ id }) => id))
  return summary === undefined ? undefined : batchView(summary, yield* journal.entries(summary.id))
})

const showAddress = Effect.fnUntraced(function*(address: Address): Effect.fn.Return<
  Shown,
  StateError | Refusal,
  Versions
> {
  const versions = yield* Versions
  const head = (yield* versions.heads).find((one) => one.address === address)
  const lineage = yield* versions.lineage(address)
  if (head === undefined && lineage.length === 0) return yield* notFound(`${address} was never managed`)
  return { _tag: "resource", ...(head === undefined ? {} : { head }), lineage }
})

/** The version that a name means, of whatever address. */
export const versionNamed = Effect.fnUntraced(function*(name: string) {
  const [version, ...others] = (yield* allVersions).filter(({ id }) => named(name, id))
  if (version !== undefined && others.length > 0) {
    return yield* ambiguous(name, [version, ...others].map(({ id }) => id))
  }
  return version
})

/** A version, and where it differs from its parent, as far as that is left. */
const showVersion = Effect.fnUntraced(function*(version: Version): Effect.fn.Return<Shown, StateError, Versions> {
  const lineage = yield* (yield* Versions).lineage(version.address)
  const parent = lineage.find(({ id }) => id === version.parents[0])
  const isFirst = version.parents.length === 0
  const differs = parent === undefined && !isFirst ? undefined : differing(parent?.document, version.document)
  return { _tag: "version", version, ...(differs === undefined ? {} : { differs }) }
})

const showNamed = Effect.fnUntraced(function*(name: string): Effect.fn.Return<
  Shown,
  StateError | Refusal,
  Journal | Versions
> {
  if (parseAddress(name) !== undefined) return yield* showAddress(name as Address)
  const batch = yield* showBatch(name)
  if (batch !== undefined) return { _tag: "batch", batch }
  const version = yield* versionNamed(name)
  if (version !== undefined) return yield* showVersion(version)
  return yield* notFound(`no batch, version, resource or plan file is called ${JSON.stringify(name)}`)
})

/** Shows a batch, a version (both by a prefix that is unambiguous), an address, or the text of a plan file. */
export const show = (
  what: { readonly name: string } | { readonly planFile: string }
): Effect.Effect<Shown, AppError, InspectServices> =>
  "planFile" in what
    ? Effect.map(readPlan(what.planFile), (saved) => ({ _tag: "plan", saved }))
    : overSettings("read", () => showNamed(what.name))

/** Tells what is unfinished, what waits for a person, and who holds the lease. */
export const status: Effect.Effect<StatusView, AppError, InspectServices> = overSettings(
  "read",
  ({ name, quarantineAfter }) =>
    Effect.gen(function*() {
      const journal = yield* Journal
      const unfinished = yield* Effect.forEach(
        yield* journal.unfinished,
        (summary) => Effect.map(journal.toFold(summary.id), (entries) => batchView(summary, entries))
      )
      const [last] = yield* journal.batches
      const lease = yield* (yield* Leases).show
      const failing = yield* quarantined(quarantineAfter)
      const drift = yield* (yield* Upkeep).lastDrift
      return {
        workspace: name,
        resources: yield* (yield* Versions).count,
        unfinished,
        ...(last === undefined ? {} : { last }),
        ...(lease === undefined ? {} : { lease }),
        ...(drift === undefined ? {} : { drift }),
        ...(failing.length === 0 ? {} : { quarantined: failing })
      }
    })
)

/** Shows who holds the lease. */
export const leaseShow: Effect.Effect<LeaseView | undefined, AppError, InspectServices> = overSettings(
  "read",
  () => Effect.flatMap(Leases, (leases) => leases.show)
)

/** Takes the lease from whoever holds it; answers who did. */
export const leaseBreak: Effect.Effect<LeaseView | undefined, AppError, InspectServices> = overSettings(
  "write",
  () => Effect.flatMap(Leases, (leases) => leases.break)
)
