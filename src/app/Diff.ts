/**
 * Compares what an address held: two of its versions, or what was last applied with what is there now.
 *
 * Versions are compared by what they declare, from the state alone. For what is there now the remote is read, once and
 * without a lease, and compared as plans compare it: what the server makes and what it masks is no difference. Needs no
 * resource files. Documents stay sealed, so that of a secret nobody learns more than that it changed.
 */
import { Effect, type Scope } from "effect"
import type { Address } from "../domain/Ids.ts"
import { getAt, parsePointer, renderPointer } from "../domain/Pointer.ts"
import { type SealedDocument, sealedIn } from "../domain/Sealed.ts"
import type { Head, Version } from "../domain/Version.ts"
import { differences } from "../executor/Overlay.ts"
import { recall } from "../executor/Recall.ts"
import { inPairs, type PairRow } from "../merge/SideBySide.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { ProviderFactory } from "../providers/Registry.ts"
import { Versions } from "../state/Journal.ts"
import { Sealer } from "../state/Sealer.ts"
import type { StateError } from "../state/StateError.ts"
import { differing } from "./Differing.ts"
import type { AppError, Refusal } from "./Failure.ts"
import { servedKind } from "./Import.ts"
import { readingPatiently } from "./Patience.ts"
import { openHead } from "./PlanBatch.ts"
import { addressIn, overSettings, providersOf } from "./Session.ts"
import type { StateAccess, StateServices } from "./StateAccess.ts"
import { notFound, versionIn } from "./VersionNames.ts"
import type { Workspace, WorkspaceError, WorkspaceSettings } from "./Workspace.ts"

export type { PairRow } from "../merge/SideBySide.ts"

/** What is compared, as typed. */
export interface DiffOptions {
  readonly address: string
  /** Names of versions; without any, what was last applied is compared with what is there. */
  readonly versions: ReadonlyArray<string>
}

/** One side of a comparison. */
export type DiffSide =
  | { readonly _tag: "version"; readonly version: Version }
  | { readonly _tag: "applied"; readonly head: Head }
  | { readonly _tag: "observed"; readonly remoteId: string }

/** What a comparison found. */
export interface Diff {
  readonly address: Address
  readonly from: DiffSide
  readonly to: DiffSide
  /** Absent where nothing was there. */
  readonly before?: SealedDocument
  readonly after?: SealedDocument
  /** JSON Pointers of the places that differ. */
  readonly differs: ReadonlyArray<string>
  /** Of texts of several words or lines, what changed within them, by pointer. */
  readonly texts: ReadonlyMap<string, ReadonlyArray<PairRow>>
}

const isProse = (text: string): boolean => /\S\s+\S/.test(text)

/** Two texts that have nothing in common are told as a whole. */
const isRelated = (rows: ReadonlyArray<PairRow>): boolean =>
  rows.some(({ after, before }) =>
    before?.sign === " " || after?.words.some(({ isChanged, text }) => !isChanged && text.trim() !== "" && before)
  )

type Compared = Omit<Diff, "texts">

const withTexts = (compared: Compared): Diff => {
  const texts = compared.differs.flatMap((pointer) => {
    const path = parsePointer(pointer)
    const [before, after] = [getAt(compared.before, path), getAt(compared.after, path)]
    if (typeof before !== "string" || typeof after !== "string") return []
    if (!isProse(before) && !isProse(after)) return []
    const rows = inPairs(before.split("\n"), after.split("\n"))
    return isRelated(rows) ? [[pointer, rows] as const] : []
  })
  return { ...compared, texts: new Map(texts) }
}

const betweenVersions = Effect.fnUntraced(function*(
  address: Address,
  [first = "head", second = "head"]: ReadonlyArray<string>
): Effect.fn.Return<Compared, StateError | Refusal, StateServices> {
  const lineage = yield* (yield* Versions).lineage(address)
  const from = yield* versionIn(address, lineage, first)
  const to = yield* versionIn(address, lineage, second)
  return {
    address,
    from: { _tag: "version", version: from },
    to: { _tag: "version", version: to },
    ...(from.document === undefined ? {} : { before: from.document }),
    ...(to.document === undefined ? {} : { after: to.document }),
    differs: differing(from.document, to.document)
  }
})

const withRemote = Effect.fnUntraced(function*(
  settings: WorkspaceSettings,
  address: Address
): Effect.fn.Return<
  Compared,
  StateError | Refusal | ProviderError | WorkspaceError,
  StateServices | ProviderFactory | Scope.Scope
> {
  const sealer = yield* Sealer
  const head = (yield* (yield* Versions).heads).find((one) => one.address === address)
  if (head === undefined) {
    return yield* notFound(`${address} is not managed now; two of its versions can be compared by name`)
  }
  const registry = readingPatiently(yield* providersOf(settings, settings.providers), settings.policies)
  const { kind, provider } = yield* servedKind(registry, address)
  const open = yield* openHead(sealer)(head)
  const known = recall(kind, open.observed, open.declared)
  const observation = yield* provider.observe(kind.name, head.remoteId)
  const seen = observation === undefined ? undefined : recall(kind, observation.document, known)
  const secret = [
    ...kind.roles.sensitive,
    ...[head.declared, head.observed].flatMap((one) => sealedIn(one)).map(renderPointer)
  ]
  const before = sealer.seal(known, secret)
  return {
    address,
    from: { _tag: "applied", head },
    to: { _tag: "observed", remoteId: head.remoteId },
    before,
    ...(seen === undefined ? {} : { after: sealer.seal(seen, secret) }),
    differs: seen === undefined ? differing(before, undefined) : differences(kind, known, seen).map(renderPointer)
  }
})

/** Compares; an address without a difference has no paths. */
export const diff = (
  { address: typed, versions }: DiffOptions
): Effect.Effect<Diff, AppError, Workspace | StateAccess | ProviderFactory> =>
  Effect.scoped(
    overSettings("read", (settings) =>
      Effect.gen(function*(): Effect.fn.Return<Diff, AppError, StateServices | ProviderFactory | Scope.Scope> {
        const address = yield* addressIn(typed)
        return withTexts(
          versions.length === 0 ? yield* withRemote(settings, address) : yield* betweenVersions(address, versions)
        )
      }))
  )
