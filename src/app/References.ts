/**
 * What declared resources depend on: by reference in the spec, or by `dependsOn`.
 *
 * Pure. Finds addresses that nothing declares, and cycles, which no order of changes could satisfy.
 */
import { isArray, isObject, type Json } from "../domain/Document.ts"
import type { Address } from "../domain/Ids.ts"
import { type Path, renderPointer } from "../domain/Pointer.ts"
import { type Reference, referencesIn } from "../domain/Template.ts"
import { didYouMean } from "./DidYouMean.ts"
import { renderPlace } from "./Problems.ts"
import type { Declared, Place, Problem, Written } from "./Workspace.ts"

/** A reference with the pointer in the spec where it stands. */
export interface LocatedReference {
  readonly reference: Reference
  readonly path: Path
}

/** Lists the references in a spec with their places, in document order. */
export const locatedReferences = (template: Json, path: Path = []): ReadonlyArray<LocatedReference> => {
  if (isObject(template) && Object.keys(template).length === 1 && ("$ref" in template || "$join" in template)) {
    return referencesIn(template).map((reference) => ({ reference, path }))
  }
  if (isArray(template)) return template.flatMap((item, index) => locatedReferences(item, [...path, String(index)]))
  return isObject(template)
    ? Object.entries(template).flatMap(([key, member]) => locatedReferences(member, [...path, key]))
    : []
}

/** One dependency of a resource. */
export interface Dependency {
  readonly on: Address
  /** JSON Pointer from the root of the resource's document. */
  readonly path: string
}

interface PlacedDependency extends Dependency {
  readonly place: Place
}

/** Lists what a resource depends on, in document order, references first. */
export const dependenciesOf = (declared: Declared): ReadonlyArray<Dependency> =>
  [
    ...locatedReferences(declared.spec, ["spec"]).map(({ reference, path }) => ({ on: reference.address, path })),
    ...declared.dependsOn.map((on, index) => ({ on, path: ["dependsOn", String(index)] }))
  ].map(({ on, path }) => ({ on, path: renderPointer(path) }))

const placedDependenciesOf = (written: Written): ReadonlyArray<PlacedDependency> =>
  dependenciesOf(written).map((dependency) => ({ ...dependency, place: written.placeOf(dependency.path) }))

/** Finds dependencies on addresses that are not among the known ones. */
export const danglingReferences = (
  resources: ReadonlyArray<Written>,
  known: ReadonlySet<Address>
): ReadonlyArray<Problem> => {
  const sorted = [...known].sort()
  // Many resources may miss the same one, and the search for what was meant goes through all.
  const hints = new Map<Address, string>()
  const hintFor = (on: Address): string => {
    const hint = hints.get(on) ?? didYouMean(on, sorted, "declared resources")
    hints.set(on, hint)
    return hint
  }
  return resources.flatMap((written) =>
    placedDependenciesOf(written)
      .filter(({ on }) => !known.has(on))
      .map(({ on, place, path }) => ({ place, path, message: `no resource ${on} is declared`, hint: hintFor(on) }))
  )
}

interface Visit {
  readonly edges: ReadonlyMap<Address, ReadonlyArray<PlacedDependency>>
  readonly done: Set<Address>
  readonly found: Array<ReadonlyArray<PlacedDependency>>
}

/** Walks from one address with a stack of its own, so that a long chain cannot exhaust the call stack. */
const visitFrom = ({ edges, done, found }: Visit, start: Address): void => {
  const trail: Array<{ readonly address: Address; next: number }> = [{ address: start, next: 0 }]
  const onTrail = new Map<Address, number>([[start, 0]])
  const taken: Array<PlacedDependency> = []
  while (trail.length > 0) {
    const top = trail[trail.length - 1]
    if (top === undefined) return
    const edge = edges.get(top.address)?.[top.next]
    top.next += 1
    if (edge === undefined) {
      trail.pop()
      taken.pop()
      onTrail.delete(top.address)
      done.add(top.address)
    } else if (onTrail.has(edge.on)) {
      found.push([...taken.slice(onTrail.get(edge.on)), edge])
    } else if (edges.has(edge.on) && !done.has(edge.on)) {
      onTrail.set(edge.on, trail.length)
      trail.push({ address: edge.on, next: 0 })
      taken.push(edge)
    }
  }
}

const cycleProblem = (cycle: ReadonlyArray<PlacedDependency>): ReadonlyArray<Problem> => {
  const closing = cycle.at(-1)
  if (closing === undefined) return []
  const names = [closing.on, ...cycle.map(({ on }) => on)].join(" → ")
  const places = cycle.map(({ place }) => renderPlace(place)).join(", ")
  const hint = `remove one of the dependencies at ${places}`
  return [{ place: closing.place, path: closing.path, message: `the resources depend on each other: ${names}`, hint }]
}

/** Finds cycles of dependencies and names them: `a → b → a`. */
export const cycles = (resources: ReadonlyArray<Written>): ReadonlyArray<Problem> => {
  // What depends on nothing is on no cycle.
  const edges = new Map(resources.flatMap((written) => {
    const dependencies = distinct(placedDependenciesOf(written))
    return dependencies.length === 0 ? [] : [[written.address, dependencies] as const]
  }))
  const visit: Visit = { edges, done: new Set(), found: [] }
  for (const address of [...edges.keys()].sort()) {
    if (!visit.done.has(address)) visitFrom(visit, address)
  }
  return visit.found.flatMap(cycleProblem)
}

const distinct = (dependencies: ReadonlyArray<PlacedDependency>): ReadonlyArray<PlacedDependency> =>
  [
    ...new Map(dependencies.toReversed().map((dependency) => [dependency.on, dependency])).values()
  ].sort((a, b) => a.on < b.on ? -1 : 1)
