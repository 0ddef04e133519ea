/**
 * References of what a rollback restores: they follow resources that were made again under another id, and what would
 * refer to nothing is found before anything is written.
 *
 * Pure. Reference fields are a role of a kind; a value in one is the id of a resource as it was then.
 */
import type { Document } from "../domain/Document.ts"
import type { Address, BatchId } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import { getAt, type Path, renderPointer, select, withAt } from "../domain/Pointer.ts"
import { refNode, type Template } from "../domain/Template.ts"
import type { OpenHead } from "../executor/PlanInput.ts"

/** A reference as a document holds it. */
export interface Held {
  readonly path: Path
  readonly kind: string
  readonly id: string
}

/** One resource of a rollback: what is there, and what is to be. */
export interface Wanted {
  readonly address: Address
  readonly kind: Kind
  readonly head: OpenHead | undefined
  readonly seen: Document | undefined
  readonly target: Document | undefined
  /** Ids that it had. */
  readonly formerIds: ReadonlyArray<string>
}

/** Who had an id, and the batch that deleted it. */
export interface Bearer {
  readonly address: Address
  readonly deletedBy?: BatchId
}

/** What ids stand for: resources that are managed, that come back, or that were deleted. */
export interface Owners {
  readonly heads: ReadonlyMap<string, OpenHead>
  /** The addresses of those heads. */
  readonly managed: ReadonlySet<Address>
  readonly wanted: ReadonlyMap<Address, Wanted>
  readonly former: ReadonlyMap<string, Bearer>
  /** Ids that were looked up and are not there. */
  readonly absent: ReadonlySet<string>
}

/** The key of an id of a kind. */
export const keyOf = (kind: string, id: string): string => `${kind}\n${id}`

/** The references of a document. */
export const heldIn = (kind: Kind, document: Document | undefined): ReadonlyArray<Held> =>
  document === undefined ?
    [] :
    kind.roles.references.flatMap((role) =>
      select(document, role.path).flatMap(([path, id]) =>
        typeof id === "string" || typeof id === "number" ? [{ path, kind: role.kind, id: String(id) }] : []
      )
    )

/** Heads by what they are the heads of. */
export const byId = (heads: ReadonlyArray<OpenHead>): ReadonlyMap<string, OpenHead> =>
  new Map(heads.map((head) => [keyOf(head.kind, head.remoteId), head]))

/** Ids that resources of a rollback had. */
export const formerOf = (wanted: Iterable<Wanted>): ReadonlyMap<string, Bearer> =>
  new Map(
    [...wanted].flatMap(({ address, formerIds, kind }) =>
      formerIds.map((id) => [keyOf(kind.name, id), { address }] as const)
    )
  )

/** References that a resource does not have now. */
export const newlyHeld = (one: Wanted): ReadonlyArray<Held> => {
  const had = new Set(heldIn(one.kind, one.seen).map(({ id, kind }) => keyOf(kind, id)))
  return heldIn(one.kind, one.target).filter(({ id, kind }) => !had.has(keyOf(kind, id)))
}

/** What a reference comes to. */
type Fate =
  | { readonly _tag: "stays"; readonly bearer?: Bearer }
  | { readonly _tag: "follows"; readonly to: Address }
  | { readonly _tag: "is now"; readonly id: string; readonly bearer: Bearer }
  | { readonly _tag: "leads nowhere"; readonly bearer?: Bearer; readonly goes: boolean }

/** What a reference comes to, as far as the state knows. */
const fateKnown = ({ id, kind }: Held, owners: Owners): Fate => {
  const key = keyOf(kind, id)
  const owner = owners.heads.get(key)
  const bearer: Bearer | undefined = owner === undefined ? owners.former.get(key) : { address: owner.address }
  if (bearer === undefined) return { _tag: "stays" }
  const wanted = owners.wanted.get(bearer.address)
  if (wanted !== undefined) {
    return wanted.target === undefined
      ? { _tag: "leads nowhere", bearer, goes: true }
      : { _tag: "follows", to: bearer.address }
  }
  if (owner !== undefined) return { _tag: "stays", bearer }
  const head = [...owners.heads.values()].find(({ address }) => address === bearer.address)
  return head === undefined
    ? { _tag: "leads nowhere", bearer, goes: false }
    : { _tag: "is now", id: head.remoteId, bearer }
}

/** The id that a reference will hold, of what is to be there already. */
export const standingIdOf = (held: Held, owners: Owners): string | undefined => {
  const fate = fateKnown(held, owners)
  if (fate._tag === "stays") return held.id
  return fate._tag === "is now" ? fate.id : undefined
}

/** Tells whether what a reference means is, or once was, managed. */
export const isKnown = ({ id, kind }: Held, { former, heads }: Owners): boolean => {
  const key = keyOf(kind, id)
  return heads.has(key) || former.has(key)
}

const fateOf = (held: Held, owners: Owners): Fate => {
  const fate = fateKnown(held, owners)
  if (fate._tag !== "stays" && fate._tag !== "is now") return fate
  const id = standingIdOf(held, owners) ?? held.id
  if (!owners.absent.has(keyOf(held.kind, id))) return fate
  return { _tag: "leads nowhere", goes: false, ...(fate.bearer === undefined ? {} : { bearer: fate.bearer }) }
}

/** A document whose references follow what has, or will have, another id. */
export const following = (kind: Kind, document: Document, owners: Owners): Template =>
  heldIn(kind, document).reduce<Template>((template, held) => {
    const fate = fateOf(held, owners)
    if (fate._tag === "follows") return withAt(template, held.path, refNode({ address: fate.to, path: "/id" }))
    if (fate._tag !== "is now") return template
    const value = getAt(template, held.path)
    return withAt(template, held.path, typeof value === "number" ? Number(fate.id) : fate.id)
  }, document)

/** A reference that would lead nowhere. */
export interface Broken {
  /** What would refer to nothing. */
  readonly address: Address
  readonly path: string
  /** What it refers to; absent where nobody ever managed that. */
  readonly to?: Address
  /** The kind of that. */
  readonly of: string
  readonly id: string
  readonly deletedBy?: BatchId
  /** Whether this rollback deletes it. */
  readonly goes: boolean
}

const brokenIn = (one: Wanted, owners: Owners): ReadonlyArray<Broken> => {
  const had = new Set(heldIn(one.kind, one.seen).map(({ id, kind }) => keyOf(kind, id)))
  return heldIn(one.kind, one.target).flatMap((held): ReadonlyArray<Broken> => {
    const fate = fateOf(held, owners)
    if (fate._tag !== "leads nowhere") return []
    // What led nowhere before is not broken by this.
    if (!fate.goes && had.has(keyOf(held.kind, held.id))) return []
    const { address: to, deletedBy } = fate.bearer ?? {}
    return [{
      address: one.address,
      path: renderPointer(held.path),
      ...(to === undefined ? {} : { to }),
      of: held.kind,
      id: held.id,
      goes: fate.goes,
      ...(deletedBy === undefined ? {} : { deletedBy })
    }]
  })
}

/** Resources that stay as they are and refer to what a rollback deletes. */
const left = (owners: Owners, kinds: ReadonlyMap<string, Kind>): ReadonlyArray<Broken> => {
  const going = [...owners.wanted.values()].filter(({ head, target }) => target === undefined && head !== undefined)
  if (going.length === 0) return []
  const gone = new Map(
    going.flatMap((one) => one.head === undefined ? [] : [[keyOf(one.kind.name, one.head.remoteId), one]])
  )
  const names = new Set(going.map(({ address }) => address))
  return [...owners.heads.values()].filter(({ address }) => !owners.wanted.has(address)).flatMap((head) => {
    const kind = kinds.get(head.kind)
    const held = (kind === undefined ? [] : heldIn(kind, head.observed)).flatMap((one): ReadonlyArray<Broken> => {
      const to = gone.get(keyOf(one.kind, one.id))
      return to === undefined
        ? []
        : [{
          address: head.address,
          path: renderPointer(one.path),
          to: to.address,
          of: one.kind,
          id: one.id,
          goes: true
        }]
    })
    const said = head.dependsOn.filter((other) => names.has(other) && !held.some(({ to }) => to === other))
    return [...held, ...said.map((to) => ({ address: head.address, path: "", to, of: "", id: "", goes: true }))]
  })
}

/** Everything that would refer to nothing. */
export const brokenBy = (owners: Owners, kinds: ReadonlyMap<string, Kind>): ReadonlyArray<Broken> => [
  ...[...owners.wanted.values()].flatMap((one) => brokenIn(one, owners)),
  ...left(owners, kinds)
]

/** Managed resources outside of a rollback that hold one of these ids, and would have to follow a new one. */
export const holdersOf = (
  ids: ReadonlySet<string>,
  { heads, wanted }: Owners,
  kinds: ReadonlyMap<string, Kind>
): ReadonlyArray<OpenHead> =>
  [...heads.values()].filter((head) => {
    const kind = kinds.get(head.kind)
    return kind !== undefined && !wanted.has(head.address) &&
      heldIn(kind, head.observed).some(({ id, kind: of }) => ids.has(keyOf(of, id)))
  })
