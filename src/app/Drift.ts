/**
 * Drift: what is there compared with what was last applied, for everything that is managed.
 *
 * Tells apart what was edited, deleted, and made again under the same name, and what nobody manages. It can be
 * accepted, which records it as a version and writes nothing remote, or restored, which is a batch like any other. The
 * resource files are not read.
 */
import { Clock, Effect } from "effect"
import type { Document } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import { nameFields } from "../domain/Kind.ts"
import { getAt, parsePointer, renderPointer } from "../domain/Pointer.ts"
import type { SealedDocument } from "../domain/Sealed.ts"
import { differences } from "../executor/Overlay.ts"
import type { OpenHead } from "../executor/PlanInput.ts"
import { recall } from "../executor/Recall.ts"
import type { Observation } from "../providers/Provider.ts"
import type { Registry } from "../providers/Registry.ts"
import { Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import { Upkeep } from "../state/Upkeep.ts"
import { type AppError, Refusal } from "./Failure.ts"
import { untilReadsShow } from "./Lagging.ts"
import { observe, type Observed } from "./Observe.ts"
import { readingPatiently } from "./Patience.ts"
import { openHead } from "./PlanBatch.ts"
import { refuseUnserved } from "./Restoration.ts"
import { type AppServices, overSettings, providersOf } from "./Session.ts"
import type { StateServices } from "./StateAccess.ts"
import type { WorkspaceSettings } from "./Workspace.ts"

/** How a managed resource is not what was last applied. */
export type DriftKind = "edited" | "deleted" | "re-created"

/** A managed resource that drifted. */
export interface Drifted {
  readonly address: Address
  readonly kind: DriftKind
  readonly remoteId: string
  /** Its id now, of one that was made again. */
  readonly remoteIdNow?: string
  /** Pointers of what differs. */
  readonly paths: ReadonlyArray<string>
  readonly before: SealedDocument
  /** Absent once deleted. */
  readonly after?: SealedDocument
}

/** A resource that nobody manages. */
export interface Unmanaged {
  readonly kind: string
  readonly remoteId: string
  /** What it is called, as far as its kind has names. */
  readonly name?: string
}

/** What a check found. */
export interface DriftReport {
  /** How many resources were compared. */
  readonly compared: number
  /** By address. */
  readonly drifted: ReadonlyArray<Drifted>
  /** Of the kinds that are managed. */
  readonly unmanaged: ReadonlyArray<Unmanaged>
}

/** One drifted resource with all that is known of it. */
export interface Finding {
  readonly head: OpenHead
  readonly kind: Kind
  readonly drift: Drifted
  /** What was last applied, with its secrets. */
  readonly known: Document
  readonly observation?: Observation
  /** What is there, with what is known of its secrets. */
  readonly seen?: Document
}

/** A check with what it rests on. */
export interface Checked extends Pick<Observed, "leftBehind"> {
  readonly report: DriftReport
  readonly findings: ReadonlyArray<Finding>
  readonly heads: ReadonlyArray<OpenHead>
}

/** Seals what a resource holds, at the places that are secret of its kind, and where they were for their origin. */
export const sealing = ({ seal }: Sealer["Service"], { roles }: Kind, { secretPaths = [] }: OpenHead) => {
  const places = [...roles.sensitive, ...secretPaths]
  return (document: Document): SealedDocument => seal(document, places)
}

const findingOf = (
  kind: Kind,
  head: OpenHead,
  read: { readonly observation: Observation | undefined; readonly namesakes: ReadonlyArray<Observation> },
  seal: (document: Document) => SealedDocument
): ReadonlyArray<Finding> => {
  const known = recall(kind, head.observed, head.declared)
  const [again] = read.namesakes.length === 1 ? read.namesakes : []
  const observation = read.observation ?? again
  const { address, remoteId } = head
  const base = { address, remoteId, before: seal(known) }
  if (observation === undefined) {
    return [{ head, kind, known, drift: { ...base, kind: "deleted", paths: [] } }]
  }
  const seen = recall(kind, observation.document, known)
  const paths = differences(kind, known, seen).map(renderPointer)
  const isAgain = observation.id !== remoteId
  if (paths.length === 0 && !isAgain) return []
  const drift: Drifted = {
    ...base,
    kind: isAgain ? "re-created" : "edited",
    ...(isAgain ? { remoteIdNow: observation.id } : {}),
    paths,
    after: seal(seen)
  }
  return [{ head, kind, known, observation, seen, drift }]
}

const nameOf = (kind: Kind, document: Document): { readonly name?: string } => {
  const parts = nameFields(kind).flatMap((field) => getAt(document, parsePointer(field)) ?? [])
  return parts.length === 0 ? {} : { name: parts.map(String).join("/") }
}

/** What is there of the kinds that are managed, beside what is managed. */
const unmanagedIn = Effect.fnUntraced(function*(
  registry: Registry,
  heads: ReadonlyArray<OpenHead>,
  listed: ReadonlyMap<string, ReadonlyArray<Observation>>
) {
  const claimed = new Set(
    heads.flatMap(({ deposed, kind, remoteId }) => [remoteId, ...deposed].map((id) => `${kind} ${id}`))
  )
  const names = [...new Set(heads.map(({ kind }) => kind))].toSorted()
  const found = yield* Effect.forEach(names, (name) => {
    const [kind, provider] = [registry.kinds.get(name), registry.serving(name)]
    // A kind with a collection for each parent has no list as a whole.
    if (kind === undefined || provider === undefined || kind.scope !== undefined) return Effect.succeed([])
    const known = listed.get(name)
    return Effect.map(
      known === undefined ? provider.list(name) : Effect.succeed(known),
      (all) =>
        all.filter(({ id }) => !claimed.has(`${name} ${id}`)).map(({ document, id }): Unmanaged => ({
          kind: name,
          remoteId: id,
          ...nameOf(kind, document)
        }))
    )
  }, { concurrency: "unbounded" })
  return found.flat()
})

const byAddress = (a: Finding, b: Finding): number => a.drift.address < b.drift.address ? -1 : 1

/** Compares everything that is managed with what is there. */
export const checkDrift = Effect.fn("Drift.checkDrift")(function*(
  settings: WorkspaceSettings,
  registry: Registry
): Effect.fn.Return<Checked, AppError, StateServices> {
  const sealer = yield* Sealer
  sealer.learn(settings.secrets)
  const remote = readingPatiently(registry, settings.policies)
  const heads = yield* Effect.forEach(yield* (yield* Versions).heads, openHead(sealer))
  yield* untilReadsShow([...new Set(heads.map(({ kind }) => kind))].flatMap((name) => registry.kinds.get(name) ?? []))
  yield* refuseUnserved(heads.map(({ address }) => address), registry)
  // Who has the name of one that is gone may be it, made again.
  const declared = heads.map(({ address, kind, observed }) => ({ address, kind, spec: observed }))
  const { parallelism } = settings.policies
  const read = yield* observe({ registry: remote, heads, declared, parallelism })
  const findings = heads.flatMap((head) => {
    const kind = registry.kinds.get(head.kind)
    if (kind === undefined) return []
    const seal = sealing(sealer, kind, head)
    const of = { observation: read.observed.get(head.address), namesakes: read.namesakes.get(head.address) ?? [] }
    return findingOf(kind, head, of, seal)
  }).toSorted(byAddress)
  const again = new Set(findings.map(({ drift }) => `${drift.address.split(".")[0] ?? ""} ${drift.remoteIdNow ?? ""}`))
  const unmanaged = yield* unmanagedIn(remote, heads, read.listed)
  return {
    heads,
    findings,
    leftBehind: read.leftBehind,
    report: {
      compared: heads.length,
      drifted: findings.map(({ drift }) => drift),
      unmanaged: unmanaged.filter(({ kind, remoteId }) => !again.has(`${kind} ${remoteId}`))
    }
  }
})

/** The findings of some addresses; one without drift is refused. */
export const findingsOf = (
  { findings, heads }: Checked,
  addresses: ReadonlyArray<Address>
): Effect.Effect<ReadonlyArray<Finding>, Refusal> => {
  const known = new Set(heads.map(({ address }) => address))
  const stray = addresses.filter((address) => !known.has(address))
  if (stray.length === 0) return Effect.succeed(findings.filter(({ drift }) => addresses.includes(drift.address)))
  return Effect.fail(
    new Refusal({
      reason: "NotFound",
      summary: "it is not managed",
      detail: `${stray.join(", ")} ${stray.length === 1 ? "is" : "are"} not managed`,
      hint: "see: amends list"
    })
  )
}

/** Keeps what was found for `status`; where it cannot be kept, the report is as good. */
const noted = Effect.fnUntraced(function*({ compared, drifted, unmanaged }: DriftReport) {
  const of = (kind: DriftKind): number => drifted.filter((one) => one.kind === kind).length
  const note = {
    at: yield* Clock.currentTimeMillis,
    compared,
    edited: of("edited"),
    deleted: of("deleted"),
    recreated: of("re-created"),
    unmanaged: unmanaged.length
  }
  yield* Effect.ignore((yield* Upkeep).noteDrift(note))
})

/** Compares everything that is managed with what is there. Writes nothing remote. */
export const drift: Effect.Effect<DriftReport, AppError, AppServices> = Effect.scoped(
  overSettings(
    "read",
    (settings) =>
      Effect.flatMap(
        providersOf(settings, settings.providers),
        (registry) => Effect.map(checkDrift(settings, registry), ({ report }) => report).pipe(Effect.tap(noted))
      )
  )
)
