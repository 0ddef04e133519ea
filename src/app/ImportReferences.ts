/**
 * Turns remote ids in documents into references, `${kind.name.id}`, wherever what they name is declared too.
 *
 * Pure. An id of what is not managed stays an id. References never close a cycle: no order of changes could satisfy
 * one, so the id that would stays an id as well.
 */
import type { Document, Json } from "../domain/Document.ts"
import { type Address, kindOf } from "../domain/Ids.ts"
import type { Kind } from "../domain/Kind.ts"
import { select, setAt } from "../domain/Pointer.ts"
import { referencesIn, refNode, type Template } from "../domain/Template.ts"

/** A resource with ids in its spec. */
export interface WithIds {
  readonly address: Address
  readonly kind: Kind
  readonly spec: Document
}

/** What is declared, by kind and remote id. */
export type AddressOf = (kind: string, id: string) => Address | undefined

type Graph = Map<Address, ReadonlySet<Address>>

const reaches = (graph: Graph, from: Address, to: Address): boolean => {
  const open = [from]
  const seen = new Set(open)
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === to) return true
    for (const next of graph.get(at) ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      open.push(next)
    }
  }
  return false
}

/** Kinds that lead back to themselves: only between their resources a cycle can be. */
const circular = (kinds: ReadonlyMap<string, Kind>): ReadonlySet<string> => {
  const graph: Graph = new Map(
    [...kinds.values()].map((
      { name, roles }
    ) => [name as Address, new Set(roles.references.map(({ kind }) => kind as Address))])
  )
  return new Set([...graph].flatMap(([name, next]) => [...next].some((one) => reaches(graph, one, name)) ? [name] : []))
}

const isId = (value: Json): value is string | number => typeof value === "string" || typeof value === "number"

/** Puts references in place. `declared` are the references that the files have already, by address. */
export const withReferences = (
  resources: ReadonlyArray<WithIds>,
  addressOf: AddressOf,
  declared: ReadonlyMap<Address, ReadonlyArray<Address>>,
  kinds: ReadonlyMap<string, Kind>
): ReadonlyMap<Address, Template> => {
  const graph: Graph = new Map([...declared].map(([address, needs]) => [address, new Set(needs)]))
  const risky = circular(kinds)
  const refer = ({ address, kind, spec }: WithIds): Template =>
    kind.roles.references.reduce<Template>(
      (template, role) =>
        select(template, role.path).reduce<Template>((now, [path, value]) => {
          const to = isId(value) ? addressOf(role.kind, String(value)) : undefined
          if (to === undefined || to === address) return now
          if (risky.has(kindOf(to)) && risky.has(kind.name) && reaches(graph, to, address)) return now
          graph.set(address, new Set([...graph.get(address) ?? [], to]))
          return setAt(now, path, refNode({ address: to, path: "/id" })) as Template
        }, template),
      spec
    )
  return new Map(resources.map((resource) => [resource.address, refer(resource)]))
}

/** The addresses that declared resources need, by address. */
export const needsOf = (
  declared: ReadonlyArray<
    { readonly address: Address; readonly spec: Template; readonly dependsOn: ReadonlyArray<Address> }
  >
): ReadonlyMap<Address, ReadonlyArray<Address>> =>
  new Map(
    declared.map(({ address, dependsOn, spec }) => [
      address,
      [...referencesIn(spec).map((reference) => reference.address), ...dependsOn]
    ])
  )
