/**
 * Reads the remote for planning: what is there for every head, and what has the name of a resource that has no head or
 * whose head leads nowhere: creating that one would make a second of its name.
 *
 * From a few resources of a kind on, one listing stands for reading each. What a listing leaves out is read once more
 * by its id before it counts as absent: a listing may lag, and believing it would create the resource again.
 */
import { Effect } from "effect"
import { canonicalValue } from "../domain/Canonical.ts"
import { canonicalText, type Document, sharing } from "../domain/Document.ts"
import type { Address, StepId } from "../domain/Ids.ts"
import { type Kind, nameFields } from "../domain/Kind.ts"
import { Limits } from "../domain/Limits.ts"
import { parsePointer } from "../domain/Pointer.ts"
import { isUnknown } from "../domain/Template.ts"
import type { OpenHead } from "../executor/Planner.ts"
import { leftBehindId } from "../executor/PlanSteps.ts"
import { type Observation, type Probe, probeOf, type Provider, scopeOf } from "../providers/Provider.ts"
import type { ProviderError } from "../providers/ProviderError.ts"
import type { Registry } from "../providers/Registry.ts"
import { waitingFor } from "./Waiting.ts"
import type { Declared } from "./Workspace.ts"

/** What is to be there, as far as reading needs to know. */
type Wanted = Pick<Declared, "address" | "kind" | "spec">

/** What is to be read. */
export interface Observing {
  readonly registry: Registry
  readonly heads: ReadonlyArray<OpenHead>
  readonly declared: ReadonlyArray<Wanted>
  /** Requests at once. */
  readonly parallelism: number
}

/** What planning takes of the remote. */
export interface Observed {
  readonly observed: ReadonlyMap<Address, Observation | undefined>
  /** What earlier replaces left behind and is there, by the steps that would delete it. */
  readonly leftBehind: ReadonlyMap<StepId, Observation>
  readonly namesakes: ReadonlyMap<Address, ReadonlyArray<Observation>>
  readonly listed: ReadonlyMap<string, ReadonlyArray<Observation>>
}

/** One kind, or one collection of a kind that has several, with what is known and wanted of it. */
interface Group {
  readonly kind: Kind
  readonly scope: Probe | undefined
  readonly provider: Provider
  readonly heads: ReadonlyArray<OpenHead>
  /** What is declared and has no head. */
  readonly newcomers: ReadonlyArray<Named>
  /** What is declared and has one. */
  readonly managed: ReadonlyArray<Named>
  readonly parallelism: number
}

/** A declared resource, and what it will be called. */
export interface Named {
  readonly address: Address
  readonly name: Probe
}

/** What declared resources will be called; those whose name is not known yet are left out. */
export const namedOf = (kind: Kind, declared: ReadonlyArray<Wanted> = []): ReadonlyArray<Named> => {
  const fields = nameFields(kind)
  if (fields.length === 0) return []
  return declared.flatMap(({ address, spec }) => {
    const name = probeOf(fields, spec)
    return Object.values(name).some((value) => value === null || isUnknown(value)) ? [] : [{ address, name }]
  })
}

/** The name of a collection: of the kind, and of the parent where there is one for each. */
const collectionOf = ({ kinds }: Registry, name: string, document: Document): string => {
  const kind = kinds.get(name)
  const scope = kind === undefined ? undefined : scopeOf(kind, document)
  return scope === undefined ? name : `${name} ${canonicalText(scope)}`
}

const groupsOf = ({ declared, heads, parallelism, registry }: Observing): ReadonlyArray<Group> => {
  const managed = new Set(heads.map(({ address }) => address))
  const headsBy = Map.groupBy(heads, ({ kind, observed }) => collectionOf(registry, kind, observed))
  const byCollection = (isManaged: boolean) =>
    Map.groupBy(
      declared.filter(({ address }) => managed.has(address) === isManaged),
      ({ kind, spec }) => collectionOf(registry, kind, spec)
    )
  const [newBy, keptBy] = [byCollection(false), byCollection(true)]
  return [...new Set([...headsBy.keys(), ...newBy.keys()])].sort().flatMap((collection) => {
    const [of, newcomers] = [headsBy.get(collection) ?? [], newBy.get(collection) ?? []]
    const [one = newcomers[0]] = of
    const kind = registry.kinds.get(one?.kind ?? "")
    const provider = registry.serving(one?.kind ?? "")
    if (one === undefined || kind === undefined || provider === undefined) return []
    return [{
      kind,
      provider,
      scope: scopeOf(kind, "spec" in one ? one.spec : one.observed),
      heads: of,
      newcomers: namedOf(kind, newcomers),
      managed: namedOf(kind, keptBy.get(collection)),
      parallelism
    }]
  })
}

const observeHead = ({ kind, provider }: Group, head: OpenHead) => provider.observe(kind.name, head.remoteId)

const observeHeads = (group: Group, listing: ReadonlyArray<Observation> | undefined) => {
  const whole = group.kind.capabilities.listIsWhole ? listing : undefined
  const seen = new Map((whole ?? []).map((observation) => [observation.id, observation]))
  return Effect.forEach(group.heads, (head) => {
    const known = seen.get(head.remoteId)
    return Effect.map(
      known === undefined ? observeHead(group, head) : Effect.succeed(known),
      (observation) => [head.address, observation] as const
    )
  }, { concurrency: group.parallelism })
}

/** What earlier replaces left behind has no head of its own to say what it was: it goes as it is found now. */
const observeLeftBehind = ({ heads, kind, parallelism, provider }: Group) =>
  Effect.map(
    Effect.forEach(
      heads.flatMap(({ address, deposed }) => deposed.map((id) => ({ id, step: leftBehindId(address, id) }))),
      ({ id, step }) => Effect.map(provider.observe(kind.name, id), (found) => [step, found] as const),
      { concurrency: parallelism }
    ),
    (all) => all.flatMap(([step, found]) => found === undefined ? [] : [[step, found] as const])
  )

/** A name as it is compared: case aside where the kind says so. */
export const comparable = (kind: Kind, name: Probe): string =>
  canonicalText(Object.entries(name).map(([field, value]) => canonicalValue(kind, value, parsePointer(field))))

const namesIn = (kind: Kind, listing: ReadonlyArray<Observation>): ReadonlyMap<string, ReadonlyArray<Observation>> => {
  const fields = nameFields(kind)
  return Map.groupBy(listing, ({ document }) => comparable(kind, probeOf(fields, document)))
}

/** What a partial listing shows is read in full, because adopting needs the whole document. */
const inFull = ({ kind, parallelism, provider }: Group, found: ReadonlyArray<Observation>) =>
  kind.capabilities.listIsWhole
    ? Effect.succeed(found)
    : Effect.map(
      Effect.forEach(found, ({ id }) => provider.observe(kind.name, id), { concurrency: parallelism }),
      (all) => all.flatMap((one) => one ?? [])
    )

const findNamesakes = Effect.fnUntraced(function*(
  group: Group,
  wanted: ReadonlyArray<Named>,
  listing: ReadonlyArray<Observation> | undefined
) {
  const { heads, kind, parallelism, provider } = group
  const claimed = new Set(heads.flatMap(({ deposed, remoteId }) => [remoteId, ...deposed]))
  if (wanted.length === 0) return []
  const byName = listing === undefined ? undefined : namesIn(kind, listing)
  const found = yield* Effect.forEach(wanted, ({ address, name }) => {
    const search = byName === undefined
      ? provider.find(kind.name, name)
      : Effect.succeed(byName.get(comparable(kind, name)) ?? [])
    return search.pipe(
      Effect.flatMap((all) => inFull(group, all.filter(({ id }) => !claimed.has(id)))),
      Effect.map((free) => [address, free] as const)
    )
  }, { concurrency: parallelism })
  return found.filter(([, free]) => free.length > 0)
})

/** A parent that is not there yet has no collection to list. */
const wantsListing = ({ heads, kind, newcomers, scope = {} }: Group): boolean =>
  !Object.values(scope).some((value) => value === null || isUnknown(value)) &&
  (kind.capabilities.listIsWhole ? heads.length : 0) + newcomers.length >= Limits.listFrom

/** What is as the heads know it is in memory once. */
const sharedWith = (
  heads: ReadonlyArray<OpenHead>,
  listing: ReadonlyArray<Observation>
): ReadonlyArray<Observation> => {
  const known = new Map(heads.map(({ observed, remoteId }) => [remoteId, observed]))
  return listing.map((one) => ({ ...one, document: sharing(one.document, known.get(one.id)) }))
}

const observeGroup = Effect.fnUntraced(function*(group: Group) {
  const { heads, kind, provider } = group
  const listing = wantsListing(group) ? sharedWith(heads, yield* provider.list(kind.name, group.scope)) : undefined
  const observed = yield* observeHeads(group, listing)
  const leftBehind = yield* observeLeftBehind(group)
  const gone = new Set(observed.flatMap(([address, observation]) => observation === undefined ? [address] : []))
  const wanted = [...group.newcomers, ...group.managed.filter(({ address }) => gone.has(address))]
  const namesakes = yield* findNamesakes(group, wanted, listing)
  return { kind: kind.name, listing, observed, leftBehind, namesakes }
})

/** Reads what planning needs of the remote. */
export const observe = Effect.fn("Observe.observe")(function*(
  observing: Observing
): Effect.fn.Return<Observed, ProviderError> {
  const groups = groupsOf(observing)
  const read = Effect.forEach(groups, observeGroup, { concurrency: "unbounded" })
  const all = yield* waitingFor("answers of the remote", read)
  return {
    observed: new Map(all.flatMap(({ observed }) => observed)),
    leftBehind: new Map(all.flatMap(({ leftBehind }) => leftBehind)),
    namesakes: new Map(all.flatMap(({ namesakes }) => namesakes)),
    listed: new Map(
      [...Map.groupBy(all, ({ kind }) => kind)].flatMap(([kind, collections]) => {
        const listings = collections.flatMap(({ listing }) => listing === undefined ? [] : [listing])
        return listings.length === 0 ? [] : [[kind, listings.flat()] as const]
      })
    )
  }
})

/**
 * Adds listings of kinds, so that a plan sees who refers to what it deletes without being managed. A kind with a
 * collection for each parent has none as a whole.
 */
export const alsoList = Effect.fn("Observe.alsoList")(function*(
  { listed, ...others }: Observed,
  registry: Registry,
  kinds: ReadonlyArray<string>
): Effect.fn.Return<Observed, ProviderError> {
  const missing = kinds.flatMap((name) => {
    const provider = registry.serving(name)
    const isScoped = registry.kinds.get(name)?.scope !== undefined
    return provider === undefined || isScoped || listed.has(name) ? [] : [{ name, provider }]
  })
  const read = Effect.forEach(
    missing,
    ({ name, provider }) => Effect.map(provider.list(name), (all) => [name, all] as const),
    { concurrency: "unbounded" }
  )
  const added = yield* waitingFor("a list of what may refer to resources that are deleted", read)
  return { ...others, listed: new Map([...listed, ...added]) }
})
