/**
 * Who refers to whom: by the references and `dependsOn` of the files, by what was last applied, and by remote ids that
 * are seen in reference fields.
 *
 * References are a field role, never guessed from text. Everything is indexed once, so that asking costs nothing per
 * resource.
 */
import type { Json } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import { select } from "../domain/Pointer.ts"
import { referencesIn } from "../domain/Template.ts"
import type { Head } from "../domain/Version.ts"
import type { Observation } from "../providers/Provider.ts"
import { byCodeUnit } from "./Order.ts"
import type { Desired, PlanInput } from "./PlanInput.ts"
import type { Subject } from "./Subject.ts"

/** A managed resource that refers to another, and whether that is only seen in the remote document. */
export interface Referrer {
  readonly address: Address
  readonly onlySeen: boolean
}

/** The index. */
export interface Referrers {
  /** What a desired resource refers to by `${…}`, or names in dependsOn; sorted. */
  readonly needs: (address: Address) => ReadonlyArray<Address>
  /** The same and what it refers to by a literal remote id; sorted. */
  readonly refersTo: (address: Address) => ReadonlyArray<Address>
  /** Managed resources that refer or referred to an address, or to that remote id of it; sorted. */
  readonly to: (address: Address, id: string | undefined) => ReadonlyArray<Referrer>
  /** Managed resources whose remote document holds that id now; sorted. */
  readonly holding: (kind: string, id: string) => ReadonlyArray<Address>
  /** Names of unmanaged resources that hold that id now; sorted. */
  readonly strangers: (kind: string, id: string) => ReadonlyArray<string>
}

const keyOf = (kind: string, id: string): string => `${kind}\n${id}`

const idsIn = (kind: Kind, document: Json): ReadonlyArray<string> =>
  kind.roles.references.flatMap((role) =>
    select(document, role.path).flatMap(([, id]) =>
      typeof id === "string" || typeof id === "number" ? [keyOf(role.kind, String(id))] : []
    )
  )

const sortedUnique = <A extends string>(items: Iterable<A>): ReadonlyArray<A> => [...new Set(items)].sort(byCodeUnit)

const add = <K, V>(index: Map<K, Set<V>>, key: K, value: V): void => {
  const values = index.get(key)
  if (values === undefined) index.set(key, new Set([value]))
  else values.add(value)
}

const needsOf = (desired: Desired): ReadonlyArray<Address> =>
  sortedUnique([...referencesIn(desired.spec).map(({ address }) => address), ...desired.dependsOn])

/** Whether anything of a head is there: what somebody deleted refers to nothing, but for what it left behind. */
export const isThere = ({ deposed }: Pick<Head, "deposed">, observation: Observation | undefined): boolean =>
  observation !== undefined || deposed.length > 0

/** The ids of a subject: of what it manages, or is about to take over. */
const idsOf = ({ head, observation }: Subject): ReadonlyArray<string> =>
  head === undefined ? observation === undefined ? [] : [observation.id] : [head.remoteId, ...head.deposed]

const ownersOf = (subjects: Iterable<Subject>): ReadonlyMap<string, Address> =>
  new Map(
    [...subjects].flatMap((subject) =>
      idsOf(subject).map((id) => [keyOf(subject.kind.name, id), subject.address] as const)
    )
  )

const strangersIn = (input: PlanInput, owners: ReadonlyMap<string, Address>): ReadonlyMap<string, Set<string>> => {
  const strangers = new Map<string, Set<string>>()
  for (const [name, observations] of input.listed) {
    const kind = input.kinds.get(name)
    if (kind === undefined) continue
    const unowned = observations.filter(({ id }) => !owners.has(keyOf(name, id)))
    for (const { document, id } of unowned) {
      for (const key of idsIn(kind, document)) add(strangers, key, `${name} ${id}`)
    }
  }
  return strangers
}

/** Indexes who refers to whom. */
export const referrersOf = (input: PlanInput, subjects: ReadonlyMap<Address, Subject>): Referrers => {
  const owners = ownersOf(subjects.values())
  const strangers = strangersIn(input, owners)
  const needs = new Map<Address, ReadonlyArray<Address>>()
  const refersTo = new Map<Address, ReadonlyArray<Address>>()
  const said = new Map<Address, Set<Address>>()
  const held = new Map<string, Set<Address>>()
  for (const { address, desired, head, kind, observation, seen } of subjects.values()) {
    const needed = desired === undefined ? [] : needsOf(desired)
    const named = desired === undefined ? [] : idsIn(kind, desired.spec).flatMap((key) => owners.get(key) ?? [])
    needs.set(address, needed)
    refersTo.set(address, sortedUnique([...needed, ...named.filter((other) => other !== address)]))
    const applied = head !== undefined && isThere(head, observation) ? head.dependsOn : []
    for (const other of [...needed, ...applied]) add(said, other, address)
    for (const key of seen === undefined ? [] : idsIn(kind, seen)) add(held, key, address)
  }
  const holding = (kind: string, id: string): ReadonlyArray<Address> => sortedUnique(held.get(keyOf(kind, id)) ?? [])
  return {
    needs: (address) => needs.get(address) ?? [],
    refersTo: (address) => refersTo.get(address) ?? [],
    holding,
    strangers: (kind, id) => sortedUnique(strangers.get(keyOf(kind, id)) ?? []),
    to: (address, id) => {
      const sayers = said.get(address) ?? new Set<Address>()
      const holders = id === undefined ? [] : holding(subjects.get(address)?.kind.name ?? "", id)
      return sortedUnique([...sayers, ...holders]).filter((other) => other !== address)
        .map((other) => ({ address: other, onlySeen: !sayers.has(other) }))
    }
  }
}
